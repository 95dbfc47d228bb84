"""Whether a claim is true: both sides evaluated at random points, at every placement of its letters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product as every

import numpy as np

from .claims import Claim
from .evaluation import Evaluator, Layout, Misfit, Missing
from .networks import NETWORKS, Network, open_elman, quantities
from .terms import D, Term, children, step_letters, unit_letters
from .worlds import World, placements

# (last, sizes of H, X, Y, K, B): pairwise different, in no relation to each other or to T.
POINTS = ((4, (2, 6, 7, 8, 9)), (6, (3, 4, 2, 8, 9)), (9, (4, 3, 6, 2, 5)))
WIDE = ((11, (9, 8, 7, 6, 5)),)  # beyond what a decider is likely to try
LONG = ((103, (2, 3, 4, 5, 6)),)
LAYERS = ((6, 3, 5, 2, 7), (2, 5, 3, 4), (3, 4, 2, 5, 3, 6, 2))
SAME, APART = 1e-9, 1e-5


@cache
def network(name: str, open_functions: bool = False) -> Network:
    return open_elman() if open_functions else NETWORKS[name]()


@cache
def worlds(
    name: str, open_functions: bool = False, zero_start: bool = False, free_targets: bool = False
) -> tuple[World, ...]:
    """The points at which the claims about a network are confirmed."""
    net = network(name, open_functions)
    points = POINTS if net.family != "l" else tuple((len(layers) - 1, layers) for layers in LAYERS)
    return tuple(_world(net, *point, seed, zero_start, free_targets) for seed, point in enumerate(points))


@cache
def wide_worlds(name: str, open_functions: bool = False) -> tuple[World, ...]:
    """Points whose numbers of steps and sizes are large, for factors that vanish at small ones."""
    net = network(name, open_functions)
    points = WIDE if net.family != "l" else tuple((last, (3, 4, 2, 5) * 4) for last, _ in WIDE)
    return tuple(_world(net, *point, seed + 20) for seed, point in enumerate(points))


@cache
def long_worlds(name: str, open_functions: bool = False) -> tuple[World, ...]:
    """Sequences long enough for steps up to 100."""
    return tuple(_world(network(name, open_functions), *point, 31) for point in LONG)


def _world(net: Network, last: int, sizes: tuple[int, ...], seed: int, zero: bool = False, free: bool = False) -> World:
    widths = {f"n{i}": width for i, width in enumerate(sizes)} | dict(zip("HXYKB", sizes, strict=False))
    return World(net, last, widths, seed, zero, free)


@dataclass(frozen=True)
class Outcome:
    """What became of a claim at all placements: true, false, not there, of shapes that do not fit."""

    true: int
    false: int
    missing: int
    misfit: int
    unclear: int

    @property
    def holds(self) -> bool:
        return self.true > 0 and not (self.false or self.misfit or self.unclear)


def derivatives(term: Term, path: tuple[object, ...] = ()) -> Iterator[D]:
    if isinstance(term, D):
        yield term
    for _, _, child in children(term):
        yield from derivatives(child)


def judged(
    claim: Claim,
    world: World,
    layout: Layout,
    own: Mapping[str, tuple[str, D]],
    readings: Mapping[D, bool] | None = None,
) -> Outcome:
    """Every side against the head, at every placement of the free letters."""
    letters = set().union(*(step_letters(side) for side in (claim.head, *claim.sides)))
    letters |= {a.letter for left, _, right in claim.when for a in (left, right)} - {"", "T", "L", "N"}
    units = sorted(set().union(*(unit_letters(side) for side in (claim.head, *claim.sides))))
    counts = dict.fromkeys(("true", "false", "missing", "misfit", "unclear"), 0)
    compare = {"<": int.__lt__, ">": int.__gt__, "\\le": int.__le__, "\\ge": int.__ge__, "=": int.__eq__}
    sizes = dict(world.widths) | {letter: world.widths[axis] for letter, axis in claim.axes if axis in world.widths}
    for bound in placements(world, letters):
        if not all(compare[sign](left.value(bound), right.value(bound)) for left, sign, right in claim.when):
            continue
        read = (lambda d: readings.get(d, d.direct)) if readings else (lambda d: d.direct)
        evaluator = Evaluator(world.value, world.derivative, layout, bound, sizes, own, units, read)
        try:
            left = evaluator.value(claim.head)
            rights = [evaluator.value(side) for side in claim.sides]
        except Missing:
            counts["missing"] += 1
            continue
        except (Misfit, ValueError):  # NumPy's own word for letters of entries that run over two sizes
            counts["misfit"] += 1
            continue
        counts[max((_compared(left, right) for right in rights), key=["true", "unclear", "misfit", "false"].index)] += 1
    return Outcome(**counts)


def _compared(left: np.ndarray, right: np.ndarray) -> str:
    if left.shape[-2:] != right.shape[-2:] and not (right.shape[-2:] == (1, 1) and not right.any()):
        return "misfit"
    try:
        left, right = np.broadcast_arrays(left, right)
    except ValueError:
        return "misfit"
    gap, scale = np.abs(left - right).max(), max(np.abs(left).max(), np.abs(right).max(), 1e-12)
    return "true" if gap <= SAME * max(scale, 1) else "false" if gap > APART * scale and gap > SAME * 10 else "unclear"


def holds(claim: Claim, at: tuple[World, ...], layout: Layout, own: Mapping[str, tuple[str, D]]) -> bool:
    """Whether a claim holds at every point and placement, with ∂ as its author means it."""
    return all(judged(claim, world, layout, own).holds for world in at)


def fails(
    claim: Claim, at: tuple[World, ...], layout: Layout, own: Mapping[str, tuple[str, D]], limit: int = 64
) -> bool:
    """Whether a claim is false at most placements of every point, whichever of its ∂ are read as direct and which as
    total."""
    seen = dict.fromkeys(d for side in (claim.head, *claim.sides) for d in derivatives(side))
    unsure = [d for d in seen if _two_ways(d, at[0])]
    if 2 ** len(unsure) > limit:
        return False
    for choice in every((False, True), repeat=len(unsure)):
        readings = dict(zip(unsure, choice, strict=True))
        for world in at:
            outcome = judged(claim, world, layout, own, readings)
            wrong = outcome.false + outcome.misfit
            if outcome.unclear or wrong == 0 or wrong <= outcome.true:
                return False
    return True


def _two_ways(d: D, world: World) -> bool:
    """Whether a derivative can be read as direct, and is another one then."""
    equation = world.network.equation(d.u.name)
    if equation is None or d.u.name in ("l", "L"):
        return False
    if world.network.given.get(d.v.name) == "parameter":
        return bool(world.network.starts) and d.u.name not in ("o", "p")
    return any(q.name == d.v.name for q in quantities(equation.body))
