"""The layout of every quantity: how many axes it has, and which extents agree, solved over all equations at once.

The cheapest assignment under which every equation of the network has a reading. A value is a column (or
a row, where parameters stand on the right), a factor beside it a matrix; a number is never cheap, for it fits nearly
everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from itertools import count

from derive.kernel.index import letter
from derive.kernel.terms import Axes, Malformed
from derive.reading.tree import Node
from derive.understand.elaborate import Elaborator, Known, Open
from derive.understand.extents import Extents
from derive.understand.typed import Misfit, Typed

NUMBER, VECTOR, MATRIX = 0, 1, 2
STATES = 400  # assignments looked at for one equation
BEAM = 6  # and kept
Equation = tuple[int, Node, Node]  # statement, head, right side
Meet = Callable[[Elaborator, Equation], int]


@dataclass
class Partial:
    """Layouts for the first equations, and what they cost."""

    cost: int
    known: dict[str, Known]
    extents: Extents


def solve(elaborator: Elaborator, equations: list[Equation], rows: bool, meet: Meet) -> tuple[int, Elaborator] | None:
    """The cheapest layouts for which the equations can be read, with their cost; None where there are none.

    `rows` says that vectors are rows; `meet` reads one equation with the layouts so far, tells what its reading costs,
    and raises Misfit, or Open for a name. Equation by equation, a few of the cheapest are kept.
    """
    beam = [Partial(0, elaborator.known, elaborator.extents)]
    for equation in equations:
        found = [after for before in beam for after in _extended(elaborator, before, equation, rows, meet)]
        if not found:
            return None
        beam = sorted(found, key=lambda partial: partial.cost)[:BEAM]
    best = beam[0]
    return best.cost, _copy(elaborator, best.known, best.extents)


def _extended(elaborator: Elaborator, before: Partial, equation: Equation, rows: bool, meet: Meet) -> Iterator[Partial]:
    """The cheapest ways to read one more equation."""
    order = count()
    queue = [(before.cost, next(order), before)]
    solutions = 0
    for _ in range(STATES):
        if not queue or solutions == BEAM:
            return
        cost, _, partial = heappop(queue)
        trial = _copy(elaborator, partial.known, partial.extents.copy())
        try:
            price = meet(trial, equation)
        except (Misfit, Malformed):
            continue
        except Open as question:
            asked = partial.known[question.symbol]
            for rank in (NUMBER, VECTOR, MATRIX):
                if rank >= question.least and (asked.most is None or rank <= asked.most):
                    extents = partial.extents.copy()
                    layout = assigned(asked, rank, rows, extents)
                    after = Partial(cost + _price(asked, rank), {**partial.known, question.symbol: layout}, extents)
                    heappush(queue, (after.cost, next(order), after))
            continue
        solutions += 1
        yield Partial(cost + price, trial.known, trial.extents)


def assigned(known: Known, rank: int, rows: bool, extents: Extents) -> Known:
    """A name with a layout of fresh extents."""
    layer = letter("layer") if "layer" in known.chains else None
    to = letter("layer#2") if "layer#2" in known.chains else layer
    axes: Axes = tuple(extents.fresh(to if place == 0 else layer) for place in range(rank))
    if rank == VECTOR and rows:
        return Known(known.name, known.chains, (), axes, known.role, known.constant)
    return Known(known.name, known.chains, axes[:1], axes[1:], known.role, known.constant)


def _price(known: Known, rank: int) -> int:
    if known.role == "loss":
        return (0, 20, 30)[rank]
    if "step" in known.chains or known.role in ("value", "input", "target"):
        return (9, 0, 5)[rank]
    letter_ = known.name.replace("^", "_").split("_")[0].split()[-1]
    custom = (6, letter_.isupper(), letter_.islower())  # capitals are matrices
    return custom[rank] if len(letter_) == 1 else (6, 0, 0)[rank]


def _copy(elaborator: Elaborator, known: dict[str, Known], extents: Extents) -> Elaborator:
    """The elaborator with other layouts, for statements that are yet to be read."""
    return replace(
        elaborator, known=dict(known), extents=extents, entries={}, chained={}, derivatives=(set(), set()), standing={}
    )


def agree(elaborator: Elaborator, head: Typed, side: Typed) -> None:
    """Raises Misfit unless a head and what defines it have one layout; a number may define an array."""
    if side.wild or (side.is_scalar and not head.is_scalar):
        return
    extents = elaborator.extents
    if len(head.rows) != len(side.rows) or not extents.alike(head.rows + head.cols, side.rows + side.cols):
        raise Misfit("the two sides of a definition differ in shape")
