"""What a quantity is at one place, h_0 = 0: where its recursion begins, or a claim about its equation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from derive.kernel.index import Index

Place = tuple[str, dict[str, Index]]  # a quantity with its indices, by their families


@dataclass(frozen=True)
class Starts:
    """The heads of a page's equations with the places that each reads, and all places that the page speaks of. `ends`
    are the letters of last steps and layers."""

    equations: tuple[tuple[Place, tuple[Place, ...]], ...]
    mentions: tuple[Place, ...]
    ends: frozenset[str]
    bounds: frozenset[Index] = frozenset()  # where its sums and conditions begin and end

    def begins(self, head: Place, reads: Iterable[Place], is_number: bool) -> bool:
        """Whether a quantity that has an equation may be something else at the place of `head`.

        That is outside of 1 … T, h_0 and z_{T+1}; inside where a recursion that reads n steps back finds fewer than n
        steps before it on the page, h_1 on a page without h_0; and the last layer, but for a number. It may read the
        quantity further out only.
        """
        name, chains = head
        own = [places for key, places in reads if key == name]
        for family, index in chains.items():
            if not index.names <= self.ends:
                continue
            at_end = bool(index.letters)
            lag = self._lag(name, family, at_end)
            steps = [places[family].plus(index, -1) for places in own if family in places]
            sign = 1 if at_end and lag else -1
            if any(step.letters or step.constant * sign <= 0 for step in steps):
                continue
            out = _outside(index)
            if out > 0 or (out == 0 and at_end and family.startswith("layer") and not is_number):
                return True
            if out > -lag and len(self._further_out(name, family, index)) < lag:
                return True
        return False

    def is_beside(self, head: Place) -> bool:
        """Whether a place before the first step or after the last, h_{T+1} of a recursion from h_{t-1}, is one that no
        formula of the page reads: it speaks of the quantity so far off nowhere else, and no sum runs so far."""
        name, chains = head
        ends = [(f, i) for f, i in chains.items() if i.names <= self.ends and _outside(i) > 0]
        for family, index in ends:
            sign, out = (1, index.constant) if index.letters else (-1, 1 - index.constant)
            there = [places[family] for key, places in self.mentions if key == name and family in places]
            shifted = any(i.letters and i != index and i.constant * sign >= out for i in there)
            if shifted or there.count(index) > 1 or index in self.bounds:
                return False
        return bool(ends)

    def _lag(self, name: str, family: str, at_end: bool) -> int:
        """How many places back, or on, the equations read a quantity."""
        steps = [
            there[family].plus(here[family], -1)
            for (_, here), reads in self.equations
            for key, there in reads
            if key == name and family in here and family in there
        ]
        return max((step.constant * (1 if at_end else -1) for step in steps if not step.letters), default=0)

    def _further_out(self, name: str, family: str, index: Index) -> set[Index]:
        """The places beyond one that the page speaks of."""
        places = {chains[family] for key, chains in self.mentions if key == name and family in chains}
        same = {other for other in places if other.letters == index.letters}
        return {other for other in same if _outside(other) > _outside(index)}


def _outside(index: Index) -> int:
    """How far a place lies outside of 1 … T, or inside: below zero."""
    return index.constant if index.letters else 1 - index.constant
