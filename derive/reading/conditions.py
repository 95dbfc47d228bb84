r"""Conditions of a statement: `i = j`, `1 \le k \le t`, `t = 1, \ldots, T`, `\text{for all } t`."""

from __future__ import annotations

from fractions import Fraction

from lark import Token

from derive.reading.assembly import over
from derive.reading.errors import ReadError
from derive.reading.parser import parse_tokens, split
from derive.reading.tree import Node, Number, Range, Relation, Sequence, Span, Sum, Symbol

COMPARISONS = frozenset(["=", "ne", "lt", "le", "gt", "ge", "in"])


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
    items = _items(tokens)
    related = [any(token.type == "REL" for token in item) for item in items]
    if not any(related):  # \text{for all } t
        if all(isinstance(parse_tokens(item, span), Symbol) for item in items):
            return []
        raise ReadError("a condition without a relation: write it as t = 1 or t < T", span)
    if related[0] and not any(related[1:]):
        sides, signs = split(items[0], frozenset(["REL"]))
        if len(items) > 1:
            if len(signs) != 1 or signs[0] not in ("=", "in"):
                raise ReadError("a list of values is read after = alone: write t = 1, 2, 3", span)
            return [_listed(sides[0], [sides[1], *items[1:]], span)]
        if (
            len(signs) == 1
            and signs[0] == "in"
            and [t.type for t in (sides[1][:1] + sides[1][-1:])] == ["OPEN", "CLOSE"]
        ):
            values = _items(sides[1][1:-1])
            if sides[1][0] == "[" and len(values) == 2:
                values.insert(1, [Token("DOTS", "ldots")])
            return [_listed(sides[0], values, span)]
    tree = parse_tokens(tokens, span)
    return list(tree.items) if isinstance(tree, Sequence) else [tree]


def _items(tokens: list[Token]) -> list[list[Token]]:
    """The members of a list, its dots among them, whether commas stand around those or not."""
    items: list[list[Token]] = []
    for part in split(tokens, frozenset(["COMMA"]))[0]:
        stretches, dots = split(part, frozenset(["DOTS"]))
        for number, stretch in enumerate(stretches):
            items += [[dots[number - 1]]] if number else []
            items += [stretch] if stretch else []
    return items


def _listed(left: list[Token], items: list[list[Token]], span: Span) -> Node:
    r"""t = 1, 2, 3 and t = 1, \ldots, T."""
    index = parse_tokens(left, span)
    dotted = [number for number, item in enumerate(items) if item and item[0].type == "DOTS"]
    values = [parse_tokens(item, span) for number, item in enumerate(items) if number not in dotted]
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
