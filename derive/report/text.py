"""Small builders: text with formulas in it, and display formulas, printed from symbolic objects."""

from __future__ import annotations

from sympy import Expr

from derive.array import Array
from derive.model import Equation
from derive.printing import latex, lines
from derive.report.document import Formula, Inline, Link, Math, Paragraph, Quoted, Text
from derive.written import Equality

Part = Inline | Expr | Array | Equality | Equation


def text(*parts: Part) -> Text:
    """Plain text and formulas in a row; a symbolic part becomes an inline formula."""
    return tuple(part if isinstance(part, str | Math | Quoted | Link) else Math(latex(part)) for part in parts)


def paragraph(*parts: Part) -> Paragraph:
    return Paragraph(text(*parts))


def formula(*equalities: Equality | Equation, number: str = "") -> Formula:
    """Equalities below each other, a line for each side."""
    return Formula(tuple(line for equality in equalities for line in lines(equality)), number=number)
