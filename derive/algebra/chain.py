"""The chain rule over the unrolled graph, in two ways: by deltas (adjoints) and by paths (the notes' double sum).

The adjoint of a value u is δ_u(t) = dL/du(t), the derivative through every path. The term (i, k) of ∂L/∂θ is the
derivative of L(i) through the uses of θ at step k alone, ∂L(i)/∂θ^(k); it is the sum over the paths from L(i) to them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import sympy
from sympy import Expr, Integer, Pow

from derive.algebra.array import Array, Map, MatMul, Parameter, Value, add, at_step, constant, last, rebuild, t, walk
from derive.algebra.model import Equation, Model
from derive.algebra.pullback import Leaf, pullback
from derive.algebra.unroll import Graph

Edit = Callable[[Equation, Leaf, Array], Array]
"""A change of the graph: the adjoint that the edge from an equation to one of its leaves carries instead of ū."""


def exact(equation: Equation, leaf: Leaf, adjoint: Array) -> Array:
    """No edit."""
    return adjoint


def edges(equation: Equation, adjoint: Array, edit: Edit = exact) -> dict[Leaf, Array]:
    """The equation's pullback leaf by leaf, each edge edited."""
    whole = pullback(equation, adjoint)
    edited = {leaf: edit(equation, leaf, adjoint) for leaf in whole}
    return {
        leaf: contribution if edited[leaf] is adjoint else pullback(equation, edited[leaf])[leaf]
        for leaf, contribution in whole.items()
    }


@cache
def _generic(equation: Equation, edit: Edit) -> dict[Leaf, Array]:
    return edges(equation, delta(equation.value), edit)


def local(graph: Graph, value: Value, edit: Edit = exact) -> dict[Leaf, Array]:
    """The pullback of one value of the graph: for every leaf that its equation reads at its step, the adjoint that it
    gets, in terms of `delta(value)`."""
    key = (value, edit)
    if key not in graph.pullbacks:
        graph.pullbacks[key] = {
            graph.at(leaf, value.step): graph.at(part, value.step)  # type: ignore[misc]
            for leaf, part in _generic(graph.equation(value), edit).items()
        }
    return graph.pullbacks[key]


def delta(value: Value) -> Value:
    """The name of the adjoint of a value, at the same step."""
    return Value(value.shape, f"delta_{value.name}", value.step)


@dataclass(frozen=True)
class Adjoints:
    """The backward pass at a generic step: an equation for every named adjoint, in the order of evaluation within a
    step, and for each parameter the summand of ∂L/∂θ = Σ_t …. The adjoint of L(t) is a leaf, `delta(L)`.

    `ends` is what the adjoint of a value gets besides at step 1 and at the last one, from values of the whole run, and
    `once` what these add to the gradients."""

    model: Model
    equations: tuple[Equation, ...]
    summands: dict[str, Array]
    ends: dict[tuple[str, Expr], Array]
    once: dict[str, Array]

    def seeded(self, array: Array, seed: Expr | None = None) -> Array:
        """The expression with a number for the adjoint of L(t), the model's scale (1 for a sum) by default."""
        return _seed(array, lambda step: self.model.scale if seed is None else seed, self.model)


def adjoints(model: Model, edit: Edit = exact) -> Adjoints:
    """The adjoint equations of the model, derived once at a generic step.

    A value read by the loss alone, through no parameter, is not named: its adjoint is merged into the next one, which
    is where y - ŷ comes from.
    """
    steps = {equation.name: equation.step for equation in model.equations}
    seeds: dict[str, Array] = {equation.name: delta(equation.value) for equation in model.equations}
    arriving: dict[str, Array] = {e.name: constant(0, e.expression.shape) for e in model.equations}
    for equation in model.equations:  # what comes back from other steps
        for leaf, contribution in edges(equation, seeds[equation.name], edit).items():
            if isinstance(leaf, Value) and leaf.name in steps and leaf.step != t and not equation.once:
                arriving[leaf.name] = arriving[leaf.name] + at_step(contribution, t + (t - leaf.step))
    named: list[Equation] = []
    summands: dict[str, Array] = {}
    once: dict[str, Array] = {}
    ends: dict[tuple[str, Expr], Array] = {}
    for equation in reversed(model.equations):
        if equation is not model.loss:
            if _merges(model, equation):
                seeds[equation.name] = _reduced(arriving[equation.name])
            else:
                named.append(Equation(delta(equation.value).name, arriving[equation.name], equation.step))
        for leaf, contribution in edges(equation, seeds[equation.name], edit).items():
            contribution = _reduced(contribution)
            if isinstance(leaf, Parameter):
                _accumulate(once if equation.once else summands, leaf.name, contribution)
            elif leaf.name in steps and leaf.step == steps[leaf.name]:
                _accumulate(arriving, leaf.name, contribution)
            elif leaf.name in steps and equation.once:
                _accumulate(ends, (leaf.name, leaf.step), contribution)

    def ordered(found: dict[str, Array]) -> dict[str, Array]:
        return {parameter.name: found[parameter.name] for parameter in model.parameters if parameter.name in found}

    return Adjoints(model, tuple(named), ordered(summands), ends, ordered(once))


def _accumulate(sums: dict[Any, Array], key: Any, term: Array) -> None:
    sums[key] = sums[key] + term if key in sums else term


def _reduced(array: Array) -> Array:
    """A quotient in lowest terms: y(1 - y)(ŷ/y - (1 - ŷ)/(1 - y)), of a binary cross-entropy, is ŷ - y."""
    if not isinstance(array, Map) or not any(p.exp.is_negative and p.base.free_symbols for p in array.rule.atoms(Pow)):
        return array
    reduced = sympy.cancel(array.rule)
    return Map.of(reduced, array.operands, array.shape) if sympy.denom(reduced).is_number else array


