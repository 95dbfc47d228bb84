"""Arrays put together of others: matrices of numbers or blocks, [h, x]."""

from __future__ import annotations

from dataclasses import replace

from derive.kernel.index import Index
from derive.kernel.terms import Axes, Einsum, Join, Ones, Ref, Term
from derive.understand.reader import Reader
from derive.understand.typed import Misfit, Typed, joined

BLOCKS = 20  # what it costs that what a page writes out is made of arrays, and not of numbers


def concatenated(at: Reader, heads: list[Typed]) -> Typed:
    """[h, x]: columns below each other, rows and matrices of samples beside each other."""
    first = heads[0]
    if all(len(h.rows + h.cols) == 1 for h in heads) and len({len(h.rows) for h in heads}) == 1:
        place = 0
    elif all(len(h.cols) == len(h.rows) == 1 for h in heads):
        place = 1
    else:
        raise Misfit("what stands in these brackets cannot be joined")
    whole = Index()
    for head in heads:
        if place == 1 and not at.extents.alike(first.rows, head.rows):
            raise Misfit("matrices of different heights beside each other")
        whole = whole.plus(at.extents.resolved((head.rows + head.cols)[place]))
    at.extents.joined(whole, (first.rows + first.cols)[place:])
    axes: Axes = (*first.rows[:place], whole)
    term = _built(at, Join(tuple(h.term for h in heads), place), axes)
    rows = len(first.rows)
    return joined(term, axes[:rows], axes[rows:], *heads)


def _built(at: Reader, term: Term, axes: Axes) -> Term:
    """A term whose axes are those given; while extents are found out it stands for itself by these alone."""
    return term if at.extents.settled else Ref("?", (), axes)


def matrix(at: Reader, cells: list[list[Typed]]) -> Typed:
    """Rows of blocks, or of numbers."""
    flat = [cell for row in cells for cell in row]
    if len(cells) == len(cells[0]) == 1:
        return flat[0]
    if all(cell.is_scalar for cell in flat):
        rows, cols = (Index(len(cells)),), (Index(len(cells[0])),)
        listed = Join(tuple(_lifted(cell.term) for cell in flat), 0)
        if len(cells[0]) == 1:
            return joined(_built(at, listed, rows), rows, (), *flat)
        if len(cells) == 1:
            return joined(_built(at, listed, cols), (), cols, *flat)
        each = [Join(tuple(_lifted(cell.term) for cell in row), 0) for row in cells]
        term = _built(at, Join(tuple(_row(row) for row in each), 0), rows + cols)
        return joined(term, rows, cols, *flat)
    if len(cells[0]) == 1 and all(cell.rows and not cell.cols for cell in flat):
        stacked = Join(tuple(cell.term for cell in flat), 0)
        return _of_blocks(joined(stacked, stacked.axes, (), *flat))
    if len(cells[0]) == 1 and all(cell.cols and not cell.rows for cell in flat):
        stacked = Join(tuple(_row(cell.term) for cell in flat), 0)
        return _of_blocks(joined(stacked, stacked.axes[:1], stacked.axes[1:], *flat))
    raise Misfit("these blocks cannot be joined")


def _of_blocks(reading: Typed) -> Typed:
    """A matrix of blocks, where one of numbers is meant sooner."""
    return replace(reading, cost=reading.cost + BLOCKS)


def _lifted(term: Term) -> Term:
    return Einsum((term, Ones((Index(1),))), ("", "a"), "a")


def _row(term: Term) -> Term:
    return Einsum((Ones((Index(1),)), term), ("a", "b"), "ab")
