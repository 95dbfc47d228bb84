"""How a page writes the gradient of a number by a vector: in its own shape or turned, as a row for a column."""

from __future__ import annotations

from dataclasses import replace

from derive.judge.trial import FAILURES, Network
from derive.understand.statement import Statement
from derive.understand.typed import TURNED, Typed

MARGIN = 2  # claims by which shapes must say so


def are_own(network: Network, links: list[tuple[Statement, int]]) -> bool:
    """Whether gradients have their own shape on a page: by shapes alone, at least two more of its claims fit no other
    than fit turned ones only."""
    shapes = [_shapes(network, statement, n) for statement, n in links]
    return shapes.count({False}) - shapes.count({True}) >= MARGIN


def _shapes(network: Network, statement: Statement, n: int) -> set[bool]:
    """Whether the sides of a claim about such a gradient fit where it is turned, where it is not, or in both cases."""
    at = network.page.elaborator
    try:
        at.enter(statement.number, statement.sides[0])
        lefts = at.side(statement.sides[0])
        if not any(TURNED in left.notes for left in lefts):
            return set()
        rights = at.side(statement.sides[n], frozenset(at.entries))
    except FAILURES:
        return set()
    shapes = {(right.rows, right.cols) for right in rights}
    return {TURNED in left.notes for left in lefts if (left.rows, left.cols) in shapes}


def unturned(readings: list[Typed]) -> list[Typed]:
    """Readings of a side that is made of gradients: its own shape says what they are in it."""
    return [replace(r, notes=tuple(note for note in r.notes if note != TURNED)) for r in readings]
