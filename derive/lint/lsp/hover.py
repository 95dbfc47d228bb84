"""What an editor shows where the pointer rests: of a symbol what it is, of an equality its verdict."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from derive.check.results import Described, Notes, Place
from derive.judge.contents import UNKNOWN
from derive.lint.diagnostics import Diagnostic
from derive.lint.lsp.checked import Checked, Where
from derive.lint.lsp.targets import legend_line
from derive.plural import counted

Line = tuple[str, str]  # words, and a formula after them
_LATEX = re.compile(r"[\\_^{}*<`]")


@dataclass(frozen=True)
class Card:
    """What is shown, and the place that it is about."""

    lines: tuple[Line, ...]
    place: Place

    def markdown(self) -> str:
        """As Markdown, with formulas as code: no editor sets them."""
        return "\n\n".join(words + _code(formula) for words, formula in self.lines)

    def plain(self) -> str:
        """As text."""
        return "\n".join(words + formula for words, formula in self.lines)


def card(page: Checked, where: Where) -> Card | None:
    """What is to be said at a place: of the symbol there, else of the equality."""
    if page.notes is None:
        return None
    use = page.notes.use_at(*where)
    if use is not None:
        return Card(tuple(of_symbol(page, page.notes, use.symbol)), use.place)
    found = page.diagnostic_at(where)
    if found is None or found.claim is None or found.claim.place is None:
        return None
    return Card(tuple(of_claim(found)), found.claim.place)


def of_symbol(page: Checked, notes: Notes, symbol: Described) -> Iterator[Line]:
    """What a symbol is: its meaning, shape and source, and where it is defined."""
    yield "", symbol.spelling
    each = "".join(f", one for each {family.partition('#')[0]}" for family in symbol.families)
    is_known = symbol.meaning != UNKNOWN
    yield f"{symbol.meaning}: {shape(symbol.shape)}{each}" if is_known else "nothing says what this is", ""
    if page.legend_file is not None and (line := legend_line(page, symbol)) is not None:
        yield f"explained on line {line} of {page.legend_file.name}", ""
    uses = notes.uses_of(symbol)
    for use in uses:
        if use.says != "used":
            formula = formula_at(notes, use.place) if use.says == "defined" else ""
            yield f"{use.says} {on_line(use.place)}" + (": " if formula else ""), formula
    yield f"{counted(len(uses), 'use')}, the first {on_line(uses[0].place)}", ""


def of_claim(found: Diagnostic) -> Iterator[Line]:
    """The verdict on an equality: what is wrong with it or under which conditions it holds, and for which range."""
    yield found.verdict if found.code in (found.verdict, "differs") else f"{found.verdict}: {found.code}", ""
    if found.message != found.verdict:
        yield "", found.message
    if found.numbers:
        yield found.numbers, ""
    yield from (("", note) for note in found.notes)


def shape(sizes: tuple[str, ...] | None) -> str:
    """A shape in words; a size that nothing names is left out."""
    if sizes is None:
        return "its shape is open"
    known = [size for size in sizes if size != "?"]
    kind = ("a number", "a vector", "a matrix")[len(sizes)] if len(sizes) < 3 else f"an array of {len(sizes)} axes"
    return f"{kind}, {' × '.join(sizes)}" if known else kind


def on_line(place: Place) -> str:
    """A place in words."""
    cell = f" of text cell {place.cell + 1}" if place.cell is not None else ""
    return f"on line {place.line}{cell}"


def formula_at(notes: Notes, head: Place) -> str:
    """The equality whose left side begins at a place; '' where none does."""
    claims = [c for c in notes.claims if c.place is not None and c.place.cell == head.cell]
    after = [(c.place.order, c) for c in claims if c.place is not None and c.place.order > head.order]
    if not after:
        return ""
    claim = min(after, key=lambda found: found[0])[1]
    return f"{claim.left} {claim.relation} {claim.right}"


def _code(text: str) -> str:
    """What holds a formula as code."""
    if not _LATEX.search(text):
        return text
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence} {text} {fence}" if len(fence) > 1 else f"`{text}`"
