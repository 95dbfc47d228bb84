"""What a derivative on a chain is taken by, and what it follows; which Jacobians a Π multiplies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from derive.kernel import terms
from derive.kernel.index import Index
from derive.kernel.recursions import Graph, Recursion
from derive.kernel.terms import TOTAL, WITHIN

Instance = tuple[str, tuple[int, ...]]


@dataclass(frozen=True)
class Place:
    """A letter that runs over the places of an axis: a label."""

    label: int
    extent: Index


Bound = dict[Any, Any]  # letters of steps to steps, letters of components to places


@dataclass(frozen=True)
class Inside:
    """Step `at` of a recursion, whose states of the neighbouring step are not followed, or are zero."""

    recursion: Recursion
    at: int


@dataclass(frozen=True)
class Way:
    """What a derivative is taken by, and what it follows."""

    target: Instance
    rank: int
    graph: Graph
    through: str = TOTAL
    own: Instance | None = None
    uses: int | None = None
    inside: Inside | None = None

    @property
    def told(self) -> bool:
        """Whether it matters which step reads something."""
        return self.uses is not None or self.through == WITHIN


VALUE, KEY, RAW = "value", "key", "raw"  # modes of evaluation; a key leaves states as they are, raw all quantities
Mode = str | Inside


class Match(NamedTuple):
    """The factors of a Π are ∂r_{m+s}/∂r_{m+s-1}, `transposed`, for first ≤ m+s ≤ T.

    Then the Π from a to b is ∂r_{b+s}/∂r_{a+s-1}, by the chain rule, if every path between two steps passes r at each
    of them: its recursion has one state, and r is that, or without r no recursion is left. The same for the Jacobians
    of another recursion from step to step, on the axis `place` of its state, with the identity on the others; without r
    they are the identity on all."""

    name: str | None
    shift: int
    first: int
    transposed: bool
    place: int = 0


Matches = Callable[[terms.Fold | Recursion], Match | None]
