"""A page as a value: what it speaks of, the network that it defines, the gradients of that network, and the check."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from derive.reading import Document, Legend, ReadError, builtin_legend, load, load_legend
from derive.reading.legend_file import parse_legend

if TYPE_CHECKING:
    from derive.algebra.model import Model
    from derive.algebra.notation import Letters
    from derive.check.results import Claim, Described, Notes
    from derive.defined import Defined
    from derive.judge.page import Page as Understood

BUILT_IN = ("hello", "elman_vector")


class Readable(Protocol):
    """A file object."""

    def read(self) -> str | bytes: ...


def read_page(source: str | Path | Readable, legend: str | Path | None = None) -> Page:
    """The page in a file, a text, or a file object. A text has several lines or a formula in it; its kind is Markdown,
    or TeX where it begins a document.

    `legend` is a file, the text of one, or the name of a built-in one ("hello"); without it, NAME.toml beside the file
    is taken. Raises ReadError where the page or the legend cannot be used, with the name and the place.
    """
    document, beside = _document(source)
    if legend is None:
        known = load_legend(beside) if beside is not None and beside.is_file() else None
    elif isinstance(legend, str) and legend in BUILT_IN and not Path(legend).is_file():
        known = builtin_legend(legend)
    elif isinstance(legend, str) and "\n" in legend:
        known = parse_legend(legend, "legend")
    else:
        known = load_legend(legend)
    return Page(document, known)


def model_of(notes: str | None, legend: str | None) -> Model:
    """The network of a page, or without one that of the HELLO notes: what the options --notes and --legend name. Raises
    ReadError as `read_page` does, and for a legend without a page."""
    from derive.algebra.model import elman

    if notes is not None:
        return read_page(Path(notes), legend).model
    if legend is not None:
        raise ReadError("--legend says what the symbols of a page mean: name the page by --notes PAGE")
    return elman()


def _document(source: str | Path | Readable) -> tuple[Document, Path | None]:
    """The page, and where its legend may lie."""
    if isinstance(source, str) and ("\n" in source or "$" in source or "\\" in source):
        return _text(source, "page"), None
    if isinstance(source, str | Path):
        path = Path(source)
        return load(source), path.with_suffix(".toml") if str(source) != "-" else None
    read = source.read()
    name = str(getattr(source, "name", "page"))
    try:
        return _text(read if isinstance(read, str) else read.decode("utf-8-sig"), name), None
    except UnicodeDecodeError as error:
        raise ReadError(f"{name}: not UTF-8 at byte {error.start}: save the file as UTF-8") from None


def _text(text: str, name: str) -> Document:
    return Document.read(name, text, "tex" if r"\begin{document}" in text else "md")


@dataclass(frozen=True)
class Page:
    """A page that was read. `legend` holds what was added to what the page says of itself, None where nothing was."""

    document: Document
    legend: Legend | None

    @property
    def name(self) -> str:
        """What the page is called: the title in its legend, else the file's name."""
        return (self.legend.title if self.legend else "") or Path(self.document.path).name

    @property
    def title(self) -> str:
        """The title in its legend, else its first heading, else the file's name."""
        return (self.legend.title if self.legend else "") or _first_heading(self.document.text) or self.name

    @property
    def model(self) -> Model:
        r"""The network that the page defines, its arrays named as the page does: `W_hh` for W_{hh}, `y_hat` for
        \hat{y}. Raises ReadError, naming the equation or what is missing, where there is none."""
        return self._defined.model

    @property
    def names(self) -> Mapping[str, str]:
        """How the page writes the arrays of its network, in LaTeX: their names in `model` -> their spellings."""
        return self._defined.spellings

    @property
    def letters(self) -> Letters:
        """The page's notation, for whatever prints its network."""
        return self._defined.letters

    @property
    def apart(self) -> tuple[str, ...]:
        """The LaTeX of values on which the loss does not depend: they are no part of the model."""
        return self._defined.apart

    @property
    def batch(self) -> bool:
        """Whether the page's values have samples beside their steps: the model, with its loss, is of one of them."""
        return self._defined.batch

    @cached_property
    def _defined(self) -> Defined:
        from derive.defined import Unread, of_legend, of_networks

        if self.legend is not None and isinstance(self.legend.network, str):
            return of_legend(self.document, self.legend, self.name)
        entries = self.legend.entries if self.legend is not None else ()
        last = next((entry.spelling for entry in entries if entry.role == "size" and entry.means == "T"), "")
        last = last or next((name for name in self._understood.plain.last if name[0].isupper()), "")
        found = [
            Unread(reading.block.latex, ReadError(f"{self.document.path}:{reading.block.line}: {error.message}"))
            for reading in self._understood.readings
            for error in reading.errors[:1]
        ]
        return of_networks(self._understood.networks, self.name, self.rows, last, found)

    @cached_property
    def _understood(self) -> Understood:
        from derive.judge.page import understood

        return understood(self.document, self.legend)

    @property
    def rows(self) -> bool:
        """Whether the page writes vectors as rows."""
        return self.conventions.get("vectors") == "rows"

    @property
    def symbols(self) -> tuple[Described, ...]:
        """What each symbol means, its shape, and where that is said."""
        return self._notes.symbols

    @cached_property
    def glossary(self) -> tuple[tuple[str, Described], ...]:
        """What each symbol of the network means, beside its LaTeX without steps; nothing where a legend names the
        built-in network."""
        from derive.judge.contents import symbols
        from derive.letters import Spelling

        if self.legend is not None and isinstance(self.legend.network, str):
            return ()
        found: dict[str, Described] = {}
        for network in self._understood.networks:
            spelling = Spelling(network)
            for key, entry in symbols(network.page, network.written).items():
                found.setdefault(spelling.latex(key), entry)
        return tuple(found.items())

    @cached_property
    def conventions(self) -> Mapping[str, str]:
        """In which conventions the page writes: name -> value."""
        if self.legend is not None and isinstance(self.legend.network, str):
            return {"notation": self.legend.notation, "vectors": f"{self.legend.layout}s"}
        return {found.name: found.value for network in self._understood.networks for found in network.page.conventions}

    def gradients(self) -> dict[str, str]:
        r"""The exact gradients in the page's own letters: a parameter's spelling -> the LaTeX of the right side of
        \partial L/\partial W = …, where \delta_{h,t} is \partial L/\partial h_t. Raises ReadError where there is no
        network."""
        from derive.algebra.chain import adjoints
        from derive.algebra.notation import using
        from derive.algebra.printing import latex
        from derive.algebra.series import by_deltas
        from derive.normal import with_sums_named

        with using(self.letters):
            derived = adjoints(with_sums_named(self.model))
            found = {*derived.summands, *derived.once}
            return {
                self.names.get(name, name): latex(by_deltas(derived, name)[1])
                for name in derived.model.names
                if name in found
            }

    def check(self) -> Notes:
        """The verdict on every equality of the page."""
        return self._notes

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Every equality of the page with its verdict."""
        return tuple(claim for block in self._notes.blocks for claim in block.claims)

    @cached_property
    def _notes(self) -> Notes:
        from derive.judge.notes import check_document

        if self.legend is not None and isinstance(self.legend.network, str):
            return check_document(self.document, self.legend)
        return self._understood.notes([*self._understood.decided()])


_HEADING = re.compile(r"^[ ]{0,3}#{1,6}[ \t]+(.*?)[ \t#]*$|\\(?:title|(?:sub)*section)\*?\{([^{}\n]*)\}", re.M)
_EMPHASIS = re.compile(r"(\*\*|__|`)(?=\S)(.+?)(?<=\S)\1")
_MATHEMATICS = re.compile(r"\(\s*\$[^$]*\$\s*\)|\$[^$]*\$|\\(?=[*_])")


def plain(heading: str) -> str:
    """A heading without its formulas and its marks of emphasis."""
    return " ".join(_EMPHASIS.sub(r"\2", _MATHEMATICS.sub("", heading)).split()).strip(" :#")


def _first_heading(text: str) -> str:
    found = (plain(match[1] or match[2] or "") for match in _HEADING.finditer(text))
    return next(filter(None, found), "")
