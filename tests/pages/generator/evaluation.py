"""The value of any formula at a point, with what it needs of a network given as functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .terms import (
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
