r"""Δ, d and δ before a name are part of the name: `\Delta W_z`, `dW_f`, `dh_{next}`, `\delta h_t` stand for gradients,
not for products.

Where a Δ or a d of the page stands before a name wherever it stands, it becomes the outermost accent of that name; so
does a δ where the page says what one of these names is, `\delta h_t = …`: it is an error more often.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from derive.reading.tree import Matrix, Node, Product, Script, Symbol, core, mapped, spanning

MARKS = ("Delta", "d", "delta")


def increments_marker(formulas: Sequence[tuple[Node, ...]]) -> Callable[[tuple[Node, ...]], tuple[Node, ...]]:
    """What puts such names for a Δ or a d of these formulas and what follows it."""
    marks = []
    for mark in MARKS:
        found = [before for sides in formulas for side in sides for before in _standing(side, mark)]
        if found and all(found) and (mark != "delta" or any(_heads(sides[0], mark) for sides in formulas)):
            marks.append(mark)

    def marked(sides: tuple[Node, ...]) -> tuple[Node, ...]:
        for mark in marks:
            sides = tuple(_named(side, mark) for side in sides)
        return sides

    return marked


def is_increment(name: str) -> bool:
    """Whether a name begins with such a mark."""
    return name.partition(" ")[0] in MARKS and " " in name


def _standing(node: Node, mark: str) -> Iterator[bool]:
    """For every bare mark in a tree whether a name stands behind it."""
    if isinstance(node, Product):
        for n, factor in enumerate(node.factors):
            if _is_mark(factor, mark):
                yield n + 1 < len(node.factors) and node.ops[n] == "" and core(node.factors[n + 1]) is not None
            else:
                yield from _standing(factor, mark)
        return
    if isinstance(node, Matrix):
        return  # the letters of an example, W = [[a, b], [c, d]]
    if isinstance(node, Symbol) and node.name == mark:
        yield False
    for part in node.inner:
        yield from _standing(part, mark)


def _heads(node: Node, mark: str) -> bool:
    """Whether a side is a mark and the name behind it."""
    return isinstance(node, Product) and len(node.factors) == 2 and _is_mark(node.factors[0], mark)


def _is_mark(node: Node, mark: str) -> bool:
    return isinstance(node, Symbol) and node.name == mark and not node.accent


def _named(node: Node, mark: str) -> Node:
    node = mapped(node, lambda part: _named(part, mark))
    if not isinstance(node, Product):
        return node
    factors: list[Node] = []
    ops: list[str] = []
    before: Node | None = None
    for n, factor in enumerate(node.factors):
        if before is not None:
            factor, before = _marked(factor, before, mark), None
        elif _is_mark(factor, mark):
            before = factor
            continue
        if factors:
            ops.append(node.ops[n - 1] if len(factors) and not _is_mark(node.factors[n - 1], mark) else node.ops[n - 2])
        factors.append(factor)
    return factors[0] if len(factors) == 1 else replace(node, factors=tuple(factors), ops=tuple(ops))


def _marked(node: Node, before: Node, mark: str) -> Node:
    """A name with the mark as its outermost accent, beginning where the mark stands."""
    span = spanning(before, node)
    if isinstance(node, Script):
        return replace(node, span=span, base=_marked(node.base, before, mark))
    assert isinstance(node, Symbol)
    return replace(node, span=span, accent=f"{mark} {node.accent}".strip())


__all__ = ["increments_marker", "is_increment"]
