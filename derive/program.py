"""The form of an array program: blocks of equations, each a loop over t or at all steps at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from derive.algebra.array import Array, Shape, Unary, Value, exp, t, walk
from derive.algebra.model import Equation, Model

Gradients = dict[str, tuple[Array, ...]]


class LogSoftmax(Unary):
    """log softmax(u) = u - log Σ exp(u), finite even where the probability itself is rounded to 0."""

    def with_args(self, args: tuple[Array, ...]) -> Array:
        return LogSoftmax(self.shape, *args)


@dataclass(frozen=True)
class Block:
    """Equations that run together, in order. `direction` is 1 for a loop over t = 1, …, T, -1 for one over t = T, …, 1,
    and 0 where nothing depends on another step's result, so that each equation runs at all steps at once."""

    direction: int
    equations: tuple[Equation, ...]

    @property
    def softmaxes(self) -> dict[str, str]:
        """For each log softmax here, the value that is its exponential, if one is: both need the same exponentials."""
        logarithms = {exp(e.value): e.name for e in self.equations if isinstance(e.expression, LogSoftmax)}
        return {logarithms[e.expression]: e.name for e in self.equations if e.expression in logarithms}


@dataclass(frozen=True)
class Program:
    """The loss and all gradients of a model as blocks of equations.

    A leaf of an equation stands at t; at t-1, where step 0 is an initial state; or at t+1, where step T+1 is zero.
    The loss of a run is `scale` Σ_t loss(t), and ∂L/∂θ is the sum of its `gradients` over them and over t, each either
    an outer product of two values or a value (none: it is zero). ∂L/∂s(0) of a state s is the value `carried[s]` at
    step 1. Rules and scale may hold the symbol T.
    """

    model: Model
    blocks: tuple[Block, ...]
    gradients: Gradients
    carried: dict[str, str]

    @property
    def loss(self) -> Value:
        """L(t)."""
        return self.model.loss.value

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        """The shape of every value that an equation defines."""
        return {equation.name: equation.expression.shape for block in self.blocks for equation in block.equations}

    @cached_property
    def kept(self) -> frozenset[str]:
        """The values of which every step is needed: those read outside their own loop, the states and the loss."""
        kept = {self.loss.name} | {state.name for state in self.model.states}
        kept |= {leaf.name for terms in self.gradients.values() for term in terms for leaf in reads(term)}
        for block in self.blocks:
            own = {equation.name for equation in block.equations}
            leaves = [leaf for equation in block.equations for leaf in reads(equation.expression)]
            kept |= {leaf.name for leaf in leaves if leaf.name not in own or (not block.direction and leaf.step != t)}
        return frozenset(kept & self.shapes.keys())


def reads(array: Array) -> Iterator[Value]:
    """The named values in an expression."""
    return (leaf for leaf in walk(array) if isinstance(leaf, Value))
