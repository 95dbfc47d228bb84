"""The symbols of a page and of its derivation, with what they mean, their shapes and where that is said."""

from __future__ import annotations

import re
from collections.abc import Iterator

from derive.algebra.chain import adjoints
from derive.algebra.model import Model
from derive.algebra.notation import TABLE, written
from derive.algebra.pullback import Leaf
from derive.check.results import Notes
from derive.reading.legend import Entry, Legend
from derive.report.document import Block, Inline, Link, Math, Section, Table, Text
from derive.report.subject import Subject
from derive.typeset.formula import Quoted
from derive.typeset.glossary import ROLES, Symbol, explained, sized
from derive.typeset.prose import prose

ELMAN = {  # the built-in network under the letters of another page
    "x": "the input",
    "target": "the target",
    "y": "the prediction",
    "a": "the hidden state",
    "loss": "the loss",
    "L": "the loss of one step",
}
_STEP = r"(?:\([^()]*\)|\[[^\[\]]*\]|_(?:\w|\{[^{}]*\})|\^(?:\w|\{[^{}]*\}))?"
LAYOUT = (
    ("vectors", "columns"),
    ("the gradient of the loss", "has its parameter's shape"),
    ("a Jacobian ∂u/∂v", "has u's index first"),
    ("⊙, powers, quotients, functions", "act entry by entry"),
    ("∂⁺", "the direct derivative, through the equation of the numerator alone; ∂ is through every path"),
)


def symbols(subject: Subject) -> tuple[Symbol, ...]:
    """The page's symbols as its legend explains them, then those that the derivation adds."""
    found = list(_stated(subject)) or list(_of_page(subject))
    if subject.model is not None:
        spelled = {_plain(latex) for symbol in found for latex in (symbol.latex, *symbol.spellings)}
        found += _of_network(subject.model, spelled)
    return tuple(found)


def _stated(subject: Subject) -> Iterator[Symbol]:
    """The symbols that the check itself says that it understood."""
    shapes = _shapes(subject.model) if subject.model is not None else {}
    for latex, entry in subject.page.glossary if subject.page is not None else ():
        line = f"line {entry.line}" if entry.line is not None else ""
        source = ", ".join(filter(None, (entry.source, line)))
        is_known = entry.shape is None or "?" not in entry.shape
        shape = sized(entry.shape) if is_known else shapes.get(_plain(latex), sized(entry.shape))
        is_written = entry.line is not None and _plain(entry.spelling) != _plain(latex)
        others = (entry.spelling,) if is_written else ()
        yield Symbol(latex, explained(entry.meaning), shape, source, others)


def _shapes(model: Model) -> dict[str, str]:
    """The shapes of a network's arrays by their spellings, in the names that the derivation has for sizes."""
    return {_plain(written(part.name, vector=True)): _shape(part) for part in _parts(model)}


def _parts(model: Model) -> tuple[Leaf, ...]:
    return (*model.inputs, *(equation.value for equation in model.equations), *model.parameters)


def _of_page(subject: Subject) -> Iterator[Symbol]:
    if subject.legend is None or subject.notes is None:
        return
    legend, aliases = subject.legend, dict[str, list[str]]()
    for alias, of in legend.aliases:
        aliases.setdefault(of, []).append(alias)
    indices = [entry.spelling for entry in legend.entries if entry.role == "index"]
    for entry in legend.entries:
        if entry.role == "index":
            continue
        shape = "" if entry.shape is None else " × ".join(map(str, entry.shape)) or "number"
        ours = (
            [written(entry.means), written(entry.means, vector=True)] if subject.scalar and entry.means in TABLE else []
        )
        others = {_plain(other): other for other in (*aliases.get(entry.spelling, ()), *ours)}
        others.pop(_plain(entry.spelling), None)
        line = None if entry.role == "size" else _line(subject.notes, (entry.spelling, *others.values()))
        source = f"line {line}" if line is not None else f"legend {_name(legend)}"
        yield Symbol(
            entry.spelling,
            prose(_meaning(entry, subject)),
            "" if entry.role == "size" else shape,
            source,
            tuple(others.values()),
            entry.role == "size",
        )
    if indices:
        yield Symbol(indices[0], ("counts steps or units",), "", f"legend {_name(legend)}", tuple(indices[1:]), True)


