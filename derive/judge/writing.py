"""Pieces of formulas as trees with their LaTeX: raised, transposed back, and indices written out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from derive.kernel.index import Index
from derive.reading.tree import NOWHERE, Frac, Group, Node, Number, Partial, Product, Script, Sum, Symbol


@dataclass(frozen=True)
class Piece:
    """A tree and how it is written. The spans of the tree are those that it had before."""

    node: Node
    latex: str

    @property
    def factors(self) -> tuple[Node, ...]:
        return self.node.factors if isinstance(self.node, Product) else (self.node,)

    @property
    def ops(self) -> tuple[str, ...]:
        return self.node.ops if isinstance(self.node, Product) else ()

    def with_last(self, last: Node, latex: str) -> Piece:
        """With another last factor."""
        if not isinstance(self.node, Product):
            return Piece(last, latex)
        return Piece(replace(self.node, factors=(*self.node.factors[:-1], last)), latex)


def raised(piece: Piece, mark: str, inside: bool) -> Piece:
    """A factor to a power, or transposed; `inside` puts the mark beside a step in brackets, a^{(t)T}."""
    sup: Node = (
        Number(NOWHERE, Fraction(int(mark))) if mark.isdigit() else Symbol(NOWHERE, "T" if mark == "T" else "top")
    )
    last = piece.factors[-1]
    if isinstance(last, Script) and last.sup is not None:
        if inside and isinstance(last.sup, Group) and piece.latex.endswith("}"):
            return piece.with_last(Script(last.span, last, None, sup), f"{piece.latex[:-1]}{mark}}}")
        group = Group(last.span, piece.node, "(")
        return Piece(Script(last.span, group, None, sup), f"({piece.latex})^{mark}")
    if isinstance(last, Partial | Frac | Sum):
        group = Group(last.span, piece.node, "(")
        return Piece(Script(last.span, group, None, sup), rf"\left({piece.latex}\right)^{mark}")
    new = replace(last, sup=sup) if isinstance(last, Script) else Script(last.span, last, None, sup)
    return piece.with_last(new, f"{piece.latex}^{mark}")


def untransposed(piece: Piece) -> Piece:
    """A factor without what is raised at its end."""
    last = piece.factors[-1]
    if not isinstance(last, Script) or last.sup is None:
        return piece
    start = piece.factors[0].span[0]
    left, right = last.sup.span[0] - start, last.sup.span[1] - start
    before, after = piece.latex[:left].rstrip(), piece.latex[right:]
    before = before.removesuffix("^").rstrip() if before.endswith("^") else before
    bare: Node = replace(last, sup=None)
    if isinstance(bare, Script) and bare.sub is None and not bare.primes and bare.left is None:
        bare = bare.base
    latex = before + after
    body = bare.body if isinstance(bare, Group) and bare.bracket == "(" else None
    named = isinstance(body, Symbol | Script) or (
        isinstance(body, Product) and isinstance(body.factors[-1], Group | Script)
    )
    if isinstance(bare, Group) and body is not None and named and len(piece.factors) == 1:
        opening, closing = bare.body.span[0] - start, bare.body.span[1] - start
        return Piece(bare.body, piece.latex[opening:closing])
    return piece.with_last(bare, latex)


def index_text(index: Index) -> str:
    """An index as LaTeX."""
    parts: list[str] = []
    for name, coefficient in index.letters:
        sign = "-" if coefficient < 0 else "+" if parts else ""
        text = str(name) if len(str(name)) == 1 or str(name).startswith("T_") else f"\\{name}"
        parts.append(sign + ("" if abs(coefficient) == 1 else str(abs(coefficient))) + text)
    if index.constant or not parts:
        parts.append(f"{index.constant:+d}" if parts else str(index.constant))
    return "".join(parts)


__all__ = ["Piece", "index_text", "raised", "untransposed"]
