"""Pieces of a side: whole factors, terms and names, with the way to them, so that another can be put there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from derive.kernel.index import Index
from derive.reading.tree import (
    Big,
    Group,
    Nabla,
    Node,
    Number,
    Partial,
    Product,
    Script,
    Span,
    Sum,
    Symbol,
    mapped,
    spanning,
)
from derive.understand.application import ELEMENTWISE
from derive.understand.customs import FUNCTIONS
from derive.understand.elaborate import Elaborator
from derive.understand.mentions import linear
from derive.understand.names import Name


@dataclass(frozen=True)
class Place:
    """A piece of a tree: one node, or a run of factors of the product that is last on the path; `path` leads to it."""

    nodes: tuple[Node, ...]
    path: tuple[Node, ...]
    start: int | None = None  # of a run, in its product

    @property
    def span(self) -> Span:
        return spanning(self.nodes[0], self.nodes[-1])

    @property
    def node(self) -> Node:
        """The piece as one tree."""
        if len(self.nodes) == 1:
            return self.nodes[0]
        return Product(self.span, self.nodes, self.ops)

    @property
    def ops(self) -> tuple[str, ...]:
        """The signs between the factors of a run."""
        if self.start is None:
            return ()
        product = self.path[-1]
        assert isinstance(product, Product)
        return product.ops[self.start : self.start + len(self.nodes) - 1]

    def put(self, new: Node) -> Node:
        """The whole tree with another piece here."""
        if self.start is None:
            return rebuilt(self.path, self.nodes[0], new)
        product = self.path[-1]
        assert isinstance(product, Product)
        stop = self.start + len(self.nodes)
        return rebuilt(self.path[:-1], product, spliced(product, self.start, stop, new))


def spliced(product: Product, start: int, stop: int, new: Node) -> Node:
    """A product with another factor, or the factors of another product, for a run of its factors."""
    factors, ops = (new.factors, new.ops) if isinstance(new, Product) else ((new,), ())
    joined = (*product.factors[:start], *factors, *product.factors[stop:])
    between = (*product.ops[:start], *ops, *product.ops[stop - 1 :])
    return joined[0] if len(joined) == 1 else Product(product.span, joined, between)


def rebuilt(path: tuple[Node, ...], old: Node, new: Node) -> Node:
    """The tree at the top of a path with `new` for `old` at its end."""
    for parent in reversed(path):
        if isinstance(parent, Product) and isinstance(new, Product):
            at = next(n for n, factor in enumerate(parent.factors) if factor is old)
            new, old = spliced(parent, at, at + 1, new), parent
        else:
            new, old = _swapped(parent, old, new), parent
    return new


def _swapped(parent: Node, old: Node, new: Node) -> Node:
    return mapped(parent, lambda part: new if part is old else part)


@dataclass(frozen=True)
class Finder:
    """Finds the pieces of the sides of one statement, whose names an elaborator knows."""

    at: Elaborator

    def units(self, product: Product) -> list[tuple[int, int]]:
        """Where each factor of a flat product begins and ends: a name with its bracket, a function with its
        argument."""
        found, n = [], 0
        while n < len(product.factors):
            stop = min(n + self._taken(product, n), len(product.factors))
            found.append((n, stop))
            n = stop
        return found

    def _taken(self, product: Product, n: int) -> int:
        node = product.factors[n]
        follows = product.factors[n + 1] if n + 1 < len(product.factors) and product.ops[n] == "" else None
        if not isinstance(node, Symbol | Script) or follows is None:
            return 1
        name = self.at.names.read(node, follows, self.at.here)
        if name is None:
            return 1
        if self.at.key(name) in self.at.known:
            return name.taken
        base = name.mention.base
        is_function = base in FUNCTIONS or base in ELEMENTWISE or {base, name.name} & self.at.functions.keys()
        return 2 if is_function else 1

    def pieces(self, node: Node, path: tuple[Node, ...] = ()) -> Iterator[Place]:
        """The terms of sums and the factors of products of a tree, but for what stands in scripts and under ∂."""
        if isinstance(node, Sum):
            for term in node.terms:
                yield from self.pieces(term, (*path, node))
        elif isinstance(node, Product):
            for start, stop in self.units(node):
                yield Place(node.factors[start:stop], (*path, node), start)
                for factor in node.factors[start:stop]:
                    yield from self._within(factor, (*path, node))
        else:
            yield Place((node,), path)
            yield from self._within(node, path)

    def _within(self, node: Node, path: tuple[Node, ...]) -> Iterator[Place]:
        if isinstance(node, Big | Partial | Nabla | Symbol | Number):
            return
        if isinstance(node, Script):
            yield from self._within(node.base, (*path, node))
        elif not (isinstance(node, Group) and linear(node) is not None):
            for child in node.inner:
                yield from self.pieces(child, (*path, node))

    def names(self, node: Node, path: tuple[Node, ...] = ()) -> Iterator[tuple[Place, Name]]:
        """Every mention of a quantity in a tree, with its place."""
        if isinstance(node, Product):
            n = 0
            while n < len(node.factors):
                follows = node.factors[n + 1] if n + 1 < len(node.factors) and node.ops[n] == "" else None
                name = self.at.names.read(node.factors[n], follows, self.at.here)
                if name is None:
                    yield from self.names(node.factors[n], (*path, node))
                    n += 1
                else:
                    yield Place(node.factors[n : n + name.taken], (*path, node), n), name
                    n += name.taken
            return
        name = self.at.names.read(node, None, self.at.here)
        if name is not None:
            yield Place((node,), path), name
            return
        for part in node.inner:
            yield from self.names(part, (*path, node))

    def indices(self, place: Place, name: Name) -> Iterator[tuple[Place, Index]]:
        """The indices of a mention, each with its place."""
        wanted = {slot.index for slot in name.slots}
        path = place.path
        for n, node in enumerate(place.nodes):
            for found in _maximal(node, path, n > 0):
                index = linear(found.node)
                if index in wanted and index is not None:
                    yield found, index


def _maximal(node: Node, path: tuple[Node, ...], is_argument: bool) -> Iterator[Place]:
    """The places of the largest trees in scripts, or in a bracket that is an argument, that can be an index."""

    def items(part: Node, way: tuple[Node, ...]) -> Iterator[Place]:
        if not isinstance(part, Group) and linear(part) is not None:
            yield Place((part,), way)
        else:
            for child in part.inner:
                yield from items(child, (*way, part))

    if isinstance(node, Script):
        yield from _maximal(node.base, (*path, node), is_argument)
        for script in (node.left, node.sub, node.sup):
            if script is not None:
                yield from items(script, (*path, node))
    elif isinstance(node, Group):
        if is_argument:
            yield from items(node, path)
        elif isinstance(node.body, Script | Symbol):
            yield from _maximal(node.body, (*path, node), False)


Text = Callable[[Span], str]  # the LaTeX of a span
