"""The network that a page defines, with the page's letters: from a legend that names a built-in network, or from the
networks that the check understood."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from derive.algebra.array import last
from derive.algebra.model import Model, elman
from derive.algebra.notation import WHOLE, Letters, written
from derive.judge.checker import Checker
from derive.letters import identifiers
from derive.network import Network
from derive.reading import Document, Legend, ReadError, read_statements
from derive.reading.steps import first_style
from derive.renaming import renamed


@dataclass(frozen=True)
class Defined:
    """A network and how its page writes it: the LaTeX of each name of the model, and its notation."""

    model: Model
    spellings: dict[str, str]
    letters: Letters
    apart: tuple[str, ...] = ()  # the LaTeX of values that lead to no loss
    batch: bool = False  # whether the page's values have samples beside their steps, of which the model is of one


@dataclass(frozen=True)
class Unread:
    """A formula of a page that could not be read: its LaTeX, and why, with its place."""

    latex: str
    error: ReadError

    @property
    def is_equation(self) -> bool:
        """Whether it may be an equation of a network: a name and what it is, and no derivative."""
        return "=" in self.latex and not _DERIVATIVE.match(self.latex)

    def defines(self, symbol: str) -> bool:
        """Whether it may say what a symbol is, at any step."""
        pattern = re.escape(re.sub(r"[{}\s]", "", symbol)) + r"(?:[_^(\[].*)?"
        return self.is_equation and bool(re.fullmatch(pattern, re.sub(r"[{}\s&]", "", self.latex.split("=")[0])))


_DERIVATIVE = re.compile(r"[\s&]*\\(?:[dt]?frac\s*\{\s*(?:\\partial|d\b)|partial|nabla|[dD]elta)")


def of_networks(
    checkers: Sequence[Checker], title: str, rows: bool, last_step: str = "", unread: Sequence[Unread] = ()
) -> Defined:
    """The first of a page's networks that becomes a model; `last_step` is the page's name for the number of steps, but
    T. Raises ReadError where none does: that of an equation that is `unread`, else that of the first network."""
    errors: list[ReadError] = [formula.error for formula in unread if formula.is_equation]
    for checker in checkers:
        try:
            network = Network(checker, title, last_step)
            model = network.model()
        except ReadError as error:
            errors.append(error)
            continue
        assumed = [key for key in checker.page.losses if key in network.latex]  # by no formula that says it
        given = [network.latex[key] for key in (*network.taken_as_given, *assumed)]
        if guessed := [formula for formula in unread if any(map(formula.defines, given))]:
            raise guessed[0].error
        style, step = network.spelling.step
        apart = tuple(network.latex[key] for key in network.apart)
        letters = _letters(model, network.spellings, style, rows, network.latex[network.loss])
        if not model.states:  # the paths through time have letters of their own
            letters = replace(letters, step=step, last=last_step or min(network.counts, default="T"))
        return Defined(model, network.spellings, letters, apart, network.steps and bool(network.samples))
    raise errors[0] if errors else ReadError(f"{title}: no formula defines a network")


def of_legend(document: Document, legend: Legend, title: str) -> Defined:
    """The built-in network that a legend names, in the page's letters."""
    network = elman()
    spellings: dict[str, str] = {}
    for entry in legend.entries:
        for meaning in (entry.at_time, entry.means):
            if meaning and entry.role != "index":
                spellings.setdefault(meaning, entry.spelling)
    known = {name: spellings[name] for name in network.names if name in spellings}
    names = identifiers(known)
    model = replace(renamed(network, names), name=title)
    found = {names.get(name, name): latex for name, latex in known.items()}
    statements = (s for reading in read_statements(document.blocks, legend) for s in reading.statements)
    timed = frozenset(node for node, entry in legend.symbols.items() if entry.time)
    style = first_style((side.node for statement in statements for side in statement.sides), timed)
    return Defined(model, found, _letters(model, found, style or "sub", legend.layout == "row", found.get("L", "L")))


def _letters(model: Model, spellings: Mapping[str, str], style: str, rows: bool, whole: str) -> Letters:
    """The page's notation, with the LaTeX of the loss of the whole run; a name without a spelling that would look like
    one of the page's is set as a word."""
    names = {**spellings, WHOLE: whole}
    taken = set(names.values())
    for name in model.names:
        if name not in names and written(name, vector=True) in taken:
            names[name] = rf"\text{{{name.replace('_', ' ')}}}"
    once = [value.name for value in model.inputs if value.step == last] + [e.name for e in model.equations if e.once]
    return Letters(names, style, rows, frozenset(once))
