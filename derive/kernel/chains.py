r"""Chains: how the steps that a claim looks at can lie, up to what its comparisons can tell.

**Theorem (steps).** Let F and G be the sides of a claim, each a sum of products in which letters of steps are bound by
Σ, no product with more than q of them. Let its *points* be 0, the end T, and its free letters, and A a set of steps at
fixed distances from them, with every step in it that lies outside 0 … T and that a Σ can take. For a set S of steps
outside A let F^S be F with every Σ restricted to the letters in A ∪ S. If F^S = G^S on every *chain* of the points and
of at most q further steps S, then F = G for every T ≥ 1 and all values of the free letters that lie in 0 … T and meet
the condition.

*Chain.* The points and S in order. Two that follow each other have an exact distance, or a *bridge* between them, which
stands for every longer one. Points without a bridge between them are a cluster, and each cluster has a *range*: the
steps up to fixed distances from its points. A gap is a bridge once it is so long that the ranges of what
lies before and after it cannot meet. Every step has data of its own; a step that is no literal is, as a number, a
letter of its cluster plus its place in it. A Π over the steps of a bridge, from the upper end of one range to the lower
end of the next, is one free array, the same for all products of the same factors in the same order.

*Proof.* Fix T, values of the free letters, and S. Each of the gaps is exact or a bridge on exactly one chain, and on it
F^S and G^S have the same products as in reality: bounds, conditions and cases compare steps of one cluster, whose
distance is exact, or steps in the ranges of two, whose order is that of the clusters (any other comparison raises
`Narrow`). Steps that are the same on the chain are the same in reality, so that what is free on the chain, be it data,
arrays for bridges or the numbers of clusters, can be put to its true value there: an equality on the chain is one in
reality. So F^S = G^S for |S| ≤ q. Now F^S = Σ_{S' ⊆ S} F[S'], where F[S'] collects the products whose letters outside A
take exactly the values S'; by inclusion and exclusion F[S'] = G[S'] for all |S'| ≤ q, and for larger S' both are empty.
Letters outside 0 … T are in A (else `Narrow` is raised), so F = Σ_{S'} F[S'] = Σ_{S'} G[S'] = G. ∎

Nothing is assumed of the data: that h_t is computed from h_{t-1} only puts values for what was free. So a difference on
a chain refutes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from derive.kernel.networks import Refused

FAR = 10**6  # between clusters
START, SUM = "0", "*"  # the points with these names are step 0, and the steps S
Windows = Mapping[str, tuple[int, int]]  # around 0, the end and free letters the steps A; around S what is compared


class Narrow(Refused):
    """A comparison of steps outside the windows: that of the point `name` is too narrow below (-1) or above (1)."""

    def __init__(self, name: str, side: int) -> None:
        super().__init__("a comparison of steps far from each other")
        self.name, self.side = name, side


@dataclass
class Log:
    """What a result rests on: the steps that must lie in the ranges, and whether that is all (`local`)."""

    within: set[int] = field(default_factory=set)
    local: bool = True


@dataclass
class Chain:
    """Where the points lie: steps of cluster c are near c·FAR. `log` is of the result that is being computed."""

    points: tuple[tuple[str, int], ...]
    sums: tuple[int, ...]
    windows: Windows
    log: Log = field(default_factory=Log)

    @cached_property
    def ranges(self) -> dict[int, tuple[int, int]]:
        """The lower and upper end of each cluster."""
        found: dict[int, tuple[int, int]] = {}
        for name, x in (*self.points, *((SUM, s) for s in self.sums)):
            low, high = (x + reach for reach in reached(self.windows, name))
            before = found.get(cluster(x), (low, high))
            found[cluster(x)] = (min(low, before[0]), max(high, before[1]))
        return found

    @cached_property
    def fixed(self) -> frozenset[int]:
        """The steps A."""
        windows = ((x, *self.windows[name]) for name, x in self.points)
        return frozenset(x + reach for x, low, high in windows for reach in range(low, high + 1))

    @cached_property
    def active(self) -> list[int]:
        """The steps that the letters of sums take."""
        return sorted(self.fixed | set(self.sums))

    @property
    def end(self) -> int:
        self.log.local = False
        return self.points[-1][1]

    def order(self, x: int, y: int) -> int:
        """-1, 0 or 1 as the first step lies before, at or after the second. Raises Narrow."""
        if cluster(x) != cluster(y):
            for step in (x, y):
                if not self.within(step):
                    raise self._narrow(step)
            self.log.within |= {x, y}
        return (x > y) - (x < y)

    def _narrow(self, x: int) -> Narrow:
        near = [(y, name) for name, y in (*self.points, *((SUM, s) for s in self.sums)) if cluster(y) == cluster(x)]
        low, high = min(near, default=(0, START)), max(near, default=(0, START))
        return Narrow(low[1], -1) if x < low[0] else Narrow(high[1], 1)

    def within(self, x: int) -> bool:
        """Whether a step lies in the range of its cluster."""
        low, high = self.ranges.get(cluster(x), (1, 0))
        return low <= x <= high

    def clock(self, x: int) -> tuple[int, int]:
        """The cluster of a step and its place there; in cluster 0 the place is the step."""
        return cluster(x), x - cluster(x) * FAR

    def between(self, low: int, high: int) -> list[int]:
        """The values of a sum's letter. Raises Narrow where it can take one outside 0 … T that is not in A."""
        below = range(low, 0) if self.order(low, 0) < 0 else ()
        above = range(max(low, self.end + 1), high + 1) if self.order(high, self.end) > 0 else ()
        if not self.fixed.issuperset(below):
            raise Narrow(START, -1)
        if not self.fixed.issuperset(above):
            raise Narrow(self.points[-1][0], 1)
        return [x for x in self.active if self.order(low, x) <= 0 <= self.order(high, x)]

    def pieces(self, low: int, high: int) -> Iterator[tuple[int, bool]]:
        """The steps after `low` up to `high`, one by one, and between clusters the bridges (the step at which one ends,
        True). Raises Narrow."""
        self.order(low, high)
        self.log.local = self.log.local and cluster(low) == cluster(high)
        while low < high:
            here = cluster(low)
            bridge = here != cluster(high) and low == self.ranges[here][1]
            low = self.ranges[here + 1][0] if bridge else low + 1
            yield low, bridge


