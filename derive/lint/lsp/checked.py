"""A page as it was checked: its verdicts and its symbols, or why it cannot be used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from derive.check.results import Claim, Notes, Place
from derive.judge.notes import check_document
from derive.lint.diagnostics import Diagnostic, diagnostics
from derive.lint.lsp.source import Source
from derive.reading import Document, Legend, ReadError, load_legend
from derive.reading.block import Block

Where = tuple[int, int, int | None]  # a line, a column and, in a notebook, a cell of the check
UNUSABLE = "unusable"  # the code of a page that cannot be used
_AT_LINE = re.compile(r"line (\d+): ")


@dataclass(frozen=True)
class Checked:
    """One version of a page with what the check found; `notes` is None where the page or its legend cannot be used."""

    source: Source
    notes: Notes | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    legend: Legend | None = None
    legend_file: Path | None = None
    legend_text: str = ""

    def diagnostic_at(self, where: Where) -> Diagnostic | None:
        """What is said of the equality at a place: of that whose right side is there, else of that whose right side is
        the next of its block."""
        line, column, cell = where
        for block, claims in self._blocks():
            if not Place.of(self.source.document, block, (0, len(block.latex))).holds(line, column, cell):
                continue
            placed = sorted(((c.place, c) for c in claims if c.place is not None), key=lambda found: found[0].order)
            here = [c for place, c in placed if place.holds(line, column, cell)]
            after = [c for place, c in placed if (line, column) < (place.line, place.column)]
            claim = here[-1] if here else after[0] if after else None
            return next((one for one in self.diagnostics if one.claim is not None and one.claim is claim), None)
        return None

    def _blocks(self) -> Iterator[tuple[Block, tuple[Claim, ...]]]:
        """The displays and the formulas of running text, with what is claimed there."""
        if self.notes is None:
            return
        document = self.notes.document
        for block, checked in zip(document.blocks, self.notes.blocks, strict=True):
            yield block, checked.claims
        for checked in self.notes.formulas or ():
            yield document.inline[checked.number - 1], checked.claims


def check(source: Source) -> Checked:
    """The verdicts on a page, with the legend beside it if there is one; or why it cannot be used."""
    file = Path(source.path).with_suffix(".toml") if source.path else None
    beside = file if file is not None and file.is_file() else None
    try:
        legend = load_legend(beside) if beside is not None else None
        notes = check_document(source.document, legend)
    except ReadError as error:
        return unusable(source, error)
    return Checked(source, notes, diagnostics(notes), legend, beside)


def unusable(source: Source, error: ReadError) -> Checked:
    """A page that cannot be used, as while its author types: one diagnostic, on the line where a display is not closed,
    else on the first one."""
    for cell, part in enumerate(source.parts):
        try:
            Document.read(source.path, part.text.text, "tex" if source.kind == "tex" else "md")
        except ReadError as own:
            if found := _AT_LINE.match(own.message):
                return _with(source, own.message[found.end() :], int(found[1]), cell)
    return _with(source, str(error), 1, 0)


def _with(source: Source, message: str, line: int, number: int) -> Checked:
    cell = number if source.kind == "ipynb" else None
    row = source.parts[number].text.text.split("\n")[line - 1] if source.parts else ""
    place = Place(line, 1, line, len(row) + 1, cell)
    return Checked(source, None, (Diagnostic(UNUSABLE, "error", message, source.path, place, row, status=2),))
