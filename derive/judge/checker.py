"""The statements of one network decided: what of a chain is a definition, and the verdict on every other link."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from derive.check.assumptions import ASSUMPTIONS, OF_READINGS, ONE_PATH, SHARE, TARGET_UNIT
from derive.check.results import (
    INHERITED,
    VERDICTS,
    Claim,
    Counterexample,
    Edit,
    PartialReading,
)
from derive.check.results import Convention as Settled
from derive.judge import doubts, figures, gradients
from derive.judge.assuming import Start, granted
from derive.judge.assumptions import CHANGES, OPERATIONS
from derive.judge.decide import Decision, Head, Judge, frees
from derive.judge.extent import range_of
from derive.judge.formulas import Formulas
from derive.judge.heads import Heads
from derive.judge.membership import stated_shape
from derive.judge.mend import Mender
from derive.judge.parameters import for_each, standing
from derive.judge.trial import FAILURES
from derive.judge.written import Written
from derive.kernel.compare import Claim as KernelClaim
from derive.kernel.compare import Free
from derive.kernel.field import Undecidable
from derive.kernel.index import Condition, Unbound, letter
from derive.kernel.real import middle
from derive.kernel.terms import Apply, Derivative, Malformed, Ref, Term, walk
from derive.reading import ReadError, Side
from derive.reading import Statement as Chain
from derive.reading.tree import Nabla, Node, Partial, Script, Symbol
from derive.reading.tree import walk as nodes
from derive.understand.adjoints import is_adjoint
from derive.understand.functions import open_functions
from derive.understand.increments import is_increment
from derive.understand.letters import comparisons, is_read
from derive.understand.names import Formula
from derive.understand.page import Understanding
from derive.understand.reader import Unexplained
from derive.understand.remarks import is_list, is_told, is_update, number_of
from derive.understand.shares import is_share, used_at
from derive.understand.single import SingleEntry, singletons
from derive.understand.statement import EQUALITIES, Convention, Statement
from derive.understand.typed import CUSTOM, TRUE_CLASS, TURNED, Misfit, Typed, transposed

JACOBIANS = "Jacobians"
SHAPE, LAYOUT = "shape", "layout"  # codes of what is no slip at one place
TRUE = ("holds", "conditional")
OTHERWISE = "it holds with the ∂ on the left read otherwise than in the rest of the chain"
SINGLY = "it fails under every reading of its products: even where its arrays have a single entry"
PRECEDENCE = "whether it holds depends on what ⊙ binds tighter than in the equations: set brackets there"
TURNED_ONCE = "it holds for the transposed gradient: others of the page have the shape of what they are taken by"
MENDED = 20  # wrong links of one chain for which mends are searched
INLINE = -1  # the block of statements in running text


def is_jacobian(node: Node) -> bool:
    """Whether a side is one derivative."""
    return isinstance(node, Partial)


@dataclass
class Checker:
    """Decides the statements of one page."""

    page: Understanding
    formulas: Formulas
    written: Written
    last: int | None = None  # the number of steps, once the page says it
    thorough: bool = True  # whether ranges are proved and mends are searched
    fixed: Mapping[str, int] = field(default_factory=dict)  # the extents that are given
    is_aside: bool = False  # whether what is checked speaks of no network of the page
    other: Checker | None = None  # the same network where ⊙ binds otherwise in its equations
    is_contradicted: bool = False  # whether some claims hold with the one alone, and some with the other
    judges: dict[int | None, Judge] = field(default_factory=dict)
    wrong: int = 0  # the links of this chain that fail so far
    usual: bool = False  # whether a Jacobian on the page has its indices the usual way round
    meant: set[str] = field(default_factory=set)  # how claims so far are read that hold so alone
    shaped: bool = False  # whether all is known before the page says any: the network is the built-in one
    mends_granted: bool = True  # whether what holds under an assumption may be a slip
    said: set[Term] = field(default_factory=set)  # the derivatives that claims so far say in full
    own_gradients: bool = False  # whether the gradients of the page by vectors have the shapes of these
    layouts: dict[bool, list[int]] = field(
        default_factory=dict
    )  # what holds in the denominator layout only, or not in it

    @cached_property
    def heads(self) -> Heads:
        """How the heads of its chains are read."""
        return Heads(self)

    @cached_property
    def open(self) -> frozenset[str]:
        """The functions of which nothing is known in the equations of the network."""
        return open_functions(term for quantity in self.page.system.values() for _, term in quantity.cases)

    def turn_to(self, written: Written, thorough: bool) -> None:
        """Goes on with another version of the page, in which other claims stand."""
        self.written, self.thorough = written, thorough
        for found in ("mender", "single", "has_example"):
            self.__dict__.pop(found, None)
        self.page.elaborator.names.turn_to([Formula(s.number, s.sides, s.condition) for s in self.page.statements])

    @property
    def judge(self) -> Judge:
        """The judge for the number of steps that the page speaks of."""
        if self.last not in self.judges:
            ambiguous = self.page.elaborator.derivatives
            self.judges[self.last] = Judge(
                self.page.system, self.formulas.key, self.last, fixed=self.fixed, ambiguous=ambiguous
            )
        return self.judges[self.last]

    def settle(self, statements: list[Statement]) -> None:
        """Whether the Jacobians of the page have their indices the other way round: where two claims about a Jacobian
        alone say so that hold in that layout only, and none that holds in the usual one only."""
        self.heads.settle_names(statements)
        asked = [
            s
            for s in statements
            if is_jacobian(s.sides[0]) and not self.is_entry(s) and not any(self.page.defines(s, n) for n in (1, 2))
        ]
        found: dict[bool, list[int]] = {False: [], True: []}
        for statement in asked:
            verdicts = []
            for layout in (False, True):
                self.page.elaborator.denominator = layout
                verdicts.append(self.verdict(statement) == "holds")
            self.page.elaborator.denominator = False
            if verdicts[0] != verdicts[1]:
                found[verdicts[1]].append(statement.number)
            self.usual |= verdicts[0] and (not verdicts[1] or not self.tells_no_layout(statement))
        self.layouts = found
        self.page.elaborator.denominator = len(found[True]) >= 2 and not found[False]
        links = [(statement, n) for statement in statements for n in self.heads.links(statement)]
        self.own_gradients = gradients.are_own(self, links)
        if self.page.elaborator.denominator:
            self.page.conventions.append(Convention(JACOBIANS, "denominator layout: ∂u/∂v has v's index first", "used"))

    def conventions(self, written: Written) -> list[Settled]:
        """The conventions of the page, with the lines of the claims that decided them."""
        found = []
        for c in self.page.conventions:
            decided = self.layouts if c.name == JACOBIANS and c.source == "used" else {}
            lines = {
                layout: tuple(written.line(number) for number in statements) for layout, statements in decided.items()
            }
            found.append(Settled(c.name, c.value, c.source, lines.get(True, ()), lines.get(False, ())))
        return found

    def tells_no_layout(self, statement: Statement) -> bool:
        """Whether the head of a statement has the same shape in both layouts: a square Jacobian, or a gradient."""
        self.page.elaborator.enter(statement.number, statement.sides[0])
        try:
            head = self.page.elaborator.side(statement.sides[0])[0]
        except (ReadError, Misfit, Malformed):
            return True
        return head.rows == head.cols or head.chain is None or not head.chain[0].axes

    def is_entry(self, statement: Statement) -> bool:
        """Whether the head of a statement is one number, which has no layout."""
        elaborator = self.page.elaborator
        elaborator.enter(statement.number, statement.sides[0])
        try:
            return elaborator.side(statement.sides[0])[0].is_scalar
        except (ReadError, Misfit, Malformed):
            return False

    def is_understood(self, statement: Statement) -> bool:
        """Whether every equation of the page was, but for what its quantities are at one place, h_0 = …, and for what
        is built on derivatives and not spoken of here: otherwise what does not fit may be understood wrongly too."""
        elaborator = self.page.elaborator
        spoken = {name.name for side in statement.sides for name in elaborator.names.inside(side, statement.number)}
        for other in self.page.statements:
            if other.number in self.page.failures:
                name = elaborator.names.read(other.sides[0], None, other.number)
                if name is not None and name.slots and not any(slot.index.letters for slot in name.slots):
                    continue
                if name is None or not self.is_derived(other) or name.name in spoken:
                    return False
        return True

    @cached_property
    def said_otherwise(self) -> list[tuple[int, str]]:
        """The quantities of which a formula beside their definition says what they are that fits no reading of it, or
        speaks of what nothing explains, each with its place on the page: a table of operations, each with its Z."""
        found: list[tuple[int, str]] = []
        self.__dict__["said_otherwise"] = found  # while they are looked for
        at = self.page.elaborator
        for place, statement in enumerate(self.page.statements):
            head = statement.sides[0]
            if len(statement.sides) < 2 or not self.is_name(head, statement.number) or self.is_derived(statement):
                continue
            if statement.is_told or figures.is_arithmetic(statement.sides[1]):
                continue
            name = at.names.read(head, None, statement.number)
            key = at.split(statement.number, name)[0] if name is not None else ""
            terms = [term for _, term in self.page.system[key].cases] if key in self.page.system else []
            is_anew = terms and not any(isinstance(part, Derivative) for term in terms for part in walk(term))
            links = range(1, len(statement.sides))
            is_said = any(self.page.defines(statement, n) for n in links)
            is_said = is_said or any((statement.number, n) in self.page.choice.rivals for n in links)
            if is_anew and not is_said and not self.is_loss(key):  # log p_c beside Σ y_k log p_k
                try:
                    self.decision(statement, 1)
                except (Unexplained, Misfit, Malformed):
                    found.append((place, key))
                except (ReadError, Undecidable, Unbound):
                    continue
        return found

    def otherwise(self, statement: Statement) -> str:
        """A quantity that a statement speaks of and that the page gave another meaning before it; '' for none."""
        at = self.page.elaborator
        spoken = {
            at.split(statement.number, name)[0]
            for side in statement.sides
            for name in at.names.inside(side, statement.number)
        }
        places = {s.number: place for place, s in enumerate(self.page.statements)}
        here = places.get(statement.number, len(places))
        return next((key for place, key in self.said_otherwise if place < here and key in spoken), "")

    def is_derived(self, statement: Statement) -> bool:
        """Whether a formula is built on derivatives, or on names for them, and so is no equation of a network."""
        names = self.page.elaborator.names
        return any(
            any(isinstance(part, Partial | Nabla) for part in nodes(side))
            or any(is_adjoint(name.name) for name in names.inside(side, statement.number))
            for side in statement.sides[1:]
        )

    @cached_property
    def writes_shares(self) -> bool:
        """Whether the page has a notation for what one step gives to a derivative."""
        return any(
            is_share(node) for statement in self.page.statements for side in statement.sides for node in nodes(side)
        ) or any("+=" in statement.relations for statement in self.page.statements)

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
        self.single.last = self.last
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
        """The claims of a chain: every later side against its head."""
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
            elif kind == "definition" and (custom := self.page.choice.disputed.get((statement.number, n))):
                reason = f"by custom this name is {custom}, which it is not here"
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
            elif relation not in ("in", "gets"):
                reason = "a relation other than equality"
                found.append(Claim(head.latex, side.latex, "unknown", reason=reason, span=side.span, relation=relation))
        return found

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

    def is_by_custom(self, statement: Statement) -> bool:
        """Whether a statement speaks of a name that only a custom explains, and that may mean something else."""
        at = self.page.elaborator
        names = (name for side in statement.sides for name in at.names.inside(side, statement.number))
        found = (at.known.get(at.split(statement.number, name)[0]) for name in names)
        return any(known is not None and known.custom for known in found)

    def is_loss(self, key: str) -> bool:
        """Whether a quantity is a loss."""
        known = self.page.elaborator.known.get(key)
        return known is not None and known.role == "loss"

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

    def remark(self, statement: Statement, n: int) -> str:
        """'definition' for data, lists and what is told in words, which are no claims."""
        head, side = statement.sides[0], statement.sides[n]
        if is_update(head, statement.relations[n - 1], side) or is_told(side):
            return "definition"
        if statement.relations[n - 1] not in EQUALITIES:
            return ""
        data = number_of(head, side)
        if data is not None and data[0] in self.page.elaborator.names.last | {"T"}:
            self.last = data[1]
            return "definition"
        return "definition" if is_list(head, side) else ""

    @cached_property
    def has_example(self) -> bool:
        """Whether the page gives decimal numbers to what it speaks of."""
        return any(
            figures.is_arithmetic(side) and figures.has_decimals(side)
            for statement in self.page.statements
            if self.is_name(statement.sides[0], statement.number)
            for side in statement.sides[1:]
        )

    def is_name(self, node: Node, number: int) -> bool:
        """Whether a side is a name, with its indices."""
        name = self.page.elaborator.names.read(node, None, number) if isinstance(node, Symbol | Script) else None
        return name is not None and not name.primes and not name.operations

    def is_of_example(self, statement: Statement, n: int) -> bool:
        """Whether a link of a chain says what something is for the data of an example, or in one case: a number for a
        quantity, or a formula with the decimals of the page's data in it."""
        head, side = statement.sides[0], statement.sides[n]
        if figures.is_arithmetic(side) and (
            figures.has_decimals(side)
            or (self.is_name(head, statement.number) and (statement.block == INLINE or self.has_example))
        ):
            return True
        is_value = figures.is_arithmetic(side) and not figures.is_compound(side)
        if is_value and not self.is_name(head, statement.number) and self.speaks_of_a_case(statement):
            return True
        decimals = figures.has_decimals(head) or figures.has_decimals(side)
        return self.has_example and (decimals or (figures.is_arithmetic(side) and figures.is_compound(side)))

    def speaks_of_a_case(self, statement: Statement) -> bool:
        """Whether a statement speaks of what is given and is some number elsewhere on the page: f_t = 1."""
        at = self.page.elaborator
        for other in self.page.statements:
            head = at.names.read(other.sides[0], None, other.number)
            if head is None or not any(figures.is_arithmetic(side) for side in other.sides[1:]):
                continue
            key, chains, _ = at.split(other.number, head)
            quantity = self.page.system.get(key)
            if quantity is None or quantity.cases or any(not index.letters for index in chains.values()):
                continue
            if any(
                at.split(statement.number, name)[0] == key
                for side in statement.sides
                for name in at.names.inside(side, statement.number)
            ):
                return True
        return False

    def arithmetic(self, statement: Statement, n: int, side: Side) -> Decision | None:
        """The verdict on a link between numbers: with the first number of the chain."""
        first = next((s for s in statement.sides[:n] if figures.is_arithmetic(s)), None)
        if first is None or not figures.is_arithmetic(statement.sides[n]):
            return None
        self.page.elaborator.enter(statement.number, statement.sides[0])
        left, right = (self.page.elaborator.side(node)[0].term for node in (first, statement.sides[n]))
        if any(isinstance(part, Ref) or part.axes for term in (left, right) for part in walk(term)):
            return None  # e is the page's
        exact = self.formulas.judge.decide([Typed(left)], [Typed(right)], (), ())
        if exact.verdict == "holds":
            return exact
        found, value = figures.verdict(left, right, figures.half_unit(side.node, side.latex))
        reasons = {"holds": "to the digits shown", "unknown": "its numbers are rounded too much to tell"}
        return Decision(found, reason=reasons.get(found, f"it is {value:.6g}"))

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
            is_open = may_be_slip or (decision.verdict == "fails" and not self.usual)
            if is_open and self.holds_transposed(statement, n):
                return replace(claim, verdict="unknown", reason="it holds for the transposed Jacobian", kind=LAYOUT)
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
            is_slip = may_be_slip and not self.says_anew(statement, n)
            if is_slip and (numbers := self.refuted_singly(statement, n)) is not None:
                return replace(claim, verdict="fails", reason=SINGLY, kind="", counterexample=numbers)
        return claim

    def is_otherwise(self, statement: Statement, n: int, decision: Decision) -> bool:
        """Whether what is found of a claim is its opposite where ⊙ binds otherwise in the equations, and nothing
        settles which is meant."""
        if self.other is None or decision.verdict == "conditional":
            return False
        holds = self.other.heads.holds(statement, n)
        if decision.verdict == "holds":
            return self.is_contradicted and not holds
        return holds or (not self.other.usual and self.other.holds_transposed(statement, n))

    def says_anew(self, statement: Statement, n: int) -> str:
        """The quantity that a formula defines once more, by what its definition does not speak of; '' for others, and
        where all that the page speaks of is known."""
        elaborator, system = self.page.elaborator, self.page.system
        head, side = statement.sides[0], statement.sides[n]
        if self.shaped or not self.is_name(head, statement.number):
            return ""
        if any(isinstance(part, Partial | Nabla) for part in nodes(side)):
            return ""
        name = elaborator.names.read(head, None, statement.number)
        key = elaborator.split(statement.number, name)[0] if name is not None else ""
        if key not in system or not system[key].cases:
            return ""
        mine = doubts.reached((term for _, term in system[key].cases), system) | {key}
        theirs = {
            elaborator.split(statement.number, other)[0] for other in elaborator.names.inside(side, statement.number)
        }

        def is_foreign(other: str) -> bool:
            """Whether a quantity is none of those, nor a name for what is made of them alone, δ = ∂L/∂o."""
            inside = doubts.reached((term for _, term in system[other].cases), system) - {other}
            return other not in mine and not (inside and inside <= mine)

        return key if any(other in system and is_foreign(other) for other in theirs) else ""

    def verdict(self, statement: Statement) -> str:
        """The verdict on a formula that would define again what is defined; 'definition' where it is taken for it."""
        if any(self.page.defines(statement, n) for n in range(1, len(statement.sides))):
            return "definition"
        try:
            verdicts = [self.decision(statement, n).verdict for n in range(1, len(statement.sides))]
        except (ReadError, Misfit, Malformed, Undecidable, Unbound):
            return "unknown"
        return min(verdicts, key=VERDICTS.index)

    def decision(self, statement: Statement, n: int, assume: bool = False) -> Decision:
        """What the kernel says of one link, for any parameter where it speaks of any; where it does not hold as it
        stands, and `assume`, under the assumptions under which it does."""
        if statement.number in self.formulas.statements:
            return self.formulas.decision(statement, n)
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
        lefts = self.formulas.put_in(elaborator.side(statement.sides[0]))
        if statement.relations[n - 1] == "+=" or self.is_increment(statement):
            return self.share(statement, lefts, n)
        keep = frozenset(elaborator.entries)
        rights = gradients.unturned(self.formulas.put_in(elaborator.side(statement.sides[n], keep)))
        free = frees(lefts + rights, elaborator.entries, elaborator.chained)
        condition = tuple(comparisons(statement.condition))
        decision = self.judge.decide(lefts, rights, free, condition)
        if assume and (decision.verdict == "fails" or decision.may_be_slip):
            whole = self.writes_shares or any(part in self.said for left in lefts for part in walk(left.term))
            others = any(TRUE_CLASS in reading.notes for reading in lefts + rights)  # it speaks of the other classes
            without = (ONE_PATH, SHARE) * whole + (TARGET_UNIT,) * others
            names = [name for name in CHANGES if name not in without]
            decision = granted(self.judge, [Start(lefts, rights, free, condition)], names) or decision
        if decision.verdict == "fails":
            unread = self.formulas.unread | (open_functions(r.term for r in lefts + rights) - self.open)
            if unread:
                return Decision("unknown", reason=f"what {', '.join(sorted(unread))} is was not understood")
        if decision.verdict == "fails" and decision.claim is not None:
            again = self.otherwise(statement)
            doubt = f"another formula says what {again} is" if again else ""
            doubt = doubt or self.doubt(decision.claim, lefts, rights, free, condition)
            if doubt:
                return Decision("unknown", reason=doubt)
        if decision.verdict in TRUE and decision.claim is not None and not self.shaped:
            if again := self.otherwise(statement):
                return Decision("unknown", reason=f"another formula says what {again} is")
            unsaid = doubts.derivative_of_given(decision.claim, decision.system or self.page.system)
            if unsaid:
                return Decision("unknown", reason=unsaid)
        if decision.verdict in ("fails", "conditional") and not is_read(statement.condition):
            return Decision(
                "unknown", reason="it does not hold everywhere, and the condition under which it may is not read"
            )
        return decision

    def doubt(
        self, claim: KernelClaim, lefts: list[Typed], rights: list[Typed], free: tuple[Free, ...], condition: Condition
    ) -> str:
        """Why a claim that does not hold may not be wrong; '' where nothing says so."""
        names = doubts.reached((claim.left, claim.right), self.page.system)
        unread = sorted(key.split("[")[0] for key, defined in self.page.losses.items() if defined and key in names)
        if unread:
            return f"the formula that says what {unread[0]} is was not understood"
        if stated := doubts.condition_on_data(claim, self.page.system, self.shaped):
            return stated
        customary = frozenset({"sigmoid"}) if self.leaves_sigma_open() else frozenset[str]()
        found = doubts.fitting_function(self.judge, lefts, rights, free, condition, claim, customary)
        if found is None:
            return ""
        name = "sigma" if found[0] in customary else found[0]
        return f"it holds where {name} is {found[1]}, which the page does not say"

    def leaves_sigma_open(self) -> bool:
        """Whether σ is the logistic function by custom alone, on a page whose words speak of tanh, which none of its
        formulas applies: its activation may well be tanh."""
        said = self.formulas.meanings
        text = self.written.document.text.lower()
        if "sigma" in (*said.known, *said.bodies, *said.unread) or re.search("sigmoid|logistic", text):
            return False
        terms = [part for q in self.page.system.values() for _, term in q.cases for part in walk(term)]
        return "tanh" in text and not any(isinstance(part, Apply) and part.function == "tanh" for part in terms)

    def is_increment(self, statement: Statement) -> bool:
        """Whether the head is ΔW or dW, which may stand before what one step adds to it."""
        at = self.page.elaborator
        name = at.names.read(statement.sides[0], None, statement.number)
        return name is not None and is_increment(name.mention.base) and not at.split(statement.number, name)[1]

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

    def share(self, statement: Statement, lefts: list[Typed], n: int) -> Decision:
        """A gradient that is added up: the right side is what one step adds, through its use of the parameter."""
        elaborator = self.page.elaborator
        rights = self.formulas.put_in(elaborator.side(statement.sides[n], frozenset(elaborator.entries)))
        found = []
        for step in dict.fromkeys(self.step(reading) for reading in rights):
            whole = step is None and statement.relations[n - 1] == "="
            if step is None and not whole:
                found.append(Decision("unknown", reason="what is added up here names no step"))
                continue
            mine = lefts if step is None else used_at(self.spelled_out(lefts), letter(step), statement.sides[0])
            those = [reading for reading in rights if self.step(reading) == step]
            free = frees(mine + those, elaborator.entries, elaborator.chained)
            found.append(self.judge.decide(mine, those, free, tuple(comparisons(statement.condition))))
        return min(found, key=lambda decision: ("holds", "fails", "unknown").index(decision.verdict))

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


