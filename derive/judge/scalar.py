"""The statements of a page in scalar notation: what they say for one output unit, or for a single state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from derive.check.assumptions import SAME_TARGET as SAME
from derive.check.assumptions import SCALAR_STATE, SINGLE_PATH, TARGET_UNIT, THIS_WORD, TRUNCATED
from derive.check.results import Claim as Decided
from derive.judge.assumed import Assumed, in_recurrence
from derive.judge.assuming import Start, granted
from derive.judge.assumptions import truncated
from derive.judge.checker import Checker
from derive.judge.decide import Decision, Judge
from derive.judge.formulas import Formulas
from derive.judge.free import frees
from derive.judge.links import TRUE
from derive.judge.mend import Mender
from derive.judge.output_units import same_target, single_path, target_of
from derive.judge.trial import FAILURES, Trial
from derive.kernel.compare import Claim
from derive.kernel.index import Condition
from derive.kernel.rewriting import number as constant
from derive.kernel.rewriting import replaced, walk
from derive.kernel.terms import Derivative, Quantity, Ref, Term
from derive.reading import Statement as Chain
from derive.reading.tree import Nabla, Node, Partial
from derive.reading.tree import walk as nodes
from derive.understand.increments import is_increment
from derive.understand.letters import comparisons
from derive.understand.page import Understanding
from derive.understand.scalar import SAME_TARGET, ScalarElaborator
from derive.understand.statement import Statement
from derive.understand.typed import ALONE, Misfit, Typed

CHANGES = (SINGLE_PATH, TRUNCATED)


UNSUMMED = "one factor alone has units, over which nothing sums"


@dataclass
class ScalarChecker(Checker):
    """Decides the statements of a page in scalar notation. `word` is what it is about, where it is one word."""

    word: str = ""
    mends_granted: bool = False  # it leaves out what scalar notation has no words for

    @cached_property
    def singletons(self) -> frozenset[str]:
        """The extents of what depends on itself at other steps."""
        system = self.page.system
        found = {str(axis) for name in in_recurrence(system) if system[name].letters for axis in system[name].axes}
        return frozenset(found)

    @cached_property
    def target(self) -> Ref | None:
        """The target of a step."""
        target = target_of(self.page.system)
        return None if target is None else Ref(target.name, (), target.axes)

    @cached_property
    def single(self) -> Checker | None:
        """The same network with a single state, for the unit of the target."""
        page = replace(self.page, elaborator=self.elaborator(True, True), system=self.system)
        fixed = dict.fromkeys(self.singletons, 1)
        return Checker(page, self.formulas, self.written, self.last, thorough=False, fixed=fixed)

    @property
    def system(self) -> dict[str, Quantity]:
        """The system with a target for all steps."""
        of_all = (
            {} if self.target is None else {SAME_TARGET: Quantity(SAME_TARGET, (), self.target.axes, kind="one-hot")}
        )
        return {**self.page.system, **of_all}

    def elaborator(self, unit: bool, state: bool) -> ScalarElaborator:
        """What reads formulas for the target's unit, or with a single state."""
        return ScalarElaborator.of(
            self.page.elaborator,
            one_hot=self.target if unit else None,
            singletons=self.singletons if state else frozenset(),
            derivatives=self.page.elaborator.derivatives,
        )

    @cached_property
    def mender(self) -> Mender:
        return Mender(Granting(self), self.written, AssumedTrial)

    def claim(self, statement: Statement, chain: Chain, n: int) -> Decided:
        found = super().claim(statement, chain, n)
        reason = self.false_here(found.assumptions) or found.reason
        return replace(found, reason=reason) if found.verdict == "conditional" else found

    def completed(self, claim: Decided, key: str, place: tuple[int, int]) -> Decided:
        """What the page says of a quantity of the legend is a definition where it is the same."""
        return super().completed(claim, key, place) if claim.verdict == "holds" else claim

    def false_here(self, assumptions: tuple[str, ...]) -> str:
        """What of the assumptions the word at hand does not meet, or meets by chance."""
        targets = self.word[1:]
        if SAME in assumptions and len(set(targets)) > 1:
            return f"{SAME} is false for {self.word}: its targets are {', '.join(targets)}"
        return f"true for {self.word} only, by its letters" if THIS_WORD in assumptions else ""

    def settle(self, statements: list[Statement]) -> None:
        self.heads.settle_names(statements)
        self.layout.is_clear = True  # it writes none

    def is_increment(self, statement: Statement) -> bool:
        """The legend says what Δw is: the whole step, not what one step of the network gives to it."""
        return False

    def holds_transposed(self, statement: Statement, n: int) -> bool:
        return False

    def link(self, statement: Statement, n: int, assume: bool) -> Decision:
        misfit: Misfit | None = None
        try:
            decision = super().link(statement, n, assume=False)
        except Misfit as error:
            misfit, decision = error, Decision("unreadable", reason=str(error), may_be_slip=True)
        if ALONE in decision.notes and decision.verdict in TRUE:
            decision = Decision("unknown", reason=UNSUMMED, may_be_slip=True)
        if assume and (decision.verdict == "fails" or decision.may_be_slip):
            found = granted(self.judge.over(self.system), self.starts(statement, n), CHANGES, self.word)
            if found is not None and ALONE not in found.notes:
                return found
        if misfit is not None:
            raise misfit
        return decision

    def starts(self, statement: Statement, n: int) -> Iterator[Start]:
        """The claim as it is written, for the target's unit, with a single state, and both."""
        seen: list[tuple[list[Typed], list[Typed]]] = []
        condition: Condition = tuple(comparisons(statement.condition))
        for unit, state in ((False, False), (True, False), (False, True), (True, True)):
            if unit and self.target is None:
                continue
            at = self.elaborator(unit, state)
            try:
                at.enter(statement.number, statement.sides[0])
                lefts = self.steps_spelled_out(self.formulas.put_in(at.side(statement.sides[0])))
                rights = self.formulas.put_in(at.side(statement.sides[n], frozenset(at.entries)))
            except FAILURES:
                continue
            letters = [
                frozenset[str]().union(*(r.term.letters for r in side)) & at.chained.keys() for side in (lefts, rights)
            ]
            if (lefts, rights) in seen or letters[1] - letters[0]:  # for which steps is not said
                continue
            seen.append((lefts, rights))
            names = (TARGET_UNIT,) * unit + (SCALAR_STATE,) * state
            free = frees(lefts + rights, at.entries, at.chained)
            fixed = dict.fromkeys(self.singletons, 1) if state else {}
            opened = [p for left in lefts for p in walk(left.term) if isinstance(p, Derivative)]
            yield Start(
                lefts, rights, free, condition, names, fixed, frozenset(opened if self.is_step(statement) else ())
            )

    def steps_spelled_out(self, lefts: list[Typed]) -> list[Typed]:
        """Left sides with what the legend says of Δw in its place."""
        steps: dict[Term, Term] = {
            part: self.page.system[part.name].cases[0][1]
            for left in lefts
            for part in walk(left.term)
            if isinstance(part, Ref) and is_increment(part.name) and part.name in self.page.system
        }
        return [replace(left, term=replaced(left.term, steps)) for left in lefts]

    def is_step(self, statement: Statement) -> bool:
        """Whether the head is Δw, the step of a parameter."""
        name = self.page.elaborator.names.read(statement.sides[0], None, statement.number)
        return name is not None and is_increment(name.mention.base)


