"""The value of a formula in floating point.

An independent second opinion on what the check decides: nothing here comes from `derive`. Vectors are n×1 arrays in
vector notation; in scalar notation an array carries the names of its axes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .formulas import Big, Chain, D, Diag, Flip, Fn, Formula, Leaf, Num, Over, Plus, Power, Times


class Misfit(ValueError):
    """Shapes that do not fit."""


class Missing(ValueError):
    """A step that does not exist."""


ENTRYWISE = {"tanh": np.tanh, "exp": np.exp, "log": np.log, "sigma": lambda u: 1 / (1 + np.exp(-u))}


@dataclass(frozen=True)
class Array:
    """Entries with the names of their axes; in vector notation the names are not looked at."""

    data: Any
    names: tuple[str, ...] = ()


@dataclass
class Evaluator:
    """The value of formulas in a `world`, which knows the leaves, in vector or scalar notation."""

    world: Any
    vector: bool

    def value(self, f: Formula, bound: Mapping[str, int], keep: frozenset[str]) -> Array:
        match f:
            case Num(number):
                return Array(float(number))
            case Leaf(name, at):
                return self.world.leaf(name, None if at is None else at.value(bound))
            case D():
                return self.derivative(f, bound)
            case Plus(terms, signs):
                found = [self.value(term, bound, keep) for term in terms]
                return self.add([Array(s * a.data, a.names) for s, a in zip(signs, found, strict=True)])
            case Times((matrix, vector), "matvec"):
                a, b = self.value(matrix, bound, keep), self.value(vector, bound, keep)
                return Array(a.data @ b.data, a.names[:1])
            case Times(factors, op):
                others = [frozenset[str]().union(*(self.labels(o) for o in factors if o is not f)) for f in factors]
                found = [self.value(f, bound, keep | names) for f, names in zip(factors, others, strict=True)]
                return self.matrix_product(found, op) if self.vector else summed(joined(found), keep)
            case Chain(factors):
                return self.chain(factors, bound)
            case Over(above, below):
                a, b = self.value(above, bound, keep), self.value(below, bound, keep)
                if not self.vector:
                    return summed(joined([a, Array(1 / b.data, b.names)]), keep)
                return (
                    Array(a.data / b.data) if np.shape(a.data) == np.shape(b.data) or np.ndim(b.data) == 0 else _bad()
                )
            case Power(base, exponent):
                a = self.value(base, bound, keep)
                return Array(a.data**exponent, a.names)
            case Fn("softmax", argument):
                e = np.exp(self.value(argument, bound, keep).data)
                return Array(e / e.sum(), self.value(argument, bound, keep).names)
            case Fn(name, argument):
                a = self.value(argument, bound, keep)
                return Array(ENTRYWISE[name](a.data), a.names)
            case Flip(of):
                return Array(np.transpose(self.value(of, bound, keep).data))
            case Diag(of):
                return Array(np.diagflat(self.value(of, bound, keep).data))
            case Big("sum", "", _, _, body):
                return Array(np.sum(self.value(body, bound, frozenset(self.labels(body))).data))
            case Big(op, letter, low, high, body):
                span = range(low.value(bound), high.value(bound) + 1)
                found = [self.value(body, {**bound, letter: i}, keep) for i in span]
                if op == "sum":
                    return self.add(found) if found else Array(0.0)
                return self.matrix_product(found[::-1], "") if found else Array(1.0)
        raise TypeError(f)

    def labels(self, f: Formula) -> frozenset[str]:
        """The axes that may be inside a formula."""
        if isinstance(f, D | Leaf):
            return frozenset(self.world.names(f.name) if isinstance(f, Leaf) else self.names(f))
        if isinstance(f, Big) and not f.letter:
            return frozenset()
        return frozenset[str]().union(*(self.labels(part) for _, _, part in f.parts()))

    def names(self, d: D) -> tuple[str, ...]:
        names = list(self.world.names(d.of.name))
        for name in self.world.names(d.wrt.name):
            names.append(name + "'" if name in names else name)
        return tuple(names)

    def derivative(self, d: D, bound: Mapping[str, int]) -> Array:
        of, wrt = ((leaf.name, None if leaf.at is None else leaf.at.value(bound)) for leaf in (d.of, d.wrt))
        found = self.world.derivative(*of, *wrt, d.direct)
        found = found.reshape([n for n in found.shape if n != 1 or not self.vector])
        return Array(found[:, None] if self.vector and found.ndim == 1 else found, self.names(d))

    def chain(self, factors: tuple[Formula, ...], bound: Mapping[str, int]) -> Array:
        """The product of Jacobians as matrices, back in the shape of its two ends."""
        product: Any = None
        ends: list[tuple[int, ...]] = [(), ()]
        names: tuple[str, ...] = ()
        for d, inner in self.flat(factors, bound):
            rank = len(self.world.names(d.of.name))
            found = np.asarray(self.value(d, inner, frozenset()).data)
            found = found.reshape(-1) if self.vector and found.shape[-1:] == (1,) else found
            matrix = found.reshape(int(np.prod(found.shape[:rank])), -1)
            if product is None:
                product, ends[0], names = matrix, found.shape[:rank], self.world.names(d.of.name)
            else:
                product = product @ matrix if product.shape[1] == matrix.shape[0] else _bad()
            ends[1], last = found.shape[rank:], self.world.names(d.wrt.name)
        if product is None:
            return Array(1.0)
        result = product.reshape((*ends[0], *ends[1]))
        result = result[:, None] if self.vector and result.ndim == 1 else result
        return Array(result, (*names, *(n + "'" if n in names else n for n in last)))

    def flat(self, factors: tuple[Formula, ...], bound: Mapping[str, int]) -> Iterator[tuple[D, Mapping[str, int]]]:
        for f in factors:
            if isinstance(f, D):
                yield f, bound
            elif isinstance(f, Big) and isinstance(f.body, D):
                for i in range(f.high.value(bound), f.low.value(bound) - 1, -1):
                    yield f.body, {**bound, f.letter: i}
            else:
                _bad()

    def add(self, found: list[Array]) -> Array:
        full = [a for a in found if np.ndim(a.data)]
        if self.vector:
            if len({np.shape(a.data) for a in full}) > 1:
                _bad()
            return Array(sum(a.data for a in found))
        names = tuple(dict.fromkeys(n for a in full for n in a.names))
        return Array(sum(spread(a, names) for a in found), names)

    def matrix_product(self, found: list[Array], op: str) -> Array:
        result = found[0].data
        for other in (a.data for a in found[1:]):
            if not np.ndim(result) or not np.ndim(other):
                result = result * other
            elif op == "odot":
                result = result * other if result.shape == other.shape else _bad()
            else:
                result = result @ other if result.shape[1] == other.shape[0] else _bad()
                result = result[0, 0] if result.shape == (1, 1) else result
        return Array(result)


def _bad() -> Any:
    raise Misfit("the shapes do not fit")


def spread(a: Array, names: tuple[str, ...]) -> Any:
    """The entries along `names`, of size one where the array has no such axis."""
    if not np.ndim(a.data):
        return a.data
    order = [a.names.index(n) for n in names if n in a.names]
    shape = [np.shape(a.data)[a.names.index(n)] if n in a.names else 1 for n in names]
    return np.transpose(a.data, order).reshape(shape)


def joined(found: list[Array]) -> Array:
    names = tuple(dict.fromkeys(n for a in found for n in a.names))
    result: Any = 1.0
    for a in found:
        result = result * spread(a, names)
    return Array(result, names)


def summed(a: Array, keep: frozenset[str]) -> Array:
    gone = tuple(i for i, name in enumerate(a.names) if name not in keep)
    return Array(np.sum(a.data, axis=gone) if gone else a.data, tuple(n for n in a.names if n in keep))
