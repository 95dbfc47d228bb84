"""The form of an array program: blocks of equations, each a loop over t or at all steps at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from derive.algebra.array import Array, Shape, Unary, Value, exp, last, t, walk
from derive.algebra.model import Equation, Model

Gradients = dict[str, tuple[Array, ...]]


class LogSoftmax(Unary):
    """log softmax(u) = u - log Σ exp(u), finite even where the probability itself is rounded to 0."""

    def with_args(self, args: tuple[Array, ...]) -> Array:
        return LogSoftmax(self.shape, *args)


@dataclass(frozen=True)
class Block:
    """Equations that run together, in order. `direction` is 1 for a loop over t = 1, …, T, -1 for one over t = T, …, 1,
    and 0 where nothing depends on another step's result, so that each equation runs at all steps at once; or, with
    `once`, at t = T alone."""

    direction: int
    equations: tuple[Equation, ...]
    once: bool = False

    @property
    def softmaxes(self) -> dict[str, str]:
        """For each log softmax here, the value that is its exponential, if one is: both need the same exponentials."""
        logarithms = {exp(e.value): e.name for e in self.equations if isinstance(e.expression, LogSoftmax)}
        return {logarithms[e.expression]: e.name for e in self.equations if e.expression in logarithms}


@dataclass(frozen=True)
class State:
    """A value that the first step reads from the step before it (`side` -1), or the last from the step after it (1),
    and the value `carried` that at the first step, or the last, is the loss's derivative by it (None for an input)."""

    value: Value
    side: int
    carried: str | None

    @property
    def given(self) -> str:
        """The name of what it is there."""
        return f"{self.value.name}_{'0' if self.side < 0 else 'end'}"


@dataclass(frozen=True)
class Program:
    """The loss and all gradients of a model as blocks of equations.

    A leaf of an equation stands at t; at t-1 or at t+1, where steps 0 and T+1 hold a state that is given, or what
    `ends` names, a value of the whole run, or zero. In a block that runs once t is T, and a right side that is a value
    at step 1 is that value there.
    The loss of a run is `scale` Σ_t loss(t), or `scale` loss if that is `once`, and ∂L/∂θ is the sum of its
    `gradients`, over t where they are not `once`, each either an outer product of two values or a value (none: it is
    zero). Rules and scale may hold the symbol T.
    """

    model: Model
    blocks: tuple[Block, ...]
    gradients: Gradients
    states: tuple[State, ...]
    ends: dict[str, str]

    @property
    def loss(self) -> Value:
        """L(t)."""
        return self.model.loss.value.at(t)

    @property
    def letters(self) -> tuple[str, str]:
        """How a step and the last one are written: t and T, or i and N where they are samples, unless an array has that
        name."""
        if self.model.over == "samples":
            return self.free("i", "sample"), self.free("N", "samples")
        return self.free("t", "step"), self.free("T", "steps")

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all arrays."""
        given = {parameter.name for parameter in self.model.parameters} | {value.name for value in self.model.inputs}
        return frozenset(given | self.shapes.keys())

    def free(self, *candidates: str) -> str:
        """The first of the candidates that is no array's name and no size, else the last."""
        leaves = (*self.model.parameters, *self.model.inputs)
        taken = self.names.union(*(leaf.shape for leaf in leaves))
        return next((name for name in candidates if name not in taken), candidates[-1])

    @cached_property
    def once(self) -> frozenset[str]:
        """The values of the whole run, inputs among them."""
        values = {equation.name for block in self.blocks if block.once for equation in block.equations}
        return frozenset(values | {value.name for value in self.model.inputs if value.step == last})

    def is_once(self, array: Array) -> bool:
        """Whether an expression has one value for the whole run."""
        return any(leaf.name in self.once for leaf in reads(array))

    @cached_property
    def edges(self) -> dict[tuple[str, int], str | None]:
        """For each value that is read one step back (-1) or ahead (1): what it is at step 0 or T+1, a state that is
        given or a value of the whole run, or zero (None)."""
        terms = [term for sums in self.gradients.values() for term in sums]
        expressions = [*terms, *(e.expression for block in self.blocks for e in block.equations)]
        leaves = [leaf for array in expressions for leaf in reads(array)]
        found = {
            (leaf.name, side): self.ends.get(leaf.name) for leaf in leaves for side in (-1, 1) if leaf.step == t + side
        }
        return found | {(state.value.name, state.side): state.given for state in self.states}

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        """The shape of every value that an equation defines."""
        return {equation.name: equation.expression.shape for block in self.blocks for equation in block.equations}

    @cached_property
    def kept(self) -> frozenset[str]:
        """The values of which every step is needed: those read outside their own loop, the states and the loss."""
        kept = {self.loss.name} | {state.value.name for state in self.states}
        kept |= {leaf.name for terms in self.gradients.values() for term in terms for leaf in reads(term)}
        for block in self.blocks:
            own = {equation.name for equation in block.equations}
            leaves = [leaf for equation in block.equations for leaf in reads(equation.expression)]
            kept |= {leaf.name for leaf in leaves if leaf.name not in own or (not block.direction and leaf.step != t)}
        return frozenset(kept & self.shapes.keys() - self.once)


def reads(array: Array) -> Iterator[Value]:
    """The named values in an expression."""
    return (leaf for leaf in walk(array) if isinstance(leaf, Value))
