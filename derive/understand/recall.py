"""What was read of the trees of a side, kept while many other sides are read that differ from it in one place.

Trees are told apart by identity: a tree with another one put in shares all the rest with it. What a tree means depends
on the letters that were met before it, and reading it adds to them: both are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from derive.kernel.index import Index
from derive.kernel.terms import Derivative

R = TypeVar("R")


class Letters(Protocol):
    """What reads trees, with the letters that it met so far and the derivatives that it read."""

    entries: dict[str, Index]
    chained: dict[str, str]
    derivatives: tuple[set[Derivative], set[Derivative]]
    is_head: bool


@dataclass
class Recall:
    """Readings by what was read; nothing is kept of what could not be read."""

    _known: dict[object, tuple[object, object, dict[str, Index], dict[str, str], set[Derivative]]] = field(
        default_factory=dict
    )
    _linked: dict[object, tuple[object, object]] = field(default_factory=dict)

    def of(self, at: Letters, trees: tuple[object, ...], beside: tuple[object, ...], read: Callable[[], R]) -> R:
        """The readings of some trees where `beside` stands around them."""
        key = (*map(id, trees), *beside, tuple(at.entries.items()), tuple(at.chained.items()))
        written = at.derivatives[0 if at.is_head else 1]
        if key in self._known:
            _, found, entries, chained, inside = self._known[key]
            at.entries, at.chained = dict(entries), dict(chained)
            written |= inside
            return found  # type: ignore[return-value]
        before = set(written)
        written.clear()
        try:
            result = read()
            self._known[key] = trees, result, dict(at.entries), dict(at.chained), set(written)
        finally:
            written |= before
        return result

    def longer(
        self, first: list[R], second: list[R], op: str, link: Callable[[list[R], list[R], str], list[R]]
    ) -> list[R]:
        """What two lists of readings make, each known by its identity."""
        key = (id(first), id(second), op)
        if key not in self._linked:
            self._linked[key] = (first, second), link(first, second, op)
        return self._linked[key][1]  # type: ignore[return-value]
