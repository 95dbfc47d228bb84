"""The value of a term at a point: what one side of a claim is, under a reading and over a field."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache

import sympy
from sympy import Expr

from derive.array import Parameter, Value, slot
from derive.check import terms
from derive.check.jacobians import jacobian
from derive.check.page import NotApplicable, OutOfRange, Page, Point, Reading, Scope
from derive.check.ranges import DOWN, EMPTY, LAST, ONE, OPEN, OUTSIDE, UP, direction, within
from derive.check.tensor import (
    Axis,
    ShapeMismatch,
    Tensor,
    chain,
    chained,
    make,
    number,
    select,
    sum_out,
    vanishing,
)
from derive.check.terms import Index, Term
from derive.entries import SYMBOLIC
from derive.evaluate import Entries, Field, apply_rule, softmax
from derive.exact import Factors, Terms, Undecidable
from derive.pullback import Leaf
from derive.reading.tree import Node
from derive.values import Network

Found = dict[tuple[object, ...], tuple[Term, Tensor, bool]]
MAX_FOLD = 64
MAX_WORK = 5_000


@dataclass
class Meaning:
    """Evaluates terms at a point under a reading. With `target_unit`, arrays with an output axis are their target
    row."""

    page: Page
    point: Point
    reading: Reading
    target_unit: bool = False
    derivatives: Network | None = None
    # what was found at this point under any reading, by the identity of a term, which the entry keeps alive
    found: Found = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.network = self.derivatives or self.point.network
        self.algebra = self.page.algebra
        self.base = self.network.field
        self._labels: dict[int, tuple[Term, frozenset[str]]] = {}
        self._readings: dict[int, tuple[Term, Reading]] = {}
        self.work = 0  # evaluations since the last comparison began
        self.rescued = False  # whether something that does not exist was multiplied by an adjoint that vanishes

    def value(self, term: Term, scope: Scope, over: Field | None = None) -> Tensor:
        """The tensor of a term. Raises OutOfRange, ShapeMismatch, Undecidable or NotApplicable."""
        over = over or self.base
        where = (tuple(scope.bound.items()), scope.step, scope.keep, scope.around, bool(scope.stack))
        key = (id(term), self.read(term), id(over), where)
        if key not in self.found:
            self.work += 1
            if self.work > MAX_WORK:
                raise Undecidable("it has too many terms to evaluate")
            before, self.rescued = self.rescued, False
            self.found[key] = term, self._value(term, scope, over), self.rescued
            self.rescued = before
        self.rescued = self.rescued or self.found[key][2]
        return self.found[key][1]

    def read(self, term: Term) -> Reading:
        """The reading as far as it concerns a term."""
        if id(term) not in self._readings:
            inside = frozenset(part.span for part in term.derivatives)
            self._readings[id(term)] = term, replace(self.reading, direct=self.reading.direct & inside)
        return self._readings[id(term)][1]

    def _value(self, term: Term, scope: Scope, over: Field) -> Tensor:
        match term:
            case terms.Num(_, value) if value == 0:
                return vanishing(over)
            case terms.Num(_, value):
                return number(over, sympy.Rational(value.numerator, value.denominator))
            case terms.IndexNum(_, index):
                return number(over, sympy.Integer(self.at(index, scope)))
            case terms.Ref():
                return self.reference(term, scope, over)
            case terms.Own(_, key, indices):
                return self.own(key, indices, scope, over)
            case terms.Component(_, of, indices):
                return self.component(term, of, indices, scope, over)
            case terms.Add(_, parts, signs):
                return self.add(parts, signs, scope, over)
            case terms.Mul(_, factors, ops):
                return self.multiply(factors, ops, scope, over)
            case terms.Div(_, above, under):
                inverse = terms.Pow(under.span, under, _MINUS_ONE)
                entrywise = "odot" if self.page.notation != "scalar" else ""
                return self.multiply((above, inverse), (entrywise,), scope, over)
            case terms.Pow(_, base, exponent):
                power = sympy.Rational(exponent.numerator, exponent.denominator)
                inner = self.value(base, scope, over)
                return self.algebra.power(inner, lambda entry: over.power(entry, power), power, over)
            case terms.Apply(_, function, argument, order):
                return self.apply(function, argument, order, scope, over)
            case terms.Deriv():
                return self.derivative(term, scope, over)
            case terms.Change(_, parameter):
                gradient = jacobian(
                    self.page, self.network, None, self.page.leaf(terms.Ref(term.span, parameter), None), False
                )
                eta = over.mul([over.number(sympy.S.NegativeOne), self.rate(over)])
                scaled = self.lift(gradient, over)
                return self.sliced(replace(scaled, data=[over.mul((eta, g)) for g in scaled.data]), scope, None)
            case terms.Flip(_, of):
                return self.algebra.flip(self.value(of, scope._replace(keep=None), over))
            case terms.Diagonal(_, of):
                return self.algebra.diagonal(self.value(of, scope, over), over)
            case terms.SquaredNorm(_, of):
                vector = self.value(of, scope._replace(keep=None), over)
                if len(vector.axes) > 1:
                    raise Undecidable("the norm of a matrix is outside what the check knows")
                return Tensor((), (), [over.dot(vector.data, vector.data)])
            case terms.Fold():
                return self.fold(term, scope, over)
            case terms.Bind(_, letter, index, body):
                return self.value(body, self.bind(scope, letter, self.at(index, scope)), over)
            case terms.Truth():
                return number(over, sympy.Integer(int(self.holds(term, scope))))
            case terms.Choice(_, branches):
                for branch, condition in branches:
                    if condition is None or self.holds(condition, scope):
                        return self.value(branch, scope, over)
                raise OutOfRange("no branch of the cases applies")
            case terms.Grid(_, rows):
                return self.grid(rows, scope, over)
        raise Undecidable(f"{type(term).__name__} is outside what the check knows")

    # Indices

    def at(self, index: Index, scope: Scope) -> int:
        try:
            return index.at({**scope.bound, "T": self.point.steps}, self.network.sizes)
        except KeyError as error:
            raise Undecidable(f"nothing says what {error.args[0]} is") from None

    def bind(self, scope: Scope, letter: str, value: int) -> Scope:
        return scope._replace(bound={**scope.bound, letter: value}, step=value if scope.step is None else scope.step)

    def missing(self, what: str, indices: Iterable[Index | None], scope: Scope) -> OutOfRange:
        """The error for a step, given by these indices, that does not exist."""
        return OutOfRange(what, any(index is not None and index.names & scope.around.letters for index in indices))

    def holds(self, truth: terms.Truth, scope: Scope) -> bool:
        left, right = self.at(truth.left, scope), self.at(truth.right, scope)
        relations = {
            "=": left == right,
            "ne": left != right,
            "lt": left < right,
            "le": left <= right,
            "gt": left > right,
            "ge": left >= right,
        }
        if truth.op not in relations:
            raise Undecidable(f"the relation {truth.op} between indices")
        return relations[truth.op]

    # Leaves

    def leaf(self, ref: terms.Ref, scope: Scope) -> Leaf:
        """The named array; its step must exist."""
        step = self.at(ref.step, scope) if ref.step is not None else None
        leaf = self.page.leaf(ref, step)
        if step is not None and not 1 <= step <= self.point.steps and not (step == 0 and ref.name in self.page.states):
            raise self.missing(f"{ref.name}({step})", [ref.step], scope)
        return leaf

    def reference(self, ref: terms.Ref, scope: Scope, over: Field) -> Tensor:
        if ref.name == "eta":
            return Tensor((), (), [self.rate(over)])
        if ref.name == "loss":
            total = [over.add([self.point.network.leaf(loss, over)[0] for loss in self.point.network.graph.losses])]
            return Tensor((), (), [over.mul((over.number(self.page.scale(self.point.steps)), total[0]))])
        leaf = self.leaf(ref, scope)
        tensor = self.point.tensors.get(leaf) if over is self.base else None
        if tensor is None:
            plain = [Axis(label) for label in self.page.axes[ref.name]]
            sizes = [self.network.sizes[dimension] for dimension in leaf.shape]
            tensor = make(plain, sizes, self.point.network.leaf(leaf, over))
            if over is self.base:
                self.point.tensors[leaf] = tensor
        if self.page.layout == "row" and len(tensor.axes) == 1:
            tensor = replace(tensor, row=True)
        return self.sliced(tensor, scope, int(leaf.step) if isinstance(leaf, Value) else None)

    def sliced(self, tensor: Tensor, scope: Scope, step: int | None) -> Tensor:
        """Under target-unit, the target's entry or row at `step` (at the scope's step for a parameter)."""
        if not self.target_unit or self.page.output is None:
            return tensor
        for position, axis in enumerate(tensor.axes):
            if axis.label == self.page.output:
                own = int(axis.var.step) if isinstance(axis.var, Value) else step
                at = own if own is not None else scope.step
                if at is None:
                    unit = set(self.point.targets.values())
                    if len(unit) > 1:
                        raise NotApplicable("no step tells which row is the target's")
                    return self.sliced(select(tensor, position, unit.pop()), scope, step)
                if at not in self.point.targets:
                    raise OutOfRange(f"the target at step {at}")
                return self.sliced(select(tensor, position, self.point.targets[at]), scope, step)
        return tensor

    def rate(self, over: Field) -> object:
        eta = Parameter((), "eta")
        return self.lift_entries(self.point.network.given(eta), over)[0]

    def lift(self, tensor: Tensor, over: Field) -> Tensor:
        return replace(tensor, data=self.lift_entries(tensor.data, over))

    def lift_entries(self, entries: Entries, over: Field) -> Entries:
        """Values of the base field in the form that exponents and logarithms take."""
        if isinstance(over, Terms | Factors) and over is not self.base:
            return [over.single(entry) for entry in entries]
        return entries

    def own(self, key: Node, indices: tuple[Index, ...], scope: Scope, over: Field) -> Tensor:
        letters, body = self.page.own[key]
        if key in scope.stack or len(scope.stack) > 16:
            raise Undecidable("a quantity defined by itself")
        bound = {letter: self.at(index, scope) for letter, index in zip(letters, indices, strict=True)}
        step = next(iter(bound.values()), scope.step)
        around = OUTSIDE
        for letter, index in zip(letters, indices, strict=True):
            if index.names & scope.around.letters:
                around = within(around, letter, ONE, LAST)
        inner = Scope(bound, step, None, (*scope.stack, key), around)
        return self.value(body, inner, over)

    def component(self, term: Term, of: Term, indices: tuple[Index, ...], scope: Scope, over: Field) -> Tensor:
        inner = self.value(of, scope._replace(keep=None), over)
        if inner.vanishes:
            return inner
        if len(indices) > len(inner.axes):
            raise ShapeMismatch(f"{len(indices)} indices on {inner.shape}")
        for index in indices:
            inner = select(inner, 0, self.at(index, scope) - 1)
        return inner

    # Arithmetic

    def add(self, parts: tuple[Term, ...], signs: tuple[int, ...], scope: Scope, over: Field) -> Tensor:
        minus = over.number(sympy.S.NegativeOne)
        found = []
        for part, sign in zip(parts, signs, strict=True):
            tensor = self.value(part, scope, over)
            if sign < 0:
                tensor = replace(tensor, data=[over.mul((minus, entry)) for entry in tensor.data])
            found.append(tensor)
        alive = [tensor for tensor in found if not tensor.vanishes]
        if len(alive) < 2:
            return alive[0] if alive else found[0]
        return self.algebra.add(alive, over)

    def multiply(self, factors: tuple[Term, ...], ops: tuple[str, ...], scope: Scope, over: Field) -> Tensor:
        tensors: list[Tensor] = []
        missing: OutOfRange | None = None
        for i, factor in enumerate(factors):
            inner = scope
            if scope.keep is not None and len(factors) > 1:
                others = [self.labels(f) for k, f in enumerate(factors) if k != i]
                inner = scope._replace(keep=scope.keep.union(*others))
            try:
                tensors.append(self.value(factor, inner, over))
            except OutOfRange as error:
                missing = error if missing is None or missing.summed else missing
        if any(tensor.vanishes for tensor in tensors):  # an adjoint past the last step: whatever multiplies it
            self.rescued = self.rescued or missing is not None
            return vanishing(over)
        if missing is not None:
            raise missing
        if len(tensors) == 1:
            return tensors[0]
        return self.algebra.multiply(tensors, ops, scope.keep, over)

    def labels(self, term: Term) -> frozenset[str]:
        """The axes that a term may have, whatever is summed inside it, and the variables of its Jacobians."""
        if id(term) not in self._labels:
            self._labels[id(term)] = term, self._find_labels(term)
        return self._labels[id(term)][1]

    def _find_labels(self, term: Term) -> frozenset[str]:
        if isinstance(term, terms.Ref) and term.name in self.page.axes:
            own = frozenset(self.page.axes[term.name])
            return own - {self.page.output} if self.target_unit and self.page.output else own
        if isinstance(term, terms.Own):
            return self.labels(self.page.own[term.key][1])
        if isinstance(term, terms.Change):
            return frozenset(self.page.axes[term.parameter])
        if isinstance(term, terms.SquaredNorm) or (isinstance(term, terms.Fold) and term.letter is None):
            return frozenset()
        inside = frozenset[str]().union(*(self.labels(child) for child in term.children))
        if isinstance(term, terms.Deriv):
            variables = {chained(part.name) for part in terms.walk(term) if isinstance(part, terms.Ref)}
            return inside | {label + "'" for label in inside} | variables
        return inside

    def apply(self, function: str, argument: Term, order: int, scope: Scope, over: Field) -> Tensor:
        if function == "softmax":
            if order:
                raise Undecidable("softmax' of a vector: write its Jacobian out")
            inner = self.value(argument, scope, over.argument("exp"))
            return replace(inner, data=softmax(over, inner.data))
        rule = _rule(function, order)
        shape = self.value(argument, scope, self.base)
        columns: dict[int, Entries] = {id(self.base): shape.data}

        def read(_: int, inner: Field) -> Entries:
            if id(inner) not in columns:
                columns[id(inner)] = self.value(argument, scope, inner).data
            return columns[id(inner)]

        return replace(shape, data=apply_rule(rule, len(shape.data), read, over))

    def fold(self, term: terms.Fold, scope: Scope, over: Field) -> Tensor:
        if term.letter is None:
            body = self.value(term.body, scope._replace(keep=None), over)
            if term.op == "prod":
                return Tensor((), (), [over.mul(body.data)])
            return sum_out(body, lambda i: True, over)
        (lower, upper), way = self.range(term, scope)
        low, high = self.at(lower, scope), self.at(upper, scope)
        if high > self.point.steps and self.extent(term.body, term.letter) is None:
            raise self.missing(f"step {high}", [upper], scope)
        if high - low >= MAX_FOLD:
            raise Undecidable(f"a sum or product over {high - low + 1} values")
        inside = scope._replace(around=within(scope.around, term.letter, lower, upper))
        values = [self.value(term.body, self.bind(inside, term.letter, i), over) for i in range(low, high + 1)]
        if term.op == "sum":
            alive = [value for value in values if not value.vanishes]
            if not alive:
                return vanishing(over)
            return alive[0] if len(alive) == 1 else self.algebra.add(alive, over)
        if not values:
            nowhere = self.missing(f"a product from {low} to {high}", [lower, upper], scope)
            if high < low - 1 and not nowhere.summed:  # in a sum it is empty, as everywhere in mathematics
                raise nowhere
            return replace(number(over, sympy.S.One), unit=True)
        if way == DOWN or not self.reading.ascending:
            values.reverse()
        linked = chain(values, over)
        if len(linked) == 1:
            return linked[0]
        return self.algebra.multiply(linked, ("",) * (len(linked) - 1), None, over)

    def range(self, term: terms.Fold, scope: Scope) -> tuple[tuple[Index, Index], str]:
        """The lowest and the highest value of a bound letter, and which way it runs: as written, else over all steps,
        or all entries for the index of a component."""
        assert term.letter is not None
        lower = term.lower if term.lower is not None else ONE
        if term.upper is None:
            return (lower, Index(self.extent(term.body, term.letter) or self.point.steps)), UP
        way = direction(lower, term.upper, scope.around)
        if way == EMPTY:
            kind = "sum" if term.op == "sum" else "product"
            raise Undecidable(f"a {kind} from {lower} to {term.upper} is empty, or else runs down: write what it holds")
        if way == OPEN:
            way = DOWN if self.reading.down else UP
        return ((term.upper, lower) if way == DOWN else (lower, term.upper)), way

    def extent(self, term: Term, letter: str) -> int | None:
        """How many entries the axis has that a letter runs over, where it indexes components."""
        for part in terms.walk(term):
            if isinstance(part, terms.Component):
                for position, index in enumerate(part.indices):
                    if letter in index.names:
                        return self.axis_extent(part.of, position)
            if isinstance(part, terms.Own):
                letters, body = self.page.own[part.key]
                for own, index in zip(letters, part.indices, strict=True):
                    if letter in index.names and (found := self.extent(body, own)) is not None:
                        return found
        return None

    def axis_extent(self, of: Term, position: int) -> int | None:
        if isinstance(of, terms.Own):
            return self.axis_extent(self.page.own[of.key][1], position)
        if isinstance(of, terms.Flip):
            return self.axis_extent(of.of, 1 - position)
        if isinstance(of, terms.Deriv):
            first = self.shape(of.of)
            return first[position] if position < len(first) else self.axis_extent(of.wrt, position - len(first))
        shape = self.shape(of)
        return shape[position] if position < len(shape) else None

    def shape(self, term: Term) -> list[int]:
        if isinstance(term, terms.Ref) and term.is_array:
            leaf = self.page.leaf(term, None if term.step is None else 1)
            return [self.network.sizes[dimension] for dimension in leaf.shape]
        for child in term.children:
            if found := self.shape(child):
                return found
        return []

    def grid(self, rows: tuple[tuple[Term, ...], ...], scope: Scope, over: Field) -> Tensor:
        cells = [[self.value(cell, scope, over) for cell in row] for row in rows]
        if any(cell.axes for row in cells for cell in row):
            raise ShapeMismatch("a matrix of blocks")
        data = [cell.data[0] for row in cells for cell in row]
        return make((Axis("row"), Axis("column")), (len(rows), len(rows[0])), data)

    # Derivatives

    def derivative(self, term: terms.Deriv, scope: Scope, over: Field) -> Tensor:
        of, of_indices = _peeled(term.of)
        wrt, wrt_indices = _peeled(term.wrt)
        if not isinstance(wrt, terms.Ref) or not wrt.is_array:
            raise Undecidable("a derivative with respect to what is no array of the network")
        if not isinstance(of, terms.Ref) or of.name == "eta":
            raise Undecidable("the derivative of what is no quantity of the network")
        if self.past(of, wrt, scope):
            return vanishing(over)
        variable = self.leaf(wrt, scope)
        value = None if of.name == "loss" else self.leaf(of, scope)
        if isinstance(value, Parameter) or (isinstance(value, Value) and value.name in self.page.inputs):
            raise Undecidable("the derivative of something given")
        direct = term.direct
        if direct is None:  # within a quantity of the notes' own places are those of another block
            direct = not scope.stack and term.span in self.reading.direct
        if direct and isinstance(value, Value) and value != variable and not self.network.graph.defines(value):
            raise self.missing(f"the equation of {value.name}({value.step})", [of.step], scope)
        tensor = self.lift(jacobian(self.page, self.network, value, variable, direct), over)
        for index, role in [*((i, "of") for i in of_indices), *((i, "wrt") for i in wrt_indices)]:
            position = next((i for i, axis in enumerate(tensor.axes) if axis.role == role), None)
            if position is None:
                raise ShapeMismatch("more indices than axes")
            tensor = select(tensor, position, self.at(index, scope) - 1)
        tensor = self.sliced(tensor, scope, None)
        if self.page.layout == "row" and len(tensor.axes) == 1 and tensor.axes[0].role == "wrt":
            tensor = replace(tensor, row=True)
        return tensor

    def past(self, of: terms.Ref, wrt: terms.Ref, scope: Scope) -> bool:
        """Whether this is the adjoint of a value past the last step, which is zero."""
        scalar_loss = of.name in ("loss", self.page.model.loss.name)
        after = wrt.step is not None and self.at(wrt.step, scope) > self.point.steps
        return scalar_loss and after and self.at(wrt.step, scope) == self.point.steps + 1  # type: ignore[arg-type]


def _peeled(term: Term) -> tuple[Term, tuple[Index, ...]]:
    return (term.of, term.indices) if isinstance(term, terms.Component) else (term, ())


@cache
def _rule(function: str, order: int) -> Expr:
    applied = SYMBOLIC.functions[function](slot(0))
    return applied.diff(slot(0)) if order else applied


_MINUS_ONE = Fraction(-1)
