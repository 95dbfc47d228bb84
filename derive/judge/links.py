"""What the kernel says of one link of a chain, and what keeps from calling it wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

from derive.check.assumptions import ONE_PATH, OWN_PATH, SHARE, TARGET_UNIT
from derive.judge import anew, doubts, figures, gradients
from derive.judge.assuming import Start, granted
from derive.judge.assumptions import CHANGES
from derive.judge.decide import Decision
from derive.judge.equal_entries import kept_apart
from derive.judge.free import frees
from derive.judge.parameters import for_each, standing
from derive.judge.said_otherwise import Otherwise
from derive.kernel.compare import Claim as KernelClaim
from derive.kernel.compare import Free
from derive.kernel.field import Undecidable
from derive.kernel.index import Comparison, Condition, Unbound, letter
from derive.kernel.rewriting import put, walk
from derive.kernel.terms import Derivative, Malformed, Ref, Term
from derive.reading import ReadError, Side
from derive.reading.tree import Matrix, Node
from derive.understand.forms import cells_of
from derive.understand.functions import open_functions
from derive.understand.increments import is_increment
from derive.understand.letters import comparisons, is_read
from derive.understand.parts import by_what_they_name
from derive.understand.products import free_indices
from derive.understand.shares import used_at
from derive.understand.statement import Statement
from derive.understand.typed import TRUE_CLASS, Misfit, Typed, transposed

TRUE = ("holds", "conditional")
UNREAD = "it does not hold everywhere, and the condition under which it may is not read"


@dataclass
class Links(Otherwise):
    """Decides single links."""

    def decision(self, statement: Statement, n: int, assume: bool = False) -> Decision:
        """What the kernel says of one link, for any parameter where it speaks of any; where it does not hold as it
        stands, and `assume`, under the assumptions under which it does."""
        if statement.number in self.formulas.statements:
            decision = self.formulas.decision(statement, n)
            return (
                Decision("unknown", reason=UNREAD) if decision.verdict == "fails" and statement.condition else decision
            )
        elaborator = self.page.elaborator
        elaborator.enter(statement.number, statement.sides[0])
        name = standing((statement.sides[0], statement.sides[n]), elaborator, elaborator.names.elsewhere)
        if name is None:
            return self.link(statement, n, assume)
        return for_each(name, elaborator, self.page.system, lambda: self.link(statement, n, assume))

    def link(self, statement: Statement, n: int, assume: bool) -> Decision:
        """What the kernel says of one link."""
        elaborator = self.page.elaborator
        elaborator.enter(statement.number, statement.sides[0])
        unsummed = free_indices(statement.sides) if elaborator.summation else frozenset[str]()
        lefts = self.formulas.put_in(elaborator.side(statement.sides[0], unsummed))
        if statement.relations[n - 1] == "+=" or self.is_increment(statement):
            return self.share(statement, lefts, n)
        if self.is_begun(statement) and (begun := self.share(statement, lefts, n)).verdict == "holds":
            return begun
        keep = frozenset(elaborator.entries)
        rights = gradients.unturned(self.formulas.put_in(elaborator.side(statement.sides[n], keep)))
        lefts, rights = (
            [replace(r, term=by_what_they_name(r.term, self.page.system)) for r in side] for side in (lefts, rights)
        )
        free = frees(lefts + rights, elaborator.entries, elaborator.chained)
        condition = tuple(comparisons(statement.condition))
        decision = self.judge.decide(lefts, rights, free, condition)
        if assume and (decision.verdict == "fails" or decision.may_be_slip):
            is_said = any(part in self.said for left in lefts for part in walk(left.term))
            whole = self.writes_shares or is_said
            others = any(TRUE_CLASS in reading.notes for reading in lefts + rights)  # it speaks of the other classes
            without = (ONE_PATH, SHARE) * whole + (OWN_PATH,) * is_said + (TARGET_UNIT,) * others
            names = [name for name in CHANGES if name not in without]
            meant = [replace(left, term=self.passed_on(left.term)) for left in lefts]
            named = frozenset(m.term for m, left in zip(meant, lefts, strict=True) if m.term != left.term)
            opened = frozenset(term for term in named if isinstance(term, Derivative))
            start = Start(meant, rights, free, condition, open=opened)
            decision = granted(self.judge, [start], names) or decision
        if decision.verdict == "fails" and (apart := kept_apart(statement, self.page.statements)) is not None:
            one, other = apart
            differ = Comparison(letter(one), "ne", letter(other))
            of_others = self.judge.decide(lefts, rights, free, (*condition, differ))
            if of_others.verdict == "holds":
                decision = replace(of_others, reason=f"where {one} is not {other}, of which another formula speaks")
        if decision.verdict == "fails":
            unread = self.formulas.unread | (open_functions(r.term for r in lefts + rights) - (self.open - {"max"}))
            if unread:
                return Decision("unknown", reason=f"what {', '.join(sorted(unread))} is was not understood")
        if decision.verdict == "fails" and decision.claim is not None:
            again = self.otherwise(statement)
            at = self.page.elaborator
            if (statement.number, n) in self.page.choice.passed_over:
                again = at.key(name) if (name := at.names.read(statement.sides[0], None, statement.number)) else ""
            again = again or anew.by_another(self, statement, (lefts, rights, free, condition))
            again = again or (self.other_definitions.get(statement.number, "") if self.said_by_others else "")
            doubt = doubts.ANOTHER.format(again) if again else ""
            doubt = doubt or self.without_step(statement) or self.of_some_case(statement, n)
            doubt = doubt or self.doubt(decision.claim, lefts, rights, free, condition)
            if doubt:
                return Decision("unknown", reason=doubt)
        if decision.verdict in TRUE and decision.claim is not None and not self.shaped:
            again = self.otherwise(statement)
            again = again or anew.by_the_first_alone(self, statement, (lefts, rights, free, condition))
            if again:
                return Decision("unknown", reason=doubts.ANOTHER.format(again))
            unsaid = doubts.derivative_of_given(decision.claim, decision.system or self.page.system)
            if unsaid:
                return Decision("unknown", reason=unsaid)
        if decision.verdict in ("fails", "conditional") and not is_read(statement.condition):
            return Decision("unknown", reason=UNREAD)
        return decision

    def passed_on(self, term: Term) -> Term:
        """The derivative for a name of one that is passed from step to step, dh_{t-1}."""
        quantity = self.page.system.get(term.name) if isinstance(term, Ref) and is_increment(term.name) else None
        if quantity is None or len(quantity.cases) != 1 or not isinstance(quantity.cases[0][1], Derivative):
            return term
        assert isinstance(term, Ref)
        return put(quantity.cases[0][1], dict(zip(quantity.letters, term.at, strict=True)))

    def doubt(
        self, claim: KernelClaim, lefts: list[Typed], rights: list[Typed], free: tuple[Free, ...], condition: Condition
    ) -> str:
        """Why a claim that does not hold may not be wrong; '' where nothing says so."""
        names = doubts.reached((claim.left, claim.right), self.page.system)
        for key in sorted(names & self.told_apart.keys()):
            return f"the entries of {key} run to {' and to '.join(self.told_apart[key])}: it may be two quantities"
        unread = sorted(key.split("[")[0] for key, defined in self.page.losses.items() if defined and key in names)
        if unread:
            return f"the formula that says what {unread[0]} is was not understood"
        for loss, target in self.page.guessed.items():
            others = {key: quantity for key, quantity in self.page.system.items() if key != loss}
            if loss in names and target in doubts.reached((claim.left, claim.right), others):
                return f"no formula says what {loss.split('[')[0]} is"
        if stated := doubts.condition_on_data(claim, self.page.system, self.shaped):
            return stated
        if unsaid := doubts.open_loss(claim, self.page.system):
            return unsaid
        inside = self.page.symbols.inside
        formulas = [set[str]().union(*(inside(side, s.number) for side in s.sides)) for s in self.page.statements]
        if few := doubts.fewer_outputs(self.judge, lefts, rights, free, condition, claim, self.page.losses, formulas):
            return few
        untried = {name: value for name, value in self.counts.items() if name not in self.tops}
        if untried and doubts.is_at_number(claim, self.page.system):
            said = ", ".join(f"{name} = {value}" for name, value in untried.items())
            return f"the page says that {said}, and other numbers were tried"
        customary = frozenset({"sigmoid"}) if self.leaves_sigma_open() else frozenset[str]()
        found = doubts.fitting_function(self.judge, lefts, rights, free, condition, claim, customary)
        if found is None:
            return ""
        name = "sigma" if found[0] in customary else found[0]
        return f"it holds where {name} is {found[1]}, which the page does not say"

    def holds_transposed(self, statement: Statement, n: int) -> bool:
        """Whether one link holds if the Jacobian on its left has its rows for columns: in another layout, not wrong."""
        elaborator = self.page.elaborator
        try:
            elaborator.enter(statement.number, statement.sides[0])
            lefts = self.formulas.put_in(elaborator.side(statement.sides[0]))
            lefts = [transposed(left) for left in lefts if left.chain is not None and left.chain[0].axes]
            rights = self.formulas.put_in(elaborator.side(statement.sides[n], frozenset(elaborator.entries)))
            free = frees(lefts + rights, elaborator.entries, elaborator.chained)
            condition = tuple(comparisons(statement.condition))
            return self.judge.decide(lefts, rights, free, condition).verdict == "holds"
        except (ReadError, Misfit, Malformed, Undecidable, Unbound):
            return False

    def arithmetic(self, statement: Statement, n: int, side: Side) -> Decision | None:
        """The verdict on a link between numbers: with the first number of the chain."""
        first = next((s for s in statement.sides[:n] if figures.is_arithmetic(s)), None)
        if first is None or not figures.is_arithmetic(statement.sides[n]):
            return None
        self.page.elaborator.enter(statement.number, statement.sides[0])
        other = statement.sides[n]
        found = []
        for left, right in figures.pairs(first, other):
            start, end = (offset - side.span[0] for offset in right.span)
            found.append(self.numbers(left, right, [side.latex if right is other else side.latex[start:end]]))
        if not found and (cells := cells_of(other)) and not isinstance(first, Matrix):  # what a product of them is
            spans = [[offset - side.span[0] for offset in cell.span] for cell in cells]
            found.append(self.numbers(first, other, [side.latex[start:end] for start, end in spans]))
        known = [decision for decision in found if decision is not None]
        if not found or len(known) < len(found):
            return None
        return min(
            known, key=lambda decision: (("fails", "unknown", "holds").index(decision.verdict), not decision.reason)
        )

    def numbers(self, one: Node, other: Node, latex: list[str]) -> Decision | None:
        """The verdict on two numbers, or arrays of them, whose entries on the right are written so; None for others."""
        left, right = (self.page.elaborator.side(node)[0].term for node in (one, other))
        if any(isinstance(part, Ref) for term in (left, right) for part in walk(term)):
            return None  # e is the page's
        if left.axes != right.axes or figures.count(left) != len(latex):
            return None
        exact = self.formulas.judge.decide([Typed(left)], [Typed(right)], (), ()) if not left.axes else None
        if exact is not None and exact.verdict == "holds":
            return exact
        found = []
        for place, digits in enumerate(latex):
            verdict, value = figures.verdict(left, right, figures.half_unit(other, digits), place)
            reasons = {"holds": "to the digits shown", "unknown": "its numbers are rounded too much to tell"}
            found.append(Decision(verdict, reason=reasons.get(verdict, f"it is {value:.6g}")))
        return min(found, key=lambda decision: ("fails", "unknown", "holds").index(decision.verdict))

    def share(self, statement: Statement, lefts: list[Typed], n: int) -> Decision:
        """A gradient that is added up: the right side is what one step adds, through its use of the parameter."""
        elaborator = self.page.elaborator
        rights = self.formulas.put_in(elaborator.side(statement.sides[n], frozenset(elaborator.entries)))
        found = []
        later = (0, 1) if any(self.step(left) for left in lefts) else (0,)  # its own step uses a value, and the next
        for step, offset in product(dict.fromkeys(self.step(reading) for reading in rights), later):
            whole = step is None and statement.relations[n - 1] == "="
            if step is None and not whole:
                found.append(Decision("unknown", reason="what is added up here names no step"))
                continue
            mine = lefts if step is None else used_at(self.spelled_out(lefts), letter(step, offset), statement.sides[0])
            those = [reading for reading in rights if self.step(reading) == step]
            free = frees(mine + those, elaborator.entries, elaborator.chained)
            found.append(self.judge.decide(mine, those, free, tuple(comparisons(statement.condition))))
        return min(found, key=lambda decision: ("holds", "fails", "unknown").index(decision.verdict))

    def is_begun(self, statement: Statement) -> bool:
        """Whether a later formula adds to what this one says, X = A before X += B."""
        later = (other for other in self.page.statements if other.number > statement.number)
        return any(other.relations[:1] == ("+=",) and other.sides[0] == statement.sides[0] for other in later)

    def step(self, reading: Typed) -> str | None:
        """The one step that is free in a reading."""
        chained = self.page.elaborator.chained
        steps = [name for name in reading.term.letters if chained.get(name) == "step"]
        return steps[0] if len(steps) == 1 else None

    def spelled_out(self, readings: list[Typed]) -> list[Typed]:
        """Readings with the derivative for a name of it that carries no index."""
        found = []
        for reading in readings:
            quantity = self.page.system.get(reading.term.name) if isinstance(reading.term, Ref) else None
            term = quantity.cases[0][1] if quantity is not None and quantity.cases and not quantity.letters else None
            found.append(reading if term is None else replace(reading, term=term))
        return found
