"""The one error of the reader: what is wrong, where, and what to do about it."""

from __future__ import annotations

from derive.errors import InputError
from derive.reading.tree import Span

WORDS = r"words inside a formula: leave them out, or put them in brackets at the end of a statement"


class ReadError(InputError):
    """Something that the reader does not understand.

    `message` says what is wrong and what to do; `span` is the place in the block's LaTeX, None where the whole input is
    meant. As text it is always a single line.
    """

    def __init__(self, message: str, span: Span | None = None) -> None:
        message = one_line(message)
        self.message = message
        self.span = span
        super().__init__(message if span is None else f"{message} (at character {span[0] + 1})")


def quote(text: str, limit: int = 40) -> str:
    """`text` as it may be shown in a message: one short line."""
    line = one_line(text[: 4 * limit])
    return f"`{line if len(line) <= limit else line[: limit - 1] + '…'}`"


def one_line(text: str) -> str:
    """`text` as one line, with nothing that a terminal would obey."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
