"""A page checked without a hand-typed network: what it defines itself is understood, every other equality is decided."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise

from derive.check.results import VERDICTS, CheckedBlock, Claim, Counterexample, Edit, Notes, PartialReading
from derive.judge.decide import Decision, Judge, frees
from derive.judge.habits import Habits
from derive.judge.mend import Mend, Mender
from derive.judge.parameters import for_each, standing
from derive.kernel.field import Undecidable
from derive.kernel.index import Unbound, letter
from derive.kernel.terms import Malformed, Ref
from derive.reading import BlockReading, Document, Legend, ReadError, Side, read_statements
from derive.reading import Statement as Chain
from derive.reading.tree import Node, Sequence
from derive.understand.legend import Facts, facts
from derive.understand.letters import comparisons
from derive.understand.page import EQUALITIES, Builder, Statement, Understanding, has_derivative
from derive.understand.remarks import is_list, is_update, number_of, without_arguments
from derive.understand.scopes import divided
from derive.understand.shares import used_at
from derive.understand.typed import Misfit, Typed, transposed

INLINE, LEGEND = -1, -2  # the blocks of statements in running text, and of a legend's equations


def check(document: Document, legend: Legend | None = None) -> Notes:
    """Every equality of a page with its verdict."""
    known = facts(legend)
    readings = read_statements(document.blocks)
    inline = read_statements(document.inline) if hasattr(document, "unread") else []
    chains = [(INLINE, chain) for reading in inline for chain in reading.statements]
    chains += [(reading.block.number, chain) for reading in readings for chain in reading.statements]
    positions = [
        (reading.block.cell or 0, reading.block.start, n)
        for n, reading in enumerate([*inline, *readings])
        for _ in reading.statements
    ]
    trees = without_arguments([tuple(side.node for side in chain.sides) for _, chain in chains])
    statements = [
        stated(n, block, sides, chain) for n, (sides, (block, chain)) in enumerate(zip(trees, chains, strict=True))
    ]
    equations = [Statement(len(chains) + n, LEGEND, sides, ("=",)) for n, sides in enumerate(known.equations)]
    equations += shapes(inline, len(chains) + len(equations))
    order = sorted(range(len(chains)), key=lambda n: positions[n])
    source = Source(document, {n: chain for n, (_, chain) in enumerate(chains)})
    networks, places = separated([statements[n] for n in order], equations, known, source)
    claims: dict[int, list[Claim]] = {}
    for n, (statement, (block, chain)) in enumerate(zip(statements, chains, strict=True)):
        claims.setdefault(block, []).extend(networks[places[statement.number]].claims(statement, chain))
    blocks = tuple(_block(reading, claims.get(reading.block.number, [])) for reading in readings)
    return Notes(document, legend.name if legend else "", "", blocks)


def stated(number: int, block: int, nodes: tuple[Node, ...], chain: Chain) -> Statement:
    """A chain without its memberships, which are apart; their places in it hold the head again."""
    sides, memberships = [nodes[0]], []
    for node, relation in zip(nodes[1:], chain.relations, strict=True):
        if relation == "in":
            memberships.append((nodes[0], node))
        sides.append(nodes[0] if relation == "in" else node)
    return Statement(number, block, tuple(sides), chain.relations, chain.condition, tuple(memberships))


def separated(
    statements: list[Statement], equations: list[Statement], legend: Facts, source: Source
) -> tuple[list[Checker], dict[int, int]]:
    """The networks of a page, and which of them each statement belongs to.

    The equations of a legend are the network. Where a page defines quantities again, and none of these formulas holds in
    the network before them, another network begins.
    """

    def checker(chosen: list[Statement]) -> Checker:
        page = Builder([*equations, *(s for s in chosen if not is_listing(s))], legend).build()
        return Checker(page, source)

    parts, places = divided(Builder([s for s in statements if not is_listing(s)], legend), statements)
    if len(parts) == 1 or equations:
        return [checker(statements)], {statement.number: 0 for statement in statements}
    kept = [0]  # for each part the one that it goes on with
    for n, part in enumerate(parts[1:], 1):
        again = [statements[k] for k in part.again]
        earlier = [s for s, place in zip(statements, places, strict=True) if place < n and kept[place] == kept[-1]]
        before = checker([*earlier, *again])
        kept.append(kept[-1] if any(before.verdict(s) == "holds" for s in again) else n)
    belongs = {s.number: kept[place] for s, place in zip(statements, places, strict=True)}
    networks = {n: checker([s for s in statements if belongs[s.number] == n]) for n in sorted(set(belongs.values()))}
    return list(networks.values()), {number: list(networks).index(place) for number, place in belongs.items()}


def is_listing(statement: Statement) -> bool:
    """Whether a statement only lists what something is made of, or only says how parameters are updated."""
    head = statement.sides[0]
    pairs = zip(statement.sides[1:], statement.relations, strict=True)
    return all(is_list(head, side) or is_update(head, relation, side) for side, relation in pairs)


def shapes(inline: list[BlockReading], number: int) -> list[Statement]:
    """What running text states as `$U$: $D \\times M$`, each as a membership."""
    found = []
    for reading, following in pairwise(inline):
        if reading.alone is None or following.alone is None or not reading.block.after.lstrip().startswith(":"):
            continue
        head = reading.alone.node
        for node in head.items if isinstance(head, Sequence) else (head,):
            found.append(
                Statement(number + len(found), INLINE, (node, node), ("in",), None, ((node, following.alone.node),))
            )
    return found


def _block(reading: BlockReading, claims: list[Claim]) -> CheckedBlock:
    block = reading.block
    if reading.fragment:
        return CheckedBlock(block.number, block.line, block.latex, "fragment")
    claims = claims + [Claim("", "", "unreadable", reason=str(error)) for error in reading.errors]
    verdict = min((claim.verdict for claim in claims), key=VERDICTS.index, default="fragment")
    return CheckedBlock(block.number, block.line, block.latex, verdict, tuple(claims))


@dataclass(frozen=True)
class Source:
    """Where statements come from: the document, and the chain of each as it is written."""

    document: Document
    chains: dict[int, Chain]

    def edit(self, statement: Statement, side: Side, mend: Mend) -> Edit:
        """The place of an edit in the file."""
        blocks = self.document.inline if statement.block == INLINE else self.document.blocks
        block = next(block for block in blocks if block.number == side.block)
        start, end = (self.document.place(block, offset) for offset in mend.edit.span)
        return Edit(*start, *end, mend.edit.latex)


@dataclass
class Checker:
    """Decides the statements of one page."""

    page: Understanding
    source: Source
    last: int | None = None  # the number of steps, once the page says it
    judges: dict[int | None, Judge] = field(default_factory=dict)

    @property
    def judge(self) -> Judge:
        """The judge for the number of steps that the page speaks of."""
        if self.last not in self.judges:
            self.judges[self.last] = Judge(self.page.system, self.source.document.text.encode(), self.last)
        return self.judges[self.last]

    @property
    def mender(self) -> Mender:
        """The search for mends, in the words of the page."""
        sides = [
            (side, node)
            for statement in self.page.statements
            if statement.number in self.source.chains
            for side, node in zip(self.source.chains[statement.number].sides, statement.sides, strict=True)
        ]
        habits = Habits.of(self.source.document.text)
        return Mender(self.page.elaborator, self.judge, habits, sides, self.decision)

    def claims(self, statement: Statement, chain: Chain) -> list[Claim]:
        """The claims of a chain: every later side against its head."""
        found = []
        head = chain.sides[0]
        for n, (side, relation) in enumerate(zip(chain.sides[1:], chain.relations, strict=True), 1):
            kind = self.page.kinds.get((statement.number, n)) or self.remark(statement, n)
            failure = self.page.failures.get(statement.number)
            if kind == "definition" and failure:
                found.append(
                    Claim(head.latex, side.latex, "unreadable", reason=failure, span=side.span, relation=relation)
                )
            elif kind:
                found.append(Claim(head.latex, side.latex, kind, span=side.span, relation=relation))
            elif relation in (*EQUALITIES, "+="):
                found.append(self.claim(statement, chain, n))
            elif relation not in ("in", "gets"):
                reason = "a relation other than equality"
                found.append(Claim(head.latex, side.latex, "unknown", reason=reason, span=side.span, relation=relation))
        return found

    def remark(self, statement: Statement, n: int) -> str:
        """'definition' for data and lists, which are no claims."""
        head, side = statement.sides[0], statement.sides[n]
        if is_update(head, statement.relations[n - 1], side):
            return "definition"
        if statement.relations[n - 1] not in EQUALITIES:
            return ""
        data = number_of(head, side)
        if data is not None and data[0] in self.page.elaborator.names.last | {"T"}:
            self.last = data[1]
            return "definition"
        return "definition" if is_list(head, side) else ""

    def claim(self, statement: Statement, chain: Chain, n: int) -> Claim:
        """The verdict on one link of a chain. What has no reading that fits is refuted only by an edit that mends it."""
        head, side, relation = chain.sides[0], chain.sides[n], chain.relations[n - 1]
        try:
            decision = self.decision(statement, n)
        except (Misfit, Malformed) as error:
            decision = Decision("unreadable", reason=str(error), may_be_slip=True)
        except ReadError as error:
            decision = Decision("unreadable", reason=str(error))
        except (Undecidable, Unbound) as error:
            decision = Decision("unknown", reason=str(error))
        readings = tuple(
            PartialReading(f"∂{d.of.name if isinstance(d.of, Ref) else '…'}/∂{d.wrt.name}", "direct")
            for d in decision.direct
        )
        claim = Claim(
            head.latex,
            side.latex,
            decision.verdict,
            readings=readings,
            counterexample=counterexample(decision),
            reason=decision.reason,
            span=side.span,
            relation=relation,
        )
        if (decision.verdict == "fails" or decision.may_be_slip) and relation in EQUALITIES:
            if decision.verdict != "fails" and self.holds_transposed(statement, n):
                return replace(claim, verdict="unknown", reason="it holds for the transposed Jacobian")
            mend = self.mender.mend(statement, n, side, frozenset(decision.notes))
            if mend is not None:
                return replace(
                    claim,
                    verdict="fails",
                    suggestion=mend.edit.applied(side),
                    suggestion_assumptions=mend.decision.notes if mend.decision.verdict == "conditional" else (),
                    edit=self.source.edit(statement, side, mend),
                )
        return claim

    def verdict(self, statement: Statement) -> str:
        """The verdict on a formula that would define again what is defined; 'definition' where it is taken for it."""
        if any((statement.number, n) in self.page.kinds for n in range(1, len(statement.sides))):
            return "definition"
        try:
            verdicts = [self.decision(statement, n).verdict for n in range(1, len(statement.sides))]
        except (ReadError, Misfit, Malformed, Undecidable, Unbound):
            return "unknown"
        return min(verdicts, key=VERDICTS.index)

    def decision(self, statement: Statement, n: int) -> Decision:
        """What the kernel says of one link, for any parameter where it speaks of any."""
        elaborator = self.page.elaborator
        elaborator.enter(statement.number, statement.sides[0])
        name = standing((statement.sides[0], statement.sides[n]), elaborator)
        if name is None:
            return self.link(statement, n)
        return for_each(name, elaborator, self.page.system, lambda: self.link(statement, n))

    def link(self, statement: Statement, n: int) -> Decision:
        """What the kernel says of one link."""
        elaborator = self.page.elaborator
        elaborator.enter(statement.number, statement.sides[0])
        lefts = elaborator.side(statement.sides[0])
        if statement.relations[n - 1] == "+=":
            return self.share(statement, lefts, n)
        keep = frozenset(elaborator.entries)
        rights = elaborator.side(statement.sides[n], keep)
        free = frees(lefts + rights, elaborator.entries, elaborator.chained)
        return self.judge.decide(lefts, rights, free, tuple(comparisons(statement.condition)))

    def holds_transposed(self, statement: Statement, n: int) -> bool:
        """Whether one link holds if the Jacobian on its left has its rows for columns: in another layout, not wrong."""
        elaborator = self.page.elaborator
        try:
            elaborator.enter(statement.number, statement.sides[0])
            lefts = elaborator.side(statement.sides[0])
            lefts = [transposed(left) for left in lefts if left.rows and left.cols and has_derivative(statement.sides[0])]
            rights = elaborator.side(statement.sides[n], frozenset(elaborator.entries))
            free = frees(lefts + rights, elaborator.entries, elaborator.chained)
            condition = tuple(comparisons(statement.condition))
            return self.judge.decide(lefts, rights, free, condition).verdict == "holds"
        except (ReadError, Misfit, Malformed, Undecidable, Unbound):
            return False

    def share(self, statement: Statement, lefts: list[Typed], n: int) -> Decision:
        """A gradient that is added up: the right side is what one step adds, through its use of the parameter."""
        elaborator = self.page.elaborator
        rights = elaborator.side(statement.sides[n], frozenset(elaborator.entries))
        letters = set[str]().union(*(reading.term.letters for reading in rights))
        steps = [name for name in sorted(letters) if elaborator.chained.get(name) == "step"]
        if len(steps) != 1:
            return Decision("unknown", reason="what is added up here names no step")
        lefts = used_at(lefts, letter(steps[0]), statement.sides[0])
        free = frees(lefts + rights, elaborator.entries, elaborator.chained)
        return self.judge.decide(lefts, rights, free, tuple(comparisons(statement.condition)))


def counterexample(decision: Decision) -> Counterexample | None:
    """The numbers of both sides where they differ."""
    outcome = decision.outcome
    if outcome is None or outcome.equal:
        return None
    place = ", ".join(f"{name} = {value}" for name, value in outcome.at)
    entry = f"entry {outcome.entry + 1}" if decision.claim is not None and decision.claim.left.axes else ""
    where = ", ".join(part for part in (place, entry) if part)
    return Counterexample(where, _number(outcome.left), _number(outcome.right))


def _number(value: object) -> str:
    from mpmath import iv

    return f"{float(iv.mpf(value).mid):.6g}"
