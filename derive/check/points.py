"""Where claims are tested: random points modulo a prime, generic but for what an assumption says, and one real point.

Generic means: x(t) any vectors, targets one-hot at pairwise different units, a(0) any constant, and sizes that differ
from each other and from T, so that a lost transpose shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import Any

import sympy
from mpmath import iv

from derive.algebra.array import Array, Value, walk
from derive.algebra.chain import Edit
from derive.algebra.evaluate import Sizes, extent
from derive.algebra.model import Equation, Model
from derive.algebra.pullback import Leaf
from derive.algebra.unroll import Graph, unroll
from derive.algebra.values import Network
from derive.check.assumptions import (
    SAME_TARGET,
    SCALAR_STATE,
    SINGLE_PATH,
    THIS_WORD,
    TRUNCATED,
    ZERO_START,
    Assumptions,
)
from derive.check.edits import single_path, truncated
from derive.check.page import Point
from derive.kernel.exact import Residues
from derive.kernel.field import Entries, Field

_OF_POINT = frozenset((ZERO_START, SAME_TARGET, SCALAR_STATE, THIS_WORD))


@dataclass
class Points:
    """The points at which one page is tested. `sizes` are the generic ones, each with its T; `word` is the page's."""

    model: Model
    sizes: Sequence[Sizes]
    word: str

    def __post_init__(self) -> None:
        self._points: dict[tuple[Assumptions, int, int], Point] = {}
        self._graphs: dict[int, Graph] = {}
        self._edited: dict[tuple[Assumptions, int, int], Network] = {}

    @cached_property
    def letters(self) -> list[int]:
        """The word as numbers of its letters, in order of first appearance."""
        alphabet = list(dict.fromkeys(self.word))
        return [alphabet.index(letter) for letter in self.word]

    @cached_property
    def targets(self) -> frozenset[str]:
        """The one-hot inputs that the loss reads."""
        leaves = walk(self.model.loss.expression)
        return frozenset(leaf.name for leaf in leaves if isinstance(leaf, Value) and leaf.one_hot)

    @cached_property
    def state_sizes(self) -> frozenset[str]:
        return frozenset(dimension for state in self.model.states for dimension in state.shape)

    def at(self, assumptions: Assumptions, size: int, seed: int) -> Point:
        """The random point number `seed` of the size number `size`, under what the assumptions say of it."""
        key = (assumptions & _OF_POINT, size, seed)
        if key not in self._points:
            field = Residues(1000 * size + seed)
            self._points[key] = self._point(key[0], self.sizes[size], field, field.random, (size + seed) % 2 == 1)
        return self._points[key]

    def derivatives(self, assumptions: Assumptions, size: int, seed: int, left: bool) -> Network:
        """The network of that point with the derivatives that the assumptions change."""
        edits = frozenset({SINGLE_PATH, TRUNCATED} if left else {SINGLE_PATH}) & assumptions
        key = ((assumptions & _OF_POINT) | edits, size, seed)
        if key not in self._edited:
            network = self.at(assumptions, size, seed).network
            if edits:
                network = network.edited(_edit(self.model, edits))
            self._edited[key] = network
        return self._edited[key]

    def _point(
        self,
        assumptions: Assumptions,
        sizes: Sizes,
        field: Field,
        random: Callable[[str, int], Any],
        from_last: bool = False,
    ) -> Point:
        """A point; its targets are the first units, or the last ones, so that a sum that forgets an end shows."""
        steps = sizes["T"]
        sizes = dict(sizes)
        units = [0] * steps if SAME_TARGET in assumptions else list(range(steps))
        if from_last and self.targets:
            units = [(-1 - unit) % self._outputs(sizes) for unit in units]
        if THIS_WORD in assumptions:
            steps, units = len(self.letters) - 1, self.letters[1:]
            for name in self._letter_sizes:
                sizes[name] = max(self.letters) + 1
            sizes["T"] = steps
        if SCALAR_STATE in assumptions:
            for name in self.state_sizes:
                sizes[name] = 1
        one, zero = field.number(sympy.S.One), field.number(sympy.S.Zero)

        def one_hot(unit: int, count: int) -> Entries:
            return [one if i == unit % count else zero for i in range(count)]

        def given(leaf: Leaf) -> Entries:
            count = extent(leaf.shape, sizes)
            if isinstance(leaf, Value):
                if leaf.name in self.targets and 1 <= leaf.step <= steps:
                    return one_hot(units[int(leaf.step) - 1], count)
                if THIS_WORD in assumptions and leaf.one_hot and 1 <= leaf.step <= steps:
                    return one_hot(self.letters[int(leaf.step) - 1], count)
                if ZERO_START in assumptions and leaf.step < 1:
                    return [zero] * count
            name = f"{leaf.name}({leaf.step})" if isinstance(leaf, Value) else leaf.name
            return [random(name, i) for i in range(count)]

        network = Network(self.graph(steps), sizes, field, given)
        return Point(network, {step: unit for step, unit in enumerate(units, 1)})

    def _outputs(self, sizes: Sizes) -> int:
        """How many units a target has."""
        shapes = (value.shape for value in self.model.inputs if value.name in self.targets)
        return extent(next(shapes), sizes)

    def graph(self, steps: int) -> Graph:
        """The model at T steps, unrolled once."""
        if steps not in self._graphs:
            self._graphs[steps] = unroll(self.model, steps)
        return self._graphs[steps]

    @property
    def _letter_sizes(self) -> set[str]:
        return {dimension for value in self.model.inputs if value.one_hot for dimension in value.shape}

    def real(self, zero_start: bool) -> Point:
        """The word's own network with weights of order one, over intervals: two hidden units, or three where the word
        has two letters only."""
        sizes = dict(self.sizes[0])
        for name in self.state_sizes:
            sizes[name] = 3 if max(self.letters) + 1 == 2 else 2
        sizes["T"] = len(self.letters) - 1
        assumptions = frozenset({THIS_WORD, ZERO_START} if zero_start else {THIS_WORD})
        return self._point(assumptions, sizes, INTERVALS, _weight)


