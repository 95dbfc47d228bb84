"""The pages that a command is about: files, folders and patterns, each checked with its legend and settings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path

from derive.check.results import ACCEPTED, VERDICTS, Notes
from derive.errors import InputError
from derive.judge.notes import check_document, legend_for
from derive.lint.baseline import Known, without_known
from derive.lint.diagnostics import Diagnostic, diagnostics
from derive.lint.settings import Settings
from derive.lint.suppressions import apply
from derive.progress import Say
from derive.reading import Document, Legend, load
from derive.reading.document import KINDS

IN_FOLDERS = frozenset(KINDS) - {".txt"}
PASSED_OVER = ("node_modules", "__pycache__", "site-packages")
WORST = (1, 2, 3, 0)  # exit statuses, the worst first


@dataclass(frozen=True)
class Checked:
    """A page that was checked: what is to be said of it, what its comments silence, and what was known before. A page
    that could not be used has an `error` instead of notes."""

    path: str
    notes: Notes | None = None
    found: tuple[Diagnostic, ...] = ()
    silenced: tuple[Diagnostic, ...] = ()
    known: tuple[Diagnostic, ...] = ()
    gone: int = 0
    error: str = ""

    @property
    def status(self) -> int:
        """The exit status of this page by itself."""
        return 2 if self.notes is None else worst(one.status for one in self.found)

    def counts(self) -> dict[str, int]:
        """How many claims have each verdict, the worst first; only verdicts that occur."""
        verdicts = [claim.verdict for claim in self.notes.claims] if self.notes else []
        return {verdict: verdicts.count(verdict) for verdict in VERDICTS if verdict in verdicts}


def worst(statuses: Iterable[int]) -> int:
    """The exit status of several: 1 before 2 before 3."""
    return min(statuses, key=WORST.index, default=0)


def paths_of(names: Sequence[str]) -> list[str]:
    """The pages that are named, each once: files, those in folders and below, those that fit a pattern. Raises
    InputError where a name means no page."""
    found: list[str] = []
    for name in names:
        path = Path(name)
        if name == "-" or path.is_file():
            found.append(name)
        elif path.is_dir() and path.suffix.lower() not in KINDS:
            inside = sorted(map(str, _in_folder(path)))
            if not inside:
                raise InputError(f"{name}: no page in this folder: it may be {', '.join(sorted(IN_FOLDERS))}")
            found += inside
        elif has_magic(name):
            files = (path for path in map(Path, glob(name, recursive=True)) if path.is_file())
            fitting = sorted(str(path) for path in files if path.suffix.lower() in KINDS)
            if not fitting:
                raise InputError(f"{name}: no page fits this pattern")
            found += fitting
        else:
            found.append(name)  # the reader says what is wrong with it
    return list(dict.fromkeys(found))


def _in_folder(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        aside = any(part.startswith(".") or part in PASSED_OVER for part in parts)
        if path.suffix.lower() in IN_FOLDERS and not aside and path.is_file():
            yield path


@dataclass(frozen=True)
class Checking:
    """How pages are checked: the legend for all of them, if one was given, what is accepted and what is known."""

    settings: Settings
    legend: str | Path | None = None
    accept: Collection[str] = ACCEPTED
    known: Known | None = None
    stdin_filename: str = ""

    def load(self, path: str) -> Document:
        """The page in a file. Raises ReadError."""
        return load(path, self.stdin_filename if path == "-" else "")

    def legend_of(self, path: str) -> Legend | None:
        """The legend of a page: the one given, that of the settings, or the one beside it. Raises ReadError."""
        named = self.stdin_filename or path if path == "-" else path
        return legend_for(named, self.legend or self.settings.legend_of(named))

    def legend_file(self, path: str) -> str | Path:
        """Where the legend of a page is, or would be."""
        return self.legend or self.settings.legend_of(path) or Path(path).with_suffix(".toml")

    def page(self, path: str) -> Checked:
        """One page, checked; an error of its own is kept."""
        try:
            return self.checked(check_document(self.load(path), self.legend_of(path)))
        except InputError as error:
            return Checked(self.stdin_filename or path if path == "-" else path, error=str(error))

    def checked(self, notes: Notes) -> Checked:
        """What is to be said of checked notes."""
        found, silenced = apply(notes.document, diagnostics(notes, self.accept))
        old: list[Diagnostic] = []
        gone = 0
        if self.known is not None and self.settings.baseline is not None:
            folder = self.settings.baseline.parent
            found, old, gone = without_known(notes.document.path, found, self.known, folder)
        return Checked(notes.document.path, notes, tuple(found), tuple(silenced), tuple(old), gone)

    def pages(self, paths: Sequence[str], say: Say) -> Iterator[Checked]:
        """Each page, checked; `say` is told which comes next."""
        for number, path in enumerate(paths, 1):
            say(f"checking {path}" + (f" ({number} of {len(paths)})" if len(paths) > 1 else ""))
            yield self.page(path)
