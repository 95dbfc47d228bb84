"""What the symbols of a page stand for: each mention for a quantity, its steps and layers, and the entries it picks.

Indices are told from names (names.py) and sorted into families (families.py) by the evidence of all statements, a
legend's among them; several spellings of one name are one quantity.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

from derive.kernel.index import Index, Width, letter
from derive.kernel.terms import Axes
from derive.reading.tree import Group, Nabla, Node, Partial, Product, Script, Symbol
from derive.reading.tree import walk as nodes
from derive.understand.application import ELEMENTWISE, spelling
from derive.understand.callables import callables, unexplained
from derive.understand.customs import FUNCTIONS, LOSSES, OPEN_FUNCTIONS, base_letter
from derive.understand.families import Families
from derive.understand.forms import dimensions, has_derivative, is_data, is_line
from derive.understand.legend import Facts
from derive.understand.letters import STEPS
from derive.understand.mentions import size_of
from derive.understand.names import Name, Names
from derive.understand.reader import Known
from derive.understand.slots import Formula
from derive.understand.small import entries_in_small
from derive.understand.statement import EQUALITIES, Side, Statement

CUSTOMS = {"sigma": "sigmoid"}
INPUTS = frozenset(("x", "X"))


class Symbols:
    """The symbols of some statements and of a legend. What the statements themselves say of functions and layouts is
    `learned` once these are known to be of one network."""

    def __init__(self, statements: list[Statement], legend: Facts, functions: Mapping[str, str] | None = None) -> None:
        self.statements = statements
        self.sizes = legend.sizes
        sizes = (size for s in statements for _, space in s.memberships for size in dimensions(space))
        stated = frozenset(str(size) for size in sizes if len(size.letters) == 1) - {"T", "L"}
        formulas = [Formula(s.number, s.sides, s.condition) for s in statements]
        self.names = Names(formulas, legend.letters, stated=stated)
        trees = [*(tree for tree, _ in legend.layouts), *(tree for pair in legend.aliases for tree in pair)]
        self.names.explain([name.name for tree in trees if (name := self.names.read(tree)) is not None])
        self.small = entries_in_small(self.names, self._mentions())
        self.names.explain(self.small)
        self.mentions = self._mentions()
        self.families = self._families(legend)
        self.aliases = self._aliases(legend)
        self.shapes = self._shapes(legend)
        self.functions = dict(CUSTOMS)
        for tree, function in legend.functions:
            if (name := self.names.read(tree)) is not None:
                self.functions[spelling(name)] = name.name if function == "open" else function
        self.functions |= functions or {}
        self.callables = callables(statements, self.names, self.families) - self.shapes.keys() - self.aliases.keys()
        self.unexplained = unexplained(statements, self.names, self.mentions) - self.shapes.keys() - self.aliases.keys()
        self.states = self._states()
        self.stepped = self._stepped()

    @property
    def open_functions(self) -> set[str]:
        """The functions of which nothing says what they are."""
        return {name for name in self.callables if self.functions.get(name) == name}

    def _mentions(self) -> list[tuple[int, Name]]:
        """Every name on the page with the number of its statement."""
        return [
            (s.number, name) for s in self.statements for side in s.sides for name in self.names.inside(side, s.number)
        ]

    def _families(self, legend: Facts) -> Families:
        """The families of indices, without those of Kronecker's δ_{ij} where the page has a δ of its own."""
        said = frozenset(s.number for s in self.statements if s.is_told)
        kinds = (frozenset(self.names.last | {"T", "L"}), legend.families, said, self._parameters(), self._vectors())
        kronecker = [(number, name) for number, name in self.mentions if self.names.is_kronecker(name, number)]
        rest = [pair for pair in self.mentions if pair not in kronecker]
        if all(name.name != "delta" for _, name in rest):
            rest = self.mentions
        families = Families(rest, *kinds)
        self.names.running = families.running()
        own = [(number, name) for number, name in kronecker if not self.names.is_kronecker(name, number)]
        if own and rest is not self.mentions:  # δ_{k,i} where k is a step
            families = Families([*rest, *own], *kinds)
            self.names.running = families.running()
        return families

    def _vectors(self) -> frozenset[str]:
        r"""The names with one index below of which the page says that they are arrays with it: x_i \in \mathbb{R}^d."""
        stated = [(s.number, *membership) for s in self.statements for membership in s.memberships]
        names = [self.whole(tree, number) for number, tree, space in stated if {*dimensions(space)} - {Index(1)}]
        return frozenset(
            name.name
            for name in names
            if name is not None and [slot.place for slot in name.slots] == ["sub"] and name.slots[0].index.letters
        )

    def _parameters(self) -> frozenset[str]:
        """The names by which a loss is differentiated, that no formula defines and custom does not call an input."""
        equations = [s for s in self.statements if s.relations and s.relations[0] in EQUALITIES]
        defined = {head.name for s in equations if (head := self.whole(s.sides[0], s.number)) is not None}
        found = set()
        for number, node in ((s.number, node) for s in self.statements for side in s.sides for node in nodes(side)):
            of = self.names.read(node.of, None, number) if isinstance(node, Partial | Nabla) else None
            if of is not None and of.mention.base in LOSSES and isinstance(node, Partial | Nabla):
                found |= {name.name for name in self.names.inside(node.wrt, number)}
        return frozenset(found - defined - INPUTS)

    def _aliases(self, legend: Facts) -> dict[str, str]:
        r"""The names that are another one: by the legend; w_1 of W; and z_i, an entry of \vec z, where no formula
        speaks of both with the same indices."""
        found: dict[str, str] = {}
        for alias, of in legend.aliases:
            if (name := self.names.read(alias)) is not None and (target := self.names.read(of)) is not None:
                found[name.name] = target.name
        for stem, array in self.small.items():
            found.setdefault(stem, found.get(array, array))
        said: dict[str, set[tuple[int, int]]] = {}
        for number, name in self.mentions:
            said.setdefault(name.name, set()).add((number, len(name.slots)))
        for arrow, places in said.items():
            plain = arrow.replace("vec ", "", 1)
            if plain != arrow and plain in said and not places & said[plain]:
                found.setdefault(plain, arrow)
        return found

    def _shapes(self, legend: Facts) -> dict[str, Known]:
        """The layouts that a legend states."""
        found: dict[str, Known] = {}
        for tree, known in legend.layouts:
            if (name := self.names.read(tree)) is not None:
                key = self.aliases.get(name.name, name.name)
                before = found.setdefault(key, known)
                if (before.rows, before.cols) != (known.rows, known.cols):  # each layer has its own widths
                    found[key] = replace(known, rows=None, cols=None)
        return found

    def _states(self) -> set[str]:
        """Names like those of losses whose earlier value a formula multiplies: C_t = f_t ⊙ C_{t-1} + … is a cell."""
        found = set()
        for statement in self.statements:
            head = self.whole(statement.sides[0], statement.number)
            if head is None or head.mention.base not in LOSSES:
                continue
            at = self.families.split(statement.number, head)[0].get("step")
            for node in (node for side in statement.sides[1:] for node in nodes(side) if isinstance(node, Product)):
                for factor in (self.whole(factor, statement.number) for factor in node.factors):
                    if factor is not None and factor.name == head.name and at is not None:
                        before = self.families.split(statement.number, factor)[0].get("step")
                        found |= {self.aliases.get(head.name, head.name)} if before not in (None, at) else set()
        return found

    def _stepped(self) -> set[str]:
        """Losses that stand both with a step and without: the loss of a step is a quantity of its own."""
        carried: dict[str, set[bool]] = {}
        heads: dict[str, set[bool]] = {}
        for number, name in self.mentions:
            is_single = self._is_single(name, *self.families.split(number, name))
            carried.setdefault(self.aliases.get(name.name, name.name), set()).add(is_single)
        for statement in self.statements:
            head = self.whole(statement.sides[0], statement.number)
            if head is not None and not statement.is_told and not has_derivative(statement.sides[1]):
                is_single = self._is_single(head, *self.families.split(statement.number, head))
                heads.setdefault(self.aliases.get(head.name, head.name), set()).add(is_single)
        return {
            name
            for name, both in carried.items()
            if len(both) == 2 and name not in self.states
            if base_letter(name) in LOSSES or heads.get(name) == {True, False}
        }

    def learned(self) -> set[Side]:
        r"""Takes in what the statements say of functions, g = \tanh, and of layouts, u ∈ ℝ^{m×n}; the sides that define
        a function."""
        found = set()
        for statement in self.statements:
            head = self.whole(statement.sides[0], statement.number)
            if head is None or head.slots or len(statement.sides) != 2 or statement.relations[0] not in EQUALITIES:
                continue
            side = statement.sides[1]
            known = ELEMENTWISE.get(side.name) if isinstance(side, Symbol) and not side.accent else None
            if known is not None and head.mention.base in OPEN_FUNCTIONS:
                self.functions[head.name] = known
                self.callables.add(head.name)
                found.add((statement.number, 1))
        for name in self.callables:
            self.functions.setdefault(name, name)
        for statement in self.statements:
            for tree, space in statement.memberships:
                self._belongs(statement.number, tree, space)
        return found

    def _belongs(self, number: int, tree: Node, space: Node) -> None:
        """Takes in the layout that a membership states; one row or one column makes a vector, and ℝ a number."""
        name = self.whole(tree, number)
        sizes = dimensions(space)
        if name is None or len(sizes) == 1 or (not sizes and not is_line(space)):
            return
        key, chains, picks = self.split(number, name)
        places = {str(at.plus(-at.constant)): letter(family, -at.constant) for family, at in chains.items()}
        of_layers = any(isinstance(part, Width) for size in sizes for part, _ in size.letters)
        if picks or (of_layers and not all(at.letters for at in chains.values())):  # W^{[1]} says nothing of W^{[2]}
            return
        sizes = tuple(size.put(places) for size in sizes)
        rows: Axes = sizes
        cols: Axes = ()
        if len(sizes) == 2:
            rows, cols = (() if axes == (Index(1),) else axes for axes in (sizes[:1], sizes[1:]))
        self.shapes.setdefault(key.removesuffix("[step]"), Known(key, (), rows, cols, most=None if sizes else 0))

    def admit(self, statement: Statement) -> bool:
        """Whether all that a further claim mentions stands on the page in the same way, so that nothing is understood
        otherwise for it; its letters are understood from now on."""
        number = statement.number
        if not self.names.admit(Formula(number, statement.sides, statement.condition)):
            return False
        names = [name for side in statement.sides for name in self.names.inside(side, number)]
        spoken = {name.name for _, name in self.mentions}
        known = all(name.name in spoken for name in names) and self.families.admit(number, names)
        self.names.running = self.families.running()
        return known

    # What is asked of them

    @property
    def ends(self) -> frozenset[str]:
        """The letters of last steps and layers."""
        return frozenset(self.names.last | {"T", "L"})

    def whole(self, node: Node, number: int) -> Name | None:
        """The name that a whole tree is, with nothing done to it but a transpose."""
        follows = None
        head = node
        if isinstance(node, Product) and len(node.factors) == 2:
            head, follows = node.factors
        name = self.names.read(head, follows, number) if isinstance(head, Symbol | Script) else None
        if name is None or name.primes or any(operation != "T" for operation in name.operations):
            return None
        return name if name.taken == (2 if follows is not None else 1) else None

    def split(self, number: int, name: Name) -> tuple[str, dict[str, Index], list[Index]]:
        """The quantity that a mention speaks of, its chain indices and its entries."""
        chains, picks = self.families.split(number, name)
        key = self.aliases.get(name.name, name.name)
        return f"{key}[step]" if key in self.stepped and self._is_single(name, chains, picks) else key, chains, picks

    def _is_single(self, name: Name, chains: Mapping[str, Index], picks: list[Index]) -> bool:
        """Whether a mention speaks of one step, or is the loss of one sample of which a formula says what it is."""
        return "step" in chains or (bool(picks) and name.name in self.of_samples)

    @cached_property
    def of_samples(self) -> set[str]:
        """The losses that formulas define with the number of a sample: L^{(i)} = …"""
        found = set()
        for statement in self.statements:
            head = self.whole(statement.sides[0], statement.number)
            is_loss = head is not None and head.mention.base in LOSSES and not has_derivative(statement.sides[-1])
            if head is not None and is_loss and self.families.split(statement.number, head)[1]:
                found.add(head.name)
        return found

    def key(self, node: Node, number: int) -> str | None:
        """The quantity that a whole tree is; None for other trees."""
        name = self.whole(node, number)
        return None if name is None else self.split(number, name)[0]

    def is_example(self, name: Name, number: int, side: Node) -> bool:
        """Whether a side gives the numbers of an example: to what a name is at any step, h_t = [0.8, -0.5]; or as a
        list in brackets, which is no array of the network."""
        chains, _ = self.families.split(number, name)
        at_any = any(index.letters and not index.names <= self.ends for index in chains.values())
        return is_data(side) and (at_any or isinstance(side, Group))

    def inside(self, node: Node, number: int) -> set[str]:
        """The quantities that a tree speaks of."""
        return {self.split(number, name)[0] for name in self.names.inside(node, number)}

    def is_quantity(self, name: Name) -> bool:
        """Whether a name is no index, function or constant."""
        base = name.mention.base
        if name.name in self.callables or base in FUNCTIONS or base in ELEMENTWISE or base == "one":
            return False
        if name.name in self.unexplained:
            return False
        if base == "I" and name.name not in self.shapes and not any(slot.index.names & STEPS for slot in name.slots):
            return False  # the identity; I_t is the page's
        if base == "e" and name.mention.items and not self.names.has_state("e"):
            raised = all(i.place == "sup" for i in name.mention.items)
            return not raised or (
                name.name == "e" and all(i.bracketed for i in name.mention.items)
            )  # e^{(t)}, else e^u
        if str(size_of(name.mention.node)) in self.names.last:
            return False
        index = name.name in self.names.letters | self.names.last | self.names.counts | {"T"} or name.name in self.sizes
        index = index or (name.name == "L" and self.names.is_last_layer)
        return not (index and not name.slots)

    @cached_property
    def derivatives(self) -> list[tuple[str | None, str | None]]:
        """What every derivative of the page is taken of, and by."""
        return [
            (self.key(node.of, s.number), self.key(node.wrt, s.number))
            for s in self.statements
            for side in s.sides
            for node in nodes(side)
            if isinstance(node, Partial | Nabla)
        ]

    @cached_property
    def carrying(self) -> frozenset[str]:
        """The quantities that carry a step somewhere."""
        found = (self.split(*mention)[:2] for mention in self.mentions)
        return frozenset(key for key, chains in found if "step" in chains)

    @cached_property
    def heads(self) -> frozenset[str]:
        """The names of what formulas say something of."""
        found = (self.whole(statement.sides[0], statement.number) for statement in self.statements)
        return frozenset(name.name for name in found if name is not None)

    @cached_property
    def differentiated(self) -> set[str]:
        """The quantities by which the page differentiates."""
        return {by for _, by in self.derivatives if by is not None}
