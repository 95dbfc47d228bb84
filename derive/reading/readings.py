"""What a block says, as it was read: statements with their sides, what could not be read, and remarks."""

from __future__ import annotations

from dataclasses import dataclass, field

from derive.reading.block import Block
from derive.reading.definitions import Macros
from derive.reading.errors import ReadError
from derive.reading.repairs import Repair
from derive.reading.tree import Node, Span, Words


@dataclass(frozen=True)
class Side:
    """One side of a chain: its tree, its source, and where that stands in the LaTeX of block number `block`; `macros`
    are the commands that the page defines."""

    node: Node
    latex: str
    span: Span
    block: int
    macros: Macros = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Statement:
    """A chain: sides[0] is the head, and relations[i] stands before sides[i + 1].

    `condition` is a Relation or a Sequence of them. `is_note` marks a side note. `continues` says that the head was
    written earlier and is not repeated here: sides[0].block tells where.
    """

    sides: tuple[Side, ...]
    relations: tuple[str, ...]
    condition: Node | None = None
    is_note: bool = False
    continues: bool = False

    @property
    def block(self) -> int:
        """The number of the block in which it stands."""
        return self.sides[-1].block

    @property
    def span(self) -> Span:
        """Where it stands there, without the head if that was written earlier."""
        return self.sides[1 if self.continues else 0].span[0], self.sides[-1].span[1]


@dataclass(frozen=True)
class BlockReading:
    """What a block says: its statements, what of it could not be read, the repairs that were made, the bare sides
    before a ⇒, which only announce, and the words beside its formulas. `alone` is a fragment's single expression."""

    block: Block
    statements: tuple[Statement, ...] = ()
    fragment: bool = False
    errors: tuple[ReadError, ...] = ()
    repairs: tuple[Repair, ...] = ()
    announcements: tuple[str, ...] = ()
    remarks: tuple[Words, ...] = ()
    alone: Side | None = None

    @property
    def error(self) -> ReadError | None:
        """The first of the errors."""
        return self.errors[0] if self.errors else None