@dataclass
class Granting:
    """The network of a checker, whose claims are decided under whatever assumptions they need."""

    checker: ScalarChecker

    @cached_property
    def page(self) -> Understanding:
        return replace(self.checker.page, elaborator=self.checker.elaborator(True, True), system=self.system)

    @cached_property
    def system(self) -> dict[str, Quantity]:
        """The system with one target for all steps."""
        nothing = Claim(constant(0), constant(0), ())
        found = Assumed(nothing, self.checker.system, frozenset(), (TARGET_UNIT,))
        return dict(next(same_target(found), found).system)

    @property
    def formulas(self) -> Formulas:
        return self.checker.formulas

    @property
    def judge(self) -> Judge:
        return self.checker.judge.over(self.system, dict.fromkeys(self.checker.singletons, 1))

    def decision(self, statement: Statement, n: int) -> Decision:
        return self.checker.decision(statement, n, assume=True)


class AssumedTrial(Trial):
    """Variants of a claim, rejected where they do not hold under all assumptions at once; what holds under them alone
    costs more."""

    network: Granting

    def begin(self) -> bool:
        self.plain = Trial(self.network.checker, self.statement, self.n)
        self.holds_plainly = self.plain.begin()
        return super().begin()

    def cost(self, node: Node) -> int | None:
        derives = any(isinstance(part, Partial | Nabla) for part in nodes(node))
        if not derives and super().cost(node) is None:
            return None
        cost = self.plain.cost(node) if self.holds_plainly else None
        if cost is None and (not derives or super().cost(node) is not None):
            return 1
        return cost

    def side(self, node: Node, keep: frozenset[str] = frozenset()) -> list[Typed]:
        readings = super().side(node, keep)
        is_head = node is self.statement.sides[0]
        return [replace(r, term=self.meant(r.term, TRUNCATED if is_head else "")) for r in readings]

    def meant(self, term: Term, more: str) -> Term:
        """A side along the path through the target's unit, a head without what flows back through time too."""
        opened = frozenset(part for part in walk(term) if isinstance(part, Derivative))
        claim = Claim(term, term, ())
        found = Assumed(claim, self.network.checker.system, opened, (TARGET_UNIT,))
        found = next(single_path(found), found)
        return (next(truncated(found), found) if more else found).claim.left
