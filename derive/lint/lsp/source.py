"""A page as an editor has it open: the text of a file, or the texts of a notebook's Markdown cells."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property

from derive.check.results import Edit, Place
from derive.lint.lsp.positions import Position, Text
from derive.reading import Document
from derive.reading.document import KINDS, Kind

LANGUAGES: dict[str, Kind] = {"latex": "tex", "tex": "tex", "markdown": "md"}


@dataclass(frozen=True)
class Part:
    """One text of a page, with the address and the version that the editor gives it."""

    uri: str
    text: Text
    version: int | None = None


@dataclass(frozen=True)
class Range:
    """A stretch of the text with an address, in positions of the editor."""

    uri: str
    start: Position
    end: Position


@dataclass(frozen=True)
class Source:
    """A page: its address, the path that its legend lies beside ('' where it is not saved), its kind, and its texts,
    several in a notebook alone."""

    uri: str
    path: str
    kind: Kind
    parts: tuple[Part, ...]

    @cached_property
    def document(self) -> Document:
        """The page as it is read. Raises ReadError."""
        if self.kind != "ipynb":
            return Document.read(self.path or self.uri, self.parts[0].text.text, self.kind)
        cells = [{"cell_type": "markdown", "source": part.text.text} for part in self.parts]
        return Document.read(self.path or self.uri, json.dumps({"cells": cells}), "ipynb")

    def part(self, cell: int | None) -> Part:
        """The text that a place of the check is in: a notebook is read with its Markdown cells alone."""
        return self.parts[cell or 0]

    def at(self, uri: str, position: Position) -> tuple[int, int, int | None] | None:
        """The line, column and cell of the check at a position of the editor; None in a text of another page."""
        for cell, part in enumerate(self.parts):
            if part.uri == uri:
                line, column = part.text.place(part.text.offset(position))
                return line, column, cell if self.kind == "ipynb" else None
        return None

    def range(self, place: Place) -> Range:
        """Where a place of the check is in the editor."""
        return self._range(self.part(place.cell), place.line, place.column, place.end_line, place.end_column)

    def range_of(self, edit: Edit, cell: int | None) -> Range:
        """What an edit replaces."""
        return self._range(self.part(cell), edit.line, edit.column, edit.end_line, edit.end_column)

    @staticmethod
    def _range(part: Part, line: int, column: int, end_line: int, end_column: int) -> Range:
        text = part.text
        start, end = text.offset_of(line, column), text.offset_of(end_line, end_column)
        return Range(part.uri, text.position(start), text.position(end))


def kind_of(path: str, language: str = "") -> Kind:
    """How a file is read: by what the editor takes its language for, else by its name."""
    suffix = "." + path.rpartition(".")[2].lower()
    return LANGUAGES.get(language.lower()) or KINDS.get(suffix, "md")
