"""The verdicts of a page as diagnostics: each with its code, its place, the line it stands on, and what mends it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from derive.check.brief import change
from derive.check.catalogue import IN_WORDS
from derive.check.results import ACCEPTED, CheckedBlock, Claim, Counterexample, Edit, Notes, Place
from derive.check.words import in_words
from derive.reading import Document
from derive.reading.errors import one_line

Severity = Literal["error", "warning", "note", "pass"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note", "pass")  # the worst first
STATUS = {"fails": 1, "unreadable": 3, "unknown": 3}  # of verdicts that are no pass
NOT_READ = "not-read"  # the code of what is said of a page, not of a claim


@dataclass(frozen=True)
class Diagnostic:
    """One thing to know of a page.

    `place` is what to underline: in a notebook lines and columns of the source of cell `place.cell` (from 0); `source`
    is the line that it begins on. `mend` is the edit of the file that is proved to mend the claim, under the
    assumptions of `mend_assumptions` where there are any; `in_brief` says it in words. `counterexample` holds the
    numbers of both sides. `notes` are further lines, `claim` and `block` what it is about (None, 0: the page).
    `status` is the exit status that it asks for.
    """

    code: str
    severity: Severity
    message: str
    path: str
    place: Place
    source: str
    verdict: str = ""
    status: int = 0
    mend: Edit | None = None
    mend_assumptions: tuple[str, ...] = ()
    in_brief: str = ""
    counterexample: Counterexample | None = None
    notes: tuple[str, ...] = ()
    claim: Claim | None = None
    block: int = 0

    @property
    def needs_attention(self) -> bool:
        """Whether an author should look at it."""
        return self.severity in ("error", "warning")

    @property
    def numbers(self) -> str:
        """Where both sides differ, and by what: 'left 0.836475, right 0.770816 at t = 1, entry 1'."""
        example = self.counterexample
        return f"left {example.left}, right {example.right} at {example.at}" if example else ""


def diagnostics(notes: Notes, accept: Collection[str] = ACCEPTED) -> tuple[Diagnostic, ...]:
    """What is to be said of a checked page, in the order of the file: one diagnostic for each claim, those of severity
    'pass' too, and for what could not be read."""
    document = notes.document
    found = [one for block in notes.blocks for one in _of_block(document, block, accept)]
    found += [one for block in notes.formulas or () for one in _of_block(document, block, accept, inline=True)]
    found += _of_page(notes)
    return tuple(sorted(found, key=lambda one: (one.place.cell or 0, one.place.line, one.place.column)))


def _of_block(
    document: Document, block: CheckedBlock, accept: Collection[str], inline: bool = False
) -> Iterator[Diagnostic]:
    blocks = document.inline if inline else document.blocks
    read = blocks[block.number - 1]
    for claim in block.claims:
        place = claim.place or Place.of(document, read, (0, len(read.latex.rstrip())))
        edit = mend_of(claim)
        refused = tuple(name for name in claim.assumptions if name not in accept)
        status = 1 if refused else STATUS.get(claim.verdict, 0)
        brief = change(claim.right, claim.suggestion) if claim.suggestion is not None else ""
        underlined = place if claim.edit is None else _of_edit(claim.edit, place.cell)
        yield Diagnostic(
            code=claim.code,
            severity=_severity(claim, status),
            message=one_line(_message(claim, refused, brief)),
            path=document.path,
            place=underlined,
            source=document.line(underlined.line, underlined.cell),
            verdict=claim.verdict,
            status=status,
            mend=edit,
            mend_assumptions=claim.suggestion_assumptions,
            in_brief=one_line(brief),
            counterexample=claim.counterexample,
            notes=tuple(map(one_line, _notes(claim, brief))),
            claim=claim,
            block=0 if inline else block.number,
        )


def mend_of(claim: Claim) -> Edit | None:
    """The edit of the file that mends a claim: the smallest that is known, else the whole right side."""
    if claim.edit is not None or claim.suggestion is None or claim.place is None:
        return claim.edit
    place = claim.place
    return Edit(place.line, place.column, place.end_line, place.end_column, claim.suggestion)


def _of_edit(edit: Edit, cell: int | None) -> Place:
    return Place(edit.line, edit.column, edit.end_line, edit.end_column, cell)


def _severity(claim: Claim, status: int) -> Severity:
    if status:
        return "error" if status == 1 else "warning"
    return "note" if claim.verdict == "conditional" else "pass"


def _message(claim: Claim, refused: tuple[str, ...], brief: str) -> str:
    if claim.verdict == "conditional":
        return f"holds only under {', '.join(refused or claim.assumptions)}"
    if claim.verdict == "fails":
        return brief or claim.reason or (f"should be {claim.exact}" if claim.exact else "the two sides differ")
    if claim.verdict == "holds" and claim.range is not None:
        return ", ".join([in_words(claim.range), *_readings(claim)])
    return claim.reason or {"unknown": "neither proved nor refuted", "unreadable": "not understood"}.get(
        claim.verdict, claim.verdict
    )


def _notes(claim: Claim, brief: str) -> Iterator[str]:
    """What else there is to say of a claim, a line each."""
    yield from (f"{name}: {IN_WORDS[name]}" for name in claim.assumptions)
    if claim.reason and (brief or claim.verdict == "conditional"):
        yield claim.reason
    if claim.verdict != "holds" or claim.range is None:  # else its message says so
        yield from _readings(claim)
    if claim.verdict == "conditional" and claim.range is not None:
        yield in_words(claim.range)
    if claim.suggestion_assumptions:
        yield f"the mend holds under {', '.join(claim.suggestion_assumptions)}"
    if claim.exact is not None and claim.suggestion is None:
        yield f"exact: {claim.exact}"
    yield from (f"repaired: {repair}" for repair in claim.repairs)


def _readings(claim: Claim) -> Iterator[str]:
    if claim.readings:
        yield "with " + ", ".join(f"{reading.partial} {reading.taken}" for reading in claim.readings)


def _of_page(notes: Notes) -> Iterator[Diagnostic]:
    """What is said of a page as a whole."""
    document = notes.document
    for part in notes.document.unread:
        text = document.line(part.line)
        place = Place(part.line, len(text) - len(text.lstrip()) + 1, part.line, len(text.rstrip()) + 1)
        message = f"{one_line(part.latex)} stands in another file and was not read"
        yield Diagnostic(NOT_READ, "warning", message, document.path, place, text)
