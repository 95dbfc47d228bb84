r"""Variances: σ_B^2 is a name where a page differentiates by it or says what it is, and σ_B stands nowhere without its
square. Elsewhere a formula for σ^2 says that σ is its root.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from derive.reading.tree import Group, Node, Number, Partial, Product, Script, Symbol, Words, mapped, walk

Formula = tuple[Node, ...]


def squares_marker(formulas: Sequence[Formula]) -> Callable[[Formula], Formula]:
    """What makes names of the squares of these formulas that are one, and roots of the others that are defined."""
    parts = [part for sides in formulas for side in sides for part in walk(side)]
    asked = [part.wrt for part in parts if isinstance(part, Partial)] + [sides[0] for sides in formulas]
    squared = {part.base for part in asked if is_square(part) and isinstance(part, Script)}
    names = {name for name in squared if sum(part == name for part in parts) == sum(map(_squares(name), parts))}
    defined = squared - names - {sides[0] for sides in formulas}

    def marked(node: Node) -> Node:
        if isinstance(node, Script) and is_square(node) and isinstance(node.base, Symbol) and node.base in names:
            return replace(node, sup=Words(node.span, "2"))
        return mapped(node, marked)

    def written(sides: Formula) -> Formula:
        head, others = sides[0], sides[1:]
        if not isinstance(head, Script) or not is_square(head) or head.base not in defined or not others:
            return tuple(map(marked, sides))
        is_said = not any(isinstance(side, Number) or head.base in tuple(walk(side)) for side in others)
        return (head.base, *map(_root, others)) if is_said else sides

    return written if names or defined else lambda sides: sides


def _root(node: Node) -> Node:
    return Product(node.span, (Symbol(node.span, "sqrt"), Group(node.span, node, "(")), ("",))


def is_square(node: Node) -> bool:
    """Whether a tree is σ, perhaps with something below it, and a 2 above it."""
    if not isinstance(node, Script) or not isinstance(node.base, Symbol) or node.primes or node.left is not None:
        return False
    return node.base.name == "sigma" and isinstance(node.sup, Number) and node.sup.value == 2


def _squares(name: Node) -> Callable[[Node], bool]:
    return lambda part: isinstance(part, Script) and part.base == name and is_square(part)
