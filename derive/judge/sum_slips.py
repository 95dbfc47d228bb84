"""Slips in sums: a sign, a term too many, brackets that end too early."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from derive.judge.edits import Edit, Edits, put, simplified, without
from derive.judge.places import Place, rebuilt
from derive.reading.tree import (
    Big,
    Frac,
    Group,
    Product,
    Span,
    Sum,
)


@dataclass(frozen=True)
class SumSlips(Edits):
    """The edits of the sums of a side."""

    def signs(self, pieces: list[Place]) -> Iterator[Edit]:
        for node, path in self.sums():
            for n, sign in enumerate(node.signs):
                flipped = rebuilt(path, node, simplified(replace(node, signs=put(node.signs, n, -sign))))
                span, between = self.before(node, n)
                if n:
                    mark = between.replace("-", "±").replace("+", "-").replace("±", "+")
                    yield Edit(flipped, span, mark)
                else:
                    yield Edit(flipped, span, "" if sign < 0 else "-")
            if len(node.terms) > 1 and set(node.signs) == {1, -1}:
                opposite = replace(node, signs=tuple(-sign for sign in node.signs))
                positive = [n for n, sign in enumerate(opposite.signs) if sign > 0]
                order = [*positive, *(n for n, sign in enumerate(opposite.signs) if sign < 0)]
                ordered = Sum(node.span, tuple(node.terms[n] for n in order), tuple(opposite.signs[n] for n in order))
                yield Edit(rebuilt(path, node, ordered), node.span, self.joined(node, order, ordered.signs))
        for place in pieces:
            body = place.path[-1] if place.path else None
            whole = not place.path or isinstance(body, Group | Frac)
            if place.start is not None and isinstance(body, Product):  # the product that a factor stands in
                outer = place.path[-2] if len(place.path) > 1 else None
                if place.start or isinstance(outer, Sum) or not (outer is None or isinstance(outer, Group | Frac)):
                    if place.start and isinstance(body.factors[place.start - 1], Big):
                        yield from self.inner_sign(body, place)
                    continue
                negative = Sum(body.span, (body,), (-1,))
                yield Edit(rebuilt(place.path[:-1], body, negative), (body.span[0], body.span[0]), "-")
            elif whole and not isinstance(place.nodes[0], Sum):
                inner = place.node
                yield Edit(place.put(Sum(inner.span, (inner,), (-1,))), (inner.span[0], inner.span[0]), "-")

    def inner_sign(self, product: Product, place: Place) -> Iterator[Edit]:
        """Σ -x for Σ x, written before the Σ."""
        first = place.start or 0
        bigs = 0
        while first - bigs - 1 >= 0 and isinstance(product.factors[first - bigs - 1], Big):
            bigs += 1
        outer = place.path[-2] if len(place.path) > 1 else None
        if first == bigs and not isinstance(outer, Sum):
            negative = Sum(product.span, (product,), (-1,))
            yield Edit(rebuilt(place.path[:-1], product, negative), (product.span[0],) * 2, "-")

    def before(self, node: Sum, n: int) -> tuple[Span, str]:
        """The place of the sign before a term, and what stands there."""
        start = node.terms[n - 1].span[1] if n else node.span[0]
        span = (start, node.terms[n].span[0])
        return span, self.text(span)

    def joined(self, node: Sum, order: Sequence[int], signs: Sequence[int]) -> str:
        """Terms of a sum in an order, with signs."""
        text = ""
        for n, sign in zip(order, signs, strict=True):
            mark = "-" if sign < 0 else "+" if text else ""
            text += f" {mark} " if text else mark
            text += self.text(node.terms[n].span)
        return text

    def terms(self, pieces: list[Place]) -> Iterator[Edit]:
        """A term too many."""
        for node, path in self.sums():
            if len(node.terms) < 2:
                continue
            for n in range(len(node.terms)):
                rest = Sum(node.span, without(node.terms, n), without(node.signs, n))
                if n:
                    span = (node.terms[n - 1].span[1], node.terms[n].span[1])
                else:
                    span = (node.span[0], node.terms[1].span[0] if rest.signs[0] > 0 else self.mark(node))
                yield Edit(rebuilt(path, node, simplified(rest)), span, "")

    def mark(self, node: Sum) -> int:
        """Where the sign before the second term stands."""
        span, between = self.before(node, 1)
        return span[0] + between.index("-") if "-" in between else span[1]

    def brackets(self, pieces: list[Place]) -> Iterator[Edit]:
        r"""Σ (a + b) for Σ a + b."""
        for node, path in self.sums():
            first = node.terms[0]
            if len(node.terms) < 2 or node.signs[0] < 0 or not isinstance(first, Product):
                continue
            bigs = 0
            while isinstance(first.factors[bigs], Big):
                bigs += 1
            if not bigs:
                continue
            rest = (
                first.factors[bigs]
                if len(first.factors) == bigs + 1
                else Product(first.span, first.factors[bigs:], first.ops[bigs:])
            )
            group = Group(node.span, replace(node, terms=(rest, *node.terms[1:])), "(")
            new = Product(node.span, (*first.factors[:bigs], group), ("",) * bigs)
            span = (first.factors[bigs].span[0], node.span[1])
            yield Edit(rebuilt(path, node, new), span, rf"\left({self.text(span)}\right)")
