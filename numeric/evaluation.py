"""The equations of a model, as they stand, over arrays of NumPy or JAX: what the derived gradients are held against.

Nothing here knows of adjoints or of the array program. Complex numbers pass through, for the complex step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

import numpy as np
import sympy

from derive.algebra.array import Array as Expression
from derive.algebra.array import Diag, Map, MatMul, Outer, Parameter, Softmax, Total, Transpose, Value, last, slot
from derive.algebra.model import Model
from derive.algebra.unroll import unroll
from numeric.engines import Array, Parameters, by_step

STEP = 1e-100  # of the complex step: nothing is subtracted, so it need not be balanced against rounding


def values(
    model: Model, parameters: Mapping[str, Any], inputs: Mapping[str, Any], sizes: Mapping[str, int], xp: Any = np
) -> dict[tuple[str, int], Any]:
    """Return every value of the model at every step, from zero states, by its name and its step. `inputs` are as for
    `numeric.engines.build`, and `xp` is the module of the arrays."""
    run = Run(parameters, sizes)
    for value in model.inputs:
        for step, row in by_step(value, inputs[value.name], sizes["T"]):
            run.known[value.name, int(step)] = xp.asarray(row).reshape([sizes[d] for d in value.shape])
    for key, read in _unrolled(model, sizes["T"], xp).definitions:
        run.known[key] = read(run)
    return run.known


def loss(
    model: Model, parameters: Mapping[str, Any], inputs: Mapping[str, Any], sizes: Mapping[str, int], xp: Any = np
) -> Any:
    """Return the loss of a run from zero states."""
    known = values(model, parameters, inputs, sizes, xp)
    summed = sum(known[key] for key in _unrolled(model, sizes["T"], xp).losses)
    return summed * float(model.scale.subs(last, sizes["T"]))


def by_complex_step(
    model: Model, parameters: Parameters, inputs: Mapping[str, Array], sizes: Mapping[str, int]
) -> Parameters:
    """Return the gradients as Im L(θ + ih)/h, entry by entry: exact to rounding, from the equations alone.

    Squire and Trapp, "Using complex variables to estimate derivatives of real functions" (1998).
    """
    gradients = {}
    for name, value in parameters.items():
        gradients[name] = np.empty_like(value)
        for index in np.ndindex(value.shape):
            stepped = value.astype(complex)
            stepped[index] += 1j * STEP
            gradients[name][index] = loss(model, {**parameters, name: stepped}, inputs, sizes).imag / STEP
    return gradients


def by_jax(model: Model, parameters: Parameters, inputs: Mapping[str, Array], sizes: Mapping[str, int]) -> Parameters:
    """Return the gradients by JAX's automatic differentiation of the equations, in float64 on the CPU. Raises
    ImportError if JAX is missing."""
    import jax
    import jax.numpy as jnp

    double = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    try:
        with jax.default_device(jax.devices("cpu")[0]):
            gradients = jax.grad(lambda theta: loss(model, theta, inputs, sizes, jnp))(parameters)
            return {name: np.asarray(gradient) for name, gradient in gradients.items()}
    finally:
        jax.config.update("jax_enable_x64", double)


@dataclass(frozen=True)
class Run:
    """The values of one run as far as they are known."""

    parameters: Mapping[str, Any]
    sizes: Mapping[str, int]
    known: dict[tuple[str, int], Any] = field(default_factory=dict)


Read = Callable[[Run], Any]


@dataclass(frozen=True)
class Unrolled:
    """The values of a model in an order in which they can be computed, each with what computes it, and its losses."""

    definitions: tuple[tuple[tuple[str, int], Read], ...]
    losses: tuple[tuple[str, int], ...]


@lru_cache(maxsize=8)
def _unrolled(model: Model, steps: int, xp: Any) -> Unrolled:
    graph = unroll(model, steps)
    found = ((value, _with_steps(graph.definition(value), steps)) for value in graph.values)
    definitions = tuple((_key(value), _read(expression, xp)) for value, expression in found)
    return Unrolled(definitions, tuple(map(_key, graph.losses)))


def _key(value: Value) -> tuple[str, int]:
    return value.name, int(value.step)


def _read(expression: Expression, xp: Any) -> Read:
    """What computes an expression in a run."""
    inner = [_read(arg, xp) for arg in expression.args]
    match expression:
        case Value(shape):
            key = _key(expression)
            return lambda run: run.known[key] if key in run.known else xp.zeros([run.sizes[d] for d in shape])
        case Parameter(_, name):
            return lambda run: run.parameters[name]
        case Map(shape, rule, operands):
            compiled = _compiled(rule, len(operands), xp)
            if not operands:
                return lambda run: compiled() + xp.zeros([run.sizes[d] for d in shape])
            return lambda run: compiled(*[read(run) for read in inner])
        case MatMul():
            left, right = inner
            return lambda run: left(run) @ right(run)
        case Outer():
            left, right = inner
            return lambda run: xp.outer(left(run), right(run))
        case Transpose():
            return lambda run: inner[0](run).T
        case Diag():
            return lambda run: xp.diag(inner[0](run))
        case Total():
            return lambda run: xp.sum(inner[0](run))
        case Softmax():
            return lambda run: _softmax(inner[0](run), xp)
    raise TypeError(f"no evaluation for {type(expression).__name__}")


def _softmax(u: Any, xp: Any) -> Any:
    powers = xp.exp(u - xp.max(u.real))
    return powers / xp.sum(powers)


def _with_steps(expression: Expression, steps: int) -> Expression:
    """A rule may hold the number of steps."""
    if not expression.args:
        return expression
    expression = expression.with_args(tuple(_with_steps(arg, steps) for arg in expression.args))
    if isinstance(expression, Map) and expression.rule.has(last):
        return Map.of(expression.rule.xreplace({last: sympy.Integer(steps)}), expression.operands, expression.shape)
    return expression


@cache
def _compiled(rule: sympy.Expr, slots: int, xp: Any) -> Callable[..., Any]:
    """A scalar rule as a function of its slots."""

    def softplus(z: Any) -> Any:
        return relu(z) + xp.log(1 + xp.exp(-z * xp.sign(z.real)))

    def relu(z: Any) -> Any:
        return z * (z.real > 0)

    own = {
        "Sigmoid": lambda z: xp.exp(-softplus(-z)),
        "Softplus": softplus,
        "Relu": relu,
        "Positive": lambda z: 1.0 * (z.real > 0),
    }
    return sympy.lambdify([slot(i) for i in range(slots)], rule, [own, xp.__name__ if xp is np else xp])
