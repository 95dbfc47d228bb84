r"""The entry of the true class: `\log p_{t, c_t}` and `\log p_{n, y_n}`, where c_t only says which entry is meant.

It is the product of a target, one at the entry of the class and zero elsewhere, with the logarithms of all entries; the
target goes by the letter of the class, and `e_{y_n}` is that target.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from derive.reading.tree import Group, Node, Product, Relation, Script, Symbol, mapped, walk
from derive.reading.tree import Sequence as Listing

LOGARITHMS = frozenset(("log", "ln"))


def classes_writer(formulas: Sequence[tuple[Node, ...]]) -> Callable[[tuple[Node, ...]], tuple[Node, ...]]:
    """What writes the entry of the true class as a product, where these formulas take its logarithm."""
    trees = [node for sides in formulas for side in sides for node in walk(side)]
    pairs = [pair for node in trees if isinstance(node, Product) for pair in pairwise(node.factors)]
    labels = {found[1].base for function, argument in pairs if (found := _entry(function, argument)) is not None}
    used = {node for sides in formulas for side in sides for node in _outside(side)}
    labels -= used

    def written(node: Node) -> Node:
        if isinstance(node, Product):
            factors, ops = list(node.factors), list(node.ops)
            for n in range(len(factors) - 2, -1, -1):
                found = _entry(factors[n], factors[n + 1]) if not ops[n] else None
                if found is None or found[1].base not in labels:
                    continue
                whole, label = found
                target = Script(label.span, label, None, Symbol(label.span, "top"))
                body = Product(whole.span, (factors[n], Group(whole.span, whole, "(")), ("",))
                factors[n : n + 2] = [target, Group(whole.span, body, "(")]
            node = replace(node, factors=tuple(factors), ops=tuple(ops))
        match node:
            case Script(_, Symbol(_, "e", ""), Script() as label, None) if label.base in labels:
                return label
        return mapped(node, written)

    return (lambda sides: tuple(map(written, sides))) if labels else lambda sides: sides


def _entry(function: Node, argument: Node) -> tuple[Node, Script] | None:
    """p_t and c_t of log p_{t, c_t}; None for other trees."""
    if not isinstance(function, Symbol) or function.name not in LOGARITHMS:
        return None
    if isinstance(argument, Group) and argument.bracket == "(":
        argument = argument.body
    match argument:
        case Script(_, _, Listing(_, (index, Script(_, Symbol(), again, None, 0, None) as label)), None, 0, None):
            return (replace(argument, sub=index), label) if again == index else None
    return None


def _outside(node: Node) -> Iterator[Node]:
    """The symbols of a tree that stand neither in an index nor in a condition."""
    if isinstance(node, Symbol):
        yield node
    elif isinstance(node, Script):
        yield from _outside(node.base)
        if node.sup is not None:
            yield from _outside(node.sup)
    elif not isinstance(node, Relation):
        for part in node.inner:
            yield from _outside(part)


__all__ = ["classes_writer"]
