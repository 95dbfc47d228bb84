"""The checked notes in the report: every block beside what is derived, and in the summary what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from derive.check.brief import change
from derive.check.catalogue import COST, IN_WORDS
from derive.check.output import MEANINGS, PASSED
from derive.check.points import ASSUMPTIONS
from derive.check.results import VERDICTS, CheckedBlock, Claim, Notes
from derive.plural import at_lines
from derive.report.document import (
    Block,
    Comparison,
    Details,
    Document,
    Inline,
    Link,
    Paragraph,
    Quoted,
    Section,
    Table,
    Text,
)

_CHANGE = re.compile(r"(write|insert|leave out) (.*?)(?: for (.*))?")


def beside(document: Document, notes: Notes) -> Document:
    """The document with the notes: a section of them at the end, and what is wrong in the summary."""
    return replace(
        document, summary=(*document.summary, *findings(notes)), sections=(*document.sections, section(notes))
    )


def findings(notes: Notes) -> Iterator[Block]:
    """What a reader of the notes should know, the worst first."""
    counts = notes.counts
    yield Paragraph((f"The notes have {len(notes.blocks)} display formulas. ", Link("The verdicts", "notes"), ":"))
    rows = tuple(((v,), (str(counts[v]),), (MEANINGS[v],)) for v in VERDICTS if v in counts)
    yield Table((("verdict",), ("blocks",), ("meaning",)), rows)
    wrong = [(block, claim) for block in notes.blocks for claim in block.claims if claim.verdict == "fails"]
    if wrong:
        yield Paragraph(
            ("What is wrong, and the edit that mends it (what the lost paths cost is ", Link("drawn", "training"), "):")
        )
        yield Table(
            (("block",), ("mended by",), ("written",)),
            tuple((_place(block), _mend(claim), (Quoted(claim.right),)) for block, claim in wrong),
        )
    assumed = {name: _assuming(notes, name) for name in ASSUMPTIONS}
    if any(assumed.values()):
        yield Paragraph(("What is true only under an assumption, and what the assumption costs:",))
        lines = tuple(((name,), (IN_WORDS[name],), (COST[name],), blocks) for name, blocks in assumed.items() if blocks)
        yield Table((("assumption",), ("it says that",), ("so that",), ("blocks",)), lines)


def _assuming(notes: Notes, name: str) -> Text:
    """The blocks with a claim that needs an assumption, as links."""
    found: list[Inline] = []
    for block in notes.blocks:
        if any(name in claim.assumptions for claim in block.claims):
            found += [", "] if found else []
            found += _place(block)
    return tuple(found)


def section(notes: Notes) -> Section:
    """Every block under the notes' own headings."""
    headings = {block.number: block.heading for block in notes.document.blocks}
    groups = groupby(notes.blocks, key=lambda block: headings[block.number])
    parts = [(heading, tuple(_blocks(blocks))) for heading, blocks in groups]
    sections = tuple(
        Section(_plain(heading) or f"Part {number}", f"notes-{number}", blocks)
        for number, (heading, blocks) in enumerate(parts, start=1)
    )
    used = {name for block in notes.blocks for claim in block.claims for name in claim.assumptions}
    catalogue = tuple(((name,), (IN_WORDS[name],)) for name in ASSUMPTIONS if name in used)
    about: tuple[Block, ...] = (
        Paragraph(
            (
                "Every display formula of the notes in their order, with its verdict. A verdict is decided in exact "
                f"arithmetic at random points, with the symbols as the legend {Path(notes.legend).name} reads them; a "
                "counterexample is given in numbers.",
            )
        ),
    )
    if catalogue:
        about += (Table((("assumption",), ("it says that",)), catalogue),)
    if notes.inline:
        lines = at_lines([inline.line for inline in notes.inline])
        about += (Paragraph((f"Equalities in running text are not checked ({len(notes.inline)}, {lines}).",)),)
    return Section("The notes, checked", "notes", about, sections)


def _blocks(blocks: Iterable[CheckedBlock]) -> Iterator[Block]:
    for fragments, run in groupby(blocks, key=lambda block: block.verdict == "fragment"):
        shown = tuple(map(_comparison, run))
        if fragments and len(shown) > 2:
            yield Details((f"{len(shown)} fragments",), shown)
        else:
            yield from shown


def _comparison(block: CheckedBlock) -> Comparison:
    ours = tuple(dict.fromkeys(f"{claim.left} = {claim.exact}" for claim in block.claims if claim.exact is not None))
    repairs = tuple((f"Read with a repair: {r}",) for r in dict.fromkeys(r for c in block.claims for r in c.repairs))
    remarks = tuple(remark for claim in block.claims for remark in _remarks(claim, len(block.claims) > 1))
    anchor = f"block-{block.number}"
    return Comparison(
        block.number, block.line, Quoted(block.latex), ours, block.verdict, (*remarks, *dict.fromkeys(repairs)), anchor
    )


def _remarks(claim: Claim, among_others: bool) -> Iterator[Text]:
    """What is behind the verdict of a claim, a remark each."""
    which: Text = (Quoted(claim.right), " ") if among_others and claim.verdict not in PASSED else ()
    if claim.assumptions:
        said = "; and ".join(f"{name} ({IN_WORDS[name]})" for name in claim.assumptions)
        yield (*which, f"{'holds' if which else 'Holds'} under {said}.")
        if claim.reason:
            yield (f"Here {claim.reason}.",)
    elif which or (claim.reason and claim.verdict not in PASSED):
        yield (*which, f"{claim.verdict}{f': {claim.reason}' if claim.reason else ''}.")
    if claim.suggestion is not None:
        yield ("One edit mends it: ", *_mend(claim), ".")
    if example := claim.counterexample:
        yield (f"The left side is {example.left} and the right side {example.right}, at {example.at}.",)
    if claim.readings:
        yield (f"Read as: {', '.join(f'{reading.partial} {reading.taken}' for reading in claim.readings)}.",)


def _plain(heading: str) -> str:
    """A heading of the notes without its formulas."""
    told = re.sub(r"\(\s*\$[^$]*\$\s*\)|\$[^$]*\$|\\(?=[*_])", "", heading)
    return " ".join(told.split()).rstrip(" :")


def _place(block: CheckedBlock) -> Text:
    return (Link(f"{block.number}", f"block-{block.number}"),)


def _mend(claim: Claim) -> Text:
    """The edit in words, its formulas set as such."""
    if claim.suggestion is None:
        return (claim.reason or "no single edit",)
    found = _CHANGE.fullmatch(change(claim.right, claim.suggestion))
    if found is None:
        return (Quoted(claim.suggestion),)
    verb, put, gone = found.groups()
    return (f"{verb} ", Quoted(put), *((" for ", Quoted(gone)) if gone else ()))
