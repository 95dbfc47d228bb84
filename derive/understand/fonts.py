r"""Two fonts of one letter are two names where the page makes one of the other: `\mathbf{x}_t = [h_{t-1}, x_t]`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from derive.reading.tree import Node, Script, Symbol, core, mapped, walk


def fonts_marker(formulas: Sequence[tuple[Node, ...]]) -> Callable[[tuple[Node, ...]], tuple[Node, ...]]:
    """What gives such a letter its font as an accent, wherever it stands."""
    marked = {
        (head.name, head.accent, head.font)
        for sides in formulas
        if len(sides) > 1 and (head := core(sides[0])) is not None and head.font
        if head.font not in {part.font for part in walk(sides[1]) if isinstance(part, Symbol) and part == head}
        if any(part == sides[0] for part in _names(sides[1]))  # but for its font, with the same indices
    }

    def written(node: Node) -> Node:
        if isinstance(node, Symbol):
            of = (node.name, node.accent, node.font)
            return replace(node, accent=f"{node.font} {node.accent}".strip()) if of in marked else node
        return mapped(node, written)

    return (lambda sides: tuple(map(written, sides))) if marked else lambda sides: sides


def _names(node: Node) -> Iterator[Node]:
    """The letters of a tree, each with its indices: x_1 is no x."""
    if isinstance(node, Symbol | Script):
        yield node
    for part in node.inner:
        if not isinstance(node, Script) or part is not node.base:
            yield from _names(part)
