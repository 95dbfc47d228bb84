"""Array expressions entry by entry in SymPy, at given sizes: for reading, for `lambdify`, for checks by `sympy.diff`.

net_a(t), a(t), net_y(t), y(t) and the adjoints stay names; `expand` puts their definitions in.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import prod
from typing import ClassVar

import sympy
from sympy import Expr, Matrix, Symbol

from derive.algebra.array import Array, Parameter, Value
from derive.algebra.chain import Backward
from derive.algebra.evaluate import Sizes, evaluate, extent
from derive.algebra.functions import NAMED
from derive.algebra.unroll import Graph
from derive.kernel.field import Entries, Field


class Entry(Symbol):
    """One entry of a named array, a real symbol such as a_2(3) or W_aa_12; indices count from 1."""

    __slots__ = ("index", "of")
    of: Value | Parameter
    index: tuple[int, ...]

    def __new__(cls, of: Value | Parameter, index: tuple[int, ...]) -> Entry:
        place = "".join(f"_{i}" for i in index)
        step = f"({of.step})" if isinstance(of, Value) else ""
        entry: Entry = Symbol.__xnew__(cls, of.name + place + step, real=True)
        entry.of, entry.index = of, index
        return entry


class Symbolic:
    """The field of SymPy expressions."""

    functions: ClassVar = NAMED

    def number(self, value: sympy.Number) -> Expr:
        return value

    def add(self, terms: Sequence[Expr]) -> Expr:
        return sympy.Add(*terms)

    def mul(self, factors: Sequence[Expr]) -> Expr:
        return sympy.Mul(*factors)

    def dot(self, left: Sequence[Expr], right: Sequence[Expr]) -> Expr:
        return sympy.Add(*(sympy.Mul(a, b) for a, b in zip(left, right, strict=True)))

    def power(self, base: Expr, exponent: sympy.Rational) -> Expr:
        return sympy.Pow(base, exponent)

    def argument(self, function: str) -> Field:
        return self

    def apply(self, function: str, argument: Expr) -> Expr:
        return self.functions[function](argument)


SYMBOLIC = Symbolic()


@cache
def _symbols(leaf: Value | Parameter, shape: tuple[int, ...]) -> tuple[Symbol, ...]:
    return tuple(Entry(leaf, _unravel(i, shape)) for i in range(prod(shape)))


def symbols(leaf: Value | Parameter, sizes: Sizes) -> Entries:
    """The entries of a named array as symbols, flat; those of an initial state (a(0)) are zero, and with T among the
    sizes those after the last step too."""
    if isinstance(leaf, Value) and leaf.step.is_Integer and not 1 <= leaf.step <= sizes.get("T", leaf.step):
        return [sympy.S.Zero] * extent(leaf.shape, sizes)
    return list(_symbols(leaf, tuple(sizes[dimension] for dimension in leaf.shape)))


def _unravel(flat: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    index: list[int] = []
    for extent_ in reversed(shape):
        flat, place = divmod(flat, extent_)
        index.append(place + 1)
    return tuple(reversed(index))


def entries(array: Array, sizes: Sizes) -> Entries:
    """The entries of an expression as SymPy expressions of the entries of its leaves, flat in row-major order."""
    return evaluate(array, sizes, lambda leaf, _: symbols(leaf, sizes), SYMBOLIC)


def matrix(array: Array, sizes: Sizes) -> Matrix:
    """The same as a SymPy Matrix, a vector as a column, a scalar as 1×1."""
    rows = extent(array.shape[:1], sizes)
    return Matrix(rows, extent(array.shape[1:], sizes), entries(array, sizes))


def definitions(graph: Graph, sizes: Sizes) -> list[tuple[Symbol, Expr]]:
    """Every named entry of the forward pass with its expression, in the order of evaluation."""
    return [
        pair
        for value in graph.values
        for pair in zip(symbols(value, sizes), entries(graph.definition(value), sizes), strict=True)
    ]


def adjoint_definitions(backward: Backward, sizes: Sizes) -> list[tuple[Symbol, Expr]]:
    """Every named entry of the backward pass with its expression, in the order of evaluation."""
    return [
        pair
        for value, expression in backward.adjoints.items()
        for pair in zip(symbols(value, sizes), entries(expression, sizes), strict=True)
    ]


def expand(expression: Expr, named: Sequence[tuple[Symbol, Expr]]) -> Expr:
    """The expression with every name replaced by its definition: parameters and inputs only. Its size explodes with
    the sizes and steps (99 thousand operations at H = 2, T = 4), so it is for small networks."""
    full: dict[Symbol, Expr] = {}
    for name, definition in named:
        full[name] = definition.xreplace(full)
    return expression.xreplace(full)
