"""The value of a term at a point, over any field.

Quantities are computed once for each index, in the order in which they need each other: a chain of a thousand steps is
no recursion. Derivatives are in `gradients.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import prod
from typing import Any

from derive.kernel import terms
from derive.kernel.field import Entries, Scalar, Scalars, Undecidable
from derive.kernel.functions import applied
from derive.kernel.index import Bound, Index, met
from derive.kernel.tensor import Shape, Tensor, added, block, bounded, contracted, filled, identity
from derive.kernel.terms import Axes, Quantity, System, Term

WORK = 50_000  # terms of sums and quantities that one claim may take
KEPT = (
    terms.Einsum,
    terms.Power,
    terms.Apply,
    terms.Fold,
    terms.Build,
    terms.Derivative,
)  # terms whose values are kept
ROOM = 20_000  # values that are kept
Instance = tuple[str, tuple[int, ...]]  # a quantity at indices


@dataclass
class Point:
    """A network with numbers in it.

    `sizes` are those of axes, of steps (T) and of widths (name, place); `given` makes the values that no equation
    defines. With `shifts` a size or step that stands as a number is its value plus a random scalar of its own: what
    then holds, holds whatever number it is (`clock` is the shift of all steps)."""

    system: System
    sizes: Mapping[Any, int]
    field: Scalars
    given: Callable[[Quantity, tuple[int, ...], Shape], Entries]
    shifts: Mapping[Any, Scalar] | None = None
    clock: Scalar = 0


class Values:
    """Values of terms at one point. `field` differs from the point's where the argument of a function is evaluated;
    `work` counts what was done since a claim was begun."""

    def __init__(self, point: Point, field: Scalars | None = None, base: Values | None = None) -> None:
        self.point = point
        self.field = field if field is not None else point.field
        self.base = base or self
        self.known: dict[Instance, Tensor] = {}
        self._values: dict[object, Tensor] = {}
        self._definitions: dict[Instance, tuple[Term, dict[Any, int]] | None] = {}
        self._needs: dict[Instance, tuple[Instance, ...]] = {}
        self.work = 0
        self._over: dict[int, Values] = {id(self.field): self}

    def over(self, field: Scalars) -> Values:
        """The same point over the field of a function's argument."""
        owner = self.base
        if id(field) not in owner._over:
            owner._over[id(field)] = type(self)(self.point, field, owner)
        return owner._over[id(field)]

    def shape(self, axes: Axes, bound: Bound) -> Shape:
        return bounded(tuple(axis.at(bound) for axis in axes))

    def bound(self, letters: Mapping[str, int]) -> dict[Any, int]:
        """Letters beside the sizes of the point."""
        return {**self.point.sizes, **letters}

    def key(self, term: Term, bound: Bound) -> object:
        """What fixes the value of a term."""
        return term, *map(bound.get, term.sorted_letters)

    def spend(self, count: int) -> None:
        """Count work. Raises Undecidable past the bound."""
        self.base.work += count
        if self.base.work > WORK:
            raise Undecidable("more work than a claim may take")

    # Quantities

    def instance(self, ref: terms.Ref, bound: Bound) -> Instance:
        return ref.name, tuple(index.at(bound) for index in ref.at)

    def definition(self, instance: Instance) -> tuple[Term, dict[Any, int]] | None:
        """The term that defines a quantity at its indices, and these; None where its value is given."""
        known = self.base._definitions
        if instance not in known:
            name, at = instance
            quantity = self.point.system[name]
            bound = self.bound(dict(zip(quantity.letters, at, strict=True)))
            met_by = (term for condition, term in quantity.cases if met(condition, bound))
            term = next(met_by, None)
            known[instance] = None if term is None else (term, bound)
        return known[instance]

    def needs(self, instance: Instance) -> tuple[Instance, ...]:
        """The quantities that its definition reads, each once, in the order in which it does."""
        known = self.base._needs
        if instance not in known:
            definition = self.definition(instance)
            known[instance] = () if definition is None else tuple(dict.fromkeys(self.reads(*definition)))
        return known[instance]

    def quantity(self, instance: Instance) -> Tensor:
        """The value of a quantity. Raises Undecidable for one that is defined by itself."""
        if instance not in self.known:
            for inner in self.order([instance], lambda i: i not in self.known):
                self.known[inner] = self._compute(inner)
        return self.known[instance]

    def order(self, wanted: list[Instance], expand: Callable[[Instance], bool]) -> list[Instance]:
        """What is needed for `wanted`, each after what it reads; only what `expand` says is looked into, or listed."""
        done: dict[Instance, bool] = {}  # False while what it reads is not yet done
        found: list[Instance] = []
        stack = [i for i in wanted if expand(i)]
        while stack:
            top = stack[-1]
            if top in done:
                stack.pop()
                if not done[top]:
                    done[top] = True
                    found.append(top)
                continue
            done[top] = False
            self.spend(1)
            for inner in self.needs(top):
                if inner in done:
                    if not done[inner]:
                        raise Undecidable(f"{inner[0]} is defined by itself")
                elif expand(inner):
                    stack.append(inner)
        return found

    def reads(self, term: Term, bound: Bound) -> Iterator[Instance]:
        """The quantities that a term reads."""
        match term:
            case terms.Ref():
                yield self.instance(term, bound)
            case terms.Fold():
                for value in self.range(term, bound):
                    yield from self.reads(term.body, {**bound, term.letter: value})
            case terms.Build(letter, extent, body):
                for place in range(1, extent.at(bound) + 1):
                    yield from self.reads(body, {**bound, letter: place})
            case terms.Choice():
                yield from self.reads(self.branch(term, bound), bound)
            case terms.Derivative():
                yield from self.reads(term.of, bound)
            case _:
                for part in term.parts:
                    yield from self.reads(part, bound)

    def range(self, fold: terms.Fold, bound: Bound) -> range:
        low, high = fold.low.at(bound), fold.high.at(bound)
        self.spend(max(0, high - low + 1))
        return range(low, high + 1)

    def branch(self, choice: terms.Choice, bound: Bound) -> Term:
        for condition, term in choice.branches:
            if met(condition, bound):
                return term
        raise Undecidable("no case applies")

    def _compute(self, instance: Instance) -> Tensor:
        definition = self.definition(instance)
        if self.base is not self and (definition is None or not _taken_apart(definition[0])):
            value = self.base.quantity(instance)
            return Tensor(value.shape, [self.field.single(entry) for entry in value.data])
        quantity = self.point.system[instance[0]]
        shape = self.shape(quantity.axes, self.bound(dict(zip(quantity.letters, instance[1], strict=True))))
        if definition is None:
            return Tensor(shape, self.point.given(quantity, instance[1], shape))
        value = self.value(*definition)
        if value.shape != shape:
            raise Undecidable(f"{quantity.name} is defined with the shape {value.shape} and not {shape}")
        return value

    # Terms

    def value(self, term: Term, bound: Bound) -> Tensor:
        """The value of a term. Raises Undecidable."""
        if not isinstance(term, KEPT):
            return self._evaluated(term, bound)
        key = self.key(term, bound)
        if key not in self._values:
            if len(self._values) > ROOM:
                self._values.clear()
            self._values[key] = self._evaluated(term, bound)
        return self._values[key]

    def _evaluated(self, term: Term, bound: Bound) -> Tensor:
        field = self.field
        match term:
            case terms.Number(value):
                return Tensor((), [field.number(value)])
            case terms.Numeral(index):
                return Tensor((), [self.numeral(index, bound)])
            case terms.Ref(name, _, extents):
                read = self.quantity(self.instance(term, bound))
                if read.shape != self.shape(extents, bound):
                    raise Undecidable(f"{name} has the shape {read.shape}")
                return read
            case terms.Entry(of, picks):
                return self.entry(self.value(of, bound), picks, bound)
            case terms.Add(parts):
                return added([self.value(part, bound) for part in parts], field)
            case terms.Einsum(operands, labels, out):
                return contracted([self.value(o, bound) for o in operands], list(labels), out, field)
            case terms.Power(of, exponent):
                base = self.value(of, bound)
                power = self.exponent(exponent, bound)
                return Tensor(base.shape, [field.power(entry, power) for entry in base.data])
            case terms.Apply(function, of, order, at):
                head = f"{function}{[index.at(bound) for index in at]}" if at else function
                entries = applied(head, order, lambda f: self.over(f).value(of, bound).data, field)
                return Tensor(self.shape(term.axes, bound), entries)
            case terms.Opaque(function, arguments, extents, by):
                seen = [self.value(argument, bound).data for argument in arguments]
                flat = [entry for entries in seen for entry in entries]
                outputs = range(prod(self.shape(extents, bound)))
                shape = self.shape(term.axes, bound)
                if by is None:
                    return Tensor(shape, [field.unknown(function, i, flat) for i in outputs])
                first = sum(len(entries) for entries in seen[:by])
                columns = range(first, first + len(seen[by]))
                return Tensor(shape, [field.unknown(function, i, flat, (k,)) for i in outputs for k in columns])
            case terms.Fold():
                return self.fold(term, bound)
            case terms.Build(letter, extent, body):
                places = range(1, self.shape((extent,), bound)[0] + 1)
                pieces = [self.value(body, {**bound, letter: place}).data for place in places]
                return Tensor(self.shape(term.axes, bound), [entry for piece in pieces for entry in piece])
            case terms.Choice():
                return self.value(self.branch(term, bound), bound)
            case terms.Indicator(condition):
                return Tensor((), [field.number(int(met(condition, bound)))])
            case terms.Identity(extent):
                return identity((extent.at(bound),), field)
            case terms.Ones(extents):
                return filled(self.shape(extents, bound), field.number(1))
            case terms.Join(pieces, axis):
                return self.join([self.value(piece, bound) for piece in pieces], axis)
            case terms.Slice(of, axis, start, stop):
                inner = self.value(of, bound)
                kept = block(inner.shape, axis, start.at(bound), stop.at(bound))
                return Tensor(self.shape(term.axes, bound), [inner.data[i] for i in kept])
            case terms.Derivative():
                inner = self.base.derivative(term, bound)
                return inner if self is self.base else Tensor(inner.shape, [field.single(e) for e in inner.data])
        raise Undecidable(f"{type(term).__name__} has no value")

    def derivative(self, term: terms.Derivative, bound: Bound) -> Tensor:
        """The value of a derivative."""
        raise Undecidable("a derivative")

    def numeral(self, index: Index, bound: Bound) -> Scalar:
        value = self.field.number(index.at(bound))
        if self.point.shifts is None:
            return value
        moved = [value]
        for letter, coefficient in index.letters:
            name = letter if isinstance(letter, str) else (letter.name, letter.at.at(bound))
            shift = self.field.single(self.point.shifts.get(name, self.point.clock))
            moved.append(self.field.mul((self.field.number(coefficient), shift)))
        return self.field.add(moved)

    def exponent(self, exponent: Fraction | Index, bound: Bound) -> Fraction:
        return Fraction(exponent.at(bound)) if isinstance(exponent, Index) else exponent

    def entry(self, inner: Tensor, picks: tuple[Index | None, ...], bound: Bound) -> Tensor:
        places, shape = self.places(inner.shape, picks, bound)
        return Tensor(shape, [inner.data[i] for i in places])

    def places(self, shape: Shape, picks: tuple[Index | None, ...], bound: Bound) -> tuple[list[int], Shape]:
        """Where the picked entries stand, and the shape that they have. Raises Undecidable for one that is missing."""
        places, kept = [0], list[int]()
        for size, pick in zip(shape, picks, strict=True):
            if pick is None:
                kept.append(size)
                places = [place * size + i for place in places for i in range(size)]
                continue
            number = pick.at(bound)
            if not 1 <= number <= size:
                raise Undecidable(f"entry {number} of {size}")
            places = [place * size + number - 1 for place in places]
        return places, tuple(kept)

    def fold(self, fold: terms.Fold, bound: Bound) -> Tensor:
        values = [self.value(fold.body, {**bound, fold.letter: i}) for i in self.range(fold, bound)]
        shape = self.shape(fold.axes, bound)
        n = fold.rows
        if n and not values and shape[:n] != shape[n:]:
            raise Undecidable("an empty product of matrices that are not square")
        if not values:
            if n:
                return identity(shape[:n], self.field)
            return filled(shape, self.field.number(int(fold.op == "prod")))
        if fold.op == "sum":
            return added(values, self.field)
        return reduce(self.product, reversed(values) if fold.falling else values)

    def product(self, left: Tensor, right: Tensor) -> Tensor:
        """Of two factors of a Π: of matrices the matrix product, else entry by entry."""
        rank = len(left.shape)
        n = terms.row_axes(rank)
        rows, middle, cols = terms.LABELS[:n], terms.LABELS[n:rank], terms.LABELS[rank : rank + n]
        names, out = ([rows + middle, middle + cols], rows + cols) if n else ([middle, middle], middle)
        return contracted([left, right], names, out, self.field)

    def join(self, pieces: list[Tensor], axis: int) -> Tensor:
        shape = pieces[0].shape
        data: Entries = []
        for row in range(prod(shape[:axis])):
            for piece in pieces:
                width = prod(piece.shape[axis:])
                data += piece.data[row * width : (row + 1) * width]
        total = sum(piece.shape[axis] for piece in pieces)
        return Tensor((*shape[:axis], total, *shape[axis + 1 :]), data)


def _taken_apart(term: Term) -> bool:
    """Whether a term is built of what an exponent or a logarithm takes apart: sums, products, powers, exp and log."""
    match term:
        case terms.Fold(op):
            if op != "sum":
                return False
        case terms.Apply(function, _, order):
            if order or function not in ("exp", "log", "softplus"):
                return False
        case terms.Derivative() | terms.Opaque():
            return False
    return all(_taken_apart(part) for part in term.parts)