def reached(windows: Windows, name: str) -> tuple[int, int]:
    """How far around a point steps are compared: what a sum's letter at a step of A reads included."""
    (low, high), (below, above) = windows[name], windows[SUM]
    return (low, high) if name == SUM else (low + below, high + above)


def cluster(x: int) -> int:
    return (x + FAR // 2) // FAR


def chains(free: tuple[str, ...], end: str, windows: Windows, sums: int) -> Iterator[Chain]:
    """All chains with exactly this number of further steps."""
    lowest = min(reached(windows, name)[0] for name in windows)
    seen: set[tuple[frozenset[tuple[str, int]], tuple[int, ...]]] = set()

    def grow(points: tuple[tuple[str, int], ...], last: str, x: int, edge: int, left: int) -> Iterator[Chain]:
        """The chains that go on after the point `last` at x; `edge` is where the range of its cluster ends."""
        if last == end:
            chain = Chain(
                tuple(p for p in points if p[0] != SUM), tuple(y for name, y in points if name == SUM), windows
            )
            key = frozenset(chain.points), chain.sums
            if x >= 1 and key not in seen and not chain.fixed.intersection(chain.sums):
                seen.add(key)
                yield chain
            return
        placed = [name for name, _ in points]
        following = [name for name in free if name not in placed] + [SUM] * bool(left)
        for name in following or [end]:
            gap = int(SUM in (name, last))
            while x + gap + lowest <= edge:
                y = x + gap
                yield from grow(
                    (*points, (name, y)), name, y, max(edge, y + reached(windows, name)[1]), left - (name == SUM)
                )
                gap += 1
            y = (cluster(x) + 1) * FAR
            yield from grow((*points, (name, y)), name, y, y + reached(windows, name)[1], left - (name == SUM))

    yield from grow(((START, 0),), START, 0, reached(windows, START)[1], sums)
