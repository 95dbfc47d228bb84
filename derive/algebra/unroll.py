"""A model at T steps: the ordered graph of named values net_a(1), a(1), net_y(1), y(1), L(1), net_a(2), …"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from derive.algebra.array import Array, Value, at_step, walk
from derive.algebra.model import Equation, Model
from derive.algebra.pullback import Leaf


@dataclass(frozen=True)
class Graph:
    """The unrolled network. A value at step 0 or before has no definition: it is an initial state."""

    model: Model
    steps: int
    _definitions: dict[Value, Array | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    pullbacks: dict[Any, dict[Leaf, Array]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def values(self) -> tuple[Value, ...]:
        """Every defined value, each after those it depends on."""
        return tuple(equation.value.at(step) for step in range(1, self.steps + 1) for equation in self.model.equations)

    def defines(self, value: Value) -> bool:
        """Whether the value has an equation here: a step from 1 to T and no input."""
        if value not in self._definitions:
            known = 1 <= int(value.step) <= self.steps and any(e.name == value.name for e in self.model.equations)
            definition = at_step(self.equation(value).expression, value.step) if known else None
            self._definitions[value] = definition
        return self._definitions[value] is not None

    def definition(self, value: Value) -> Array:
        """The right side of the value's equation at its step. Raises KeyError for inputs and initial states."""
        definition = self._definitions[value] if self.defines(value) else None
        if definition is None:
            raise KeyError(f"{value.name}({value.step}) is not defined by an equation of {self.model.name}")
        return definition

    def equation(self, value: Value) -> Equation:
        """The value's equation at a generic step."""
        return self.model.equation(value.name)

    def parents(self, value: Value) -> tuple[Leaf, ...]:
        """What the value's equation reads, at its step, each once."""
        leaves = walk(self.definition(value))
        return tuple(dict.fromkeys(leaf for leaf in leaves if isinstance(leaf, Leaf)))

    @cached_property
    def losses(self) -> tuple[Value, ...]:
        """L(1), …, L(T)."""
        return tuple(self.model.loss.value.at(step) for step in range(1, self.steps + 1))


def unroll(model: Model, steps: int) -> Graph:
    """The graph of the model over steps 1 to `steps`. Raises ValueError for fewer than one step."""
    if steps < 1:
        raise ValueError(f"a network is unrolled over one step or more, not {steps}")
    return Graph(model, steps)
