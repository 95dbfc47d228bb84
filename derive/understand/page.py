"""A page, understood: its quantities and equations as a system of the kernel, and what its statements are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

from derive.kernel.index import Comparison, Index, Width, letter
from derive.kernel.terms import (
    Apply,
    Axes,
    Build,
    Derivative,
    Fold,
    Malformed,
    Opaque,
    Quantity,
    Ref,
    Term,
    put,
    walk,
)
from derive.kernel.terms import number as constant
from derive.reading.errors import ReadError
from derive.reading.tree import (
    Big,
    Group,
    Matrix,
    Nabla,
    Node,
    Number,
    Partial,
    Product,
    Script,
    Sum,
    Symbol,
)
from derive.reading.tree import walk as nodes
from derive.understand import adjoints
from derive.understand.adjoints import CANONICAL, HERE, given, is_adjoint
from derive.understand.calls import arguments
from derive.understand.dependences import any_functions
from derive.understand.elaborate import BLOCKS, ELEMENTWISE, Elaborator, Known, Unexplained, spelling
from derive.understand.extents import Extents
from derive.understand.families import Families
from derive.understand.forms import (
    applied_function,
    dimensions,
    has_derivative,
    is_only_named,
    is_written_out,
    same_calls,
    same_sums,
)
from derive.understand.guards import closure, end_recursions
from derive.understand.increments import is_increment
from derive.understand.inner import inner_products
from derive.understand.layouts import Equation, agree, solve
from derive.understand.legend import Facts
from derive.understand.letters import STEPS, comparisons
from derive.understand.names import FUNCTIONS, LOSSES, OPEN_FUNCTIONS, Formula, Name, Names
from derive.understand.parts import with_named_parts
from derive.understand.remarks import is_list
from derive.understand.scalar import ScalarElaborator, pairs
from derive.understand.shares import free_steps, words
from derive.understand.small import entries_in_small
from derive.understand.starts import Place, Starts
from derive.understand.targets import with_distributions
from derive.understand.typed import CUSTOM, Misfit, Typed, filled, opened, transposed

CUSTOMS = {"sigma": "sigmoid"}
ATTEMPTS = 5  # orders in which the layouts of the equations are looked for
NO_LAYOUT = "its shapes fit under no layout"
FILLED = 10  # what it costs that a number defines an array: more than that the array is a number too
UNREAD = 200  # what an equation costs that no layout fits: more than any layout
LEGEND = -2  # the block of what a legend says
RANKS = {"derivative": 0, "network": 1, "share": 2, "recursion": 3}
EQUALITIES = frozenset(("=", ":=", "equiv"))


@dataclass(frozen=True)
class Statement:
    """A chain of a page: its sides with the relations between them, and its condition."""

    number: int
    block: int
    sides: tuple[Node, ...]
    relations: tuple[str, ...]
    condition: Node | None = None
    memberships: tuple[tuple[Node, Node], ...] = ()


@dataclass
class Convention:
    """A choice that belongs to the page: its value, and where it comes from ('stated', 'used', 'custom', 'legend')."""

    name: str
    value: str
    source: str


@dataclass
class Understanding:
    """What a page says. `kinds` tells of each statement what it is: for every side after the head 'definition',
    'claim', or a remark; `failures` why a statement could not be used."""

    statements: list[Statement]
    elaborator: Elaborator
    system: dict[str, Quantity]
    kinds: dict[tuple[int, int], str] = field(default_factory=dict)
    failures: dict[int, str] = field(default_factory=dict)
    conventions: list[Convention] = field(default_factory=list)
    rivals: dict[tuple[int, int], str] = field(default_factory=dict)  # would define what the legend defines
    agreeing: set[int] = field(default_factory=set)  # statements that say what the legend says
    network: set[tuple[int, int]] = field(default_factory=set)  # the sides that are its equations
    opened: set[tuple[int, int]] = field(default_factory=set)  # rivals with a function that the page leaves open
    restated: set[tuple[int, int]] = field(default_factory=set)  # where the page first defines what the legend does
    losses: dict[str, bool] = field(default_factory=dict)  # those left open, with whether a formula that was not
    # understood says what they are
    is_quantity: Callable[[Name], bool] = lambda name: True  # and no index, function or constant
    admit: Callable[[Statement], bool] = lambda statement: False  # whether a further claim leaves all this as it is


class Builder:
    """Builds the understanding of one page from its statements and from the facts of its legend."""

    def __init__(self, statements: list[Statement], legend: Facts | None = None, tight: bool = False) -> None:
        self.tight = tight  # ⊙ binds tighter than a product of matrices in the network's equations
        legend = legend or Facts()
        self.statements = statements
        self.shapes: dict[str, Known] = {}
        self.aliases: dict[str, str] = {}
        formulas = [Formula(s.number, s.sides, s.condition) for s in statements]
        self.names = Names(formulas, legend.letters)
        trees = [*(tree for tree, _ in legend.layouts), *(tree for pair in legend.aliases for tree in pair)]
        self.names.explain([name.name for tree in trees if (name := self.names.read(tree)) is not None])
        self.small = entries_in_small(self.names, self._mentions())
        self.names.explain(self.small)
        self.mentions = mentions = self._mentions()
        said = frozenset(s.number for s in statements if s.block == LEGEND)
        kinds = (frozenset(self.names.last | {"T", "L"}), legend.families, said)
        kronecker = [pair for pair in mentions if self.names.is_kronecker(pair[1], pair[0])]
        if any(pair[1].name == "delta" for pair in mentions if pair not in kronecker):
            mentions = [pair for pair in mentions if pair not in kronecker]  # δ_{ij} beside a δ of the page
        self.families = Families(mentions, *kinds)
        self.names.running = self.families.running()
        own = [pair for pair in kronecker if not self.names.is_kronecker(pair[1], pair[0])]
        if own and mentions is not self.mentions:  # δ_{k,i} where k is a step
            self.families = Families([*mentions, *own], *kinds)
            self.names.running = self.families.running()
        self.stated = legend.conventions
        self.is_scalar = legend.scalar
        self.sizes = legend.sizes
        self.functions = dict(CUSTOMS)
        for tree, function in legend.functions:
            if (name := self.names.read(tree)) is not None:
                self.functions[spelling(name)] = name.name if function == "open" else function
        for alias, of in legend.aliases:
            if (name := self.names.read(alias)) is not None and (target := self.names.read(of)) is not None:
                self.aliases[name.name] = target.name
        for stem, array in self.small.items():
            self.aliases.setdefault(stem, self.aliases.get(array, array))
        self._arrows()
        for tree, known in legend.layouts:
            if (name := self.names.read(tree)) is not None:
                before = self.shapes.setdefault(self.aliases.get(name.name, name.name), known)
                if (before.rows, before.cols) != (known.rows, known.cols):  # each layer has its own widths
                    self.shapes[self.aliases.get(name.name, name.name)] = replace(known, rows=None, cols=None)
        self.definitions: dict[str, tuple[Statement, Node, Node]] = {}
        self.kinds: dict[tuple[int, int], str] = {}
        self.failures: dict[int, str] = {}
        self.conventions: list[Convention] = []
        self.rivals: dict[tuple[int, int], str] = {}
        self.agreeing: set[int] = set()
        self.opened: set[tuple[int, int]] = set()
        self.restated: set[tuple[int, int]] = set()
        self.network: set[tuple[int, int]] = set()
        self.losses: dict[str, bool] = {}
        self.kinds_of_targets = [(self.names.read(tree), kind) for tree, kind in legend.kinds]
        self.callables = self._callables() - self.shapes.keys() - self.aliases.keys()

    # Names

    def _mentions(self) -> list[tuple[int, Name]]:
        """Every name on the page with the number of its statement."""
        return [
            (s.number, name) for s in self.statements for side in s.sides for name in self.names.inside(side, s.number)
        ]

    def _arrows(self) -> None:
        r"""z_i is an entry of \vec z, where no formula speaks of both with the same indices."""
        said: dict[str, set[tuple[int, int]]] = {}
        for number, name in self.mentions:
            said.setdefault(name.name, set()).add((number, len(name.slots)))
        for arrow, places in said.items():
            plain = arrow.replace("vec ", "", 1)
            if plain != arrow and plain in said and not places & said[plain]:
                self.aliases.setdefault(plain, arrow)

    def _stated(self) -> None:
        """The layouts that memberships state: u ∈ ℝ^{m×n}."""
        for statement in self.statements:
            for head, space in statement.memberships:
                name = self.whole(head, statement.number)
                sizes = dimensions(space)
                if name is None or (name.slots and self.split(statement.number, name)[2]) or not sizes:
                    continue
                key = self.split(statement.number, name)[0]
                rows: Axes = sizes[:1] if len(sizes) == 2 else sizes
                cols: Axes = sizes[1:] if len(sizes) == 2 else ()
                one = (Index(1),)
                if len(sizes) == 2 and (rows == one) != (cols == one):
                    rows, cols = ((), cols) if rows == one else (rows, ())
                elif len(sizes) == 2 and rows == one:
                    rows, cols = (), ()
                elif len(sizes) == 1:
                    continue
                self.shapes.setdefault(key.removesuffix("[step]"), Known(key, (), rows, cols))

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
        if key in self.variants and "step" in chains:
            key += "[step]"
        return key, chains, picks

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

    # What the statements are

    def build(self) -> Understanding:
        """Everything that the page says."""
        self._functions()
        for name in self.callables:
            self.functions.setdefault(name, name)
        self.variants = self._variants()
        self._stated()
        candidates = self._candidates()
        self._choose(candidates)
        self._completed()
        known = self._known()
        network = [
            (statement.number, head, side)
            for key, (statement, head, side, kind) in self.chosen.items()
            if kind == "network" and key in known
        ]
        network += [(s.number, head, side) for key in self.cases if key in known for s, head, side in self.cases[key]]
        extents = Extents({name: letter(size) for name, size in self.sizes.items() if name != size})
        elaborator = Elaborator(self.names, known, extents, self.split, self.functions)
        if self.is_scalar:
            told = frozenset(s.number for s in self.statements if s.block == LEGEND)
            elaborator = ScalarElaborator.of(elaborator, told=told)
        elaborator.denominator = self.stated.get("jacobians") == "denominator"
        elaborator.summation = self._summation()
        elaborator.samples_below = self._parameters_stand_right(network)
        elaborator.results = self._results()
        elaborator = self._solved(elaborator, network)
        elaborator.sizes = frozenset(self.sizes)
        self._made(elaborator)
        self.elaborator = elaborator
        system = self._system(elaborator)
        if isinstance(elaborator, ScalarElaborator):
            elaborator.pairs = pairs(system)
        for target in with_distributions(system):
            meant = "its entries sum to 1 (softmax with cross-entropy)"
            if self.is_scalar:  # what stands for all units is the one of the target
                system[target] = replace(system[target], kind="one-hot")
                meant = "one-hot: it is the unit of one class"
            self.conventions.append(Convention(f"the target {target}", meant, "custom"))
        for named, kind in self.kinds_of_targets:
            key = self.aliases.get(named.name, named.name) if named is not None else ""
            if key in system and not system[key].cases:
                system[key] = replace(system[key], kind=kind)
        targets = [key for key, quantity in system.items() if quantity.kind in ("simplex", "one-hot")]
        elaborator.target = targets[0] if len(targets) == 1 else ""
        understanding = Understanding(self.statements, elaborator, system, self.kinds, self.failures, self.conventions)
        understanding.rivals, understanding.agreeing = self.rivals, self.agreeing
        understanding.opened = self.opened
        understanding.is_quantity = self.is_quantity
        understanding.network, understanding.restated = self.network, self.restated
        understanding.losses = self.losses
        understanding.admit = self.admit
        return understanding

    def _functions(self) -> None:
        r"""Functions that the page names: g = \tanh."""
        for statement in self.statements:
            head = self.whole(statement.sides[0], statement.number)
            if head is None or head.slots or len(statement.sides) != 2 or statement.relations[0] not in EQUALITIES:
                continue
            side = statement.sides[1]
            known = ELEMENTWISE.get(side.name) if isinstance(side, Symbol) and not side.accent else None
            if known is not None and head.mention.base in OPEN_FUNCTIONS:
                self.functions[head.name] = known
                self.callables.add(head.name)
                self.kinds[statement.number, 1] = "definition"

    def _results(self) -> dict[str, str]:
        """What the open functions of several arguments define: h by h_t = f(x_t, h_{t-1}, w)."""
        found: dict[str, str] = {}
        for key, (statement, _, side, kind) in self.chosen.items():
            call = arguments(side)
            name = self.names.read(call[0], None, statement.number) if call is not None else None
            if name is not None and kind == "network":
                found.setdefault(name.name, key)
        return found

    def _completed(self) -> None:
        """The functions that the page leaves open where the legend's equation of the same quantity says which they are:
        tanh is f by h_t = f(W h_{t-1}) and h_t = tanh(W h_{t-1}). With a function that stays open, what the page says
        is a definition that the legend's completes."""
        for (number, n), key in self.rivals.items():
            side = next(s for s in self.statements if s.number == number).sides[n]
            mine, theirs = applied_function(side), applied_function(self.chosen[key][2])
            if mine in self.callables and self.functions.get(mine) == mine and theirs in ELEMENTWISE | CUSTOMS:
                self.functions[mine] = (CUSTOMS | ELEMENTWISE)[theirs]
        for number, n in self.rivals:
            side = next(s for s in self.statements if s.number == number).sides[n]
            symbols = {part.name for part in nodes(side) if isinstance(part, Symbol)}
            is_open = any(self.functions.get(name) == name for name in symbols & self.callables)
            if arguments(side) is not None or is_open:
                self.opened.add((number, n))
            if arguments(side) is None and is_open:
                self.kinds[number, n] = "definition"

    def _made(self, elaborator: Elaborator) -> None:
        """What the functions that the page leaves open make of their arguments, where the legend defines it."""
        for (number, n), key in self.rivals.items():
            statement = next(s for s in self.statements if s.number == number)
            call = arguments(statement.sides[n])
            name = self.names.read(call[0], None, number) if call is not None else None
            if call is None or name is None or key not in elaborator.known:
                continue
            elaborator.enter(number, statement.sides[0])
            try:
                ref = elaborator.side(statement.sides[0])[0].term
                terms = tuple(elaborator.side(argument)[0].term for argument in call[1])
            except (ReadError, Misfit, Malformed):
                continue
            if isinstance(ref, Ref):
                elaborator.made[name.name] = (ref, terms)

    def _summation(self) -> bool:
        """Whether repeated indices are summed: some letters of entries stand on one side alone, and no Σ binds them."""
        lonely = 0
        for statement in self.statements:
            if any(isinstance(n, Big) and n.lower is None for side in statement.sides for n in nodes(side)):
                continue  # Σ w_i x_i says what is summed
            free: list[set[str]] = []
            for side in statement.sides:
                letters = Counter[str]()
                for name in self.names.inside(side, statement.number):
                    letters.update({n for index in self.split(statement.number, name)[2] for n in index.names})
                bound = self.names.evidence[statement.number].bound
                free.append({n for n, times in letters.items() if n not in bound and (times > 1 or not free)})
            lonely += any(side - free[0] for side in free[1:])
        if self.stated.get("repeated-indices", "summed" if lonely >= 2 else "free") != "summed":
            return False
        source = "legend" if "repeated-indices" in self.stated else "used"
        self.conventions.append(Convention("repeated indices", "summed", source))
        return True

    def _parameters_stand_right(self, network: list[Equation]) -> bool:
        """Whether quantities of a step stand on the left of what has no step, as rows of samples do."""
        right = 0
        for number, _, side in network:
            for node in nodes(side):
                if isinstance(node, Product):
                    stepped = []
                    for n, factor in enumerate(node.factors):
                        follows = node.factors[n + 1] if n + 1 < len(node.factors) else None
                        name = self.names.read(factor, follows, number)
                        if name is not None and self.is_quantity(name):
                            stepped.append("step" in self.split(number, name)[1])
                    right += sum(1 if a and not b else -1 if b and not a else 0 for a, b in pairwise(stepped))
        return right > 0

    def _callables(self) -> set[str]:
        """Letters that only ever stand before a bracket, or with a prime: functions."""
        called: set[str] = set()
        alone: set[str] = set()

        def see(node: Node, follows: Node | None, number: int) -> None:
            name = self.names.read(node, follows, number)
            if name is None or name.mention.base not in OPEN_FUNCTIONS | LOSSES:
                return
            if name.taken == 2:  # G(t) is no call
                alone.add(name.name)
                return
            bracket = follows.base if isinstance(follows, Script) else follows
            chains, picks = self.families.split(number, name)
            is_call = isinstance(bracket, Group) and bracket.bracket == "(" and "step" not in chains and not picks
            (called if is_call or name.primes else alone).add(name.name)

        for statement in self.statements:
            for side in statement.sides:
                for node in nodes(side):
                    if isinstance(node, Product):
                        for n, factor in enumerate(node.factors):
                            see(factor, node.factors[n + 1] if n + 1 < len(node.factors) else None, statement.number)
                whole = self.names.read(side, None, statement.number)
                if whole is not None and whole.mention.base in OPEN_FUNCTIONS | LOSSES and not whole.primes:
                    alone.add(whole.name)
        return called - {name for name in alone if name in LOSSES}  # L = Σ L_t beside L_t = L(y_t, ŷ_t)

    def _variants(self) -> set[str]:
        """Losses that stand both with a step and without: the loss of a step and the whole one."""
        bare: set[str] = set()
        stepped: set[str] = set()
        for number, name in self.mentions:
            chains, _ = self.families.split(number, name)
            (stepped if "step" in chains else bare).add(self.aliases.get(name.name, name.name))
        heads: dict[str, set[bool]] = {}
        for statement in self.statements:
            head = self.whole(statement.sides[0], statement.number)
            if head is not None and statement.block != LEGEND and not has_derivative(statement.sides[1]):
                chains, _ = self.families.split(statement.number, head)
                heads.setdefault(self.aliases.get(head.name, head.name), set()).add("step" in chains)
        return {
            name
            for name in bare & stepped
            if name.split("_")[0].split("^")[0] in LOSSES or heads.get(name) == {True, False}
        }

    def _candidates(self) -> dict[str, list[tuple[Statement, Node, Node, str, int]]]:
        """For each quantity the sides that could define it: (statement, head, side, kind, number of the side)."""
        found: dict[str, list[tuple[Statement, Node, Node, str, int]]] = {}
        reverse: dict[str, list[tuple[Statement, Node, Node, str, int]]] = {}
        inner: dict[str, list[tuple[Statement, Node, Node, str, int]]] = {}  # z of h = σ(z) = σ(W x)
        for statement in self.statements:
            head = statement.sides[0]
            name = self.whole(head, statement.number)
            for n, (side, relation) in enumerate(zip(statement.sides[1:], statement.relations, strict=True), 1):
                if relation not in EQUALITIES:
                    continue
                for k in range(n):
                    summand = same_sums(statement.sides[k], side)
                    if summand is not None and (term := self.whole(summand[0], statement.number)) is not None:
                        key = self.split(statement.number, term)[0]
                        if self._kind(key, summand[1], statement.number) == "network":
                            found.setdefault(key, []).append((statement, *summand, "network", n))
                    called = same_calls(statement.sides[k], side) if k else None
                    if k == n - 1 > 0 and self.whole(statement.sides[k], statement.number) is not None:
                        called = None if is_list(statement.sides[k], side) else (statement.sides[k], side)  # h = y = …
                    if called is not None and (term := self.whole(called[0], statement.number)) is not None:
                        key = self.split(statement.number, term)[0]
                        if self.is_quantity(term) and self._kind(key, called[1], statement.number) == "network":
                            inner.setdefault(key, []).append((statement, *called, "network", n))
                if name is not None and self.is_quantity(name):
                    key, _, _ = self.split(statement.number, name)
                    again = self.whole(side, statement.number)
                    if again is not None and self.split(statement.number, again)[0] == key:
                        continue  # w = W, two spellings of one quantity, or W^{(t)} = W, its copy
                    alone = not name.slots and key in self._read(side, statement.number)
                    if alone or self.adds_to_itself(name, head, side, statement.number):
                        continue  # W = W + U, b^{[l]} = b^{[l]} - α db^{[l]}: no recursion, nor a definition
                    if is_only_named(statement.sides[n:]):  # L_t = L(y_t, g(h_t)) = -y_t^T log ŷ_t
                        self.kinds[statement.number, n] = "definition"
                        continue
                    kind = self._kind(key, side, statement.number)
                    call = kind == "network" and arguments(side) is not None
                    if (
                        kind == "share"
                        and is_increment(name.mention.base)
                        and free_steps(self.names, self.split, statement.number, side)
                    ):
                        continue  # ΔW = δ_t x_t^T is what step t adds
                    first = all(
                        self.is_unexplained(earlier, statement.number) or is_only_named(statement.sides[k:])
                        for k, earlier in enumerate(statement.sides[1:n], 1)
                    )
                    if kind and (first or relation in (":=", "equiv") or kind == "derivative" or call):
                        found.setdefault(key, []).append((statement, head, side, kind, n))
                other = self.whole(side, statement.number) if name is None and has_derivative(head) else None
                if other is not None and self.is_quantity(other):
                    key, _, _ = self.split(statement.number, other)
                    reverse.setdefault(key, []).append((statement, side, head, "derivative", n))
        for key, options in inner.items():
            found.setdefault(key, options)
        used = {
            self.split(statement.number, name)[0]
            for options in found.values()
            for statement, _, side, kind, _ in options
            if kind == "network"
            for name in self.names.inside(side, statement.number)
        }
        places = {id(statement): n for n, statement in enumerate(self.statements)}
        for key, options in reverse.items():
            told = min((places[id(option[0])] for option in found.get(key, [])), default=len(places))
            before = [option for option in options if places[id(option[0])] < told]
            if key not in used and before:
                found.setdefault(key, []).extend(before)
        return found

    def is_unexplained(self, side: Node, number: int) -> bool:
        """Whether a side is a derivative by what stands nowhere else, or the entry of one class, log ŷ_c
        that nothing else explains: it explains nothing."""
        wrt = self.whole(side.wrt, number) if isinstance(side, Partial) else None
        if wrt is not None:
            return wrt.name not in self.names.elsewhere
        return any(self._is_of_one_class(name) for name in self.names.inside(side, number))

    def _is_of_one_class(self, name: Name) -> bool:
        """Whether a name is that of something the page defines, with one letter more that is no index."""
        base = name.mention.base
        letters = [item for item in name.mention.items if item.place == "sub" and item.is_letter]
        return not name.slots and name.name == f"{base}_{letters[0].text}" and base in self.heads if letters else False

    @cached_property
    def heads(self) -> frozenset[str]:
        """The names of what formulas say something of."""
        found = (self.whole(statement.sides[0], statement.number) for statement in self.statements)
        return frozenset(name.name for name in found if name is not None)

    def adds_to_itself(self, name: Name, head: Node, side: Node, number: int) -> bool:
        """Whether a side is its head, of a step or layer in brackets, plus or minus something."""
        bracketed = all(slot.bracketed for slot in name.slots) and bool(self.split(number, name)[1])
        return bracketed and isinstance(side, Sum) and len(side.terms) > 1 and side.terms[0] == head

    def _read(self, side: Node, number: int) -> set[str]:
        """The quantities that a side speaks of."""
        return {self.split(number, name)[0] for name in self.names.inside(side, number)}

    def is_quantity(self, name: Name) -> bool:
        base = name.mention.base
        if name.name in self.callables or base in FUNCTIONS or base in ELEMENTWISE or base == "one":
            return False
        if base == "I" and name.name not in self.shapes and not any(slot.index.names & STEPS for slot in name.slots):
            return False  # the identity; I_t is the page's
        if base == "e" and name.mention.items and not self.names.has_state("e"):
            raised = all(i.place == "sup" for i in name.mention.items)
            return not raised or (
                name.name == "e" and all(i.bracketed for i in name.mention.items)
            )  # e^{(t)}, else e^u
        index = name.name in self.names.letters | self.names.last | {"T"} or name.name in self.sizes
        return not (index and not name.slots)

    def _kind(self, key: str, side: Node, number: int) -> str:
        """What a side would be as a definition: 'network', 'derivative', 'constant', 'recursion', or '' for none."""
        if isinstance(side, Number):
            return "constant"
        names = [name for name in self.names.inside(side, number) if self.is_quantity(name)]
        if key in {self.split(number, name)[0] for name in names}:
            recursive = is_adjoint(key) or has_derivative(side)
            return "recursion" if recursive else "network"
        if has_derivative(side):
            return "derivative"
        if is_adjoint(key) or any(is_adjoint(self.split(number, name)[0]) for name in names):
            return "share"
        return "network"

    def _choose(self, candidates: dict[str, list[tuple[Statement, Node, Node, str, int]]]) -> None:
        """The definition of each quantity: a derivative that the page gives a name, else the first equation."""
        self.chosen: dict[str, tuple[Statement, Node, Node, str]] = {}
        self.constants: dict[str, list[tuple[Statement, Node, Node]]] = {}
        self.cases: dict[str, list[tuple[Statement, Node, Node]]] = {}
        differentiated = self._differentiated()
        starts = self._starts(candidates)
        for key, options in candidates.items():
            options = [o for o in self._believed(options) if not self._is_part_of(key, o, candidates)]
            special = [option for option in options if self._is_special(option[0], option[1])]
            general = {o[3] for o in options if o not in special}
            is_network = "network" in general and ("derivative" not in general or key in differentiated)
            if is_network:  # all else is a claim about it
                special = [o for o in special if starts.begins(*self._places(o), o[3] == "constant")]
                first = {str(self._places(o)[0][1]): str(o[2]) for o in reversed(special)}
                special = [o for o in special if first[str(self._places(o)[0][1])] == str(o[2])]
                options = [o for o in options if o in special or (o[3] != "constant" and not self._is_special(*o[:2]))]
            elif "derivative" in general:
                options = [o for o in options if o[3] != "constant"]
            constants = [option for option in options if option[3] == "constant"]
            self.constants[key] = [(s, h, side) for s, h, side, _, _ in constants]
            if is_network:
                for statement, head, side, kind, n in special:
                    if kind in ("network", "constant"):
                        self.network.add((statement.number, n))
                        self.cases.setdefault(key, []).append((statement, head, side))
                        self.kinds[statement.number, n] = "definition"
                options = [option for option in options if option not in special]
            elif is_adjoint(key) and any(self._leaves_ends(o) for o in options if o not in special):
                ends = {str(o[1]): o for o in reversed(special) if o[3] == "derivative"}.values()  # δ_{L+1} beside δ_l
                self.cases[key] = [(statement, head, side) for statement, head, side, _, _ in ends]
                self.kinds |= {(option[0].number, option[4]): "definition" for option in ends}
                options = [option for option in options if option not in special]
            recursions = all(option[3] in ("recursion", "constant") for option in options)
            ranked = sorted(
                (option for option in options if option[3] != "constant" and not (recursions and is_adjoint(key))),
                key=lambda o: (
                    self.is_unexplained(o[2], o[0].number),
                    0 if o[3] == "derivative" and key not in differentiated else 1 if o[3] == "network" else 2,
                ),
            )
            for statement, _, _, _, n in constants:
                self.kinds[statement.number, n] = "definition"
            if ranked:
                statement, head, side, kind, n = ranked[0]
                self.chosen[key] = (statement, head, side, kind)
                if kind == "network":
                    self.network.add((statement.number, n))
                self.kinds[statement.number, n] = "definition"
                text = str(side)
                if statement.block == LEGEND and kind == "network":
                    self.restated |= {(other.number, m) for other, _, _, rival, m in ranked[1:2] if rival == kind}
                for other, _, again, rival, m in ranked[1:]:
                    if str(again) == text:
                        self.kinds[other.number, m] = "definition"
                        if statement.block == LEGEND:
                            self.agreeing.add(other.number)
                    elif statement.block == LEGEND and kind == rival == "network":
                        self.rivals[other.number, m] = key

    @staticmethod
    def _leaves_ends(option: tuple[Statement, Node, Node, str, int]) -> bool:
        """Whether a formula with derivatives, and more than one derivative, may say less of the last layer."""
        return option[3] == "derivative" and not isinstance(option[2], Partial | Nabla)

    def _believed(
        self, options: list[tuple[Statement, Node, Node, str, int]]
    ) -> list[tuple[Statement, Node, Node, str, int]]:
        """The candidates without a legend's own where it says two things of one quantity and the page defines it."""
        theirs = [o for o in options if o[0].block == LEGEND and not self._is_special(o[0], o[1])]
        rest = [o for o in options if o[0].block != LEGEND]
        twice = len({str(o[2]) for o in theirs}) > 1
        return [o for o in options if o not in theirs] if twice and any(o[3] == "network" for o in rest) else options

    def _is_part_of(
        self,
        key: str,
        option: tuple[Statement, Node, Node, str, int],
        candidates: dict[str, list[tuple[Statement, Node, Node, str, int]]],
    ) -> bool:
        """Whether a name with a word more than another, which is the same derivative, can only be a part of it:
        δ_{h, recurrent} beside δ_h = ∂L/∂h_t."""
        shorter = [k for k in candidates if k != key and key.startswith((f"{k}_", f"{k}^"))]
        if option[3] != "derivative" or not is_adjoint(key) or not isinstance(option[2], Partial):
            return False
        mine = self._derived(option)
        return any(o[3] == "derivative" and self._derived(o) == mine for k in shorter for o in candidates[k])

    def _derived(self, option: tuple[Statement, Node, Node, str, int]) -> tuple[str, ...] | None:
        """What a side is the derivative of, and by what, but for their indices."""
        statement, _, side, _, _ = option
        if not isinstance(side, Partial):
            return None
        pair = [self.whole(tree, statement.number) for tree in (side.of, side.wrt)]
        return tuple(name.name for name in pair if name is not None) if all(pair) else None

    def _is_special(self, statement: Statement, head: Node) -> bool:
        """Whether a head stands at one step or layer: h_0, a^L."""
        name = self.whole(head, statement.number)
        if name is None:
            return False
        _, chains, _ = self.split(statement.number, name)
        ends = self.names.last | {"T", "L"}
        return any(not index.letters or set(index.names) <= ends for index in chains.values())

    def _starts(self, candidates: dict[str, list[tuple[Statement, Node, Node, str, int]]]) -> Starts:
        """What tells a start from a claim."""
        network = [o for options in candidates.values() for o in options if o[3] == "network"]
        equations = tuple((head, tuple(reads)) for head, reads in map(self._places, network))
        mentions = tuple(self.split(number, name)[:2] for number, name in self.mentions)
        return Starts(equations, mentions, frozenset(self.names.last | {"T", "L"}))

    def _places(self, option: tuple[Statement, Node, Node, str, int]) -> tuple[Place, list[Place]]:
        """The place of a head, and those that its side reads."""
        statement, head, side, _, _ = option
        name = self.whole(head, statement.number)
        assert name is not None
        reads = [self.split(statement.number, other)[:2] for other in self.names.inside(side, statement.number)]
        return self.split(statement.number, name)[:2], reads

    def _differentiated(self) -> set[str]:
        """The quantities by which the page differentiates."""
        found: set[str] = set()
        for statement in self.statements:
            for side in statement.sides:
                for node in nodes(side):
                    if isinstance(node, Partial | Nabla):
                        name = self.whole(node.wrt, statement.number)
                        if name is not None:
                            found.add(self.split(statement.number, name)[0])
        return found

    def _derivatives(self) -> list[tuple[tuple[str, dict[str, Index]], tuple[str, dict[str, Index]]]]:
        """What the page differentiates, and by what; but of what it says that a derivative is zero, none."""
        found, none = [], set[str]()
        for statement in self.statements:
            is_zero = any(isinstance(side, Number) and side.value == 0 for side in statement.sides)
            for node in (node for side in statement.sides for node in nodes(side) if isinstance(node, Partial)):
                of, wrt = self.whole(node.of, statement.number), self.whole(node.wrt, statement.number)
                if of is not None and wrt is not None:
                    found.append((self.split(statement.number, of)[:2], self.split(statement.number, wrt)[:2]))
                    none |= {found[-1][0][0]} if is_zero else set()
        return [pair for pair in found if pair[0][0] not in none]

    def _losses(self) -> set[str]:
        """The quantities that are differentiated and never differentiated by, and what the page calls a loss."""
        above: set[str] = set()
        for statement in self.statements:
            for side in statement.sides:
                for node in nodes(side):
                    if isinstance(node, Partial | Nabla):
                        name = self.whole(node.of, statement.number)
                        if name is not None:
                            above.add(self.split(statement.number, name)[0])
        below = self._differentiated()
        return {
            key for key in above - below if key.split("[")[0].split("_")[0].split("^")[0] in LOSSES | {"mathcal"}
        } | {self.split(number, name)[0] for number, name in self.mentions if name.mention.base in LOSSES} - below

    def _known(self) -> dict[str, Known]:
        """The quantities of the page with their chains."""
        losses = self._losses()
        found: dict[str, Known] = {}
        used: dict[str, set[str]] = {}  # the chains of a name in the network's own equations
        for statement, head, side, kind in self.chosen.values():
            for name in (*self.names.inside(head, statement.number), *self.names.inside(side, statement.number)):
                if kind == "network":
                    key, chains, _ = self.split(statement.number, name)
                    used.setdefault(key, set()).update(chains)
        for number, name in self.mentions:
            if not self.is_quantity(name) or self.names.is_kronecker(name, number):
                continue
            key, chains, _ = self.split(number, name)
            if key in self.chosen and self.chosen[key][3] != "network":
                continue
            before = found.get(key)
            once = key in used and key not in self.chosen and not used[key]  # W^{(t)} is the copy that step t uses
            families = tuple(sorted({*(before.chains if before else ()), *(used.get(key) or ([] if once else chains))}))
            shape = self.shapes.get(key.removesuffix("[step]"))
            role = "loss" if key in losses else ""
            if shape is not None:
                found[key] = replace(shape, name=key, chains=families, role=shape.role or role)
            else:
                rows: Axes | None = () if role == "loss" else None
                found[key] = Known(key, families, rows, rows, role)
        for number, name in self.mentions:
            key, _, picks = self.split(number, name)
            if key in found and not any(isinstance(n, Width) for i in picks for n, _ in i.letters):
                most = len(picks) if picks and name.name in self.small else found[key].most
                found[key] = replace(found[key], least=max(found[key].least, len(picks)), most=most)
        network = [(s.number, head, side) for s, head, side, kind in self.chosen.values() if kind == "network"]
        self.inner = list(inner_products(network, self.names))
        for number, name, axes in self.inner:
            key, _, picks = self.split(number, name)
            if key in found and found[key].rows is None:
                found[key] = replace(found[key], least=axes + len(picks), most=axes + len(picks))
        self._left_out(found)
        return found

    def _left_out(self, found: dict[str, Known]) -> None:
        """Heads without a step whose definitions have a free one: q for q_t."""
        for _ in range(len(self.chosen)):
            changed = False
            for key, (statement, head, side, kind) in self.chosen.items():
                name = self.whole(head, statement.number)
                if kind != "network" or key not in found or "step" in found[key].chains or name is None:
                    continue
                bound = self.names.evidence[statement.number].bound
                for other in self.names.inside(side, statement.number):
                    inner, chains, _ = self.split(statement.number, other)
                    index = chains.get("step")
                    free = (
                        index is not None
                        and len(index.letters) == 1
                        and not index.names & (bound | {"T"} | self.names.last)
                    )
                    implied = index is None and inner in found and "step" in found[inner].chains and not bound
                    if (free or implied) and found[key].role != "loss":
                        found[key] = replace(found[key], chains=tuple(sorted((*found[key].chains, "step"))))
                        changed = True
                        break
            if not changed:
                return

    # Layouts

    def _solved(self, elaborator: Elaborator, network: list[Equation]) -> Elaborator:
        """The elaborator with the layouts of everything that the network's equations settle."""
        options = []
        for rows in (False, True):
            if self.stated.get("vectors", "") == ("columns" if rows else "rows") or (rows and self.inner):
                continue
            first: list[Equation] = []  # what fits nothing else: it may say what is a number
            for _ in range(ATTEMPTS):
                rest = [equation for equation in network if equation not in first]
                options.append(self._attempt(elaborator, first, rest, rows))
                failing = [equation for equation in rest if equation[0] in options[-1][4]]
                if not failing:
                    break
                first += failing
        _, rows, solved, failures, _ = min(options, key=lambda option: option[0])
        self.failures |= failures
        self.rows = rows
        self.conventions.append(
            Convention("vectors", "rows" if rows else "columns", "legend" if "vectors" in self.stated else "used")
        )
        for key, known in solved.known.items():
            if known.rows is not None and known.cols is not None:
                resolve = solved.extents.resolved
                solved.known[key] = replace(
                    known, rows=tuple(map(resolve, known.rows)), cols=tuple(map(resolve, known.cols))
                )
        self._written_out(solved)
        solved.extents.settled = True
        return solved

    def _written_out(self, elaborator: Elaborator) -> None:
        """A size that the page writes out, h_t = (… …)ᵀ with two rows, is that number."""
        found: dict[str, set[int]] = {}
        for statement in self.statements:
            head = statement.sides[0]
            of = self.whole(head.of, statement.number) if isinstance(head, Partial) else None
            about = elaborator.known.get(self.split(statement.number, of)[0]) if of is not None else None
            tree = (
                head.wrt if isinstance(head, Partial) and about is not None and about.rows == about.cols == () else head
            )
            name = self.whole(tree, statement.number)
            known = elaborator.known.get(self.split(statement.number, name)[0]) if name is not None else None
            for side in statement.sides[1:]:
                if known is None or not known.rows or not isinstance(side, Matrix) or len(side.rows) < 2:
                    continue
                if (size := name_of(elaborator.extents.resolved(known.rows[0]))) is not None:
                    found.setdefault(size, set()).add(len(side.rows))
        matrices = (
            node for s in self.statements for side in s.sides for node in nodes(side) if isinstance(node, Matrix)
        )
        heights = {len(matrix.rows) for matrix in matrices} - {1}
        for size, most in self._numbered(elaborator).items():
            if most in heights:  # w_1 and w_2 beside a column of two
                found.setdefault(size, set()).add(most)
        sizes = {size: counts.pop() for size, counts in found.items() if len(counts) == 1}
        if not sizes:
            return
        elaborator.extents.solutions |= {size: Index(count) for size, count in sizes.items()}
        resolve = elaborator.extents.resolved
        for key, known in elaborator.known.items():
            if known.rows is not None and known.cols is not None:
                rows, cols = tuple(map(resolve, known.rows)), tuple(map(resolve, known.cols))
                elaborator.known[key] = replace(known, rows=rows, cols=cols)
        named = {size: count for size, count in sizes.items() if not size.startswith("?")}
        self.conventions += [Convention(f"the size {size}", str(count), "stated") for size, count in named.items()]

    def _numbered(self, elaborator: Elaborator) -> dict[str, int]:
        """The sizes along which entries are picked by number, with the largest number."""
        found: dict[str, int] = {}
        for number, name in self.mentions:
            key, _, picks = self.split(number, name)
            known = elaborator.known.get(key)
            axes = () if known is None or known.rows is None else known.rows + (known.cols or ())
            for pick, axis in zip(picks, axes, strict=False):
                size = name_of(elaborator.extents.resolved(axis))
                if size is not None and not pick.letters:
                    found[size] = max(found.get(size, 0), pick.constant)
        return found

    def _attempt(
        self, elaborator: Elaborator, together: list[Equation], network: list[Equation], rows: bool
    ) -> tuple[int, bool, Elaborator, dict[int, str], set[int]]:
        """The layouts found equation by equation, those of some of them together, with their cost, why some could not
        be read, and which of them fit badly, or not at all."""
        cost, solved, failures = 0, elaborator, dict[int, str]()
        misfits = set[int]()
        groups = [[equation] for equation in network]
        if together:
            joint = self._layouts(elaborator, together, rows)
            groups = [together, *groups] if isinstance(joint, tuple) else [*([e] for e in together), *groups]
        for equations in groups:
            found = self._layouts(solved, equations, rows)
            if isinstance(found, str) or (found[0] >= BLOCKS and len(equations) == 1):
                misfits.add(equations[0][0])
            if isinstance(found, str):
                failures[equations[0][0]] = found
                cost += UNREAD if found == NO_LAYOUT else 0
                continue
            cost, solved = cost + found[0], found[1]
        return cost, rows, solved, failures, misfits

    def _layouts(self, elaborator: Elaborator, equations: list[Equation], rows: bool) -> tuple[int, Elaborator] | str:
        """The layouts for some equations with their cost, or why they cannot be read."""
        try:
            found = solve(elaborator, equations, rows, self._meet)
        except (ReadError, Malformed) as error:
            return str(error)
        return NO_LAYOUT if found is None else found

    def _meet(self, elaborator: Elaborator, equation: Equation) -> int:
        """Read one equation, and let its sides agree; what its reading costs."""
        number, head, side = equation
        elaborator.enter(number, head)
        elaborator.tight = self.tight
        rights = elaborator.side(side)
        left = elaborator.side(head)[0]
        for right in rights[:-1]:
            try:
                agree(elaborator, left, right)
            except Misfit:
                continue
            return right.cost + is_filled(left, right) * FILLED
        agree(elaborator, left, rights[-1])
        return rights[-1].cost + is_filled(left, rights[-1]) * FILLED

    # The system

    def _system(self, elaborator: Elaborator) -> dict[str, Quantity]:
        self.elaborator_known = elaborator.known
        system: dict[str, Quantity] = {}
        for key, (statement, head, side, kind) in self.chosen.items():
            if kind != "network" or statement.number in self.failures:
                continue
            try:
                self._define(elaborator, system, key, statement, head, side)
            except (ReadError, Misfit, Malformed) as error:
                self.failures[statement.number] = str(error)
        system = with_named_parts(system)
        self._totals(elaborator, system)
        elaborator.activations = {key: name for key, quantity in system.items() if (name := activation(quantity))}
        self._adjoints(elaborator, system)
        self._given(elaborator, system)
        end_recursions(system)
        self._validate(system)
        self._told(elaborator, system)
        return system

    def _adjoints(self, elaborator: Elaborator, system: dict[str, Quantity]) -> None:
        """What the page defines by derivatives or by other such names; and what custom says of the rest."""
        self._pending(elaborator, system)
        keys = dict.fromkeys(self.split(number, name)[0] for number, name in self.mentions)
        if any(adjoints.meanings(key, elaborator.known, system) for key in keys if is_adjoint(key)):
            self._unsaid_loss(elaborator, system)
        loss = adjoints.whole_loss(elaborator.known, system)
        if loss is None:
            return
        for key in sorted(keys, key=lambda key: key in self.chosen):  # first what the page says nothing of
            options = adjoints.meanings(key, elaborator.known, system) if key not in system and is_adjoint(key) else []
            if not options:
                continue
            meaning = options[0]
            about = elaborator.known[meaning.by]
            elaborator.known[key] = Known(key, about.chains, about.rows, about.cols, custom=True)
            if meaning.word:
                elaborator.paths[key] = (loss, meaning.by, meaning.word)
            else:
                system[key] = adjoints.defined(key, meaning, loss, elaborator.known, system)
            self._is_claim(key)
            value = f"∂{spelled_loss(loss)}/∂{meaning.by}" + (f" along {meaning.word}" if meaning.word else "")
            self.conventions.append(Convention(f"the name {key}", value, "custom"))
            self._pending(elaborator, system)

    def _pending(self, elaborator: Elaborator, system: dict[str, Quantity]) -> None:
        """Define what can be defined of the names that stand for derivatives."""
        pending = [k for k, (_, _, _, kind) in self.chosen.items() if kind != "network" and k not in system]
        for _ in range(len(pending) + 1):
            for key in list(pending):
                statement, head, side, _ = self.chosen[key]
                try:
                    self._define(elaborator, system, key, statement, head, side)
                except (ReadError, Misfit, Malformed) as error:
                    self.failures[statement.number] = str(error)
                    continue
                self.failures.pop(statement.number, None)
                pending.remove(key)

    def _is_claim(self, key: str) -> None:
        """Take back that a formula defines a name."""
        if key in self.chosen:
            statement, _, side, _ = self.chosen.pop(key)
            self.failures.pop(statement.number, None)
            for n, other in enumerate(statement.sides):
                if other is side:
                    self.kinds.pop((statement.number, n), None)

    def _told(self, elaborator: Elaborator, system: dict[str, Quantity]) -> None:
        """Names whose formulas are what custom says that they are: the formulas are claims then. Where those of this
        page are derivatives by the arguments of activations, so are the names that no formula explains."""
        loss = adjoints.whole_loss(elaborator.known, system)
        if loss is None:
            return
        found: dict[str, adjoints.Meaning] = {}
        nets: dict[str, adjoints.Meaning] = {}
        for key in (key for key in elaborator.known if is_adjoint(key) and key in system):
            options = [m for m in adjoints.meanings(key, elaborator.known, system) if not m.word]
            if len(options) == 2 and elaborator.known[key].custom:
                nets[key] = options[1]
            if not options or key not in self.chosen or self.chosen[key][3] != "share":
                continue
            statement, head, side, _ = self.chosen[key]
            formulas = self._quantities(elaborator, key, statement, head, side)
            meaning = adjoints.told(key, formulas, options, loss, elaborator.known, system)
            if meaning is None and any(words(term) for formula in formulas for _, term in formula.cases):
                meaning = options[0]  # it says which part a path is, not what the whole is
                elaborator.known[key] = replace(elaborator.known[key], custom=True)
            if meaning is not None:
                found[key] = meaning
                self._is_claim(key)
        if nets and {m.net for m in found.values()} == {True}:
            found |= nets
        for key, meaning in found.items():
            system[key] = adjoints.defined(key, meaning, loss, elaborator.known, system)
            by = f"the argument of {meaning.by}" if meaning.net else meaning.by
            self.conventions = [c for c in self.conventions if c.name != f"the name {key}"]
            self.conventions.append(Convention(f"the name {key}", f"∂{spelled_loss(loss)}/∂({by})", "used"))

    def _validate(self, system: dict[str, Quantity]) -> None:
        """Leaves out what reads a quantity that is not there, or at other indices than it has."""
        while True:
            wrong = [
                key
                for key, quantity in system.items()
                if any(
                    isinstance(part, Ref)
                    and (part.name not in system or len(part.at) != len(system[part.name].letters))
                    for _, term in quantity.cases
                    for part in walk(term)
                )
            ]
            if not wrong:
                return
            for key in wrong:
                del system[key]
                self.elaborator_known.pop(key, None)
                if key in self.chosen:
                    self.failures[self.chosen[key][0].number] = (
                        "what it is built of is not defined, or at other indices"
                    )

    def _define(
        self,
        elaborator: Elaborator,
        system: dict[str, Quantity],
        key: str,
        statement: Statement,
        head: Node,
        side: Node,
    ) -> None:
        """Add a definition to the system. Raises ReadError or Misfit."""
        system[key] = self._quantities(elaborator, key, statement, head, side)[0]

    def _quantities(
        self, elaborator: Elaborator, key: str, statement: Statement, head: Node, side: Node
    ) -> list[Quantity]:
        """What a formula defines, in each of its readings, the plainest first. Raises ReadError or Misfit."""
        elaborator.enter(statement.number, head)
        name = self.whole(head, statement.number)
        assert name is not None
        _, chains, picks = self.split(statement.number, name)
        keep = frozenset(n for index in picks for n in index.names)
        elaborator.tight = self.tight and key in self.chosen and self.chosen[key][3] == "network"
        try:
            sides = elaborator.side(side, keep)
        finally:
            elaborator.tight = False
        sides = [elaborator.laid_out(reading) for reading in sides]
        readings = self._readings(sides, elaborator.known.get(key), bool(picks))
        if "T" in name.operations:
            readings = [transposed(reading) for reading in readings]
        return [self._quantity(elaborator, key, chains, picks, reading) for reading in readings]

    def _quantity(
        self, elaborator: Elaborator, key: str, chains: dict[str, Index], picks: list[Index], reading: Typed
    ) -> Quantity:
        """What a head with these indices is by one reading of its formula."""
        known = elaborator.known.get(key)
        term, rows, cols = reading.term, reading.rows, reading.cols
        for pick in reversed(picks):
            if len(pick.letters) != 1 or pick.constant:
                raise Misfit("one entry is defined alone")
            letter_name = str(pick)
            extent = elaborator.entries.get(letter_name)
            if extent is None:
                raise Misfit(f"nothing says how far {letter_name} runs")
            term, rows = Build(letter_name, extent, term), (extent, *rows)
        if len(picks) == len(rows) == 2:
            rows, cols = rows[:1], rows[1:]  # the entries of a matrix
        free = [n for n in term.letters if elaborator.chained.get(n) == "step"]
        alone = known is None and not chains and len(free) == 1  # δ = ŷ_t - y_t: its step is left out
        if alone:
            chains = {"step": letter(free[0])}
        letters, families = {}, {}
        for family, index in chains.items():
            names = [n for n, _ in index.letters if isinstance(n, str)]
            if len(names) == 1 and names[0] not in self.names.last | {"T", "L"}:
                letters[names[0]] = letter(CANONICAL[family], -index.constant)
                families[names[0]] = letter(family, -index.constant)
            elif family == "step" and is_adjoint(key):
                raise Misfit("what it is at one step says nothing of the others")
            else:
                term = generalized(term, family, index)
        if known is None:
            layout = [tuple(axis.put(families) for axis in axes) for axes in (rows, cols)]
            known = Known(key, tuple(sorted(chains)), layout[0], layout[1], custom=CUSTOM in reading.notes)
            known.at = chains["step"] if alone else None
            elaborator.known[key] = known
        term = put(term, {n: i for n, i in letters.items() if i != letter(n)})
        if known.rows is None or known.cols is None:
            raise Misfit(NO_LAYOUT)
        axes = tuple(axis.put(HERE) for axis in known.rows + known.cols)
        slots = tuple(CANONICAL[family] for family in known.chains)
        here = tuple(map(letter, slots))
        if any(isinstance(part, Ref) and (part.name, part.at) == (key, here) for part in walk(term)):
            raise Misfit(f"{key} is defined by itself")
        step = known.chains.index("step") if "step" in known.chains else 0 if known.chains else None
        return Quantity(key, slots, axes, (((), term),), step)

    def _readings(self, readings: list[Typed], known: Known | None, entry: bool) -> list[Typed]:
        """The readings that have the layout of what they define. Raises Misfit where none has."""
        found = []
        for reading in readings:
            if known is None or known.rows is None or known.cols is None or entry:
                found.append(opened(reading, (), ()) if reading.wild else reading)
                continue
            rows, cols = (tuple(axis.put(HERE) for axis in axes) for axes in (known.rows, known.cols))
            if reading.wild:
                found.append(opened(reading, rows, cols))
            elif reading.is_scalar and (rows or cols):
                found.append(filled(reading, rows, cols))
            elif len(reading.rows) == len(rows) and len(reading.cols) == len(cols):
                found.append(reading)
        if not found:
            raise Misfit("its sides differ in shape")
        return found

    def _totals(self, elaborator: Elaborator, system: dict[str, Quantity]) -> None:
        """Losses that the page leaves out: the whole one is the sum over the steps; one of a step is open."""
        for key in self.variants:
            stepped = f"{key}[step]"
            if key in elaborator.known and key not in system:
                term = Fold("sum", "k", Index(1), letter("T"), Ref(stepped, (letter("k"),)))
                system[key] = Quantity(key, (), (), (((), term),))
                self.losses[key] = key in self.chosen
                self.conventions.append(Convention(f"the loss {key}", "the sum of the losses of all steps", "custom"))
        for key, known in elaborator.known.items():
            if known.role != "loss" or key in system:
                continue
            outputs = self._outputs(elaborator, system, key)
            if not outputs:
                continue
            if "step" in known.chains:
                arguments = tuple(output(elaborator, o, "t") for o in outputs)
                system[key] = Quantity(key, ("t",), (), (((), Opaque(f"loss {key}", arguments, ())),), 0)
            else:
                arguments = tuple(output(elaborator, o, "k") for o in outputs)
                body = Opaque(f"loss {key}", arguments, ())
                stepwise = any("step" in elaborator.known[o].chains for o in outputs)
                whole = Fold("sum", "k", Index(1), letter("T"), body) if stepwise else body
                system[key] = Quantity(key, (), (), (((), whole),))
            self.losses[key] = not {key, key.removesuffix("[step]")}.isdisjoint(self.chosen)
            self.conventions.append(Convention(f"the loss {key}", f"any function of {', '.join(outputs)}", "used"))

    def _unsaid_loss(self, elaborator: Elaborator, system: dict[str, Quantity]) -> None:
        """A page that speaks of gradients and of no loss means any function of its outputs, which nothing reads within
        a step."""
        if any(known.role == "loss" for known in elaborator.known.values()):
            return
        refs = {key: [r for _, t in q.cases for r in walk(t) if isinstance(r, Ref)] for key, q in system.items()}
        read = {ref.name for found in refs.values() for ref in found if not any(i.constant for i in ref.at)}
        outputs = [key for key in system if key not in read and elaborator.known[key].chains == ("step",)]
        if not outputs:
            return
        name = next(name for name in ("L", "loss", "the loss") if name not in elaborator.known)
        arguments = tuple(Ref(key, (letter("k"),), system_axes(elaborator, key, "k")) for key in outputs)
        whole = Fold("sum", "k", Index(1), letter("T"), Opaque(f"loss {name}", arguments, ()))
        elaborator.known[name] = Known(name, (), (), (), "loss")
        system[name] = Quantity(name, (), (), (((), whole),))
        self.conventions.append(Convention("the loss", f"any function of {', '.join(outputs)}", "used"))

    def _outputs(self, elaborator: Elaborator, system: dict[str, Quantity], loss: str) -> list[str]:
        """The last quantities of the network by which a loss is differentiated: what it is taken to depend on."""
        by: set[str] = set()
        for statement in self.statements:
            for side in statement.sides:
                for node in nodes(side):
                    if isinstance(node, Partial | Nabla):
                        of, wrt = self.whole(node.of, statement.number), self.whole(node.wrt, statement.number)
                        if of is not None and wrt is not None:
                            key = self.split(statement.number, of)[0]
                            if key.removesuffix("[step]") == loss.removesuffix("[step]"):
                                by.add(self.split(statement.number, wrt)[0])
        values = {k for k in by if k in system and elaborator.known[k].role != "loss"}
        now = closure(
            {
                k: {
                    r.name
                    for _, t in q.cases
                    for r in walk(t)
                    if isinstance(r, Ref) and not any(i.constant for i in r.at)
                }
                for k, q in system.items()
            }
        )
        refs = [ref for k in system for _, term in system[k].cases for ref in walk(term) if isinstance(ref, Ref)]
        for read in ({ref.name for ref in refs}, {ref.name for ref in refs if not any(i.constant for i in ref.at)}):
            last = [
                k
                for k in system
                if k not in read and elaborator.known.get(k) is not None and elaborator.known[k].role != "loss"
            ]
            if any("layer" in elaborator.known[k].chains for k in last) or "layer" not in self._chains_of(elaborator):
                break  # of layers that read each other, what no formula reads within its own
        last = [
            k
            for k in last
            if not any(isinstance(part, Derivative) for _, term in system[k].cases for part in walk(term))
        ]
        last = [k for k in last if k in values or values & now[k]] or last  # not what is another network's
        values = {k for k in values if not any(k in now[other] for other in values if other != k)}
        return sorted(set(last)) or sorted(values)

    @staticmethod
    def _chains_of(elaborator: Elaborator) -> set[str]:
        """The families over which the quantities of the page run."""
        return {family for known in elaborator.known.values() for family in known.chains}

    def _given(self, elaborator: Elaborator, system: dict[str, Quantity]) -> None:
        """What the equations use and nothing defines: parameters, inputs, targets."""
        for key in self.chosen.keys() - system.keys():
            if not is_written_out(self.chosen[key][2]):
                elaborator.known.pop(key, None)  # what defines it was not understood: it is nothing given
        for key, known in elaborator.known.items():
            if key in system or known.rows is None or known.cols is None or is_adjoint(key):
                continue
            system[key] = given(key, known)
        system |= any_functions(self._derivatives(), system)
        for key in [*self.constants, *self.cases]:
            for statement, head, side in dict.fromkeys([*self.constants.get(key, []), *self.cases.get(key, [])]):
                try:
                    self._add_case(elaborator, system, key, statement, head, side)
                except (ReadError, Misfit, Malformed) as error:
                    self.failures[statement.number] = str(error)

    def _add_case(
        self,
        elaborator: Elaborator,
        system: dict[str, Quantity],
        key: str,
        statement: Statement,
        head: Node,
        side: Node,
    ) -> None:
        """h_0 = 0, a^0 = x: what a quantity is at one place."""
        name = self.whole(head, statement.number)
        if name is None or key not in system:
            return
        _, chains, picks = self.split(statement.number, name)
        fixed = {f: i for f, i in chains.items() if not i.letters or set(i.names) <= self.names.last | {"T", "L"}}
        if picks or not fixed or set(chains) != set(elaborator.known[key].chains):
            return
        quantity = system[key]
        condition = tuple(Comparison(letter(CANONICAL[f]), "=", i) for f, i in fixed.items())
        if isinstance(side, Number):
            value = filled(Typed(constant(side.value)), quantity.axes, ()).term
        else:
            elaborator.enter(statement.number, head)
            value = elaborator.side(side)[0].term
        system[key] = replace(quantity, cases=((condition, value), *quantity.cases))


