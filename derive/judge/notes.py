"""The front door of the check: a file, its legend where there is one, and the notes on it."""

from __future__ import annotations

from pathlib import Path

from derive.check.results import Notes
from derive.judge.page import check
from derive.reading import Document, Legend, builtin_legend, load, load_legend

BUILTIN = "hello"  # the name by which --legend gives the built-in legend


def check_notes(path: str | Path, legend: str | Path | None = None) -> Notes:
    """Every equality of a page with its verdict. `path` is a Markdown, TeX or notebook file, or '-' for standard
    input. A legend is the one given ('hello' names the built-in one), or NAME.toml beside the page; without one the
    page is read from itself.

    Raises ReadError where the page or the legend cannot be used.
    """
    return check_document(load(path), legend_for(path, legend))


def legend_for(path: str | Path, legend: str | Path | None = None) -> Legend | None:
    """The legend of a page: the one given, or the one beside it."""
    if legend is not None:
        return builtin_legend() if str(legend) == BUILTIN and not Path(legend).exists() else load_legend(legend)
    beside = Path(path).with_suffix(".toml") if str(path) != "-" else None
    return load_legend(beside) if beside is not None and beside.is_file() else None


def check_document(document: Document, legend: Legend | None) -> Notes:
    """The same for a page that is read already."""
    return check(document, legend)
