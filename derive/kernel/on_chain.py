"""Terms of one system on one chain: their indices, sizes and conditions there, and what is done with arrays, for values
and derivatives alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from derive.kernel import terms
from derive.kernel.chains import Chain, Log, Narrow
from derive.kernel.index import Comparison, Condition, Index, Width
from derive.kernel.networks import LETTER, ONE, Network, Networks, Refused, added, number, positive, scaled
from derive.kernel.recursions import Graph, Recursion, picks
from derive.kernel.terms import LABELS, System, Term
from derive.kernel.ways import Bound, Instance, Matches, Place

Results = dict[object, tuple[Any, Log]]
UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"  # labels of the axes of what a derivative is taken by


class OnChain:
    """Terms of one system on one chain. `expanded` are the quantities whose values are sums over their recursion,
    `whole` those whose values are atoms; `matches` finds the recursion whose Jacobians a Π multiplies."""

    def __init__(
        self,
        graph: Graph,
        chain: Chain,
        end: str,
        networks: Networks,
        expanded: frozenset[str],
        whole: frozenset[str],
        matches: Matches,
        shared: Results,
    ) -> None:
        self.graph, self.chain, self.end, self.networks = graph, chain, end, networks
        self.expanded, self.whole, self.matches = expanded, whole, matches
        self.system: System = graph.system
        self._shared, self._own = shared, Results()
        self._opened: set[Recursion] = set()

    def _known(self, key: object, compute: Callable[[], Any]) -> Any:
        """A result, computed once for each chain, or once for all chains where it is the same on all of them."""
        outer = self.chain.log
        found = self._own.get(key)
        if found is None:
            found = self._shared.get(key)
            if found is not None and not all(self.chain.within(x) for x in found[1].within):
                found = None
        if found is None:
            self.chain.log = log = Log()
            found = compute(), log
            (self._shared if log.local else self._own)[key] = found
            self.chain.log = outer
        outer.within |= found[1].within
        outer.local = outer.local and found[1].local
        return found[0]

    # Indices

    def step(self, index: Index, bound: Bound) -> int:
        """Raises Refused for an index that is not one letter and a number."""
        if not index.letters:
            return index.constant
        [(letter, coefficient), *more] = index.letters
        value = self.chain.end if letter == self.end else bound.get(letter)
        if more or coefficient != 1 or not isinstance(value, int):
            raise Refused(f"the step {index}")
        return value + index.constant

    def extent(self, index: Index, bound: Bound) -> Index:
        """An extent whose widths are those at known places. Raises Refused for one that depends on a step itself."""
        if any(letter in bound for letter, _ in index.letters):
            raise Refused("a size that depends on the step")
        moved = [
            (Width(letter.name, Index(self.step(letter.at, bound))) if isinstance(letter, Width) else letter, c)
            for letter, c in index.letters
        ]
        return Index(index.constant, tuple(moved))

    def numeral(self, index: Index, bound: Bound) -> Network:
        parts = [number(index.constant)]
        for letter, c in index.letters:
            x = self.chain.end if letter == self.end else bound.get(letter)
            if isinstance(x, Place):
                raise Refused("the number of a component")
            size = Index(0, ((letter, 1),))
            parts.append(scaled(self.networks.size(self.extent(size, bound)) if x is None else self._clock(x), c))
        return added(parts)

    def _clock(self, x: int) -> Network:
        here, place = self.chain.clock(x)
        return number(place) if not here else added([self.networks.scalar(("clock", here)), number(place)])

    def met(self, condition: Condition, bound: Bound) -> bool:
        return all(self._true(comparison, bound) for comparison in condition)

    def _true(self, comparison: Comparison, bound: Bound) -> bool:
        difference = comparison.left.plus(comparison.right, -1)
        sides = {1: [0], -1: [0]}
        for letter, c in difference.letters:
            if c not in sides or len(sides[c]) > 1:
                raise Refused(f"a comparison of {comparison.left} and {comparison.right}")
            sides[c].append(self.step(Index(0, ((letter, 1),)), bound))
        left, right = sum(sides[1]), sum(sides[-1])
        try:
            order = self.chain.order(left + difference.constant, right)
        except Narrow:
            order = self.chain.order(left, right - difference.constant)
        return Comparison(Index(order), comparison.op, Index()).met({})

    # Quantities

    def definition(self, instance: Instance) -> tuple[Term, Bound] | None:
        """The term that defines a quantity and its bound letter; None where it is given. Raises Narrow."""
        quantity = self.system[instance[0]]
        bound: Bound = dict(zip(quantity.letters, instance[1], strict=True))
        return next(((term, bound) for condition, term in quantity.cases if self.met(condition, bound)), None)

    # Arrays

    def _einsum(
        self, operands: list[Network], labels: Iterable[str], out: str, term: terms.Einsum, bound: Bound
    ) -> Network:
        extents = {label: self.extent(index, bound) for label, index in term.extents.items()}
        return self.networks.einsum(operands, tuple(labels), out, extents)

    def _entry(self, of: Network, term: terms.Entry, bound: Bound, more: int) -> Network:
        """The picked part of a network with `more` axes behind those of the array."""
        names: dict[int, int] = {}
        for k, (pick, axis) in enumerate(zip(term.picks, term.of.axes, strict=True)):
            place = None if pick is None or pick.constant or len(pick.letters) != 1 else bound.get(pick.letters[0][0])
            if pick is None:
                names[-1 - k] = -1 - sum(x < 0 and x > LETTER for x in names.values())
            elif isinstance(place, Place) and pick.letters[0][1] == 1 and place.extent == self.extent(axis, bound):
                names[-1 - k] = place.label
            else:
                raise Refused(f"the entry {pick}")
        rank = len(term.of.axes)
        names |= {-1 - rank - k: -1 - len(term.axes) - k for k in range(more)}
        return self.networks.relabelled(of, names)

    def _blocked(
        self, term: terms.Join | terms.Slice, bound: Bound, inner: Callable[[Term], Network], more: int
    ) -> Network:
        """Parts put at their blocks, or a block taken out, of networks with `more` axes behind those of the array."""
        names = LABELS[: len(term.axes)] + UPPER[:more]
        here, there = names[term.axis], "z"
        moved = names.replace(here, there)
        found = []
        if isinstance(term, terms.Slice):
            past = term.of.axes[term.axis].plus(term.stop, -1)
            if not all(positive(gap) for gap in (term.start, term.stop.plus(term.start, -1), past)):
                raise Refused("a block that need not be inside")
            block = self.networks.block(self.extent(term.start, bound), self.extent(term.axes[term.axis], bound))
            wide = {there: self.extent(term.of.axes[term.axis], bound)}
            return self.networks.einsum([block, inner(term.of)], [there + here, moved], names, wide)
        start = Index()
        for piece in term.pieces:
            width = self.extent(piece.axes[term.axis], bound)
            block = self.networks.block(start, width)
            found.append(self.networks.einsum([block, inner(piece)], [here + there, moved], names, {there: width}))
            start = start.plus(width)
        return added(found)

    def _sum(self, fold: terms.Fold, bound: Bound, body: Callable[[Bound], Network]) -> Network:
        if not picks(fold.body, fold.letter):
            low, high = self.step(fold.low, bound), self.step(fold.high, bound)
            return added(body({**bound, fold.letter: x}) for x in self.chain.between(low, high))
        place = self.place(fold.low, fold.high, bound)
        return self.networks.relabelled(body({**bound, fold.letter: place}), {}, {place.label: place.extent})

    def place(self, low: Index, high: Index, bound: Bound) -> Place:
        """A new letter for the places of an axis."""
        if low != Index(1):
            raise Refused("a sum over some of the components")
        taken = sum(isinstance(value, Place) for value in bound.values())
        return Place(LETTER - taken, self.extent(high, bound))

    def _built(self, term: terms.Build, bound: Bound, body: Callable[[Bound], Network]) -> Network:
        """The array with `body` at each place of its first axis."""
        place = self.place(Index(1), term.extent, bound)
        found = body({**bound, term.letter: place})
        axes = {x for _, factors in found for (_, labels), _ in factors for x in labels if LETTER < x < 0}
        return self.networks.relabelled(found, {x: x - 1 for x in axes} | {place.label: -1})

    def _chosen(self, choice: terms.Choice, bound: Bound, of: Callable[[Term], Network], rank: int) -> Network:
        """The first branch whose condition is met; where that depends on components, each where it is."""
        labels = LABELS[:rank]
        rest, parts = ONE, list[Network]()
        for condition, term in choice.branches:
            here = rest
            for comparison in condition:
                here = self.networks.times(here, self._indicated(comparison, bound), 0) if here else {}
            if here == ONE:
                return added([*parts, of(term)])
            if here:
                parts.append(self.networks.einsum([here, of(term)], ["", labels], labels, {}))
                rest = added([rest, scaled(here, -1)])
        if rest:
            raise Refused("no case applies")
        return added(parts)

    def _indicated(self, comparison: Comparison, bound: Bound) -> Network:
        places = [bound.get(name) for index in (comparison.left, comparison.right) for name, _ in index.letters]
        match places:
            case [Place() as a, Place() as b]:
                plain = all(
                    i.constant == 0 and [c for _, c in i.letters] == [1] for i in (comparison.left, comparison.right)
                )
                if not plain or comparison.op not in ("=", "ne") or a.extent != b.extent:
                    raise Refused("a comparison of components")
                same = self.networks.relabelled(self.networks.identity(1), {-1: a.label, -2: b.label})
                return same if comparison.op == "=" else added([ONE, scaled(same, -1)])
        return number(int(self.met((comparison,), bound)))
