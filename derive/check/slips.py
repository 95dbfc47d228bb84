"""The single slips that people make, undone: every one-edit variant of a right side.

Each edit is made twice, on the tree (to test it) and on the LaTeX (to show it): a sign, a dropped, foreign or swapped
factor, an index moved or replaced, one quantity for another, tanh(a) for a, a direct for a total
derivative."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from derive.check.names import FUNCTIONS
from derive.check.resolve import Resolver
from derive.check.terms import Index
from derive.reading import ReadError, Side, parse
from derive.reading.tree import (
    NOWHERE,
    Big,
    Group,
    Node,
    Number,
    Partial,
    Product,
    Relation,
    Script,
    Span,
    Sum,
    Symbol,
    inside,
)

LOST = "lost-factor"


@dataclass(frozen=True)
class Edit:
    """A variant of a side: its tree, and the piece of the side's LaTeX that it replaces; `kind` is what it mends."""

    node: Node
    span: Span
    latex: str
    kind: str = ""

    def applied(self, side: Side) -> str:
        """The side's LaTeX after the edit."""
        start, end = (place - side.span[0] for place in self.span)
        return " ".join(f"{side.latex[:start]}{self.latex}{side.latex[end:]}".split(" "))


@dataclass(frozen=True)
class Spot:
    """A node of the side and how to rebuild the whole side around a replacement."""

    node: Node
    path: tuple[Node, ...]

    def put(self, new: Node) -> Node:
        old = self.node
        for parent in reversed(self.path):
            new, old = _swapped(parent, old, new), parent
        return new


def _swapped(parent: Node, old: Node, new: Node) -> Node:
    changes: dict[str, object] = {}
    for name in parent.__dataclass_fields__:
        value = getattr(parent, name)
        if value is old:
            changes[name] = new
        elif isinstance(value, tuple) and any(item is old for item in value):
            changes[name] = tuple(new if item is old else item for item in value)
    return replace(parent, **changes)  # type: ignore[arg-type]


def spots(node: Node, path: tuple[Node, ...] = ()) -> Iterator[Spot]:
    """Every node of a tree with its place."""
    yield Spot(node, path)
    for child in inside(node):
        yield from spots(child, (*path, node))


