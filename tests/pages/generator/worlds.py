"""A network at a random point, and derivatives there by the complex step.

The complex step: for an analytic f, Im f(x + iε)/ε is f'(x) to machine precision, since nothing is subtracted
(Squire and Trapp, SIAM Review 40, 1998). All entries of a quantity are nudged at once, one along each slice of a
leading axis."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product as every
from typing import Any

import numpy as np

from .evaluation import Array, Evaluator, Key, Layout, Missing
from .networks import Network, quantities
from .terms import (
    ENDS,
    unit_letters,
)

STEP = 1e-40


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


def placements(world: World, letters: set[str]) -> Iterator[dict[str, int]]:
    for values in every(range(1, world.last + 1), repeat=len(letters)):
        yield world.bounds | dict(zip(sorted(letters), values, strict=True))
