r"""Conditions of a statement: `i = j`, `1 \le k \le t`, `t = 1, \ldots, T`, `\text{for all } t`."""

from __future__ import annotations

from fractions import Fraction

from lark import Token

from derive.reading.errors import ReadError
from derive.reading.parser import DEPTH, parse_tokens
from derive.reading.tree import Node, Number, Range, Relation, Sequence, Span, Sum, Symbol

COMPARISONS = frozenset(["=", "ne", "lt", "le", "gt", "ge", "in"])
INDEX_LETTERS = frozenset([*"ijklmnpqrst", "tau"])  # taken for indices where the legend does not say otherwise


def split(tokens: list[Token], kinds: frozenset[str]) -> tuple[list[list[Token]], list[Token]]:
    """The stretches of `tokens` between the tokens of these kinds outside every bracket, and these tokens."""
    parts: list[list[Token]] = [[]]
    marks = []
    depth = 0
    for token in tokens:
        depth += DEPTH.get(token.type, 0)
        if depth == 0 and token.type in kinds:
            marks.append(token)
            parts.append([])
        else:
            parts[-1].append(token)
    return parts, marks


def is_condition(tokens: list[Token], indices: frozenset[str]) -> bool:
    """Whether a piece with a relation speaks of an index alone, as `t = 1` or `1 \\le k \\le t` do."""
    sides, signs = split(tokens, frozenset(["REL"]))
    if not signs or not all(sign in COMPARISONS for sign in signs):
        return False
    return any(len(side) == 1 and side[0].type == "NAME" and side[0] in indices for side in sides[:2]) and (
        _is_plain(sides[0], indices) or len(sides) > 2
    )


def _is_plain(side: list[Token], indices: frozenset[str]) -> bool:
    return all(token.type in ("NUM", "PLUS", "MINUS") or (token.type == "NAME" and token in indices) for token in side)


def read_condition(tokens: list[Token], span: Span) -> Node | None:
    """The tree of a condition: a Relation or a Sequence of them; None where it restricts nothing. Raises ReadError."""
    relations: list[Node] = []
    for part in split(tokens, frozenset(["AND"]))[0]:
        if part:
            relations += _relations(part)
    if not relations:
        return None
    return relations[0] if len(relations) == 1 else Sequence(span, tuple(relations))


def _relations(tokens: list[Token]) -> list[Node]:
    span = (tokens[0].start_pos or 0, tokens[-1].end_pos or 0)
    items = [item for item in split(tokens, frozenset(["COMMA"]))[0] if item]
    has_sign = ["REL" in [token.type for token in item] for item in items]
    if not any(has_sign):  # \text{for all } t
        names = [parse_tokens(item, span) for item in items]
        if all(isinstance(name, Symbol) for name in names):
            return []
        raise ReadError("a condition without a relation: write it as t = 1 or t < T", span)
    if has_sign[0] and not any(has_sign[1:]) and len(items) > 1:
        return [_listed(items, span)]
    tree = parse_tokens(tokens, span)
    return list(tree.items) if isinstance(tree, Sequence) else [tree]


def _listed(items: list[list[Token]], span: Span) -> Node:
    r"""t = 1, 2, 3 and t = 1, \ldots, T."""
    (left, first), signs = split(items[0], frozenset(["REL"]))
    if len(signs) != 1 or signs[0] not in ("=", "in"):
        raise ReadError("a list of values is read after = alone", span)
    index = parse_tokens(left, span)
    dotted = [number for number, item in enumerate(items) if item[0].type == "DOTS"]
    values = [parse_tokens(item, span) for item in [first, *items[1:]] if item[0].type != "DOTS"]
    if not dotted:
        return Relation(span, index, "in", Sequence(span, tuple(values)))
    if dotted != [len(items) - 2] or len(values) > 3 or (len(values) == 3 and not _is_next(values[0], values[1])):
        raise ReadError(r"a range is read as 1, \ldots, T or 1, 2, \ldots, T", span)
    return Relation(span, index, "in", Range(span, values[0], values[-1]))


def _is_next(first: Node, second: Node) -> bool:
    if isinstance(first, Number) and isinstance(second, Number):
        return abs(second.value - first.value) == 1
    return isinstance(second, Sum) and second.terms == (first, Number((0, 0), Fraction(1))) and second.signs[0] == 1
