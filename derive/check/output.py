"""What a check found, for people and for editors: a line a block, details below it, and a summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import TextIO

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from derive.check.assumptions import ASSUMPTIONS
from derive.check.brief import change
from derive.check.catalogue import IN_WORDS
from derive.check.results import VERDICTS, CheckedBlock, Claim, Notes
from derive.check.words import in_words
from derive.plural import at_lines
from derive.reading.errors import one_line

MEANINGS = {
    "fails": "refuted, whatever is assumed",
    "unreadable": "not understood",
    "unknown": "neither proved nor refuted",
    "conditional": "true under assumptions",
    "holds": "true for all parameters, inputs and targets in the range proved or tried",
    "definition": "says what a symbol stands for",
    "fragment": "no equality in it, nothing to decide",
}
STYLES = {"fails": "bold red", "unreadable": "bold magenta", "unknown": "bold yellow", "conditional": "cyan"}
STYLES |= {"holds": "green", "definition": "green", "fragment": "dim"}
PASSED = ("holds", "definition", "fragment")
NO_WRAP = 100_000  # columns, where the output is no terminal


def show(notes: Notes, accept: Collection[str], file: TextIO) -> None:
    """Write everything found, in colour where `file` is a terminal."""
    console = Console(file=file, highlight=False)
    if not console.is_terminal:
        console = Console(file=file, highlight=False, width=NO_WRAP)
    shown = [(block, f" [block {block.number}]") for block in notes.blocks]
    shown += [(block, " [in running text]") for block in notes.formulas or () if block.verdict not in PASSED]
    for block, name in shown:
        place = f"{one_line(notes.document.path)}:{block.line}: "
        said = brief(block)
        line = Text.assemble(place, (block.verdict, STYLES[block.verdict]), name)
        console.print(line.append(f": {said}" if said else ""), soft_wrap=True)
        for label, text in details(block):
            style = STYLES.get(label, "bold")
            console.print(Text.assemble("    ", (f"{label:<12}", style), one_line(text)), soft_wrap=True)
    if notes.blocks:
        _print(console, _verdicts(notes))
    if table := _assumptions(notes, accept):
        _print(console, table)
    for last in closing(notes, accept):
        console.print(Text(last), soft_wrap=True)


def brief(block: CheckedBlock) -> str:
    """In a few words, what to know of a block: how to mend it, or what it needs."""
    worst = [claim for claim in block.claims if claim.verdict == block.verdict]
    if block.verdict in PASSED:
        readings = dict.fromkeys(f"{r.partial} {r.taken}" for claim in block.claims for r in claim.readings)
        ranges = [claim.range for claim in block.claims if claim.range is not None]
        said = ["with " + ", ".join(readings)] if readings else []
        if ranges and all(found.proof for found in ranges):
            whens = dict.fromkeys(found.when for found in ranges if found.when)
            said.append(in_words(replace(ranges[0], when="; ".join(whens))))
        return ", ".join(said)
    if block.verdict == "conditional":
        assumptions = {name for claim in worst for name in claim.assumptions}
        return "if " + ", ".join(name for name in ASSUMPTIONS if name in assumptions)
    more = f" (and {len(worst) - 1} more)" if len(worst) > 1 else ""
    return one_line(_mend(worst[0])) + more


def _mend(claim: Claim) -> str:
    if claim.suggestion is not None:
        return change(claim.right, claim.suggestion)
    return claim.reason or (f"should be {claim.exact}" if claim.exact else "the two sides differ")


def details(block: CheckedBlock) -> Iterator[tuple[str, str]]:
    """Label and text of every line below a block's own: what is behind the verdict of each claim that does not simply
    hold, and the repairs."""
    for claim in block.claims:
        if claim.verdict in PASSED:
            if claim.range is not None and claim.range.proof is None:
                yield "  range", in_words(claim.range)
            continue
        yield claim.verdict, f"{claim.left} {claim.relation} {claim.right}" if claim.left else claim.reason
        for name in claim.assumptions:
            yield "  if", f"{name}: {IN_WORDS[name]}"
        if claim.left and claim.reason:
            yield "  note", claim.reason
        if claim.readings:
            yield "  with", ", ".join(f"{reading.partial} {reading.taken}" for reading in claim.readings)
        if example := claim.counterexample:
            yield "  differs", f"{example.left} on the left, {example.right} on the right, at {example.at}"
        if claim.range is not None:
            yield "  range", in_words(claim.range)
        if claim.suggestion is not None:
            yield "  mended", claim.suggestion
        if claim.exact is not None:
            yield "  exact", claim.exact
    for repair in dict.fromkeys(repair for claim in block.claims for repair in claim.repairs):
        yield "repaired", repair


def _verdicts(notes: Notes) -> Table:
    table = Table("verdict", "meaning", "blocks", "at lines", box=SIMPLE, show_footer=True)
    table.columns[2].justify = "right"
    counts = notes.counts
    for verdict in VERDICTS:
        if verdict in counts:
            lines = ", ".join(str(block.line) for block in notes.blocks if block.verdict == verdict)
            table.add_row(Text(verdict, STYLES[verdict]), MEANINGS[verdict], str(counts[verdict]), lines)
    table.columns[0].footer, table.columns[2].footer = "in all", str(sum(counts.values()))
    return table


def _assumptions(notes: Notes, accept: Collection[str]) -> Table | None:
    used = Counter(name for claim in notes.claims for name in claim.assumptions)
    if not used:
        return None
    table = Table("assumption", "meaning", "claims", "accepted", box=SIMPLE)
    table.columns[2].justify = "right"
    for name in ASSUMPTIONS:
        if name in used:
            table.add_row(name, IN_WORDS[name], str(used[name]), "yes" if name in accept else Text("no", "bold red"))
    return table


def _print(console: Console, table: Table) -> None:
    """The table without the blanks that fill its lines."""
    with console.capture() as capture:
        console.print(table)
    for line in capture.get().splitlines():
        console.file.write(line.rstrip() + "\n")


def closing(notes: Notes, accept: Collection[str]) -> Iterator[str]:
    """The last lines: what was not checked, and what decides the exit status."""
    if not notes.blocks:
        yield "There is no display formula on this page."
    if notes.formulas:
        counts = Counter(block.verdict for block in notes.formulas)
        found = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])
        lines = at_lines([block.line for block in notes.formulas])
        yield f"Equalities in running text: {found} ({lines})"
    if notes.inline:
        lines = at_lines([inline.line for inline in notes.inline])
        yield f"Equalities in running text, not checked: {len(notes.inline)} ({lines})"
    if notes.document.unread:
        named = ", ".join(f"{one_line(part.latex)} (line {part.line})" for part in notes.document.unread)
        yield f"Not read, for it stands in another file: {named}"
    refused = sorted(
        {name for claim in notes.claims for name in claim.assumptions} - set(accept), key=ASSUMPTIONS.index
    )
    if refused:
        yield f"Not accepted: {', '.join(refused)} (--accept names what is)"
