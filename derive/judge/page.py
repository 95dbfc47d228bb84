"""A page checked: what it defines is understood, and every other equality in it is decided."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice, pairwise

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
from derive.judge.networks import separated
from derive.judge.precedence import settled
from derive.judge.questions import INLINE
from derive.judge.written import Written
from derive.reading import BlockReading, Document, Inline, Legend, read_statements
from derive.reading import Statement as Chain
from derive.reading.memory import Memory
from derive.reading.tree import Node, Sequence
from derive.reading.worded_cases import with_cases
from derive.understand.legend import facts
from derive.understand.plain import Plain, plain
from derive.understand.said import said
from derive.understand.statement import EQUALITIES, LEGEND, Statement, with_assignments

MARKUP = re.compile(r"<[^<>]*>|\{%[^{}]*%\}|\\\w+\*?\{\w+\*?\}")  # tags and environments between formulas


@dataclass
class Page:
    """A page, understood: its blocks, its chains with their blocks and as statements, the checkers of its networks and
    of what speaks of none, and which of them each statement belongs to."""

    document: Document
    legend: str
    readings: list[BlockReading]
    inline: list[BlockReading]
    chains: list[tuple[int, Chain]]
    statements: list[Statement]
    checkers: list[Checker]
    places: dict[int, int]
    written: Written
    plain: Plain  # its formulas in plain notation

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

    def decided(self) -> Iterator[list[Claim]]:
        """The claims of every formula in running text and then of every block, each as it is decided."""
        chains = zip(self.statements, self.chains, strict=True)
        readings = (*self.inline, *self.readings)
        going_on = {id(reading) for reading in continued(self.document.text, readings)}
        for reading in readings:
            own = islice(chains, len(reading.statements))
            claims = [claim for statement, (_, chain) in own for claim in self.claims(statement, chain)]
            if claims and id(reading) in going_on:
                claims[-1] = unfinished(claims[-1])
            yield claims

    def notes(self, found: list[list[Claim]]) -> Notes:
        """The notes on the page, of its claims."""
        return self.told(self.said(), 0, found)

    def told(self, notes: Notes, first: int, found: list[list[Claim]]) -> Notes:
        """The notes with the claims of some formulas and no others, of `first` and what follows it."""
        readings = (*self.inline, *self.readings)[first : first + len(found)]
        told = [(reading, repaired(reading, claims)) for reading, claims in zip(readings, found, strict=True)]
        displays = tuple(_block(self.document, r, claims) for r, claims in told if not isinstance(r.block, Inline))
        inline = tuple(_formula(r, claims) for r, claims in told if isinstance(r.block, Inline) and is_stated(claims))
        return replace(notes, blocks=displays, formulas=inline)

    def said(self) -> Notes:
        """The notes on what the page was understood to say, without a verdict."""
        known = [contents.symbols(checker.page, self.written) for checker in self.checkers]
        symbols = [said for said, checker in zip(known, self.checkers, strict=True) if not checker.is_aside]
        return Notes(
            self.document,
            self.legend,
            "",
            (),
            (),
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
    return page.notes([*page.decided()])


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
    known = facts(legend, [side.node for _, chain in chains for side in chain.sides]).with_words(said(document.text))
    positions = [
        (reading.block.cell or 0, reading.block.start, n)
        for n, reading in enumerate([*inline, *readings])
        for _ in reading.statements
    ]
    found = plain([tuple(side.node for side in chain.sides) for _, chain in chains], known)
    statements = with_assignments(
        [
            stated(n, block, sides, chain, found.condition(chain.condition))
            for n, (sides, (block, chain)) in enumerate(zip(found.formulas, chains, strict=True))
        ]
    )
    equations = [Statement(len(chains) + n, LEGEND, sides, ("=",)) for n, sides in enumerate(found.equations)]
    equations += shapes(inline, len(chains) + len(equations))
    order = sorted(range(len(chains)), key=lambda n: positions[n])
    written = Written(
        document,
        {n: chain for n, (_, chain) in enumerate(chains)},
        frozenset(n for n, (block, _) in enumerate(chains) if block == INLINE),
        min(found.last, default="T"),
    )
    unread = [reading.block.latex for reading in (*readings, *inline) if reading.errors]
    formulas_of_functions = Formulas.of([statements[n] for n in order], document.text.encode(), unread)
    networks, places = separated([statements[n] for n in order], equations, known, formulas_of_functions, written)
    for n, network in enumerate(networks):
        own = [s for s in statements if places[s.number] == n]
        for losses in (checker.page.losses for checker in (network, network.other) if checker is not None):
            for loss in losses:
                losses[loss] |= any(doubts.is_defined_in(loss, latex) for latex in unread)
        network.settle(own)
        networks[n] = settled(network, own)
        networks[n].page.conventions += found.conventions
    name = legend.name if legend else ""
    return Page(document, name, readings, inline, chains, statements, networks, places, written, found)


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


def stated(number: int, block: int, nodes: tuple[Node, ...], chain: Chain, condition: Node | None) -> Statement:
    """A chain without its memberships, which are apart; their places in it hold the head again. Its sides and its
    condition are in plain notation."""
    sides, memberships = [nodes[0]], []
    for node, relation in zip(nodes[1:], chain.relations, strict=True):
        if relation == "in":
            memberships.append((nodes[0], node))
        sides.append(nodes[0] if relation == "in" else node)
    return Statement(number, block, tuple(sides), chain.relations, condition, tuple(memberships))


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
