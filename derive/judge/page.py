"""A page checked: what it defines is understood, and every other equality in it is decided."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from derive.check.results import (
    VERDICTS,
    CheckedBlock,
    Claim,
    Described,
    Notes,
    Place,
    Use,
    unreadable,
)
from derive.judge import collector, contents, doubts
from derive.judge.checker import Checker
from derive.judge.formulas import Formulas
from derive.judge.precedence import settled, with_both
from derive.judge.questions import INLINE
from derive.judge.scalar import ScalarChecker
from derive.judge.written import Written
from derive.kernel.index import Index, letter
from derive.kernel.terms import Fold, Ref, walk
from derive.reading import BlockReading, Document, Inline, Legend, read_statements
from derive.reading import Statement as Chain
from derive.reading.memory import Memory
from derive.reading.tree import Node, Sequence
from derive.reading.worded_cases import with_cases
from derive.understand.asides import asides
from derive.understand.classes import classes_writer
from derive.understand.dots import without_dots
from derive.understand.ends import last_renamer
from derive.understand.entropies import entropies_writer
from derive.understand.increments import increments_marker
from derive.understand.legend import Facts, facts
from derive.understand.members import members_writer
from derive.understand.page import Understanding, understand
from derive.understand.remarks import arguments_stripper, is_list, is_update
from derive.understand.scopes import Part, divided
from derive.understand.softmaxes import softmax_marker
from derive.understand.statement import EQUALITIES, LEGEND, Statement
from derive.understand.symbols import Symbols

MARKUP = re.compile(r"<[^<>]*>|\{%[^{}]*%\}|\\\w+\*?\{\w+\*?\}")  # tags and environments between formulas


@dataclass
class Page:
    """A page, understood: its blocks, its chains with their blocks and as statements, the checkers of its networks and
    of what speaks of none, and which of them each statement belongs to. `prepared` are the sides of a formula without
    what only remarks."""

    document: Document
    legend: str
    readings: list[BlockReading]
    inline: list[BlockReading]
    chains: list[tuple[int, Chain]]
    statements: list[Statement]
    checkers: list[Checker]
    places: dict[int, int]
    written: Written
    prepared: Callable[[tuple[Node, ...]], tuple[Node, ...]]

    @property
    def networks(self) -> list[Checker]:
        """The checkers of the page's networks."""
        return [checker for checker in self.checkers if not checker.is_aside]

    def claims(self, statement: Statement, chain: Chain) -> list[Claim]:
        """The claims of one chain, each with its verdict and its place."""
        found = []
        for claim in self.checkers[self.places[statement.number]].claims(statement, chain):
            side = next(side for side in chain.sides[1:] if side.span == claim.span)
            found.append(replace(claim, place=self.written.place(statement.number, side)))
        return found

    def decided(self) -> list[list[Claim]]:
        """The claims of every formula in running text and then of every block."""
        decided = iter([self.claims(s, chain) for s, (_, chain) in zip(self.statements, self.chains, strict=True)])
        readings = (*self.inline, *self.readings)
        found = [[claim for _ in reading.statements for claim in next(decided)] for reading in readings]
        going_on = {id(reading) for reading in continued(self.document.text, readings)}
        return [
            [*claims[:-1], unfinished(claims[-1])] if claims and id(reading) in going_on else claims
            for reading, claims in zip(readings, found, strict=True)
        ]

    def notes(self, found: list[list[Claim]]) -> Notes:
        """The notes on the page, of its claims."""
        first = len(self.inline)
        known = [contents.symbols(checker.page, self.written) for checker in self.checkers]
        symbols = [said for said, checker in zip(known, self.checkers, strict=True) if not checker.is_aside]
        return Notes(
            self.document,
            self.legend,
            "",
            tuple(_block(self.document, r, repaired(r, c)) for r, c in zip(self.readings, found[first:], strict=True)),
            tuple(_formula(r, repaired(r, c)) for r, c in zip(self.inline, found, strict=False) if is_stated(c)),
            tuple(dict.fromkeys(c for network in self.networks for c in network.conventions(self.written))),
            tuple(dict.fromkeys(symbol for described in symbols for symbol in described.values())),
            tuple(contents.network(network.page, self.written) for network in self.networks),
            self.uses(known),
        )

    def uses(self, known: list[dict[str, Described]]) -> tuple[Use, ...]:
        """Every symbol where it stands, in the order of the file, `known` being those of each network. A formula that
        states nothing speaks of the network that the last statement before it speaks of."""
        found: dict[Place, Use] = {}
        known = [dict(symbols) for symbols in known]

        def take(more: Iterator[Use]) -> None:
            for use in more:
                if use.place not in found or use.says != "used":
                    found[use.place] = use

        stated: dict[tuple[bool, int], list[Statement]] = {}
        for statement, (block, chain) in zip(self.statements, self.chains, strict=True):
            stated.setdefault((block == INLINE, chain.block), []).append(statement)
        last = 0
        for reading in sorted((*self.inline, *self.readings), key=lambda r: (r.block.cell or 0, r.block.start)):
            here = stated.get((isinstance(reading.block, Inline), reading.block.number), [])
            for statement in here if len(here) == len(reading.statements) else ():  # or it cannot be read for now
                last = self.places[statement.number]
                take(contents.uses(statement, self.checkers[last].page, self.written, known[last]))
            take(contents.uses_alone(reading, self.checkers[last].page, self.written, known[last]))
        return tuple(sorted(found.values(), key=lambda use: use.place.order))


