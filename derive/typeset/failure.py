"""A claim that fails, for readers: what is wrong in it marked, and the same mended."""

from __future__ import annotations

from dataclasses import dataclass

from derive.check.results import INHERITED, CheckedBlock, Claim
from derive.typeset.edit import Edit, edit_between
from derive.typeset.formula import Mark, Quoted
from derive.typeset.prose import prose


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

    @property
    def said(self) -> tuple[str | Quoted, ...]:
        """The edit in words, its formulas set as such."""
        edit = self.edit
        if edit is None:
            return prose(self.claim.reason) or ("no single edit mends it",)
        if not edit.gone:
            return ("insert ", Quoted(edit.put))
        return (
            ("write ", Quoted(edit.put), " for ", Quoted(edit.gone)) if edit.put else ("leave out ", Quoted(edit.gone))
        )

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
