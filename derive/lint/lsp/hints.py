"""The verdicts that an editor shows behind the equalities of a page."""

from __future__ import annotations

from collections.abc import Iterator

from derive.check.results import Place
from derive.lint.diagnostics import Diagnostic
from derive.lint.lsp.checked import Checked

SHOWN = ("fails", "unreadable", "unknown", "conditional", "holds")


def hints(page: Checked) -> Iterator[tuple[Place, str, Diagnostic]]:
    """For each equality that was decided or should have been its right side, the verdict in a few words, and all that
    is said of it."""
    for found in page.findings:
        if found.claim is not None and found.claim.place is not None and found.verdict in SHOWN:
            yield found.claim.place, verdict(found), found


def verdict(found: Diagnostic) -> str:
    """A verdict in a few words, with the condition under which it holds."""
    assert found.claim is not None
    if found.verdict == "conditional":
        return "holds if " + ", ".join(found.claim.assumptions)
    when = found.claim.range.when if found.claim.range is not None else ""
    return f"{found.verdict} for {when}" if when else found.verdict
