"""From the rules of the grammar to the nodes of the tree: one method for each rule, called while parsing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from lark import Token, Transformer

from derive.reading.assembly import (
    Attachment,
    Bar,
    Braced,
    Differential,
    Mark,
    Operator,
    attach,
    derivatives,
    differential,
    finished,
    flat,
    holds_relation,
    is_d,
    is_indicator,
    over,
    place,
    variable,
)
from derive.reading.errors import ReadError
from derive.reading.tree import (
    At,
    Big,
    Cases,
    Frac,
    Group,
    Matrix,
    Node,
    Number,
    Partial,
    Product,
    Relation,
    Script,
    Sequence,
    Sum,
    Symbol,
)


@dataclass(frozen=True)
class _Branch(Node):
    value: Node
    condition: Node | None


class Builder(Transformer[Token, Node]):
    """Children are tokens and nodes in the order of the rule. Raises ReadError for what has no clear meaning."""

    def start(self, children: list[Any]) -> Node:
        return finished(children[0])

    def body(self, children: list[Any]) -> Node:
        items = [child for child in children if isinstance(child, Node)]
        if len(items) == 1:
            return items[0]
        flattened: list[Node] = []
        for item in items:  # 1 ≤ k ≤ t beside others is two relations among them
            flattened += item.items if isinstance(item, Sequence) else [finished(item)]
        return Sequence(over(items[0], items[-1]), tuple(flattened))

    def item(self, children: list[Any]) -> Node:
        links = tuple(
            Relation(over(left, right), finished(left), str(sign), finished(right))
            for left, sign, right in zip(children[::2], children[1::2], children[2::2], strict=False)
        )
        if len(links) > 1:
            return Sequence(over(links[0], links[-1]), links)
        only: Node = links[0] if links else children[0]
        return only

    def expression(self, children: list[Any]) -> Node:
        first, terms, between = children[0], children[1::2], children[2::2]
        signs = tuple(-1 if sign is not None and sign.type == "MINUS" else 1 for sign in (first, *between))
        if len(terms) == 1 and signs[0] == 1:
            only: Node = terms[0]
            return only
        return Sum(over(first or terms[0], terms[-1]), tuple(finished(term) for term in terms), signs)

    def sign(self, children: list[Any]) -> Token:
        sign: Token = children[0]
        return sign

    # Factors

    def product(self, children: list[Any]) -> Node:
        span = over(children[0], children[-1])
        factors, ops = derivatives(*flat(children))
        if isinstance(factors[-1], Big):
            raise ReadError(f"a \\{factors[-1].op} over nothing: write what it sums after it", factors[-1].span)
        if len(factors) == 1:
            return factors[0]
        if isinstance(factors[0], Mark):  # ∂u above or below a fraction bar
            return Differential(span, _product(factors[1:], ops[1:]), factors[0].direct)
        return replace(_product(factors, ops), span=span)

    def scripted(self, children: list[Any]) -> Node:
        base: Node = children[0]
        for script in children[1:]:
            base = attach(base, script)
        return base

    def sub(self, children: list[Any]) -> Node:
        return Attachment(over(children[0], children[-1]), "sub", finished(children[-1]))

    def sup(self, children: list[Any]) -> Node:
        return Attachment(over(children[0], children[-1]), "sup", finished(children[-1]))

    def at(self, children: list[Any]) -> Node:
        return Attachment(over(children[0], children[-1]), "at", finished(children[-1]))

    def prime(self, children: list[Any]) -> Node:
        return Attachment(place(children[0]), "prime", Symbol(place(children[0]), "prime"))

    # Atoms

    def number(self, children: list[Any]) -> Node:
        return Number(place(children[0]), Fraction(str(children[0])))

    def name(self, children: list[Any]) -> Node:
        return Symbol(place(children[0]), str(children[0]))

    def big(self, children: list[Any]) -> Node:
        return Big(place(children[0]), str(children[0]))

    def mark(self, children: list[Any]) -> Node:
        return Mark(place(children[0]), str(children[0]))

    def accent(self, children: list[Any]) -> Node:
        accent, under = children[0], finished(children[1])
        span = over(accent, under)
        base = under.base if isinstance(under, Script) else under
        if not isinstance(base, Symbol) or base.accent:
            raise ReadError("an accent is read over a single symbol only: write it over one letter", span)
        marked = Symbol(span, base.name, str(accent))
        return replace(under, span=span, base=marked) if isinstance(under, Script) else marked

    def fraction(self, children: list[Any]) -> Node:
        span = over(children[0], children[-1])
        above, below = children[1], children[2]
        if isinstance(below, Differential):
            if isinstance(above, Differential):
                return Partial(span, above.of, variable(below.of), above.direct or below.direct)
            if isinstance(above, Mark) and above.symbol == "partial":
                return Operator(span, variable(below.of), above.direct or below.direct)
        wrt = differential(below)
        if wrt is not None:
            of = differential(above)
            if of is not None:
                return Partial(span, of, variable(wrt), direct=False)
            if is_d(above):
                return Operator(span, variable(wrt), False)
        for part in (above, below):
            if isinstance(part, Sequence | Relation):
                raise ReadError(
                    "a list or a relation in a fraction: write one expression above and one below", part.span
                )
        return Frac(span, finished(above), finished(below))

    def group(self, children: list[Any]) -> Node:
        span, body = over(children[0], children[-1]), finished(children[1])
        if isinstance(body, Matrix) and children[0] in ("(", "["):
            return replace(body, span=span)
        return Group(span, body, str(children[0]))

    def braced(self, children: list[Any]) -> Node:
        return Braced(over(children[0], children[-1]), finished(children[1]))

    def inner(self, children: list[Any]) -> Node:
        return replace(children[1], span=over(children[0], children[-1]))

    def evaluated(self, children: list[Any]) -> Node:
        return At(over(children[0], children[-1]), finished(children[1]), finished(children[-1]))

    def substack(self, children: list[Any]) -> Node:
        return replace(self.body(children), span=over(children[0], children[-1]))

    # Matrices and cases

    def row(self, children: list[Any]) -> Node:
        cells = tuple(finished(cell) for cell in children if isinstance(cell, Node))
        return Sequence(over(cells[0], cells[-1]), cells)

    def matrix(self, children: list[Any]) -> Node:
        span = over(children[0], children[-1])
        rows = tuple(row.items for row in children if isinstance(row, Sequence))
        if len({len(row) for row in rows}) != 1:
            raise ReadError("the rows of this matrix differ in length: give each the same number of entries", span)
        return Matrix(span, rows)

    def otherwise(self, children: list[Any]) -> Node:
        return _Branch(over(children[0], children[-1]), finished(children[0]), None)

    def when(self, children: list[Any]) -> Node:
        return _Branch(over(children[0], children[-1]), finished(children[0]), finished(children[-1]))

    def condition(self, children: list[Any]) -> Node:
        return self.body(children)

    def cases(self, children: list[Any]) -> Node:
        branches = tuple((branch.value, branch.condition) for branch in children if isinstance(branch, _Branch))
        return Cases(over(children[0], children[-1]), branches)


def _product(factors: list[Node], ops: list[str]) -> Node:
    """The product of finished factors. Raises ReadError for one that is not clear beside others."""
    for before, factor in pairwise(factors):
        if isinstance(factor, Group) and holds_relation(factor.body) and not is_indicator(before):
            raise ReadError("a relation in brackets inside a product: make it a statement of its own", factor.span)
        if isinstance(factor, Bar):
            raise ReadError(r"what the bar covers is not clear: write \left. … \right|_{…} around it", factor.span)
    if len(factors) == 1:
        return finished(factors[0])
    return Product(over(factors[0], factors[-1]), tuple(finished(factor) for factor in factors), tuple(ops))
