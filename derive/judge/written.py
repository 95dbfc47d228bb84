"""Where the statements of a page stand in its file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

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
        return self._blocks[statement in self.inline][side.block]

    @cached_property
    def _blocks(self) -> tuple[dict[int, Block], dict[int, Block]]:
        """The blocks and the formulas in running text, by their numbers."""
        displays, inline = self.document.blocks, self.document.inline
        return {block.number: block for block in displays}, {block.number: block for block in inline}

    def place(self, statement: int, side: Side, span: Span | None = None) -> Place:
        """Where a side stands in the file, or a span of the block that holds it."""
        return Place.of(self.document, self.block(statement, side), span or side.span)

    def line(self, statement: int) -> int:
        """The line on which the right side of a statement begins."""
        return self.place(statement, self.chains[statement].sides[-1]).line