@collector.seldom()
def check(document: Document, legend: Legend | None = None) -> Notes:
    """Every equality of a page with its verdict."""
    page = understood(document, legend)
    return page.notes(page.decided())


def read(document: Document, memory: Memory, prose: Memory) -> tuple[list[BlockReading], list[BlockReading]]:
    """The blocks and the formulas in running text of a document; `prose` remembers the latter."""
    blocks = read_statements(document.blocks, memory.legend, memory)
    inline = read_statements(document.inline, memory=prose) if hasattr(document, "unread") else []
    return with_cases(document.cells(), blocks, inline) if inline else (blocks, inline)


def memories(legend: Legend | None) -> tuple[Memory, Memory]:
    """What blocks, and formulas in running text, are read with."""
    legend = legend or Legend("")
    return Memory(legend), Memory(legend.prose)


def understood(
    document: Document, legend: Legend | None = None, remembered: tuple[Memory, Memory] | None = None
) -> Page:
    """What a page says, before any of its claims is decided. Raises ReadError for a legend that cannot be meant."""
    readings, inline = read(document, *remembered or memories(legend))
    chains = [(INLINE, chain) for reading in inline for chain in reading.statements]
    chains += [(reading.block.number, chain) for reading in readings for chain in reading.statements]
    known = facts(legend, [side.node for _, chain in chains for side in chain.sides])
    positions = [
        (reading.block.cell or 0, reading.block.start, n)
        for n, reading in enumerate([*inline, *readings])
        for _ in reading.statements
    ]
    pages = [without_dots(tuple(side.node for side in chain.sides)) for _, chain in chains]
    stripped = arguments_stripper(pages)
    equations_of_legend = [*map(arguments_stripper([*pages, *known.equations]), known.equations)]
    renamed = last_renamer([*map(stripped, pages), *equations_of_legend], known.steps)
    formulas = [renamed(sides) for sides in (*map(stripped, pages), *equations_of_legend)]
    writers = []
    for writer_for in (increments_marker, softmax_marker, classes_writer, entropies_writer, members_writer):
        writers.append(writer_for(formulas))
        formulas = [writers[-1](sides) for sides in formulas]

    def prepared(sides: tuple[Node, ...]) -> tuple[Node, ...]:
        sides = renamed(stripped(without_dots(sides)))
        for written_by in writers:
            sides = written_by(sides)
        return sides

    trees, given = formulas[: len(pages)], formulas[len(pages) :]
    statements = [
        stated(n, block, sides, chain) for n, (sides, (block, chain)) in enumerate(zip(trees, chains, strict=True))
    ]
    equations = [Statement(len(chains) + n, LEGEND, sides, ("=",)) for n, sides in enumerate(given)]
    equations += shapes(inline, len(chains) + len(equations))
    order = sorted(range(len(chains)), key=lambda n: positions[n])
    written = Written(
        document,
        {n: chain for n, (_, chain) in enumerate(chains)},
        frozenset(n for n, (block, _) in enumerate(chains) if block == INLINE),
    )
    formulas_of_functions = Formulas.of([statements[n] for n in order], document.text.encode())
    networks, places = separated([statements[n] for n in order], equations, known, formulas_of_functions, written)
    unread = [reading.block.latex for reading in (*readings, *inline) if reading.errors]
    for n, network in enumerate(networks):
        own = [s for s in statements if places[s.number] == n]
        for losses in (checker.page.losses for checker in (network, network.other) if checker is not None):
            for loss in losses:
                losses[loss] |= any(doubts.is_defined_in(loss, latex) for latex in unread)
        network.settle(own)
        networks[n] = settled(network, own)
    name = legend.name if legend else ""
    return Page(document, name, readings, inline, chains, statements, networks, places, written, prepared)


