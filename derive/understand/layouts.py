"""The layout of every quantity: how many axes it has, and which extents agree, solved over all equations at once.

The cheapest assignment under which every equation of the network has a reading, found best first. A value is a column (or
a row, where parameters stand on the right), a factor beside it a matrix; a number is never cheap, for it fits nearly
everything.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

from derive.kernel.index import letter
from derive.kernel.terms import Axes
from derive.reading.tree import Node
from derive.understand.elaborate import Elaborator, Known, Open
from derive.understand.extents import Extents
from derive.understand.typed import Misfit, Typed

NUMBER, VECTOR, MATRIX = 0, 1, 2
STATES = 4000  # assignments looked at
Equation = tuple[int, Node, Node]  # statement, head, right side


def solve(
    elaborator: Elaborator, equations: list[Equation], rows: bool, meet: Callable[[Elaborator, Equation], int]
) -> tuple[int, Elaborator] | None:
    """The cheapest layouts for which every equation can be read, with their cost; None where there are none. `rows` says
    that vectors are rows; `meet` reads one equation with the layouts so far, tells what its reading costs, and raises
    Misfit, or Open for a name."""
    order = count()
    queue: list[tuple[int, int, int, dict[str, Known], Extents]] = []
    heappush(queue, (0, 0, next(order), elaborator.known, elaborator.extents))
    for _ in range(STATES):
        if not queue:
            return None
        cost, minus, _, known, extents = heappop(queue)
        trial = _copy(elaborator, known, extents.copy())
        n = -minus
        if n == len(equations):
            return cost, trial
        try:
            price = meet(trial, equations[n])
        except Misfit:
            continue
        except Open as question:
            for rank in (NUMBER, VECTOR, MATRIX):
                if rank >= question.least:
                    after = extents.copy()
                    layout = assigned(known[question.symbol], rank, rows, after)
                    price = cost + _price(known[question.symbol], rank)
                    heappush(queue, (price, minus, next(order), {**known, question.symbol: layout}, after))
            continue
        heappush(queue, (cost + price, minus - 1, next(order), trial.known, trial.extents))
    return None


def assigned(known: Known, rank: int, rows: bool, extents: Extents) -> Known:
    """A name with a layout of fresh extents."""
    layer = letter("layer") if "layer" in known.chains else None
    axes: Axes = tuple(extents.fresh(layer) for _ in range(rank))
    if rank == VECTOR and rows:
        return Known(known.name, known.chains, (), axes, known.role, known.constant)
    return Known(known.name, known.chains, axes[:1], axes[1:], known.role, known.constant)


def _price(known: Known, rank: int) -> int:
    if known.role == "loss":
        return (0, 20, 30)[rank]
    if "step" in known.chains or known.role in ("value", "input", "target"):
        return (9, 0, 5)[rank]
    return (6, 0, 0)[rank]


def _copy(elaborator: Elaborator, known: dict[str, Known], extents: Extents) -> Elaborator:
    return Elaborator(
        elaborator.names,
        dict(known),
        extents,
        elaborator.split,
        elaborator.functions,
        elaborator.defaults,
        elaborator.denominator,
        elaborator.summation,
    )


def agree(elaborator: Elaborator, head: Typed, side: Typed) -> None:
    """Raises Misfit unless a head and what defines it have one layout; a number may define an array."""
    if side.wild or (side.is_scalar and not head.is_scalar):
        return
    extents = elaborator.extents
    if len(head.rows) != len(side.rows) or not extents.alike(head.rows + head.cols, side.rows + side.cols):
        raise Misfit("the two sides of a definition differ in shape")
