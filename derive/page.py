"""A page as a value: what it speaks of, the network that it defines, the gradients of that network, and the check."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from derive.algebra.model import DERIVED
from derive.reading import Document, Entry, Legend, ReadError, builtin_legend, load, load_legend
from derive.reading.legend_file import parse_legend
from derive.renaming import renamed

if TYPE_CHECKING:
    from derive.algebra.model import Model
    from derive.check.notes import Checker
    from derive.check.results import Claim, Notes

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


_ACCENT = re.compile(
    r"\\(hat|tilde|bar|dot|vec|mathbf|mathrm|text|boldsymbol|overrightarrow|overleftarrow)\s*\{([^{}]*)\}"
)
_SAID = {"hat": "_hat", "tilde": "_tilde", "bar": "_bar", "dot": "_dot", "overrightarrow": "_f", "overleftarrow": "_b"}


def identifier(latex: str) -> str:
    r"""A symbol as a name in source: W_{hh} as W_hh, \hat{y} as y_hat, \theta as theta."""
    while match := _ACCENT.search(latex):
        latex = latex[: match.start()] + match[2] + _SAID.get(match[1], "") + latex[match.end() :]
    return re.sub(r"_+", "_", re.sub(r"\W+", "_", latex.replace("\\", ""))).strip("_")


@dataclass(frozen=True)
class Page:
    """A page that was read. `legend` says what its symbols mean; None where nothing does."""

    document: Document
    legend: Legend | None

    @property
    def name(self) -> str:
        """What the page is called: the title in its legend, else the file's name."""
        return (self.legend.title if self.legend else "") or Path(self.document.path).name

    @cached_property
    def model(self) -> Model:
        r"""The network that the page defines, its arrays named as the page does: `W_hh` for W_{hh}, `y_hat` for
        \hat{y}. Raises ReadError, naming what is missing, where there is none."""
        return replace(renamed(self._network, self._identifiers), name=self.name)

    @cached_property
    def names(self) -> Mapping[str, str]:
        """How the page writes the arrays of its network, in LaTeX: their names in `model` -> their spellings."""
        identifiers = self._identifiers
        return {identifiers.get(name, name): spelling for name, spelling in self._spellings.items()}

    @cached_property
    def _network(self) -> Model:
        from derive.check.network import network_of

        return network_of(self._known)

    @cached_property
    def _spellings(self) -> Mapping[str, str]:
        """The page's LaTeX for what the legend calls its arrays."""
        found: dict[str, str] = {}
        for entry in self.symbols.values():
            for meaning in (entry.at_time, entry.means):
                if meaning and entry.role != "index":
                    found.setdefault(meaning, entry.spelling)
        return found

    @cached_property
    def _identifiers(self) -> Mapping[str, str]:
        """Identifiers like the page's spellings for the arrays of its network, where no two are alike."""
        model = self._network
        parameters, values = [p.name for p in model.parameters], [v.name for v in model.inputs]
        names = [*parameters, *values, *(equation.name for equation in model.equations)]
        wanted = {name: identifier(self._spellings[name]) for name in names if name in self._spellings}
        taken = [*wanted.values(), *(name for name in names if name not in wanted)]
        return {
            name: new
            for name, new in wanted.items()
            if new.isidentifier() and taken.count(new) == 1 and not new.startswith(DERIVED)
        }

    @property
    def symbols(self) -> Mapping[str, Entry]:
        """What each symbol means: its spelling -> its meaning, role and shape."""
        return {entry.spelling: entry for entry in self.legend.entries} if self.legend else {}

    @property
    def conventions(self) -> Mapping[str, str]:
        """In which conventions the page writes: how products are read, and how vectors stand."""
        return {"notation": self.legend.notation, "layout": self.legend.layout} if self.legend else {}

    def gradients(self) -> dict[str, str]:
        r"""The exact gradients in the page's own letters: a parameter's spelling -> the LaTeX of the right side of
        \partial L/\partial W = …. Raises ReadError where there is no network."""
        from derive.algebra.printing import latex
        from derive.check import terms

        derivation, here = self._checker.derivation, (0, 0)
        found = {}
        for parameter in self._network.parameters:
            gradient = terms.Deriv(here, terms.Ref(here, "loss"), terms.Ref(here, parameter.name))
            spoken = next(iter(derivation.forms(gradient)), None)
            summand = derivation.adjoints.summands.get(parameter.name)
            found[self._spellings[parameter.name]] = spoken or (latex(summand) if summand else "0")
        return found

    def check(self) -> Notes:
        """The verdict on every equality of the page."""
        return self._notes

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Every equality of the page with its verdict."""
        return tuple(claim for block in self._notes.blocks for claim in block.claims)

    @property
    def _known(self) -> Legend:
        if self.legend is None:
            path = self.document.path
            raise ReadError(
                f"{path}: nothing says what its network is: write a legend beside it "
                f"(python -m derive.check {path} --draft-legend begins one), or name one by --legend"
            )
        return self.legend

    @cached_property
    def _checker(self) -> Checker:
        from derive.check.notes import Checker

        return Checker(self.document, self._known)

    @cached_property
    def _notes(self) -> Notes:
        from derive.check.notes import check_document

        return check_document(self.document, self.legend or builtin_legend())
