"""What a page was taken to speak of, for its readers: its symbols and where each of them stands, and its networks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from derive.check.results import Described, Network, Place, Says, Use
from derive.judge.written import Written
from derive.kernel.index import Index
from derive.reading import BlockReading, Side
from derive.understand.names import Name
from derive.understand.page import Understanding
from derive.understand.reader import Known
from derive.understand.statement import LEGEND, Statement

NOWHERE = -1  # the number of no statement
TRANSPOSES = ("top", "intercal")  # what stands as an exponent is no quantity
UNKNOWN = "unknown"  # the meaning of what nothing explains


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


def symbols(page: Understanding, written: Written) -> dict[str, Described]:
    """Every quantity of a network by its key, with the spelling of its definition or of its first mention; h_t rather
    than h_0 or h_{t-1}, where there are both."""
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
                is_head = n == 0 and says_what(page, statement) and name.mention.span == node.span
                for seen in ([heads] if is_head else []) + ([] if name.operations else [mentions]):
                    if key not in seen or (is_general(name) and not is_general(seen[key][2])):
                        seen[key] = (statement, side, name)
    found = {}
    for key, known in elaborator.known.items():
        if key in TRANSPOSES:
            continue
        spelling, line = known.name, None
        source = "defined" if key in heads else "used" if key in mentions else "legend"
        source = "legend" if key in legend else source
        if key in heads:
            statement, side, _ = heads[key]
            spelling, line = side.latex, written.place(statement.number, side).line
        elif key in mentions:
            statement, side, name = mentions[key]
            block = written.block(statement.number, side)
            start, end = name.mention.span
            spelling = block.latex[start:end] or spelling
            line = written.place(statement.number, side, (start, end)).line
        found[key] = Described(spelling, meaning(key, known, page), shape(known), known.chains, source, line)
    return found


def uses(statement: Statement, page: Understanding, written: Written, known: dict[str, Described]) -> Iterator[Use]:
    """Where the symbols of a statement stand, `known` being those of its network: what else is no index and no
    function is added to them as unknown."""
    chain = written.chains[statement.number]
    for n, (side, node) in enumerate(zip(chain.sides, statement.sides, strict=True)):
        for name in page.elaborator.names.inside(node, statement.number):
            key, chains, _ = page.elaborator.split(statement.number, name)
            place = written.place(statement.number, side, name.mention.span)
            if key not in known and key not in TRANSPOSES and page.symbols.is_quantity(name):
                start, end = name.mention.span
                latex = written.block(statement.number, side).latex[start:end]
                known[key] = Described(latex, UNKNOWN, None, tuple(chains), "used", place.line)
            if key in known:
                is_head = n == 0 and name.mention.span == node.span
                yield Use(known[key], place, said(statement, page) if is_head else "used")


def said(statement: Statement, page: Understanding) -> Says:
    """What a statement says of its head."""
    if statement.relations[0] == "in":
        return "stated"
    return "defined" if says_what(page, statement) else "used"


def uses_alone(
    reading: BlockReading, page: Understanding, written: Written, known: Mapping[str, Described]
) -> Iterator[Use]:
    """Where symbols stand in a formula that states nothing, as h_t in running text."""
    if reading.alone is None:
        return
    for name in page.elaborator.names.inside(reading.alone.node, NOWHERE):
        symbol = known.get(page.elaborator.split(NOWHERE, name)[0])
        if symbol is not None:
            yield Use(symbol, Place.of(written.document, reading.block, name.mention.span))


def is_general(name: Name) -> bool:
    """Whether a name stands at letters, h_t, and not at numbers or at other steps, h_0 or h_{t-1}."""
    return all(slot.index.letters and not slot.index.constant for slot in name.slots)


def defines(page: Understanding, statement: Statement) -> bool:
    """Whether a statement says what its head is, and was used."""
    return page.defines(statement, 1) and statement.number not in page.failures


def says_what(page: Understanding, statement: Statement) -> bool:
    """Whether a statement says what its head is, be it as the legend does."""
    again = statement.number in page.choice.agreeing or (statement.number, 1) in page.choice.restated
    return again or defines(page, statement)


def meaning(key: str, known: Known, page: Understanding) -> str:
    """What a quantity is, in a word or two."""
    quantity = page.system.get(key)
    if known.constant is not None:
        return f"the number {known.constant}"
    if known.role:
        return known.role
    if quantity is None:
        return UNKNOWN
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