@lru_cache(maxsize=64)
def _edit(model: Model, names: Assumptions) -> Edit:
    """What the assumptions make of the derivatives."""
    edits = [single_path(model)] if SINGLE_PATH in names else []
    edits += [truncated] if TRUNCATED in names else []

    def both(equation: Equation, leaf: Leaf, adjoint: Array) -> Array:
        for edit in edits:
            adjoint = edit(equation, leaf, adjoint)
        return adjoint

    return both


@lru_cache(maxsize=4)
def points_of(model: Model, sizes: tuple[tuple[tuple[str, int], ...], ...], word: str) -> Points:
    """The points of a network at some sizes, made once in a process."""
    return Points(model, [dict(size) for size in sizes], word)


def _weight(name: str, i: int) -> Any:
    """A weight between -1 and 1 in hundredths, fixed by its name; the learning rate is 1/10."""
    if name == "eta":
        return iv.mpf(1) / 10
    digest = blake2b(f"{name}:{i}".encode(), digest_size=4).digest()
    hundredths = int.from_bytes(digest, "big") % 199 - 99
    return iv.mpf(hundredths or 50) / 100


class Intervals:
    """Interval arithmetic: enclosures of real numbers (mpmath's `iv`), tanh and σ written with exp."""

    def number(self, value: sympy.Number) -> Any:
        return iv.mpf(int(value.p)) / int(value.q)

    def add(self, terms: Sequence[Any]) -> Any:
        total = iv.mpf(0)
        for term in terms:
            total += term
        return total

    def mul(self, factors: Sequence[Any]) -> Any:
        result = iv.mpf(1)
        for factor in factors:
            result *= factor
        return result

    def dot(self, left: Sequence[Any], right: Sequence[Any]) -> Any:
        return self.add([a * b for a, b in zip(left, right, strict=True)])

    def power(self, base: Any, exponent: sympy.Rational) -> Any:
        if exponent.q == 1:
            return base ** int(exponent)
        return iv.exp(iv.log(base) * Fraction(int(exponent.p), int(exponent.q)).numerator / int(exponent.q))

    def argument(self, function: str) -> Field:
        return self

    def apply(self, function: str, argument: Any) -> Any:
        if function == "tanh":
            return 1 - 2 / (iv.exp(2 * argument) + 1)
        if function == "sigmoid":
            return 1 / (1 + iv.exp(-argument))
        return {"exp": iv.exp, "log": iv.log}[function](argument)


INTERVALS = Intervals()


def generic_sizes(model: Model, steps: int | None) -> list[Sizes]:
    """Two choices of sizes, pairwise different and different from T; the target's size is over T, so that targets can
    differ at every step. Without `steps`, T is 3 and 5."""
    targets = {
        dimension
        for leaf in walk(model.loss.expression)
        if isinstance(leaf, Value) and leaf.one_hot
        for dimension in leaf.shape
    }
    names = dict.fromkeys(d for array in (*model.inputs, *model.parameters) for d in array.shape)
    found: list[Sizes] = []
    for start, count in ((2, steps or 3), (3, steps or 5)):
        sizes = {"T": count}
        for name in sorted(names, key=lambda name: name in targets):
            size = count + 1 if name in targets else start
            while size in sizes.values():
                size += 1
            sizes[name] = size
        found.append(sizes)
    return found
