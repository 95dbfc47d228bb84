"""Scalar functions that networks apply and SymPy has not by name; each knows its definition and its derivative."""

from __future__ import annotations

from functools import cache

import sympy
from sympy import Expr, Symbol


class Sigmoid(sympy.Function):
    """The logistic function 1/(1 + e^{-z}), kept as one name."""

    nargs = 1
    is_real = True

    @classmethod
    def definition(cls, z: Expr) -> Expr:
        return 1 / (1 + sympy.exp(-z))

    def fdiff(self, argindex: int = 1) -> Expr:
        """σ' in terms of σ: SymPy's derivative of the definition, with e^{-z} solved from the value."""
        return _sigmoid_slope().xreplace({Symbol("s"): self})


@cache
def _sigmoid_slope() -> Expr:
    z, s, e = sympy.symbols("z s e")
    definition = Sigmoid.definition(z)
    generator = sympy.solve(definition.subs(sympy.exp(-z), e) - s, e)[0]
    return sympy.cancel(definition.diff(z).subs(sympy.exp(-z), e).subs(e, generator))


class Softplus(sympy.Function):
    """log(1 + e^z), of which σ is the derivative; log σ(z) is -softplus(-z)."""

    nargs = 1
    is_real = True

    @classmethod
    def definition(cls, z: Expr) -> Expr:
        """Without overflow."""
        return sympy.Max(z, 0) + sympy.log(1 + sympy.exp(-sympy.Abs(z)))

    def fdiff(self, argindex: int = 1) -> Expr:
        return Sigmoid(self.args[0])


class Relu(sympy.Function):
    """max(z, 0)."""

    nargs = 1
    is_real = True

    @classmethod
    def definition(cls, z: Expr) -> Expr:
        return sympy.Max(z, 0)

    def fdiff(self, argindex: int = 1) -> Expr:
        """1 where the value is positive, else 0; at z = 0, where there is no derivative, 0, as frameworks say."""
        return Positive(self)


class Positive(sympy.Function):
    """1 for z > 0, else 0."""

    nargs = 1
    is_real = True

    @classmethod
    def definition(cls, z: Expr) -> Expr:
        return sympy.Piecewise((1, z > 0), (0, True))

    def fdiff(self, argindex: int = 1) -> Expr:
        return sympy.Integer(0)


NAMED: dict[str, type[sympy.Function]] = {
    "tanh": sympy.tanh,
    "exp": sympy.exp,
    "log": sympy.log,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "sigmoid": Sigmoid,
    "softplus": Softplus,
    "relu": Relu,
    "positive": Positive,
}
"""The functions that every engine and export knows."""


def defined(expression: Expr) -> Expr:
    """The expression with those functions that SymPy has not written by their definitions."""
    for function in (Sigmoid, Softplus, Relu, Positive):
        expression = expression.replace(function, function.definition)
    return expression
