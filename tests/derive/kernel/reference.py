"""A second evaluator of the kernel's terms, slow and plain: NumPy arrays, and derivatives by complex steps.

∂f/∂x is the imaginary part of f(x + ih)/h (Squire and Trapp 1998): x is moved, and everything that the derivative
follows is computed again from it. Of the kernel it reads the classes of terms and nothing else. A function of which
nothing is known is a sine of a weighted sum.
"""

from collections.abc import Callable, Mapping
from functools import reduce
from random import Random
from typing import Any

import numpy as np

from derive.kernel import terms
from derive.kernel.index import Condition, Index, Width

Array = np.ndarray
Instance = tuple[str, tuple[int, ...]]
SMALL = 1e-30
OPERATORS: dict[str, Callable[[int, int], bool]] = {
    "=": int.__eq__,
    "ne": int.__ne__,
    "lt": int.__lt__,
    "le": int.__le__,
    "gt": int.__gt__,
    "ge": int.__ge__,
}


def sigmoid(u: Array) -> Array:
    return 1 / (1 + np.exp(-u))


def positive(u: Array) -> Array:
    return (np.real(u) > 0).astype(float)


FUNCTIONS: dict[str, tuple[Callable[[Array], Array], ...]] = {  # with their first and second derivatives
    "tanh": (np.tanh, lambda u: 1 / np.cosh(u) ** 2, lambda u: -2 * np.sinh(u) / np.cosh(u) ** 3),
    "sigmoid": (
        sigmoid,
        lambda u: np.exp(-u) / (1 + np.exp(-u)) ** 2,
        lambda u: np.exp(-u) * (np.exp(-u) - 1) / (1 + np.exp(-u)) ** 3,
    ),
    "exp": (np.exp, np.exp, np.exp),
    "log": (np.log, lambda u: 1 / u, lambda u: -1 / u**2),
    "softplus": (lambda u: np.log(1 + np.exp(u)), sigmoid, lambda u: sigmoid(u) * sigmoid(-u)),
    "relu": (lambda u: u * positive(u), positive, lambda u: 0 * u),
}


def wave(name: str, outputs: int, inputs: int) -> tuple[Array, Array]:
    """The weights and phases of a function of which nothing is known."""
    rows = [[Random(f"{name}{i},{k}").uniform(-1, 1) for k in range(inputs)] for i in range(outputs)]
    phases = [Random(f"{name}{i}").uniform(-1, 1) for i in range(outputs)]
    return np.array(rows).reshape(outputs, inputs), np.array(phases)


