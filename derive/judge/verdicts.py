"""The verdict on one link of a chain: what the kernel says of it, what keeps from saying so, and its mend."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

from derive.check.assumptions import ASSUMPTIONS, OF_READINGS
from derive.check.results import VERDICTS, Claim, Counterexample, Edit, PartialReading
from derive.judge import doubts
from derive.judge.assumptions import OPERATIONS
from derive.judge.decide import Decision
from derive.judge.doubts import ANOTHER
from derive.judge.extent import range_of
from derive.judge.heads import Heads
from derive.judge.jacobians import Layout
from derive.judge.links import TRUE, Links
from derive.judge.mend import Mend, Mender
from derive.judge.telling import counterexample, left_out, read_as
from derive.kernel.field import Undecidable
from derive.kernel.index import Unbound
from derive.kernel.rewriting import walk
from derive.kernel.terms import Derivative, Malformed
from derive.reading import ReadError, Side
from derive.reading import Statement as Chain
from derive.reading.steps import is_transpose
from derive.reading.tree import Group, Node, Partial, Script
from derive.reading.tree import walk as nodes
from derive.understand.single import SingleEntry, singletons
from derive.understand.statement import EQUALITIES, Statement
from derive.understand.typed import CUSTOM, TURNED, Misfit

FAR = "it speaks of steps that are too far apart to be tried"
SHAPE, LAYOUT = "shape", "layout"  # codes of what is no slip at one place
SINGLY = "it fails under every reading of its products: even where its arrays have a single entry"
PRECEDENCE = "whether it holds depends on what ⊙ binds tighter than in the equations: set brackets there"
OTHER_LAYOUT = "it holds where Jacobians have their indices the other way round, which the page does not say"
TURNED_ONCE = "it holds for the transposed gradient: others of the page have the shape of what they are taken by"
TURNED_TWICE = "it holds where one of its gradients has the shape of what it is taken by, and the other the transposed"
TURNED_WHOLE = "it holds for the transposed Jacobian"
MENDED = 20  # wrong links of one chain for which mends are searched


def _turns_gradient(node: Node) -> bool:
    """Whether a derivative is transposed there, (∂L/∂o)^⊤."""
    match node:
        case Script(_, Partial() | Group(_, Partial()), _, above):
            return is_transpose(above)
    return False


@dataclass
class Verdicts(Links):
    """Gives verdicts on single links."""

    other: Self | None = None  # the same network where ⊙ binds otherwise in its equations
    is_settled: bool = False  # whether its claims say that ⊙ binds so
    wrong: int = 0  # the links of this chain that fail so far
    meant: set[str] = field(default_factory=set)  # how claims so far are read that hold so alone
    mends_granted: bool = True  # whether what holds under an assumption may be a slip
    told_layout: str | None = None  # of Jacobians
    told_by: str = "legend"
    own_gradients: bool = False  # whether the gradients of the page by vectors have the shapes of these

    @cached_property
    def heads(self) -> Heads:
        """How the heads of its chains are read."""
        return Heads(self)

    @cached_property
    def layout(self) -> Layout:
        """How its Jacobians are laid out."""
        return Layout(self, self.told_layout)

    @cached_property
    def single(self) -> Verdicts | None:
        """The same network where arrays have a single entry; None where all its extents are those of classes."""
        extents = singletons(self.page.system)
        if not extents:
            return None
        page = replace(self.page, elaborator=SingleEntry.of(self.page.elaborator, singletons=extents))
        return type(self)(page, self.formulas, self.written, self.last, thorough=False, fixed=dict.fromkeys(extents, 1))

    def refuted_singly(self, statement: Statement, n: int) -> Counterexample | None:
        """The numbers that refute one link where arrays have a single entry, and so under every reading of its products
        and in every layout; None where it does not fail there."""
        if self.single is None:
            return None
        self.single.last, self.single.counts = self.last, self.counts
        try:
            decision = self.single.decision(statement, n, assume=True)
        except (ReadError, Misfit, Malformed, Undecidable, Unbound):
            return None
        return counterexample(decision, self.single.judge) if decision.verdict == "fails" else None

    @cached_property
    def mender(self) -> Mender:
        """The search for mends, in the words of the page."""
        return Mender(self, self.written)

    def claim(self, statement: Statement, chain: Chain, n: int) -> Claim:
        """The verdict on one link of a chain. What no reading fits is refuted by an edit that mends it, or where
        arrays have a single entry."""
        decision = self.decided(statement, chain, n)
        claim = self.told(decision, statement, chain, n)
        reason = self.unsettled(claim, decision, statement, n)
        if reason != FAR:
            self.note(claim, decision)
        if reason:
            return replace(claim, verdict="unknown", reason=reason, assumptions=(), counterexample=None, range=None)
        if not self.thorough or claim.relation not in EQUALITIES:
            return claim
        return claim if self.is_formula(statement) else self.mended(claim, decision, statement, chain, n)

    def is_formula(self, statement: Statement) -> bool:
        """Whether a statement is a formula of a function, σ'(x) = …."""
        return statement.number in self.formulas.statements

    def decided(self, statement: Statement, chain: Chain, n: int) -> Decision:
        """What the kernel says of one link, or why it says nothing."""
        try:
            of_numbers = self.arithmetic(statement, n, chain.sides[n])
            if of_numbers is not None:
                return of_numbers
            decision = self.decision(statement, n, chain.relations[n - 1] in EQUALITIES)
        except (Misfit, Malformed) as error:
            decision = Decision("unreadable", reason=str(error), may_be_slip=True)
        except ReadError as error:
            decision = Decision("unreadable", reason=str(error))
        except Undecidable as error:
            decision = Decision("unknown", reason=str(error))
        except Unbound as error:
            decision = Decision("unknown", reason=f"nothing says what {error.args[0]} is here")
        if decision.verdict != "holds" and self.is_of_example(statement, n):
            return Decision("unknown", reason="it speaks of the numbers of an example")
        return decision

    def told(self, decision: Decision, statement: Statement, chain: Chain, n: int) -> Claim:
        """A decision as the page's claim: with its readings, assumptions, numbers and range."""
        is_formula, is_true = self.is_formula(statement), decision.verdict in TRUE
        readings = (
            *read_as(decision),
            *(PartialReading(n[1:], f"through step t{'+1' if on else ''}") for n, on in decision.paths),
            *(left_out(self.page, statement, n) if decision.claim is not None and not is_formula else ()),
        )
        assumed = tuple(n for n in ASSUMPTIONS if n in decision.notes) if is_true else ()
        judge = self.formulas.judge if is_formula else self.judge
        return Claim(
            chain.sides[0].latex,
            chain.sides[n].latex,
            "conditional" if assumed else decision.verdict,
            assumed,
            readings,
            counterexample=counterexample(decision, self.judge),
            reason=decision.reason,
            span=chain.sides[n].span,
            relation=chain.relations[n - 1],
            kind=SHAPE if decision.may_be_slip and not decision.notes else "",
            range=range_of(decision, judge, self.thorough) if is_true else None,
        )

    def unsettled(self, claim: Claim, decision: Decision, statement: Statement, n: int) -> str:
        """Why what the kernel says of a link is no verdict; '' where it is."""
        is_proved = claim.range is not None and claim.range.proof is not None
        if decision.claim is not None and not is_proved and self.judge.is_untried(decision.claim):
            return FAR
        if TURNED in decision.notes and claim.verdict == "holds":
            if self.own_gradients:
                return TURNED_ONCE
            if any(map(_turns_gradient, nodes(statement.sides[n]))):
                return TURNED_TWICE
        return PRECEDENCE if self.is_otherwise(statement, n, decision) else ""

    def note(self, claim: Claim, decision: Decision) -> None:
        """Keep what a claim says of how others are meant."""
        if claim.verdict == "conditional" and set(claim.assumptions) <= set(OF_READINGS):
            self.meant.update(claim.assumptions)
        if claim.verdict == "holds" and decision.claim is not None and claim.relation in EQUALITIES:
            self.said.update(part for part in walk(decision.claim.left) if isinstance(part, Derivative))

    def mended(self, claim: Claim, decision: Decision, statement: Statement, chain: Chain, n: int) -> Claim:
        """A claim that fails, or holds under what is granted alone, with its mend; one that could not be read fails
        where a mend, or arrays of a single entry, say so."""
        is_rival = not {(statement.number, n), (statement.number, 1)}.isdisjoint(self.page.choice.rivals)
        misfits = decision.verdict == "unreadable" and decision.may_be_slip  # whatever a name that custom explains is
        may_be_slip = decision.may_be_slip and not is_rival and self.is_understood(statement)
        may_be_slip = may_be_slip and (misfits or not self.is_by_custom(statement)) and not self.otherwise(statement)
        is_granted = decision.verdict == "conditional" and not OPERATIONS.keys().isdisjoint(claim.assumptions)
        is_granted = is_granted and self.mends_granted
        fails = decision.verdict == "fails"
        if not (fails or may_be_slip or is_granted):
            return claim
        if (may_be_slip or (fails and not self.layout.is_clear)) and self.holds_transposed(statement, n):
            return replace(claim, verdict="unknown", counterexample=None, reason=TURNED_WHOLE, kind=LAYOUT)
        if fails and self.layout.is_open(statement, n):
            return replace(claim, verdict="unknown", reason=OTHER_LAYOUT, counterexample=None, kind=LAYOUT)
        assumptions = frozenset(ASSUMPTIONS)
        allowed = frozenset(decision.notes) - assumptions | self.meant | ({CUSTOM} if misfits else set())
        allowed = assumptions if fails else allowed
        mend = self.mender.mend(statement, n, chain.sides[n], allowed) if self.wrong < MENDED else None
        if mend is not None:
            claim = self.with_mend(claim, mend, statement, chain.sides[n])
            if is_granted:
                return claim
            numbers = claim.counterexample or self.refuted_singly(statement, n)
            return replace(claim, verdict="fails", reason="", kind=mend.edit.kind, counterexample=numbers)
        if fails and (name := self.says_anew(statement, n)):
            reason = ANOTHER.format(name)
            return replace(claim, verdict="unknown", counterexample=None, reason=reason)
        if fails and decision.claim is not None and (doubt := doubts.one_of_many(decision.claim, self.page.system)):
            return replace(claim, verdict="unknown", counterexample=None, reason=doubt)
        is_slip = may_be_slip and not self.is_of_others(statement, n) and not self.says_anew(statement, n)
        if is_slip and (numbers := self.refuted_singly(statement, n)) is not None:
            return replace(claim, verdict="fails", reason=SINGLY, kind="", counterexample=numbers)
        return claim

    def with_mend(self, claim: Claim, mend: Mend, statement: Statement, side: Side) -> Claim:
        """A claim with what mends it, and where."""
        block = self.written.block(statement.number, side)
        start, end = (self.written.document.place(block, offset) for offset in mend.edit.span)
        return replace(
            claim,
            suggestion=mend.edit.applied(side),
            suggestion_assumptions=mend.assumptions,
            edit=Edit(*start, *end, mend.edit.latex),
            local_edit=(mend.edit.span, mend.edit.latex),
        )

    def is_of_others(self, statement: Statement, n: int) -> bool:
        """Whether a formula that fits no reading of a quantity says it by others than its definition does, z = a * W
        beside z = W a + b: it may be another one's."""
        at = self.page.elaborator
        names = at.names.inside(statement.sides[n], statement.number)
        theirs = {at.split(statement.number, name)[0] for name in names}
        keys = [key for place, key in self.said_otherwise if self.page.statements[place] is statement]
        return any(self.page.system[key].reads != theirs for key in keys)

    def is_otherwise(self, statement: Statement, n: int, decision: Decision) -> bool:
        """Whether what is found of a claim is its opposite where ⊙ binds otherwise in the equations, and nothing
        settles which is meant."""
        if self.other is None or decision.verdict == "conditional":
            return False
        if decision.verdict == "holds":
            return not self.is_settled and not self.other.heads.holds(statement, n, decision.notes)
        holds = self.other.heads.holds(statement, n)
        return holds or (not self.other.layout.is_clear and self.other.holds_transposed(statement, n))

    def verdict(self, statement: Statement) -> str:
        """The verdict on a formula that would define again what is defined; 'definition' where it is taken for it."""
        if any(self.page.defines(statement, n) for n in range(1, len(statement.sides))):
            return "definition"
        try:
            verdicts = [self.decision(statement, n).verdict for n in range(1, len(statement.sides))]
        except (ReadError, Misfit, Malformed, Undecidable, Unbound):
            return "unknown"
        return min(verdicts, key=VERDICTS.index)
