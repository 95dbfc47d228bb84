"""What a report is about: a page with its network and its letters, or a word and the built-in network.

The only file here that knows how a page is read; everything else takes a `Subject`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from derive.algebra.array import Parameter, Value, walk
from derive.algebra.model import Model, elman
from derive.algebra.notation import Letters, written
from derive.check.network import network_of
from derive.check.notes import check_document, legend_for
from derive.check.results import Notes
from derive.check.spell import step_style
from derive.errors import InputError
from derive.reading import Document, Legend, ReadError, builtin_legend, load, read_statements
from derive.reading.tree import Node, inside
from numeric.words import Word

SHIPPED = Path(str(files("derive").joinpath("notes/hello.md")))
_HEADING = re.compile(r"^[ ]{0,3}#{1,6}[ \t]+(.*?)[ \t#]*$|\\(?:title|(?:sub)*section)\*?\{([^{}\n]*)\}", re.M)
_MATHEMATICS = re.compile(r"\(\s*\$[^$]*\$\s*\)|\$[^$]*\$|\\(?=[*_])")


@dataclass(frozen=True)
class Subject:
    """`model` is None where the page's network is not known, and `missing` then says what to do; `letters` are None
    where the table's own are the page's; `word` is what the network reads, where that is known."""

    title: str
    model: Model | None
    letters: Letters | None = None
    notes: Notes | None = None
    legend: Legend | None = None
    document: Document | None = None
    path: Path | None = None
    word: Word | None = None
    hidden: int = 8
    missing: str = ""
    apart: tuple[str, ...] = ()  # values on which the loss does not depend

    @cached_property
    def scalar(self) -> bool:
        """Whether the notes' scalar form belongs in the report: one hidden unit and the target's output unit."""
        return self.model == elman() and self.letters is None

    def checked(self) -> Subject:
        """The same with the verdicts on its page. Raises InputError where the page cannot be checked."""
        if self.document is None or self.legend is None:
            return self
        try:
            return replace(self, notes=check_document(self.document, self.legend))
        except ReadError as error:
            raise InputError(str(error)) from error

    def bare(self) -> Subject:
        """The same without the text of its page, for another process."""
        return replace(self, document=None)

    @property
    def steps(self) -> int:
        """How many steps are written out and drawn."""
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
        document = load(path)
        legend = legend_for(path, legend_path)
    except ReadError as error:
        raise InputError(str(error)) from error
    builtin = replace(legend, name="") == replace(builtin_legend(), name="")
    borrowed = builtin and legend_path is None and path.resolve() != SHIPPED.resolve()
    unknown = f"{path.name} has no legend, so its network is not known: {_DRAFT}"
    model, missing, apart = (None, unknown, ()) if borrowed else _model(legend)
    title = (not borrowed and plain(legend.title)) or _first_heading(document.text) or path.name
    given = word or (Word(legend.word) if legend.word is not None and not borrowed else None)
    own = None if model is None or builtin else _letters(document, legend, model)
    return Subject(title, model, own, None, legend, document, path, given, hidden, missing, apart)


_DRAFT = "python -m derive.check --draft-legend begins one, and its table [network] holds the equations"


def _model(legend: Legend) -> tuple[Model | None, str, tuple[str, ...]]:
    """The network of the loss, or what is missing for one; and the values that lead to no loss."""
    try:
        model = network_of(legend)
    except ReadError as error:
        return None, str(error), ()
    defined = {equation.name: equation for equation in model.equations}
    needed, waiting = {model.loss.name}, [model.loss]
    parameters: set[str] = set()
    for equation in waiting:
        leaves = list(walk(equation.expression))
        parameters |= {leaf.name for leaf in leaves if isinstance(leaf, Parameter)}
        names = {leaf.name for leaf in leaves if isinstance(leaf, Value)} & defined.keys() - needed
        needed |= names
        waiting += [defined[name] for name in names]
    apart = tuple(name for name in defined if name not in needed)
    if not apart:
        return model, "", ()
    kept = tuple(parameter for parameter in model.parameters if parameter.name in parameters)
    equations = tuple(equation for equation in model.equations if equation.name in needed)
    return replace(model, parameters=kept, equations=equations), "", apart


def plain(heading: str) -> str:
    """A heading without its formulas."""
    return " ".join(_MATHEMATICS.sub("", heading).split()).strip(" :#")


def _first_heading(text: str) -> str:
    found = (plain(match[1] or match[2] or "") for match in _HEADING.finditer(text))
    return next(filter(None, found), "")


def _letters(document: Document, legend: Legend, model: Model) -> Letters:
    """The page's spelling of every name that it has one for; another name that would look like one of these is set as
    a word."""
    names: dict[str, str] = {}
    for entry in legend.entries:
        for name in filter(None, (entry.means, entry.at_time)):
            names.setdefault(name, entry.spelling)
    whole = next((entry.spelling for entry in legend.entries if entry.role == "total_loss"), None)
    if whole is not None:
        names.setdefault(model.loss.name, whole)  # L with a step is its part of that step
    taken = set(names.values())
    values = [value.name for value in model.inputs] + [equation.name for equation in model.equations]
    for name in {*values, *(parameter.name for parameter in model.parameters)} - names.keys():
        if written(name, vector=True) in taken:
            names[name] = rf"\text{{{name.replace('_', ' ')}}}"
    return Letters(names, _style(document, legend))


def _style(document: Document, legend: Legend) -> str:
    """How the page writes a step, by the first one in it."""
    timed = frozenset(node for node, entry in legend.symbols.items() if entry.time)
    waiting: list[Node] = []
    for reading in read_statements(document.blocks, legend):
        waiting += [side.node for statement in reading.statements for side in statement.sides]
    for node in waiting:
        if style := step_style(node, timed):
            return style
        waiting += inside(node)
    return "sub"