def read_as(decision: Decision) -> list[PartialReading]:
    """How the derivatives of a claim are read that are not simply total; first those that are total at one place and
    direct at another."""
    sides = () if decision.claim is None else (decision.claim.left, decision.claim.right)
    total = {part for side in sides for part in walk(side)}
    found = []
    for d in sorted(decision.direct, key=lambda d: d not in total):
        name = f"∂{named(d.of)}/∂{named(d.wrt)}"
        found += [PartialReading(name, taken) for taken in (("total", "direct") if d in total else ("direct",))]
    return found


def named(term: Term) -> str:
    """A quantity in a line of text: a(2), w_aa."""
    if not isinstance(term, Ref):
        return "…"
    name = re.sub(r"(?<=_\w)_(?=\w(_|$))", "", term.name)
    return name + (f"({', '.join(map(str, term.at))})" if term.at else "")


def counterexample(decision: Decision, judge: Judge) -> Counterexample | None:
    """The numbers of both sides where they differ, and the sizes of the point."""
    outcome, claim = decision.outcome, decision.claim
    if outcome is None or claim is None or outcome.equal:
        return None
    place = [f"{name} = {value}" for name, value in outcome.at]
    if claim.left.axes:
        place.append(f"entry {outcome.entry + 1}")
    steps, sizes = next(judge.tried(claim))
    point = ", ".join(f"{name} = {size}" for name, size in {"T": steps, **sizes}.items())
    return Counterexample(
        f"{', '.join(place)} ({point})".lstrip(), f"{middle(outcome.left):.6g}", f"{middle(outcome.right):.6g}"
    )