class Reference:
    """Values at real numbers. `given` makes what no equation defines."""

    def __init__(
        self,
        system: terms.System,
        sizes: Mapping[Any, int],
        given: Callable[[terms.Quantity, tuple[int, ...], tuple[int, ...]], Array],
    ) -> None:
        self.system, self.sizes, self.given = system, sizes, given
        self.known: dict[Instance, Array] = {}

    def index(self, index: Index, letters: Mapping[str, int]) -> int:
        total = index.constant
        for letter, coefficient in index.letters:
            if isinstance(letter, Width):
                total += coefficient * self.sizes[letter.name, self.index(letter.at, letters)]
            else:
                total += coefficient * (letters[letter] if letter in letters else self.sizes[letter])
        return total

    def met(self, condition: Condition, letters: Mapping[str, int]) -> bool:
        return all(OPERATORS[c.op](self.index(c.left, letters), self.index(c.right, letters)) for c in condition)

    def step(self, instance: Instance) -> int | None:
        place = self.system[instance[0]].step
        return None if place is None else instance[1][place]

    def read(self, instance: Instance, reader: Instance | None) -> Array:
        if instance not in self.known:
            self.known[instance] = self.computed(instance)
        return self.known[instance]

    def computed(self, instance: Instance) -> Array:
        quantity = self.system[instance[0]]
        letters = dict(zip(quantity.letters, instance[1], strict=True))
        for condition, term in quantity.cases:
            if self.met(condition, letters):
                return self.value(term, letters, instance)
        return self.given(quantity, instance[1], tuple(self.index(axis, letters) for axis in quantity.axes))

    def value(self, term: terms.Term, letters: Mapping[str, int], reader: Instance | None = None) -> Array:
        def inner(part: terms.Term, **more: int) -> Array:
            return self.value(part, {**letters, **more}, reader)

        def number(index: Index) -> int:
            return self.index(index, letters)

        match term:
            case terms.Number(value):
                return np.array(float(value))
            case terms.Numeral(index):
                return np.array(float(number(index)))
            case terms.Ref(name, at):
                return self.read((name, tuple(number(i) for i in at)), reader)
            case terms.Entry(of, picks):
                return inner(of)[tuple(slice(None) if pick is None else number(pick) - 1 for pick in picks)]
            case terms.Add(parts):
                return sum((inner(part) for part in parts[1:]), inner(parts[0]))
            case terms.Einsum(operands, labels, out):
                return np.einsum(",".join(labels) + "->" + out, *(inner(operand) for operand in operands))
            case terms.Power(of, exponent):
                n = number(exponent) if isinstance(exponent, Index) else exponent
                return inner(of) ** (int(n) if n == int(n) else float(n))
            case terms.Apply(function, of, order) if function in FUNCTIONS:
                return FUNCTIONS[function][order](inner(of))
            case terms.Apply(function, of, order):
                weights, phases = wave(function, 1, 1)
                return weights[0, 0] ** order * np.sin(weights[0, 0] * inner(of) + phases[0] + order * np.pi / 2)
            case terms.Opaque(function, arguments, extents, by):
                seen = [np.asarray(inner(argument)) for argument in arguments]
                flat = np.concatenate([array.ravel() for array in seen])
                shape = tuple(number(extent) for extent in extents)
                weights, phases = wave(function, int(np.prod(shape)), len(flat))
                if by is None:
                    return np.asarray(np.sin(weights @ flat + phases)).reshape(shape)
                first = sum(array.size for array in seen[:by])
                jacobian = np.cos(weights @ flat + phases)[:, None] * weights[:, first : first + seen[by].size]
                return jacobian.reshape(shape + seen[by].shape)
            case terms.Fold(op, letter, low, high, body, falling):
                values = [inner(body, **{letter: i}) for i in range(number(low), number(high) + 1)]
                shape = tuple(number(axis) for axis in term.axes)
                if op == "sum":
                    return sum(values, np.zeros(shape))
                if len(shape) % 2 or not shape:
                    return reduce(np.multiply, values, np.ones(shape))
                rows = shape[: len(shape) // 2]
                flat = [value.reshape(np.prod(value.shape[: len(rows)]), -1) for value in values]
                whole = reduce(np.matmul, flat[::-1] if falling else flat) if flat else np.eye(np.prod(rows))
                return whole.reshape(shape)
            case terms.Choice(branches):
                return inner(next(part for condition, part in branches if self.met(condition, letters)))
            case terms.Indicator(condition):
                return np.array(float(self.met(condition, letters)))
            case terms.Identity(extent):
                return np.eye(number(extent))
            case terms.Ones(extents):
                return np.ones(tuple(number(extent) for extent in extents))
            case terms.Join(pieces, axis):
                return np.concatenate([inner(piece) for piece in pieces], axis)
            case terms.Slice(of, axis, start, stop):
                return np.take(inner(of), range(number(start), number(stop)), axis)
            case terms.Derivative():
                return self.derivative(term, letters)
        raise TypeError(type(term))

    def derivative(self, term: terms.Derivative, letters: Mapping[str, int]) -> Array:
        target = (term.wrt.name, tuple(self.index(i, letters) for i in term.wrt.at))
        base = np.asarray(self.read(target, None))
        columns = []
        for place in np.ndindex(base.shape):
            moved = np.array(base, complex)
            moved[place] += 1j * SMALL
            value = Moved(self, term, letters, target, moved).value(term.of, letters)
            columns.append(np.asarray(np.imag(value) / SMALL))
        return np.stack(columns, -1).reshape(columns[0].shape + base.shape)


class Moved(Reference):
    """The same numbers, `target` moved to `value`, seen by what the derivative follows and held by all else."""

    def __init__(
        self, base: Reference, term: terms.Derivative, letters: Mapping[str, int], target: Instance, value: Array
    ) -> None:
        super().__init__(base.system, base.sizes, base.given)
        self.base, self.term, self.target, self.moved = base, term, target, value
        self.uses = None if term.uses is None else self.index(term.uses, letters)
        of = term.of
        while isinstance(of, terms.Entry):
            of = of.of
        self.own = (of.name, tuple(self.index(i, letters) for i in of.at)) if isinstance(of, terms.Ref) else None

    def follows(self, instance: Instance) -> bool:
        if instance == self.own:
            return True
        match self.term.through:
            case terms.TOTAL | terms.WITHIN:
                return True
            case terms.STEP:
                return self.own is not None and self.step(instance) in (None, self.step(self.own))
            case terms.ALONG:
                return instance[0] in self.term.along
        return False

    def read(self, instance: Instance, reader: Instance | None) -> Array:
        steps = {self.step(i) for i in (reader, instance) if i is not None} - {None}
        if self.term.through == terms.WITHIN and len(steps) == 2:
            return self.base.read(instance, reader)
        if instance == self.target:
            seen = self.uses is None or (reader is not None and self.step(reader) == self.uses)
            return self.moved if seen else self.base.read(instance, reader)
        return super().read(instance, reader) if self.follows(instance) else self.base.read(instance, reader)

    def derivative(self, term: terms.Derivative, letters: Mapping[str, int]) -> Array:
        # Of two nested steps the imaginary parts would mix; and the kernel refuses second derivatives, as Undecidable.
        raise TypeError("complex steps do not nest")
