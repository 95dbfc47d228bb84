"""A page as it was checked: its verdicts and its symbols, or why it cannot be used."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from derive.check.results import ACCEPTED, Claim, Notes, Place
from derive.errors import InputError
from derive.judge.incremental import Session
from derive.lint.baseline import load_baseline
from derive.lint.diagnostics import Diagnostic
from derive.lint.lsp.source import Source
from derive.lint.pages import Checking
from derive.lint.settings import Settings, settings_for
from derive.reading import Document, Legend, ReadError
from derive.reading.block import Block

Where = tuple[int, int, int | None]  # a line, a column and, in a notebook, a cell of the check
Depth = Literal["fast", "thorough", "whole"]  # how a page is checked again, see derive.judge.incremental
UNUSABLE = "unusable"  # the code of a page that cannot be used
_AT_LINE = re.compile(r"line (\d+): ")


@dataclass(frozen=True)
class Checked:
    """One version of a page with what the check found: what is to be said, and what is `unsaid`, since a comment of the
    page silences it or it was known before. `notes` is None where the page or its legend cannot be used."""

    source: Source
    notes: Notes | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    unsaid: tuple[Diagnostic, ...] = ()
    depth: Depth = "whole"
    legend: Legend | None = None
    legend_file: Path | None = None
    legend_text: str = ""

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        """All that was found, in the order of the file."""
        return tuple(sorted(self.diagnostics + self.unsaid, key=lambda found: found.place.order))

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
            return next((one for one in self.findings if one.claim is not None and one.claim is claim), None)
        return None

    def formula_lines(self, place: Place) -> tuple[int, int]:
        """The lines on which the formula around a place opens and closes; the place's own where none is around it."""
        text = self.source.part(place.cell).text.text
        for block, _ in self._blocks():
            inside = Place.of(self.source.document, block, (0, len(block.latex)))
            if inside.holds(place.line, place.column, place.cell):
                before, after = text[: block.start].rstrip(), text[block.end :]
                gap = len(after) - len(after.lstrip())
                return before.count("\n") + 1, text[: block.end + gap].count("\n") + 1
        return place.line, place.end_line

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

    def check(self, source: Source, depth: Depth, wanted: Callable[[], bool] = lambda: True) -> Checked | None:
        """The verdicts on a page, with the legend beside it if there is one; or why it cannot be used. Where more than
        its claims changed, the whole of it is checked; None where that is no more `wanted` before its end."""
        try:
            file, checking = _checking(source)
            text = file.read_text(encoding="utf-8") if file is not None else ""
            if source.uri not in self._kept or self._kept[source.uri][0] != text:
                legend = checking.legend_of(source.path) if source.path else None
                self._kept[source.uri] = text, Session(legend)
            session = self._kept[source.uri][1]
            notes = session.recheck(source.document, depth == "thorough") if depth != "whole" else None
            if notes is None:
                depth = "whole"
                for stage in session.stages(source.document):
                    if not wanted():
                        return None
                    notes = stage
                assert notes is not None
            page = checking.checked(notes)
            unsaid = (*page.silenced, *page.known)
            return Checked(source, notes, page.found, unsaid, depth, session.legend, file, text)
        except (InputError, OSError) as error:
            return unusable(source, str(error))
        except Exception as error:  # a fault of the check's own: the editor's other pages go on
            logging.exception("the check of %s broke off", source.uri)
            said = f"the check broke off ({type(error).__name__}): this is a fault of it, report the page"
            return unusable(source, said)

    def forget(self, page: str) -> None:
        """Leave a page that is closed."""
        self._kept.pop(page, None)


def _checking(source: Source) -> tuple[Path | None, Checking]:
    """The file of a page's legend, and how the page is checked: by the settings of its folder, as the command does.
    Raises InputError for settings that cannot be used."""
    if not source.path:
        return None, Checking(Settings())
    path = Path(source.path)
    settings = settings_for(path.parent)
    known = load_baseline(settings.baseline) if settings.baseline is not None else None
    accept = ACCEPTED if settings.accept is None else settings.accept
    named = settings.legend_of(source.path)
    file = path.with_suffix(".toml") if named is None else Path(named)
    return file if file.is_file() else None, Checking(settings, None, accept, known)


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
