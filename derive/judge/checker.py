"""The statements of one network decided: what of a chain is a definition, and the verdict on every other link."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

from derive.check.results import (
    INHERITED,
    Claim,
)
from derive.check.results import Convention as Settled
from derive.judge import gradients
from derive.judge.choices import Head
from derive.judge.links import TRUE
from derive.judge.membership import stated_shape
from derive.judge.trial import FAILURES
from derive.judge.verdicts import SHAPE, Verdicts
from derive.judge.written import Written
from derive.reading import Statement as Chain
from derive.reading.tree import Dots
from derive.understand.statement import EQUALITIES, Convention, Statement

JACOBIANS = "Jacobians"
OTHERWISE = "it holds with the ∂ on the left read otherwise than in the rest of the chain"


@dataclass
class Checker(Verdicts):
    """Decides the statements of one page."""

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
            if self.formulas.is_definition(statement, n):
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
            elif relation == "approx" and (about := self.rounded(statement, chain, n)) is not None:
                found.append(about)
            elif relation not in ("in", "gets") and not (relation == "to" and self.is_flow(statement)):
                reason = "a relation other than equality"
                found.append(Claim(head.latex, side.latex, "unknown", reason=reason, span=side.span, relation=relation))
        return found

    def rounded(self, statement: Statement, chain: Chain, n: int) -> Claim | None:
        """The claim that a number is about another, σ(0.5) ≈ 0.622, which is never wrong; None for other claims."""
        with suppress(*FAILURES):
            decision = self.arithmetic(statement, n, chain.sides[n])
            if decision is not None:
                verdict = "holds" if decision.verdict == "holds" else "unknown"
                return self.told(replace(decision, verdict=verdict), statement, chain, n)
        return None

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
