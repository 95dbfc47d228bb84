"""The value of a term at a point: what one side of a claim is, under a reading and over a field."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache

import sympy
from sympy import Expr

from derive.algebra.array import slot
from derive.algebra.entries import SYMBOLIC
from derive.algebra.evaluate import apply_rule, softmax
from derive.algebra.values import Network
from derive.check import terms
from derive.check.page import OutOfRange, Page, Point, Reading, Scope
from derive.check.quantities import Quantities
from derive.check.ranges import DOWN, EMPTY, LAST, ONE, OPEN, OUTSIDE, direction, within
from derive.check.shapes import Shapes
from derive.check.tensor import Axis, ShapeMismatch, Tensor, chain, make, number, select, sum_out, vanishing
from derive.check.terms import Index, Term
from derive.kernel.field import Entries, Field, Undecidable
from derive.reading.tree import Node

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
        network = self.derivatives or self.point.network
        self.quantities = Quantities(self.page, self.point, network, self.target_unit)
        self.shapes = Shapes(self.page, network.sizes, self.target_unit)
        self.algebra = self.page.algebra
        self.base = network.field
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
                return number(over, sympy.Integer(self.point.at(index, scope)))
            case terms.Ref():
                return self.quantities.reference(term, scope, over)
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
                return self.multiply((above, inverse), ("",), scope, over)
            case terms.Pow(_, base, exponent):
                power = sympy.Rational(exponent.numerator, exponent.denominator)
                inner = self.value(base, scope, over)
                return self.algebra.power(inner, lambda entry: over.power(entry, power), power, over)
            case terms.Apply(_, function, argument, order):
                return self.apply(function, argument, order, scope, over)
            case terms.Deriv(_, _, _, direct):
                if direct is None:  # within a quantity of the notes' own places are those of another block
                    direct = not scope.stack and term.span in self.reading.direct
                return self.quantities.derivative(term, direct, scope, over)
            case terms.Change():
                return self.quantities.change(term, scope, over)
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
                return self.value(body, scope.bind(letter, self.point.at(index, scope)), over)
            case terms.Truth():
                return number(over, sympy.Integer(int(self.point.holds(term, scope))))
            case terms.Choice(_, branches):
                for branch, condition in branches:
                    if condition is None or self.point.holds(condition, scope):
                        return self.value(branch, scope, over)
                raise OutOfRange("no branch of the cases applies")
            case terms.Grid(_, rows):
                return self.grid(rows, scope, over)
        raise Undecidable(f"{type(term).__name__} is outside what the check knows")

    def own(self, key: Node, indices: tuple[Index, ...], scope: Scope, over: Field) -> Tensor:
        letters, body = self.page.own[key]
        if key in scope.stack or len(scope.stack) > 16:
            raise Undecidable("a quantity defined by itself")
        bound = {letter: self.point.at(index, scope) for letter, index in zip(letters, indices, strict=True)}
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
            raise ShapeMismatch(f"{len(indices)} {'index' if len(indices) == 1 else 'indices'} on {inner.shape}")
        for index in indices:
            inner = select(inner, 0, self.point.at(index, scope) - 1)
        return inner

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
                others = [self.shapes.labels(f) for k, f in enumerate(factors) if k != i]
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
        lower, upper = self.range(term, scope)
        low, high = self.point.at(lower, scope), self.point.at(upper, scope)
        if high > self.point.steps and self.shapes.extent(term.body, term.letter) is None:
            raise scope.missing(f"step {high}", [upper])
        if high - low >= MAX_FOLD:
            raise Undecidable(f"a sum or product over {high - low + 1} values")
        inside = scope._replace(around=within(scope.around, term.letter, lower, upper))
        values = [self.value(term.body, inside.bind(term.letter, i), over) for i in range(low, high + 1)]
        if term.op == "sum":
            alive = [value for value in values if not value.vanishes]
            if not alive:
                return vanishing(over)
            return alive[0] if len(alive) == 1 else self.algebra.add(alive, over)
        if not values:
            nowhere = scope.missing(f"a product from {low} to {high}", [lower, upper])
            if high < low - 1 and not nowhere.summed:  # in a sum it is empty, as everywhere in mathematics
                raise nowhere
            return replace(number(over, sympy.S.One), unit=True)
        values.reverse()
        linked = chain(values, over)
        if len(linked) == 1:
            return linked[0]
        return self.algebra.multiply(linked, ("",) * (len(linked) - 1), None, over)

    def range(self, term: terms.Fold, scope: Scope) -> tuple[Index, Index]:
        """The lowest and the highest value of a bound letter: as written, else over all steps, or all entries for the
        index of a component."""
        assert term.letter is not None
        lower = term.lower if term.lower is not None else ONE
        if term.upper is None:
            return lower, Index(self.shapes.extent(term.body, term.letter) or self.point.steps)
        way = direction(lower, term.upper, scope.around)
        if way == EMPTY:
            kind = "sum" if term.op == "sum" else "product"
            raise Undecidable(f"a {kind} from {lower} to {term.upper} is empty, or else runs down: write what it holds")
        runs_down = way == DOWN or (way == OPEN and self.reading.down)
        return (term.upper, lower) if runs_down else (lower, term.upper)

    def grid(self, rows: tuple[tuple[Term, ...], ...], scope: Scope, over: Field) -> Tensor:
        cells = [[self.value(cell, scope, over) for cell in row] for row in rows]
        if any(cell.axes for row in cells for cell in row):
            raise ShapeMismatch("a matrix of blocks")
        data = [cell.data[0] for row in cells for cell in row]
        return make((Axis("row"), Axis("column")), (len(rows), len(rows[0])), data)


@cache
def _rule(function: str, order: int) -> Expr:
    applied = SYMBOLIC.functions[function](slot(0))
    return applied.diff(slot(0)) if order else applied


_MINUS_ONE = Fraction(-1)
