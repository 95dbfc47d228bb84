"""A statement of a page, as everything that understands it takes it, and a convention that holds for the whole page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from derive.reading.tree import Node, core, walk

LEGEND = -2  # the block of what a legend says
EQUALITIES = frozenset(("=", ":=", "equiv"))
Side = tuple[int, int]  # a statement by its number, and which of its sides


@dataclass(frozen=True)
class Statement:
    """A chain of a page: its sides with the relations between them, and its condition."""

    number: int
    block: int
    sides: tuple[Node, ...]
    relations: tuple[str, ...]
    condition: Node | None = None
    memberships: tuple[tuple[Node, Node], ...] = ()

    @property
    def is_told(self) -> bool:
        """Whether a legend says it."""
        return self.block == LEGEND


@dataclass
class Convention:
    """A choice that belongs to the page: its value, and where it comes from ('stated', 'used', 'custom', 'legend')."""

    name: str
    value: str
    source: str


def with_assignments(statements: Sequence[Statement]) -> list[Statement]:
    """The statements, where what is assigned once and said nowhere else is so for good: μ ← (Σ_i x_i) / m defines μ,
    but W ← W - η G gives W another value, and so does a second assignment."""
    heads = [core(s.sides[0]) for s in statements if s.sides]
    found = []
    for statement in statements:
        head = core(statement.sides[0])
        is_once = statement.relations == ("gets",) and head is not None and heads.count(head) == 1
        if is_once and head not in tuple(walk(statement.sides[1])):
            statement = replace(statement, relations=(":=",))
        found.append(statement)
    return found
