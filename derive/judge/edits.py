"""Variants of a right side: each is made twice, on the tree (to decide it) and on the LaTeX (to show it)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from derive.judge.habits import Habits
from derive.judge.places import Finder, Place
from derive.judge.vocabulary import Vocabulary
from derive.judge.writing import Piece
from derive.reading import Side
from derive.reading.tree import (
    Big,
    Group,
    Node,
    Partial,
    Product,
    Script,
    Span,
    Sum,
    Symbol,
    mapped,
)
from derive.understand.mentions import linear


@dataclass(frozen=True)
class Edit:
    """A variant of a side: its tree, the piece of the block's LaTeX that it replaces, and by what; `kind` is what it
    mends, in one word."""

    node: Node
    span: Span
    latex: str
    kind: str = ""

    def applied(self, side: Side) -> str:
        """The side's LaTeX after the edit."""
        start, end = (place - side.span[0] for place in self.span)
        before, after = side.latex[:start], side.latex[end:]
        if not self.latex and before.endswith(" "):
            after = after.lstrip(" ")
        return before + self.latex + after


@dataclass(frozen=True)
class Edits:
    """The edits of one right side, whose tree is `node`. `letters` are the indices that it may use,
    of them `entries` those that pick entries."""

    side: Side
    node: Node
    finder: Finder
    habits: Habits
    letters: frozenset[str]
    words: Vocabulary
    entries: frozenset[str]

    def text(self, span: Span) -> str:
        """The LaTeX of a span."""
        return self.side.latex[span[0] - self.side.span[0] : span[1] - self.side.span[0]]

    def piece(self, place: Place) -> Piece:
        return Piece(place.node, self.text(place.span))

    def replaced(self, place: Place, new: Piece) -> Edit:
        """Another piece in a place; a command is kept apart from the letter that follows it."""
        after = self.text((place.span[1], place.span[1] + 1))
        apart = " " if after[:1].isalpha() and ends_in_command(new.latex) else ""
        return Edit(place.put(new.node), place.span, new.latex + apart)

    def sums(self) -> Iterator[tuple[Sum, tuple[Node, ...]]]:
        """The sums of the side that are no indices, each with the way to it."""

        def deeper(node: Node, path: tuple[Node, ...]) -> Iterator[tuple[Sum, tuple[Node, ...]]]:
            if isinstance(node, Sum) and linear(node) is None:
                yield node, path
            if isinstance(node, Script):
                yield from deeper(node.base, (*path, node))
            elif not isinstance(node, Big | Partial):
                for child in node.inner:
                    yield from deeper(child, (*path, node))

        yield from deeper(self.node, ())


def put(values: tuple, n: int, value: object) -> tuple:  # type: ignore[type-arg]
    return (*values[:n], value, *values[n + 1 :])


def without(values: tuple, n: int) -> tuple:  # type: ignore[type-arg]
    return (*values[:n], *values[n + 1 :])


def simplified(node: Sum) -> Node:
    """A sum of one term as that term."""
    return node.terms[0] if len(node.terms) == 1 and node.signs[0] > 0 else node


def ends_in_command(latex: str) -> bool:
    """Whether a letter after this LaTeX would become part of its last command."""
    return latex.rpartition("\\")[2].isalpha() and "\\" in latex


def with_another(node: Node, old: Node, new: Node) -> Node:
    """A tree with another one wherever one stands in it."""
    if node == old:
        return new
    return mapped(node, lambda part: with_another(part, old, new))


def is_name(node: Node) -> bool:
    """Whether a tree needs no brackets: a symbol, a(t)."""
    if isinstance(node, Product) and len(node.factors) == 2:
        return isinstance(node.factors[0], Symbol | Script) and isinstance(node.factors[1], Group)
    return isinstance(node, Symbol | Script)
