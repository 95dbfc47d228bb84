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
    Differentials,
    Mark,
    attach,
    finished,
    flat,
    holds_relation,
    is_indicator,
    over,
    place,
)
from derive.reading.derivatives import derivatives, quotient
from derive.reading.errors import WORDS, ReadError
from derive.reading.lexeme import font_of
from derive.reading.ranges import as_condition
from derive.reading.tree import (
    At,
    Big,
    Cases,
    Dots,
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
    Slice,
    Span,
    Sum,
    Symbol,
    Words,
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

    def bounded(self, children: list[Any]) -> Node:
        sign, right = children[0], finished(children[1])
        return Relation(over(sign, right), Symbol(place(sign), ""), str(sign), right)

    def expression(self, children: list[Any]) -> Node:
        first, terms, between = children[0], children[1::2], children[2::2]
        signs = tuple(-1 if sign is not None and sign.type == "MINUS" else 1 for sign in (first, *between))
        if len(terms) == 1 and signs[0] == 1:
            only: Node = terms[0]
            return only
        if all(isinstance(term, Differential) for term in terms):
            return Differentials(over(first or terms[0], terms[-1]), tuple(terms), signs)
        head, *others = terms
        whole = isinstance(head, Differential) and not head.before and signs[0] == 1
        if isinstance(head, Differential) and whole and not any(isinstance(term, Differential) for term in others):
            of = Sum(over(head.of, terms[-1]), (head.of, *map(finished, others)), signs)
            return replace(head, span=over(head, terms[-1]), of=of)  # \frac{\partial \sum_k w_k a_k + b}{…}
        return Sum(over(first or terms[0], terms[-1]), tuple(finished(term) for term in terms), signs)

    def sign(self, children: list[Any]) -> Token:
        sign: Token = children[0]
        return sign

    # Factors

    def product(self, children: list[Any]) -> Node:
        span = over(children[0], children[-1])
        if len(children) > 2 and isinstance(sign := children[-2], Token) and sign.type == "NEG":  # \sum_t -x
            last = children[-1]
            if isinstance(last, Product) and isinstance(last.factors[-1], Sum):
                raise ReadError("a second sign where a factor is expected: write brackets", last.factors[-1].span)
            children = [*children[:-2], Sum(over(sign, last), (finished(last),), (-1,))]
        factors, ops = derivatives(*flat(children))
        if isinstance(factors[-1], Big):
            raise ReadError(f"a \\{factors[-1].op} over nothing: write what it sums after it", factors[-1].span)
        if len(factors) == 1:
            return factors[0]
        at = next((i for i, f in enumerate(factors[:-1]) if isinstance(f, Mark) and f.symbol == "partial"), None)
        if at is not None and not ops[at]:  # ∂u above or below a fraction bar
            mark, of = factors[at], _product(factors[at + 1 :], ops[at + 1 :])
            assert isinstance(mark, Mark)
            before = tuple(finished(factor) for factor in factors[:at])
            return Differential(span, of, mark.direct, before, tuple(ops[:at]))
        return replace(_product(factors, ops), span=span)

    def scripted(self, children: list[Any]) -> Node:
        base: Node = children[0]
        for script in children[1:]:
            base = attach(base, script)
        return base

    def sub(self, children: list[Any]) -> Node:
        return Attachment(over(children[0], children[-1]), "sub", finished(children[-1]))

    def sup(self, children: list[Any]) -> Node:
        above = finished(children[-1])
        if above == Symbol(above.span, "T") and isinstance(above, Symbol) and above.font == "roman":
            above = replace(above, name="top")  # no step is written so
        return Attachment(over(children[0], children[-1]), "sup", above)

    def prescripted(self, children: list[Any]) -> Node:
        base, left = finished(children[3]), finished(children[2])
        scripted = base if isinstance(base, Script) else Script(base.span, base)
        if scripted.left is not None:
            raise ReadError("a second script on the left: write one", left.span)
        return replace(scripted, span=over(children[0], base), left=left)

    def at(self, children: list[Any]) -> Node:
        return Attachment(over(children[0], children[-1]), "at", finished(children[-1]))

    def prime(self, children: list[Any]) -> Node:
        return Attachment(place(children[0]), "prime", Symbol(place(children[0]), "prime"))

    # Atoms

    def number(self, children: list[Any]) -> Node:
        return Number(place(children[0]), Fraction(str(children[0])))

    def name(self, children: list[Any]) -> Node:
        return Symbol(place(children[0]), str(children[0]), font=font_of(children[0]))

    def dots(self, children: list[Any]) -> Node:
        return Dots(place(children[0]))

    def words(self, children: list[Any]) -> Node:
        return Words(place(children[0]), str(children[0]))

    def slice(self, children: list[Any]) -> Node:
        first, colon, last = children
        ends = [None if end is None else finished(end) for end in (first, last)]
        return Slice(over(first or colon, last or colon), *ends)

    def big(self, children: list[Any]) -> Node:
        return Big(place(children[0]), str(children[0]))

    def mark(self, children: list[Any]) -> Node:
        return Mark(place(children[0]), str(children[0]))

    def accent(self, children: list[Any]) -> Node:
        accent, under = children[0], finished(children[1])
        return _accented(str(accent), under, over(accent, under))

    def fraction(self, children: list[Any]) -> Node:
        span, above, below = over(children[0], children[-1]), children[1], children[2]
        derivative = quotient(span, above, below)
        if derivative is not None:
            return derivative
        for part in (above, below):
            if isinstance(part, Sequence | Relation | Words | Slice):
                raise ReadError("no single expression in a fraction: write one above and one below", part.span)
        return Frac(span, finished(above), finished(below))

    def root(self, children: list[Any]) -> Node:
        sign, body = children[0], finished(children[1])
        return Product(over(sign, body), (Symbol(place(sign), "sqrt"), Group(body.span, body, "(")), ("",))

    def group(self, children: list[Any]) -> Node:
        span, body = over(children[0], children[-1]), finished(children[1])
        if isinstance(body, Matrix) and children[0] in ("(", "["):
            return replace(body, span=span)
        if isinstance(body, Group) and body.bracket == children[0] == "|":  # \left|\left| u \right|\right|
            return Group(span, body.body, "||")
        if children[0] not in ("(", "[") and any(isinstance(item, Slice) for item in _items(body)):
            raise ReadError("a colon in these brackets: write them as words or leave it out", body.span)
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
        condition = finished(children[-1])
        if isinstance(condition, Group) and holds_relation(condition.body):
            condition = condition.body
        return _Branch(over(children[0], children[-1]), finished(children[0]), as_condition(condition))

    def condition(self, children: list[Any]) -> Node:
        return self.body(children)

    def cases(self, children: list[Any]) -> Node:
        branches = tuple((branch.value, branch.condition) for branch in children if isinstance(branch, _Branch))
        return Cases(over(children[0], children[-1]), branches)


def _items(node: Node) -> tuple[Node, ...]:
    return node.items if isinstance(node, Sequence) else (node,)


def _accented(accent: str, under: Node, span: Span) -> Node:
    """`under` with an accent on its letter. Raises ReadError where it is more than a letter with its scripts."""
    if isinstance(under, Script):
        return replace(under, span=span, base=_accented(accent, under.base, span))
    if isinstance(under, Number) and under.value == 0 and accent == "vec":
        return replace(under, span=span)  # \vec 0 has as many entries as fit
    if not isinstance(under, Symbol):
        raise ReadError("an accent is read over a single symbol only: write it over one letter", span)
    return replace(under, span=span, accent=f"{accent} {under.accent}".strip())


def _product(factors: list[Node], ops: list[str]) -> Node:
    """The product of finished factors. Raises ReadError for one that is not clear beside others."""
    for number, (before, factor) in enumerate(pairwise(factors)):
        if isinstance(factor, Group) and holds_relation(factor.body) and not is_indicator(before):
            is_mask = bool(ops[number]) and isinstance(factor.body, Relation) and factor.body.op == "gt"  # ⊙ (z > 0)
            close = ops[number] == "" and before.span[1] == factor.span[0] and isinstance(before, Symbol | Script)
            if not close and not is_mask:
                raise ReadError("a relation in brackets inside a product: make it a statement of its own", factor.span)
    if len(factors) == 1:
        return finished(factors[0])
    whole = tuple(_factor(factor) for factor in factors)
    return Product(over(factors[0], factors[-1]), whole, tuple(ops))


def _factor(factor: Node) -> Node:
    """A factor beside others. Raises ReadError for words, and for a bar that may reach further."""
    if isinstance(factor, Bar) and not (isinstance(factor.body, Partial) and not holds_relation(factor.where)):
        raise ReadError(r"what the bar covers is not clear: write \left. … \right|_{…} around it", factor.span)
    if isinstance(factor, Group) and isinstance(factor.body, Words):
        raise ReadError(WORDS, factor.span)
    return finished(factor)
