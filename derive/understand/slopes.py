"""Slopes of functions that stand nowhere without their prime, g^{[1]'}(Z^{[1]}) beside A^{[1]} = ReLU(Z^{[1]}): g is
the function that is applied to the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from derive.reading.tree import Group, Node, Product, Script, Symbol, mapped, walk
from derive.understand.application import ELEMENTWISE
from derive.understand.customs import OPEN_FUNCTIONS
from derive.understand.statement import Convention

Formula = tuple[Node, ...]


def slopes(formulas: Sequence[Formula]) -> dict[Node, str]:
    """The slopes g' of a page whose function is said nowhere, with the one known function that is applied to all their
    arguments."""
    products = [part for sides in formulas for side in sides for part in walk(side) if isinstance(part, Product)]
    calls = [
        (function, group.body)
        for product in products
        for function, group in pairwise(product.factors)
        if isinstance(group, Group) and group.bracket == "("
    ]
    makers: dict[Node, set[str]] = {}
    for function, body in calls:
        if isinstance(function, Symbol) and function.name in ELEMENTWISE:
            makers.setdefault(body, set()).add(function.name)
    said = {base.name for function, _ in calls if (base := _base(function, 0)) is not None}
    found: dict[Node, set[str]] = {}
    for function, body in calls:
        base = _base(function, 1)
        if base is not None and base.name in OPEN_FUNCTIONS - said:
            found.setdefault(function, set()).update(makers.get(body, {""}))
    return {function: name for function, names in found.items() if len(names) == 1 for name in names if name}


def slopes_writer(meant: Mapping[Node, str]) -> Callable[[Formula], Formula]:
    """What puts ReLU' for such a g'."""

    def written(node: Node) -> Node:
        if node in meant:
            return Script(node.span, Symbol(node.span, meant[node]), None, None, 1)
        return mapped(node, written)

    return (lambda sides: tuple(map(written, sides))) if meant else lambda sides: sides


def told_by_arguments(meant: Mapping[Node, str]) -> Convention:
    """The choice of a function for each letter."""
    pairs = dict.fromkeys(f"{base.name}' is {name}'" for g, name in meant.items() if (base := _base(g, 1)) is not None)
    return Convention("slopes", f"{', '.join(pairs)} where it stands at the same arguments", "used")


def _base(function: Node, primes: int) -> Symbol | None:
    """The letter of a function with so many primes, behind it or behind its layer; None for other trees."""
    if isinstance(function, Symbol):
        return None if primes else function
    if not isinstance(function, Script) or not isinstance(function.base, Symbol):
        return None
    own = function.primes + (function.sup.primes if isinstance(function.sup, Script) else 0)
    return function.base if own == primes else None
