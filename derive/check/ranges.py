"""The ranges of Σ and Π: which way they run, and the ranges around a term.

Σ_{t=T}^{1} runs down, and so does Π_{j=t}^{k+1} under Σ_{k=1}^{t}: the difference of the bounds says so as the sizes
grow, over all that the letters in them can be.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from derive.check.terms import Index

ONE, LAST = Index(1), Index(0, (("T", 1),))
UP, DOWN, OPEN, EMPTY = "up", "down", "open", "empty"


@dataclass(frozen=True, eq=False)
class Ranges:
    """The letters that run in the sums and products around a term, the outermost first, each with its lowest and its
    highest value. Equal ones are the same object."""

    bounds: tuple[tuple[str, Index, Index], ...] = ()
    letters: frozenset[str] = frozenset()


OUTSIDE = Ranges()


@lru_cache(maxsize=4096)
def within(around: Ranges, letter: str, low: Index, high: Index) -> Ranges:
    """The ranges around a term in one more sum or product."""
    return Ranges((*around.bounds, (letter, low, high)), around.letters | {letter})


@lru_cache(maxsize=4096)
def direction(lower: Index, upper: Index, around: Ranges) -> str:
    """Whether a range runs up or down; open where its letters allow both, empty where it never holds anything unless it
    runs down by one."""
    length = upper.plus(lower, -1)
    (most, grows), (_, falls) = (_extreme(length, around, sign) for sign in (1, -1))
    if grows > 0:
        return OPEN if falls < 0 else UP
    if falls < 0 or most < -1:
        return DOWN
    return EMPTY if most == -1 else UP


def _extreme(index: Index, around: Ranges, sign: int) -> tuple[int, int]:
    """The greatest value of an index (the least for sign -1), as c + d T, for any size T: the pair (c, d)."""
    for letter, low, high in reversed(around.bounds):
        for name, c in index.letters:
            if name == letter:
                index = index.plus(Index(0, ((letter, 1),)), -c).plus(high if sign * c > 0 else low, c)
    grows = sum(c for name, c in index.letters if name == "T" or sign * c > 0)  # what is free lies between 0 and T
    return index.const, grows + sum(c for _, c in index.sizes)
