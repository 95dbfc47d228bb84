"""What a page was taken to speak of, for its readers: conventions, symbols and networks."""

from __future__ import annotations

from derive.check.results import Described, Network
from derive.judge.written import Written
from derive.kernel.index import Index
from derive.reading import Side
from derive.understand.elaborate import Known
from derive.understand.names import Name
from derive.understand.page import LEGEND, Statement, Understanding


def network(page: Understanding, written: Written) -> Network:
    """The blocks and the equations of one network."""
    blocks, equations = set(), []
    for statement in page.statements:
        chain = written.chains.get(statement.number)
        if chain is None:
            continue
        if statement.number not in written.inline:
            blocks.add(chain.block)
        if defines(page, statement):
            equations.append(f"{chain.sides[0].latex} = {chain.sides[1].latex}")
    return Network(tuple(sorted(blocks)), tuple(equations))


def symbols(page: Understanding, written: Written) -> list[Described]:
    """Every quantity of a network, with the spelling of its definition or of its first mention; h_t rather than h_0 or
    h_{t-1}, where there are both."""
    elaborator = page.elaborator
    heads: dict[str, tuple[Statement, Side, Name]] = {}
    mentions: dict[str, tuple[Statement, Side, Name]] = {}
    legend = set()
    for statement in page.statements:
        chain = written.chains.get(statement.number)
        if chain is None:
            for node in statement.sides[:1] if statement.block == LEGEND else ():
                legend |= {
                    elaborator.split(statement.number, n)[0] for n in elaborator.names.inside(node, statement.number)
                }
            continue
        for n, (side, node) in enumerate(zip(chain.sides, statement.sides, strict=True)):
            for name in elaborator.names.inside(node, statement.number):
                key = elaborator.split(statement.number, name)[0]
                is_head = n == 0 and defines(page, statement) and name.mention.node is node
                for seen in ([heads] if is_head else []) + ([] if name.operations else [mentions]):
                    if key not in seen or (is_general(name) and not is_general(seen[key][2])):
                        seen[key] = (statement, side, name)
    found = []
    for key, known in elaborator.known.items():
        spelling, line, source = known.name, None, "legend" if key in legend else "used"
        if key in heads:
            statement, side, _ = heads[key]
            spelling, line, source = side.latex, written.place(statement.number, side).line, "defined"
        elif key in mentions:
            statement, side, name = mentions[key]
            block = written.block(statement.number, side)
            start, end = name.mention.node.span
            spelling = block.latex[start:end] or spelling
            line = written.place(statement.number, side, (start, end)).line
        found.append(Described(spelling, meaning(key, known, page), shape(known), known.chains, source, line))
    return found


def is_general(name: Name) -> bool:
    """Whether a name stands at letters, h_t, and not at numbers or at other steps, h_0 or h_{t-1}."""
    return all(slot.index.letters and not slot.index.constant for slot in name.slots)


def defines(page: Understanding, statement: Statement) -> bool:
    """Whether a statement says what its head is, and was used."""
    return page.kinds.get((statement.number, 1)) == "definition" and statement.number not in page.failures


def meaning(key: str, known: Known, page: Understanding) -> str:
    """What a quantity is, in a word or two."""
    quantity = page.system.get(key)
    if known.constant is not None:
        return f"the number {known.constant}"
    if known.role:
        return known.role
    if quantity is None:
        return "unknown"
    if quantity.cases:
        return "defined"
    if quantity.kind in ("one-hot", "simplex"):
        return "target"
    return "data" if quantity.letters else "parameter"


def shape(known: Known) -> tuple[str, ...] | None:
    """The sizes of a quantity, rows first; a size that nothing names is '?'."""
    if known.rows is None or known.cols is None:
        return None
    return tuple(_size(extent) for extent in known.rows + known.cols)


def _size(extent: Index) -> str:
    return "?" if any(name.startswith("?") for name in extent.names) else str(extent)
