"""Sizes that a page writes out as numbers: h_t = (… …)ᵀ with two rows, w_1 and w_2 beside a column of two."""

from __future__ import annotations

from collections.abc import Iterator

from derive.kernel.index import Index
from derive.reading.tree import Dots, Matrix, Partial
from derive.reading.tree import walk as nodes
from derive.understand.elaborate import Elaborator
from derive.understand.layouts import resolve_all
from derive.understand.statement import Convention
from derive.understand.symbols import Symbols


def put_written_sizes(elaborator: Elaborator, symbols: Symbols) -> list[Convention]:
    """Puts the numbers for the sizes into the layouts, as conventions of the page."""
    found: dict[str, set[int]] = {}
    for size, count in _heights(elaborator, symbols):
        found.setdefault(size, set()).add(count)
    trees = (node for s in symbols.statements for side in s.sides for node in nodes(side))
    heights = {len(node.rows) for node in trees if isinstance(node, Matrix) and _is_whole(node)} - {1}
    for size, most in _numbered(elaborator, symbols).items():
        if most in heights:
            found.setdefault(size, set()).add(most)
    sizes = {size: counts.pop() for size, counts in found.items() if len(counts) == 1}
    elaborator.extents.solutions |= {size: Index(count) for size, count in sizes.items()}
    resolve_all(elaborator)
    named = {size: count for size, count in sizes.items() if not size.startswith("?")}
    return [Convention(f"the size {size}", str(count), "stated") for size, count in named.items()]


def _heights(elaborator: Elaborator, symbols: Symbols) -> Iterator[tuple[str, int]]:
    """The sizes of what, or of the gradients by what, the page writes out as rows, with their number."""
    for statement in symbols.statements:
        tree, number = statement.sides[0], statement.number
        if isinstance(tree, Partial):
            about = elaborator.known.get(symbols.key(tree.of, number) or "")
            if about is not None and about.rows == about.cols == ():
                tree = tree.wrt
        known = elaborator.known.get(symbols.key(tree, number) or "")
        for side in statement.sides[1:]:
            if known is None or not known.rows or not isinstance(side, Matrix) or len(side.rows) < 2:
                continue
            if not _is_whole(side):
                continue
            if (size := _name(elaborator.extents.resolved(known.rows[0]))) is not None:
                yield size, len(side.rows)


def _is_whole(matrix: Matrix) -> bool:
    """Whether a matrix is written without dots."""
    return not any(isinstance(cell, Dots) for row in matrix.rows for cell in row)


def _numbered(elaborator: Elaborator, symbols: Symbols) -> dict[str, int]:
    """The sizes along which entries are picked by number, with the largest number."""
    found: dict[str, int] = {}
    for number, name in symbols.mentions:
        key, _, picks = symbols.split(number, name)
        known = elaborator.known.get(key)
        axes = () if known is None or known.rows is None else known.rows + (known.cols or ())
        for pick, axis in zip(picks, axes, strict=False):
            size = _name(elaborator.extents.resolved(axis))
            if size is not None and not pick.letters:
                found[size] = max(found.get(size, 0), pick.constant)
    return found


def _name(extent: Index) -> str | None:
    """The letter that an extent is; None for sums, numbers and widths."""
    [*letters] = extent.letters
    if len(letters) != 1 or extent.constant or letters[0][1] != 1:
        return None
    return letters[0][0] if isinstance(letters[0][0], str) else None
