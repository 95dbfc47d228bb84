"""A file that was read: its display blocks, the formulas in its running text, and where in it something stands."""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from derive.reading import notebook
from derive.reading.block import Block, Inline, Unread
from derive.reading.blocks import Reader
from derive.reading.definitions import NO_MACROS
from derive.reading.errors import ReadError, quote
from derive.reading.tree import Span

Kind = Literal["md", "tex", "ipynb"]
KINDS: dict[str, Kind] = {
    **dict.fromkeys((".md", ".markdown", ".txt", ".rst", ".qmd", ".rmd", ".mdx"), "md"),
    ".tex": "tex",
    ".ipynb": "ipynb",
}
MAX_TEXT = 1_000_000  # characters of a page
MAX_FILE = 20_000_000  # bytes of a file: a notebook holds pictures too


@dataclass(frozen=True)
class Document:
    r"""A file that was read: its blocks, the formulas in its running text, numbered on their own, and what of it was
    passed over, such as an \input."""

    path: str
    text: str
    kind: Kind
    blocks: tuple[Block, ...]
    inline: tuple[Inline, ...]
    unread: tuple[Unread, ...] = ()

    @classmethod
    def read(cls, path: str, text: str, kind: Kind) -> Document:
        """The document in a file's text; `path` is how it is called. Raises ReadError."""
        blocks, inline, unread = _read(text, kind)
        return cls(path, text, kind, tuple(blocks), tuple(inline), tuple(unread))

    def place(self, block: Block, offset: int) -> tuple[int, int]:
        """The line and the column of an offset into the LaTeX of a block, both from 1 and in code points; in a notebook
        those of its cell's source."""
        lines = self._lines[block.cell]
        at = block.start + offset
        line = bisect_right(lines, at)
        return line, at - lines[line - 1] + 1

    def offset(self, block: Block, line: int, column: int) -> int:
        """The offset into the LaTeX of a block of a place in the file: the inverse of `place`."""
        return self._lines[block.cell][line - 1] + column - 1 - block.start

    def line(self, number: int, cell: int | None = None) -> str:
        """A line of the file, or of the source of a notebook's cell, by its number from 1; '' past the end."""
        lines, text = self._lines.get(cell, [0]), self._texts.get(cell, "")
        if number > len(lines):
            return ""
        end = lines[number] - 1 if number < len(lines) else len(text)
        return text[lines[number - 1] : end].removesuffix("\r")

    @cached_property
    def _texts(self) -> dict[int | None, str]:
        """The text of the file, and the sources of a notebook's cells by their numbers."""
        cells = notebook.markdown_cells(self.text) if self.kind == "ipynb" else []
        return {None: self.text, **{cell.number: cell.source for cell in cells}}

    @cached_property
    def _lines(self) -> dict[int | None, list[int]]:
        """Where the lines of the file, or of each cell, begin."""
        return {cell: [0, *(match.end() for match in re.finditer("\n", text))] for cell, text in self._texts.items()}

    def with_replacements(self, pieces: list[tuple[Block, Span, str]]) -> str:
        """The file's text with each span of a block's LaTeX replaced; nothing else changes. Spans must not overlap."""
        by_cell: dict[int | None, list[tuple[int, int, str]]] = {}
        for block, (start, end), latex in pieces:
            by_cell.setdefault(block.cell, []).append((block.start + start, block.start + end, latex))
        if self.kind != "ipynb":
            return _replaced(self.text, by_cell.get(None, []))
        edited = {
            cell.number: _replaced(cell.source, by_cell[cell.number])
            for cell in notebook.markdown_cells(self.text)
            if cell.number in by_cell
        }
        return notebook.with_sources(self.text, edited)


def load(path: str | Path) -> Document:
    """The document in a file, by its suffix, or from standard input as '-' (Markdown). Raises ReadError."""
    name, suffix = str(path), Path(path).suffix.lower()
    kind: Kind = "md" if name == "-" else KINDS.get(suffix, "md")
    if name != "-" and suffix not in KINDS:
        raise ReadError(f"{name}: files of type {quote(suffix)} are not read: give {', '.join(KINDS)}")
    try:
        if name == "-":
            data = sys.stdin.buffer.read(MAX_FILE + 1)
        else:
            with Path(path).open("rb") as file:
                data = file.read(MAX_FILE + 1)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "no such name").lower()
        raise ReadError(f"{name}: cannot be read ({reason}): give another file") from None
    if len(data) > MAX_FILE:
        raise ReadError(f"{name}: more than {MAX_FILE} bytes: split the file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReadError(f"{name}: not UTF-8 at byte {error.start}: save the file as UTF-8") from None
    try:
        return Document.read(name, text, kind)
    except ReadError as error:
        raise ReadError(f"{name}: {error}") from None


def read_blocks(source: str, kind: Kind) -> list[Block]:
    """The display blocks of a file's text, in order of appearance. Raises ReadError for one that is never closed."""
    return _read(source, kind)[0]


def _read(source: str, kind: Kind) -> tuple[list[Block], list[Inline], list[Unread]]:
    cells = notebook.markdown_cells(source) if kind == "ipynb" else [None]
    texts = [source if cell is None else cell.source for cell in cells]
    if sum(map(len, texts)) > MAX_TEXT:
        raise ReadError(f"more than {MAX_TEXT} characters of text: split the file")
    blocks: list[Block] = []
    inline: list[Inline] = []
    unread: list[Unread] = []
    heading, macros = "", NO_MACROS
    for cell, text in zip(cells, texts, strict=True):
        reader = Reader(text, "tex" if kind == "tex" else "md", cell, heading, macros, blocks, inline, unread)
        reader.read()
        heading, macros = reader.heading, reader.macros
    return blocks, inline, unread


def _replaced(text: str, pieces: list[tuple[int, int, str]]) -> str:
    parts, position = [], 0
    for start, end, latex in sorted(pieces):
        if start < position:
            raise ValueError("replacements overlap")
        parts += [text[position:start], latex]
        position = end
    return "".join([*parts, text[position:]])
