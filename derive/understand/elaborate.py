"""Trees to kernel terms: what a formula says, once its names, layouts and functions are known.

Every side has a list of readings, the plainest first. Σ reaches over the rest of its product, Π up to the last factor
that holds its index; a function takes the bracket that follows, or the next factor.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Self

from derive.kernel.terms import Number
from derive.reading.errors import ReadError
from derive.reading.tree import (
    At,
    Big,
    Cases,
    Frac,
    Group,
    Matrix,
    Nabla,
    Node,
    Partial,
    Product,
    Relation,
    Script,
    Sequence,
    Sum,
    Symbol,
)
from derive.reading.tree import Number as Digits
from derive.understand import (
    application,
    blocks,
    conditions,
    derivatives,
    products,
    references,
    scripts,
    shares,
    sums,
    typed,
)
from derive.understand.products import BEAM
from derive.understand.reader import Reader, Scope
from derive.understand.typed import Misfit, Typed

ONE = Digits((0, 0), Fraction(1))


@dataclass
class Elaborator(Reader):
    """Elaborates the formulas of one page. Other notations do some of this otherwise."""

    factors = products.of_factors
    quotient = products.quotient
    sum = products.total_of
    quantity = references.quantity
    special = references.special
    applied_whole = application.of_whole
    transposed = staticmethod(typed.transposed)
    power = scripts.power
    picked = scripts.picked
    partial = derivatives.partial
    layouts = derivatives.layouts
    linked = derivatives.linked

    @classmethod
    def of(cls, other: Reader, **assumed: object) -> Self:
        """The same page, read in another way."""
        same = {f.name: getattr(other, f.name) for f in fields(cls) if hasattr(other, f.name)}
        return cls(**{**same, "derivatives": (set(), set()), **assumed})

    def side(self, node: Node, keep: frozenset[str] = frozenset()) -> list[Typed]:
        """The readings of a side. Raises Misfit where there is none, ReadError for what is not understood."""
        self.is_head = node is self.head
        return self.read(node, Scope(keep))

    def part(self, node: Node) -> list[Typed]:
        """The readings of what is only a part of a side."""
        return self.side(node)

    def laid_out(self, of: Typed) -> Typed:
        """A reading with the extents of its axes for rows and columns, as what it defines has them."""
        return of

    def read(self, node: Node, scope: Scope) -> list[Typed]:
        """The readings of a tree, the plainest first."""
        if self.recall is None:
            return self._plainest(node, scope)
        return self.recall.of(self, (node,), scope.key, lambda: self._plainest(node, scope))

    def _plainest(self, node: Node, scope: Scope) -> list[Typed]:
        found = self._read(node, scope)
        if not found:
            raise Misfit("no reading of this product fits its shapes")
        best: dict[object, Typed] = {}
        for reading in sorted(found, key=lambda r: r.cost):
            best.setdefault((reading.term, reading.rows, reading.cols), reading)
        return list(best.values())[:BEAM]

    def _read(self, node: Node, scope: Scope) -> list[Typed]:
        match node:
            case Digits(_, value):
                return [Typed(Number(value))]
            case Symbol() | Script():
                return self.factors([node], [], scope)
            case Group(_, Sequence(_, items), "["):
                return [blocks.concatenated(self, [self.read(item, scope)[0] for item in items])]
            case Group(_, Relation() as relation, "(" | "[") if (step := conditions.step(self, relation)) is not None:
                return [step]
            case Group(_, Sequence() | Relation(), "(" | "[" | "{"):
                raise ReadError("a list where one expression is meant", node.span)
            case Group(_, body, "(" | "[" | "{"):
                return self.read(body, scope)
            case Group(_, body, "||"):
                return [scripts.norm(inner) for inner in self.read(body, scope)]
            case Sum(_, parts, signs):
                return self.sum(parts, signs, scope)
            case Product(_, factors, ops):
                return products.product(self, list(factors), list(ops), scope)
            case Frac(_, over, under):
                return self.quotient(self.read(over, scope), self.read(under, scope))
            case Partial(_, of, wrt, direct):
                return self.partial(of, wrt, direct, scope)
            case Nabla(_, wrt, of):
                found = self.partial(of, wrt, None, scope)
                return [replace(reading, chain=None) for reading in found]  # J ∇L for J^T ∇L is no chain rule
            case Cases(_, branches):
                return [conditions.cases(self, [(self.read(value, scope)[0], when) for value, when in branches])]
            case Matrix(_, rows):
                return [blocks.matrix(self, [[self.read(cell, scope)[0] for cell in row] for row in rows])]
            case At():
                return shares.at_bar(self, node, scope)
        raise ReadError(f"{type(node).__name__.lower()} is not understood here", node.span)

    def factor(self, factors: list[Node], ops: list[str], n: int, scope: Scope) -> tuple[list[Typed], int]:
        """The readings of factor n, and how many factors it takes."""
        if self.recall is None:
            return self._factor(factors, ops, n, scope)
        is_sum = any(isinstance(node, Big) for node in factors[n : n + 2])
        reach = len(factors) if is_sum else n + 3
        seen, between = tuple(factors[n:reach]), tuple(ops[n : reach - 1])
        return self.recall.of(self, seen, (between, *scope.key), lambda: self._factor(factors, ops, n, scope))

    def _factor(self, factors: list[Node], ops: list[str], n: int, scope: Scope) -> tuple[list[Typed], int]:
        node = factors[n]
        if isinstance(node, Big):
            return sums.big(self, node, factors[n + 1 :], ops[n + 1 :], scope)
        follows = factors[n + 1] if n + 1 < len(factors) and ops[n] == "" else None
        if isinstance(follows, Group) and isinstance(follows.body, Relation) and node == ONE:  # 1[i = j]
            return [conditions.indicator(self, follows.body)], 2
        if not isinstance(node, Symbol | Script):
            return self.read(node, scope), 1
        function = application.applied(self, node, factors, ops, n, scope)
        return function or references.symbol(self, node, follows, scope)
