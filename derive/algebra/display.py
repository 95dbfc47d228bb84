"""Formulas in a notebook: how IPython shows an array expression and an equation."""

from __future__ import annotations

from typing import Any

from derive.algebra.array import Array
from derive.algebra.model import Equation
from derive.algebra.printing import latex


def register(formatter: Any) -> None:
    """Teach IPython's LaTeX formatter the formula of every array expression and equation."""
    for kind in (Array, Equation):
        formatter.for_type(kind, lambda shown: rf"$\displaystyle {latex(shown)}$")
