"""Jupyter notebooks: the sources of their Markdown cells with the lines of the file where they stand."""

from __future__ import annotations

import json
import json.decoder
import json.scanner
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

from derive.reading.errors import ReadError


@dataclass(frozen=True)
class Cell:
    """A Markdown cell: its number in the notebook from 0, its source, and for each line of it the line of the file."""

    number: int
    source: str
    lines: tuple[int, ...]


class _Placed(str):
    """A text of a JSON file, with the offset where it stands there."""

    offset: int


def markdown_cells(text: str) -> list[Cell]:
    """The Markdown cells of a notebook, from its file's text. Raises ReadError if that is no notebook."""
    starts = [0, *(i + 1 for i, char in enumerate(text) if char == "\n")]
    cells = []
    for number, cell in enumerate(_cells(_decode(text))):
        if cell.get("cell_type") != "markdown":
            continue
        pieces = cell.get("source", "")
        pieces = pieces if isinstance(pieces, list) else [pieces]
        if not all(isinstance(piece, _Placed) for piece in pieces):
            raise ReadError(f"cell {number + 1}: its source is not text: save the notebook again")
        lines: list[int] = []
        at_line_start = True
        for piece in pieces:
            line = bisect_right(starts, piece.offset)
            begun = piece.count("\n") + (not piece.endswith("\n"))
            lines += [line] * (begun - (not at_line_start))
            at_line_start = piece.endswith("\n") or (at_line_start and not piece)
        cells.append(Cell(number, "".join(pieces), (*lines, lines[-1] if lines else 1)))
    return cells


def with_sources(text: str, sources: dict[int, str]) -> str:
    """The notebook's text with the sources of some cells, by number, replaced; written as Jupyter writes it."""
    notebook = json.loads(text)
    for number, source in sources.items():
        notebook["cells"][number]["source"] = source.splitlines(keepends=True)
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def _decode(text: str) -> Any:
    decoder = json.JSONDecoder()
    plain = json.decoder.scanstring

    def placed(source: str, start: int, strict: bool = True) -> tuple[str, int]:
        value, end = plain(source, start, strict)
        value = _Placed(value)
        value.offset = start
        return value, end

    decoder.parse_string = placed
    decoder.scan_once = json.scanner.py_make_scanner(decoder)  # the one in C ignores parse_string
    try:
        return decoder.decode(text)
    except json.JSONDecodeError as error:
        raise ReadError(f"line {error.lineno}: not a notebook ({error.msg}): save it again from Jupyter") from None
    except RecursionError:
        raise ReadError("not a notebook (nested too deeply): save it again from Jupyter") from None


def _cells(notebook: Any) -> list[dict[str, Any]]:
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise ReadError("not a notebook (it has no cells): save it again from Jupyter")
    return cells
