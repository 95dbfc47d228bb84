"""What an editor offers to do about a finding: to write the proved mend, or the comment that silences it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from derive.lint.diagnostics import Diagnostic
from derive.lint.lsp.checked import UNUSABLE, Checked
from derive.lint.lsp.source import Range
from derive.lint.suppressions import UNUSED


@dataclass(frozen=True)
class Action:
    """An edit that is offered: what it does in words, what it replaces by what, and the verdict that it is about. A
    `safe` one holds whatever is assumed."""

    title: str
    range: Range
    text: str
    about: Diagnostic
    safe: bool = False


def actions(page: Checked) -> list[Action]:
    """All that is offered on a page."""
    return [*mends(page), *silences(page)]


def mends(page: Checked) -> Iterator[Action]:
    """The proved mends of a page."""
    for found in page.diagnostics:
        if found.mend is not None:
            under = f" (holds under {', '.join(found.mend_assumptions)})" if found.mend_assumptions else ""
            title = found.in_brief[:1].upper() + found.in_brief[1:] + under
            replaced = page.source.range_of(found.mend, found.place.cell)
            yield Action(title, replaced, found.mend.replacement, found, not under)


def silences(page: Checked) -> Iterator[Action]:
    """The comments that silence the findings of a page: in TeX at the end of the line, in Markdown at the end of a line
    that holds the whole formula, else before the paragraph."""
    for found in page.diagnostics:
        if found.severity == "pass" or found.code in (UNUSABLE, UNUSED):
            continue
        text = page.source.part(found.place.cell).text
        lines = text.text.split("\n")
        first, last = page.formula_lines(found.place)
        if page.source.kind == "tex":
            at, comment = _end(lines, found.place.line), f" % unrolled: ignore[{found.code}]"
        elif first == last:
            at, comment = _end(lines, first), f" <!-- unrolled: ignore[{found.code}] -->"
        else:
            while first > 1 and lines[first - 2].strip():
                first -= 1
            at, comment = (first, 1), f"<!-- unrolled: ignore[{found.code}] -->\n"
        position = text.position(text.offset_of(*at))
        where = Range(page.source.part(found.place.cell).uri, position, position)
        yield Action(f"Ignore {found.code} here", where, comment, found)


def _end(lines: list[str], line: int) -> tuple[int, int]:
    """The end of a line, as a place."""
    return line, len(lines[line - 1].removesuffix("\r")) + 1
