"""What the claims of a page share: its network, its points, and how its signs are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import sympy

from derive.algebra.array import Parameter, Value
from derive.algebra.model import Model
from derive.algebra.pullback import Leaf
from derive.algebra.values import Network
from derive.check import terms
from derive.check.products import NamedAxes
from derive.check.ranges import OUTSIDE, Ranges
from derive.check.tensor import Tensor
from derive.check.terms import Index, Term
from derive.kernel.field import Undecidable
from derive.reading.tree import Node, Span


class OutOfRange(ValueError):
    """A step that does not exist; the message names it. `summed` says that a sum or product reaches it, whatever the
    free indices are."""

    def __init__(self, what: str, summed: bool = False) -> None:
        super().__init__(what)
        self.summed = summed


class NotApplicable(ValueError):
    """An assumption that says nothing here: a row of the target with no step to take it at."""


@dataclass(frozen=True)
class Page:
    """What all claims of a page share; `word` says that it speaks of one word."""

    model: Model
    axes: Mapping[str, tuple[str, ...]]
    output: str | None
    named: frozenset[str]
    word: bool
    own: dict[Node, tuple[tuple[str, ...], Term]]

    _leaves: dict[tuple[str, int | None], Leaf] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def algebra(self) -> NamedAxes:
        return NamedAxes()

    @cached_property
    def states(self) -> frozenset[str]:
        return frozenset(state.name for state in self.model.states)

    @cached_property
    def inputs(self) -> frozenset[str]:
        return frozenset(value.name for value in self.model.inputs)

    def closed(self, value: Value) -> frozenset[str]:
        """The values at which the own equation of `value` ends: those that the page names, but for a state those of
        earlier steps alone (∂⁺h(t)/∂W runs through its pre-activation even where that has a name)."""
        return frozenset() if value.name in self.states else self.named

    def scale(self, steps: int) -> sympy.Number:
        """What the loss of a run multiplies the sum of its steps with."""
        return self.model.scale.subs("T", steps)

    def leaf(self, ref: terms.Ref, step: int | None) -> Leaf:
        """The named array that a reference means, at a step."""
        key = (ref.name, step)
        if key not in self._leaves:
            self._leaves[key] = leaf_of(self.model, ref, step)
        return self._leaves[key]


@dataclass(frozen=True)
class Point:
    """A network with numbers in it, and the units that the targets select; `tensors` are its arrays as they were
    met."""

    network: Network
    targets: Mapping[int, int]
    tensors: dict[Leaf, Tensor] = field(default_factory=dict, repr=False, compare=False)

    @property
    def steps(self) -> int:
        return self.network.graph.steps

    def at(self, index: Index, scope: Scope) -> int:
        """The value of an index."""
        try:
            return index.at({**scope.bound, "T": self.steps}, self.network.sizes)
        except KeyError as error:
            raise Undecidable(f"nothing says what {error.args[0]} is") from None

    def holds(self, truth: terms.Truth, scope: Scope) -> bool:
        """Whether a relation between indices holds."""
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


@dataclass(frozen=True)
class Reading:
    """How the ambiguous signs are taken: the places of the ∂ that are direct, and ranges that are open from their upper
    bound to their lower."""

    direct: frozenset[Span] = frozenset()
    down: bool = False


class Scope(NamedTuple):
    """Where a term stands: the index letters that are bound, the step whose target row parameters take under the
    assumption target-unit, the axes that must stay (None: all), and the sums and products around it."""

    bound: Mapping[str, int]
    step: int | None = None
    keep: frozenset[str] | None = None
    stack: tuple[Node, ...] = ()
    around: Ranges = OUTSIDE

    def bind(self, letter: str, value: int) -> Scope:
        return self._replace(bound={**self.bound, letter: value}, step=value if self.step is None else self.step)

    def missing(self, what: str, indices: Iterable[Index | None]) -> OutOfRange:
        """The error for a step, given by these indices, that does not exist."""
        return OutOfRange(what, any(index is not None and index.names & self.around.letters for index in indices))


def leaf_of(model: Model, ref: terms.Ref, step: int | None) -> Value | Parameter:
    """The named array that a reference means, at a step."""
    for parameter in model.parameters:
        if parameter.name == ref.name:
            return parameter
    for value in (*model.inputs, *(equation.value for equation in model.equations)):
        if value.name == ref.name:
            assert step is not None
            return value.at(step)
    raise KeyError(ref.name)
