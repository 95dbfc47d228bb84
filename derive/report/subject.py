"""What a report is about: a page with its network and its letters, or a word and the built-in network.

The only file here that knows how a page is read; everything else takes a `Subject`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from derive.algebra.model import Model, elman
from derive.algebra.notation import WHOLE, Letters
from derive.check.results import Notes
from derive.errors import InputError
from derive.normal import with_sums_named
from derive.page import Page
from derive.page import read_page as page_of
from derive.reading import Legend, ReadError, builtin_legend
from derive.report.results import with_gradients
from numeric.words import Word

SHIPPED = Path(str(files("derive").joinpath("notes/hello.md")))


@dataclass(frozen=True)
class Subject:
    """`model` is None where the page has no network, and `missing` then says why; `letters` are None where the table's
    own are the page's; `word` is what the network reads, where that is known."""

    title: str
    model: Model | None
    letters: Letters | None = None
    notes: Notes | None = None
    page: Page | None = None
    path: Path | None = None
    word: Word | None = None
    hidden: int = 8
    missing: str = ""
    apart: tuple[str, ...] = ()  # values on which the loss does not depend, as the page writes them
    batch: bool = False  # whether the page's network is of many samples, and `model` of one of them
    drawn: int = 0

    @property
    def legend(self) -> Legend | None:
        """What was added to the page, where something was."""
        return self.page.legend if self.page is not None else None

    @property
    def vectors(self) -> str:
        """How vectors stand in the derivation."""
        return "rows" if self.letters is not None and self.letters.rows else "columns"

    @cached_property
    def scalar(self) -> bool:
        """Whether the notes' scalar form belongs in the report: one hidden unit and the target's output unit."""
        return self.model == elman() and self.letters is None

    def checked(self) -> Subject:
        """The same with the verdicts on its page. Raises InputError where the page cannot be checked."""
        if self.page is None:
            return self
        try:
            notes = self.page.check()
        except ReadError as error:
            raise InputError(str(error)) from error
        if self.model is None or self.letters is None:
            return replace(self, notes=notes)
        loss = self.letters.names.get(WHOLE, "L")
        return replace(self, notes=with_gradients(notes, loss, self.page.gradients()))

    def bare(self) -> Subject:
        """The same without the text of its page, for another process."""
        return replace(self, page=None, drawn=self.steps)

    @property
    def steps(self) -> int:
        """How many steps are written out and drawn."""
        if self.drawn:
            return self.drawn
        given = self.legend.T if self.legend is not None else None
        return len(self.word.X) if self.word is not None else min(given or 4, 4)


def of_word(word: Word, hidden: int) -> Subject:
    """The built-in network on a word, with no page of notes."""
    from numeric.words import printable

    return Subject(
        f"Back-propagation through time on the word {printable(word.text)}", elman(), None, word=word, hidden=hidden
    )


def of_page(path: Path, legend_path: Path | None, word: Word | None, hidden: int) -> Subject:
    """A page, checked, with its network. Raises InputError where the page or its legend cannot be used."""
    return read_page(path, legend_path, word, hidden).checked()


def read_page(path: Path, legend_path: Path | None, word: Word | None, hidden: int) -> Subject:
    """A page with its network, not yet checked. Raises InputError where the page or its legend cannot be used."""
    try:
        shipped = path.resolve() == SHIPPED.resolve() and legend_path is None
        page = page_of(path, "hello" if shipped else legend_path)
    except ReadError as error:
        raise InputError(str(error)) from error
    legend = page.legend
    given = word or (Word(legend.word) if legend is not None and legend.word is not None else None)
    hello = legend is not None and replace(legend, name="") == replace(builtin_legend(), name="")
    try:
        model = elman() if hello else with_sums_named(page.model)
    except ReadError as error:
        return Subject(page.title, None, page=page, path=path, word=given, hidden=hidden, missing=str(error))
    if hello:
        return Subject(page.title, model, None, None, page, path, given, hidden)
    return Subject(page.title, model, page.letters, None, page, path, given, hidden, apart=page.apart, batch=page.batch)
