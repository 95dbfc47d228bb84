"""Which readings of the two sides of a claim can be compared: those of one layout, or where one settles the other's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from derive.kernel.terms import Einsum, Identity
from derive.understand.typed import DIAGONAL, OWN_ROW, Misfit, Typed, diagonal, filled, opened


def fitting(lefts: list[Typed], rights: list[Typed]) -> Iterator[tuple[Typed, Typed]]:
    """The pairs of readings with one layout."""
    for left in lefts:
        for right in rights:
            if left.wild and not right.wild:
                with suppress(Misfit):
                    yield opened(left, right.rows, right.cols), right
                continue
            if right.wild and not left.wild:
                with suppress(Misfit):
                    yield left, opened(right, left.rows, left.cols)
                continue
            a, b = left.rows + left.cols, right.rows + right.cols
            if a == b and (len(left.rows) == len(right.rows) or len(a) > 2 or left.chain or right.chain):
                yield left, right
            elif left.rows == left.cols and left.rows and (right.rows + right.cols) == left.rows:
                yield left, diagonal(right).noted(DIAGONAL)
            elif right.rows == right.cols and right.rows and (left.rows + left.cols) == right.rows:
                yield diagonal(left).noted(DIAGONAL), right
            elif right.is_number and a:
                if left.chain is not None and left.rows == left.cols:  # ∂z/∂b = 1
                    yield left, diagonal(filled(right, left.rows, ())).noted(DIAGONAL)
                yield left, filled(right, left.rows, left.cols)
            elif left.chain is not None and len(a) == 3:
                yield from ((left, whole) for whole in by_own_rows(left, right))


def by_own_rows(left: Typed, right: Typed) -> Iterator[Typed]:
    """What ∂z_t/∂W = x_t says: each entry of a vector depends on its own row of a matrix alone, or on its own column,
    where vectors are rows. The right side is what every entry gives to its row, or an array like W of all of it."""
    assert left.chain is not None
    u, v = (part.axes for part in left.chain)
    if len(u) != 1:
        return
    for own in (0, 1):
        if v[own] != u[0]:
            continue
        if right.rows + right.cols == (v[1 - own],):
            labels = "bc"[1 - own]
        elif (right.rows, right.cols) == (v[:1], v[1:]):
            labels = "bc"
        else:
            continue
        term = Einsum((Identity(u[0]), right.term), ("a" + "bc"[own], labels), "abc")
        yield right.with_term(term, left.rows, left.cols).noted(OWN_ROW)
