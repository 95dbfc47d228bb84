r"""Values and derivatives of terms on a chain, as networks; what runs through a recursion is a sum over paths.

With the Jacobian J_m = ∂s_m/∂s_{m-1} of the states of a recursion and P(i, k) = J_i J_{i-1} ⋯ J_{k+1},

    ∂s_i/∂u = Σ_{j ≤ i} P(i, j) ∂⁺s_j/∂u,    ∂s_i/∂s_k = P(i, k)  (0 for i < k),

where ∂⁺ follows what step j reads at its own step and outside the recursion, but no state of the step before: each path
from s_i leaves the recursion at one step j, for good, and passes one state at each step between. Where the recursion is
linear, s_m = A_m s_{m-1} + b_m, its value is Σ_{j ≤ i} P(i, j) b_j likewise, with the given s_j in the place of b_j
where it begins. Recursions from the end are the mirror image.

Each argument of a function is compared by its own normal form, in which states are atoms: tanh(u) is one atom wherever
u is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, NamedTuple

from derive.kernel import terms
from derive.kernel.chains import FAR, Chain, Log, Narrow
from derive.kernel.functions import SLOPES, slope
from derive.kernel.index import Comparison, Condition, Index, Width
from derive.kernel.networks import LETTER, ONE, Network, Networks, Refused, added, number, positive, scaled
from derive.kernel.recursions import Graph, Recursion, picks
from derive.kernel.terms import ALONG, LABELS, STEP, TOTAL, WITHIN, Ref, System, Term

Instance = tuple[str, tuple[int, ...]]
Blocks = dict[tuple[str, str], Network]
Results = dict[object, tuple[Any, Log]]
NOWHERE = -10 * FAR  # a step that is on no chain
UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Place:
    """A letter that runs over the places of an axis: a label."""

    label: int
    extent: Index


Bound = dict[Any, Any]  # letters of steps to steps, letters of components to places


@dataclass(frozen=True)
class Inside:
    """Step `at` of a recursion, whose states of the neighbouring step are not followed, or are zero."""

    recursion: Recursion
    at: int


@dataclass(frozen=True)
class Way:
    """What a derivative is taken by, and what it follows."""

    target: Instance
    rank: int
    graph: Graph
    through: str = TOTAL
    own: Instance | None = None
    uses: int | None = None
    inside: Inside | None = None

    @property
    def told(self) -> bool:
        """Whether it matters which step reads something."""
        return self.uses is not None or self.through == WITHIN


VALUE, KEY, RAW = "value", "key", "raw"  # modes of evaluation; a key leaves states as they are, raw all quantities
Mode = str | Inside


class Match(NamedTuple):
    """The factors of a Π are ∂r_{m+s}/∂r_{m+s-1}, `transposed`, for first ≤ m+s ≤ T.

    Then the Π from a to b is ∂r_{b+s}/∂r_{a+s-1}, by the chain rule, if every path between two steps passes r at each
    of them: its recursion has one state, and r is that, or without r no recursion is left. The same for the Jacobians
    of another recursion from step to step, on the axis `place` of its state, with the identity on the others; without r
    they are the identity on all."""

    name: str | None
    shift: int
    first: int
    transposed: bool
    place: int = 0


Matches = Callable[[terms.Fold | Recursion], Match | None]


class Paths:
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

    def quantity(self, instance: Instance, mode: Mode) -> Network:
        name, at = instance
        quantity = self.system[name]
        rank = len(quantity.axes)
        atom = self.networks.array(self.networks.atom(("at", *instance)), rank)
        if mode == RAW:
            return atom
        recursion = self.graph.recursion(name)
        if isinstance(mode, Inside) and name in mode.recursion.names:
            if at != (mode.at,):
                return {}
        elif mode == KEY and recursion and name in recursion.states:
            return atom
        try:
            definition = self.definition(instance)
        except Narrow:
            self.chain.log.local = False
            return atom
        if isinstance(mode, Inside) and name in mode.recursion.names:
            return self._given(instance) if definition is None else self.value(*definition, mode)
        if definition is None:
            return self._given(instance)
        if name in self.expanded and recursion and name in recursion.states:
            return self._unrolled(instance, recursion)
        return atom if name in self.whole else self.value(*definition, mode)

    def _given(self, instance: Instance) -> Network:
        quantity = self.system[instance[0]]
        if quantity.kind == "zero":
            return {}
        rule = quantity.kind if quantity.kind in ("simplex", "one-hot") else ""
        return self.networks.array(self.networks.atom(("given", *instance), rule), len(quantity.axes))

    def _unrolled(self, instance: Instance, recursion: Recursion) -> Network:
        """The value of a linear recursion. Raises Refused for one that is not linear."""
        name, (x,) = instance
        if recursion in self._opened:
            raise Refused(f"the recursion of {name} is not linear")
        self._opened.add(recursion)
        parts = []
        zero = all(self.system[state].kind == "zero" for state in recursion.states)
        for j in self.leavings(recursion, x, int(not zero)):
            for state in recursion.states:
                inner = self.quantity((state, (j,)), Inside(recursion, j))
                blocks = self.transfer(recursion, self.graph, x, j) if inner else {}
                parts.append(self._chained(blocks.get((name, state), {}), inner, name, (state, j), 0))
        self._opened.discard(recursion)
        return added(parts)

    # Values

    def value(self, term: Term, bound: Bound, mode: Mode = VALUE) -> Network:
        """Raises Refused."""
        key = ("value", term, mode, *[bound.get(letter) for letter in term.sorted_letters])
        found: Network = self._known(key, lambda: self._value(term, bound, mode))
        return found

    def _value(self, term: Term, bound: Bound, mode: Mode) -> Network:
        rank = len(term.axes)
        match term:
            case terms.Number(value):
                return number(value)
            case terms.Numeral(index):
                return self.numeral(index, bound)
            case Ref(name, at):
                return self.quantity((name, tuple(self.step(index, bound) for index in at)), mode)
            case terms.Entry(of):
                return self._entry(self.value(of, bound, mode), term, bound, 0)
            case terms.Add(parts):
                return added(self.value(part, bound, mode) for part in parts)
            case terms.Einsum(operands, labels, out):
                return self._einsum([self.value(o, bound, mode) for o in operands], labels, out, term, bound)
            case terms.Power(of, exponent):
                base = self.value(of, bound, mode)
                if isinstance(exponent, Index):
                    raise Refused("a power by an index")
                if exponent.denominator != 1:
                    return self.networks.captured(base, rank, ("power", exponent))
                return self.networks.power(base, int(exponent), rank)
            case terms.Apply(function, of, order, ()):
                return self._apply(function, of, order, bound, mode)
            case terms.Opaque(function, arguments, _, by):
                keys = [self.value(argument, bound, RAW if mode == RAW else KEY) for argument in arguments]
                if any(x <= LETTER for key in keys for _, fs in key for (_, ls), _ in fs for x in ls):
                    raise Refused("a function of components")
                named = ("opaque", function, by, tuple(frozenset(key.items()) for key in keys))
                return self.networks.array(self.networks.atom(named), rank)
            case terms.Fold(op, _, _, _, body):
                if op == "prod":
                    return self._product(term, bound, mode)
                return self._sum(term, bound, lambda at: self.value(body, at, mode))
            case terms.Choice():
                return self._chosen(term, bound, lambda part: self.value(part, bound, mode), rank)
            case terms.Indicator(condition):
                return reduce(
                    lambda a, b: self.networks.times(a, b, 0), (self._indicated(c, bound) for c in condition), ONE
                )
            case terms.Identity():
                return self.networks.identity(1)
            case terms.Ones():
                return ONE
            case terms.Build(_, _, body):
                return self._built(term, bound, lambda at: self.value(body, at, mode))
            case terms.Join() | terms.Slice():
                return self._blocked(term, bound, lambda part: self.value(part, bound, mode), 0)
            case terms.Derivative() if mode != RAW:
                return self.derivative(term, bound)
        raise Refused(f"{type(term).__name__} in a proof")

    def _apply(self, function: str, of: Term, order: int, bound: Bound, mode: Mode) -> Network:
        rank = len(of.axes)
        if function == "softplus" and order:
            function, order = "sigmoid", order - 1
        if function == "log" and order:
            factor = (-1) ** (order - 1) * reduce(int.__mul__, range(1, order), 1)
            return scaled(self.networks.power(self.value(of, bound, mode), -order, rank), factor)
        if isinstance(mode, Inside) and any(
            ref.name in mode.recursion.names for ref in terms.walk(of) if isinstance(ref, Ref)
        ):
            raise Refused("a recursion that is not linear")
        inside = self.value(of, bound, RAW if mode == RAW else KEY)
        if function not in SLOPES:
            return self.networks.captured(inside, rank, ("apply", function, order))
        value = self.networks.captured(inside, rank, ("apply", function, 0), function if function != "exp" else "")
        if not order:
            return value
        powers = [scaled(self.networks.power(value, k, rank), c) for k, c in enumerate(slope(function, order))]
        return added(powers)

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

    # Products over steps

    def _product(self, fold: terms.Fold, bound: Bound, mode: Mode) -> Network:
        low, high = self.step(fold.low, bound) - 1, self.step(fold.high, bound)
        rank = len(fold.axes)
        if fold.rows > 1:
            raise Refused("a product of Jacobians of matrices")
        if self.chain.order(low, high) >= 0:
            return self.networks.identity(1) if rank == 2 else ONE
        found = self.matches(fold)
        if found and self._covers(found, low, high):
            return self._product_of(found, low, high)
        if rank == 2 and (fold.axes[0] != fold.axes[1] or fold.letter in fold.axes[0].names):
            raise Refused("a product of matrices that are not square")
        factors, turned = self._factors(fold, bound)
        result = ONE
        for x, bridge in self.chain.pieces(low, high):
            at = {**bound, fold.letter: x}
            if bridge:
                piece = self.networks.array(self.networks.atom(("bridge", factors, self.chain.clock(x)[0])), rank)
                piece = self.networks.relabelled(piece, {-1: -2, -2: -1}) if turned else piece
            else:
                piece = self.value(fold.body, at, mode)
            if rank != 2:
                result = self.networks.times(result, piece, rank)
            elif result is ONE:
                result = piece
            else:
                pair = [piece, result] if fold.falling else [result, piece]
                result = self.networks.einsum(pair, ["ab", "bc"], "ac", {"b": self.extent(fold.axes[0], bound)})
        return result

    def _factors(self, fold: terms.Fold, bound: Bound) -> tuple[object, bool]:
        """What stands for the factors of a Π, the same for factors that are the same whatever the quantities in them
        are; and whether their order was reversed, each transposed, to let the lowest index stand on the right."""
        others = tuple((x, bound.get(x)) for x in sorted(fold.body.letters - {fold.letter}))
        if any(isinstance(value, Place) for _, value in others):
            raise Refused("a product of components")
        rank = len(fold.axes)
        try:
            body = self.value(fold.body, {**bound, fold.letter: NOWHERE}, RAW)
        except Refused:
            body_of = terms.put(fold.body, {fold.letter: Index(0, (("·", 1),))})
            return (body_of, others, fold.falling and rank == 2), False
        across = self.networks.relabelled(body, {-1: -2, -2: -1}) if rank == 2 else body
        either = fold.letter not in fold.body.letters  # powers have no order
        turned = rank == 2 and (sorted(across.items()) < sorted(body.items()) if either else not fold.falling)
        return (rank, frozenset((across if turned else body).items())), turned

    def _covers(self, match: Match, low: int, high: int) -> bool:
        low, high = low + match.shift, high + match.shift
        return self.chain.order(low, match.first - 1) >= 0 >= self.chain.order(high, self.chain.end)

    def _product_of(self, match: Match, low: int, high: int) -> Network:
        """The product of the factors after step `low` up to `high`."""
        if match.name is None:
            return self.networks.identity(1)
        way = Way((match.name, (low + match.shift,)), 1, self.graph)
        total = self.jacobian((match.name, (high + match.shift,)), way, None)
        return self.networks.relabelled(total, {-1: -2, -2: -1}) if match.transposed else total

    def leavings(self, recursion: Recursion, x: int, given: int = 0) -> list[int]:
        """The steps at which paths from step x leave a recursion, with `given` steps before it begins. Raises Refused
        where it has no beginning."""
        places = []
        for state in recursion.states:
            [letter] = self.system[state].letters
            for condition, _ in self.system[state].cases:
                for comparison in condition:
                    limit = _limit(comparison, letter, recursion.back, self.end)
                    if limit is not None:
                        places.append(limit)
                        break
                else:
                    raise Refused(f"{state} has no first step")
        if recursion.back == 1:
            if min(places) < 0:
                raise Refused("a recursion that begins before step 0")
            return self.chain.between(min(places) - given, x)
        return self.chain.between(x, self.chain.end + max(places) + given)

    def transfer(self, recursion: Recursion, graph: Graph, x: int, j: int) -> Blocks:
        """P(x, j), by states."""
        found: Blocks = self._known(
            ("transfer", recursion, graph, x, j), lambda: self._transfer(recursion, graph, x, j)
        )
        return found

    def _transfer(self, recursion: Recursion, graph: Graph, x: int, j: int) -> Blocks:
        low, high = sorted((x, j)) if recursion.back == 1 else sorted((x - 1, j - 1))
        if graph is self.graph and self.chain.clock(x)[0] != self.chain.clock(j)[0]:
            found = self.matches(recursion)
            if found and self._covers(found, low, high):
                [name] = recursion.states
                return {(name, name): self._beside(found, self._product_of(found, low, high), recursion)}
        blocks = {(a, a): self.networks.identity(len(self.system[a].axes)) for a in recursion.states}
        before = min(x, j)
        for y, bridge in self.chain.pieces(*sorted((x, j))):
            blocks = self._multiplied(self._piece(recursion, graph, y, bridge), blocks, recursion, before)
            before = y
        return blocks

    def _beside(self, match: Match, matrix: Network, recursion: Recursion) -> Network:
        """A matrix on one axis of the state, the identity on the others."""
        rank = len(self.system[recursion.states[0]].axes)
        rows, columns = LABELS[:rank], UPPER[:rank]
        factors = [matrix if k == match.place else self.networks.identity(1) for k in range(rank)]
        return self.networks.einsum(factors, [a + b for a, b in zip(rows, columns, strict=True)], rows + columns, {})

    def _piece(self, recursion: Recursion, graph: Graph, y: int, bridge: bool) -> Blocks:
        """∂s_y/∂s_{y-1}, or ∂s_{y-1}/∂s_y in a recursion from the end; one array for a bridge that ends at y."""
        m = y if recursion.back == 1 else y - 1
        blocks = {}
        for b in recursion.states:
            rank = len(self.system[b].axes)
            through = TOTAL if graph is self.graph else ALONG
            way = Way((b, (m - recursion.back,)), rank, graph, through, inside=Inside(recursion, m))
            for a in recursion.states:
                if bridge:
                    atom = ("path", graph.key, min(recursion.names), self.chain.clock(y)[0], a, b)
                    blocks[a, b] = self.networks.array(self.networks.atom(atom), len(self.system[a].axes) + rank)
                else:
                    blocks[a, b] = self.jacobian((a, (m,)), way, None)
        return blocks

    def _multiplied(self, piece: Blocks, blocks: Blocks, recursion: Recursion, x: int) -> Blocks:
        """One piece further, joined to the others at step x."""
        left, right = (piece, blocks) if recursion.back == 1 else (blocks, piece)
        return {
            (a, c): added(
                self._chained(left.get((a, b), {}), right.get((b, c), {}), a, (b, x), len(self.system[c].axes))
                for b in recursion.states
            )
            for a in recursion.states
            for c in recursion.states
        }

    def _chained(self, left: Network, right: Network, a: str, middle: tuple[str, int], rank: int) -> Network:
        """∂a/∂b times what has the axes of b and `rank` more; `middle` is b with its step."""
        name, x = middle
        first, extents = len(self.system[a].axes), self.system[name].axes
        rows, inner, columns = LABELS[:first], LABELS[first : first + len(extents)], UPPER[:rank]
        at = {self.system[name].letters[0]: x}
        widths = {label: self.extent(extent, at) for label, extent in zip(inner, extents, strict=True)}
        return self.networks.einsum([left, right], [rows + inner, inner + columns], rows + columns, widths)

    # Derivatives

    def derivative(self, term: terms.Derivative, bound: Bound) -> Network:
        """∂of/∂wrt, the axes of `wrt` last."""
        core = term.of
        while isinstance(core, terms.Entry):
            core = core.of
        own = (core.name, tuple(self.step(i, bound) for i in core.at)) if isinstance(core, Ref) else None
        graph = self.graph.along(term.along) if term.through == ALONG else self.graph
        uses = None if term.uses is None else self.step(term.uses, bound)
        if uses is not None and self.system[term.wrt.name].letters:
            raise Refused("the use of what differs from step to step")
        target = (term.wrt.name, tuple(self.step(i, bound) for i in term.wrt.at))
        way = Way(target, len(term.wrt.axes), graph, term.through, own, uses)
        return self.slope(term.of, bound, way, None)

    def slope(self, term: Term, bound: Bound, way: Way, reader: int | None) -> Network:
        """The derivative of a term that is read at step `reader`."""
        if not self.graph.reaches(term, way.target[0]):
            return {}
        reader = reader if way.told else None
        key = ("slope", term, way, reader, *[bound.get(letter) for letter in term.sorted_letters])
        found: Network = self._known(key, lambda: self._slope(term, bound, way, reader))
        return found

    def _slope(self, term: Term, bound: Bound, way: Way, reader: int | None) -> Network:
        rank, tail = len(term.axes), UPPER[: way.rank]
        same = LABELS[:rank]

        def by(outer: Network, inner: Network) -> Network:
            return self.networks.einsum([outer, inner], [same, same + tail], same + tail, {})

        match term:
            case Ref(name, at):
                return self.jacobian((name, tuple(self.step(i, bound) for i in at)), way, reader)
            case terms.Entry(of):
                return self._entry(self.slope(of, bound, way, reader), term, bound, way.rank)
            case terms.Add(parts):
                return added(self.slope(part, bound, way, reader) for part in parts)
            case terms.Einsum(operands, labels, out):
                found = []
                for k, operand in enumerate(operands):
                    inner = self.slope(operand, bound, way, reader)
                    if inner:
                        beside = [inner if n == k else self.value(o, bound) for n, o in enumerate(operands)]
                        names = [own + tail if n == k else own for n, own in enumerate(labels)]
                        found.append(self._einsum(beside, names, out + tail, term, bound))
                return added(found)
            case terms.Power(of, exponent):
                inner = self.slope(of, bound, way, reader)
                if not inner or exponent == 0:
                    return {}
                if isinstance(exponent, Index):
                    raise Refused("a power by an index")
                return scaled(by(self.value(terms.Power(of, exponent - 1), bound), inner), exponent)
            case terms.Apply(function, of, order, ()):
                inner = self.slope(of, bound, way, reader)
                return by(self.value(terms.Apply(function, of, order + 1), bound), inner) if inner else {}
            case terms.Opaque(function, arguments, extents, None):
                found = []
                for i, argument in enumerate(arguments):
                    inner = self.slope(argument, bound, way, reader)
                    if inner:
                        outer = self.value(terms.Opaque(function, arguments, extents, i), bound)
                        middle = LABELS[rank : rank + len(argument.axes)]
                        widths = {x: self.extent(e, bound) for x, e in zip(middle, argument.axes, strict=True)}
                        found.append(
                            self.networks.einsum([outer, inner], [same + middle, middle + tail], same + tail, widths)
                        )
                return added(found)
            case terms.Fold("sum", _, _, _, body):
                return self._sum(term, bound, lambda at: self.slope(body, at, way, reader))
            case terms.Build(_, _, body):
                return self._built(term, bound, lambda at: self.slope(body, at, way, reader))
            case terms.Join() | terms.Slice():
                return self._blocked(term, bound, lambda part: self.slope(part, bound, way, reader), way.rank)
            case terms.Choice():
                return self._chosen(term, bound, lambda part: self.slope(part, bound, way, reader), rank + way.rank)
        raise Refused(f"the derivative of {type(term).__name__}")

    def jacobian(self, instance: Instance, way: Way, reader: int | None) -> Network:
        """The derivative of a quantity that is read at step `reader`."""
        key = ("jacobian", instance, way, reader if way.told else None)
        found: Network = self._known(key, lambda: self._jacobian(instance, way, reader))
        return found

    def _jacobian(self, instance: Instance, way: Way, reader: int | None) -> Network:
        name, at = instance
        step = self.system[name].step
        if way.through == WITHIN and reader is not None and step is not None and self.chain.order(at[step], reader):
            return {}
        if name == way.target[0] and all(self.chain.order(x, y) == 0 for x, y in zip(at, way.target[1], strict=True)):
            if way.uses is not None and (reader is None or self.chain.order(reader, way.uses)):
                return {}
            return self.networks.identity(way.rank)
        if way.target[0] not in self.graph.reach[name] or not self._follows(instance, way):
            return {}
        recursion = way.graph.recursion(name) if way.through in (TOTAL, ALONG) else None
        if recursion and way.inside and recursion == way.inside.recursion:
            if at != (way.inside.at,):
                return {}
        elif recursion and name in recursion.states:
            return self._paths(instance, recursion, way)
        definition = self.definition(instance)
        return {} if definition is None else self.slope(*definition, way, None if step is None else at[step])

    def _follows(self, instance: Instance, way: Way) -> bool:
        if way.through in (TOTAL, WITHIN) or instance == way.own:
            return True
        if way.through == STEP and way.own is not None:
            steps = [self.system[name].step for name in (instance[0], way.own[0])]
            here, own = (None if s is None else at[s] for s, at in zip(steps, (instance[1], way.own[1]), strict=True))
            return here is None or (own is not None and self.chain.order(here, own) == 0)
        return way.through == ALONG and way.graph.key[0] is not None and instance[0] in way.graph.key[0]

    def _paths(self, instance: Instance, recursion: Recursion, way: Way) -> Network:
        name, (x,) = instance
        leavings = self.leavings(recursion, x)
        if way.target[0] in recursion.names:
            [k] = way.target[1]
            leavings = [k] if self.chain.order(k, x) * recursion.back <= 0 else []
        parts = []
        for j in leavings:
            for state in recursion.states:
                inner = self.jacobian((state, (j,)), replace(way, inside=Inside(recursion, j)), None)
                if inner:
                    blocks = self.transfer(recursion, way.graph, x, j)
                    parts.append(self._chained(blocks.get((name, state), {}), inner, name, (state, j), way.rank))
        return added(parts)


def _limit(comparison: Comparison, letter: str, back: int, end: str) -> int | None:
    """How far a case reaches: its first step, or in a recursion from the end its last, counted from the end."""
    difference = comparison.left.plus(comparison.right, -1)
    letters = dict(difference.letters)
    sign = letters.pop(letter, 0)
    if (
        back == 1
        and not letters
        and (sign, comparison.op) in ((1, "ge"), (1, "gt"), (-1, "le"), (-1, "lt"), (1, "="), (-1, "="))
    ):
        return -sign * difference.constant + int(comparison.op in ("gt", "lt"))
    if (
        back == -1
        and letters == {end: -sign}
        and (sign, comparison.op) in ((1, "le"), (1, "lt"), (-1, "ge"), (-1, "gt"), (1, "="), (-1, "="))
    ):
        return -sign * difference.constant - int(comparison.op in ("gt", "lt"))
    return None