def _plain(latex: str) -> str:
    """A spelling without what makes no difference."""
    return re.sub(r"[{}\s]", "", latex)


def _meaning(entry: Entry, subject: Subject) -> str:
    assert subject.legend is not None
    if subject.letters is None and entry.means in TABLE:
        return TABLE[entry.means].meaning
    if subject.legend.network == "elman" and (
        known := ELMAN.get(entry.means) or (entry.means in TABLE and TABLE[entry.means].meaning)
    ):
        return str(known)
    if entry.at_time is not None and entry.role == "total_loss":
        return "the loss, and with a step its part of that step"
    return ROLES.get(entry.role, entry.role)


def _line(notes: Notes, spellings: tuple[str, ...]) -> int | None:
    """The line of the first formula that begins with the symbol, at any step."""
    patterns = [re.compile(re.escape(spelling) + _STEP) for spelling in spellings]
    for block in notes.blocks:
        for claim in block.claims:
            if any(pattern.fullmatch(claim.left.strip()) for pattern in patterns):
                return block.line
    return None


def _of_network(model: Model, known: set[str]) -> Iterator[Symbol]:
    """What the derivation speaks of and the page has no symbol for."""
    for part in _parts(model):
        latex = written(part.name, vector=True)
        if _plain(latex) not in known:
            meaning = TABLE[part.name].meaning if part.name in TABLE else "a value of the network"
            yield Symbol(latex, prose(meaning), _shape(part), "the derivation")
    for equation in adjoints(model).equations:
        of = Quoted(written(equation.name.removeprefix("delta_"), vector=True))
        said = ("the error at ", of, ": the derivative of the loss, through every path")
        yield Symbol(written(equation.name, vector=True), said, _shape(equation.value), "the derivation")


def _shape(part: Leaf) -> str:
    return " × ".join(part.shape) or "number"


def _name(legend: Legend) -> str:
    return re.split(r"[/\\]", legend.name)[-1]


def section(subject: Subject, found: tuple[Symbol, ...]) -> Section:
    """The index of symbols, and the conventions under which the page is read."""
    rows: list[tuple[Text, ...]] = []
    for symbol in found:
        spelled: list[Inline] = [part for latex in (symbol.latex, *symbol.spellings) for part in (", ", Quoted(latex))]
        rows.append((tuple(spelled[1:]), symbol.meaning, (symbol.shape,), (symbol.source,)))
    header: tuple[Text, ...] = (("symbol",), ("meaning",), ("shape",), ("said in",))
    anchors = tuple(f"symbol-{number}" for number in range(1, len(rows) + 1))
    blocks: list[Block] = [Table(header, tuple(rows), anchors)] if rows else []
    told = tuple(_conventions(subject))
    return Section(
        ("Symbols and conventions",),
        "symbols",
        (*blocks, Table((("convention",), ("value",), ("said in",)), told)),
    )


def _layout(subject: Subject) -> Iterator[tuple[str, str]]:
    for name, value in LAYOUT:
        yield name, subject.vectors if name == "vectors" else value


def _conventions(subject: Subject) -> Iterator[tuple[Text, ...]]:
    stated = subject.notes.conventions if subject.notes is not None else ()
    for entry in stated:
        yield (entry.name,), prose(entry.value), (entry.source,)
    legend = subject.legend
    if legend is not None and not stated:
        source: Text = (f"legend {_name(legend)}",)
        yield ("the page writes",), (f"{legend.notation}s" if legend.notation != "component" else "components",), source
        if subject.model is None:
            yield ("vectors",), (f"{legend.layout}s",), source
        if legend.T is not None:
            yield ("steps",), (Math(f"T = {legend.T}"),), source
    if subject.model is not None:
        known = {entry.name for entry in stated}
        yield from (
            ((name,), (value,), (Link("the derivation", "derivation"),))
            for name, value in _layout(subject)
            if name not in known
        )
