"""The words that a side may have lost: what the page writes elsewhere, and what the chain rule would put there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from derive.judge.slips import Slips
from derive.judge.trial import Trial
from derive.judge.writing import Piece, index_text, raised
from derive.kernel.index import Index, letter
from derive.reading.tree import (
    NOWHERE,
    Big,
    Frac,
    Node,
    Number,
    Partial,
    Product,
    Relation,
    Script,
    Symbol,
    walk,
)
from derive.understand.adjoints import is_adjoint
from derive.understand.letters import binders
from derive.understand.mentions import index_node

WORDS = 80  # factors and terms of the page that are tried for one that was lost
NUMBERS = (  # that derivatives bring
    Piece(Number(NOWHERE, Fraction(2)), "2"),
    Piece(Frac(NOWHERE, Number(NOWHERE, Fraction(1)), Number(NOWHERE, Fraction(2))), r"\frac{1}{2}"),
)
Spot = tuple[Node, tuple[Node, ...]]  # a tree and the way to it


@dataclass(frozen=True)
class LostWords:
    """What may be put back into one side of a claim with this head."""

    slips: Slips
    trial: Trial
    head: Node

    def signs(self) -> Iterator[Piece]:
        """The Σ of the page, and those over a letter that the left side does not have: the narrow ones first, for what
        lies outside often vanishes."""
        found: dict[Node, Piece] = {}
        for node, piece in self.slips.words.bigs.items():
            if isinstance(node, Big) and node.op == "sum":
                found.setdefault(node, piece)
        for name in sorted(set(self.letters()) - self.trial.free):
            others = [letter(other) for other in self.letters() if other != name]
            last = letter("T")
            ranges = [*((Index(1), k) for k in others), *((k, last) for k in others), (Index(1), last)]
            for low, high in ranges:
                piece = sigma(name, low, high)
                found.setdefault(piece.node, piece)

        def wide(node: Node) -> bool:
            assert isinstance(node, Big)
            return not any(
                (low is not None and low.names - {"T"}) or (high is not None and high.names - {"T"})
                for _, low, high in binders(node)
            )

        for node in sorted(found, key=wide):
            assert isinstance(node, Big)
            names = {name for name, _, _ in binders(node)}
            if names and not names & self.trial.free:
                yield found[node]

    def letters(self) -> list[str]:
        """The letters of chains that the claim has."""
        return sorted(self.slips.letters - self.slips.entries - {"T"})

    def indices(self) -> list[Index]:
        """The indices of chains that the side uses, and its letters alone."""
        finder = self.slips.finder
        found = {
            index: None
            for place, name in finder.names(self.slips.node)
            for _, index in finder.indices(place, name)
            if index.names and not index.names & self.slips.entries
        }
        return [*found, *(letter(name) for name in self.letters() if letter(name) not in found)]

    def usable(self, words: Iterable[Piece]) -> Iterator[Piece]:
        """Those with letters that the claim has."""
        at = self.slips.finder.at
        strange = at.names.letters - self.slips.letters
        for word in words:
            if not any(index.names & strange for _, index in self.slips.words.indices(word)):
                yield word

    def plain(self) -> list[Piece]:
        """The words of the page as they are: beside a ∂ the derivatives of what the head differentiates first,
        elsewhere the derivatives last."""
        words = self.slips.words
        found = self.usable(dict.fromkeys([*words.factors.values(), *words.terms.values()]))
        of = self.head.of if isinstance(self.head, Partial) else None

        def rank(word: Piece) -> int:
            if not isinstance(word.node, Partial):
                return 1
            return 2 * self.is_evaluated() + (word.node.of != of)

        return sorted(found, key=rank)[:WORDS]

    def is_evaluated(self) -> bool:
        """Whether the side has no ∂."""
        return not any(isinstance(node, Partial) for node in walk(self.slips.node))

    def slopes(self) -> Iterator[Piece]:
        """The derivatives of activations at the indices of the side."""
        diagonal = None if self.slips.entries else self.slips.habits.diagonal
        yield from self.slips.words.slopes(self.indices(), diagonal, self.trial.judge.system)

    def further(self, plain: list[Piece]) -> Iterator[Piece]:
        """The words of the page with other letters, then transposed."""
        words, habits = self.slips.words, self.slips.habits
        found = list(dict.fromkeys([*words.factors.values(), *words.terms.values()]))
        seen: dict[Node, Piece] = {word.node: word for word in plain}
        moved = list(self.usable(self.relettered(found, seen)))
        yield from moved
        if not self.slips.entries:
            for word in [*plain, *moved]:
                at_last = any("T" in index.names for _, index in words.indices(word))  # a^{(T)T} is read otherwise
                if isinstance(word.factors[-1], Symbol | Script) and len(word.factors) < 3 and not at_last:
                    yield raised(word, habits.transpose, habits.inside)

    def relettered(self, found: list[Piece], seen: dict[Node, Piece]) -> Iterator[Piece]:
        words = self.slips.words
        for word in found:
            for name in sorted({name for _, index in words.indices(word) for name in index.names}):
                for other in [*self.letters(), "T"]:
                    for shift in (0, 1, -1) if other != "T" else (0,):
                        if (other, shift) != (name, 0):
                            new = words.relettered(word, {name: letter(other, shift)})
                            if new.node not in seen:
                                seen[new.node] = new
                                yield new

    def propagated(self) -> Iterator[Piece]:
        """A matrix of the page, or its transpose, times an adjoint: what comes from the next step. And a vector times
        itself, as in the Jacobian of softmax."""
        words, at, habits = self.slips.words, self.slips.finder.at, self.slips.habits
        matrices = []
        for key, name in words.names.items():
            known = at.known[key]
            if not known.chains and len((known.rows or ()) + (known.cols or ())) == 2:
                matrices += [raised(name.piece, habits.transpose, habits.inside), name.piece]
        adjoints: dict[Node, Piece] = {}
        for word in words.factors.values():
            if self.adjoint(word.node):
                for index in self.indices():
                    for shift in (1, 0):
                        letters = {n: index.plus(shift) for _, i in words.indices(word) for n in i.names}
                        bare = not any(i.constant for _, i in words.indices(word))
                        new = words.relettered(word, letters) if bare else word
                        adjoints.setdefault(new.node, new)
        for word in list(words.factors.values()):
            if self.trial.layout(word.node) and isinstance(word.factors[-1], Symbol | Script) and len(word.factors) < 3:
                other = raised(word, habits.transpose, habits.inside)
                for a, b in ((word, other), (other, word)):
                    if self.trial.multiply(a.node, b.node):
                        node = Product(NOWHERE, (*a.factors, *b.factors), (*a.ops, "", *b.ops))
                        yield Piece(node, f"{a.latex} {b.latex}")
        written = [self.head, *(place.node for place in self.slips.finder.pieces(self.slips.node))]
        if not self.adjoint(self.head) or (len(written) < 3 and not any(map(self.adjoint, written[1:]))):
            return
        for matrix in matrices:
            for adjoint in self.usable(adjoints.values()):
                for a, b in ((matrix, adjoint), (adjoint, matrix)):
                    if not self.trial.multiply(a.node, b.node):
                        continue
                    node = Product(NOWHERE, (*a.factors, *b.factors), (*a.ops, "", *b.ops))
                    yield Piece(node, f"{a.latex} {b.latex}")

    def adjoint(self, node: Node) -> bool:
        """Whether a tree is a derivative, or a name that stands for one."""
        at = self.slips.finder.at
        first, second = (node.factors[0], node.factors[1]) if isinstance(node, Product) else (node, None)
        name = at.names.read(first, second, at.here)
        return isinstance(node, Partial) or (name is not None and is_adjoint(at.key(name)))

    def spots(self) -> Iterator[Spot]:
        """Where a product may begin or end: the whole side, terms, bodies of brackets; each once."""
        seen: set[int] = set()
        for place in self.slips.finder.pieces(self.slips.node):
            node, path = (place.node, place.path) if place.start is None else (place.path[-1], place.path[:-1])
            if id(node) not in seen:
                seen.add(id(node))
                yield node, path
        yield from self.slips.sums()


def sigma(name: str, low: Index, high: Index) -> Piece:
    """Σ over a letter."""
    lower = Relation(NOWHERE, Symbol(NOWHERE, name), "=", index_node(low))
    text = rf"\sum_{{{index_text(letter(name))}={index_text(low)}}}^{{{index_text(high)}}}"
    return Piece(Big(NOWHERE, "sum", lower, index_node(high)), text)
