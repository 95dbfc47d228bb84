"""The single slips that people make, undone: every one-edit variant of a right side that adds nothing from elsewhere.

Each edit is made twice, on the tree (to decide it) and on the LaTeX (to show it). Kinds come in the order in which
they are tried, the plainest first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from derive.judge.habits import Habits
from derive.judge.places import Finder, Place, is_transpose, rebuilt, spliced
from derive.judge.vocabulary import Vocabulary
from derive.judge.writing import Piece, index_text, raised, untransposed
from derive.kernel.index import Index, letter
from derive.reading import Side
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
    Slice,
    Span,
    Sum,
    Symbol,
    mapped,
    walk,
)
from derive.reading.tree import (
    Sequence as Listing,
)
from derive.understand.adjoints import is_adjoint
from derive.understand.application import ELEMENTWISE
from derive.understand.letters import binders
from derive.understand.mentions import index_node, linear
from derive.understand.slices import items


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
class Slips:
    """The edits of one right side, whose tree is `node`. `letters` are the indices that it may use,
    of them `entries` those that pick entries."""

    side: Side
    node: Node
    finder: Finder
    habits: Habits
    letters: frozenset[str]
    words: Vocabulary
    entries: frozenset[str]

    def edits(self) -> Iterator[Edit]:
        """Every variant, the plainest kind first."""
        pieces = list(self.finder.pieces(self.node))
        kinds: dict[str, Callable[[list[Place]], Iterator[Edit]]] = {
            "sign": self.signs,
            "transpose": self.transposes,
            "direct-for-total": self.derivatives,
            "slice": self.slices,
            "index": self.indices,
            "bound": self.bounds,
            "extra-factor": self.dropped,
            "order": self.orders,
            "product": self.products,
            "power": self.powers,
            "prime": self.primes,
            "quantity": self.quantities,
            "function": self.functions,
            "extra-term": self.terms,
            "brackets": self.brackets,
        }
        for name, kind in kinds.items():
            yield from (replace(edit, kind=edit.kind or name) for edit in kind(pieces))

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

    # Signs and terms

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

    def signs(self, pieces: list[Place]) -> Iterator[Edit]:
        for node, path in self.sums():
            for n, sign in enumerate(node.signs):
                flipped = rebuilt(path, node, simplified(replace(node, signs=put(node.signs, n, -sign))))
                span, between = self.before(node, n)
                if n:
                    mark = between.replace("-", "±").replace("+", "-").replace("±", "+")
                    yield Edit(flipped, span, mark)
                else:
                    yield Edit(flipped, span, "" if sign < 0 else "-")
            if len(node.terms) > 1 and set(node.signs) == {1, -1}:
                opposite = replace(node, signs=tuple(-sign for sign in node.signs))
                positive = [n for n, sign in enumerate(opposite.signs) if sign > 0]
                order = [*positive, *(n for n, sign in enumerate(opposite.signs) if sign < 0)]
                ordered = Sum(node.span, tuple(node.terms[n] for n in order), tuple(opposite.signs[n] for n in order))
                yield Edit(rebuilt(path, node, ordered), node.span, self.joined(node, order, ordered.signs))
        for place in pieces:
            body = place.path[-1] if place.path else None
            whole = not place.path or isinstance(body, Group | Frac)
            if place.start is not None and isinstance(body, Product):  # the product that a factor stands in
                outer = place.path[-2] if len(place.path) > 1 else None
                if place.start or isinstance(outer, Sum) or not (outer is None or isinstance(outer, Group | Frac)):
                    if place.start and isinstance(body.factors[place.start - 1], Big):
                        yield from self.inner_sign(body, place)
                    continue
                negative = Sum(body.span, (body,), (-1,))
                yield Edit(rebuilt(place.path[:-1], body, negative), (body.span[0], body.span[0]), "-")
            elif whole and not isinstance(place.nodes[0], Sum):
                inner = place.node
                yield Edit(place.put(Sum(inner.span, (inner,), (-1,))), (inner.span[0], inner.span[0]), "-")

    def inner_sign(self, product: Product, place: Place) -> Iterator[Edit]:
        """Σ -x for Σ x, written before the Σ."""
        first = place.start or 0
        bigs = 0
        while first - bigs - 1 >= 0 and isinstance(product.factors[first - bigs - 1], Big):
            bigs += 1
        outer = place.path[-2] if len(place.path) > 1 else None
        if first == bigs and not isinstance(outer, Sum):
            negative = Sum(product.span, (product,), (-1,))
            yield Edit(rebuilt(place.path[:-1], product, negative), (product.span[0],) * 2, "-")

    def before(self, node: Sum, n: int) -> tuple[Span, str]:
        """The place of the sign before a term, and what stands there."""
        start = node.terms[n - 1].span[1] if n else node.span[0]
        span = (start, node.terms[n].span[0])
        return span, self.text(span)

    def joined(self, node: Sum, order: Sequence[int], signs: Sequence[int]) -> str:
        """Terms of a sum in an order, with signs."""
        text = ""
        for n, sign in zip(order, signs, strict=True):
            mark = "-" if sign < 0 else "+" if text else ""
            text += f" {mark} " if text else mark
            text += self.text(node.terms[n].span)
        return text

    def terms(self, pieces: list[Place]) -> Iterator[Edit]:
        """A term too many."""
        for node, path in self.sums():
            if len(node.terms) < 2:
                continue
            for n in range(len(node.terms)):
                rest = Sum(node.span, without(node.terms, n), without(node.signs, n))
                if n:
                    span = (node.terms[n - 1].span[1], node.terms[n].span[1])
                else:
                    span = (node.span[0], node.terms[1].span[0] if rest.signs[0] > 0 else self.mark(node))
                yield Edit(rebuilt(path, node, simplified(rest)), span, "")

    def mark(self, node: Sum) -> int:
        """Where the sign before the second term stands."""
        span, between = self.before(node, 1)
        return span[0] + between.index("-") if "-" in between else span[1]

    # Factors

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

    # Indices

    def moved(self, index: Index) -> Iterator[Index]:
        """Other indices for one: moved by one, with another letter, without its shift, shifted the other way."""
        yield from (index.plus(-1), index.plus(1))
        if index.constant and index.letters:
            yield Index(0, index.letters)
        for name, coefficient in index.letters:
            for other in sorted(self.letters - index.names):
                if coefficient == 1 and isinstance(name, str):
                    yield index.put({name: letter(other)})
        if not index.letters:
            yield from (letter(name) for name in sorted(self.letters))
        elif not index.constant:
            yield from (Index(1), Index(0))
        else:
            yield index.plus(-2 * index.constant)

    def reindexed(self, place: Place, index: Index) -> Edit:
        """Another index in a place."""
        old, text = self.text(place.span), index_text(index)
        alone = self.text((place.span[0] - 1, place.span[0])) in ("_", "^")
        braced = f"{{{text}}}" if len(text) > 1 and (alone or old.startswith("{")) else text
        return self.replaced(place, Piece(index_node(index), braced))

    def indices(self, pieces: list[Place]) -> Iterator[Edit]:
        for place, name in self.finder.names(self.node):
            step = self.finder.at.split(self.finder.at.here, name)[1].get("step")
            for found, index in self.finder.indices(place, name):
                of_entry = str(index) in self.entries
                for new in self.moved(index):
                    if of_entry and str(new) not in self.entries:
                        continue
                    if not of_entry and new.names & self.entries:
                        continue
                    yield replace(self.reindexed(found, new), kind="time-index" if index == step else "")

    def bounds(self, pieces: list[Place]) -> Iterator[Edit]:
        for place in pieces:
            big = place.nodes[0]
            if not isinstance(big, Big):
                continue
            path = (*place.path, big)
            ends = [Place((big.upper,), path)] if big.upper is not None else []
            if isinstance(big.lower, Relation):
                ends.append(Place((big.lower.right,), (*path, big.lower)))
            for word in self.words.bigs.values():  # as the page writes it elsewhere
                other = word.node
                if not isinstance(other, Big) or other.op != big.op or other == big:
                    continue
                if {name for name, *_ in binders(other)} == {name for name, *_ in binders(big)}:
                    yield self.replaced(place, word)
            bound = {part.name for part in walk(big.lower) if isinstance(part, Symbol)} if big.lower else set()
            for end in ends:
                index = linear(end.node)
                if index is not None:
                    for new in self.moved(index):
                        if not new.names & (bound - index.names) and not new.names & self.entries:
                            yield self.reindexed(end, new)

    # Quantities

    def quantities(self, pieces: list[Place]) -> Iterator[Edit]:
        """One quantity for another that has as many axes and the same indices."""
        at = self.finder.at
        for place, name in self.finder.names(self.node):
            known = at.known.get(at.key(name))
            if known is None or known.rows is None or known.cols is None or known.constant is not None:
                continue
            indices = list(self.finder.indices(place, name))
            for key, word in self.words.names.items():
                other = at.known.get(key)
                if other is None or other is known or other.rows is None or other.cols is None:
                    continue
                axes = len(known.rows + known.cols), len(other.rows + other.cols)
                if is_adjoint(key) != is_adjoint(at.key(name)):
                    continue  # ŷ - y for δ is another way to say it, no slip
                if axes[0] != axes[1] or known.chains != other.chains or len(indices) != len(word.indices):
                    continue
                new = word.at([index for _, index in indices])
                for operation in name.operations:
                    if isinstance(operation, str):
                        new = raised(new, self.habits.transpose, self.habits.inside)
                    else:
                        new = raised(new, str(operation), False)
                if all(isinstance(o, str) or (not o.letters and o.constant > 0) for o in name.operations):
                    yield self.replaced(place, new)
        yield from self.parameters()

    def parameters(self) -> Iterator[Edit]:
        """One parameter for another wherever it stands, as in the derivatives of a chain rule for each step."""
        at = self.finder.at
        found: dict[Node, list[Place]] = {}
        for place, name in self.finder.names(self.node):
            known = at.known.get(at.key(name))
            is_alone = len(place.nodes) == 1 and not name.slots and not name.operations
            if is_alone and known is not None and known.rows is not None and not known.chains:
                found.setdefault(place.node, []).append(place)
        for old, places in found.items():
            known = at.known[at.key(next(name for place, name in self.finder.names(old)))]
            for key, word in self.words.names.items():
                other = at.known.get(key)
                if other is None or other is known or other.chains or word.indices or len(places) < 2:
                    continue
                if other.rows is None or len(other.rows) != len(known.rows or ()) or is_adjoint(key):
                    continue
                start, end = places[0].span[0], places[-1].span[1]
                text = self.text((start, end))
                for place in reversed(places):
                    text = text[: place.span[0] - start] + word.piece.latex + text[place.span[1] - start :]
                yield Edit(with_another(self.node, old, word.piece.node), (start, end), text)

    # Functions, powers, derivatives

    def powers(self, pieces: list[Place]) -> Iterator[Edit]:
        """1 - h^2 for (1 - h)^2 and for 1 - h, and the other way round."""
        two = Number(NOWHERE, Fraction(2))
        for place in pieces:
            last = place.nodes[-1]
            if isinstance(last, Script) and last.sup == two:
                bare = untransposed(self.piece(place))
                yield self.replaced(place, bare)
                if isinstance(last.base, Group) and isinstance(last.base.body, Sum) and len(last.base.body.terms) == 2:
                    yield self.replaced(place, self.squared_inside(last.base, last.base.body, place))
            elif self.is_term(place) and not isinstance(last, Number):
                yield self.replaced(place, squared(self.piece(place)))
        for node, path in self.sums():
            if len(node.terms) == 2 and path and isinstance(path[-1], Group):
                last = node.terms[1]
                core = last.factors[-1] if isinstance(last, Product) else last
                if isinstance(core, Script) and core.sup == two:
                    bare = untransposed(Piece(last, self.text(last.span)))
                    group = replace(path[-1], body=replace(node, terms=(node.terms[0], bare.node)))
                    text, start = self.text(path[-1].span), path[-1].span[0]
                    latex = text[: last.span[0] - start] + bare.latex + text[last.span[1] - start :]
                    new = Script(group.span, group, None, two)
                    yield Edit(rebuilt(path[:-1], path[-1], new), path[-1].span, latex + "^2")

    def is_term(self, place: Place) -> bool:
        """Whether a piece is a whole term of a sum."""
        parents = [*place.path]
        last = parents[-1] if parents else None
        if place.start is not None and isinstance(last, Product):
            if len(last.factors) > len(place.nodes):
                return False
            parents.pop()
        return bool(parents) and isinstance(parents[-1], Sum)

    def squared_inside(self, group: Group, body: Sum, place: Place) -> Piece:
        """(a - x^2) for (a - x)^2, without the brackets where others stand around it."""
        term = body.terms[1]
        inner = squared(Piece(term, self.text(term.span)))
        text, start = self.text(group.span), group.span[0]
        latex = text[: term.span[0] - start] + inner.latex + text[term.span[1] - start :]
        new = replace(body, terms=(body.terms[0], inner.node))
        if place.start is None and place.path and isinstance(place.path[-1], Group):
            return Piece(new, latex[body.span[0] - start : len(latex) - (group.span[1] - body.span[1])])
        return Piece(replace(group, body=new), latex)

    def primes(self, pieces: list[Place]) -> Iterator[Edit]:
        """g' for g, and the other way round."""
        for place in pieces:
            if len(place.nodes) != 2:
                continue
            head = place.nodes[0]
            name = self.finder.at.names.read(head, None, self.finder.at.here)
            if name is None or self.finder.at.key(name) in self.finder.at.known:
                continue
            if not {name.name, name.mention.base} & (self.finder.at.functions.keys() | ELEMENTWISE.keys()):
                continue
            own = Place((head,), place.path, place.start)
            text = self.text(head.span)
            if isinstance(head, Script) and head.primes:
                fewer: Node = replace(head, primes=head.primes - 1)
                if head.primes == 1 and head.sub is None and head.sup is None:
                    fewer = head.base
                latex = text.replace("'", "", 1).replace(r"^{\prime}", "").replace(r"^\prime", "")
                yield self.replaced(own, Piece(fewer, latex))
            elif not isinstance(head, Script) or head.sup is None:
                more = replace(head, primes=1) if isinstance(head, Script) else Script(head.span, head, primes=1)
                yield self.replaced(own, Piece(more, text + "'"))

    def functions(self, pieces: list[Place]) -> Iterator[Edit]:
        """u for tanh(u)."""
        for place in pieces:
            if len(place.nodes) != 2:
                continue
            head, argument = place.nodes
            base = head.base if isinstance(head, Script) else head
            bracket = argument.base if isinstance(argument, Script) and argument.sub is None else argument
            known = isinstance(base, Symbol) and (base.name in ELEMENTWISE or base.name == "softmax")
            if not known or not isinstance(bracket, Group):
                continue
            inner = Piece(argument, self.text(argument.span))  # (u)^2 of tanh(u)^2
            if isinstance(argument, Group) and is_name(argument.body):
                inner = Piece(argument.body, self.text(argument.body.span))
            if isinstance(head, Script) and isinstance(head.sup, Number):
                inner = raised(inner, str(head.sup.value), False)
            yield self.replaced(place, inner)

    def derivatives(self, pieces: list[Place]) -> Iterator[Edit]:
        """∂⁺ for ∂ and d, ∂ for ∂⁺, and a ∂ that was forgotten."""
        for place in pieces:
            node = place.node
            if not isinstance(node, Partial):
                continue
            of, wrt = self.text(node.of.span), self.text(node.wrt.span)
            if node.forgotten:
                latex = rf"\frac{{\partial {of}}}{{\partial {wrt}}}"
                yield self.replaced(place, Piece(replace(node, forgotten=""), latex))
            elif node.direct:
                latex = rf"\frac{{\partial {of}}}{{\partial {wrt}}}"
                yield self.replaced(place, Piece(replace(node, direct=None), latex))
            else:
                latex = rf"\frac{{\partial^{{+}} {of}}}{{\partial {wrt}}}"
                yield self.replaced(place, Piece(replace(node, direct=True), latex))

    def brackets(self, pieces: list[Place]) -> Iterator[Edit]:
        r"""Σ (a + b) for Σ a + b."""
        for node, path in self.sums():
            first = node.terms[0]
            if len(node.terms) < 2 or node.signs[0] < 0 or not isinstance(first, Product):
                continue
            bigs = 0
            while isinstance(first.factors[bigs], Big):
                bigs += 1
            if not bigs:
                continue
            rest = (
                first.factors[bigs]
                if len(first.factors) == bigs + 1
                else Product(first.span, first.factors[bigs:], first.ops[bigs:])
            )
            group = Group(node.span, replace(node, terms=(rest, *node.terms[1:])), "(")
            new = Product(node.span, (*first.factors[:bigs], group), ("",) * bigs)
            span = (first.factors[bigs].span[0], node.span[1])
            yield Edit(rebuilt(path, node, new), span, rf"\left({self.text(span)}\right)")


def squared(piece: Piece) -> Piece:
    """x^2 for x, tanh^2(u) for tanh(u)."""
    head, *rest = piece.factors
    if len(rest) == 1 and isinstance(head, Symbol) and head.name in ELEMENTWISE:
        end = head.span[1] - head.span[0]
        function = raised(Piece(head, piece.latex[:end]), "2", False)
        return Piece(Product(piece.node.span, (function.node, *rest), ("",)), function.latex + piece.latex[end:])
    return raised(piece, "2", False)


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


def with_items(node: Node, brackets: Mapping[int, tuple[Node, ...]]) -> Node:
    """A tree with other items in some of its brackets, by their identities."""
    if id(node) in brackets and isinstance(node, Group) and isinstance(node.body, Listing):
        return replace(node, body=replace(node.body, items=brackets[id(node)]))
    return mapped(node, lambda part: with_items(part, brackets))


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
