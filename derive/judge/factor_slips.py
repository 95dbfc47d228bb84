"""Slips in products: a transpose, a factor too many, the order, ⊙ for a product, a block of a matrix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from derive.judge.edits import Edit, Edits, put
from derive.judge.places import Place, rebuilt, spliced
from derive.judge.writing import Piece, index_text, raised, untransposed
from derive.kernel.index import Index
from derive.reading.steps import is_transpose
from derive.reading.tree import (
    Big,
    Group,
    Node,
    Number,
    Product,
    Script,
    Slice,
    Sum,
    mapped,
    walk,
)
from derive.reading.tree import (
    Sequence as Listing,
)
from derive.understand.mentions import linear
from derive.understand.slices import items


@dataclass(frozen=True)
class FactorSlips(Edits):
    """The edits of the factors of a side."""

    def transposes(self, pieces: list[Place]) -> Iterator[Edit]:
        for place in pieces:
            if isinstance(place.nodes[0], Big | Number | Sum):
                continue
            piece = self.piece(place)
            last = place.nodes[-1]
            if isinstance(last, Script) and is_transpose(last.sup):
                yield self.replaced(place, untransposed(piece))
            elif place.start is not None or not place.path or isinstance(place.path[-1], Sum):
                yield self.replaced(place, raised(piece, self.habits.transpose, self.habits.inside))
        for place, name in self.finder.names(self.node):  # W_{ij} for W_{ji}
            found = list(self.finder.indices(place, name))
            for (first, _), (second, _) in pairwise(found):
                if first.path[-1] is second.path[-1] and isinstance(first.path[-1], Product | Listing):
                    if not isinstance(first.path[-2], Script) and not isinstance(first.path[-2], Listing):
                        continue
                    yield self.exchanged(first, second)

    def slices(self, pieces: list[Place]) -> Iterator[Edit]:
        """The slices of the other axis, W[n:, :] for W[:, n:], all of a side and then each alone; and the other part of
        an axis, W[:, :n]."""
        found = [part for part in walk(self.node) if isinstance(part, Group) and len(items(part)) == 2]
        for chosen in [found, *([group] for group in found if len(found) > 1)] if found else []:
            node = with_items(self.node, {id(group): items(group)[::-1] for group in chosen})
            text = ""
            for n, group in enumerate(chosen):
                first, second = items(group)
                between = self.text((chosen[n - 1].span[1], group.span[0])) if n else ""
                inner = self.text((first.span[1], second.span[0]))
                text += f"{between}[{self.text(second.span)}{inner}{self.text(first.span)}]"
            yield Edit(node, (chosen[0].span[0], chosen[-1].span[1]), text)
        for group in found:
            parts = items(group)
            for n, part in enumerate(parts):
                if isinstance(part, Slice) and (part.start is None) != (part.stop is None):
                    end = self.text(part.span).strip(": ")
                    other = replace(part, start=part.stop, stop=part.start)
                    node = with_items(self.node, {id(group): put(parts, n, other)})
                    yield Edit(node, part.span, f":{end}" if part.stop is None else f"{end}:")

    def exchanged(self, first: Place, second: Place) -> Edit:
        """Two neighbours of a list in the other order."""
        parent = first.path[-1]
        a, b = first.nodes[0], second.nodes[0]

        def other(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
            return tuple(b if node is a else a if node is b else node for node in nodes)

        if isinstance(parent, Product):
            new: Node = replace(parent, factors=other(parent.factors))
        else:
            assert isinstance(parent, Listing)
            new = replace(parent, items=other(parent.items))
        between = self.text((a.span[1], b.span[0]))
        return Edit(
            rebuilt(first.path[:-1], parent, new),
            (a.span[0], b.span[1]),
            self.text(b.span) + between + self.text(a.span),
        )

    def dropped(self, pieces: list[Place]) -> Iterator[Edit]:
        """A factor too many."""
        for place in pieces:
            product = place.path[-1] if place.path else None
            if place.start is None or not isinstance(product, Product):
                continue
            start, stop = place.start, place.start + len(place.nodes)
            rest = (*product.factors[:start], *product.factors[stop:])
            if not rest or isinstance(rest[-1], Big) or "/" in product.ops:
                continue
            if start:
                ops = (*product.ops[: start - 1], *product.ops[stop - 1 :])
                span = (product.factors[start - 1].span[1], place.span[1])
            else:
                ops = product.ops[stop:]
                span = (place.span[0], product.factors[stop].span[0])
            if start and isinstance(product.factors[start - 1], Big):
                ops = (*product.ops[:start], *product.ops[stop:])
                span = (place.span[0], product.factors[stop].span[0])
            new = rest[0] if len(rest) == 1 else Product(product.span, rest, ops)
            yield Edit(rebuilt(place.path[:-1], product, new), span, "")

    def neighbours(self, pieces: list[Place]) -> Iterator[tuple[Product, Place, Place, str]]:
        """The pairs of factors that stand beside each other, with the sign between them."""
        for left, right in pairwise([p for p in pieces if p.start is not None]):
            product = left.path[-1]
            for other in (right, *(p for p in pieces if p.path and p.path[-1] is product)):
                assert left.start is not None
                if other.path[-1] is product and other.start == left.start + len(left.nodes):
                    if not isinstance(left.nodes[0], Big) and isinstance(product, Product):
                        yield product, left, other, product.ops[other.start - 1]
                    break

    def orders(self, pieces: list[Place]) -> Iterator[Edit]:
        """Two neighbours in the other order, u v^T for v u^T, and the first factor as the last."""
        for product, left, right, op in self.neighbours(pieces):
            if op not in ("", "cdot", "times", "otimes"):
                continue
            between = self.text((left.span[1], right.span[0])) or " "
            a, b = self.piece(left), self.piece(right)
            marked = [isinstance(p.nodes[-1], Script) and is_transpose(p.nodes[-1].sup) for p in (left, right)]
            if marked[0] != marked[1]:
                mark, inside = self.habits.transpose, self.habits.inside
                outer = [
                    raised(b, mark, inside) if marked[0] else untransposed(b),
                    raised(a, mark, inside) if marked[1] else untransposed(a),
                ]
                yield self.pair(product, left, right, outer[0], outer[1], op, between)
            yield self.pair(product, left, right, b, a, op, between)
            entries = self.picks(left), self.picks(right)
            if len(entries[0]) == len(entries[1]) == 1:
                yield self.with_entries(product, left, right, entries[0][0], entries[1][0])
        for product, units in self.runs(pieces):
            if len(units) > 2 and set(product.ops) == {""}:
                for order in ([*units[1:], units[0]], [units[-1], *units[:-1]]):
                    nodes = tuple(node for unit in order for node in unit.nodes)
                    text = " ".join(self.text(unit.span) for unit in order)
                    span = (units[0].span[0], units[-1].span[1])
                    start = units[0].start or 0
                    moved = replace(product, factors=(*product.factors[:start], *nodes))
                    yield Edit(rebuilt(units[0].path[:-1], product, moved), span, text)

    def runs(self, pieces: list[Place]) -> Iterator[tuple[Product, list[Place]]]:
        """Each product with its factors after the last Σ or Π."""
        found: dict[int, tuple[Product, list[Place]]] = {}
        for place in pieces:
            if place.start is not None and isinstance(place.path[-1], Product):
                units = found.setdefault(id(place.path[-1]), (place.path[-1], []))[1]
                if isinstance(place.nodes[0], Big):
                    units.clear()
                else:
                    units.append(place)
        yield from found.values()

    def pair(self, product: Product, left: Place, right: Place, a: Piece, b: Piece, op: str, between: str) -> Edit:
        """Two other factors for two neighbours."""
        assert left.start is not None and right.start is not None
        joined = Product(product.span, (*a.factors, *b.factors), (*a.ops, op, *b.ops))
        new = spliced(product, left.start, right.start + len(right.nodes), joined)
        span = (left.span[0], right.span[1])
        text = a.latex + between + b.latex
        return Edit(rebuilt(left.path[:-1], product, new), span, text)

    def picks(self, place: Place) -> list[Place]:
        """The places of the letters of entries in a factor with one name, under ∂ that of what it is taken by."""
        names = [
            (found, name)
            for found, name in self.finder.names(place.node)
            if any(str(slot.index) in self.entries for slot in name.slots)
        ]
        if len(names) != 1:
            return []
        found = [inner for inner, index in self.finder.indices(*names[0]) if str(index) in self.entries]
        return found if len(found) == 1 else []

    def with_entries(self, product: Product, left: Place, right: Place, a: Place, b: Place) -> Edit:
        """a_i b_j for a_j b_i."""
        texts = []
        for place, own, other in ((left, a, b), (right, b, a)):
            text, start = self.text(place.span), place.span[0]
            letter_text = index_text(linear(other.node) or Index())
            texts.append(text[: own.span[0] - start] + letter_text + text[own.span[1] - start :])
        between = self.text((left.span[1], right.span[0]))
        first, second = Piece(a.put(b.node), texts[0]), Piece(b.put(a.node), texts[1])
        assert right.start is not None
        return self.pair(product, left, right, first, second, product.ops[right.start - 1], between)

    def products(self, pieces: list[Place]) -> Iterator[Edit]:
        """⊙ for a juxtaposition, and the other way round."""
        for product, left, right, op in self.neighbours(pieces):
            assert right.start is not None
            other = {"": "odot", "odot": "", "cdot": "odot", "times": "odot", "*": "odot"}.get(op)
            if other is not None:
                new = replace(product, ops=put(product.ops, right.start - 1, other))
                text = f" {self.habits.hadamard} " if other else " "
                span = (left.span[1], right.span[0])
                yield Edit(rebuilt(left.path[:-1], product, new), span, text)


def with_items(node: Node, brackets: Mapping[int, tuple[Node, ...]]) -> Node:
    """A tree with other items in some of its brackets, by their identities."""
    if id(node) in brackets and isinstance(node, Group) and isinstance(node.body, Listing):
        return replace(node, body=replace(node.body, items=brackets[id(node)]))
    return mapped(node, lambda part: with_items(part, brackets))
