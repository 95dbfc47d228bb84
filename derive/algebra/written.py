"""Formulas as people write them: ∂u/∂v as an atom, products and sums in their written order.

SymPy cancels a product as soon as it is made and makes 0 of a derivative of a bare symbol. These classes do neither;
`doit()` gives the SymPy expression that they stand for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy
from sympy import Expr

from derive.algebra.array import Array


class Partial(Expr):
    """∂u/∂v, through every path, or with `direct` ∂⁺u/∂v, through the equation of u alone; nothing is computed."""

    def __new__(cls, of: Expr, wrt: Expr, direct: bool = False) -> Partial:
        partial: Partial = Expr.__new__(cls, of, wrt, sympy.sympify(direct))
        return partial

    @property
    def of(self) -> Expr:
        return self.args[0]

    @property
    def wrt(self) -> Expr:
        return self.args[1]

    @property
    def direct(self) -> bool:
        return bool(self.args[2])


class Times(Expr):
    """A product in its written order."""

    def __new__(cls, *factors: Expr) -> Expr:
        if len(factors) == 1:
            return factors[0]
        product: Expr = Expr.__new__(cls, *map(sympy.sympify, factors))
        return product

    def doit(self, **hints: Any) -> Expr:
        return sympy.Mul(*(factor.doit(**hints) for factor in self.args))


class Plus(Expr):
    """A sum in its written order."""

    def __new__(cls, *terms: Expr) -> Expr:
        if len(terms) == 1:
            return terms[0]
        total: Expr = Expr.__new__(cls, *map(sympy.sympify, terms))
        return total

    def doit(self, **hints: Any) -> Expr:
        return sympy.Add(*(term.doit(**hints) for term in self.args))


def signed(number: Expr, rest: Expr) -> Expr:
    """number · rest, where SymPy would carry a sign into a sum: -(1 - y), not y - 1."""
    return Times(number, rest) if rest.is_Add and number != 1 else number * rest


def split(expression: Expr) -> tuple[Expr, Expr]:
    """The number in front and the rest."""
    if isinstance(expression, Times) and expression.args[0].is_Number:
        return expression.args[0], Times(*expression.args[1:])
    number, rest = expression.as_coeff_Mul()
    return number, rest


@dataclass(frozen=True)
class Equality:
    """head = side = side …, or head ← side; `where` is the condition under which it is stated. Never SymPy's Eq, which
    decides itself and becomes True."""

    head: Expr | Array
    sides: tuple[Expr | Array, ...]
    assigns: bool = False
    where: Expr | None = None


def equality(head: Expr | Array, *sides: Expr | Array) -> Equality:
    """head = sides[0] = sides[1] …, each written once: a side that repeats the one before it is left out."""
    return Equality(head, tuple(side for side, before in zip(sides, (head, *sides), strict=False) if side != before))
