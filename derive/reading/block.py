"""What a file holds of mathematics: display blocks, formulas in running text, and what stands in other files."""

from __future__ import annotations

from dataclasses import dataclass, field

from derive.reading.definitions import Macros


@dataclass(frozen=True)
class Block:
    """A display block: its LaTeX without the delimiters around it, and with blanks for the > of a quote.

    `number` counts from 1 through the file and `line` is the line of the file where the LaTeX starts; `start` and
    `end` are its offsets in the file's text or, in a notebook, in the source of cell `cell` (counted from 0).
    `environment` is the display environment that held it, '' for $$ and \\[; `macros` are the commands that the page
    defined before it.
    """

    number: int
    line: int
    latex: str
    start: int
    end: int
    heading: str = ""
    environment: str = ""
    cell: int | None = None
    macros: Macros = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Inline(Block):
    """A formula in running text, read like a block; its number counts the inline formulas alone. `before` and `after`
    are the text around it, of its own paragraph."""

    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Unread:
    r"""What a page refers to and nobody read, an \input, with its line."""

    line: int
    latex: str
