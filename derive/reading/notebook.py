"""Jupyter notebooks: the sources of their Markdown cells, with the lines of the file where they stand."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from derive.reading.errors import ReadError

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.S)


_SURROGATE = re.compile("[\ud800-\udfff]")  # no text file can hold it


@dataclass(frozen=True)
class Cell:
    """A Markdown cell: its number in the notebook from 0, its source, and for each line of it the line of the file."""

    number: int
    source: str
    lines: tuple[int, ...]


def markdown_cells(text: str) -> list[Cell]:
    """The Markdown cells of a notebook, from its file's text. Raises ReadError if that is no notebook."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    cells = []
    for number, cell in enumerate(_cells(text)):
        if cell.get("cell_type") != "markdown":
            continue
        source = cell.get("source", [])
        pieces = source if isinstance(source, list) else [source]
        if not all(isinstance(piece, _Text) for piece in pieces):
            raise ReadError(f"cell {number + 1}: its source is not text: save the notebook again from Jupyter")
        joined = "".join(pieces)
        if _SURROGATE.search(joined):
            raise ReadError(f"cell {number + 1}: half of a surrogate pair stands there, which is no text: delete it")
        begins = list(accumulate(map(len, pieces), initial=0))[:-1]  # where each piece begins in the source
        line_begins = [0, *(match.end() for match in re.finditer("\n", joined))]
        held = [pieces[bisect_right(begins, begin) - 1].offset if pieces else 0 for begin in line_begins]
        cells.append(Cell(number, joined, tuple(bisect_right(starts, offset) for offset in held)))
    return cells


def with_sources(text: str, sources: dict[int, str]) -> str:
    """The notebook's text with the sources of some cells, by number, replaced; laid out as Jupyter does."""
    notebook = json.loads(text)
    for number, source in sources.items():
        notebook["cells"][number]["source"] = source.splitlines(keepends=True)
    written = json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"
    return written if not _SURROGATE.search(written) else json.dumps(notebook, indent=1) + "\n"


class _Text(str):
    """A text of a JSON file, with the offset where it stands there."""

    offset: int


class _Pairs(list[tuple[str, Any]]):
    """A JSON object, its keys in order."""


def _cells(text: str) -> list[dict[str, Any]]:
    try:
        tree = json.loads(text, object_pairs_hook=_Pairs)
        notebook = _placed(tree, (match.start() for match in _STRING.finditer(text)))
    except json.JSONDecodeError as error:
        raise ReadError(f"line {error.lineno}: not a notebook ({error.msg}): save it again from Jupyter") from None
    except RecursionError:
        raise ReadError("not a notebook (nested too deeply): save it again from Jupyter") from None
    except ValueError:  # a number of thousands of digits
        raise ReadError("not a notebook (a number too large): save it again from Jupyter") from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise ReadError("not a notebook (it has no cells): save it again from Jupyter")
    return cells


def _placed(value: Any, offsets: Iterator[int]) -> Any:
    """`value` with every text in it a _Text: the texts of a JSON file stand there in the order of the tree."""
    if isinstance(value, _Pairs):
        return {_placed(key, offsets): _placed(item, offsets) for key, item in value}
    if isinstance(value, list):
        return [_placed(item, offsets) for item in value]
    if isinstance(value, str):
        value = _Text(value)
        value.offset = next(offsets)
    return value
