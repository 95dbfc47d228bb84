"""The checked notes in the report: every block with its verdict, and first what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from derive.check.assumptions import ASSUMPTIONS
from derive.check.catalogue import COST, IN_WORDS
from derive.check.results import PASSED, VERDICTS, CheckedBlock, Claim, Notes
from derive.page import plain
from derive.report.document import (
    Block,
    Checked,
    Fragments,
    Inline,
    Ledger,
    Link,
    Paragraph,
    Section,
    Slip,
    Table,
    Tally,
    Term,
    Text,
)
from derive.report.results import failures, instructive, parts, proved_for
from derive.typeset.failure import Failure, failure
from derive.typeset.formula import Quoted
from derive.typeset.prose import joined, partial, prose, rounded

SLIPS = 3  # on the first screen
COUNTED = {
    "fails": "wrong",
    "unreadable": "not understood",
    "unknown": "undecided",
    "conditional": "true under conditions",
    "holds": "true",  # proved where a range says so
    "definition": "definitions",
    "fragment": "without an equality",
}


def opening(notes: Notes) -> Iterator[Block]:
    """What a reader of the notes should see first: how many formulas are right, and the slips that tell most."""
    counts = notes.counts
    words = COUNTED | ({"holds": f"proved for {proved}"} if (proved := proved_for(notes)) else {})
    total = len(notes.blocks)
    words |= {"definition": "definition"} if counts.get("definition") == 1 else {}
    first = {block.verdict: f"block-{block.number}" for block in reversed(notes.blocks)}
    found = tuple(
        (verdict, counts[verdict], words[verdict], first[verdict]) for verdict in VERDICTS if verdict in counts
    )
    yield Tally(f"{total} formula{'s' if total != 1 else ''}", found)
    shown = instructive(notes, SLIPS)
    yield from (Slip(_place(failed.block), failed.written, _mended(failed), failed.said) for failed in shown)
    rest = [failed.block for failed in failures(notes) if failed not in shown]
    if rest:
        links = _links(list(dict.fromkeys(rest)))
        yield Paragraph((f"{'Also wrong: block' if len(rest) == 1 else 'Also wrong: blocks'} ", *links, "."))
    if not shown:
        yield Paragraph(tuple(_nothing_wrong(notes)))


def _nothing_wrong(notes: Notes) -> Iterator[Inline]:
    used = _used(notes)
    if not notes.blocks:
        yield "There is no display formula on this page."
    elif not used:
        yield "No formula of the page is wrong."
    else:
        yield "No formula of the page is wrong. What is true under conditions needs "
        yield from _listed([_term(name) for name in used])
        yield "."


def _used(notes: Notes) -> list[str]:
    """The assumptions that some claim needs."""
    needed = {name for block in notes.blocks for claim in block.claims for name in claim.assumptions}
    return [name for name in ASSUMPTIONS if name in needed]


def section(notes: Notes, legend: str) -> Section:
    """Every block under the notes' own headings, then the assumptions."""
    anchors = [f"block-{n}" for n in dict.fromkeys(failed.block.number for failed in failures(notes))]
    around = {a: (b, c) for b, a, c in zip(["", *anchors], anchors, [*anchors[1:], ""], strict=False)}
    sections, taken = [], {"notes"}
    for number, (heading, blocks) in enumerate(parts(notes), start=1):
        title = plain(heading) or ("Formulas" if number == 1 else f"Part {number}")
        anchor = _anchor(title, taken)
        failing = sum(block.verdict == "fails" for block in blocks)
        sections.append(Section((title,), anchor, tuple(_rows(blocks, around)), (), failing, True))
    if used := _used(notes):
        sections.append(Section(("Assumptions",), "assumptions", tuple(_assumptions(notes, used))))
    said = (
        "Every display formula of the page in its order. Verdicts are decided in exact arithmetic, with the symbols as "
        f"{legend} reads them."
    )
    about: list[Block] = [Paragraph((said,))]
    return Section(("The notes, checked",), "notes", tuple(about), tuple(sections), notes.counts.get("fails", 0))


def _anchor(title: str, taken: set[str]) -> str:
    """An anchor made of the heading, so that it lasts while the page around it changes."""
    stem = "notes-" + ("-".join(re.findall(r"[a-z0-9]+", title.lower())) or "part")
    anchor = next(name for n in range(1, len(taken) + 2) if (name := stem if n == 1 else f"{stem}-{n}") not in taken)
    taken.add(anchor)
    return anchor


def _rows(blocks: list[CheckedBlock], around: dict[str, tuple[str, str]]) -> Iterator[Block]:
    for fragments, run in groupby(blocks, key=lambda block: block.verdict == "fragment"):
        rows = tuple(_checked(block, *around.get(f"block-{block.number}", ("", ""))) for block in run)
        yield Fragments(rows) if fragments else Ledger(rows)


