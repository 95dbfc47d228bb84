"""Scalar rules in Python's syntax, for every printer that writes it or something like it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sympy import Expr, Symbol
from sympy.printing.str import StrPrinter

from derive.algebra.evaluate import function_name


class PositiveFirst(StrPrinter):
    """Prints the positive terms of a sum first. `spelled` says how a symbol is written where not by its name, which
    only gives it its place in the order."""

    spelled: Mapping[str, str] = {}

    def _print_Symbol(self, expr: Symbol) -> str:
        return self.spelled.get(expr.name, expr.name)

    def _as_ordered_terms(self, expr: Expr, order: str | None = None) -> list[Expr]:
        return sorted(super()._as_ordered_terms(expr, order), key=lambda term: bool(term.could_extract_minus_sign()))


class RulePrinter(PositiveFirst):
    """Prints a rule, with roots as powers, which need no function."""

    def function(self, name: str) -> str:
        """How a function is called."""
        return name

    def _print_Function(self, expr: Any) -> str:
        return f"{self.function(function_name(expr))}({self.stringify(expr.args, ', ')})"

    def _print_Pow(self, expr: Expr, rational: bool = False) -> str:
        return str(super()._print_Pow(expr, rational=True))