def _merges(model: Model, equation: Equation) -> bool:
    readers = [
        e for e in model.equations if any(isinstance(v, Value) and v.name == equation.name for v in walk(e.expression))
    ]
    alike = all(
        leaf.step == model.loss.step for leaf in (equation, *equation.leaves) if not isinstance(leaf, Parameter)
    )
    weighted = any(isinstance(part, MatMul | Parameter) for part in walk(equation.expression))
    return alike and readers == [model.loss] and not weighted


def _seed(array: Array, weight: Callable[[Expr], Expr], model: Model) -> Array:
    name = delta(model.loss.value).name

    def leaf(node: Array) -> Array:
        return constant(weight(node.step)) if isinstance(node, Value) and node.name == name else node

    return rebuild(array, leaf)


@dataclass(frozen=True)
class Backward:
    """The backward pass unrolled: every adjoint with its expression, each after those it reads, from step T down to 1
    where nothing reads a later step (those that vanish are left out), and the summands of each gradient by step:
    ∂L/∂θ is the sum of `terms[θ]` over the steps."""

    adjoints: dict[Value, Array]
    terms: dict[str, dict[int, Array]]

    def gradient(self, parameter: str) -> Array:
        """∂L/∂θ, in the shape of the parameter, in terms of the named adjoints."""
        return add(*self.terms[parameter].values())


def backward(graph: Graph, losses: frozenset[int] | None = None, edit: Edit = exact) -> Backward:
    """The derivative of the run's loss, or with `losses` of L(i) summed over those steps alone."""
    derived = adjoints(graph.model, edit)
    scale = graph.model.scale.subs("T", graph.steps)

    def weight(step: Expr) -> Expr:
        if not graph.defines(graph.model.loss.value.at(step)):
            return Integer(0)
        return scale if losses is None else Integer(int(step) in losses)

    defined: dict[Value, Array] = {}

    def instantiate(array: Array, step: int) -> Array:
        """At one step, without the adjoints that vanish there."""

        def leaf(node: Array) -> Array:
            vanishes = isinstance(node, Value) and node.name.startswith("delta_") and node not in defined
            return constant(0, node.shape) if vanishes else node

        return rebuild(_seed(graph.at(array, step), weight, graph.model), leaf)

    equations = {equation.name: equation.expression for equation in derived.equations}
    for value in reversed(graph.values):
        if (adjoint := delta(value)).name in equations:
            parts = [instantiate(equations[adjoint.name], int(value.step))]
            for (name, step), part in derived.ends.items():
                if name == value.name and step.subs(last, graph.steps) == value.step:
                    parts.append(instantiate(part, graph.steps))
            if not (summed := add(*parts) if len(parts) > 1 else parts[0]).is_zero:
                defined[adjoint] = summed
    terms: dict[str, dict[int, Array]] = {parameter.name: {} for parameter in graph.model.parameters}
    for step in range(1, graph.steps + 1):
        for sums in (derived.summands, derived.once if step == graph.steps else {}):
            for name, summand in sums.items():
                if not (term := instantiate(summand, step)).is_zero:
                    _accumulate(terms[name], step, term)
    for name, steps in terms.items():
        terms[name] = dict(sorted(steps.items())) or {1: constant(0, graph.model.parameter(name).shape)}
    return Backward(defined, terms)


@dataclass(frozen=True)
class Path:
    """One path from a loss L(i) down to a use of a parameter: the values passed, the parameter last, and the adjoint
    that arrives there along this path alone."""

    values: tuple[Leaf, ...]
    adjoint: Array

    @property
    def source(self) -> int:
        """i, the step of the loss."""
        return int(self.values[0].step)  # type: ignore[union-attr]

    @property
    def target(self) -> int:
        """k, the step at which the parameter is used."""
        return int(self.values[-2].step)  # type: ignore[union-attr]


def paths(graph: Graph, i: int, parameter: str, edit: Edit = exact) -> list[Path]:
    """Every path from L(i) to the parameter. For an Elman network there is one to each k; a gated cell has more."""
    found: list[Path] = []

    def descend(value: Value, adjoint: Array, passed: tuple[Leaf, ...]) -> None:
        for leaf, part in local(graph, value, edit).items():
            if isinstance(leaf, Parameter) and leaf.name == parameter:
                found.append(Path((*passed, leaf), _carry(part, value, adjoint)))
            elif isinstance(leaf, Value) and graph.defines(leaf):
                descend(leaf, _carry(part, value, adjoint), (*passed, leaf))

    for loss in graph.losses:
        if loss.step == i:
            descend(loss, constant(1), (loss,))
    return found


def _carry(part: Array, value: Value, adjoint: Array) -> Array:
    """A pullback of `value` with `adjoint` for its adjoint."""
    name = delta(value)
    return rebuild(part, lambda leaf: adjoint if leaf == name else leaf)


def double_sum(graph: Graph, parameter: str, edit: Edit = exact) -> dict[tuple[int, int], Array]:
    """The terms (i, k), 1 ≤ k ≤ i ≤ T, of ∂L/∂θ as a sum over paths, with the loss's scale left out."""
    terms: dict[tuple[int, int], Array] = {}
    for i in range(1, graph.steps + 1):
        for path in paths(graph, i, parameter, edit):
            key = (path.source, path.target)
            terms[key] = terms[key] + path.adjoint if key in terms else path.adjoint
    return terms
