"""Local derivatives of an array expression: pullbacks (vector-Jacobian products) and Jacobian matrices.

SymPy differentiates every scalar rule; only the bilinear operations have a rule of their own.
The adjoint of u is written ū and has the shape of u. A Jacobian ∂u/∂v has u's index first.
"""

from __future__ import annotations

from functools import singledispatch

import sympy
from sympy import Expr

from derive.algebra.array import (
    Array,
    Diag,
    Map,
    MatMul,
    Outer,
    Parameter,
    ShapeError,
    Softmax,
    Total,
    Transpose,
    Value,
    constant,
    diag,
    elementwise,
    exp,
    matmul,
    outer,
    slot,
    substitute,
    t,
    total,
    transpose,
    walk,
)
from derive.algebra.model import Equation

Leaf = Value | Parameter


def pullback(equation: Equation, seed: Array) -> dict[Leaf, Array]:
    """For u(t) = f(v, …) and the adjoint ū: the adjoint that each leaf v of the equation gets through it, Jᵀ ū.

    Functions that the equation itself applies are written by its value: 1 - a² for tanh', y(ū - Σ y ū) for softmax.
    """
    adjoints: dict[Leaf, Array] = {}

    def accumulate(expression: Array, adjoint: Array) -> None:
        if isinstance(expression, Value | Parameter):
            adjoints[expression] = adjoints[expression] + adjoint if expression in adjoints else adjoint
            return
        value = equation.value if expression is equation.expression else expression
        for argument, contribution in local(expression, value, adjoint):
            accumulate(argument, contribution)

    accumulate(equation.expression, seed)
    return adjoints


@singledispatch
def local(expression: Array, value: Array, adjoint: Array) -> list[tuple[Array, Array]]:
    """The arguments of one operation, each with its adjoint; `value` is the name of the operation's result."""
    raise TypeError(f"no pullback for {type(expression).__name__}")


@local.register
def _(expression: Map, value: Array, adjoint: Array) -> list[tuple[Array, Array]]:
    pairs = []
    for i, argument in enumerate(expression.operands):
        product = _named_slope(expression, i, value) * adjoint
        pairs.append((argument, product if argument.shape else total(product)))
    return pairs


@local.register
def _(expression: MatMul, value: Array, adjoint: Array) -> list[tuple[Array, Array]]:
    left, right = expression.left, expression.right
    if len(right.shape) == 1:
        return [(left, outer(adjoint, right)), (right, matmul(transpose(left), adjoint))]
    return [(left, matmul(adjoint, transpose(right))), (right, matmul(transpose(left), adjoint))]


@local.register
def _(expression: Outer, value: Array, adjoint: Array) -> list[tuple[Array, Array]]:
    left, right = expression.left, expression.right
    return [(left, matmul(adjoint, right)), (right, matmul(transpose(adjoint), left))]


@local.register
def _(expression: Transpose, value: Array, adjoint: Array) -> list[tuple[Array, Array]]:
    return [(expression.operand, transpose(adjoint))]


@local.register
def _(expression: Total, value: Array, adjoint: Array) -> list[tuple[Array, Array]]:
    return [(expression.operand, constant(1, expression.operand.shape) * adjoint)]


@local.register
def _(expression: Softmax, value: Array, adjoint: Array) -> list[tuple[Array, Array]]:
    """Through its definition e = exp(u), s = Σe, y = e/s, and then e written as y s."""
    u, e = Value(expression.shape, "u", t), Value(expression.shape, "exp(u)", t)
    s = Value((), "sum(exp(u))", t)  # names that no model has
    through_quotient = pullback(Equation("", e / s), adjoint)
    through_sum = pullback(Equation("", Total((), e)), through_quotient[s])
    slope = _named_slope(exp(u), 0, e)
    product = slope * (through_quotient[e] + through_sum[e])
    return [(expression.operand, _rename(product, e, value * s))]


def _named_slope(expression: Array, i: int, value: Array) -> Array:
    """∂(rule)/∂(argument i), where the rule's own expression occurs in it written as the value."""
    assert isinstance(expression, Map)
    name = sympy.Dummy(real=True)
    slope = expression.rule.diff(slot(i))
    if slope.has(expression.rule) and not expression.rule.is_Symbol:
        slope = slope.subs(expression.rule, name)
    elif (-expression.rule).is_Function:
        slope = slope.subs(-expression.rule, -name)

    def rule(named: Expr, *slots: Expr) -> Expr:
        return substitute(slope, slots).subs(name, named)

    return elementwise(rule, value, *expression.operands, shape=expression.shape)


def _rename(array: Array, old: Value, new: Array) -> Array:
    """The expression with `new` for the leaf `old`, each rule in lowest terms."""
    if array == old:
        return new
    if not array.args:
        return array
    renamed = array.with_args(tuple(_rename(arg, old, new) for arg in array.args))
    if not isinstance(renamed, Map):
        return renamed
    return Map.of(sympy.cancel(renamed.rule), renamed.operands, renamed.shape)


def jacobian(equation: Equation, wrt: Value) -> Array:
    """The matrix ∂⁺u/∂v through the equation of u alone, for vectors u and v: u's index first.

    It is read off the pullback, which is linear in ū. Raises ShapeError where u or v is no vector.
    """
    shape = equation.expression.shape
    if len(shape) != 1 or len(wrt.shape) != 1:
        raise ShapeError(f"a Jacobian matrix needs two vectors, not ∂{equation.name}/∂{wrt.name}")
    seed = Value(shape, "seed", t)
    adjoints = pullback(equation, seed)
    return _matrix(adjoints[wrt], seed) if wrt in adjoints else constant(0, shape + wrt.shape)


def _matrix(adjoint: Array, seed: Value) -> Array:
    """J for an adjoint equal to Jᵀ ū, with ū = `seed`."""
    if adjoint == seed:
        return diag(constant(1, seed.shape))
    if isinstance(adjoint, MatMul):
        return _compose(_matrix(adjoint.right, seed), transpose(adjoint.left))
    if isinstance(adjoint, Total):
        return _row(adjoint.operand, seed)
    assert isinstance(adjoint, Map)
    terms = []
    for operand, coefficient in _linear_terms(adjoint, seed):
        inner = _matrix(operand, seed)
        terms.append(_compose(inner, diag(coefficient)) if operand.shape else outer(inner, coefficient))
    return elementwise(lambda *parts: sympy.Add(*parts), *terms)


def _row(summed: Array, seed: Value) -> Array:
    """The vector r for a sum of entries equal to rᵀ ū."""
    if summed == seed:
        return constant(1, seed.shape)
    assert isinstance(summed, Map)
    rows = []
    for operand, coefficient in _linear_terms(summed, seed):
        rows.append(coefficient if operand == seed else matmul(_matrix(operand, seed), coefficient))
    return elementwise(lambda *parts: sympy.Add(*parts), *rows)


def _linear_terms(array: Map, seed: Value) -> list[tuple[Array, Array]]:
    """The operands that hold the seed, each with the coefficient that the rule gives it, in the shape of the map."""
    return [
        (operand, Map.of(array.rule.diff(slot(i)), array.operands, array.shape))
        for i, operand in enumerate(array.operands)
        if seed in walk(operand)
    ]


def _compose(left: Array, right: Array) -> Array:
    """The product of two Jacobians, an identity left out."""
    if isinstance(left, Diag) and left.operand == constant(1, left.shape[:1]):
        return right
    if isinstance(right, Diag) and right.operand == constant(1, right.shape[:1]):
        return left
    return matmul(left, right)
