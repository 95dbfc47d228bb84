"""What a check found, as data: what the terminal, the JSON, the report and test suites read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

from derive.check.points import ASSUMPTIONS, THIS_WORD, TRUNCATED
from derive.reading import Document, Inline
from derive.reading.tree import Span

VERDICTS = ("fails", "unreadable", "unknown", "conditional", "holds", "definition", "fragment")  # the worst first
ACCEPTED = frozenset(ASSUMPTIONS) - {TRUNCATED, THIS_WORD}


@dataclass(frozen=True)
class PartialReading:
    """How one ∂ of a claim is read, where direct and total differ: `taken` is 'direct' or 'total'."""

    partial: str
    taken: str


@dataclass(frozen=True)
class Counterexample:
    """Where two sides differ: the point in words, and the value of each side there, rigorously apart (or two
    shapes)."""

    at: str
    left: str
    right: str


@dataclass(frozen=True)
class Edit:
    """What to write where: a place in the file, lines and columns from 1 in code points, the end exclusive, and its
    replacement."""

    line: int
    column: int
    end_line: int
    end_column: int
    replacement: str


@dataclass(frozen=True)
class Claim:
    """One equality of the notes, or one membership, and its verdict.

    `exact` is the right side of our own derivation, for a claim that holds under assumptions or fails; `suggestion`
    the right side after the one edit that mends it, which holds under `suggestion_assumptions`; `span` the place of
    the right side in the block's LaTeX."""

    left: str
    right: str
    verdict: str
    assumptions: tuple[str, ...] = ()
    readings: tuple[PartialReading, ...] = ()
    repairs: tuple[str, ...] = ()
    suggestion: str | None = None
    exact: str | None = None
    counterexample: Counterexample | None = None
    reason: str = ""
    span: Span | None = None
    relation: str = "="
    suggestion_assumptions: tuple[str, ...] = ()
    edit: Edit | None = None


@dataclass(frozen=True)
class CheckedBlock:
    """A display block with its claims; the verdict is the worst of theirs."""

    number: int
    line: int
    latex: str
    verdict: str
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True)
class Notes:
    """A checked page: one `CheckedBlock` for each display block, and the equalities in running text, not checked."""

    document: Document
    legend: str
    word: str
    blocks: tuple[CheckedBlock, ...]

    @property
    def inline(self) -> tuple[Inline, ...]:
        """The equalities in running text."""
        return tuple(inline for inline in self.document.inline if "=" in inline.latex)

    @property
    def counts(self) -> dict[str, int]:
        """How many blocks have each verdict, the worst first; only verdicts that occur."""
        found = Counter(block.verdict for block in self.blocks)
        return {verdict: found[verdict] for verdict in VERDICTS if found[verdict]}

    def status(self, accept: Collection[str] = ACCEPTED) -> int:
        """The exit status: 1 where a claim fails or is conditional on what is not accepted, 3 where one is unreadable
        or unknown and none fails, else 0."""
        claims = [claim for block in self.blocks for claim in block.claims]
        if any(claim.verdict == "fails" or not set(claim.assumptions) <= set(accept) for claim in claims):
            return 1
        verdicts = {claim.verdict for claim in claims} | {block.verdict for block in self.blocks}
        return 3 if verdicts & {"unreadable", "unknown"} else 0

    def _repr_html_(self) -> str:
        """A table for notebooks: every block with its line and verdict."""
        rows = "".join(
            f"<tr><td>{b.number}</td><td>{b.line}</td><td>{b.verdict}</td><td><code>{escape(b.latex)}</code></td></tr>"
            for b in self.blocks
        )
        head = "<tr><th>block</th><th>line</th><th>verdict</th><th>LaTeX</th></tr>"
        return f"<table>{head}{rows}</table>"

    def as_json(self) -> dict[str, Any]:
        """The object that `derive.check --json` prints."""
        return {
            "notes": self.document.path,
            "legend": self.legend,
            "counts": self.counts,
            "blocks": [_block(block) for block in self.blocks],
            "inline": [{"line": i.line, "latex": i.latex} for i in self.inline],
        }


def _block(block: CheckedBlock) -> dict[str, Any]:
    return {
        "block": block.number,
        "line": block.line,
        "latex": block.latex,
        "verdict": block.verdict,
        "claims": [_claim(claim) for claim in block.claims],
    }


def _claim(claim: Claim) -> dict[str, Any]:
    example = claim.counterexample
    return {
        "left": claim.left,
        "right": claim.right,
        "verdict": claim.verdict,
        "assumptions": list(claim.assumptions),
        "readings": [{"partial": reading.partial, "as": reading.taken} for reading in claim.readings],
        "repairs": list(claim.repairs),
        "suggestion": claim.suggestion,
        "suggestion_assumptions": list(claim.suggestion_assumptions),
        "edit": claim.edit and asdict(claim.edit),
        "exact": claim.exact,
        "counterexample": example and {"at": example.at, "left": example.left, "right": example.right},
        "reason": claim.reason,
    }
