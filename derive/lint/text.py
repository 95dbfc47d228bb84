"""Findings for people: one after the other with its line, its place, its mend and its numbers; then the totals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from derive.check.assumptions import ASSUMPTIONS
from derive.check.results import VERDICTS, Convention, Notes
from derive.lint.diagnostics import Diagnostic
from derive.lint.pages import Checked
from derive.plural import at_lines, counted
from derive.reading.errors import one_line

STYLES = {"error": "bold red", "warning": "bold yellow", "note": "cyan", "pass": "green"}
PLAIN = 100  # columns, where the output is no terminal: lines of a page may be longer there
NARROWEST = 40
INDENT = "    "


class Writer:
    """Writes to a file, in colour and within its width where that is a terminal."""

    def __init__(self, file: TextIO) -> None:
        console = Console(file=file, highlight=False)
        self.fits = console.is_terminal
        self.width = max(console.width, NARROWEST) if self.fits else PLAIN
        self.console = console if self.fits else Console(file=file, highlight=False, width=100_000)

    def line(self, *parts: str | tuple[str, str]) -> None:
        """One line, as it is."""
        self.console.print(Text.assemble(*parts), soft_wrap=True)

    # Findings

    def finding(self, one: Diagnostic, number: int = 0) -> None:
        """One finding: what it says and where, the line with the place underlined, the mend, numbers and notes."""
        label = f"{one.severity}[{one.code}]" if one.severity != "pass" else one.code
        message = f": {one.message}" if one.message != one.code else ""
        where = place_of(one)
        room = self.width - cell_len(label + message) - cell_len(where)
        if self.fits and room < 2:
            self.wrapped((label, STYLES[one.severity]), message)
            self.line(" " * max(self.width - cell_len(where), 0), (where, "bold"))
        else:
            self.line((label, STYLES[one.severity]), message, " " * max(room, 2), (where, "bold"))
        if one.severity == "pass":
            return
        self.source(one)
        for note in one.notes:
            self.wrapped(("    = ", "dim"), note, indent="      ")

    def wrapped(self, first: tuple[str, str], text: str, indent: str = INDENT) -> None:
        """A text, broken between words where the terminal ends."""
        lines = [text]
        if self.fits:
            lines = list(_broken(text, self.width - cell_len(first[0]), self.width - len(indent)))
        for n, line in enumerate(lines):
            self.line(*((first, line) if n == 0 else (indent, line)))

    def source(self, one: Diagnostic) -> None:
        """The line on which it stands, and below it the mark, the mend and the numbers."""
        place = one.place
        gutter = f"{place.line:>4} | "
        text = "".join(c if c.isprintable() else " " for c in one.source)
        start = min(place.column - 1, len(text))
        end = min(place.end_column - 1, len(text)) if place.end_line == place.line else len(text.rstrip())
        end = max(end, start)
        if self.fits:
            text, start, end = _window(text, start, end, self.width - len(gutter))
        mark = "^" * max(cell_len(text[start:end]), 1)
        self.line((gutter, "dim"), text[:start], (text[start:end], STYLES[one.severity]), text[end:])
        under = " " * (len(gutter) - 2) + "| " + " " * cell_len(text[:start])
        mend = f" {one_line(one.mend.replacement) or 'leave this out'}" if one.mend is not None else ""
        numbers = one.numbers
        beside = f"{' ' * 4}{numbers}" if numbers and mend else f" {numbers}" if numbers else ""
        if self.fits and cell_len(under + mark + mend) > self.width:
            mend = ""  # the message says it
        if not self.fits or cell_len(under + mark + mend + beside) <= self.width:
            self.line((under[: len(gutter)], "dim"), under[len(gutter) :], (mark + mend, STYLES[one.severity]), beside)
            return
        self.line((under[: len(gutter)], "dim"), under[len(gutter) :], (mark + mend, STYLES[one.severity]))
        if numbers:
            self.wrapped(("    = ", "dim"), numbers, indent="      ")


def show(pages: Sequence[Checked], accept: Collection[str], file: TextIO, verbose: bool, rows: bool) -> None:
    """Write what was found on pages: what needs attention, or with `verbose` everything; with `rows` a line a page."""
    writer = Writer(file)
    for page in pages:
        for one in page.found if verbose or not rows else ():
            if one.needs_attention or verbose:
                writer.finding(one)
                if one.severity != "pass":
                    writer.line()
        if page.notes is not None and (verbose or not rows):
            wanted = verbose or len(pages) == 1 or any(one.needs_attention for one in page.found)
            for said in _about(page.notes, wanted):
                writer.wrapped(("", ""), f"{one_line(page.path)}: {said}")
    if rows:
        _rows(writer, pages)
    for said in _closing(pages, accept):
        writer.wrapped(("", ""), said)


def place_of(one: Diagnostic) -> str:
    """Where a finding stands: file:line:column, in a notebook file:cell N:line:column with cells from 1."""
    cell = f"cell {one.place.cell + 1}:" if one.place.cell is not None else ""
    return f"{one_line(one.path)}:{cell}{one.place.line}:{one.place.column}"


def in_words(found: Convention) -> str:
    """A convention with its source and what decided it."""
    lines = f", {at_lines(found.supported)}" if found.supported else ""
    against = f"; against it {at_lines(found.opposed)}" if found.opposed else ""
    return f"{found.name}: {found.value} ({found.source}{lines}{against})"


def _about(notes: Notes, wanted: bool) -> Iterator[str]:
    """What holds for a page as a whole: its conventions where these are wanted and matter, and what was passed over."""
    if notes.conventions and notes.claims and wanted:
        yield "read with " + "; ".join(map(in_words, notes.conventions))


def _rows(writer: Writer, pages: Sequence[Checked]) -> None:
    """A line a page: what it is, how many claims have each verdict, and how it is called."""
    columns = [verdict for verdict in VERDICTS if any(verdict in page.counts() for page in pages)]
    words = {
        0: ("good", "green"),
        1: ("wrong", "bold red"),
        3: ("open", "bold yellow"),
        2: ("unusable", "bold magenta"),
    }
    writer.line(("          ", ""), *(f"{name:>12}" for name in columns), "  page")
    for page in pages:
        word, style = words[page.status]
        numbers = [f"{page.counts().get(name, 0):>12}" for name in columns]
        said = f": {page.error.removeprefix(page.path + ': ')}" if page.error else ""
        writer.line((f"{word:<10}", style), *numbers, f"  {one_line(page.path)}{said}")


def _closing(pages: Sequence[Checked], accept: Collection[str]) -> Iterator[str]:
    """The last lines: what is not accepted, what was left out, and the totals."""
    checked = [page for page in pages if page.notes is not None]
    used = {name for page in checked if page.notes for claim in page.notes.claims for name in claim.assumptions}
    refused = sorted(used - set(accept), key=ASSUMPTIONS.index)
    if refused:
        yield f"Not accepted: {', '.join(refused)} (--accept names what is)"
    aside = [
        (sum(len(page.silenced) for page in checked), "silenced by comments"),
        (sum(len(page.known) for page in checked), "known to the baseline"),
    ]
    if any(number for number, _ in aside):
        yield "Not counted: " + ", ".join(f"{number} {what}" for number, what in aside if number)
    if gone := sum(page.gone for page in checked):
        yield f"{counted(gone, 'finding')} of the baseline are not there any more: --update-baseline takes them out"
    if checked:
        yield total(checked)


def total(pages: Sequence[Checked]) -> str:
    """How many claims have each verdict, on the last line."""
    counts = sum((Counter(page.counts()) for page in pages), Counter[str]())
    where = one_line(pages[0].path) if len(pages) == 1 else f"{len(pages)} pages"
    if not counts:
        none = "there is no display formula" if not any(p.notes and p.notes.blocks for p in pages) else "no equality"
        return f"{where}: {none}"
    said = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])
    return f"{where}: {counted(counts.total(), 'claim')}: {said}"


def _broken(text: str, first: int, rest: int) -> Iterator[str]:
    """A text in lines of so many columns, broken between words."""
    line = ""
    room = first
    for word in text.split(" "):
        if line and cell_len(line) + 1 + cell_len(word) > room:
            yield line
            line, room = word, rest
        else:
            line = f"{line} {word}" if line else word
    yield line


def _window(text: str, start: int, end: int, room: int) -> tuple[str, int, int]:
    """The piece of a line that fits, around the place, with … where it was cut; and the place in it."""
    if cell_len(text) <= room:
        return text, start, end
    size = max(room // 2 if any(cell_len(c) > 1 for c in text) else room, 8) - 2
    first = max(min(start - max((size - (end - start)) // 2, size // 4), len(text) - size), 0)
    last = min(first + size, len(text))
    head = "…" if first else ""
    piece = head + text[first:last] + ("…" if last < len(text) else "")
    return piece, start - first + len(head), min(end, last) - first + len(head)
