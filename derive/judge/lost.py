"""What a side may have lost, put back: a Σ, a factor or a term, in the words of the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from derive.judge.edits import Edit
from derive.judge.places import Place, is_transpose, rebuilt
from derive.judge.slips import Slips
from derive.judge.trial import Trial
from derive.judge.writing import Piece, index_text, raised, untransposed
from derive.kernel.index import Index, letter
from derive.reading.tree import (
    NOWHERE,
    Big,
    Frac,
    Group,
    Node,
    Number,
    Partial,
    Product,
    Relation,
    Script,
    Sum,
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
class Lost:
    """The edits that put something back into one side of a claim with this head."""

    slips: Slips
    trial: Trial
    head: Node

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

    def spots(self) -> Iterator[Spot]:
        """Where a product may begin or end: the whole side, terms, bodies of brackets; each once."""
        seen: set[int] = set()
        for place in self.slips.finder.pieces(self.slips.node):
            node, path = (place.node, place.path) if place.start is None else (place.path[-1], place.path[:-1])
            if id(node) not in seen:
                seen.add(id(node))
                yield node, path
        yield from self.slips.sums()

    # Σ

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

    # Words

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

    # Factors

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

    # Terms

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


def sigma(name: str, low: Index, high: Index) -> Piece:
    """Σ over a letter."""
    lower = Relation(NOWHERE, Symbol(NOWHERE, name), "=", index_node(low))
    text = rf"\sum_{{{index_text(letter(name))}={index_text(low)}}}^{{{index_text(high)}}}"
    return Piece(Big(NOWHERE, "sum", lower, index_node(high)), text)