def is_filled(head: Typed, side: Typed) -> bool:
    """Whether a number defines an array."""
    return side.is_scalar and not side.wild and not head.is_scalar


def activation(quantity: Quantity) -> str:
    """The function that makes all of a quantity, entry by entry; '' where it is none."""
    terms = [term for _, term in quantity.cases]
    functions = {term.function for term in terms if isinstance(term, Apply) and not term.order}
    return functions.pop() if len(functions) == 1 == len(terms) else ""


def spelled_loss(loss: Term) -> str:
    """The name of a loss, or of those of all steps."""
    part = next(part for part in walk(loss) if isinstance(part, Ref))
    return part.name if part is loss else f"Σ{part.name}"


def name_of(extent: Index) -> str | None:
    """The letter that an extent is; None for sums, numbers and widths."""
    [*letters] = extent.letters
    if len(letters) != 1 or extent.constant or letters[0][1] != 1:
        return None
    return letters[0][0] if isinstance(letters[0][0], str) else None


def generalized(term: Term, family: str, index: Index) -> Term:
    """A definition given at one step, h_1 = … h_0 or h_T = … h_{T-1}, at a generic one."""
    slot = letter(CANONICAL[family])
    shift = slot.plus(index, -1)

    def moved(value: object) -> object:
        if isinstance(value, Ref):
            at = tuple(i.plus(shift) if set(i.names) == set(index.names) else i for i in value.at)
            return replace(value, at=at)
        if isinstance(value, Term):
            return replace(value, **{n: moved(getattr(value, n)) for n in value.__dataclass_fields__})
        if isinstance(value, tuple):
            return tuple(moved(item) for item in value)
        return value

    result = moved(term)
    assert isinstance(result, Term)
    return result


def output(elaborator: Elaborator, key: str, step: str) -> Ref:
    """An output of the network at a step, and of layers the last."""
    known = elaborator.known[key]
    at = {"step": letter(step), "layer": letter("L")}
    axes = tuple(axis.put({**HERE, **at}) for axis in (known.rows or ()) + (known.cols or ()))
    return Ref(key, tuple(at.get(family, letter(CANONICAL[family])) for family in known.chains), axes)


def system_axes(elaborator: Elaborator, key: str, step: str = "t") -> Axes:
    known = elaborator.known[key]
    return tuple(axis.put({**HERE, "step": letter(step)}) for axis in (known.rows or ()) + (known.cols or ()))


__all__ = ["Builder", "Statement", "Understanding", "Unexplained", "comparisons"]
