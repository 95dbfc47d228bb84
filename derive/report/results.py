"""What the report takes from the results of a check, in one place: the edit of a claim, its range, its slip."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import groupby

from derive.check.results import CheckedBlock, Claim, Notes
from derive.check.words import listed
from derive.typeset.failure import Failure, failure


def failures(notes: Notes) -> list[Failure]:
    """Every claim that fails, in the order of the page."""
    return [failure(block, claim) for block in notes.blocks for claim in block.claims if claim.verdict == "fails"]


def with_gradients(notes: Notes, loss: str, gradients: Mapping[str, str]) -> Notes:
    """The notes with what is derived for a gradient beside each claim of it that fails and that no edit mends."""
    known = {_tight(rf"\frac{{\partial {loss}}}{{\partial {theta}}}"): latex for theta, latex in gradients.items()}

    def told(claim: Claim) -> Claim:
        if claim.verdict != "fails" or claim.suggestion is not None or claim.exact is not None:
            return claim
        return replace(claim, exact=known.get(_tight(claim.left)))

    blocks = tuple(replace(block, claims=tuple(map(told, block.claims))) for block in notes.blocks)
    return replace(notes, blocks=blocks)


def _tight(latex: str) -> str:
    """LaTeX without what makes no difference to it."""
    return re.sub(r"[{}\s]", "", latex)


def instructive(notes: Notes, count: int, longest: int = 200) -> list[Failure]:
    """The slips that tell most, in the order of the page: of equal edits the first, and before all those that are made
    again and again and fit on a line. `longest` is in characters of LaTeX."""
    own = [failed for failed in failures(notes) if not failed.inherited]
    kinds = {failed: _kind(failed) for failed in failures(notes)}
    firsts = {kinds[failed]: failed for failed in reversed(own)}.values()
    times = list(kinds.values())

    def worth(failed: Failure) -> tuple[bool, bool, int, int]:
        size = len(failed.claim.left) + len(failed.claim.right)
        return failed.edit is None, size > longest, -times.count(kinds[failed]), own.index(failed)

    chosen = sorted(firsts, key=worth)[:count]
    return [failed for failed in own if failed in chosen]


def _kind(failed: Failure) -> tuple[str, str] | int:
    if failed.edit is None:
        return id(failed)
    return _bare(failed.edit.gone), _bare(failed.edit.put)


def _bare(piece: str) -> str:
    """A piece without its exponent and without brackets around it."""
    piece = re.sub(r"\^(?:\{[^{}]*\}|\\?\w+)$", "", piece)
    return piece[1:-1] if piece.startswith("(") and piece.endswith(")") else piece


def proved_for(notes: Notes) -> str | None:
    """For what everything that holds was proved, where it was for every number of steps and every size."""
    ranges = [claim.range for block in notes.blocks for claim in block.claims if claim.verdict == "holds"]
    if not ranges or not all(found and found.steps == found.sizes == "all" for found in ranges):
        return None
    runs = sorted({found.last for found in ranges if found and found.last})
    runs += ["number of layers"] if any(found and found.layered for found in ranges) else []
    return f"every {listed([*runs, 'size'])}"


def parts(notes: Notes) -> Iterator[tuple[str, list[CheckedBlock]]]:
    """The blocks under the page's own headings."""
    headings = {block.number: block.heading for block in notes.document.blocks}
    for heading, blocks in groupby(notes.blocks, key=lambda block: headings[block.number]):
        yield heading, list(blocks)
