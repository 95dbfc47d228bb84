"""Slips of functions, powers and derivatives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from derive.judge.edits import Edit, Edits, is_name
from derive.judge.places import Place, rebuilt
from derive.judge.writing import Piece, raised, untransposed
from derive.reading.tree import (
    NOWHERE,
    Group,
    Node,
    Number,
    Partial,
    Product,
    Script,
    Sum,
    Symbol,
)
from derive.understand.application import ELEMENTWISE


@dataclass(frozen=True)
class FunctionSlips(Edits):
    """The edits of the functions, the powers and the derivatives of a side."""

    def powers(self, pieces: list[Place]) -> Iterator[Edit]:
        """1 - h^2 for (1 - h)^2 and for 1 - h, and the other way round."""
        two = Number(NOWHERE, Fraction(2))
        for place in pieces:
            last = place.nodes[-1]
            if isinstance(last, Script) and last.sup == two:
                bare = untransposed(self.piece(place))
                yield self.replaced(place, bare)
                if isinstance(last.base, Group) and isinstance(last.base.body, Sum) and len(last.base.body.terms) == 2:
                    yield self.replaced(place, self.squared_inside(last.base, last.base.body, place))
            elif self.is_term(place) and not isinstance(last, Number):
                yield self.replaced(place, squared(self.piece(place)))
        for node, path in self.sums():
            if len(node.terms) == 2 and path and isinstance(path[-1], Group):
                last = node.terms[1]
                core = last.factors[-1] if isinstance(last, Product) else last
                if isinstance(core, Script) and core.sup == two:
                    bare = untransposed(Piece(last, self.text(last.span)))
                    group = replace(path[-1], body=replace(node, terms=(node.terms[0], bare.node)))
                    text, start = self.text(path[-1].span), path[-1].span[0]
                    latex = text[: last.span[0] - start] + bare.latex + text[last.span[1] - start :]
                    new = Script(group.span, group, None, two)
                    yield Edit(rebuilt(path[:-1], path[-1], new), path[-1].span, latex + "^2")

    def is_term(self, place: Place) -> bool:
        """Whether a piece is a whole term of a sum."""
        parents = [*place.path]
        last = parents[-1] if parents else None
        if place.start is not None and isinstance(last, Product):
            if len(last.factors) > len(place.nodes):
                return False
            parents.pop()
        return bool(parents) and isinstance(parents[-1], Sum)

    def squared_inside(self, group: Group, body: Sum, place: Place) -> Piece:
        """(a - x^2) for (a - x)^2, without the brackets where others stand around it."""
        term = body.terms[1]
        inner = squared(Piece(term, self.text(term.span)))
        text, start = self.text(group.span), group.span[0]
        latex = text[: term.span[0] - start] + inner.latex + text[term.span[1] - start :]
        new = replace(body, terms=(body.terms[0], inner.node))
        if place.start is None and place.path and isinstance(place.path[-1], Group):
            return Piece(new, latex[body.span[0] - start : len(latex) - (group.span[1] - body.span[1])])
        return Piece(replace(group, body=new), latex)

    def primes(self, pieces: list[Place]) -> Iterator[Edit]:
        """g' for g, and the other way round."""
        for place in pieces:
            if len(place.nodes) != 2:
                continue
            head = place.nodes[0]
            name = self.finder.at.names.read(head, None, self.finder.at.here)
            if name is None or self.finder.at.key(name) in self.finder.at.known:
                continue
            if not {name.name, name.mention.base} & (self.finder.at.functions.keys() | ELEMENTWISE.keys()):
                continue
            own = Place((head,), place.path, place.start)
            text = self.text(head.span)
            if isinstance(head, Script) and head.primes:
                fewer: Node = replace(head, primes=head.primes - 1)
                if head.primes == 1 and head.sub is None and head.sup is None:
                    fewer = head.base
                latex = text.replace("'", "", 1).replace(r"^{\prime}", "").replace(r"^\prime", "")
                yield self.replaced(own, Piece(fewer, latex))
            elif not isinstance(head, Script) or head.sup is None:
                more = replace(head, primes=1) if isinstance(head, Script) else Script(head.span, head, primes=1)
                yield self.replaced(own, Piece(more, text + "'"))

    def functions(self, pieces: list[Place]) -> Iterator[Edit]:
        """u for tanh(u)."""
        for place in pieces:
            if len(place.nodes) != 2:
                continue
            head, argument = place.nodes
            base = head.base if isinstance(head, Script) else head
            bracket = argument.base if isinstance(argument, Script) and argument.sub is None else argument
            known = isinstance(base, Symbol) and (base.name in ELEMENTWISE or base.name == "softmax")
            if not known or not isinstance(bracket, Group):
                continue
            inner = Piece(argument, self.text(argument.span))  # (u)^2 of tanh(u)^2
            if isinstance(argument, Group) and is_name(argument.body):
                inner = Piece(argument.body, self.text(argument.body.span))
            if isinstance(head, Script) and isinstance(head.sup, Number):
                inner = raised(inner, str(head.sup.value), False)
            yield self.replaced(place, inner)

    def derivatives(self, pieces: list[Place]) -> Iterator[Edit]:
        """∂⁺ for ∂ and d, ∂ for ∂⁺, and a ∂ that was forgotten."""
        for place in pieces:
            node = place.node
            if not isinstance(node, Partial):
                continue
            of, wrt = self.text(node.of.span), self.text(node.wrt.span)
            if node.forgotten:
                latex = rf"\frac{{\partial {of}}}{{\partial {wrt}}}"
                yield self.replaced(place, Piece(replace(node, forgotten=""), latex))
            elif node.direct:
                latex = rf"\frac{{\partial {of}}}{{\partial {wrt}}}"
                yield self.replaced(place, Piece(replace(node, direct=None), latex))
            else:
                latex = rf"\frac{{\partial^{{+}} {of}}}{{\partial {wrt}}}"
                yield self.replaced(place, Piece(replace(node, direct=True), latex))


def squared(piece: Piece) -> Piece:
    """x^2 for x, tanh^2(u) for tanh(u)."""
    head, *rest = piece.factors
    if len(rest) == 1 and isinstance(head, Symbol) and head.name in ELEMENTWISE:
        end = head.span[1] - head.span[0]
        function = raised(Piece(head, piece.latex[:end]), "2", False)
        return Piece(Product(piece.node.span, (function.node, *rest), ("",)), function.latex + piece.latex[end:])
    return raised(piece, "2", False)
