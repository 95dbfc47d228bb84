r"""The entry of the true class: `\log p_{t, c_t}`, `\log p_{n, y_n}` and `\log p_t[c_t]`, where c_t only says which
entry is meant.

It is the product of a target, one at the entry of the class and zero elsewhere, with the logarithms of all entries. The
target goes by the letter of the class, and `e_{y_n}` is that target; or by the one name that the page takes from p and
that no formula explains, e_t of `p_t - e_t`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from derive.reading.tree import Group, Node, Product, Relation, Script, Sum, Symbol, mapped, walk
from derive.reading.tree import Sequence as Listing
from derive.understand.forms import dimensions

LOGARITHMS = frozenset(("log", "ln"))


def classes_writer(formulas: Sequence[tuple[Node, ...]]) -> Callable[[tuple[Node, ...]], tuple[Node, ...]]:
    """What writes the entry of the true class as a product, where these formulas take its logarithm."""
    trees = [node for sides in formulas for side in sides for node in walk(side)]
    found = [entry for node in trees if isinstance(node, Product) for _, entry in _entries(node)]
    used = {node for sides in formulas for side in sides for node in _outside(side)}
    said = [sides for sides in formulas if len(sides) < 2 or not dimensions(sides[1])]  # but e_t ∈ ℝ^V
    labels: dict[Node, Node] = {}  # with the targets
    for whole, label in found:
        without = {node for sides in said for node in _beside(sides, _base(whole))}
        taken = {_base(node.terms[1]) for node in trees if isinstance(node, Sum) and _is_taken_from(whole, node)}
        taken -= without | {_base(sides[0]) for sides in said}
        if label.base not in used - taken:
            labels[label.base] = taken.pop() if len(taken) == 1 else label.base

    def written(node: Node) -> Node:
        if isinstance(node, Product):
            factors, ops = list(node.factors), list(node.ops)
            for n, (whole, label) in reversed(list(_entries(node))):
                if label.base not in labels:
                    continue
                name = replace(label, base=labels[label.base])
                target = Script(label.span, name, None, Symbol(label.span, "top"))
                body = Product(whole.span, (factors[n], Group(whole.span, whole, "(")), ("",))
                reach = 3 if factors[n + 1] == whole else 2
                factors[n : n + reach] = [target, Group(whole.span, body, "(")]
                del ops[n + 1 : n + reach - 1]
            node = replace(node, factors=tuple(factors), ops=tuple(ops))
        match node:
            case Script(_, Symbol(_, "e", ""), Script() as label, None) if label.base in labels:
                return label
        return mapped(node, written)

    return (lambda sides: tuple(map(written, sides))) if labels else lambda sides: sides


def _entries(product: Product) -> Iterator[tuple[int, tuple[Node, Script]]]:
    """p_t and c_t of log p_{t, c_t} and log p_t[c_t], each with the place of its logarithm in a product."""
    factors, ops = product.factors, product.ops
    for n, (function, argument) in enumerate(pairwise(factors)):
        if isinstance(function, Symbol) and function.name in LOGARITHMS and not ops[n]:
            follows = factors[n + 2] if n + 2 < len(factors) and not ops[n + 1] else None
            if (found := _entry(argument, follows)) is not None:
                yield n, found


def _entry(argument: Node, follows: Node | None) -> tuple[Node, Script] | None:
    """p_t and c_t of p_{t, c_t} and p_t[c_t]; None for other trees."""
    if isinstance(argument, Group) and argument.bracket == "(":
        argument, follows = argument.body, None
        if isinstance(argument, Product) and len(argument.factors) == 2 and argument.ops == ("",):
            argument, follows = argument.factors
    match argument, follows:
        case Script(_, _, Listing(_, (index, Script(_, Symbol(), again, None, 0, None) as label)), None, 0, None), _:
            return (replace(argument, sub=index), label) if again == index else None
        case Script(_, _, sub, sup, 0, None), Group(_, Script(_, Symbol(), below, above, 0, None) as label, "["):
            return (argument, label) if (below, above) == (sub, sup) else None
    return None


def _base(node: Node) -> Node:
    return node.base if isinstance(node, Script) else node


def _beside(sides: tuple[Node, ...], name: Node) -> set[Node]:
    """What a formula speaks of that does not speak of a name."""
    found = {node for side in sides for node in _outside(side)}
    return set() if name in found else found


def _is_taken_from(whole: Node, node: Sum) -> bool:
    """Whether a difference is p - e, at the same place."""
    if node.signs != (1, -1) or _base(node.terms[0]) != _base(whole):
        return False
    first, second = ((n.sub, n.sup) if isinstance(n, Script) else None for n in node.terms)
    return first == second


def _outside(node: Node) -> Iterator[Node]:
    """The symbols of a tree that stand neither in an index nor in a condition."""
    if isinstance(node, Symbol):
        yield node
    elif isinstance(node, Script):
        yield from _outside(node.base)
        if node.sup is not None:
            yield from _outside(node.sup)
    elif not isinstance(node, Relation):
        parts = [*node.inner]
        for n, part in enumerate(parts):
            if not (n and isinstance(node, Product) and _entry(parts[n - 1], part) is not None):
                yield from _outside(part)


__all__ = ["classes_writer"]
