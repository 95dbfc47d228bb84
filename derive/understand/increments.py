r"""Δ, d and δ before a name are part of the name: `\Delta W_z`, `dW_f`, `dh_{next}`, `\delta h_t` stand for gradients,
not for products.

Where a Δ or a d of the page stands before a name wherever it stands, it becomes the outermost accent of that name; so
does a δ where the page says what one of these names is, `\delta h_t = …`: it is an error more often. So does the bar of
automatic differentiation, `\bar a_t = \bar h_t \odot …`, where of each such name some formula speaks of another one,
or of a derivative: `\bar x = \frac{1}{m} \sum_i x_i` is a mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from derive.reading.tree import Matrix, Nabla, Node, Partial, Product, Script, Symbol, core, mapped, spanning, walk

MARKS = ("Delta", "d", "delta")
BAR, ADJOINT = "bar", "adjoint"  # what stands above such a name, and what it means


def increments_marker(formulas: Sequence[tuple[Node, ...]]) -> Callable[[tuple[Node, ...]], tuple[Node, ...]]:
    """What puts such names for a Δ or a d of these formulas and what follows it."""
    marks = []
    for mark in MARKS:
        found = [before for sides in formulas for side in sides for before in _standing(side, mark)]
        if found and all(found) and (mark != "delta" or any(_heads(sides[0], mark) for sides in formulas)):
            marks.append(mark)
    bars = _are_adjoints(formulas)

    def marked(sides: tuple[Node, ...]) -> tuple[Node, ...]:
        if bars:
            sides = tuple(map(_unbarred, sides))
        for mark in marks:
            sides = tuple(_named(side, mark) for side in sides)
        return sides

    return marked


def _are_adjoints(formulas: Sequence[tuple[Node, ...]]) -> bool:
    """Whether bars stand for derivatives in these formulas."""
    names = {part for sides in formulas for side in sides for part in walk(side) if isinstance(part, Symbol)}
    barred = {symbol for symbol in names if symbol.accent == BAR}
    made: dict[Symbol, bool] = {}  # whether some formula of a name says so
    for head, *sides in formulas:
        if (of := core(head)) is not None and of in barred and sides:
            parts = (part for side in sides for part in walk(side))
            says = any(isinstance(p, Partial | Nabla) or (p in barred and p != of) for p in parts)
            made[of] = made.get(of, False) or says
    return len(barred) > 1 and bool(made) and all(made.values()) and all(replace(s, accent="") in names for s in barred)


def _unbarred(node: Node) -> Node:
    if isinstance(node, Symbol):
        return replace(node, accent=ADJOINT) if node.accent == BAR else node
    if isinstance(node, Script):
        node = replace(node, base=_unbarred(node.base))
    return mapped(node, _unbarred)


def is_increment(name: str) -> bool:
    """Whether a name begins with such a mark."""
    return name.partition(" ")[0] in (*MARKS, ADJOINT) and " " in name


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
