"""Numbers: a network at a random point, derivatives by the complex step, and the value of any formula there.

The complex step: for an analytic f, Im f(x + iε)/ε is f'(x) to machine precision, since nothing is subtracted
(Squire and Trapp, SIAM Review 40, 1998). All entries of a quantity are nudged at once, one along each slice of a
leading axis."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product as every
from typing import Any

import numpy as np

from .networks import Network, quantities
from .terms import (
    ENDS,
    Add,
    Chain,
    ChainProd,
    D,
    Diag,
    Fn,
    Frac,
    Had,
    IndexNumber,
    Kron,
    Mul,
    Neg,
    Norm2,
    Num,
    Pow,
    Q,
    SizeNumber,
    Softmax,
    StepProd,
    StepSum,
    Term,
    Total,
    Tr,
    UnitSum,
    unit_letters,
)

Array = np.ndarray[Any, np.dtype[Any]]
Key = tuple[str, tuple[int, ...]]
STEP = 1e-40
FUNCTIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "tanh": (np.tanh, lambda u: 1 - np.tanh(u) ** 2),
    "sigmoid": (lambda u: 1 / (1 + np.exp(-u)), lambda u: np.exp(-u) / (1 + np.exp(-u)) ** 2),
    "log": (np.log, lambda u: 1 / u),
    "exp": (np.exp, np.exp),
    # Two functions that a page leaves open: no identity of a known function holds for them.
    "f": (lambda u: 0.8 * np.sin(1.3 * u) + 0.2 * np.cos(u), lambda u: 1.04 * np.cos(1.3 * u) - 0.2 * np.sin(u)),
    "g": (lambda u: 0.7 * u + 0.3 * np.cos(0.8 * u) - 0.2, lambda u: 0.7 - 0.24 * np.sin(0.8 * u)),
}


class Missing(Exception):
    """A quantity that does not exist at this index."""


class Misfit(Exception):
    """Shapes that do not fit."""


@dataclass(frozen=True)
class Layout:
    """How a page writes arrays: vectors as rows, every matrix transposed; Jacobians with the index of v first."""

    rows: bool = False
    denominator: bool = False


@dataclass
class World:
    """A network at one random point. `last` is T, L or N; `names` are the page's own, with the derivatives they stand
    for; `widths` are the sizes of the axes, of the layers 0, 1, … in turn for a layered network. With `zero_start` the
    states begin at 0, with `free_targets` the targets are any real numbers."""

    network: Network
    last: int
    widths: Mapping[str, int]
    seed: int
    zero_start: bool = False
    free_targets: bool = False
    _derivatives: dict[tuple[Key, Key, bool], Array] = field(default_factory=dict)
    _nudged: dict[Key, dict[Key, Array]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        random = np.random.default_rng(self.seed)
        self.given: dict[Key, Array] = {}
        family = self.network.family
        for name, role in self.network.given.items():
            indexed = name in self.network.indexed
            for index in [(i,) for i in range(1, self.last + 1)] if indexed else [()]:
                rows, columns = self.size(name, index)
                value = random.normal(size=(rows, columns)) * (0.8 if role == "parameter" else 1.0)
                if self.free_targets and role in ("one-hot", "binary"):
                    pass
                elif role == "one-hot":
                    value = np.eye(rows)[random.integers(rows, size=columns)].T
                elif role == "binary":
                    value = random.integers(2, size=(rows, columns)).astype(float)
                self.given[name, index] = value[None]
        for name, side in self.network.starts.items():
            place = (0,) if side < 0 else (self.last + 1,)
            start = random.normal(size=self.size(name, place)) * 0.7
            self.given[name, place] = start[None] * (not self.zero_start)
        self.bounds = {ENDS[family]: self.last}
        self._letters = {equation.head: unit_letters(equation.body) for equation in self.network.equations}
        self.values = self._run({})

    def size(self, name: str, index: tuple[int, ...]) -> tuple[int, int]:
        return tuple(self.axis(axis, name, index) for axis in self.network.shapes[name])  # type: ignore[return-value]

    def axis(self, axis: str, name: str, index: tuple[int, ...]) -> int:
        if axis == "1":
            return 1
        if axis in ("n0", "n-1"):
            layer = index[0] if index else (0 if name == "x" else self.last)
            return self.widths[f"n{layer + int(axis[1:])}"]
        return self.widths[axis]

    def _lookup(self, values: dict[Key, Array], nudge: Mapping[Key, Array]) -> Callable[[str, tuple[int, ...]], Array]:
        """Values by name and index, computed once they are asked for."""

        def find(name: str, index: tuple[int, ...]) -> Array:
            key = (name, index)
            if key not in values:
                value = self.given[key] if key in self.given else self._compute(name, index, find)
                values[key] = value + nudge[key] if key in nudge else value
            return values[key]

        return find

    def _compute(self, name: str, index: tuple[int, ...], find: Callable[[str, tuple[int, ...]], Array]) -> Array:
        for equation in self.network.equations:
            if equation.head.name != name or len(equation.head.at) != len(index):
                continue
            bound = dict(self.bounds)
            if index and not (place := equation.head.at[0]).letter:
                if place.shift != index[0]:
                    continue
            elif index:
                if not 1 <= index[0] <= self.last:
                    raise Missing(f"{name} at {index}")
                bound[place.letter] = index[0]
            letters = self._letters[equation.head]
            return Evaluator(find, self._none, Layout(), bound, self.widths, letters=letters).of(equation.body)
        raise Missing(f"{name} at {index}")

    @staticmethod
    def _none(*_: Any) -> Array:
        raise AssertionError("an equation of a network has no derivative in it")

    def _run(self, nudge: Mapping[Key, Array]) -> dict[Key, Array]:
        values: dict[Key, Array] = {}
        find = self._lookup(values, nudge)
        order = range(1, self.last + 1)
        for step in order:  # in order first, so that nothing recurs deeply
            for equation in self.network.equations:
                name = equation.head.name
                if (
                    equation.head.at
                    and equation.head.at[0].letter == self.network.family
                    and self.network.starts.get(name) != 1
                    and name not in self._ahead
                ):
                    find(name, (step,))
        for equation in self.network.equations:
            index = equation.head.at
            if not index:
                find(equation.head.name, ())
            else:
                for step in order if index[0].letter else (index[0].shift,):
                    find(equation.head.name, (step,))
        for key in self.given:
            find(*key)
        return values

    @cached_property
    def _ahead(self) -> frozenset[str]:
        """What depends on a later step."""
        ahead = {name for name, side in self.network.starts.items() if side > 0}
        for _ in self.network.equations:
            ahead |= {e.head.name for e in self.network.equations if any(q.name in ahead for q in quantities(e.body))}
        return frozenset(ahead)

    def value(self, name: str, index: tuple[int, ...]) -> Array:
        if (name, index) not in self.values:
            raise Missing(f"{name} at {index}")
        return self.values[name, index]

    def _nudge(self, key: Key) -> Array:
        shape = self.value(*key).shape[1:]
        return 1j * STEP * np.eye(shape[0] * shape[1]).reshape(-1, *shape)

    def derivative(self, u: Key, v: Key, direct: bool) -> Array:
        """∂u/∂v with the axes of u, then those of v: total, or direct. Direct is through the equation of u alone or,
        for a parameter, with everything of other steps held fixed."""
        if (u, v, direct) not in self._derivatives:
            below, above = self.value(*v), self.value(*u)
            if direct and u != v and u not in self.given:
                shared = self.network.given.get(v[0]) == "parameter"
                values = {
                    key: value for key, value in self.values.items() if not (shared and key[1] == u[1]) and key != u
                }
                values[v] = below + self._nudge(v)
                moved = self._compute(*u, self._lookup(values, {}))
            else:
                if v not in self._nudged:
                    self._nudged[v] = self._run({v: self._nudge(v)})
                moved = self._nudged[v][u]
            entries = np.broadcast_to(moved.imag / STEP, (below.size, *above.shape[1:]))
            self._derivatives[u, v, direct] = np.moveaxis(entries, 0, -1).reshape(*above.shape[1:], *below.shape[1:])
        return self._derivatives[u, v, direct]


@dataclass
class Evaluator:
    """The value of a formula. Arrays are (slice of the nudge, one axis for each letter of entries, rows, columns)."""

    find: Callable[[str, tuple[int, ...]], Array]
    derivative: Callable[[Key, Key, bool], Array]
    layout: Layout
    bound: dict[str, int]
    sizes: Mapping[str, int]
    own: Mapping[str, tuple[str, D]] = field(default_factory=dict)
    letters: list[str] | None = None
    direct: Callable[[D], bool] = field(default=lambda d: d.direct)

    def value(self, term: Term) -> Array:
        if self.letters is None:
            self.letters = unit_letters(term)
        return self.of(term)

    def key(self, q: Q) -> Key:
        return q.name, tuple(a.value(self.bound) for a in q.at)

    def array(self, q: Q) -> Array:
        """A quantity (or one of the page's own names) in columns: (slices, rows, columns)."""
        if q.name in self.own:
            letter, derivative = self.own[q.name]
            inner = dict(self.bound)
            if q.at:
                inner[letter] = q.at[0].value(self.bound)
            u, v = ((q.name, tuple(a.value(inner) for a in q.at)) for q in (derivative.u, derivative.v))
            return self.derivative(u, v, derivative.direct)[0, 0][None]
        return self.find(*self.key(q))

    def spread(self, array: Array, letters: tuple[str, ...]) -> Array:
        """An array (slices, entries…) with every axis of entries at its letter; the same letter twice is a diagonal."""
        assert self.letters is not None
        names: list[str] = []
        for letter in letters:
            if letter in names:
                first, second = names.index(letter) + 1, len(names) + 1
                if array.shape[first] != array.shape[second]:
                    raise Misfit(f"{letter} runs over two axes")
                array = np.moveaxis(np.diagonal(array, axis1=first, axis2=second), -1, first)
            else:
                names.append(letter)
        order = sorted(range(len(names)), key=lambda i: self.letters.index(names[i]))  # type: ignore[union-attr]
        array = np.moveaxis(array, [i + 1 for i in order], range(1, len(order) + 1))
        shape = [1] * len(self.letters)
        for place, i in enumerate(order):
            shape[self.letters.index(names[i])] = array.shape[place + 1]
        return array.reshape(array.shape[0], *shape, 1, 1)

    def whole(self, array: Array) -> Array:
        assert self.letters is not None
        return array.reshape(array.shape[0], *[1] * len(self.letters), *array.shape[1:])

    def picked(self, array: Array, entries: tuple[str, ...]) -> Array:
        """Entries of an array (slices, axes…): axes of one unit need no letter."""
        axes = [size for size in array.shape[1:] if size > 1]
        if len(axes) != len(entries):
            raise Misfit("as many letters as axes are needed")
        return self.spread(array.reshape(array.shape[0], *axes), entries)

    def of(self, term: Term) -> Array:
        match term:
            case Num(value):
                return self.whole(np.full((1, 1, 1), float(value)))
            case IndexNumber(at):
                return self.whole(np.full((1, 1, 1), float(at.value(self.bound))))
            case SizeNumber(axis):
                return self.whole(np.full((1, 1, 1), float(self.sizes[axis])))
            case Q():
                value = self.array(term)
                if self.layout.rows:
                    value = np.swapaxes(value, -1, -2)
                return self.picked(value, term.entry) if term.entry else self.whole(value)
            case D() | Chain() | ChainProd():
                return self.differential(term)
            case Add(terms):
                values = [self.of(part) for part in terms]
                whole = next((v for v in values if v.shape[-2:] != (1, 1)), values[0])
                for part, v in zip(terms, values, strict=True):
                    if v.shape[-2:] != whole.shape[-2:] and not (v.shape[-2:] == (1, 1) and _numeric(part)):
                        raise Misfit("a sum of two shapes")
                return sum(values[1:], values[0])
            case Neg(x):
                return -self.of(x)
            case Mul(factors):
                return self.chained([self.of(factor) for factor in factors])
            case Had(factors):
                values = [self.of(factor) for factor in factors]
                if len({v.shape[-2:] for v in values}) > 1:
                    raise Misfit("an entrywise product of two shapes")
                return np.prod(np.broadcast_arrays(*values), axis=0)
            case Tr(x):
                return np.swapaxes(self.of(x), -1, -2)
            case Diag(x):
                value = self.of(x)
                if 1 not in value.shape[-2:]:
                    raise Misfit("the diagonal matrix of a matrix")
                flat = value.reshape(*value.shape[:-2], -1)
                return flat[..., None] * np.eye(flat.shape[-1])
            case Fn(name, x, prime):
                return FUNCTIONS[name][prime](self.of(x))
            case Softmax(x, rows):
                powers = np.exp(self.of(x))
                return powers / powers.sum(axis=-1 if rows else -2, keepdims=True)
            case Pow(x, exponent):
                return self.of(x) ** exponent
            case Frac(above, below):
                bottom = self.of(below)
                if bottom.shape[-2:] != (1, 1):
                    raise Misfit("division by an array")
                return self.of(above) / bottom
            case Norm2(x):
                return (self.of(x) ** 2).sum(axis=(-1, -2), keepdims=True)
            case Total(x):
                return self.of(x).sum(axis=(-1, -2), keepdims=True)
            case StepSum(letter, _, _, body):
                values = [self.at(letter, step, body) for step in self.steps(term)]
                if not values:
                    return self.whole(np.zeros((1, 1, 1)))
                if len({v.shape[-2:] for v in values} - {(1, 1)}) > 1:
                    raise Misfit("a sum of two shapes")
                return sum(values[1:], values[0])
            case StepProd(letter, _, _, body):
                values = [self.at(letter, step, body) for step in self.steps(term)]
                if not values:
                    raise Missing("an empty product")
                return self.chained(values)
            case UnitSum(letter, body):
                value = self.of(body)
                place = self.letters.index(letter) + 1  # type: ignore[union-attr]
                if value.shape[place] == 1:
                    raise Misfit(f"nothing depends on {letter}")
                return value.sum(axis=place, keepdims=True)
            case Kron(i, j):
                size = next(self.sizes[k] for k in (i, j) if k in self.sizes)
                return self.spread(np.eye(size)[None], (i, j))
        raise TypeError(term)

    def at(self, letter: str, step: int, body: Term) -> Array:
        return replace(self, bound=self.bound | {letter: step}).of(body)

    def steps(self, term: StepSum | StepProd | ChainProd) -> list[int]:
        steps = list(range(term.first.value(self.bound), term.last.value(self.bound) + 1))
        if len(steps) == 0 and term.last.value(self.bound) < term.first.value(self.bound) - 1:
            raise Missing("a sum that runs down")
        return steps[::-1] if isinstance(term, StepProd | ChainProd) and term.down else steps

    @staticmethod
    def chained(values: list[Array]) -> Array:
        """The matrix product; scalars multiply what they stand beside."""
        whole, *rest = values
        for value in rest:
            if (1, 1) in (whole.shape[-2:], value.shape[-2:]):
                whole = whole * value
            elif whole.shape[-1] != value.shape[-2]:
                raise Misfit("a product of two shapes that do not fit")
            else:
                whole = whole @ value
        return whole

    # derivatives

    def tensor(self, term: Term) -> Array:
        """A derivative, or several multiplied, with all axes of u and then of v: in columns."""
        if isinstance(term, D):
            return self.derivative(self.key(term.u), self.key(term.v), self.direct(term))
        if isinstance(term, ChainProd):
            parts = []
            for step in sorted(self.steps(term), reverse=True):
                inner = replace(self, bound=self.bound | {term.letter: step})
                parts.append(inner.tensor(term.factor))
            if not parts:
                raise Missing("an empty product")
            return self.contracted(parts)
        assert isinstance(term, Chain)
        return self.contracted([self.tensor(factor) for factor in term.factors])

    @staticmethod
    def contracted(parts: list[Array]) -> Array:
        whole, *rest = parts
        for part in rest:
            if whole.shape[2:] != part.shape[:2]:
                raise Misfit("a chain of two derivatives that do not meet")
            whole = np.tensordot(whole, part, 2)
        return whole

    def differential(self, term: Term) -> Array:
        entries: tuple[str, ...] = ()
        if isinstance(term, D):
            entries = term.u.entry + term.v.entry
        tensor = self.tensor(term)
        if entries:
            if self.layout.rows:
                tensor = tensor.transpose(1, 0, 3, 2)
            return self.picked(tensor[None], entries)
        if tensor.shape[:2] == (1, 1):  # a gradient has the shape of its variable
            gradient = tensor[0, 0]
            return self.whole((gradient.T if self.layout.rows else gradient)[None])
        if tensor.shape[1] == tensor.shape[3] == 1:
            jacobian = tensor[:, 0, :, 0]
            return self.whole((jacobian.T if self.layout.denominator else jacobian)[None])
        flat = tensor.reshape(tensor.shape[0] * tensor.shape[1], -1)  # of more axes: compared whole
        return self.whole(flat[None])


def _numeric(term: Term) -> bool:
    """Whether a number may stand for the array of it: 1 - h."""
    match term:
        case Num():
            return True
        case Neg(x) | Pow(x, _):
            return _numeric(x)
        case _:
            return False


def placements(world: World, letters: set[str]) -> Iterator[dict[str, int]]:
    for values in every(range(1, world.last + 1), repeat=len(letters)):
        yield world.bounds | dict(zip(sorted(letters), values, strict=True))
