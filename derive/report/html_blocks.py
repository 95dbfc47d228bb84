"""The blocks of a report as HTML."""

from __future__ import annotations

from html import escape

from derive.report.document import (
    Block,
    Checked,
    Code,
    Details,
    Figure,
    Formula,
    Fragments,
    Inline,
    Ledger,
    Link,
    Math,
    Paragraph,
    Slip,
    Slot,
    Table,
    Tally,
    Term,
    Text,
)
from derive.typeset.formula import CONTINUING, Mark, Quoted
from derive.typeset.glossary import Glossary
from derive.typeset.mathml import Unconvertible

MARKS = {
    "definition": "≔",
    "fragment": "…",
    "holds": "✓",
    "conditional": "◐",
    "fails": "✗",
    "unreadable": "▨",
    "unknown": "?",
}


class Blocks:
    """Writes blocks; with `full` nothing is folded."""

    def __init__(self, glossary: Glossary, full: bool) -> None:
        self.glossary, self.full = glossary, full

    def all(self, blocks: tuple[Block, ...]) -> str:
        return "".join(self.block(block) for block in blocks)

    def block(self, block: Block) -> str:
        match block:
            case Paragraph(text):
                return f"<p>{self.text(text)}</p>\n"
            case Formula(lines, anchor, number):
                return self.formula(lines, f"Formula {number}" if number else "Formula", anchor, number)
            case Tally(total, counts):
                return f"<p>{escape(total)}: {escape(', '.join(f'{n} {words}' for _, n, words, _ in counts))}.</p>\n"
            case Slip():
                return self.slip(block)
            case Ledger(rows):
                return f'<div class="ledger">\n{"".join(map(self.row, rows))}</div>\n'
            case Fragments(rows):
                return self.fragments(rows)
            case Table():
                return self.table(block)
            case Figure():
                return self.figure(block)
            case Slot():
                return ""
            case Code(language, source):
                label = f"Source code, {escape(language)}" if language else "Source code"
                return f'<pre tabindex="0" role="group" aria-label="{label}"><code>{escape(source)}</code></pre>\n'
            case Details(summary, inner):
                opened = " open" if self.full else ""
                folded = f"<div>\n{self.all(inner)}</div>"
                return f"<details{opened}>\n<summary>{self.text(summary)}</summary>\n{folded}\n</details>\n"

    # Text

    def text(self, text: Text) -> str:
        return "".join(self.inline(part) for part in text)

    def inline(self, part: Inline) -> str:
        match part:
            case str():
                return escape(part)
            case Link(text, anchor):
                return f'<a href="#{escape(anchor)}">{escape(text)}</a>'
            case Term(text, meaning, anchor):
                return f'<a class="term" href="#{escape(anchor)}" title="{escape(meaning)}">{escape(text)}</a>'
            case Math(latex):
                return self.inline_formula(latex)
            case Quoted(latex, marks):
                return self.inline_formula(latex, marks)

    def inline_formula(self, latex: str, marks: tuple[Mark, ...] = ()) -> str:
        try:
            return self.glossary.formula(latex, False, marks)[0]
        except Unconvertible:
            return f"<code>{escape(latex)}</code>"

    # Formulas

    def display(self, latex: str, marks: tuple[Mark, ...] = ()) -> tuple[str, float]:
        """A display formula, and its width in em."""
        try:
            return self.glossary.formula(latex, True, marks)[:2]
        except Unconvertible:
            return f"<code>{escape(latex)}</code>", 0.6 * len(latex)

    def formula(self, lines: tuple[str, ...], label: str, anchor: str = "", number: str = "") -> str:
        """Display lines below each other."""
        shown: list[str] = []
        widest = 0.0
        for line in lines:
            markup, width = self.display(line)
            goes_on = " more" if shown and line.lstrip().startswith(CONTINUING) else ""
            widest = max(widest, width + (2 if goes_on else 0))
            shown.append(f'<div class="line{goes_on}">{markup}</div>')
        return self.box("".join(shown), widest, label, anchor, number)

    def quoted(self, formula: Quoted, label: str) -> str:
        markup, width = self.display(formula.latex, formula.marks)
        return self.box(f'<div class="line">{markup}</div>', width, label)

    def box(self, lines: str, width: float, label: str, anchor: str = "", number: str = "") -> str:
        """Formulas in a box that scrolls where they are too wide, and takes the focus, which explains its symbols."""
        identity = f' id="{escape(anchor)}"' if anchor else ""
        tag = f'<span class="number">({escape(number)})</span>' if number else ""
        return (
            f'<div class="formula"{identity} style="--em:{width + 1:.0f}">'
            f'<div class="scroll" tabindex="0" role="group" aria-label="{escape(label)}">{lines}</div>{tag}</div>\n'
        )

    # The notes

    def slip(self, slip: Slip) -> str:
        place = self.inline(slip.place)
        mended = self.quoted(slip.mended, "Mended") if slip.mended is not None else ""
        arrow = '<span class="arrow" aria-hidden="true">→</span>' if mended else ""
        return (
            f'<article class="slip"><p class="head"><span>{self.text(slip.said)}</span> '
            f'<span class="where">{place}</span></p>\n'
            f'<div class="pair">{self.quoted(slip.written, "As written")}{arrow}{mended}</div></article>\n'
        )

    def row(self, row: Checked) -> str:
        verdict, name = escape(row.verdict), f"Block {row.block}, line {row.line}"
        shown = [self.side("", self.quoted(row.theirs, name))]
        shown += [self.side("mended", self.quoted(mended, f"{name}: mended")) for mended in row.mended]
        if row.ours:
            shown.append(self.side("derived", self.formula(row.ours, f"{name}: derived")))
        remarks = "".join(f"<li>{self.text(remark)}</li>\n" for remark in row.remarks)
        steps = [(row.before, "‹ previous failure"), (row.after, "next failure ›")]
        links = " ".join(f'<a href="#{escape(anchor)}">{said}</a>' for anchor, said in steps if anchor)
        return (
            f'<article class="row {verdict}" id="{escape(row.anchor)}" aria-label="{name}: {verdict}">\n'
            f'<p class="where"><a href="#{escape(row.anchor)}" title="{name}">{row.block}</a> '
            f"<small>line {row.line}</small></p>\n"
            f'<div class="body">{"".join(shown)}</div>\n<p class="verdict">{badge(row.verdict)}</p>\n'
            + (f'<ul class="remarks">\n{remarks}</ul>\n' if remarks else "")
            + (f'<p class="steps">{links}</p>\n' if links else "")
            + "</article>\n"
        )

    def side(self, label: str, formula: str) -> str:
        said = f'<span class="label">{label}</span>' if label else ""
        return f'<div class="side">{said}{formula}</div>\n'

    def fragments(self, rows: tuple[Checked, ...]) -> str:
        """Blocks without an equality, side by side."""
        shown = "".join(
            f'<li id="{escape(row.anchor)}" title="Block {row.block}, line {row.line}">'
            f"{self.inline_formula(row.theirs.latex)}</li>\n"
            for row in rows
        )
        first, last = rows[0], rows[-1]
        which = f"Blocks {first.block} to {last.block}" if len(rows) > 1 else f"Block {first.block}"
        said = "without an equality: there is nothing to decide."
        return f'<div class="fragments"><p>{which}, {said}</p>\n<ul>{shown}</ul></div>\n'

    # Tables and figures

    def table(self, table: Table) -> str:
        head = "".join(f'<th scope="col">{self.text(cell)}</th>' for cell in table.header)
        rows = []
        for number, row in enumerate(table.rows):
            identity = f' id="{escape(table.anchors[number])}"' if table.anchors else ""
            rows.append(f"<tr{identity}>" + "".join(f"<td>{self.text(cell)}</td>" for cell in row) + "</tr>\n")
        return (
            '<div class="table" tabindex="0" role="group" aria-label="Table">'
            f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{''.join(rows)}</tbody>\n</table></div>\n"
        )

    def figure(self, figure: Figure) -> str:
        number = f"<b>Figure {figure.number}.</b> " if figure.number else ""
        return (
            f'<figure id="figure-{escape(figure.name)}">\n'
            f'<div class="picture" tabindex="0" role="group" aria-label="Picture">\n{figure.svg}</div>\n'
            f"<figcaption>{number}{self.text(figure.caption)}</figcaption>\n</figure>\n"
        )


def badge(verdict: str) -> str:
    """A verdict as a mark and its name, so that it can be told without colour."""
    return (
        f'<span class="badge {escape(verdict)}"><span aria-hidden="true">{MARKS.get(verdict, "•")}</span> '
        f"{escape(verdict)}</span>"
    )
