"""Comments in a page that silence a finding: `<!-- unrolled: ignore[sign] -->`, in TeX `% unrolled: ignore[sign]`.

Beside something, a comment is about its own line; alone on a line, it is about the display or the paragraph that
follows. One that silences nothing is reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from derive.check.results import Place
from derive.lint.codes import CODES
from derive.lint.diagnostics import Diagnostic
from derive.reading import Document

UNUSED = "unused-suppression"
_COMMENT = re.compile(
    r"<!--[ \t]*unrolled:[ \t]*ignore\[([^\]\n]*)\][^\n]*?-->|(?<!\\)%[ \t]*unrolled:[ \t]*ignore\[([^\]\n]*)\][^\n]*"
)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_MATHEMATICS = ("math", "{math}", "latex", "tex")


@dataclass(frozen=True)
class Suppression:
    """A comment with its codes, its place, and the lines that it is about."""

    codes: tuple[str, ...]
    place: Place
    lines: range

    def silences(self, one: Diagnostic) -> bool:
        """Whether it is about this finding."""
        return one.code in self.codes and one.place.cell == self.place.cell and one.place.line in self.lines


def suppressions(document: Document) -> list[Suppression]:
    """The comments of a page, in their order."""
    return [found for cell, text in document.cells().items() for found in _of_text(document, cell, text)]


def apply(document: Document, found: Sequence[Diagnostic]) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """The findings that are not silenced, with a report of the comments that silence nothing; and those that are."""
    comments = suppressions(document)
    silenced = [one for one in found if one.severity != "pass" and any(c.silences(one) for c in comments)]
    left = [one for one in found if one not in silenced]
    for comment in comments:
        used = {one.code for one in silenced if comment.silences(one)}
        for code in dict.fromkeys(comment.codes):
            if code not in used:
                said = "silences nothing here" if code in CODES else "is no code (unrolled explain lists them)"
                left.append(_unused(document, comment, f"{code or 'a comment without codes'} {said}"))
    return sorted(left, key=lambda one: (one.place.cell or 0, one.place.line, one.place.column)), silenced


def _unused(document: Document, comment: Suppression, message: str) -> Diagnostic:
    place = comment.place
    return Diagnostic(UNUSED, "warning", message, document.path, place, document.line(place.line, place.cell))


def _of_text(document: Document, cell: int | None, text: str) -> Iterator[Suppression]:
    lines = text.split("\n")
    fenced = "" if document.kind != "tex" else None
    for number, line in enumerate(lines, 1):
        if fenced is not None and (fence := _FENCE.match(line)):
            if not fenced:
                fenced = fence[1] if fence[2].strip() not in _MATHEMATICS else ""
            elif fence[1].startswith(fenced) and not fence[2].strip():
                fenced = ""
        if fenced:  # an example in a listing is no comment of the page
            continue
        for comment in _COMMENT.finditer(line):
            codes = tuple(code.strip() for code in (comment[1] or comment[2] or "").split(","))
            place = Place(number, comment.start() + 1, number, comment.end() + 1, cell)
            alone = not _COMMENT.sub("", line).strip()
            yield Suppression(codes, place, _following(document, cell, lines, number) if alone else _own(number))


def _own(number: int) -> range:
    return range(number, number + 1)


def _following(document: Document, cell: int | None, lines: list[str], number: int) -> range:
    """The lines of the display or the paragraph after a line; of a comment within a display the next line alone."""
    blocks = [block for block in (*document.blocks, *document.inline) if block.cell == cell]
    spans = [(document.place(block, 0)[0], document.place(block, len(block.latex))[0]) for block in blocks]
    first = number + 1
    while first <= len(lines) and not _COMMENT.sub("", lines[first - 1]).strip():
        first += 1
    if any(start <= number < end for start, end in spans):
        return _own(first)
    last = first
    while last < len(lines) and lines[last].strip():
        last += 1
    return range(first, max([last, *(end for start, end in spans if first <= start <= last)]) + 1)
