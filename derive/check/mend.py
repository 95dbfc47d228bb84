"""A checked page with its failing right sides mended."""

from __future__ import annotations

from derive.check.results import Claim, Notes


def mended(notes: Notes) -> tuple[str, tuple[Claim, ...]]:
    """The text of the page with every failing right side replaced, by the suggestion or else by the exact form, and
    the failing claims for which there is neither."""
    pieces, left = [], []
    for block, checked in zip(notes.document.blocks, notes.blocks, strict=True):
        failing = [claim for claim in checked.claims if claim.verdict == "fails"]
        end = -1
        for claim in sorted(failing, key=lambda claim: (claim.span or (0, 0))[0]):
            latex = claim.suggestion or claim.exact
            if latex is None or claim.span is None:
                left.append(claim)
            elif claim.span[0] >= end:  # a side note inside a side that is replaced goes with it
                pieces.append((block, claim.span, latex))
                end = claim.span[1]
    return notes.document.with_replacements(pieces), tuple(left)
