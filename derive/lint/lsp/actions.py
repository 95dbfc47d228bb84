"""What an editor offers to do about a verdict: to write the proved mend."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from derive.lint.diagnostics import Diagnostic
from derive.lint.lsp.checked import Checked
from derive.lint.lsp.source import Range


@dataclass(frozen=True)
class Action:
    """An edit that is offered: what it does in words, what it replaces by what, and the verdict that it is about. A
    `safe` one holds whatever is assumed."""

    title: str
    range: Range
    text: str
    about: Diagnostic
    safe: bool = False


def mends(page: Checked) -> Iterator[Action]:
    """The proved mends of a page."""
    for found in page.diagnostics:
        if found.mend is not None:
            under = f" (holds under {', '.join(found.mend_assumptions)})" if found.mend_assumptions else ""
            title = found.in_brief[:1].upper() + found.in_brief[1:] + under
            replaced = page.source.range_of(found.mend, found.place.cell)
            yield Action(title, replaced, found.mend.replacement, found, not under)
