r"""Small constants that only keep a logarithm finite, `\log(\hat y_i + \epsilon)`: formulas mean what they say without.

Only where ε stands nowhere but there, and where a formula says what number it is: what carries it through its
derivatives, `-y / (\hat y + \epsilon)`, means it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from derive.reading.tree import Group, Node, Product, Sum, Symbol, mapped
from derive.understand.classes import LOGARITHMS
from derive.understand.statement import Convention

CONSTANTS = ("epsilon", "varepsilon")
Formula = tuple[Node, ...]


def negligible(formulas: Sequence[Formula]) -> str:
    """The letter of the small constant of these formulas; '' without one."""
    for name in CONSTANTS:
        places = {place for sides in formulas for place in _places(sides, name)}
        if places == {True}:
            return name
    return ""


def constants_remover(name: str) -> Callable[[Formula], Formula]:
    """What leaves a small constant of this letter out of logarithms."""
    return (lambda sides: tuple(_without(side, name) for side in sides)) if name else lambda sides: sides


def taken_as_nought(name: str) -> Convention:
    """What is said of it."""
    return Convention(name, "0: it stands in logarithms alone, to keep them finite", "used")


def _places(sides: Formula, name: str) -> Iterator[bool]:
    """For every place of a letter whether it is added to what a logarithm is taken of."""
    if _is(sides[0], name):  # ε = 10^{-8}
        sides = sides[1:]
    for side in sides:
        yield from _inside(side, name)


def _inside(node: Node, name: str) -> Iterator[bool]:
    if _is(node, name):
        yield False
    for part, is_argument in _parts(node):
        if is_argument and (terms := _summands(part)):
            for term, sign in terms:
                if _is(term, name):
                    yield sign > 0
                else:
                    yield from _inside(term, name)
        else:
            yield from _inside(part, name)


def _parts(node: Node) -> Iterator[tuple[Node, bool]]:
    """The parts of a tree, each with whether a logarithm is taken of it."""
    before: Node | None = None
    for part in node.inner:
        is_function = isinstance(before, Symbol) and before.name in LOGARITHMS and isinstance(node, Product)
        yield part, is_function and isinstance(part, Group) and part.bracket in "(["
        before = part


def _summands(node: Node) -> list[tuple[Node, int]]:
    """The terms of a sum in brackets, with their signs."""
    match node:
        case Group(_, Sum(_, terms, signs)) if len(terms) > 1:
            return list(zip(terms, signs, strict=True))
    return []


def _without(node: Node, name: str) -> Node:
    if isinstance(node, Product):
        left_out = [_left_out(part, name) if is_argument else part for part, is_argument in _parts(node)]
        node = replace(node, factors=tuple(left_out))
    return mapped(node, lambda part: _without(part, name))


def _left_out(group: Node, name: str) -> Node:
    kept = [(term, sign) for term, sign in _summands(group) if not _is(term, name)]
    if (
        not kept
        or not isinstance(group, Group)
        or not isinstance(group.body, Sum)
        or len(kept) == len(group.body.terms)
    ):
        return group
    if len(kept) == 1 and kept[0][1] > 0:
        return replace(group, body=kept[0][0])
    terms, signs = zip(*kept, strict=True)
    return replace(group, body=replace(group.body, terms=terms, signs=signs))


def _is(node: Node, name: str) -> bool:
    return isinstance(node, Symbol) and node.name == name and not node.accent
