r"""Means that leave their count to the eye: in \frac{1}{N} \sum_p x_p, where nothing else says what N is or how far p
runs, N is the number of all p."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from derive.reading.tree import Big, Frac, Node, Number, Product, Range, Relation, Symbol, core, mapped, walk
from derive.understand.legend import Facts
from derive.understand.statement import Convention

Formula = tuple[Node, ...]
COUNTS = frozenset("NMBmn")  # what numbers of samples are called by custom


def counted(formulas: Sequence[Formula], known: Facts) -> dict[str, str]:
    """The letters of such means, each with its count: one that is not `known`, and stands for nothing else."""
    trees = [node for sides in formulas for side in sides for node in walk(side)]
    found = defaultdict[str, set[str]](set)
    for node in trees:
        for count, big in _means(node):
            assert isinstance(big.lower, Symbol)
            found[big.lower.name].add(count)
    names = map(core, [*(sides[0] for sides in formulas if sides), *(tree for tree, _ in known.layouts)])
    ends = [end for node in trees if isinstance(node, Big) and node.upper is not None for end in walk(node.upper)]
    ends += [end for node in trees if isinstance(node, Range) for end in walk(node.last)]
    taken = {symbol.name for symbol in (*names, *ends) if isinstance(symbol, Symbol)} | {*known.sizes}
    bound = [node.lower for node in trees if isinstance(node, Big) and isinstance(node.lower, Relation)]
    told = {part.name for lower in bound for part in walk(lower) if isinstance(part, Symbol)}
    return {p: next(iter(n)) for p, n in found.items() if len(n) == 1 and p not in told and not n & taken}


def means_writer(counts: Mapping[str, str]) -> Callable[[Formula], Formula]:
    """What writes the bounds of such sums."""

    def written(node: Node) -> Node:
        node = mapped(node, written)
        for count, big in _means(node):
            assert isinstance(big.lower, Symbol)
            if counts.get(big.lower.name) == count:
                span = big.lower.span
                first = Relation(span, big.lower, "=", Number(span, Fraction(1)))
                whole = replace(big, lower=first, upper=Symbol(span, count))
                node = _put(node, big, whole)
        return node

    return lambda sides: tuple(map(written, sides)) if counts else sides


def told_as_counts(counts: Mapping[str, str]) -> Iterator[Convention]:
    """What the page was taken to mean."""
    for letter, count in counts.items():
        yield Convention(f"the number {count}", f"of all {letter}, as 1/{count} stands before its sum", "custom")


def _means(node: Node) -> Iterator[tuple[str, Big]]:
    r"""The sums without bounds with their counts: \frac{1}{N} \sum_p x_p, and \frac{\sum_p x_p}{N}."""
    if isinstance(node, Product):
        for one, other, op in zip(node.factors, node.factors[1:], node.ops, strict=False):
            if isinstance(one, Frac) and isinstance(one.numerator, Number) and op in ("", "cdot"):
                yield from ((count, big) for count in _count(one.denominator) for big in _open(other))
    if isinstance(node, Frac) and isinstance(node.numerator, Product):
        yield from ((count, big) for count in _count(node.denominator) for big in _open(node.numerator.factors[0]))


def _count(node: Node) -> Iterator[str]:
    if isinstance(node, Product) and len(node.factors) == 2 and isinstance(node.factors[0], Number):  # 2m
        node = node.factors[1]
    if isinstance(node, Symbol) and not node.accent and node.name in COUNTS:
        yield node.name


def _open(node: Node) -> Iterator[Big]:
    if isinstance(node, Big) and node.op == "sum" and isinstance(node.lower, Symbol) and node.upper is None:
        yield node


def _put(node: Node, old: Node, new: Node) -> Node:
    return new if node is old else mapped(node, lambda part: _put(part, old, new))
