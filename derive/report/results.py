"""What the report takes from the results of a check, in one place: the edit of a claim, its range, its slip."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from derive.check.notes import INHERITED
from derive.check.results import CheckedBlock, Claim, Notes
from derive.report.document import Quoted
from derive.report.edit import Edit, edit_between
from derive.report.formula import Mark


@dataclass(frozen=True)
class Failure:
    """A claim that fails, with its block and the edit that mends it."""

    block: CheckedBlock
    claim: Claim
    edit: Edit | None

    @property
    def inherited(self) -> bool:
        """Whether the error stands in the line before already."""
        return INHERITED in self.claim.reason

    @property
    def written(self) -> Quoted:
        """The claim with what is wrong marked."""
        head = f"{self.claim.left} {self.claim.relation} "
        return Quoted(head + self.claim.right, self._marks(len(head)))

    @property
    def mended(self) -> Quoted | None:
        """The claim after the edit, what is new marked."""
        if self.edit is None or self.claim.suggestion is None:
            return None
        head = f"{self.claim.left} {self.claim.relation} "
        new = Mark(len(head) + self.edit.at, len(head) + self.edit.to, "good")
        return Quoted(head + self.claim.suggestion, (new,) if self.edit.put else ())

    def marks(self) -> tuple[Mark, ...]:
        """The place of what is wrong in the LaTeX of the block."""
        span = self.claim.span
        at_its_place = span is not None and self.block.latex[span[0] :].startswith(self.claim.right)
        return self._marks(span[0]) if span is not None and at_its_place else ()

    def _marks(self, offset: int) -> tuple[Mark, ...]:
        return (Mark(offset + self.edit.start, offset + self.edit.end, "bad"),) if self.edit is not None else ()


def failure(block: CheckedBlock, claim: Claim) -> Failure:
    """A failing claim."""
    edit = edit_between(claim.right, claim.suggestion) if claim.suggestion is not None else None
    return Failure(block, claim, edit)


def failures(notes: Notes) -> list[Failure]:
    """Every claim that fails, in the order of the page."""
    return [failure(block, claim) for block in notes.blocks for claim in block.claims if claim.verdict == "fails"]


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


def proved_for_all(notes: Notes) -> bool:
    """Whether everything that holds was proved for every number of steps and every size."""
    ranges = [claim.range for block in notes.blocks for claim in block.claims if claim.verdict == "holds"]
    return bool(ranges) and all(found and found.steps == found.sizes == "all" for found in ranges)


def parts(notes: Notes) -> Iterator[tuple[str, list[CheckedBlock]]]:
    """The blocks under the page's own headings."""
    headings = {block.number: block.heading for block in notes.document.blocks}
    for heading, blocks in groupby(notes.blocks, key=lambda block: headings[block.number]):
        yield heading, list(blocks)
