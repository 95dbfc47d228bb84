"""The words of a page: what its formulas are built of, each with its LaTeX, for edits that put something in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import Any

from derive.judge.places import Finder
from derive.judge.writing import Piece, index_text, raised, untransposed
from derive.kernel.index import Index
from derive.kernel.terms import Apply, Quantity
from derive.reading import Side
from derive.reading.tree import NOWHERE, Big, Group, Node, Number, Product, Sum, Symbol, mapped
from derive.understand.mentions import index_node

LONGEST = 160  # characters of a word


@dataclass(frozen=True)
class Mentioned:
    """A quantity as the page writes it, with the places of its indices, in their order."""

    piece: Piece
    indices: tuple[tuple[Node, Index], ...]

    def at(self, indices: Sequence[Index]) -> Piece:
        """The same quantity at other indices."""
        changed = {id(node): new for (node, old), new in zip(self.indices, indices, strict=True) if new != old}
        return with_indices(self.piece, [(node, changed[id(node)]) for node, _ in self.indices if id(node) in changed])


def with_indices(piece: Piece, changed: Iterable[tuple[Node, Index]]) -> Piece:
    """A piece with other indices in the places of some of its trees."""
    changed = list(changed)
    nodes = {id(node): index_node(index) for node, index in changed}
    start, latex = piece.factors[0].span[0], piece.latex
    for node, index in sorted(changed, key=lambda pair: pair[0].span, reverse=True):
        before, after = latex[: node.span[0] - start], latex[node.span[1] - start :]
        old, text = latex[len(before) : len(latex) - len(after)], index_text(index)
        braced = len(text) > 1 and (before.endswith(("_", "^")) or old.startswith("{"))
        latex = before + (f"{{{text}}}" if braced else text) + after

    def other(node: Node) -> Node:
        return nodes[id(node)] if id(node) in nodes else mapped(node, other)

    return Piece(other(piece.node), latex)


@dataclass
class Vocabulary:
    """What a page writes: its quantities by their keys, its Σ and Π, the factors of its products, the terms of its
    sums; each once, in the order in which they were read."""

    finder: Finder
    names: dict[str, Mentioned] = field(default_factory=dict)
    bigs: dict[Node, Piece] = field(default_factory=dict)
    factors: dict[Node, Piece] = field(default_factory=dict)
    terms: dict[Node, Piece] = field(default_factory=dict)

    def read(self, side: Side, node: Node) -> None:
        """Add the words of a side."""

        def text(part: Node) -> str:
            return side.latex[part.span[0] - side.span[0] : part.span[1] - side.span[0]]

        for place in self.finder.pieces(node):
            latex = side.latex[place.span[0] - side.span[0] : place.span[1] - side.span[0]]
            if isinstance(place.nodes[0], Big):
                self.bigs.setdefault(place.node, Piece(place.node, latex))
            elif not isinstance(place.node, Number | Sum) and len(latex) < LONGEST:
                self.factors.setdefault(place.node, Piece(place.node, latex))
            parent = place.path[-1] if place.path else None
            outer = place.path[-2] if len(place.path) > 1 else None
            if isinstance(parent, Product) and isinstance(outer, Sum) and place.start == 0:
                self.terms.setdefault(parent, Piece(parent, text(parent)))
        at = self.finder.at
        for place, name in self.finder.names(node):
            key = at.key(name)
            if key not in at.known or set(name.operations) - {"T"} or name.primes:
                continue
            latex = side.latex[place.span[0] - side.span[0] : place.span[1] - side.span[0]]
            piece = Piece(place.node, latex)
            if name.operations:
                piece = untransposed(piece)
            self.factors.setdefault(piece.node, piece)
            indices = tuple(self.indices(piece))
            self.names.setdefault(key, Mentioned(piece, indices))

    def add(self, more: Vocabulary) -> None:
        """Add the words of another vocabulary that are not in this one."""
        for mine, theirs in zip(self.words, more.words, strict=True):
            for key, word in theirs.items():
                mine.setdefault(key, word)

    @property
    def words(self) -> tuple[dict[Any, Any], ...]:
        return self.names, self.bigs, self.factors, self.terms

    def indices(self, word: Piece) -> list[tuple[Node, Index]]:
        """The indices of chains in a word, with their trees."""
        return [
            (found.nodes[0], index)
            for place, name in self.finder.names(word.node)
            for found, index in self.finder.indices(place, name)
        ]

    def relettered(self, word: Piece, letters: Mapping[str, Index]) -> Piece:
        """A word with other indices for letters."""
        found = [(node, index.put(letters)) for node, index in self.indices(word) if index.put(letters) != index]
        return with_indices(word, found)

    def slopes(self, indices: Iterable[Index], diagonal: str | None, system: Mapping[str, Quantity]) -> Iterator[Piece]:
        """The derivatives of activations in terms of their values at these indices, 1 - h^2 for tanh and 1 - s for the
        logistic function; and with `diagonal`, the LaTeX of diag, their matrices."""
        one = Number(NOWHERE, Fraction(1))
        for key, word in self.names.items():
            bodies = [term for _, term in system[key].cases] if key in system else []
            activations = {body.function for body in bodies if isinstance(body, Apply)}
            if len(word.indices) != 1 or not activations:
                continue
            for index, square in product(indices, (True, False)):
                if activations == {"sigmoid" if square else "tanh"}:
                    continue
                value = word.at([index])
                inner = raised(value, "2", False) if square else value
                group = Group(NOWHERE, Sum(NOWHERE, (one, inner.node), (1, -1)), "(")
                latex = rf"\left(1 - {inner.latex}\right)"
                yield Piece(group, latex)
                if diagonal is not None:
                    yield Piece(Product(NOWHERE, (Symbol(NOWHERE, "diag"), group), ("",)), diagonal + latex)


__all__ = ["Mentioned", "Vocabulary", "with_indices"]
