"""The three ways to say where something stands in a text, and how one is made of another.

The check has lines and columns from 1, in code points, where only a line feed ends a line. An editor has lines and
characters from 0, in the units of an encoding that it negotiates, where a carriage return ends a line too. Between both
are offsets into the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

_BREAK = re.compile(r"\r\n|\n|\r")
_WIDTHS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}
Position = tuple[int, int]  # line and character, as an editor has them


@dataclass(frozen=True)
class Text:
    """A text that an editor shows; `encoding` is 'utf-8', 'utf-16' or 'utf-32'."""

    text: str
    encoding: str = "utf-16"

    @cached_property
    def _starts(self) -> list[int]:
        """Where the lines of the editor begin."""
        return [0, *(match.end() for match in _BREAK.finditer(self.text))]

    @cached_property
    def _feeds(self) -> list[int]:
        """Where the lines of the check begin."""
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def _width(self, piece: str) -> int:
        codec, unit = _WIDTHS[self.encoding]
        return len(piece.encode(codec, "surrogatepass")) // unit

    def position(self, offset: int) -> Position:
        """Where an offset is for the editor."""
        line = bisect_right(self._starts, offset) - 1
        return line, self._width(self.text[self._starts[line] : offset])

    def offset(self, position: Position) -> int:
        """The offset of an editor's position: the end of its line where it is past that, the end of the text where
        there is no such line, the beginning of the character where it is inside one."""
        line, character = position
        if line >= len(self._starts):
            return len(self.text)
        start = self._starts[line]
        rest = self.text[start : self._starts[line + 1] if line + 1 < len(self._starts) else len(self.text)]
        passed = 0
        for n, letter in enumerate(rest.rstrip("\r\n")):
            passed += self._width(letter)
            if passed > character:
                return start + n
        return start + len(rest.rstrip("\r\n"))

    def offset_of(self, line: int, column: int) -> int:
        """The offset of a line and a column of the check."""
        return min(self._feeds[min(line, len(self._feeds)) - 1] + column - 1, len(self.text))

    def place(self, offset: int) -> tuple[int, int]:
        """The line and the column of the check at an offset."""
        line = bisect_right(self._feeds, offset)
        return line, offset - self._feeds[line - 1] + 1

    def replaced(self, start: Position, end: Position, text: str) -> Text:
        """The text with what stands between two positions replaced."""
        return Text(self.text[: self.offset(start)] + text + self.text[self.offset(end) :], self.encoding)
