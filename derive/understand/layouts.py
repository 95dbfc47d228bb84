"""The layout of every quantity: how many axes it has, and which extents agree, solved over all equations at once.

The cheapest assignment under which every equation of the network has a reading. A value is a column (or
a row, where parameters stand on the right), a factor beside it a matrix; a number is never cheap, for it fits nearly
everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from itertools import count
from math import inf

from derive.kernel.index import letter
from derive.kernel.terms import Axes, Malformed
from derive.reading.errors import ReadError
from derive.reading.tree import Node
from derive.reading.vocabulary import GREEK
from derive.understand.blocks import BLOCKS
from derive.understand.elaborate import Elaborator
from derive.understand.extents import Extents
from derive.understand.hypotheses import PARAMETERS
from derive.understand.reader import Known, Open
from derive.understand.typed import COSTS, SPREAD, Misfit, Typed

NUMBER, VECTOR, MATRIX = 0, 1, 2
ATTEMPTS = 5  # orders in which the equations are solved
ONE_ROW = 3  # what it costs that a capital is a matrix of one row, or of one column where vectors are rows
FILLED = 12  # what it costs that one number is every entry of an array
STATES = 400  # assignments looked at for one equation
BEAM = 6  # and kept
NO_LAYOUT = "its shapes fit under no layout"
UNREAD = 200  # what an equation costs that no layout fits, for every statement that needs it: more than any layout
Equation = tuple[int, Node, Node]  # statement, head, right side


@dataclass
class Partial:
    """Layouts for the first equations, and what they cost."""

    cost: int
    known: dict[str, Known]
    extents: Extents


@dataclass
class Layouts:
    """An elaborator with the layouts found, vectors being columns or `rows`; their cost, why some equations could not
    be read, and which of them fit badly, or not at all."""

    elaborator: Elaborator
    rows: bool
    cost: int = 0
    failures: dict[int, str] = field(default_factory=dict)
    misfits: set[int] = field(default_factory=set)


def solved(elaborator: Elaborator, network: list[Equation], vectors: str | None, told: Mapping[int, int]) -> Layouts:
    """The layouts of everything that the network's equations settle; `vectors` are rows or columns where that is
    stated, `told` in how many statements each equation's quantity stands: where not all fit, the page needs these
    most."""
    options: list[Layouts] = []
    for rows in (False, True):
        if vectors == ("columns" if rows else "rows") or any(map(_is_plain, options)):
            continue
        first: list[Equation] = []  # what fits nothing else: it may say what is a number
        for _ in range(ATTEMPTS):
            rest = [equation for equation in network if equation not in first]
            is_free = any(option.cost == 0 for option in options)
            options.append(_attempt(elaborator, first, rest, rows, told, 0 if is_free else inf))
            failing = [equation for equation in rest if equation[0] in options[-1].misfits]
            if not failing:
                break
            first += failing
    best = min(options, key=lambda option: (option.cost, _by_samples(option.elaborator)))
    resolve_all(best.elaborator)
    return best


def _is_plain(found: Layouts) -> bool:
    """Whether no other layouts can cost less."""
    return found.cost == 0 and not _by_samples(found.elaborator)


def _by_samples(elaborator: Elaborator) -> int:
    """How many vectors have an entry for each sample: b of Z = X W + b has one for each column of Z. The samples are
    the rows, or else the columns, that no matrix has the other way round."""
    axes = [
        tuple(map(elaborator.extents.resolved, known.rows + known.cols))
        for known in elaborator.known.values()
        if known.rows is not None and known.cols is not None
    ]
    firsts, seconds = ({of[place] for of in axes if len(of) == 2} for place in (0, 1))
    samples = firsts - seconds if elaborator.samples_below else seconds - firsts
    return sum(len(of) == 1 and of[0] in samples for of in axes)


def resolve_all(elaborator: Elaborator) -> None:
    """Puts what is known of the extents into the layouts."""
    resolve = elaborator.extents.resolved
    for key, known in elaborator.known.items():
        if known.rows is not None and known.cols is not None:
            rows, cols = tuple(map(resolve, known.rows)), tuple(map(resolve, known.cols))
            elaborator.known[key] = replace(known, rows=rows, cols=cols)


def _attempt(
    elaborator: Elaborator,
    together: list[Equation],
    network: list[Equation],
    rows: bool,
    told: Mapping[int, int],
    limit: float,
) -> Layouts:
    """The layouts found equation by equation, those of some of them together, as long as they cost no more than the
    limit."""
    found = Layouts(elaborator, rows)
    groups = [[equation] for equation in network]
    if together:
        joint = not isinstance(_solve(elaborator, together, rows), str)
        groups = [together, *groups] if joint else [*([equation] for equation in together), *groups]
    for equations in groups:
        if found.cost > limit:
            break
        number = equations[0][0]
        result = _solve(found.elaborator, equations, rows)
        if isinstance(result, str):
            found.misfits.add(number)
            found.failures[number] = result
            found.cost += UNREAD * told[number] if result == NO_LAYOUT else 0
            continue
        if result[0] >= BLOCKS and len(equations) == 1:
            found.misfits.add(number)
        found.cost, found.elaborator = found.cost + result[0], result[1]
    return found


def _solve(elaborator: Elaborator, equations: list[Equation], rows: bool) -> tuple[int, Elaborator] | str:
    """The cheapest layouts for which some equations can be read, with their cost, or why they cannot.

    Equation by equation, a few of the cheapest are kept.
    """
    beam = [Partial(0, elaborator.known, elaborator.extents)]
    try:
        for n, equation in enumerate(equations, 1):
            last = n == len(equations)
            found = [after for before in beam for after in _extended(elaborator, before, equation, rows, last)]
            if not found:
                return NO_LAYOUT
            beam = sorted(found, key=lambda partial: partial.cost)[:BEAM]
    except (ReadError, Malformed) as error:
        return str(error)
    best = beam[0]
    return best.cost, _copy(elaborator, best.known, best.extents)


def _extended(elaborator: Elaborator, before: Partial, equation: Equation, rows: bool, last: bool) -> Iterator[Partial]:
    """The cheapest ways to read one more equation; of the `last` one no more than it takes to know the cheapest."""
    order = count()
    queue = [(before.cost, next(order), before)]
    is_number = _is_stated_number(elaborator, equation)
    solutions, best = 0, inf
    for _ in range(STATES):
        if not queue or solutions == BEAM or (last and queue[0][0] >= best):
            return
        cost, _, partial = heappop(queue)
        trial = _copy(elaborator, partial.known, partial.extents.copy())
        try:
            price = _meet(trial, equation)
        except (Misfit, Malformed):
            continue
        except Open as question:
            asked = partial.known[question.symbol]
            for rank, turned in ((NUMBER, False), (VECTOR, False), (MATRIX, False), (VECTOR, True)):
                if turned and not (is_number and _is_turned(asked)):
                    continue
                if rank >= question.least and (asked.most is None or rank <= asked.most):
                    extents = partial.extents.copy()
                    layout = _assigned(asked, rank, rows != turned, extents)
                    price = ONE_ROW if turned else _price(asked, rank, elaborator.numbers)
                    after = Partial(cost + price, {**partial.known, question.symbol: layout}, extents)
                    heappush(queue, (after.cost, next(order), after))
            continue
        solutions, best = solutions + 1, min(best, cost + price)
        yield Partial(cost + price, trial.known, trial.extents)


def _assigned(known: Known, rank: int, rows: bool, extents: Extents) -> Known:
    """A name with a layout of fresh extents."""
    layer = letter("layer") if "layer" in known.chains else None
    to = letter("layer#2") if "layer#2" in known.chains else layer
    axes: Axes = tuple(extents.fresh(to if place == 0 else layer) for place in range(rank))
    if rank == VECTOR and rows:
        return Known(known.name, known.chains, (), axes, known.role, known.constant)
    return Known(known.name, known.chains, axes[:1], axes[1:], known.role, known.constant)


def _is_stated_number(elaborator: Elaborator, equation: Equation) -> bool:
    """Whether the page says that the head of an equation is a number, which an equation alone never makes it."""
    number, head, _ = equation
    name = elaborator.names.read(head, None, number)
    known = elaborator.known.get(elaborator.split(number, name)[0]) if name is not None else None
    return known is not None and known.most == NUMBER


def _is_turned(known: Known) -> bool:
    """Whether what a number is made of may be a matrix of one row, V of V h, or of one column."""
    return not known.chains and not known.role and len(_letter(known)) == 1 and _letter(known).isupper()


def _price(known: Known, rank: int, numbers: bool) -> int:
    if known.role == "loss":
        return (0, 20, 30)[rank]
    if numbers:
        return (0, 9, 18)[rank]
    if "step" in known.chains or known.role in ("value", "input", "target"):
        return (9, 0, 5)[rank]
    letter_ = _letter(known)
    custom = (6, letter_.isupper(), letter_.islower())  # capitals are matrices
    small = letter_ in GREEK and letter_.islower() and letter_ not in PARAMETERS  # as γ, which no one makes a matrix
    return custom[rank] if len(letter_) == 1 else (6, 0, 4 * small)[rank]


def _letter(known: Known) -> str:
    return known.name.replace("^", "_").split("_")[0].split()[-1]


def _copy(elaborator: Elaborator, known: dict[str, Known], extents: Extents) -> Elaborator:
    """The elaborator with other layouts, for statements that are yet to be read."""
    return replace(
        elaborator, known=dict(known), extents=extents, entries={}, chained={}, derivatives=(set(), set()), standing={}
    )


def _meet(elaborator: Elaborator, equation: Equation) -> int:
    """Reads one equation with the layouts so far, and lets its sides agree; what its reading costs. Raises Misfit, or
    Open for a name that has no layout yet."""
    number, head, side = equation
    elaborator.enter(number, head)
    name = elaborator.names.read(head, None, number)
    picks = elaborator.split(number, name)[2] if name is not None else []
    rights = elaborator.side(side, frozenset(n for index in picks for n in index.names))
    left = elaborator.side(head)[0]
    for right in rights[:-1]:
        try:
            return _cost(right) + _agree(elaborator, left, right)
        except Misfit:
            continue
    return _cost(rights[-1]) + _agree(elaborator, left, rights[-1])


def _cost(side: Typed) -> int:
    """What the choices on the way to a definition cost. That a number which it computes is every entry of an array, as
    w^T x beside a vector b, costs more than that the array is a number too."""
    return side.cost + (FILLED - COSTS[SPREAD]) * side.notes.count(SPREAD)


def _agree(elaborator: Elaborator, head: Typed, side: Typed) -> int:
    """What it costs beside its reading that a side defines a head. Raises Misfit unless they have one layout; a number
    may define an array, but that one computed from quantities does costs more than that the head is a number too."""
    if side.wild:
        return 0
    if side.is_scalar and not head.is_scalar:
        return 0 if side.term.constant else FILLED
    extents = elaborator.extents
    if len(head.rows) != len(side.rows) or not extents.alike(head.rows + head.cols, side.rows + side.cols):
        raise Misfit("the two sides of a definition differ in shape")
    return 0
