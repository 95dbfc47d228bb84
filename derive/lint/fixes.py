"""Proved mends written into a page, or shown as a difference."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import unified_diff

from derive.check.results import Edit
from derive.lint.diagnostics import Diagnostic
from derive.reading import Document


def fixed(document: Document, found: Iterable[Diagnostic], unsafe: bool = False) -> tuple[str, list[Diagnostic]]:
    """The text of a page with its mends made, and the findings that they mend. A mend that holds only under an
    assumption is made where `unsafe` ones are wanted; of two at one place the first is."""
    made: list[Diagnostic] = []
    edits = []
    ends: dict[int | None, tuple[int, int]] = {}
    for one in sorted(found, key=_begin):
        edit, cell = one.mend, one.place.cell
        if edit is None or (one.mend_assumptions and not unsafe):
            continue
        begin, end = (edit.line, edit.column), (edit.end_line, edit.end_column)
        if begin < ends.get(cell, (0, 0)):
            continue
        ends[cell] = end
        edits.append((cell, begin, end, edit.replacement))
        made.append(one)
    return document.with_edits(edits) if edits else document.text, made


def _begin(one: Diagnostic) -> tuple[int, int, int]:
    edit: Edit | None = one.mend
    return (one.place.cell or 0, edit.line, edit.column) if edit is not None else (0, 0, 0)


def difference(document: Document, text: str) -> str:
    """What changes, as a unified difference of the file."""
    before, after = document.text.splitlines(keepends=True), text.splitlines(keepends=True)
    path = document.path
    lines = unified_diff(before, after, path, path)
    return "".join(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines)