@dataclass
class Slips:
    """The edits of one page's right sides."""

    resolver: Resolver

    def edits(self, side: Side, letters: frozenset[str]) -> Iterator[Edit]:
        """Every variant, the likeliest first; `letters` are the free indices of the claim."""
        places = list(spots(side.node))
        letters |= _bound(side.node)
        kinds: dict[str, Callable[[Side, Spot], Iterator[Edit]]] = {
            "sign": self.signs,
            "extra-factor": self.factors,
            "function": self.functions,
            "direct-for-total": self.direct,
            "time-index": lambda side, place: self.indices(side, place, letters),
            "quantity": self.symbols,
        }
        for name, kind in kinds.items():
            for place in places:
                yield from (replace(edit, kind=edit.kind or name) for edit in kind(side, place))

    def insertions(self, side: Side, latex: str, factor: Node) -> Iterator[Edit]:
        """Every variant with one more factor."""
        for place in spots(side.node):
            parent = place.path[-1] if place.path else None
            if parent is None and isinstance(place.node, Sum) and len(place.node.terms) > 1:
                whole = Product(place.node.span, (factor, Group(place.node.span, place.node, "(")), ("",))
                yield Edit(whole, place.node.span, f"{latex} ({self.text(side, place.node.span)})", LOST)
            if isinstance(place.node, Sum) or not (
                isinstance(place.node, Product) or (parent is None or isinstance(parent, Sum))
            ):
                continue
            factors = place.node.factors if isinstance(place.node, Product) else (place.node,)
            ops = place.node.ops if isinstance(place.node, Product) else ()
            joined = Product(place.node.span, (*factors, factor), (*ops, ""))
            at = factors[-1].span[1]
            yield Edit(place.put(joined), (at, at), f" {latex}", LOST)

    def cuts(self, factors: tuple[Node, ...], ops: tuple[str, ...]) -> list[int]:
        """Where a flat product can be cut: not between a name and its index."""
        found, i = [0], 0
        while i < len(factors):
            i = self.end(factors, ops, i)
            found.append(i)
        return found

    def end(self, factors: tuple[Node, ...], ops: tuple[str, ...], i: int) -> int:
        """Where the factor that begins at i ends."""
        if isinstance(factors[i], Big):
            return i + 1
        try:
            return self.resolver.factor(list(factors), i, list(ops))[1]
        except ReadError:
            return i + 1

    def text(self, side: Side, span: Span) -> str:
        return side.latex[span[0] - side.span[0] : span[1] - side.span[0]]

    # Kinds of edits

    def signs(self, side: Side, place: Spot) -> Iterator[Edit]:
        node = place.node
        if isinstance(node, Sum) and self.resolver.index(node) is None:
            for i, (term, sign) in enumerate(zip(node.terms, node.signs, strict=True)):
                flipped = replace(node, signs=(*node.signs[:i], -sign, *node.signs[i + 1 :]))
                start = node.terms[i - 1].span[1] if i else node.span[0]
                between = self.text(side, (start, term.span[0]))
                if i and ("-" in between or "+" in between):
                    mark = between.replace("-", "±").replace("+", "-").replace("±", "+")
                    yield Edit(place.put(flipped), (start, term.span[0]), mark)
                elif not i:
                    yield Edit(place.put(flipped), (start, term.span[0]), "" if sign < 0 else "-")
        elif not place.path:
            yield Edit(Sum(node.span, (node,), (-1,)), (node.span[0], node.span[0]), "-")
        if not place.path and isinstance(node, Sum) and len(node.terms) > 1:
            opposite = replace(node, signs=tuple(-sign for sign in node.signs))
            yield Edit(opposite, node.span, self.opposite(side, node))

    def opposite(self, side: Side, node: Sum) -> str:
        """a - b for b - a."""
        pairs = sorted(zip(node.signs, node.terms, strict=True), key=lambda pair: pair[0])
        text = ""
        for sign, term in pairs:
            mark = "-" if sign > 0 else "+" if text else ""
            text += f" {mark} " if text else mark
            text += self.text(side, term.span)
        return text

    def factors(self, side: Side, place: Spot) -> Iterator[Edit]:
        node = place.node
        if not isinstance(node, Product):
            return
        cuts = self.cuts(node.factors, node.ops)
        if len(cuts) > 2:
            for first, last in itertools.pairwise(cuts):
                kept = node.factors[:first] + node.factors[last:]
                if isinstance(kept[-1], Big):
                    continue
                ops = node.ops[: max(first - 1, 0)] + node.ops[last if first == 0 else last - 1 :]
                new = kept[0] if len(kept) == 1 else Product(node.span, kept, ops[: len(kept) - 1])
                start = node.factors[first - 1].span[1] if first else node.factors[0].span[0]
                end = node.factors[last].span[0] if not first else node.factors[last - 1].span[1]
                yield Edit(place.put(new), (start, end), "")

    def functions(self, side: Side, place: Spot) -> Iterator[Edit]:
        """u for tanh(u)."""
        node = place.node
        if not isinstance(node, Product):
            return
        for i, factor in enumerate(node.factors[:-1]):
            name = factor.base if isinstance(factor, Script) and factor.sub is None else factor
            argument = node.factors[i + 1]
            if not isinstance(name, Symbol) or name.name not in FUNCTIONS:
                continue
            sup = factor.sup if isinstance(factor, Script) else None
            bare: Node = argument if sup is None else Script(argument.span, argument, None, sup)
            if isinstance(argument, Script) and isinstance(argument.base, Group) and sup is None:  # tanh(u)^2
                yield self._unwrapped(side, place, node, i, argument, self.text(side, argument.span))
                continue
            if not isinstance(argument, Group):
                continue
            text = self.text(side, argument.span)
            alone = len(node.factors) == 2 and place.path and isinstance(place.path[-1], Group)
            if sup is None and (alone or isinstance(argument.body, Symbol | Script) or _is_quantity(argument.body)):
                text = self.text(side, argument.body.span)
            elif sup is not None:
                text += "^" + self.text(side, sup.span)
            yield self._unwrapped(side, place, node, i, bare, text)

    def _unwrapped(self, side: Side, place: Spot, node: Product, i: int, bare: Node, text: str) -> Edit:
        """The product with `bare` for the function at i and its argument."""
        factors = (*node.factors[:i], bare, *node.factors[i + 2 :])
        ops = (*node.ops[:i], *node.ops[i + 1 :])
        new = bare if len(factors) == 1 else replace(node, factors=factors, ops=ops)
        return Edit(place.put(new), (node.factors[i].span[0], node.factors[i + 1].span[1]), text)

    def direct(self, side: Side, place: Spot) -> Iterator[Edit]:
        node = place.node
        if isinstance(node, Partial):
            text = self.text(side, node.span)
            if node.direct:
                changed = text.replace("^{+}", "").replace("^+", "")
            elif node.direct is None:
                changed = text.replace(r"\partial", r"\partial^{+}", 1)
            else:  # d
                of, wrt = (self.text(side, part.span) for part in (node.of, node.wrt))
                changed = rf"\frac{{\partial^{{+}} {of}}}{{\partial {wrt}}}"
            if changed != text:
                yield Edit(place.put(replace(node, direct=None if node.direct else True)), node.span, changed)

    def indices(self, side: Side, place: Spot, letters: frozenset[str]) -> Iterator[Edit]:
        """An index moved by one or replaced by another."""
        node = place.node
        parent = place.path[-1] if place.path else None
        index = self.resolver.index(node)
        if index is None or index.sizes or not self.is_index(place, parent):
            return
        moved = [replace(index, const=index.const + step) for step in (1, -1)]
        for letter, c in index.letters:
            for other in sorted(letters - {letter}):
                kept = [(n, k) for n, k in index.letters if n != letter]
                moved.append(Index(index.const, tuple(sorted([*kept, (other, c)]))))
        if index.const and index.letters:
            moved.append(replace(index, const=0))
        for new in moved:
            text = str(new)
            short = self.text(side, (node.span[0] - 1, node.span[0])) in "_^" and len(text) > 1
            braced = short or self.text(side, node.span).startswith("{")
            yield Edit(place.put(_index_node(new)), node.span, f"{{{text}}}" if braced else text)

    def is_index(self, place: Spot, parent: Node | None) -> bool:
        if isinstance(parent, Group):
            above = place.path[-2] if len(place.path) > 1 else None
            if isinstance(above, Product):
                i = next(k for k, factor in enumerate(above.factors) if factor is parent)
                return i > 0 and self.end(above.factors, above.ops, i - 1) == i + 1 and self.timed(above.factors[i - 1])
            return isinstance(above, Script) and above.sup is parent
        if isinstance(parent, Script):
            step = parent.sup is place.node and self.resolver.is_step(place.node)
            return (step or parent.sub is place.node) and self.timed(parent)
        if isinstance(parent, Big):
            return parent.upper is place.node
        return isinstance(parent, Relation) and parent.right is place.node

    def timed(self, node: Node) -> bool:
        found = self.resolver.entry(node)
        if found is None:
            key = self.resolver.own_key(node)
            return key is not None and (key[0] in self.resolver.own or bool(key[1]))
        return found[0].time

    def symbols(self, side: Side, place: Spot) -> Iterator[Edit]:
        """One quantity for another of its kind."""
        found = self.resolver.entry(place.node) if isinstance(place.node, Symbol | Script) else None
        if found is None or (place.path and isinstance(place.path[-1], Script) and place.path[-1].base is place.node):
            return
        entry, scripts = found
        for other in self.resolver.legend.entries:
            if other.means == entry.means or other.time != entry.time or other.role in ("index", "size", "rate"):
                continue
            if (other.role == "parameter") != (entry.role == "parameter") or "loss" in (other.role, entry.role):
                continue
            name = parse(other.spelling, self.resolver.legend.words)
            node, text = name, other.spelling
            if scripts:
                if not isinstance(name, Symbol) or not isinstance(place.node, Script):
                    continue
                node = replace(place.node, base=name)
                text += self.text(side, (place.node.base.span[1], place.node.span[1]))
            yield Edit(place.put(node), place.node.span, text)


