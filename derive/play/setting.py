"""What the page in the browser is made of: formulas as MathML that passed the gate, sentences as text with formulas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from derive.typeset.formula import Mark, Quoted
from derive.typeset.glossary import Glossary, Symbol
from derive.typeset.mathml import Unconvertible
from derive.typeset.prose import prose

Piece: TypeAlias = str | dict[str, str]  # plain text, or {"math": MathML}, {"code": plain text}


class Setter:
    """Sets formulas, with the symbols that a page is known to have."""

    def __init__(self, symbols: Sequence[Symbol] = ()) -> None:
        self.symbols = tuple(symbols)
        self._glossary = Glossary(self.symbols)

    def formula(self, latex: str, display: bool = False, marks: tuple[Mark, ...] = ()) -> dict[str, str]:
        """The formula as {"math": MathML} and its "width" in em, or as {"code": its source} where it is none."""
        try:
            markup, width, _ = self._glossary.formula(latex, display, marks)
        except Unconvertible:
            return {"code": latex}
        return {"math": markup, "width": f"{width + 1:.0f}"}

    def pieces(self, text: str | Iterable[str | Quoted]) -> list[Piece]:
        """A sentence of the check, its formulas set."""
        parts = prose(text) if isinstance(text, str) else text
        return [p if isinstance(p, str) else self.formula(p.latex, False, p.marks) for p in parts]
