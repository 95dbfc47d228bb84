"""Where the statements of a page stand in its file."""

from __future__ import annotations

from dataclasses import dataclass

from derive.check.results import Place
from derive.reading import Document, Side
from derive.reading import Statement as Chain
from derive.reading.block import Block
from derive.reading.tree import Span


@dataclass(frozen=True)
class Written:
    """The document of a page and its chains, each with the number of its statement; those in `inline` stand in running
    text. `last` is what the page calls the number of steps."""

    document: Document
    chains: dict[int, Chain]
    inline: frozenset[int]
    last: str

    def block(self, statement: int, side: Side) -> Block:
        """The block, or the formula in running text, that holds a side."""
        blocks = self.document.inline if statement in self.inline else self.document.blocks
        return next(block for block in blocks if block.number == side.block)

    def place(self, statement: int, side: Side, span: Span | None = None) -> Place:
        """Where a side stands in the file, or a span of the block that holds it."""
        return Place.of(self.document, self.block(statement, side), span or side.span)

    def line(self, statement: int) -> int:
        """The line on which the right side of a statement begins."""
        return self.place(statement, self.chains[statement].sides[-1]).line
