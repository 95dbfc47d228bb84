r"""Entries that a page keeps apart: with ∂o_i/∂z_i = o_i - o_i^2 it says what ∂o_j/∂z_i is for j = i, and so speaks of
others by ∂o_j/∂z_i = -o_i o_j."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from derive.reading.tree import Node, Partial, Script, Symbol, mapped, walk
from derive.understand.statement import Statement


def kept_apart(statement: Statement, page: Iterable[Statement]) -> tuple[str, str] | None:
    """The letters j ≠ i of which a formula for a derivative speaks where another formula of the page says it for
    j = i; None for others."""
    head = statement.sides[0]
    if not isinstance(head, Partial) or statement.condition is not None:
        return None
    heads = [other.sides[0] for other in page if other.condition is None and len(other.sides) > 1]
    for one in _letters(head.of):
        for other in _letters(head.wrt):
            if one != other and (_put(head, one, other) in heads or _put(head, other, one) in heads):
                return one.name, other.name
    return None


def _letters(node: Node) -> Iterator[Symbol]:
    """The letters in the scripts of a tree."""
    scripts = (script for part in walk(node) if isinstance(part, Script) for script in (part.sub, part.sup) if script)
    return (part for script in scripts for part in walk(script) if isinstance(part, Symbol))


def _put(node: Node, letter: Node, by: Node) -> Node:
    return by if node == letter else mapped(node, lambda part: _put(part, letter, by))
