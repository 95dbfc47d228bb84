r"""How far the Σ of a loss reaches: that of `J = -\frac{1}{m} \sum_i y_i \log a_i + (1 - y_i) \log(1 - a_i)` has its
letter in the terms behind it, where it means nothing outside the Σ.

Of a formula that says what a loss is, this is what is meant. Of another one it may be the slip.
"""

from __future__ import annotations

from dataclasses import replace

from derive.reading.tree import Big, Group, Nabla, Node, Partial, Product, Sum, Symbol, core, spanning, walk
from derive.understand.customs import LOSSES
from derive.understand.letters import binders
from derive.understand.statement import Convention

REACHES = Convention("Σ", "that of a loss reaches over the terms behind it that have its letter", "used")
Formula = tuple[Node, ...]


def with_reach(sides: Formula) -> Formula:
    """A formula with the terms in brackets over which the Σ of its loss reaches."""
    head = core(sides[0])
    if head is None or head.name not in LOSSES or any(isinstance(p, Partial | Nabla) for s in sides for p in walk(s)):
        return sides
    return (sides[0], *(_reaching(side, sides[0]) for side in sides[1:]))


def _reaching(side: Node, head: Node) -> Node:
    if not isinstance(side, Sum):
        return side
    for n, (term, sign) in enumerate(zip(side.terms, side.signs, strict=True)):
        factors = term.factors if isinstance(term, Product) else ()
        sums = [(k, factor) for k, factor in enumerate(factors) if isinstance(factor, Big) and factor.op == "sum"]
        if not sums or not isinstance(term, Product):
            continue
        at, big = sums[0]
        bound = {name for name, _, _ in binders(big)} - _letters(head)
        more = n + 1
        while more < len(side.terms) and bound & _letters(side.terms[more]):
            more += 1
        if more == n + 1:
            continue
        rest = factors[at + 1 :]
        first = rest[0] if len(rest) == 1 else Product(spanning(rest[0], rest[-1]), rest, term.ops[at + 1 :])
        span = spanning(first, side.terms[more - 1])
        inner = Sum(span, (first, *side.terms[n + 1 : more]), (1, *side.signs[n + 1 : more]))
        whole = replace(term, factors=(*factors[: at + 1], Group(span, inner, "(")), ops=term.ops[: at + 1])
        terms, signs = (*side.terms[:n], whole, *side.terms[more:]), (*side.signs[:n], sign, *side.signs[more:])
        return whole if len(terms) == 1 and sign == 1 else Sum(side.span, terms, signs)
    return side


def _letters(node: Node) -> set[str]:
    """The letters of a tree, but for those that a Σ in it binds."""
    bound = {name for part in walk(node) if isinstance(part, Big) for name, _, _ in binders(part)}
    return {part.name for part in walk(node) if isinstance(part, Symbol)} - bound
