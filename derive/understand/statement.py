"""A statement of a page, as everything that understands it takes it, and a convention that holds for the whole page."""

from __future__ import annotations

from dataclasses import dataclass

from derive.reading.tree import Node

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
