"""What is multiplied first where ⊙ stands beside a product of matrices: U r ⊙ h is (U r) ⊙ h or U (r ⊙ h)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations, pairwise

from derive.understand.typed import COSTS, DIAGONAL, Typed

ENTRY_BY_ENTRY = frozenset(("odot", "*", "otimes"))
MOST = 4  # signs ⊙ in one product whose order is tried one by one
Read = tuple[str, list[Typed]]  # a factor: the sign before it, and its readings
Chain = Callable[[list[list[Typed]], list[str]], list[Typed]]  # multiplies from left to right


def is_mixed(read: list[Read]) -> bool:
    """Whether a product has both."""
    return len({op in ENTRY_BY_ENTRY for op, _ in read[1:]}) == 2


def by_precedence(read: list[Read], chain: Chain, tight: bool, settled: bool) -> list[Typed]:
    """The readings of a product: ⊙ binds looser than a product of matrices or, where it is `tight` on the page or
    nothing else fits, tighter. `settled` says that sizes are, so that readings may be compared."""
    if not is_mixed(read):
        return chain([readings for _, readings in read], [op for op, _ in read[1:]])
    looser = (read, chain, ENTRY_BY_ENTRY)
    tighter = (read, chain, frozenset(op for op, _ in read) - ENTRY_BY_ENTRY)
    found = (tight and _in_groups(*tighter)) or _in_groups(*looser)
    if settled or not found:
        flat = _in_groups(read, chain, frozenset())
        found = [*found, *(replace(reading, cost=reading.cost + 1) for reading in flat)]
    dear = sum(min((r.cost for r in readings), default=0) for _, readings in read) + COSTS[DIAGONAL]
    if settled and all(reading.cost >= dear for reading in found):
        found = [*_one_by_one(read, chain), *found]
    return found or _in_groups(*tighter)


def _one_by_one(read: list[Read], chain: Chain) -> list[Typed]:
    """The readings of a product some of whose ⊙ bind tighter than its other signs and some looser, W (p ⊙ q) ⊙ r: where
    only one choice fits."""
    places = [n for n, (op, _) in enumerate(read) if n and op in ENTRY_BY_ENTRY]
    signs = frozenset(op for op, _ in read) - ENTRY_BY_ENTRY
    fitting: list[list[Typed]] = []
    for loose in (some for n in range(1, len(places)) for some in combinations(places, n) if len(places) <= MOST):
        groups = [list(read[start:end]) for start, end in pairwise((0, *loose, len(read)))]
        products = [_in_groups(group, chain, signs) for group in groups]
        if all(products) and (found := chain(products, [read[n][0] for n in loose])):
            fitting.append(found)
    return fitting[0] if len(fitting) == 1 else []


def _in_groups(read: list[Read], chain: Chain, splits: frozenset[str]) -> list[Typed]:
    """A product whose factors are multiplied first between the signs that split it."""
    groups: list[list[Read]] = [read[:1]]
    for op, readings in read[1:]:
        if op in splits:
            groups.append([])
        groups[-1].append((op, readings))
    products = [chain([readings for _, readings in group], [op for op, _ in group[1:]]) for group in groups]
    return chain(products, [group[0][0] for group in groups[1:]]) if all(products) else []
