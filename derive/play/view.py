"""A page as the browser shows it, in events: the page itself at once, each verdict as it is found, then its symbols.

An event is a JSON object. Its text is plain; its formulas are MathML that passed the gate of `derive.typeset`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from derive.check.results import CheckedBlock, Claim, Edit, Notes, Place
from derive.check.words import in_words
from derive.errors import InputError
from derive.judge.draft import draft
from derive.judge.incremental import Session
from derive.lint.diagnostics import Diagnostic, diagnostics
from derive.play.prose import Part, key_of, parts
from derive.play.setting import Setter
from derive.play.symbols import symbols
from derive.reading import Document, Legend
from derive.reading.block import Block, Inline
from derive.reading.errors import one_line
from derive.reading.legend_file import parse_legend
from derive.typeset.failure import failure
from derive.typeset.formula import Quoted
from derive.typeset.prose import rounded

Event = dict[str, Any]


def document_of(text: str) -> Document:
    """The page in a text: LaTeX where it begins a document, else Markdown. Raises ReadError."""
    is_latex = any(mark in text for mark in (r"\begin{document}", r"\documentclass"))
    return Document.read("page", text, "tex" if is_latex else "md")


@dataclass
class Player:
    """Checks one page again and again while it is written, and remembers what stays."""

    _legend: tuple[str, Legend | None] = ("", None)
    _session: Session = field(default_factory=Session)
    _setter: Setter = field(default_factory=Setter)

    def events(self, text: str, legend: str, quick: bool = False) -> Iterator[Event]:
        """The page, its verdicts, and what it was understood to say; or what makes it unusable, in one event.

        With `quick` only what changed is decided, where that can be: the last event then says that it `is_quick`, and
        a check without it may find more."""
        try:
            document = document_of(text)
        except InputError as error:
            yield {"event": "error", "where": "text", "message": str(error)}
            return
        yield {
            "event": "page",
            "parts": [_part(part) for part in parts(document)],
            "formulas": self._formulas(document),
        }
        try:
            self._use(legend)
            yield from self._verdicts(document, quick)
        except InputError as error:
            yield {"event": "error", "where": "legend", "message": str(error)}

    def draft(self, text: str) -> str:
        """The page as a legend, as it was understood. Raises InputError."""
        return draft(document_of(text))

    def _use(self, legend: str) -> None:
        if legend != self._legend[0] or (legend and self._legend[1] is None):
            known = parse_legend(legend, "legend") if legend.strip() else None
            self._legend, self._session = (legend, known), Session(known)

    def _verdicts(self, document: Document, quick: bool) -> Iterator[Event]:
        known = self._legend[1]
        fast = self._session.recheck(document) if quick else None
        if fast is not None:
            yield self._found(fast)
            yield {**self._understood(fast), "is_quick": True}
            return
        stages = self._session.stages(document)
        notes = next(stages)
        found = symbols(notes, known)
        if found != self._setter.symbols:
            self._setter = Setter(found)
            yield {"event": "formulas", "formulas": self._formulas(document)}
        for following in stages:
            if notes.blocks or notes.formulas:
                yield self._found(notes)
            notes = following
        yield self._understood(notes)

    def _formulas(self, document: Document) -> dict[str, Event]:
        to_browser = offsets(document.text)
        return {
            key_of(block): {
                "latex": block.latex,
                "line": block.line,
                "from": to_browser.offset(block.start),
                "to": to_browser.offset(block.start + len(block.latex)),
                **self._setter.formula(block.latex, not isinstance(block, Inline)),
            }
            for block in (*document.blocks, *document.inline)
        }

    def _found(self, notes: Notes) -> Event:
        """The verdict on each formula of the notes."""
        to_browser = offsets(notes.document.text)
        by_claim = {id(one.claim): one for one in diagnostics(notes) if one.claim is not None}
        documents = (notes.document.blocks, notes.blocks), (notes.document.inline, notes.formulas)
        found = [
            self._verdict(blocks[block.number - 1], block, by_claim, to_browser)
            for blocks, checked in documents
            for block in checked
        ]
        return {"event": "verdicts", "found": found}

    def _verdict(self, read: Block, block: CheckedBlock, said: Mapping[int, Diagnostic], to_browser: Offsets) -> Event:
        is_display = not isinstance(read, Inline)
        marks = tuple(
            mark for claim in block.claims if claim.verdict == "fails" for mark in failure(block, claim).marks()
        )
        return {
            "key": key_of(read),
            "verdict": block.verdict,
            "latex": block.latex,
            **(self._setter.formula(block.latex, is_display, marks) if marks else {}),
            "claims": [self._claim(block, claim, said.get(id(claim)), to_browser) for claim in block.claims],
        }

    def _claim(self, block: CheckedBlock, claim: Claim, said: Diagnostic | None, to_browser: Offsets) -> Event:
        found: Event = {"verdict": claim.verdict, "code": claim.code, "said": [], "notes": []}
        if len(block.claims) > 1 and claim.right:
            found["side"] = self._setter.formula(claim.right)
        if claim.place is not None:
            found |= to_browser.places(claim.place)
        if claim.range is not None:
            found["range"] = self._setter.pieces(in_words(claim.range))
        if said is not None:
            found["said"] = self._setter.pieces(said.message)
            found["plain"] = said.message
            exact = None if claim.exact is None else f"exact: {one_line(claim.exact)}"
            found["notes"] = [
                self._setter.pieces(note if note != exact else ("exact: ", Quoted(claim.exact or "")))
                for note in said.notes
            ]
            found["numbers"] = self._setter.pieces(_numbers(claim))
        if claim.verdict == "fails":
            failed = failure(block, claim)
            if failed.edit is not None:
                found["said"] = self._setter.pieces(failed.said)
            if failed.mended is not None:
                found["mended"] = self._setter.formula(failed.mended.latex, True, failed.mended.marks)
            elif claim.exact is not None:
                found["mended"] = self._setter.formula(f"{claim.left} {claim.relation} {claim.exact}", True)
            found["mend"] = to_browser.edit(_mend(claim, said))
        return found

    def _understood(self, notes: Notes) -> Event:
        return {
            "event": "understood",
            "counts": notes.counts,
            "symbols": [
                {
                    "spelled": [self._setter.formula(latex) for latex in (s.latex, *s.spellings)],
                    "meaning": self._setter.pieces(s.meaning),
                    "shape": s.shape,
                    "source": s.source,
                }
                for s in self._setter.symbols
            ],
            "conventions": [
                {"name": c.name, "value": self._setter.pieces(c.value), "source": c.source} for c in notes.conventions
            ],
        }


def _numbers(claim: Claim) -> str:
    """Where both sides differ, and by what."""
    example = claim.counterexample
    if example is None:
        return ""
    return f"left {rounded(example.left)}, right {rounded(example.right)} at {example.at}"


def _mend(claim: Claim, said: Diagnostic | None) -> Edit | None:
    """The edit that mends a failing claim, or puts our own right side in its place."""
    if said is not None and said.mend is not None:
        return said.mend
    place = claim.place
    if place is None or claim.exact is None:
        return None
    return Edit(place.line, place.column, place.end_line, place.end_column, claim.exact)


def _part(part: Part) -> Event:
    return {"kind": part.kind, "level": part.level, "spans": [[span.style, span.text] for span in part.spans]}


class Offsets:
    """Places of a text as a browser counts them: from its beginning, a letter beyond 16 bits as two."""

    def __init__(self, text: str) -> None:
        self._lines = [0, *(n + 1 for n, letter in enumerate(text) if letter == "\n")]
        self._wide = [n for n, letter in enumerate(text) if ord(letter) > 0xFFFF]

    def offset(self, place: int) -> int:
        return place + bisect_right(self._wide, place - 1)

    def at(self, line: int, column: int) -> int:
        return self.offset(self._lines[line - 1] + column - 1)

    def places(self, place: Place) -> dict[str, int]:
        return {"from": self.at(place.line, place.column), "to": self.at(place.end_line, place.end_column)}

    def edit(self, edit: Edit | None) -> dict[str, int | str] | None:
        if edit is None:
            return None
        ends = self.at(edit.line, edit.column), self.at(edit.end_line, edit.end_column)
        return {"from": ends[0], "to": ends[1], "insert": edit.replacement}


offsets = lru_cache(1)(Offsets)  # of the page at hand
