"""A page as it was checked: its verdicts and its symbols, or why it cannot be used."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from derive.check.results import Claim, Notes, Place
from derive.judge.incremental import Session
from derive.lint.diagnostics import Diagnostic, diagnostics
from derive.lint.lsp.source import Source
from derive.reading import Document, Legend, ReadError, load_legend
from derive.reading.block import Block

Where = tuple[int, int, int | None]  # a line, a column and, in a notebook, a cell of the check
Depth = Literal["fast", "thorough", "whole"]  # how a page is checked again, see derive.judge.incremental
UNUSABLE = "unusable"  # the code of a page that cannot be used
_AT_LINE = re.compile(r"line (\d+): ")


@dataclass(frozen=True)
class Checked:
    """One version of a page with what the check found; `notes` is None where the page or its legend cannot be used."""

    source: Source
    notes: Notes | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    depth: Depth = "whole"
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


@dataclass
class Sessions:
    """The checks of the open pages, each with what it remembers of earlier versions of its page."""

    _kept: dict[str, tuple[str, Session]] = field(default_factory=dict)  # with the text of the legend

    def check(self, source: Source, depth: Depth) -> Checked:
        """The verdicts on a page, with the legend beside it if there is one; or why it cannot be used. Where more than
        its claims changed, the whole of it is checked."""
        file = Path(source.path).with_suffix(".toml") if source.path else None
        try:
            legend = load_legend(file) if file is not None and file.is_file() else None
            text = file.read_text(encoding="utf-8") if file is not None and legend is not None else ""
            if source.uri not in self._kept or self._kept[source.uri][0] != text:
                self._kept[source.uri] = text, Session(legend)
            session = self._kept[source.uri][1]
            notes = session.recheck(source.document, depth == "thorough") if depth != "whole" else None
            if notes is None:
                depth, notes = "whole", session.check(source.document)
            beside = file if legend is not None else None
            return Checked(source, notes, diagnostics(notes), depth, legend, beside, text)
        except (ReadError, OSError) as error:
            return unusable(source, str(error))
        except Exception as error:  # a fault of the check's own: the editor's other pages go on
            logging.exception("the check of %s broke off", source.uri)
            said = f"the check broke off ({type(error).__name__}): this is a fault of it, report the page"
            return unusable(source, said)

    def forget(self, page: str) -> None:
        """Leave a page that is closed."""
        self._kept.pop(page, None)


def unusable(source: Source, reason: str) -> Checked:
    """A page that cannot be used, as while its author types: one diagnostic, on the line where a display is not closed,
    else on the first one."""
    for cell, part in enumerate(source.parts):
        try:
            Document.read(source.path, part.text.text, "tex" if source.kind == "tex" else "md")
        except ReadError as own:
            if found := _AT_LINE.match(own.message):
                return _with(source, own.message[found.end() :], int(found[1]), cell)
    return _with(source, reason, 1, 0)


def _with(source: Source, message: str, line: int, number: int) -> Checked:
    cell = number if source.kind == "ipynb" else None
    if not source.parts:
        return Checked(source)
    row = source.parts[number].text.text.split("\n")[line - 1]
    place = Place(line, 1, line, len(row) + 1, cell)
    return Checked(source, None, (Diagnostic(UNUSABLE, "error", message, source.path, place, row, status=2),))