def continued(text: str, readings: Iterable[BlockReading]) -> Iterator[BlockReading]:
    """The formulas that go on in the next one, which begins with a + and follows with no word between."""
    order = sorted(readings, key=lambda reading: (reading.block.cell or 0, reading.block.start))
    for reading, following in pairwise(order):
        one, other = reading.block, following.block
        between = MARKUP.sub("", text[one.end : other.start]) if one.cell is None else "a notebook"
        if other.latex.lstrip(" &\n").startswith("+") and not re.search(r"\w", between):
            yield reading


def unfinished(claim: Claim) -> Claim:
    """The claim of a formula that goes on elsewhere: what is read of it is not all that it says."""
    if claim.verdict not in ("holds", "conditional", "fails"):
        return claim
    reason = "the next formula goes on with it: write them as one"
    return Claim(
        claim.left, claim.right, "unknown", reason=reason, span=claim.span, relation=claim.relation, place=claim.place
    )


def repaired(reading: BlockReading, claims: list[Claim]) -> list[Claim]:
    """The claims of a formula, which say what was put back into it before it was read."""
    return [replace(claim, repairs=tuple(map(str, reading.repairs))) for claim in claims] if reading.repairs else claims


def is_stated(claims: list[Claim]) -> bool:
    """Whether a formula in running text states an equality: what only says where letters run does not."""
    return any(claim.relation in EQUALITIES for claim in claims)


def _formula(reading: BlockReading, claims: list[Claim]) -> CheckedBlock:
    block = reading.block
    stated = tuple(claim for claim in claims if claim.relation in EQUALITIES)
    verdict = min((claim.verdict for claim in stated), key=VERDICTS.index)
    return CheckedBlock(block.number, block.line, block.latex, verdict, stated)


def stated(number: int, block: int, nodes: tuple[Node, ...], chain: Chain) -> Statement:
    """A chain without its memberships, which are apart; their places in it hold the head again."""
    sides, memberships = [nodes[0]], []
    for node, relation in zip(nodes[1:], chain.relations, strict=True):
        if relation == "in":
            memberships.append((nodes[0], node))
        sides.append(nodes[0] if relation == "in" else node)
    return Statement(number, block, tuple(sides), chain.relations, chain.condition, tuple(memberships))


def separated(
    statements: list[Statement], equations: list[Statement], legend: Facts, formulas: Formulas, written: Written
) -> tuple[list[Checker], dict[int, int]]:
    """The networks of a page, and which of them each statement belongs to.

    Where a page defines quantities again, and none of these formulas holds in the network before them, another network
    begins. The equations of a legend are the network, but of a page's several those that contradict none of its
    formulas; the built-in network is the only one.
    """

    aside = {s.number for s in statements if is_listing(s) or s.number in formulas.statements}
    told = [s for s in statements if s.number not in aside]

    apart, of_them = asides(Symbols([*equations, *told], legend), told)
    told = [s for s in told if s not in apart]

    def checker(chosen: list[Statement], with_legend: bool = True) -> Checker:
        given = [e for e in equations if with_legend or e.relations != ("=",)]

        def build(tight: bool) -> Checker:
            told_here = legend if with_legend else legend.without_equations()
            page = understand([*given, *chosen], told_here, formulas.known, tight)
            page.system = {key: formulas.put_into(quantity) for key, quantity in page.system.items()}
            if legend.scalar:
                return ScalarChecker(page, formulas, written, last=legend.last, word=legend.word)
            last = legend.last or last_step(page)
            return Checker(page, formulas, written, last=last, usual=legend.is_builtin, shaped=legend.is_builtin)

        return build(False) if legend.scalar else with_both(build)

    parts: list[Part] = []
    places = [0] * len(told)
    if not legend.is_builtin and not legend.scalar:  # else the network is the legend's
        parts, places = divided(Symbols([*equations, *told], legend), told)
    heading = {told[k].number for part in parts for k in part.defining}
    kept = [0]  # for each part the one that it goes on with
    for n, part in enumerate(parts[1:], 1):
        again = [told[k] for k in part.again]
        earlier = [s for s, place in zip(told, places, strict=True) if place < n and kept[place] == kept[-1]]
        before = checker([*earlier, *again], with_legend=False)
        kept.append(kept[-1] if any(before.verdict(s) == "holds" for s in again) else n)
    belongs = {s.number: kept[place] for s, place in zip(told, places, strict=True)}
    chosen = sorted(set(belongs.values())) or [0]
    of = {n: [s for s in told if belongs[s.number] == n] for n in chosen}
    networks = [checker(of[n]) for n in chosen]
    if len(chosen) > 1 and known_equations(equations):
        heads = [[s for s in of[n] if s.number in heading] for n in chosen]
        agree = [agrees(network, said) for network, said in zip(networks, heads, strict=True)]
        best = max(agree)
        networks = [
            network if degree == best >= 0 else checker(of[n], with_legend=False)
            for n, network, degree in zip(chosen, networks, agree, strict=True)
        ]
    found: dict[int, int] = {}
    last = chosen[0]
    for statement in statements:
        last = belongs.get(statement.number, last)
        found[statement.number] = chosen.index(last)
    if apart:
        page = understand([*of_them, *apart])
        found |= {statement.number: len(networks) for statement in apart}
        networks.append(Checker(page, formulas, written, is_aside=True))
    return networks, found


