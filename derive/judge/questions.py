"""What is asked of the statements of one network before any of them is decided."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from derive.judge import doubts, figures
from derive.judge.decide import Judge
from derive.judge.formulas import Formulas
from derive.judge.written import Written
from derive.kernel.points import last_layers
from derive.kernel.rewriting import walk
from derive.kernel.terms import Apply, Malformed, Ref, Term
from derive.reading import ReadError
from derive.reading.tree import Big, Group, Nabla, Node, Partial, Product, Script, Symbol
from derive.reading.tree import Sequence as Arguments
from derive.reading.tree import walk as nodes
from derive.understand.adjoints import is_adjoint
from derive.understand.forms import has_derivative
from derive.understand.functions import open_functions
from derive.understand.increments import is_increment
from derive.understand.letters import binders
from derive.understand.mentions import linear
from derive.understand.page import Understanding
from derive.understand.remarks import are_copies, is_list, is_told, is_update, number_of
from derive.understand.shares import is_share
from derive.understand.slots import Formula
from derive.understand.statement import EQUALITIES, Statement
from derive.understand.typed import Misfit

INLINE = -1  # the block of statements in running text


def applied(tree: Node) -> Node | None:
    """The name before its arguments, tanh of tanh(z)."""
    match tree:
        case Product(_, (name, Group(_, Symbol() | Script() | Arguments()))):
            return name
    return None


@dataclass
class Questions:
    """The statements of one network of a page, and what was found of them so far."""

    page: Understanding
    formulas: Formulas
    written: Written
    last: int | None = None  # the number of steps, once the page says it
    thorough: bool = True  # whether ranges are proved and mends are searched
    fixed: Mapping[str, int] = field(default_factory=dict)  # the extents that are given
    is_aside: bool = False  # whether what is checked speaks of no network of the page
    judges: dict[tuple[object, ...], Judge] = field(default_factory=dict)
    shaped: bool = False  # whether all is known before the page says any: the network is the built-in one
    said: set[Term] = field(default_factory=set)  # the derivatives that claims so far say in full
    counts: dict[str, int] = field(default_factory=dict)  # how many classes, layers … there are, where the page says it
    said_before: dict[int, tuple[int | None, dict[str, int]]] = field(default_factory=dict)  # both, at each statement
    conditions: set[int] = field(default_factory=set)  # the blocks in which the number of steps is that of a claim

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
        """The judge for the numbers of steps and of layers that the page speaks of."""
        layers = {name: number for name, number in self.counts.items() if name in self.tops}
        key = (self.last, *layers.items())
        if key not in self.judges:
            ambiguous = self.page.elaborator.derivatives
            self.judges[key] = Judge(
                self.page.system,
                self.formulas.key,
                self.last,
                fixed={**layers, **self.fixed},
                called=self.written.last,
                ambiguous=ambiguous,
            )
        return self.judges[key]

    @cached_property
    def tops(self) -> frozenset[str]:
        """The letters of the last layer."""
        return last_layers(self.page.system) - {key.split("[")[0] for key in self.page.system}

    def is_loss(self, key: str) -> bool:
        """Whether a quantity is a loss."""
        known = self.page.elaborator.known.get(key)
        return known is not None and known.role == "loss"

    def is_name(self, node: Node, number: int) -> bool:
        """Whether a side is a name, with its indices."""
        name = self.page.elaborator.names.read(node, None, number) if isinstance(node, Symbol | Script) else None
        return name is not None and not name.primes and not name.operations

    def is_entry(self, statement: Statement) -> bool:
        """Whether the head of a statement is one number, which has no layout."""
        elaborator = self.page.elaborator
        elaborator.enter(statement.number, statement.sides[0])
        try:
            return elaborator.side(statement.sides[0])[0].is_scalar
        except (ReadError, Misfit, Malformed):
            return False

    def is_derived(self, statement: Statement) -> bool:
        """Whether a formula is built on derivatives, or on names for them, and so is no equation of a network."""
        names = self.page.elaborator.names
        return any(
            any(isinstance(part, Partial | Nabla) for part in nodes(side))
            or any(is_adjoint(name.name) for name in names.inside(side, statement.number))
            for side in statement.sides[1:]
        )

    def is_increment(self, statement: Statement) -> bool:
        """Whether the head is ΔW or dW, which may stand before what one step adds to it."""
        at = self.page.elaborator
        name = at.names.read(statement.sides[0], None, statement.number)
        if name is None or not is_increment(name.mention.base):
            return False
        key, chains, _ = at.split(statement.number, name)
        return not chains and not (key in at.known and at.known[key].chains)  # but δA of A = W h_{t-1}, of each step

    def is_by_custom(self, statement: Statement) -> bool:
        """Whether a statement speaks of a name that only a custom explains, and that may mean something else."""
        at = self.page.elaborator
        names = (name for side in statement.sides for name in at.names.inside(side, statement.number))
        found = (at.known.get(at.split(statement.number, name)[0]) for name in names)
        return any(known is not None and known.custom for known in found)

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
    def writes_shares(self) -> bool:
        """Whether the page has a notation for what one step gives to a derivative."""
        return any(
            is_share(node) for statement in self.page.statements for side in statement.sides for node in nodes(side)
        ) or any("+=" in statement.relations for statement in self.page.statements)

    @cached_property
    def told_apart(self) -> dict[str, list[str]]:
        """The quantities that formulas define by letters which Σ runs to different ends, a_h to H and a_k to K, with
        these ends: the letters may tell two of them apart."""
        ends: dict[str, str] = {}
        for node in (node for s in self.page.statements for side in s.sides for node in nodes(side)):
            if isinstance(node, Big):
                ends |= {name: str(high) for name, _, high in binders(node) if high is not None and high.letters}
        found: dict[str, set[str]] = {}
        for statement in self.page.statements:
            name = self.page.symbols.whole(statement.sides[0], statement.number)
            if name is None or self.is_derived(statement):
                continue
            key, _, picks = self.page.symbols.split(statement.number, name)
            found.setdefault(key, set()).update(ends[str(i)] for i in picks if len(picks) == 1 and str(i) in ends)
        return {key: sorted(those) for key, those in found.items() if len(those) > 1}

    def leaves_sigma_open(self) -> bool:
        """Whether σ is the logistic function by custom alone, on a page whose words speak of tanh, which none of its
        formulas applies: its activation may well be tanh."""
        said = self.formulas.meanings
        text = self.written.document.text.lower()
        if "sigma" in (*said.known, *said.bodies, *said.unread) or re.search("sigmoid|logistic", text):
            return False
        terms = [part for q in self.page.system.values() for _, term in q.cases for part in walk(term)]
        return "tanh" in text and not any(isinstance(part, Apply) and part.function == "tanh" for part in terms)

    @cached_property
    def has_example(self) -> bool:
        """Whether the page gives decimal numbers to what it speaks of."""
        return any(
            figures.is_arithmetic(side) and figures.has_decimals(side)
            for statement in self.page.statements
            if self.is_name(statement.sides[0], statement.number)
            for side in statement.sides[1:]
        )

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
        is_computed = figures.is_arithmetic(side) and figures.is_compound(side)  # ∂L/∂x = 14 · 3
        return (is_computed and has_derivative(head)) or (self.has_example and (decimals or is_computed))

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

    def says_anew(self, statement: Statement, n: int) -> str:
        """The quantity that a formula defines once more, by what its definition does not speak of, by another function
        of the one that it is a function of, a = max(0, z) for a = σ(z), by itself, P = P², or beside it in running
        text; or that is given. '' for others, and where all that the page speaks of is known."""
        elaborator, system = self.page.elaborator, self.page.system
        head, side = statement.sides[0], statement.sides[n]
        head = applied(head) or head  # y(x) = …
        if self.shaped or not self.is_name(head, statement.number):
            return ""
        if any(isinstance(part, Partial | Nabla) for part in nodes(side)):
            return ""
        name = elaborator.names.read(head, None, statement.number)
        key = elaborator.split(statement.number, name)[0] if name is not None else ""
        if key not in system:
            return ""
        chosen = self.page.choice.chosen.get(key)
        if chosen is not None and (chosen.statement.block, chosen.number + 1) == (INLINE, statement.number):
            return key if statement.block == INLINE else ""
        mine = doubts.reached((term for _, term in system[key].cases), system) | {key}
        theirs = {
            elaborator.split(statement.number, other)[0] for other in elaborator.names.inside(side, statement.number)
        }
        if not system[key].cases:
            return "" if key in theirs else key
        if theirs == {key} and isinstance(side, Script) and not system[key].letters:
            return key  # P = P^2
        of = [term.of if isinstance(term, Apply) else term for _, term in system[key].cases]
        of_one = [term.name for term in of if isinstance(term, Ref)]
        functions = [applied(tree) or tree for tree in (side, chosen.side)] if n == 1 and chosen is not None else []
        is_applied = all(isinstance(tree, Symbol | Script) for tree in functions)
        if is_applied and len({*functions}) == 2 and theirs & system.keys() == {*of_one}:
            return key

        match side:
            case Product(_, (Symbol(), Group(_, body)), ("",)) if chosen is not None and body == chosen.side:
                return key  # h = σ(W x) after h = W x

        def is_foreign(other: str) -> bool:
            """Whether a quantity is none of those, nor a name for what is made of them alone, δ = ∂L/∂o."""
            inside = doubts.reached((term for _, term in system[other].cases), system) - {other}
            return other not in mine and not (inside and inside <= mine)

        return key if any(other in system and is_foreign(other) for other in theirs) else ""

    def remark(self, statement: Statement, n: int) -> str:
        """'definition' for data, lists and what is told in words, which are no claims."""
        head, side = statement.sides[0], statement.sides[n]
        if is_update(head, statement.relations[n - 1], side) or is_told(side):
            return "definition"
        if statement.relations[n - 1] not in EQUALITIES:
            return ""
        if isinstance(head, Symbol) and head.name in self.page.elaborator.names.letters and linear(side) is not None:
            return "definition"  # the step of which the text speaks, t = T
        data = number_of(head, side)
        if data is not None and data[0] == "T":
            self.last = self.last if statement.block in self.conditions else data[1]
            return "definition"
        names = self.page.elaborator.names
        if data is not None and data[0] in names.last | names.counts | self.tops:
            self.counts |= dict([data])
            return "definition"
        return "definition" if is_list(head, side) or are_copies(statement.sides, statement.relations) else ""

    def steps_beside(self, statement: Statement) -> int | None:
        """The number of steps that is said behind a formula in its own block: … (T = 2)."""
        behind = [s for s in self.page.statements if s.block == statement.block and s.number > statement.number]
        said = [number_of(s.sides[0], side) for s in behind for side in s.sides[1:2] if s.relations[0] in EQUALITIES]
        found = [value for name, value in filter(None, said) if name == "T"]
        return found[0] if found and statement.block != INLINE else None
