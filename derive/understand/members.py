r"""Sums over a few things that a page names one by one: `\sum_{k=1}^4 Path_k` where `Path_1 = …` to `Path_4 = …` are
defined is their sum, and the numbers are parts of their names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from derive.reading.tree import Big, Node, Number, Product, Script, Sum, Symbol, mapped, walk
from derive.understand.letters import binders

MOST = 12  # members that are written out


def members_writer(formulas: Sequence[tuple[Node, ...]]) -> Callable[[tuple[Node, ...]], tuple[Node, ...]]:
    """What writes such sums of these formulas out."""
    heads = {sides[0] for sides in formulas if len(sides) > 1}
    return lambda sides: tuple(_written_out(side, heads) for side in sides)


def _written_out(node: Node, heads: set[Node]) -> Node:
    node = mapped(node, lambda part: _written_out(part, heads))
    match node:
        case Product(span, (Big(op="sum") as big, Script(_, _, Symbol(_, letter, ""), None) as member), ("",)):
            ends = [(low, high) for name, low, high in binders(big) if name == letter]
            if len(ends) != 1 or None in ends[0]:
                return node
            low, high = ends[0]
            if low is None or high is None or low.letters or high.letters or high.constant - low.constant >= MOST:
                return node
            places = [Number(member.span, Fraction(n)) for n in range(low.constant, high.constant + 1)]
            members = tuple(replace(member, sub=place) for place in places)
            general = any(isinstance(head, Script) and head.base == member.base and _lettered(head) for head in heads)
            if members and not general and all(member in heads for member in members):
                return Sum(span, members, (1,) * len(members))
    return node


def _lettered(head: Script) -> bool:
    return head.sub is not None and any(isinstance(part, Symbol) for part in walk(head.sub))
