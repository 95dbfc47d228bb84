"""The equations of a model, as they stand, over arrays of NumPy or JAX: what the derived gradients are held against.

Nothing here knows of adjoints or of the array program. Complex numbers pass through, for the complex step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any

import numpy as np
import sympy

from derive.algebra.array import Array as Expression
from derive.algebra.array import Diag, Map, MatMul, Outer, Parameter, Softmax, Total, Transpose, Value, last, slot
from derive.algebra.model import Model
from derive.algebra.unroll import Graph, unroll
from numeric.engines import Array, Parameters, by_step

STEP = 1e-100  # of the complex step: nothing is subtracted, so it need not be balanced against rounding


def values(
    model: Model, parameters: Mapping[str, Any], inputs: Mapping[str, Any], sizes: Mapping[str, int], xp: Any = np
) -> dict[Value, Any]:
    """Return every value of the model at every step, from zero states. `inputs` are as for `numeric.engines.build`, and
    `xp` is the module of the arrays."""
    graph = _graph(model, sizes["T"])
    known: dict[Value, Any] = {}
    for value in model.inputs:
        for step, row in by_step(value, inputs[value.name], sizes["T"]):
            known[_key(value.at(step))] = xp.asarray(row).reshape([sizes[d] for d in value.shape])

    def evaluate(expression: Expression) -> Any:
        match expression:
            case Value():
                zero = [sizes[d] for d in expression.shape]
                return known[_key(expression)] if _key(expression) in known else xp.zeros(zero)
            case Parameter(_, name):
                return parameters[name]
            case Map(shape, rule, operands):
                result = _compiled(rule, len(operands), xp)(*map(evaluate, operands))
                return result + xp.zeros([sizes[d] for d in shape]) if not operands else result
            case MatMul(_, left, right):
                return evaluate(left) @ evaluate(right)
            case Outer(_, left, right):
                return xp.outer(evaluate(left), evaluate(right))
            case Transpose(_, operand):
                return evaluate(operand).T
            case Diag(_, operand):
                return xp.diag(evaluate(operand))
            case Total(_, operand):
                return xp.sum(evaluate(operand))
            case Softmax(_, operand):
                u = evaluate(operand)
                powers = xp.exp(u - xp.max(u.real))
                return powers / xp.sum(powers)
        raise TypeError(f"no evaluation for {type(expression).__name__}")

    for value in graph.values:
        known[_key(value)] = evaluate(_with_steps(graph.definition(value), sizes["T"]))
    return known


def loss(
    model: Model, parameters: Mapping[str, Any], inputs: Mapping[str, Any], sizes: Mapping[str, int], xp: Any = np
) -> Any:
    """Return the loss of a run from zero states."""
    known = values(model, parameters, inputs, sizes, xp)
    summed = sum(known[_key(value)] for value in _graph(model, sizes["T"]).losses)
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


@lru_cache(maxsize=4)
def _graph(model: Model, steps: int) -> Graph:
    return unroll(model, steps)


def _key(value: Value) -> Value:
    """A value by its name and step alone."""
    return Value((), value.name, sympy.Integer(value.step))


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