def _checked(block: CheckedBlock, before: str, after: str) -> Checked:
    failed = [failure(block, claim) for claim in block.claims if claim.verdict == "fails"]
    ours = dict.fromkeys(
        f"{claim.left} = {claim.exact}"
        for claim in block.claims
        if claim.exact is not None and (claim.verdict != "fails" or claim.suggestion is None)
    )
    remarks = list(_all_remarks(block))
    repairs = dict.fromkeys(repair for claim in block.claims for repair in claim.repairs)
    return Checked(
        block.number,
        block.line,
        Quoted(block.latex, tuple(mark for f in failed for mark in f.marks())),
        block.verdict,
        tuple(f.mended for f in failed if f.mended is not None),
        tuple(ours),
        (*remarks, *(_repair(repair) for repair in repairs)),
        f"block-{block.number}",
        before,
        after,
    )


def _all_remarks(block: CheckedBlock) -> Iterator[Text]:
    """What is behind the verdicts of a block's claims: the conditions, each once, then what there is to say of each."""
    held = [claim for claim in block.claims if claim.verdict == "conditional"]
    for (assumptions, reason), claims in _grouped(held).items():
        which = () if len(claims) == len([c for c in block.claims if c.verdict != "definition"]) else _which(claims)
        yield joined([*which, "if ", *_listed([_term(name) for name in assumptions]), *_because(reason)])
    for claim in block.claims:
        yield from _remarks(block, claim)


def _grouped(claims: list[Claim]) -> dict[tuple[tuple[str, ...], str], list[Claim]]:
    found: dict[tuple[tuple[str, ...], str], list[Claim]] = {}
    for claim in claims:
        found.setdefault((claim.assumptions, claim.reason), []).append(claim)
    return found


def _which(claims: list[Claim]) -> Text:
    """The sides that are spoken of; nothing of a block could be read where there are none."""
    sides = [Quoted(side) for claim in claims if (side := claim.right or claim.left)]
    return (*_listed(sides), ": ") if sides else ()


def _remarks(block: CheckedBlock, claim: Claim) -> Iterator[Text]:
    """What there is to say of one claim, but for its conditions."""
    which = _which([claim]) if len(block.claims) > 1 else ()
    if claim.verdict == "fails":
        failed = failure(block, claim)
        yield joined([*_capital(failed.said), *_differs(claim), *(_because(claim.reason) if failed.edit else ())])
    elif claim.verdict not in (*PASSED, "conditional") and (which or claim.reason):
        yield joined([*which, *prose(claim.reason or claim.verdict)])
    if claim.readings:
        read = [part for reading in claim.readings for part in (", ", partial(reading.partial), f" {reading.taken}")]
        yield ("Read with ", *read[1:])


def _because(reason: str) -> tuple[Inline, ...]:
    return ("; ", *prose(reason)) if reason else ()


def _differs(claim: Claim) -> tuple[Inline, ...]:
    if claim.counterexample is None:
        return ()
    example = claim.counterexample
    return (f": left {rounded(example.left)}, right {rounded(example.right)} at ", *prose(example.at))


def _capital(text: Text) -> Text:
    first, *rest = text
    return (first[:1].upper() + first[1:], *rest) if isinstance(first, str) else text


def _mended(failed: Failure) -> Quoted | None:
    claim = failed.claim
    return failed.mended or (Quoted(f"{claim.left} = {claim.exact}") if claim.exact is not None else None)


def _repair(repair: str) -> Text:
    """“n read as \\eta: the reason” with its formulas set."""
    match = re.fullmatch(r"(.*?) read as (.*?): (.*)", repair, re.S)
    return (
        ("Read with a repair: ", Quoted(match[1]), " as ", Quoted(match[2]), ", ", *prose(match[3]))
        if match
        else prose(repair)
    )


def _assumptions(notes: Notes, used: list[str]) -> Iterator[Block]:
    rows = []
    for name in used:
        needing = [b for b in notes.blocks if any(name in claim.assumptions for claim in b.claims)]
        rows.append(((name,), (f"{IN_WORDS[name]}; {COST[name]}",), tuple(_links(needing))))
    header: tuple[Text, ...] = (("assumption",), ("it says that; what it costs",), ("blocks",))
    yield Table(header, tuple(rows), tuple(f"assumption-{name}" for name in used))


def _term(name: str) -> Term:
    return Term(name, f"{IN_WORDS[name]}; {COST[name]}", f"assumption-{name}")


def _listed(parts: Sequence[Inline]) -> list[Inline]:
    return [piece for part in parts for piece in (" and " if part is parts[-1] else ", ", part)][1:]


def _place(block: CheckedBlock) -> Link:
    return Link(f"block {block.number}, line {block.line}", f"block-{block.number}")


def _links(blocks: list[CheckedBlock]) -> list[Inline]:
    found: list[Inline] = []
    for block in blocks:
        found += [", ", Link(str(block.number), f"block-{block.number}")]
    return found[1:]
