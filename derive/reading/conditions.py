r"""Conditions of a statement: `i = j`, `1 \le k \le t`, `t = 1, \ldots, T`, `\text{for all } t`."""

from __future__ import annotations

from fractions import Fraction

from lark import Token

from derive.reading.assembly import over
from derive.reading.errors import ReadError
from derive.reading.parser import parse_tokens, split
from derive.reading.tree import Node, Number, Range, Relation, Sequence, Span, Sum, Symbol

COMPARISONS = frozenset(["=", "ne", "lt", "le", "gt", "ge", "in"])
INDEX_LETTERS = frozenset([*"ijklmnpqrst", "tau"])  # taken for indices where the legend does not say otherwise


def is_condition(tokens: list[Token], indices: frozenset[str]) -> bool:
    r"""Whether a piece with a relation speaks of an index alone, as `t = 1`, `i \ne j` or `1 \le k \le t` do."""
    sides, signs = split(tokens, frozenset(["REL"]))
    if not signs or not sides[0] or not all(sign in COMPARISONS for sign in signs):
        return False
    first = [token for token in sides[0] if token.type != "COMMA"]
    if first and all(token.type == "NAME" and token in indices for token in first):
        return len(first) == 1 or len(first) < len(sides[0])
    plain = all(token.type in ("NUM", "PLUS", "MINUS") or token in indices for side in sides[:2] for token in side)
    return plain and any(token in indices for side in sides[:2] for token in side)


def read_condition(tokens: list[Token]) -> Node | None:
    """The tree of a condition: a Relation or a Sequence of them; None where it restricts nothing. Raises ReadError."""
    relations: list[Node] = []
    for part in split(tokens, frozenset(["AND"]))[0]:
        if part:
            relations += _relations(part)
    if len(relations) > 1:
        return Sequence(over(relations[0], relations[-1]), tuple(relations))
    return relations[0] if relations else None


def _relations(tokens: list[Token]) -> list[Node]:
    span = over(tokens[0], tokens[-1])
    items = [item for item in split(tokens, frozenset(["COMMA"]))[0] if item]
    related = [any(token.type == "REL" for token in item) for item in items]
    if not any(related):  # \text{for all } t
        if all(isinstance(parse_tokens(item, span), Symbol) for item in items):
            return []
        raise ReadError("a condition without a relation: write it as t = 1 or t < T", span)
    if related[0] and not any(related[1:]) and len(items) > 1:
        return [_listed(items, span)]
    tree = parse_tokens(tokens, span)
    return list(tree.items) if isinstance(tree, Sequence) else [tree]


def _listed(items: list[list[Token]], span: Span) -> Node:
    r"""t = 1, 2, 3 and t = 1, \ldots, T."""
    sides, signs = split(items[0], frozenset(["REL"]))
    if len(signs) != 1 or signs[0] not in ("=", "in"):
        raise ReadError("a list of values is read after = alone: write t = 1, 2, 3", span)
    index = parse_tokens(sides[0], span)
    dotted = [number for number, item in enumerate(items) if item[0].type == "DOTS"]
    values = [parse_tokens(item, span) for item in [sides[1], *items[1:]] if not item or item[0].type != "DOTS"]
    if not dotted:
        return Relation(span, index, "in", Sequence(span, tuple(values)))
    if dotted != [len(items) - 2] or len(values) > 3 or (len(values) == 3 and not _next(values[0], values[1])):
        raise ReadError(r"a range is read as 1, \ldots, T or 1, 2, \ldots, T", span)
    return Relation(span, index, "in", Range(span, values[0], values[-1]))


def _next(first: Node, second: Node) -> bool:
    """Whether `second` is one more or one less than `first`."""
    if isinstance(first, Number) and isinstance(second, Number):
        return abs(second.value - first.value) == 1
    one = Number((0, 0), Fraction(1))
    return isinstance(second, Sum) and second.terms == (first, one) and second.signs[0] == 1
