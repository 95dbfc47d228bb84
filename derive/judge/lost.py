"""What a side may have lost, put back: a Σ, a factor or a term, in the words of the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from derive.judge.places import Finder, Place, rebuilt
from derive.judge.slips import Edit, Slips
from derive.judge.writing import Piece, index_node, index_text
from derive.kernel.index import Index, letter
from derive.reading import Side
from derive.reading.tree import NOWHERE, Big, Group, Node, Number, Product, Relation, Sum, Symbol
from derive.understand.letters import binders
from derive.understand.mentions import linear

WORDS = 40  # factors and terms of the page that are tried for one that was lost
LONGEST = 160  # characters of a factor or term


@dataclass
class Vocabulary:
    """What a page writes: its Σ signs, the factors of its products and the terms of its sums, each once."""

    bigs: dict[Node, Piece] = field(default_factory=dict)
    factors: dict[Node, Piece] = field(default_factory=dict)
    terms: dict[Node, Piece] = field(default_factory=dict)

    @classmethod
    def of(cls, sides: Sequence[tuple[Side, Node]], finder: Finder) -> Vocabulary:
        """The words of these sides, in their order."""
        found = cls()
        for side, node in sides:
            found.read(side, node, finder)
        return found

    def read(self, side: Side, node: Node, finder: Finder) -> None:
        def text(part: Node) -> str:
            return side.latex[part.span[0] - side.span[0] : part.span[1] - side.span[0]]

        for place in finder.pieces(node):
            latex = side.latex[place.span[0] - side.span[0] : place.span[1] - side.span[0]]
            if isinstance(place.nodes[0], Big):
                self.bigs.setdefault(place.node, Piece(place.node, latex))
            elif not isinstance(place.node, Number) and len(latex) < LONGEST:
                self.factors.setdefault(place.node, Piece(place.node, latex))
            parent = place.path[-1] if place.path else None
            outer = place.path[-2] if len(place.path) > 1 else None
            if isinstance(parent, Product) and isinstance(outer, Sum) and place.start == 0:
                self.terms.setdefault(parent, Piece(parent, text(parent)))
            elif isinstance(parent, Sum) and not isinstance(place.node, Number):
                self.terms.setdefault(place.node, Piece(place.node, latex))


@dataclass(frozen=True)
class Lost:
    """The edits that put something back into one side."""

    slips: Slips
    words: Vocabulary
    free: frozenset[str]  # letters that the left side has

    def edits(self) -> Iterator[Edit]:
        yield from self.sums()
        yield from self.factors()
        yield from self.terms()

    def text(self, node: Node) -> str:
        return self.slips.text(node.span)

    def spots(self) -> Iterator[tuple[Node, tuple[Node, ...]]]:
        """Where a product may begin or end: the whole side, terms, bodies of brackets; each once."""
        seen: set[int] = set()
        for place in self.slips.finder.pieces(self.slips.node):
            node, path = (place.node, place.path) if place.start is None else (place.path[-1], place.path[:-1])
            if id(node) not in seen:
                seen.add(id(node))
                yield node, path

    def letters(self) -> frozenset[str]:
        return self.slips.letters

    # Σ

    def signs(self) -> Iterator[Piece]:
        """The Σ of the page, and those over a letter that the left side does not have."""
        found: dict[Node, Piece] = {}
        for name in sorted(self.letters() - self.free - {"T"} - self.slips.finder.at.entries.keys()):
            others = sorted(self.letters() & self.slips.finder.at.chained.keys() - {name})
            ranges = [(Index(1), letter("T"))]
            ranges += [(Index(1), letter(other)) for other in others]
            ranges += [(letter(other), letter("T")) for other in others]
            for low, high in ranges:
                piece = sigma(name, low, high)
                found.setdefault(piece.node, piece)
        for node, piece in self.words.bigs.items():
            if isinstance(node, Big) and node.op == "sum":
                found.setdefault(node, piece)
        order = sorted(found, key=lambda node: node not in self.words.bigs)  # as the page writes them first
        for node in order:
            assert isinstance(node, Big)
            names = {name for name, _, _ in binders(node)}
            if names and not names & self.free:
                yield found[node]

    def sums(self) -> Iterator[Edit]:
        for piece in self.signs():
            for node, path in self.spots():
                factors = node.factors if isinstance(node, Product) else (node,)
                ops = node.ops if isinstance(node, Product) else ()
                for n in range(len(factors)):
                    whole = Product(node.span, (*factors[:n], piece.node, *factors[n:]), (*ops[:n], "", *ops[n:]))
                    at = factors[n].span[0]
                    yield Edit(rebuilt(path, node, whole), (at, at), piece.latex + " ")
                    if not isinstance(factors[n], Big):
                        break

    # Factors

    def factors(self) -> Iterator[Edit]:
        signs = ("", "odot") if not self.slips.finder.at.entries else ("",)
        for word in self.variants(self.words.factors):
            for node, path in self.spots():
                factors = node.factors if isinstance(node, Product) else (node,)
                ops = node.ops if isinstance(node, Product) else ()
                if isinstance(node, Sum):
                    continue
                ends = [0]
                if isinstance(node, Product):
                    ends += [stop for _, stop in self.slips.finder.units(node)]
                else:
                    ends.append(1)
                for cut in ends:
                    if cut < len(factors) and isinstance(factors[cut], Big):
                        continue
                    after_sign = cut == 0 or isinstance(factors[cut - 1], Big)
                    for sign in signs:
                        between = ("", sign) if after_sign else (sign, "" if cut < len(factors) else "")
                        if after_sign:
                            opened = (*ops[:cut], sign, *ops[cut:]) if cut == 0 else (*ops[:cut], sign, *ops[cut:])
                        else:
                            opened = (*ops[: cut - 1], sign, *ops[cut - 1 :])
                        whole = Product(
                            node.span,
                            (*factors[:cut], *word.factors, *factors[cut:]),
                            joined(opened, cut, word.ops, after_sign),
                        )
                        mark = f" {self.slips.habits.hadamard} " if sign else " "
                        if after_sign:
                            at = factors[cut].span[0]
                            yield Edit(rebuilt(path, node, whole), (at, at), word.latex + mark)
                        else:
                            at = factors[cut - 1].span[1]
                            yield Edit(rebuilt(path, node, whole), (at, at), mark + word.latex)
                        del between

    def variants(self, words: dict[Node, Piece]) -> Iterator[Piece]:
        """The words of the page as they are; then those with a letter of chains, with others in its place."""
        chosen = list(words.values())[:WORDS]
        yield from chosen
        seen = set(words)
        chained = sorted(self.letters() & self.slips.finder.at.chained.keys())
        for word in chosen:
            used = self.used(word)
            for name in sorted(used):
                for other in chained:
                    for shift in (0, -1, 1):
                        if (other, shift) != (name, 0):
                            new = self.relettered(word, {name: letter(other, shift)})
                            if new.node not in seen:
                                seen.add(new.node)
                                yield new

    def used(self, word: Piece) -> set[str]:
        finder = self.slips.finder
        return {
            name
            for place, mention in finder.names(word.node)
            for _, index in finder.indices(place, mention)
            for name in index.names
            if name in finder.at.chained
        }

    def relettered(self, word: Piece, letters: dict[str, Index]) -> Piece:
        """A word with other indices for letters."""
        finder = self.slips.finder
        changed: dict[int, Node] = {}
        texts = []
        for place, mention in finder.names(word.node):
            for found, index in finder.indices(place, mention):
                new = index.put(letters)
                if new != index:
                    changed[id(found.nodes[0])] = index_node(new)
                    texts.append((found.nodes[0].span, index_text(new)))
        start = word.factors[0].span[0]
        latex = word.latex
        for span, text in sorted(texts, reverse=True):
            old = latex[span[0] - start : span[1] - start]
            bare = latex[: span[0] - start].endswith(("_", "^")) and len(text) > 1
            text = f"{{{text}}}" if bare or old.startswith("{") else text
            latex = latex[: span[0] - start] + text + latex[span[1] - start :]

        def other(value: Any) -> Any:
            if isinstance(value, tuple):
                return tuple(other(item) for item in value)
            if not isinstance(value, Node):
                return value
            if id(value) in changed:
                return changed[id(value)]
            return replace(value, **{n: other(getattr(value, n)) for n in value.__dataclass_fields__ if n != "span"})

        return Piece(other(word.node), latex)

    # Terms

    def terms(self) -> Iterator[Edit]:
        slips = self.slips
        words = dict(self.words.terms)
        words |= {node: word for node, word in self.words.factors.items() if node not in words}
        chosen = [word for word in self.variants(words) if not isinstance(word.node, Sum)]
        sums = [(node, path) for node, path in slips.sums()]
        for word in chosen:
            for sign, mark in ((-1, "-"), (1, "+")):
                for node, path in sums:
                    longer = Sum(node.span, (*node.terms, word.node), (*node.signs, sign))
                    yield Edit(rebuilt(path, node, longer), (node.span[1],) * 2, f" {mark} {word.latex}")
                    negative = node.signs[0] < 0
                    before = Sum(node.span, (word.node, *node.terms), (sign, *node.signs))
                    first = ("-" if sign < 0 else "") + word.latex + (" " if negative else " + ")
                    yield Edit(rebuilt(path, node, before), (node.span[0],) * 2, first)
                for node, path in self.spots():
                    parent = path[-1] if path else None
                    if isinstance(node, Sum | Number | Big) or isinstance(parent, Sum):
                        continue
                    longer = Sum(node.span, (node, word.node), (1, sign))
                    yield Edit(rebuilt(path, node, longer), (node.span[1],) * 2, f" {mark} {word.latex}")
                    before = Sum(node.span, (word.node, node), (1, sign))
                    yield Edit(rebuilt(path, node, before), (node.span[0],) * 2, f"{word.latex} {mark} ")
                for place in slips.finder.pieces(slips.node):
                    if place.start is not None and not isinstance(place.nodes[0], Big):
                        yield from self.widened(place, word, sign, mark)

    def widened(self, place: Place, word: Piece, sign: int, mark: str) -> Iterator[Edit]:
        """(u - v) for a factor u."""
        own = Piece(place.node, self.slips.text(place.span))
        for first, second in ((own, word), (word, own)):
            group = Group(place.span, Sum(place.span, (first.node, second.node), (1, sign)), "(")
            yield Edit(place.put(group), place.span, rf"\left({first.latex} {mark} {second.latex}\right)")


def joined(ops: tuple[str, ...], cut: int, inner: tuple[str, ...], after_sign: bool) -> tuple[str, ...]:
    """The signs of a product into which a run was put at a cut."""
    return (*ops[:cut], *inner, *ops[cut:])


def sigma(name: str, low: Index, high: Index) -> Piece:
    """Σ over a letter."""
    lower = Relation(NOWHERE, Symbol(NOWHERE, name), "=", index_node(low))
    text = rf"\sum_{{{index_text(letter(name))}={index_text(low)}}}^{{{index_text(high)}}}"
    return Piece(Big(NOWHERE, "sum", lower, index_node(high)), text)


__all__ = ["Lost", "Vocabulary", "linear"]