def _bound(node: Node) -> frozenset[str]:
    """The letters that sums and products bind."""
    found: set[str] = set()
    for place in spots(node):
        if isinstance(place.node, Big) and place.node.lower is not None:
            lower = place.node.lower
            first = lower.left if isinstance(lower, Relation) else lower
            if isinstance(first, Symbol):
                found.add(first.name)
    return frozenset(found)


def _is_quantity(node: Node) -> bool:
    return isinstance(node, Product) and len(node.factors) == 2 and isinstance(node.factors[1], Group)


def _index_node(index: Index) -> Node:
    terms: list[Node] = []
    signs: list[int] = []
    for letter, c in index.letters:
        terms += [Symbol(NOWHERE, letter)] * abs(c)
        signs += [1 if c > 0 else -1] * abs(c)
    if index.const or not terms:
        terms.append(Number(NOWHERE, Fraction(abs(index.const))))
        signs.append(-1 if index.const < 0 else 1)
    return terms[0] if len(terms) == 1 and signs[0] == 1 else Sum(NOWHERE, tuple(terms), tuple(signs))


def factor_texts(resolver: Resolver, side: Side) -> Iterator[tuple[str, Node]]:
    """The factors of a side's products, each a single tree, with their LaTeX."""
    for place in spots(side.node):
        if isinstance(place.node, Product):
            factors, ops = place.node.factors, place.node.ops
            i = 0
            while i < len(factors):
                try:
                    end = i + 1 if isinstance(factors[i], Big) else resolver.factor(list(factors), i, list(ops))[1]
                except ReadError:
                    end = i + 1
                if not isinstance(factors[i], Big):
                    span = (factors[i].span[0], factors[end - 1].span[1])
                    text = side.latex[span[0] - side.span[0] : span[1] - side.span[0]]
                    if len(text) < 60:
                        whole = factors[i] if end == i + 1 else Product(span, factors[i:end], ops[i : end - 1])
                        yield text, whole
                i = end
