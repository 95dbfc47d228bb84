"""The statements of one network decided: what of a chain is a definition, and the verdict on every other link."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

from derive.check.assumptions import ASSUMPTIONS, OF_READINGS
from derive.check.results import (
    INHERITED,
    VERDICTS,
    Claim,
    Counterexample,
    Edit,
    PartialReading,
)
from derive.check.results import Convention as Settled
from derive.judge import gradients
from derive.judge.assumptions import OPERATIONS
from derive.judge.choices import Head
from derive.judge.decide import Decision
from derive.judge.extent import range_of
from derive.judge.heads import Heads
from derive.judge.jacobians import Layout
from derive.judge.links import TRUE, Links
from derive.judge.membership import stated_shape
from derive.judge.mend import Mender
from derive.judge.telling import counterexample, left_out, read_as
from derive.judge.trial import FAILURES
from derive.judge.written import Written
from derive.kernel.field import Undecidable
from derive.kernel.index import Unbound
from derive.kernel.rewriting import walk
from derive.kernel.terms import Derivative, Malformed
from derive.reading import ReadError
from derive.reading import Statement as Chain
from derive.reading.tree import Dots
from derive.understand.single import SingleEntry, singletons
from derive.understand.statement import EQUALITIES, Convention, Statement
from derive.understand.typed import CUSTOM, TURNED, Misfit

JACOBIANS = "Jacobians"
FAR = "it speaks of steps that are too far apart to be tried"
SHAPE, LAYOUT = "shape", "layout"  # codes of what is no slip at one place
OTHERWISE = "it holds with the ∂ on the left read otherwise than in the rest of the chain"
SINGLY = "it fails under every reading of its products: even where its arrays have a single entry"
PRECEDENCE = "whether it holds depends on what ⊙ binds tighter than in the equations: set brackets there"
OTHER_LAYOUT = "it holds where Jacobians have their indices the other way round, which the page does not say"
TURNED_ONCE = "it holds for the transposed gradient: others of the page have the shape of what they are taken by"
MENDED = 20  # wrong links of one chain for which mends are searched


@dataclass
class Checker(Links):
    """Decides the statements of one page."""

    other: Checker | None = None  # the same network where ⊙ binds otherwise in its equations
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

    def settle(self, statements: list[Statement]) -> None:
        """What only all claims of the page say: how names for derivatives and Jacobians are meant."""
        self.heads.settle_names(statements)
        if self.layout.settle(statements):
            source = self.told_by if self.told_layout else "used"
            self.page.conventions.append(Convention(JACOBIANS, "denominator layout: ∂u/∂v has v's index first", source))
        links = [(statement, n) for statement in statements for n in self.heads.links(statement)]
        self.own_gradients = gradients.are_own(self, links)

    def conventions(self, written: Written) -> list[Settled]:
        """The conventions of the page, with the lines of the claims that decided them."""
        found = []
        for c in self.page.conventions:
            decided = self.layout.alone if c.name == JACOBIANS and c.source == "used" else {}
            lines = {
                layout: tuple(written.line(number) for number in statements) for layout, statements in decided.items()
            }
            found.append(Settled(c.name, c.value, c.source, lines.get(True, ()), lines.get(False, ())))
        return found

    @cached_property
    def single(self) -> Checker | None:
        """The same network where arrays have a single entry; None where all its extents are those of classes."""
        extents = singletons(self.page.system)
        if not extents:
            return None
        page = replace(self.page, elaborator=SingleEntry.of(self.page.elaborator, singletons=extents))
        return Checker(page, self.formulas, self.written, self.last, thorough=False, fixed=dict.fromkeys(extents, 1))

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

    def claims(self, statement: Statement, chain: Chain) -> list[Claim]:
        """The claims of a chain: every later side against its head, for the number of steps that is said beside it."""
        self.last, counts = self.said_before.setdefault(statement.number, (self.last, {**self.counts}))
        self.counts = {**counts}  # those that the page had said when it was first decided
        last = self.last
        beside = self.steps_beside(statement)
        if beside is None:
            return self._claims(statement, chain)
        try:
            self.last = beside
            found = self._claims(statement, chain)
        finally:
            self.last = last
        if any(claim.verdict != "definition" for claim in found):
            self.conditions.add(statement.block)
        return found

    def _claims(self, statement: Statement, chain: Chain) -> list[Claim]:
        found = []
        head = chain.sides[0]
        settled = self.heads.head_of(statement)
        for n, (side, relation) in enumerate(zip(chain.sides[1:], chain.relations, strict=True), 1):
            kind = "definition" if self.page.defines(statement, n) else self.remark(statement, n)
            if statement.number in self.formulas.statements and self.formulas.is_definition(statement, n):
                kind = "definition"
            failure = self.page.failures.get(statement.number)
            if kind == "definition" and failure:
                found.append(
                    Claim(head.latex, side.latex, "unreadable", reason=failure, span=side.span, relation=relation)
                )
            elif kind == "definition" and (reason := self.page.choice.disputed.get((statement.number, n))):
                found.append(Claim(head.latex, side.latex, "unknown", reason=reason, span=side.span, relation=relation))
            elif kind:
                found.append(Claim(head.latex, side.latex, kind, span=side.span, relation=relation))
            elif relation in (*EQUALITIES, "+="):
                self.wrong = sum(claim.verdict == "fails" for claim in found)
                claim = self.linked(statement, chain, n, settled)
                if claim.verdict == "fails" and self.is_inherited(statement, n):
                    claim = replace(claim, reason="; ".join(filter(None, (INHERITED, claim.reason))))
                key = self.page.choice.rivals.get((statement.number, n))
                head_key = self.page.choice.rivals.get((statement.number, 1))
                if head_key is not None and self.is_loss(head_key):
                    key = key or head_key  # L = l(y, ŷ) = l(y, h)
                place = (statement.number, n)
                found.append(claim if key is None else self.completed(claim, key, place))
            elif relation == "in" and self.shaped:
                found.append(self.membership(statement, chain, n))
            elif relation not in ("in", "gets") and not (relation == "to" and self.is_flow(statement)):
                reason = "a relation other than equality"
                found.append(Claim(head.latex, side.latex, "unknown", reason=reason, span=side.span, relation=relation))
        return found

    def is_flow(self, statement: Statement) -> bool:
        """Whether a statement only says what is computed from what: h_0 → h_1 → … → h_T."""
        sides = [side for side in statement.sides if not isinstance(side, Dots)]
        return {*statement.relations} == {"to"} and all(self.is_name(side, statement.number) for side in sides)

    def linked(self, statement: Statement, chain: Chain, n: int, head: Head | None) -> Claim:
        """The claim of one link whose head is read as the chain reads it."""
        if head is None:
            return self.claim(statement, chain, n)
        self.judge.head = head
        try:
            found = self.claim(statement, chain, n)
        finally:
            self.judge.head = None
        if found.verdict == "fails" and self.decision(statement, n, assume=True).verdict in TRUE:
            found = replace(found, reason=OTHERWISE)
        return found

    def membership(self, statement: Statement, chain: Chain, n: int) -> Claim:
        """What a membership says of a shape that is known without it."""
        head, side = chain.sides[0], chain.sides[n]
        place = [k for k, relation in enumerate(statement.relations, 1) if relation == "in"].index(n)
        verdict, reason = stated_shape(self.page.elaborator, statement, statement.memberships[place][1])
        kind = SHAPE if verdict == "fails" else ""
        return Claim(head.latex, side.latex, verdict, reason=reason, span=side.span, relation=r"\in", kind=kind)

    def is_inherited(self, statement: Statement, n: int) -> bool:
        """Whether a link is wrong because the one before is, and the step from its side to this one is right."""
        earlier, k = statement, n - 1
        if n == 1:
            *_, earlier = [None, *self.heads.continued(statement)[:-1]]
            k = len(earlier.sides) - 1 if earlier is not None else 0
        if earlier is None or self.page.defines(earlier, k) or earlier.relations[k - 1] not in EQUALITIES:
            return False
        step = replace(statement, sides=(earlier.sides[k], statement.sides[n]), relations=("=",), memberships=())
        try:
            wrong = self.decision(earlier, k, assume=True).verdict == "fails"
            return wrong and self.decision(step, 1).verdict == "holds"
        except FAILURES:
            return False

    def completed(self, claim: Claim, key: str, place: tuple[int, int]) -> Claim:
        """What the page says of a quantity that the legend defines: the same, or a definition that the legend completes
        where the page leaves a function open. A loss is also named as a function of what it reads, L = l(y, ŷ)."""
        words = "the legend says what this is"
        if claim.verdict == "holds" and (self.is_loss(key) or place in self.page.choice.restated):
            return replace(claim, verdict="definition")
        unsettled = ("unknown", "unreadable", "fails") if self.is_loss(key) else ("unknown", "unreadable")
        if place in self.page.choice.opened and claim.verdict in unsettled:
            return replace(claim, verdict="definition", counterexample=None, reason=words)
        return claim

    def claim(self, statement: Statement, chain: Chain, n: int) -> Claim:
        """The verdict on one link of a chain. What no reading fits is refuted by an edit that mends it, or where
        arrays have a single entry."""
        head, side, relation = chain.sides[0], chain.sides[n], chain.relations[n - 1]
        is_formula = statement.number in self.formulas.statements
        of_numbers: Decision | None = None
        try:
            of_numbers = self.arithmetic(statement, n, side)
            decision = of_numbers or self.decision(statement, n, relation in EQUALITIES)
        except (Misfit, Malformed) as error:
            decision = Decision("unreadable", reason=str(error), may_be_slip=True)
        except ReadError as error:
            decision = Decision("unreadable", reason=str(error))
        except Undecidable as error:
            decision = Decision("unknown", reason=str(error))
        except Unbound as error:
            decision = Decision("unknown", reason=f"nothing says what {error.args[0]} is here")
        if of_numbers is None and decision.verdict != "holds" and self.is_of_example(statement, n):
            decision = Decision("unknown", reason="it speaks of the numbers of an example")
        readings = (
            *read_as(decision),
            *(PartialReading(n[1:], f"through step t{'+1' if on else ''}") for n, on in decision.paths),
            *(left_out(self.page, statement, n) if decision.claim is not None and not is_formula else ()),
        )
        assumed = tuple(n for n in ASSUMPTIONS if n in decision.notes) if decision.verdict in TRUE else ()
        claim = Claim(
            head.latex,
            side.latex,
            "conditional" if assumed else decision.verdict,
            assumed,
            readings,
            counterexample=counterexample(decision, self.judge),
            reason=decision.reason,
            span=side.span,
            relation=relation,
            kind=SHAPE if decision.may_be_slip and not decision.notes else "",
            range=range_of(decision, self.formulas.judge if is_formula else self.judge, self.thorough)
            if decision.verdict in TRUE
            else None,
        )
        is_proved = claim.range is not None and claim.range.proof is not None
        if decision.claim is not None and not is_proved and self.judge.is_untried(decision.claim):
            return replace(claim, verdict="unknown", reason=FAR, assumptions=(), counterexample=None, range=None)
        if claim.verdict == "conditional" and set(assumed) <= set(OF_READINGS):
            self.meant.update(assumed)
        if claim.verdict == "holds" and decision.claim is not None and relation in EQUALITIES:
            self.said.update(part for part in walk(decision.claim.left) if isinstance(part, Derivative))
        if self.own_gradients and TURNED in decision.notes and claim.verdict == "holds":
            return replace(claim, verdict="unknown", reason=TURNED_ONCE, range=None)
        if self.is_otherwise(statement, n, decision):
            return replace(claim, verdict="unknown", reason=PRECEDENCE, assumptions=(), counterexample=None, range=None)
        is_rival = not {(statement.number, n), (statement.number, 1)}.isdisjoint(self.page.choice.rivals)
        misfits = decision.verdict == "unreadable" and decision.may_be_slip  # whatever a name that custom explains is
        may_be_slip = decision.may_be_slip and not is_rival and self.is_understood(statement)
        may_be_slip = may_be_slip and (misfits or not self.is_by_custom(statement)) and not self.otherwise(statement)
        is_granted = decision.verdict == "conditional" and not OPERATIONS.keys().isdisjoint(assumed)
        is_granted = is_granted and self.mends_granted
        if not self.thorough or is_formula or relation not in EQUALITIES or self.wrong >= MENDED:
            return claim
        if decision.verdict == "fails" or may_be_slip or is_granted:
            is_open = may_be_slip or (decision.verdict == "fails" and not self.layout.is_clear)
            if is_open and self.holds_transposed(statement, n):
                reason = "it holds for the transposed Jacobian"
                return replace(claim, verdict="unknown", counterexample=None, reason=reason, kind=LAYOUT)
            if decision.verdict == "fails" and self.layout.is_open(statement, n):
                return replace(claim, verdict="unknown", reason=OTHER_LAYOUT, counterexample=None, kind=LAYOUT)
            assumptions = frozenset(ASSUMPTIONS)
            allowed = frozenset(decision.notes) - assumptions | self.meant | ({CUSTOM} if misfits else set())
            allowed = assumptions if decision.verdict == "fails" else allowed
            mend = self.mender.mend(statement, n, side, allowed)
            if mend is not None:
                block = self.written.block(statement.number, side)
                start, end = (self.written.document.place(block, offset) for offset in mend.edit.span)
                claim = replace(
                    claim,
                    suggestion=mend.edit.applied(side),
                    suggestion_assumptions=mend.assumptions,
                    edit=Edit(*start, *end, mend.edit.latex),
                    local_edit=(mend.edit.span, mend.edit.latex),
                )
                if is_granted:
                    return claim
                numbers = claim.counterexample or self.refuted_singly(statement, n)
                return replace(claim, verdict="fails", reason="", kind=mend.edit.kind, counterexample=numbers)
            if decision.verdict == "fails" and (name := self.says_anew(statement, n)):
                return replace(
                    claim, verdict="unknown", counterexample=None, reason=f"another formula says what {name} is"
                )
            is_slip = may_be_slip and not self.is_of_others(statement, n) and not self.says_anew(statement, n)
            if is_slip and (numbers := self.refuted_singly(statement, n)) is not None:
                return replace(claim, verdict="fails", reason=SINGLY, kind="", counterexample=numbers)
        return claim

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
        holds = self.other.heads.holds(statement, n)
        if decision.verdict == "holds":
            return not self.is_settled and not holds
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
