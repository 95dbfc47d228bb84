"""Small builders: text with formulas in it, and display formulas, printed from symbolic objects."""

from __future__ import annotations

from typing import TypeAlias

from sympy import Expr

from derive.algebra.array import Array
from derive.algebra.model import Equation
from derive.algebra.printing import latex, lines
from derive.algebra.written import Equality
from derive.report.document import Formula, Inline, Math, Paragraph, Text

Part: TypeAlias = Inline | Expr | Array


def text(*parts: Part) -> Text:
    """Plain text and formulas in a row; a symbolic part becomes an inline formula."""
    return tuple(Math(latex(part)) if isinstance(part, Expr | Array) else part for part in parts)


def paragraph(template: str, *parts: Part) -> Paragraph:
    """The template with each {} replaced by the next part. Raises ValueError where the counts differ."""
    between = template.split("{}")
    pairs = zip(between, (*parts, ""), strict=True)
    return Paragraph(tuple(piece for pair in pairs for piece in text(*pair) if piece != ""))


def formula(*equalities: Equality | Equation, number: str = "") -> Formula:
    """Equalities below each other, a line for each side."""
    return Formula(tuple(line for equality in equalities for line in lines(equality)), number=number)
