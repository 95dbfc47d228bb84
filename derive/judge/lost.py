"""What a side may have lost, put back: a Σ, a factor or a term, in the words of the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from derive.judge.edits import Edit
from derive.judge.lost_words import NUMBERS, LostWords, Spot
from derive.judge.places import Place, rebuilt
from derive.judge.writing import Piece, raised, untransposed
from derive.reading.steps import is_transpose
from derive.reading.tree import (
    NOWHERE,
    Big,
    Group,
    Node,
    Number,
    Partial,
    Product,
    Script,
    Sum,
)


@dataclass(frozen=True)
class Lost(LostWords):
    """The edits that put something back into one side of a claim."""

    def edits(self) -> Iterator[Edit]:
        """Every variant with something put back, what the page writes elsewhere first."""
        yield from of_kind("lost-sum", self.sums())
        plain, slopes = self.plain(), list(self.usable(self.slopes()))
        yield from of_kind("lost-factor", self.scales(plain))
        yield from of_kind("lost-term", self.last_terms(plain))
        yield from of_kind("lost-term", self.last_terms(self.propagated()))
        yield from of_kind("lost-factor", self.gates(plain))
        yield from of_kind("lost-term", self.inner_terms(plain))
        partials = [word for word in plain if isinstance(word.node, Partial)] if self.is_evaluated() else []
        yield from of_kind("lost-factor", self.factors(word for word in plain if word not in partials))
        yield from of_kind("lost-factor", self.factors([*slopes, *partials]))
        more = list(self.further(plain))
        yield from of_kind("lost-term", self.last_terms(more))
        yield from of_kind("lost-factor", self.factors(more))
        yield from of_kind("lost-term", self.inner_terms(more))

    def sums(self) -> Iterator[Edit]:
        for piece in self.signs():
            for node, path in self.spots():
                if isinstance(node, Sum):
                    continue
                factors = node.factors if isinstance(node, Product) else (node,)
                ops = node.ops if isinstance(node, Product) else ()
                for n, factor in enumerate(factors):
                    whole = Product(node.span, (*factors[:n], piece.node, *factors[n:]), (*ops[:n], "", *ops[n:]))
                    at = factor.span[0]
                    yield Edit(rebuilt(path, node, whole), (at, at), piece.latex + " ")
                    if not isinstance(factor, Big):
                        break

    def factors(self, words: Iterable[Piece]) -> Iterator[Edit]:
        signs = ("", "odot") if not self.slips.entries else ("",)
        for word in words:
            for node, path in self.spots():
                for sign in signs:
                    if not self.trial.keeps(word.node, sign, node):
                        continue
                    mark = f" {self.slips.habits.hadamard} " if sign else " "
                    if isinstance(node, Sum):
                        yield from self.beside(node, path, word, sign, mark)
                    else:
                        yield from self.inserted(node, path, word, sign, mark)

    def scales(self, words: Iterable[Piece]) -> Iterator[Edit]:
        """The number that the whole side lacks, 1/m say, before everything else."""
        node = self.slips.node
        for word in [*words, *NUMBERS]:
            if not self.trial.multiplied(word.node):
                continue
            if isinstance(node, Sum):
                yield from self.beside(node, (), word, "", " ")
                continue
            factors, ops = (node.factors, node.ops) if isinstance(node, Product) else ((node,), ())
            whole = Product(node.span, (*word.factors, *factors), (*word.ops, "", *ops))
            yield Edit(whole, (node.span[0],) * 2, word.latex + " ")

    def gates(self, words: Iterable[Piece]) -> Iterator[Edit]:
        """(r ⊙ h)^T for h^T: what a quantity is multiplied with, entry by entry, before it is transposed."""
        slips, mark = self.slips, self.slips.habits.hadamard
        known = list(words)
        for place in slips.finder.pieces(slips.node):
            last = place.nodes[-1]
            if not isinstance(last, Script) or not is_transpose(last.sup) or isinstance(last.base, Group):
                continue
            bare = untransposed(slips.piece(place))
            for word in known:
                if word.node != bare.node and self.trial.alike(bare.node, word.node):
                    ops = (*word.ops, "odot", *bare.ops)
                    inner = Product(NOWHERE, (*word.factors, *bare.factors), ops)
                    group = Piece(Group(NOWHERE, inner, "("), rf"\left({word.latex} {mark} {bare.latex}\right)")
                    yield slips.replaced(place, raised(group, slips.habits.transpose, slips.habits.inside))

    def inserted(self, node: Node, path: tuple[Node, ...], word: Piece, sign: str, mark: str) -> Iterator[Edit]:
        """One more factor in each place of a product, or beside a single one."""
        factors = node.factors if isinstance(node, Product) else (node,)
        ops = node.ops if isinstance(node, Product) else ()
        ends = [stop for _, stop in self.slips.finder.units(node)] if isinstance(node, Product) else [1]
        adjoint = isinstance(word.node, Partial)  # stands first, by custom, and slopes and values stand last
        for cut in [0, *ends] if adjoint else reversed([0, *ends]):
            if cut < len(factors) and isinstance(factors[cut], Big):
                continue
            if cut == len(factors) and isinstance(factors[-1], Big):
                continue  # what stands under it begins another product
            if cut == 0 or isinstance(factors[cut - 1], Big):
                between = (*ops[:cut], *word.ops, sign, *ops[cut:])
                at, text = factors[cut].span[0], word.latex + mark
            else:
                between = (*ops[: cut - 1], sign, *word.ops, *ops[cut - 1 :])
                at, text = factors[cut - 1].span[1], mark + word.latex
            whole = Product(node.span, (*factors[:cut], *word.factors, *factors[cut:]), between)
            yield Edit(rebuilt(path, node, whole), (at, at), text)

    def beside(self, node: Sum, path: tuple[Node, ...], word: Piece, sign: str, mark: str) -> Iterator[Edit]:
        """A factor for a whole sum, which needs brackets."""
        group, text = Group(node.span, node, "("), rf"\left({self.slips.text(node.span)}\right)"
        if path and isinstance(path[-1], Group):
            return
        for factors, latex, ops in (
            ((*word.factors, group), word.latex + mark + text, (*word.ops, sign)),
            ((group, *word.factors), text + mark + word.latex, (sign, *word.ops)),
        ):
            yield Edit(rebuilt(path, node, Product(node.span, factors, ops)), node.span, latex)

    def last_terms(self, words: Iterable[Piece]) -> Iterator[Edit]:
        """The term that the whole side lacks."""
        node = self.slips.node
        for word in words:
            sign = self.trial.missing(word.node)
            if sign:
                yield from (
                    self.longer(node, (), word, sign) if isinstance(node, Sum) else self.two_terms(node, (), word, sign)
                )

    def inner_terms(self, words: Iterable[Piece]) -> Iterator[Edit]:
        """A term that a sum in brackets lacks, or a factor."""
        slips = self.slips
        sums = [(node, path) for node, path in slips.sums() if path]
        factors = [p for p in slips.finder.pieces(slips.node) if p.start is not None and not isinstance(p.node, Big)]
        spots = [spot for spot in self.spots() if spot[1] and not self.is_in_sum(spot)]
        for word in words:
            if len(word.factors) > 2:
                continue
            for node, path in sums:
                if self.trial.alike(node, word.node):
                    for sign in (-1, 1):
                        yield from self.longer(node, path, word, sign)
            for spot, path in spots:
                if self.trial.alike(spot, word.node):
                    for sign in (-1, 1):
                        yield from self.two_terms(spot, path, word, sign)
            for place in factors:
                if self.trial.alike(place.node, word.node):
                    yield from self.widened(place, word)

    def is_in_sum(self, spot: Spot) -> bool:
        node, path = spot
        return isinstance(node, Sum | Number | Big) or (bool(path) and isinstance(path[-1], Sum))

    def longer(self, node: Sum, path: tuple[Node, ...], word: Piece, sign: int) -> Iterator[Edit]:
        """One more term, after the others or before them."""
        mark = "-" if sign < 0 else "+"
        after = Sum(node.span, (*node.terms, word.node), (*node.signs, sign))
        before = Sum(node.span, (word.node, *node.terms), (sign, *node.signs))
        first = ("-" if sign < 0 else "") + word.latex + (" " if node.signs[0] < 0 else " + ")
        edits = [
            Edit(rebuilt(path, node, after), (node.span[1],) * 2, f" {mark} {word.latex}"),
            Edit(rebuilt(path, node, before), (node.span[0],) * 2, first),
        ]
        yield from reversed(edits) if node.signs[0] < 0 else edits

    def two_terms(self, node: Node, path: tuple[Node, ...], word: Piece, sign: int) -> Iterator[Edit]:
        """A sum of two for what stands alone."""
        mark = "-" if sign < 0 else "+"
        after = Sum(node.span, (node, word.node), (1, sign))
        yield Edit(rebuilt(path, node, after), (node.span[1],) * 2, f" {mark} {word.latex}")
        before = Sum(node.span, (word.node, node), (sign, 1))
        first = ("-" if sign < 0 else "") + f"{word.latex} + "
        yield Edit(rebuilt(path, node, before), (node.span[0],) * 2, first)

    def widened(self, place: Place, word: Piece) -> Iterator[Edit]:
        """(u - v) for a factor u."""
        own = Piece(place.node, self.slips.text(place.span))
        for sign, mark, pairs in ((-1, "-", ((own, word), (word, own))), (1, "+", ((own, word),))):
            for first, second in pairs:
                group = Group(place.span, Sum(place.span, (first.node, second.node), (1, sign)), "(")
                yield Edit(place.put(group), place.span, rf"\left({first.latex} {mark} {second.latex}\right)")


def of_kind(kind: str, edits: Iterable[Edit]) -> Iterator[Edit]:
    """The edits, with the word for what they mend."""
    return (replace(edit, kind=kind) for edit in edits)
