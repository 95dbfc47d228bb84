"""Which readings of the two sides of a claim can be compared: those of one layout, or where one settles the other's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from derive.kernel.compare import Free
from derive.kernel.index import Index, letter
from derive.kernel.terms import Einsum, Entry, Identity
from derive.understand.typed import COMPONENT, DIAGONAL, OWN_ROW, TURNED, Misfit, Typed, diagonal, filled, opened


def fitting(lefts: list[Typed], rights: list[Typed], free: tuple[Free, ...] = ()) -> Iterator[tuple[Typed, Typed]]:
    """The pairs of readings with one layout; `free` are the letters of the claim with the values that they take."""
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
                is_turned = len(a) == 1 and len(left.rows) != len(right.rows) and TURNED not in left.notes
                yield replace(left, notes=(*left.notes, TURNED)) if is_turned else left, right
            elif left.rows == left.cols and left.rows and (right.rows + right.cols) == left.rows:
                yield left, diagonal(right).noted(DIAGONAL)
            elif right.rows == right.cols and right.rows and (left.rows + left.cols) == right.rows:
                yield diagonal(left).noted(DIAGONAL), right
            elif right.is_number and a:
                if left.chain is not None and left.rows == left.cols:  # ∂z/∂b = 1
                    yield left, diagonal(filled(right, left.rows, ())).noted(DIAGONAL)
                yield left, filled(right, left.rows, left.cols)
            elif a and not b and (entry := component(left, right, free)) is not None:
                yield entry, right
            elif left.chain is not None and len(a) == 3:
                yield from ((left, whole) for whole in by_own_rows(left, right))


def component(left: Typed, right: Typed, free: tuple[Free, ...]) -> Typed | None:
    """The entry of a left side of which the right side speaks, ∂L/∂y_t = -1/y_{t,i}: with a letter for each axis that
    the left side lacks; None where there are others."""
    axes = left.rows + left.cols
    alone = [f for f in free if f.letter in right.term.letters - left.term.letters]
    if [(f.low, f.high) for f in alone] != [(Index(1), axis) for axis in axes]:
        return None
    picks = tuple(letter(f.letter) for f in alone)
    return left.with_term(Entry(left.term, picks), (), ()).noted(COMPONENT)


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
        axes = "bca" if left.turned else "abc"
        term = Einsum((Identity(u[0]), right.term), ("a" + "bc"[own], labels), axes)
        yield right.with_term(term, left.rows, left.cols).noted(OWN_ROW)
