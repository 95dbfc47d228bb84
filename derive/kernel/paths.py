r"""Values and derivatives of terms on a chain, as networks; what runs through a recursion is a sum over paths.

With the Jacobian J_m = ∂s_m/∂s_{m-1} of the states of a recursion and P(i, k) = J_i J_{i-1} ⋯ J_{k+1},

    ∂s_i/∂u = Σ_{j ≤ i} P(i, j) ∂⁺s_j/∂u,    ∂s_i/∂s_k = P(i, k)  (0 for i < k),

where ∂⁺ follows what step j reads at its own step and outside the recursion, but no state of the step before: each path
from s_i leaves the recursion at one step j, for good, and passes one state at each step between. Where the recursion is
linear, s_m = A_m s_{m-1} + b_m, its value is Σ_{j ≤ i} P(i, j) b_j likewise, with the given s_j in the place of b_j
where it begins. Recursions from the end are the mirror image.
"""

from __future__ import annotations

from dataclasses import replace

from derive.kernel import rewriting, terms
from derive.kernel.chain_slopes import ChainSlopes
from derive.kernel.chains import FAR
from derive.kernel.index import Comparison, Index
from derive.kernel.networks import ONE, Network, Refused, added
from derive.kernel.on_chain import UPPER
from derive.kernel.recursions import Graph, Recursion
from derive.kernel.terms import ALONG, LABELS, TOTAL
from derive.kernel.ways import RAW, Bound, Inside, Instance, Match, Mode, Place, Way

Blocks = dict[tuple[str, str], Network]
NOWHERE = -10 * FAR  # a step that is on no chain


class Paths(ChainSlopes):
    """What runs through recursions: values, products and derivatives along all paths."""

    def unrolled(self, instance: Instance, recursion: Recursion) -> Network:
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

    # Products over steps

    def product(self, fold: terms.Fold, bound: Bound, mode: Mode) -> Network:
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
            body_of = rewriting.put(fold.body, {fold.letter: Index(0, (("·", 1),))})
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

    # Paths

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

    def paths(self, instance: Instance, recursion: Recursion, way: Way) -> Network:
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
