"""A model at T steps: the ordered graph of named values net_a(1), a(1), net_y(1), y(1), L(1), net_a(2), …"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sympy import Expr

from derive.algebra.array import Array, Value, at_step, last
from derive.algebra.model import Equation, Model
from derive.algebra.pullback import Leaf


@dataclass(frozen=True)
class Graph:
    """The unrolled network. A value at step 0 or before, or after the last step, has no definition: it is an initial
    state."""

    model: Model
    steps: int
    _definitions: dict[Value, Array | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    pullbacks: dict[Any, dict[Leaf, Array]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def values(self) -> tuple[Value, ...]:
        """Every defined value, each after those it depends on: step by step, where nothing reads a later step. Raises
        ValueError for a value that depends on itself."""
        ordered: dict[Value, None] = {}
        for step in range(1, self.steps + 1):
            for equation in self.model.equations:
                if self.defines(value := equation.value.at(step)):
                    self._place(value, ordered)
        return tuple(ordered)

    def _place(self, value: Value, ordered: dict[Value, None]) -> None:
        """Adds a value after all that it depends on. The steps may be many, so that nothing recurses over them."""
        open_: dict[Value, Iterator[Leaf]] = {}
        ahead: Value | None = value
        while ahead is not None:
            if ahead in open_:
                raise ValueError(f"{self.model.name}: {ahead.name}({ahead.step}) depends on itself")
            open_[ahead] = iter(self.parents(ahead))
            ahead = None
            while open_ and ahead is None:
                latest, parents = next(reversed(open_.items()))
                unplaced = (p for p in parents if isinstance(p, Value) and p not in ordered and self.defines(p))
                ahead = next(unplaced, None)
                if ahead is None:
                    ordered[latest] = None
                    del open_[latest]

    def defines(self, value: Value) -> bool:
        """Whether the value has an equation here: a step from 1 to T and no input."""
        if value not in self._definitions:
            found = next((e for e in self.model.equations if e.name == value.name), None)
            known = found is not None and (self.steps if found.once else 1) <= int(value.step) <= self.steps
            self._definitions[value] = self.at(found.expression, value.step) if found and known else None
        return self._definitions[value] is not None

    def at(self, array: Array, step: Expr | int) -> Array:
        """An expression of the model at one step of this run."""
        return at_step(at_step(array, step), self.steps, of=last)

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
        return tuple(dict.fromkeys(Equation(value.name, self.definition(value)).leaves))

    @cached_property
    def losses(self) -> tuple[Value, ...]:
        """L(1), …, L(T), or L(T) alone."""
        losses = (self.model.loss.value.at(step) for step in range(1, self.steps + 1))
        return tuple(loss for loss in losses if self.defines(loss))


def unroll(model: Model, steps: int) -> Graph:
    """The graph of the model over steps 1 to `steps`. Raises ValueError for fewer than one step."""
    if steps < 1:
        raise ValueError(f"a network is unrolled over one step or more, not {steps}")
    return Graph(model, steps)
