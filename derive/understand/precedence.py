"""What is multiplied first where ⊙ stands beside a product of matrices: U r ⊙ h is (U r) ⊙ h or U (r ⊙ h)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from derive.understand.typed import Typed

ENTRY_BY_ENTRY = frozenset(("odot", "*", "otimes"))
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
    return found or _in_groups(*tighter)


def _in_groups(read: list[Read], chain: Chain, splits: frozenset[str]) -> list[Typed]:
    """A product whose factors are multiplied first between the signs that split it."""
    groups: list[list[Read]] = [read[:1]]
    for op, readings in read[1:]:
        if op in splits:
            groups.append([])
        groups[-1].append((op, readings))
    products = [chain([readings for _, readings in group], [op for op, _ in group[1:]]) for group in groups]
    return chain(products, [group[0][0] for group in groups[1:]]) if all(products) else []