def last_step(page: Understanding) -> int | None:
    """The number of steps, where a loss is the sum over the steps from 1 to this number, and the page has no T."""
    if page.elaborator.names.last:
        return None
    terms = [(key, term) for key, quantity in page.system.items() for _, term in quantity.cases]
    found = set[int]()
    for key, term in terms:
        known = page.elaborator.known.get(key)
        for part in walk(term):
            if isinstance(part, Fold) and "T" in part.high.names:
                return None
            is_whole = known is not None and known.role == "loss" and not known.chains
            if is_whole and isinstance(part, Fold) and part.op == "sum" and part.low == Index(1):
                steps = {ref.at for ref in walk(part.body) if isinstance(ref, Ref) and len(ref.at) == 1}
                if not part.high.letters and (letter(part.letter),) in steps:
                    found.add(part.high.constant)
    return found.pop() if len(found) == 1 else None


def known_equations(equations: list[Statement]) -> bool:
    """Whether a legend gives equations."""
    return any(equation.relations == ("=",) for equation in equations)


def agrees(network: Checker, heads: list[Statement]) -> int:
    """Whether the formulas that define a network say what the legend says: 1 where one does, -1 where one
    contradicts."""
    verdicts = [network.verdict(s) for s in heads]
    if "fails" in verdicts:
        return -1
    same = any(s.number in network.page.choice.agreeing for s in heads)
    rivals = {number for number, _ in network.page.choice.rivals}
    return int(same or any(v == "holds" and s.number in rivals for s, v in zip(heads, verdicts, strict=True)))


def is_listing(statement: Statement) -> bool:
    """Whether a statement only lists what something is made of, or only says how parameters are updated."""
    head = statement.sides[0]
    pairs = zip(statement.sides[1:], statement.relations, strict=True)
    return all(is_list(head, side) or is_update(head, relation, side) for side, relation in pairs)


def shapes(inline: list[BlockReading], number: int) -> list[Statement]:
    """What running text states as `$U$: $D \\times M$`, each as a membership."""
    found: list[Statement] = []
    for reading, following in pairwise(inline):
        block = reading.block
        if reading.alone is None or following.alone is None or not isinstance(block, Inline):
            continue
        if not block.after.lstrip().startswith(":"):
            continue
        head = reading.alone.node
        for node in head.items if isinstance(head, Sequence) else (head,):
            found.append(
                Statement(number + len(found), INLINE, (node, node), ("in",), None, ((node, following.alone.node),))
            )
    return found


def _block(document: Document, reading: BlockReading, claims: list[Claim]) -> CheckedBlock:
    block = reading.block
    if reading.fragment:
        return CheckedBlock(block.number, block.line, block.latex, "fragment")
    claims = claims + [unreadable(document, block, error) for error in reading.errors]
    verdict = min((claim.verdict for claim in claims), key=VERDICTS.index, default="fragment")
    return CheckedBlock(block.number, block.line, block.latex, verdict, tuple(claims))
