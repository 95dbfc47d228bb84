"""Trees to kernel terms: what a formula says, once its names, layouts and functions are known.

Every side has a list of readings, the plainest first. Σ reaches over the rest of its product, Π up to the last factor
that holds its index; a function takes the bracket that follows, or the next factor.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import islice

from derive.kernel.index import Comparison, Index, letter
from derive.kernel.terms import (
    LABELS,
    Add,
    Apply,
    Axes,
    Derivative,
    Einsum,
    Entry,
    Fold,
    Indicator,
    Join,
    Number,
    Numeral,
    Ones,
    Opaque,
    Power,
    Ref,
    Term,
    broadcast,
    number,
    replaced,
)
from derive.reading.errors import ReadError
from derive.reading.tree import (
    At,
    Big,
    Cases,
    Frac,
    Group,
    Matrix,
    Nabla,
    Node,
    Partial,
    Product,
    Relation,
    Script,
    Sequence,
    Span,
    Sum,
    Symbol,
    walk,
)
from derive.reading.tree import Number as Digits
from derive.understand import calls, conditions, shares, sums
from derive.understand.contraction import contracted
from derive.understand.extents import Extents
from derive.understand.letters import STEPS
from derive.understand.mentions import linear, rational
from derive.understand.names import Name, Names, bracket_index
from derive.understand.precedence import Read, by_precedence, is_mixed
from derive.understand.reader import Known, Open, Scope, Split, Unexplained
from derive.understand.recall import Recall
from derive.understand.slices import sliced
from derive.understand.typed import (
    BY_VALUE,
    CUSTOM,
    DIAGONAL,
    REVERSED,
    TURNED,
    Misfit,
    Typed,
    diagonal,
    joined,
    multiple,
    opened,
    product,
    total,
    transposed,
    with_identities,
)

BEAM = 12  # readings of a part that are kept
ELEMENTWISE = {
    "tanh": "tanh", "sigmoid": "sigmoid", "exp": "exp", "log": "log", "ln": "log", "ReLU": "relu", "relu": "relu",
    "softplus": "softplus",
}  # fmt: skip
BLOCKS = 20  # what it costs that what a page writes out is made of arrays, and not of numbers
SUMMED = "repeated-indices-summed"


@dataclass(frozen=True)
class Begun:
    """A statement that is half read: its number and head, what its indices are where it leaves them out, and the
    letters that it has so far."""

    here: int
    head: Node | None
    defaults: dict[str, Index]
    own: frozenset[str]
    entries: dict[str, Index]
    chained: dict[str, str]


@dataclass
class Elaborator:
    """Elaborates the formulas of one page. `here` is the number of the statement, which scopes its letters."""

    names: Names
    known: dict[str, Known]
    extents: Extents
    split: Split
    functions: dict[str, str]
    defaults: dict[str, Index] = field(default_factory=lambda: {"step": letter("t"), "layer": letter("l")})
    denominator: bool = False
    summation: bool = False
    samples_below: bool = True  # the samples of a batch are its rows
    tight: bool = False  # ⊙ binds tighter than juxtaposition
    here: int = -1
    head: Node | None = None  # of the statement
    is_head: bool = True  # whether what is read now is the head
    own: frozenset[str] = frozenset()  # the letters of steps in the head of a statement
    entries: dict[str, Index] = field(default_factory=dict)  # letters that pick entries, with the extents they run over
    chained: dict[str, str] = field(default_factory=dict)  # letters of chains, with their family
    derivatives: tuple[set[Derivative], set[Derivative]] = field(default_factory=lambda: (set(), set()))  # written
    # with ∂, not d: in the head of the statement, and in its other sides
    standing: dict[str, str] = field(default_factory=dict)  # a name for any parameter, and which one it is now
    results: dict[str, str] = field(default_factory=dict)  # what the open functions of several arguments define
    made: dict[str, tuple[Ref, tuple[Term, ...]]] = field(default_factory=dict)  # … and the legend defines; by what
    paths: dict[str, tuple[Term, str, str]] = field(default_factory=dict)  # δ^{h, future}: the loss, h, the word
    activations: dict[str, str] = field(default_factory=dict)  # the function that makes all of a quantity
    sizes: frozenset[str] = frozenset()  # letters that the legend calls sizes
    target: str = ""  # of the loss, where it has one alone
    mixed: set[int] = field(default_factory=set)  # the statements that have ⊙ beside juxtaposition
    named_axes: bool = False  # whether products run along the names of axes, whatever stands first
    recall: Recall | None = None  # what was read of this statement, while variants of it are tried

    # Sides

    def enter(self, statement: int, head: Node) -> None:
        """Begin a statement: its letters are its own, and an index that it leaves out is that of its head."""
        self.here, self.entries, self.chained, self.recall = statement, {}, {}, None
        self.head, self.is_head = head, True
        for written in self.derivatives:
            written.clear()
        self.defaults = {"step": letter("t"), "layer": letter("l")}
        seen: dict[str, Index] = {}
        for part in walk(head):
            if isinstance(part, Symbol | Script) and (name := self.names.read(part, None, statement)) is not None:
                for family, index in self.split(statement, name)[1].items():
                    seen.setdefault(family, index)
        self.defaults |= {family: index for family, index in seen.items() if family in self.defaults}
        self.own = frozenset(seen["step"].names) if "step" in seen else frozenset()

    def begun(self) -> Begun:
        """Where the reading of a statement stands, to `resume` it there."""
        return Begun(self.here, self.head, self.defaults, self.own, dict(self.entries), dict(self.chained))

    def resume(self, begun: Begun, recall: Recall) -> None:
        """Go on with a statement where it stood; what is read is kept in `recall`."""
        self.here, self.head, self.defaults, self.own = begun.here, begun.head, begun.defaults, begun.own
        self.entries, self.chained, self.recall = dict(begun.entries), dict(begun.chained), recall
        for written in self.derivatives:
            written.clear()

    def side(self, node: Node, keep: frozenset[str] = frozenset()) -> list[Typed]:
        """The readings of a side. Raises Misfit where there is none, ReadError for what is not understood."""
        self.is_head = node is self.head
        return self.read(node, Scope(keep))

    def part(self, node: Node) -> list[Typed]:
        """The readings of what is only a part of a side."""
        return self.side(node)

    def laid_out(self, of: Typed) -> Typed:
        """A reading with the extents of its axes for rows and columns, as what it defines has them."""
        return of

    def read(self, node: Node, scope: Scope) -> list[Typed]:
        """The readings of a tree, the plainest first."""
        if self.recall is None:
            return self._plainest(node, scope)
        return self.recall.of(self, (node,), scope.key, lambda: self._plainest(node, scope))

    def _plainest(self, node: Node, scope: Scope) -> list[Typed]:
        found = self._read(node, scope)
        if not found:
            raise Misfit("no reading of this product fits its shapes")
        best: dict[object, Typed] = {}
        for reading in sorted(found, key=lambda r: r.cost):
            best.setdefault((reading.term, reading.rows, reading.cols), reading)
        return list(best.values())[:BEAM]

    def _read(self, node: Node, scope: Scope) -> list[Typed]:
        match node:
            case Digits(_, value):
                return [Typed(Number(value))]
            case Symbol() | Script():
                return self.factors([node], [], scope)
            case Group(_, body, "(" | "[" | "{"):
                return self.group(node, body, scope)
            case Group(_, body, "||"):
                return [self.norm(inner) for inner in self.read(body, scope)]
            case Sum(_, parts, signs):
                return self.sum(parts, signs, scope)
            case Product(_, factors, ops):
                return self.product(list(factors), list(ops), scope)
            case Frac(_, over, under):
                return self.quotient(self.read(over, scope), self.read(under, scope))
            case Partial(_, of, wrt, direct):
                return self.partial(of, wrt, direct, scope)
            case Nabla(_, wrt, of):
                return self.partial(of, wrt, None, scope)
            case Cases(_, branches):
                return self.cases(branches, scope)
            case Matrix(_, rows):
                return self.matrix(rows, scope)
            case At():
                return shares.at_bar(self, node, scope)
        raise ReadError(f"{type(node).__name__.lower()} is not understood here", node.span)

    def group(self, node: Group, body: Node, scope: Scope) -> list[Typed]:
        if isinstance(body, Sequence) and node.bracket == "[":
            return self.concatenated([self.read(item, scope) for item in body.items])
        if isinstance(body, Sequence | Relation):
            raise ReadError("a list where one expression is meant", node.span)
        return self.read(body, scope)

    def concatenated(self, pieces: list[list[Typed]]) -> list[Typed]:
        """[h, x]: columns below each other, rows and matrices of samples beside each other."""
        heads = [piece[0] for piece in pieces]
        whole = Index()
        if all(len(h.rows + h.cols) == 1 for h in heads) and len({len(h.rows) for h in heads}) == 1:
            for head in heads:
                whole = whole.plus(self.extents.resolved((head.rows + head.cols)[0]))
            self.extents.joined(whole, heads[0].rows + heads[0].cols)
            term = self.built(Join(tuple(h.term for h in heads), 0), (whole,))
            return [joined(term, (whole,), (), *heads) if heads[0].rows else joined(term, (), (whole,), *heads)]
        if all(len(h.cols) == 1 and len(h.rows) == 1 for h in heads):
            width = Index()
            for other in heads:
                if not self.extents.alike(heads[0].rows, other.rows):
                    raise Misfit("matrices of different heights beside each other")
                width = width.plus(self.extents.resolved(other.cols[0]))
            self.extents.joined(width, heads[0].cols)
            term = self.built(Join(tuple(h.term for h in heads), 1), (*heads[0].rows, width))
            return [joined(term, heads[0].rows, (width,), *heads)]
        raise Misfit("what stands in these brackets cannot be joined")

    def built(self, term: Term, axes: Axes) -> Term:
        """A term whose axes are those given; while extents are found out it stands for itself by these alone."""
        return term if self.extents.settled else Ref("?", (), axes)

    def norm(self, of: Typed) -> Typed:
        names = LABELS[: len(of.rows + of.cols)]
        square = Einsum((of.term, of.term), (names, names), "")
        return of.with_term(Apply("sqrt", square), (), ())

    def sum(self, parts: tuple[Node, ...], signs: tuple[int, ...], scope: Scope) -> list[Typed]:
        found: list[list[Typed]] = [[]]
        for part in parts:
            readings = self.read(part, scope)
            found = [[*before, reading] for before in found for reading in readings][: BEAM * BEAM]
        sums = []
        for combination in found:
            for variant in with_identities(combination) if self.extents.settled else (combination,):
                try:
                    sums.append(total(variant, list(signs), self.extents))
                except Misfit:
                    continue
        if not sums:
            raise Misfit("the terms of a sum differ in shape")
        return sums

    def quotient(self, over: list[Typed], under: list[Typed]) -> list[Typed]:
        found = []
        for a in over:
            for b in under:
                inverse = b.with_term(Power(b.term, Fraction(-1)), b.rows, b.cols)
                if b.is_scalar or (a.rows, a.cols) == (b.rows, b.cols):
                    found += list(product(a, inverse, "odot", self.extents))
                elif a.is_scalar:
                    found.append(joined(multiple(a.term, inverse.term), b.rows, b.cols, a, inverse))
        return found

    # Products

    def product(self, factors: list[Node], ops: list[str], scope: Scope) -> list[Typed]:
        """A flat product; ⊙ binds looser than juxtaposition, and a division reaches over one factor on each side."""
        if "/" in ops:
            at = len(ops) - 1 - ops[::-1].index("/")
            over = self.product(factors[: at + 1], ops[:at], scope)
            under = self.factors(factors[at + 1 : at + 2], [], scope)
            first = self.quotient(over, under)
            rest = factors[at + 2 :]
            if not rest:
                return first
            return [
                p
                for a in first
                for b in self.product(rest, ops[at + 2 :], scope)
                for p in product(a, b, "", self.extents)
            ]
        return self.factors(factors, ops, scope)

    def factors(self, factors: list[Node], ops: list[str], scope: Scope) -> list[Typed]:
        """The readings of a product without division."""
        letters = [self.letters(factor) if self.summation else frozenset[str]() for factor in factors]
        read: list[Read] = []
        n = 0
        while n < len(factors):
            others = frozenset().union(*(letters[k] for k in range(len(factors)) if k != n))
            readings, taken = self.factor(factors, ops, n, scope.with_kept(others) if self.summation else scope)
            read.append((ops[n - 1] if n else "", readings))
            n += taken
        if is_mixed(read):
            self.mixed.add(self.here)
        found = by_precedence(read, self.chain, self.tight, self.extents.settled)
        if self.summation:
            times = Counter(part.name for factor in factors for part in walk(factor) if isinstance(part, Symbol))
            repeated = frozenset(name for name, count in times.items() if count > 1)
            found = [self.summed(reading, repeated, scope) for reading in found]
        return found

    def chain(self, factors: list[list[Typed]], ops: list[str]) -> list[Typed]:
        """A product from left to right, keeping the cheapest readings of each layout. A row of ones takes its length
        from what follows it."""
        for n in range(len(factors) - 2, -1, -1):
            if any(reading.wild == "1T" for reading in factors[n]) and ops[n] in ("", "cdot", "times"):
                joint = [p for a in factors[n] for b in factors[n + 1] for p in self.readings(a, b, ops[n])]
                factors, ops = [*factors[:n], joint, *factors[n + 2 :]], [*ops[:n], *ops[n + 1 :]]
        if not factors:
            raise Misfit("nothing stands under a Σ or Π")
        partial = factors[0]
        for op, readings in zip(ops, factors[1:], strict=True):
            recall = self.recall
            partial = (
                self.longer(partial, readings, op)
                if recall is None
                else recall.longer(partial, readings, op, self.longer)
            )
        return partial

    def longer(self, partial: list[Typed], readings: list[Typed], op: str) -> list[Typed]:
        """The cheapest readings of a product with one more factor."""
        found: list[Typed] = []
        for a in partial:
            for b in readings:
                linked = self.linked(a, b) if op in ("", "cdot", "times", "*") else []
                found += linked or self.readings(a, b, op)
        best: dict[object, Typed] = {}
        for reading in sorted(found, key=lambda r: r.cost):
            best.setdefault((reading.rows, reading.cols, reading.chain, reading.term), reading)
        return list(best.values())[:BEAM]

    def readings(self, left: Typed, right: Typed, op: str) -> list[Typed]:
        """The readings of a product; while layouts are found out the plainest alone, for each settles extents."""
        found = product(left, right, op, self.extents)
        return list(found) if self.extents.settled else list(islice(found, 1))

    def linked(self, left: Typed, right: Typed) -> list[Typed]:
        """∂a/∂b ∂b/∂c as one derivative, in the written order or, noted, in the other."""
        if left.chain is None or right.chain is None:
            return []
        for first, second, notes in ((left, right, ()), (right, left, (REVERSED,))):
            assert first.chain is not None and second.chain is not None
            (a, b), (again, c) = first.chain, second.chain
            if b != again:
                continue
            x, y, z = len(a.axes), len(b.axes), len(c.axes)
            rows, middle, cols = LABELS[:x], LABELS[x : x + y], LABELS[x + y : x + y + z]
            term = Einsum((first.term, second.term), (rows + middle, middle + cols), rows + cols)
            whole = joined(term, (), (), left, right).noted(*notes)
            return self.layouts(whole, a, c)
        return []

    def layouts(self, of: Typed, u: Ref, v: Ref) -> list[Typed]:
        """The layouts of a derivative ∂u/∂v, whose term has the axes of u, then those of v."""
        n = len(u.axes)
        a, b = u.axes, v.axes
        pair = (u, v)
        term = of.term
        swapped = of.term
        if n and b:
            names = LABELS[: n + len(b)]
            swapped = Einsum((term,), (names,), names[n:] + names[:n])
        shape = self.known.get(v.name)
        if not n:
            rows = len(shape.rows) if shape is not None and shape.rows is not None else len(b)
            own = replace(of, rows=b[:rows], cols=b[rows:], chain=pair)
            turned = (*of.notes, TURNED) if len(b) == 1 else of.notes
            flat = replace(of, rows=(), cols=b, notes=turned, cost=of.cost + 1, chain=pair)
            return (
                [own]
                if not b
                else [
                    own,
                    *([flat] if flat.cols != own.cols else []),
                    replace(of, rows=b, cols=(), notes=turned, cost=of.cost + 1, chain=pair),
                ]
            )
        if not b:
            head = self.known.get(u.name)
            rows = len(head.rows) if head is not None and head.rows is not None else n
            return [replace(of, rows=a[:rows], cols=a[rows:], chain=pair)]
        if self.denominator:
            return [
                replace(of, term=swapped, rows=b, cols=a, chain=None),
                replace(of, rows=a, cols=b, chain=pair, cost=of.cost + 4),
            ]
        return [replace(of, rows=a, cols=b, chain=pair)]

    def letters(self, node: Node) -> frozenset[str]:
        """The index letters that stand free in a tree."""
        found: set[str] = set()
        for part in walk(node):
            if isinstance(part, Symbol) and part.name in self.entries_possible:
                found.add(part.name)
        return frozenset(found)

    @property
    def entries_possible(self) -> frozenset[str]:
        return frozenset("ijklmnpqrs")

    def summed(self, reading: Typed, repeated: frozenset[str], scope: Scope) -> Typed:
        """With Σ over the repeated letters of entries that no one needs outside."""
        for name in sorted(reading.term.letters & repeated):
            if name in self.entries and name not in scope.keep and name not in scope.bound:
                extent = self.extents.resolved(self.entries[name])
                fold = Fold("sum", name, Index(1), extent, reading.term)
                term = contracted(fold) if self.extents.settled else fold
                reading = reading.with_term(term, reading.rows, reading.cols)
                reading = replace(reading, notes=(*reading.notes, SUMMED))
        return reading

    # Factors

    def factor(self, factors: list[Node], ops: list[str], n: int, scope: Scope) -> tuple[list[Typed], int]:
        """The readings of factor n, and how many factors it takes."""
        if self.recall is None:
            return self._factor(factors, ops, n, scope)
        is_sum = any(isinstance(node, Big) for node in factors[n : n + 2])
        reach = len(factors) if is_sum else n + 3
        seen, between = tuple(factors[n:reach]), tuple(ops[n : reach - 1])
        return self.recall.of(self, seen, (between, *scope.key), lambda: self._factor(factors, ops, n, scope))

    def _factor(self, factors: list[Node], ops: list[str], n: int, scope: Scope) -> tuple[list[Typed], int]:
        node = factors[n]
        if isinstance(node, Big):
            return sums.big(self, node, factors[n + 1 :], ops[n + 1 :], scope)
        follows = factors[n + 1] if n + 1 < len(factors) and ops[n] == "" else None
        is_condition = isinstance(follows, Group) and isinstance(follows.body, Relation)
        if is_condition and isinstance(node, Digits) and node.value == 1:  # 1[i = j]
            assert isinstance(follows, Group)
            return [conditions.indicator(self, follows.body)], 2
        function = self.function(node, follows, factors, ops, n, scope)
        if function is not None:
            return function
        if isinstance(node, Symbol | Script):
            return self.symbol(node, follows, scope)
        return self.read(node, scope), 1

    def symbol(self, node: Node, follows: Node | None, scope: Scope) -> tuple[list[Typed], int]:
        """A symbol with its scripts: a quantity, an index or size as a number, I, 1, Kronecker's δ, or a group with a
        power."""
        name = self.names.read(node, follows, self.here)
        if name is None:
            assert isinstance(node, Script)
            return self.scripted(node, scope), 1
        known = self.known.get(self.key(name))
        if known is not None and self.names.is_kronecker(name, self.here) and known.chains:
            known = None  # δ_{ij} beside a δ of the page that has steps or layers
        if known is not None:
            readings = [self.quantity(name, known, node.span)]
            taken = name.taken
            beyond = follows if taken == 1 else None
            if known.role == "loss" and isinstance(beyond, Group) and beyond.bracket == "(":
                return [self.at_arguments(name, beyond) or readings[0]], 2  # L_t(y_t, ŷ_t): what it depends on
            if isinstance(beyond, Group | Script) and (part := sliced(self, readings[0], beyond)) is not None:
                return [part], 2
            if beyond is not None and bracket_index(beyond) is not None:
                reason = "a square bracket after a name: write an index below, or the sign of a product"
                raise ReadError(reason, node.span)
            return [self.operated(reading, name) for reading in readings], taken
        special = self.special(name, node, follows)
        if special is not None:
            return special
        raise Unexplained(name.name, node.span)

    def at_arguments(self, name: Name, bracket: Group) -> Typed | None:
        """The loss of the step that its arguments have, ℓ(o_t, y_t), where it carries none itself; None without one."""
        stepped = self.known.get(f"{self.key(name)}[step]")
        if stepped is None:
            return None
        for part in walk(bracket):
            if isinstance(part, Symbol | Script) and (inner := self.names.read(part, None, self.here)) is not None:
                index = self.split(self.here, inner)[1].get("step")
                if index is not None:
                    return Typed(Ref(stepped.name, (index,)))
        return None

    def special(self, name: Name, node: Node, follows: Node | None) -> tuple[list[Typed], int] | None:
        """What needs no explanation."""
        index = linear(node)
        base = name.mention.base
        if self.names.is_kronecker(name, self.here):
            first, second = (slot.index for slot in name.slots)
            return [Typed(Indicator((Comparison(first, "=", second),)))], 1
        if base in ("one", "1", "I") and isinstance(follows, Group) and isinstance(follows.body, Relation | Sequence):
            return [conditions.indicator(self, follows.body)], 2
        if base == "one" and isinstance(node, Script) and isinstance(node.sub, Relation):
            return [conditions.indicator(self, node.sub)], 1
        if base == "one" and isinstance(node, Script) and isinstance(node.sub, Product | Sequence):
            pair = [linear(p) for p in (node.sub.factors if isinstance(node.sub, Product) else node.sub.items)]
            if len(pair) == 2 and pair[0] is not None and pair[1] is not None:
                return [Typed(Indicator((Comparison(pair[0], "=", pair[1]),)))], 1
        if base == "e" and isinstance(node, Script) and node.sup is not None:
            argument = self.read(node.sup, Scope())
            return [a.with_term(Apply("exp", a.term), a.rows, a.cols) for a in argument], 1
        if base == "I" and not name.slots:
            return [Typed(number(1), wild="I")], 1
        if base == "one" and not name.slots:
            return [Typed(number(1), wild="1T" if "T" in name.operations else "1")], 1
        if (
            index is not None
            and len(index.letters) == 1
            and (
                index.names <= self.names.letters
                or index.names & (self.names.last | {"T"})
                or str(index).startswith("T_")
            )
        ):
            return [Typed(Numeral(index))], 1
        if index is not None and index.names and index.names <= self.sizes:
            return [Typed(Numeral(self.extents.resolved(index)))], 1
        return None

    def key(self, name: Name) -> str:
        """The quantity that a mention speaks of."""
        return self.split(self.here, name)[0]

    def quantity(self, name: Name, known: Known, span: Span) -> Typed:
        """A quantity at its indices, or an entry of it."""
        if known.constant is not None:
            return Typed(Number(known.constant))
        _, chains, picks = self.split(self.here, name)
        if known.rows is None or known.cols is None:
            if self.extents.settled:
                raise Unexplained(known.name, span)
            raise Open(known.name, max(known.least, len(picks)))
        if any(family not in chains and family not in self.defaults for family in known.chains):
            raise Misfit(f"an index of {known.name} is left out")
        left_out = self.defaults if known.at is None else {**self.defaults, "step": known.at}
        at = tuple(chains[family] if family in chains else left_out[family] for family in known.chains)
        for family, index in zip(known.chains, at, strict=True):
            for letter_name in index.names:
                self.chained.setdefault(letter_name, family)
        places = dict(zip(known.chains, at, strict=True))
        rows = tuple(axis.put(places) for axis in known.rows)
        cols = tuple(axis.put(places) for axis in known.cols)
        axes = tuple(self.extents.resolved(axis) for axis in rows + cols)
        ref: Term = Ref(known.name, at, axes)
        if known.name in self.paths:
            loss, by, word = self.paths[known.name]
            ref = Derivative(loss, Ref(by, at, axes), uses=letter(shares.WORD + word))
        others = (pair for pair in chains.items() if pair[0] not in known.chains)
        picks = [*picks, *(index for family, index in others if not self.is_copy(known, family, index))]
        notes = (CUSTOM,) if known.custom else ()
        if not picks:
            return Typed(ref, axes[: len(rows)], axes[len(rows) :], notes)
        if len(picks) > len(axes):
            raise Misfit(f"{known.name} has {len(axes)} axes and {len(picks)} indices")
        for pick, axis in zip(picks, axes, strict=False):
            self.runs_over(pick, axis)
        rest = axes[len(picks) :]
        entry = Entry(ref, (*picks, *(None for _ in rest)))
        return Typed(entry, rest, (), notes) if len(rest) < 2 else Typed(entry, rest[:1], rest[1:], notes)

    def is_copy(self, known: Known, family: str, index: Index) -> bool:
        """Whether an index of what is given once for all steps says which step uses it: W^{(t)}."""
        steps = STEPS | {"T"} | {n for n, of in self.chained.items() if of == "step"}
        return family == "step" and "step" not in known.chains and bool(index.names) and index.names <= steps

    def runs_over(self, pick: Index, axis: Index) -> None:
        """Note that the letter of an entry runs over an axis. Raises Misfit where it already runs over another."""
        if len(pick.letters) == 1 and not pick.constant:
            [(name, _)] = pick.letters
            assert isinstance(name, str)
            if not self.extents.same(self.entries.setdefault(name, axis), axis):
                raise Misfit(f"{name} runs over two axes of different extents")

    def operated(self, reading: Typed, name: Name) -> Typed:
        for operation in name.operations:
            reading = self.transposed(reading) if isinstance(operation, str) else self.power(reading, operation)
        if name.primes:
            raise ReadError("a primed quantity that nothing explains", name.mention.node.span)
        return reading

    def transposed(self, of: Typed) -> Typed:
        """Rows for columns."""
        return transposed(of)

    def power(self, of: Typed, exponent: Index) -> Typed:
        """To a power: of a square matrix a product, of everything else entry by entry."""
        if len(of.rows) == len(of.cols) == 1 and self.extents.alike(of.rows, of.cols):
            if not exponent.letters and exponent.constant < 0:
                raise ReadError("the inverse of a matrix is not decided", (0, 0))
            return of.with_term(Fold("prod", "#", Index(1), exponent, of.term), of.rows, of.cols)
        if exponent.letters and set(exponent.names) <= self.names.letters | {"t", "T"}:
            raise ReadError("an index above a bracket: write what it says of it", (0, 0))
        power: Fraction | Index = exponent if exponent.letters else Fraction(exponent.constant)
        return of.with_term(Power(of.term, power), of.rows, of.cols)

    def scripted(self, node: Script, scope: Scope) -> list[Typed]:
        """A bracket with a power, a transpose or the indices of an entry."""
        if node.primes or node.left is not None:
            raise ReadError("a prime on a bracket", node.span)
        if isinstance(node.base, Group) and node.base.bracket == "||":
            return self.square_norm(node, scope)
        if isinstance(node.base, Digits) and node.base.value == 1 and node.sub is None and is_transpose(node.sup):
            return [Typed(number(1), wild="1T")]  # no one transposes the number
        share = shares.scripted(self, node, scope)
        if share is not None:
            return share
        readings = self.read(node.base, scope)
        for script, raised in ((node.sub, False), (node.sup, True)):
            if script is None:
                continue
            if raised and is_transpose(script):
                readings = [self.transposed(reading) for reading in readings]
                continue
            exponent = linear(script)
            fraction = rational(script)
            if raised and exponent is not None:
                readings = [self.power(reading, exponent) for reading in readings]
            elif raised and fraction is not None:
                readings = [r.with_term(Power(r.term, fraction), r.rows, r.cols) for r in readings]
            elif not raised:
                readings = [self.picked(reading, script) for reading in readings]
            else:
                raise ReadError("an exponent that is neither a number nor a transpose", script.span)
        return readings

    def square_norm(self, node: Script, scope: Scope) -> list[Typed]:
        """‖u‖² and ‖u‖₂²; ‖u‖ alone with a 2 below it is the same norm."""
        assert isinstance(node.base, Group)
        two = Digits((0, 0), Fraction(2))
        if node.sub not in (None, two) or node.sup not in (None, two):
            raise ReadError("of norms only the Euclidean one is read", node.span)
        inside = self.read(node.base.body, scope)
        if node.sub is not None and any(inner.rows and inner.cols for inner in inside):
            raise ReadError("the norm of a matrix with a 2 below it is not read", node.span)
        readings = [self.norm(inner) for inner in inside]
        if node.sup is None:
            return readings
        return [r.with_term(r.term.of, (), ()) for r in readings if isinstance(r.term, Apply)]

    def picked(self, of: Typed, script: Node) -> Typed:
        """(u v^T)_{ij}: entries of an expression."""
        parts = (
            script.items
            if isinstance(script, Sequence)
            else script.factors
            if isinstance(script, Product)
            else (script,)
        )
        picks = [linear(part) for part in parts]
        axes = of.rows + of.cols
        if any(pick is None for pick in picks):
            raise ReadError("a subscript of a bracket that picks no entry", script.span)
        if len(picks) != len(axes):
            raise Misfit("as many subscripts of a bracket as it has axes pick an entry")
        for pick, axis in zip(picks, axes, strict=True):
            assert pick is not None
            self.runs_over(pick, axis)
        return of.with_term(Entry(of.term, tuple(picks)), (), ())

    # Functions

    def function(
        self, node: Node, follows: Node | None, factors: list[Node], ops: list[str], n: int, scope: Scope
    ) -> tuple[list[Typed], int] | None:
        """A function with its argument."""
        if not isinstance(node, Symbol | Script):
            return None
        name = self.names.read(node, None, self.here)
        if name is None or self.key(name) in self.known:
            return None
        base = name.mention.base
        if base in ("diag", "softmax", "tr", "Diag"):
            if follows is None:
                raise ReadError(f"{base} of what?", node.span)
            if name.name != base or name.slots or name.operations or name.primes:
                raise ReadError(f"what a script of {base} says is not understood", node.span)
            inner = self.read(follows.base if isinstance(follows, Script) else follows, scope)
            readings = [self.applied_whole(base, i) for i in inner]
            if isinstance(follows, Script):
                readings = [self._after(r, follows) for r in readings]
            return readings, 2
        settled = self.functions.get(spelling(name)) if name.slots else None  # σ_l, σ_{L+1} in a legend
        known = ELEMENTWISE.get(base) or settled or self.functions.get(name.name) or self.functions.get(base)
        if known is None and base in (*calls.DIVERGENCES, calls.CHAIN_RULE, "max"):
            known = base
        if known is None:
            return None
        plain = name.name in (base, f"{base}_e") and not name.slots
        if known is ELEMENTWISE.get(base) and not plain and name.name not in self.functions:
            raise ReadError(f"what a script of {base} says is not understood", node.span)
        at = tuple(slot.index for slot in name.slots) if settled is None else ()
        taken = 2
        if follows is None:
            if n + 1 >= len(factors):
                return None
            follows = factors[n + 1]
        if isinstance(follows, Group) and known in calls.LOSS_FUNCTIONS and not isinstance(follows.body, Sequence):
            return calls.called(self, known, [self.read(follows.body, scope)], node.span), 2
        if isinstance(follows, Group) and isinstance(follows.body, Sequence):
            return calls.called(self, known, [self.read(item, scope) for item in follows.body.items], node.span), 2
        bracket = follows
        script = None
        part = self.names.read(follows, None, self.here) if isinstance(follows, Script) else None
        component = part is not None and not part.operations  # tanh(x)^2 is no function of x^2
        if isinstance(follows, Script) and isinstance(follows.base, Group) and not component:
            bracket, script = follows.base, follows
        if isinstance(bracket, Group):
            inner = self.read(bracket, scope)
        else:
            inner, more = self.factor(factors, ops, n + 1, scope)
            taken = 1 + more
        readings = [i.with_term(Apply(known, i.term, name.primes, at), i.rows, i.cols) for i in inner]
        readings += [by_value for i in inner if (by_value := self.by_value(known, i, name.primes)) is not None]
        for operation in name.operations:
            if isinstance(operation, Index) and operation.constant < 0:
                raise ReadError(f"an inverse of {base}, or a power of it? write it as a fraction", node.span)
            if isinstance(operation, Index):
                readings = [r.with_term(Power(r.term, Fraction(operation.constant)), r.rows, r.cols) for r in readings]
            else:
                readings = [self.transposed(r) for r in readings]
        if script is not None:
            readings = [self._after(r, script) for r in readings]
        return readings, taken

    def by_value(self, function: str, of: Typed, primes: int) -> Typed | None:
        """σ'(z) and tanh'(h) written by the value of the activation, z = σ(u): z(1 - z) and 1 - h²."""
        if primes != 1 or not isinstance(of.term, Ref) or self.activations.get(of.term.name) != function:
            return None
        names = LABELS[: len(of.term.axes)]
        ones = broadcast(number(1), of.term.axes)
        square = Einsum((number(-1), of.term, of.term), ("", names, names), names)
        match function:
            case "tanh":
                slope: Term = Add((ones, square))
            case "sigmoid":
                slope = Add((of.term, square))
            case _:
                return None
        return of.with_term(slope, of.rows, of.cols).noted(BY_VALUE)

    def _after(self, reading: Typed, script: Script) -> Typed:
        """softmax(x)_i, f(x)^T, f(x)^2."""
        if script.sub is not None:
            reading = self.picked(reading, script.sub)
        if isinstance(script.sup, Symbol) and script.sup.name in ("T", "top"):
            return self.transposed(reading)
        if script.sup is not None:
            exponent = linear(script.sup)
            if exponent is None:
                raise ReadError("an exponent that is no number", script.sup.span)
            return self.power(reading, exponent)
        return reading

    def applied_whole(self, base: str, of: Typed) -> Typed:
        if base in ("diag", "Diag"):
            return diagonal(of)
        if base == "tr":
            if len(of.rows) != 1 or len(of.cols) != 1:
                raise Misfit("the trace of what is no matrix")
            return of.with_term(Einsum((diagonal(of).term,), ("a",), ""), (), ())
        axes = of.rows + of.cols
        if not axes and isinstance(of.term, Entry) and sum(pick is not None for pick in of.term.picks) == 1:
            core, picks = of.term.of, of.term.picks  # softmax(x_i) is an entry of the softmax of x
            whole = self.applied_whole(base, of.with_term(core, core.axes, ()))
            return whole.with_term(Entry(whole.term, picks), (), ())
        if not axes:
            raise Misfit("the softmax of a number")
        names = LABELS[: len(axes)]
        exponentials = Apply("exp", of.term)
        along = self.softmax_axis(of)
        rest = names.replace(names[along], "")
        inverse = Power(Einsum((exponentials,), (names,), rest), Fraction(-1))
        return of.with_term(Einsum((exponentials, inverse), (names, rest), names), of.rows, of.cols)

    def softmax_axis(self, of: Typed) -> int:
        """Of a vector its axis; of a matrix of samples the axis that is not the samples': rows where gradients and
        parameters stand on the right."""
        return len(of.rows + of.cols) - 1 if self.samples_below else 0

    # Derivatives

    def partial(self, of: Node, wrt: Node, direct: bool | None, scope: Scope) -> list[Typed]:
        """∂of/∂wrt in its layouts."""
        by_argument = calls.by_argument(self, of, wrt, scope)
        if by_argument is not None:
            return by_argument
        ref, picks, uses = self.variable(wrt)
        inner = scope.with_kept(frozenset(n for pick in picks for n in pick.names))
        readings = self.read(of, inner)
        found: list[Typed] = []
        for reading in readings[:2]:
            core, chosen = reading.term, tuple[Index | None, ...]()
            if isinstance(core, Numeral):
                raise Unexplained(str(core.index), of.span)
            if isinstance(reading.term, Entry):
                core, chosen = reading.term.of, reading.term.picks
            derivative = Derivative(core, ref, "step" if direct is True else "total", uses=uses)
            if direct is not False:
                self.derivatives[0 if self.is_head else 1].add(derivative)
            term: Term = derivative
            if picks or chosen:  # an entry of the whole derivative: its sweep serves all entries
                places = (*(chosen or (None,) * len(core.axes)), *(picks or (None,) * len(ref.axes)))
                term = Entry(term, places + (None,) * (len(core.axes) + len(ref.axes) - len(places)))
            plain = replace(reading, term=term, chain=None)
            if isinstance(core, Ref) and not chosen and not picks and uses is None:
                found += self.layouts(plain, core, ref)
            elif picks or not reading.rows + reading.cols:
                rest = ref.axes[len(picks) :]
                if reading.rows + reading.cols and rest:
                    found.append(replace(plain, rows=reading.rows + reading.cols, cols=rest))
                elif rest:
                    known = self.known[ref.name]
                    r = len(known.rows or ()) if not picks else len(rest)
                    found += [
                        replace(plain, rows=rest[:r], cols=rest[r:]),
                        replace(plain, rows=(), cols=rest, cost=plain.cost + 1),
                    ]
                else:
                    found.append(replace(plain, rows=reading.rows, cols=reading.cols))
            else:
                found.append(replace(plain, rows=reading.rows + reading.cols, cols=ref.axes))
        return found

    def variable(self, wrt: Node) -> tuple[Ref, tuple[Index, ...], Index | None]:
        """What a derivative is taken by: a quantity, or an entry of it, or the copy of it that one step uses."""
        node = wrt
        follows = None
        if isinstance(node, Product) and len(node.factors) == 2:
            node, follows = node.factors
        name = self.names.read(node, follows, self.here)
        if name is None or name.operations:
            raise ReadError("a derivative by an expression", wrt.span)
        known = self.known.get(self.standing.get(name.name, self.key(name)))
        if known is None:
            raise Unexplained(name.name, wrt.span)
        term = self.quantity(name, known, wrt.span).term
        if isinstance(term, Entry) and isinstance(term.of, Ref):
            if any(pick is None for pick in term.picks):
                raise ReadError("a derivative by a part of an array", wrt.span)
            return term.of, tuple(pick for pick in term.picks if pick is not None), None
        if not isinstance(term, Ref):
            raise ReadError("a derivative by a number", wrt.span)
        step = self.split(self.here, name)[1].get("step")
        if step is None or not self.is_copy(known, "step", step):
            return term, (), None
        for letter_name in step.names - {"T"}:
            self.chained.setdefault(letter_name, "step")
        return term, (), step

    # Cases and matrices

    def cases(self, branches: tuple[tuple[Node, Node | None], ...], scope: Scope) -> list[Typed]:
        return [conditions.cases(self, [(self.read(value, scope)[0], condition) for value, condition in branches])]

    def matrix(self, rows: tuple[tuple[Node, ...], ...], scope: Scope) -> list[Typed]:
        """Rows of blocks, or of numbers."""
        cells = [[self.read(cell, scope)[0] for cell in row] for row in rows]
        if len(cells) == 1 and len(cells[0]) == 1:
            return [cells[0][0]]
        flat = [cell for row in cells for cell in row]
        if all(cell.is_scalar for cell in flat):
            height, width = (Index(len(cells)),), (Index(len(cells[0])),)
            if len(cells[0]) == 1:
                term = self.built(Join(tuple(_lifted(cell.term) for cell in flat), 0), height)
                return [joined(term, height, (), *flat)]
            if len(cells) == 1:
                return [
                    joined(self.built(Join(tuple(_lifted(cell.term) for cell in flat), 0), width), (), width, *flat)
                ]
            rows_of = [Join(tuple(_lifted(cell.term) for cell in row), 0) for row in cells]
            term = self.built(Join(tuple(_row(row) for row in rows_of), 0), height + width)
            return [joined(term, height, width, *flat)]
        if len(cells[0]) == 1 and all(cell.rows and not cell.cols for cell in flat):
            term = Join(tuple(cell.term for cell in flat), 0)
            return [_of_blocks(joined(term, term.axes, (), *flat))]
        if len(cells[0]) == 1 and all(cell.cols and not cell.rows for cell in flat):
            term = Join(tuple(_row(cell.term) for cell in flat), 0)
            return [_of_blocks(joined(term, term.axes[:1], term.axes[1:], *flat))]
        raise Misfit("these blocks cannot be joined")


def is_transpose(script: Node | None) -> bool:
    """Whether a superscript says that an expression is transposed."""
    return isinstance(script, Symbol) and script.name in ("T", "top", "intercal")


def _of_blocks(reading: Typed) -> Typed:
    """A matrix of blocks, where one of numbers is meant sooner."""
    return replace(reading, cost=reading.cost + BLOCKS)


def spelling(name: Name) -> str:
    """A name with its indices as they are written: a function may be another one in each layer."""
    return name.name + "".join(f"[{slot.index}]" for slot in name.slots)


def _lifted(term: Term) -> Term:
    return Einsum((term, Ones((Index(1),))), ("", "a"), "a")


def _row(term: Term) -> Term:
    return Einsum((Ones((Index(1),)), term), ("a", "b"), "ab")


def variants(term: Term, choices: dict[Derivative, str]) -> Term:
    """The term with some of its derivatives read otherwise."""
    return replaced(term, {d: replace(d, through=through) for d, through in choices.items()})


__all__ = ["DIAGONAL", "Add", "Elaborator", "Known", "Opaque", "Open", "Scope", "Unexplained", "opened", "variants"]
