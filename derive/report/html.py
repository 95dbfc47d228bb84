"""The report as one HTML file: no script, nothing loaded, readable on paper, on a phone and by a screen reader."""

from __future__ import annotations

from html import escape
from importlib.resources import files

from derive.report.document import (
    Block,
    Code,
    Comparison,
    Details,
    Document,
    Figure,
    Formula,
    Inline,
    Link,
    Math,
    Paragraph,
    Quoted,
    Section,
    Table,
    Text,
)
from derive.report.formula import CONTINUING
from derive.report.mathml import Unconvertible, mathml

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
MARKS = {
    "definition": "≔",
    "fragment": "…",
    "holds": "✓",
    "conditional": "◐",
    "fails": "✗",
    "unreadable": "▨",
    "unknown": "?",
}
_ANCHOR = ' <a class="anchor" href="#{}" aria-label="Link to this section">#</a>'
PHONE = 17.0  # em: a formula wider than this may scroll somewhere
COLUMN = 24.0  # em: a formula wider than this takes the whole width


def write(document: Document) -> str:
    """The page's source. The same document gives the same bytes."""
    page = _Page(document)
    style = files("derive.report").joinpath("page.css").read_text("utf-8")
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="Unrolled">
<title>{escape(document.title)}</title>
<style>
{style}</style>
</head>
<body>
<a class="skip" href="#summary">Skip to the summary</a>
<header class="title"><h1>{escape(document.title)}</h1></header>
<div class="page">
<nav class="contents" aria-labelledby="contents">
<h2 id="contents">Contents</h2>
<ol>
<li><a href="#summary">Summary</a></li>
{page.contents(document.sections)}</ol>
</nav>
<main>
<section id="summary" class="summary" aria-labelledby="summary-title">
<h2 id="summary-title">Summary</h2>
{page.blocks(document.summary)}</section>
{page.sections(document.sections, 2)}</main>
</div>
<footer><p>Made by Unrolled. Every formula of ours is printed from a symbolic object; every verdict is computed.</p>
</footer>
</body>
</html>
"""


class _Page:
    """The parts of one page; `formulas` counts display formulas, so that each has a name for a screen reader."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.formulas = 0

    def contents(self, sections: tuple[Section, ...]) -> str:
        items = []
        for section in sections:
            inner = f"\n<ol>\n{self.contents(section.sections)}</ol>\n" if section.sections else ""
            items.append(f'<li><a href="#{escape(section.anchor)}">{escape(section.title)}</a>{inner}</li>\n')
        return "".join(items)

    def sections(self, sections: tuple[Section, ...], level: int) -> str:
        return "".join(self.section(section, level) for section in sections)

    def section(self, section: Section, level: int) -> str:
        anchor, h = escape(section.anchor), f"h{min(level, 6)}"
        return (
            f'<section id="{anchor}" aria-labelledby="{anchor}-title">\n<{h} id="{anchor}-title">'
            f"{escape(section.title)}{_ANCHOR.format(anchor)}</{h}>\n"
            f"{self.blocks(section.blocks)}{self.sections(section.sections, level + 1)}</section>\n"
        )

    def blocks(self, blocks: tuple[Block, ...]) -> str:
        return "".join(self.block(block) for block in blocks)

    def block(self, block: Block) -> str:
        match block:
            case Paragraph(text):
                return f"<p>{self.text(text)}</p>\n"
            case Formula(lines, anchor, number):
                return self.formula(lines, f"Formula {number}" if number else "Formula", anchor, number)
            case Comparison():
                return self.comparison(block)
            case Table():
                return self.table(block)
            case Figure():
                return self.figure(block)
            case Code(language, source):
                label = f"Source code, {escape(language)}" if language else "Source code"
                return f'<pre tabindex="0" role="group" aria-label="{label}"><code>{escape(source)}</code></pre>\n'
            case Details(summary, inner):
                folded = f"<div>\n{self.blocks(inner)}</div>"
                return f"<details>\n<summary>{self.text(summary)}</summary>\n{folded}\n</details>\n"

    def text(self, text: Text) -> str:
        return "".join(self.inline(part) for part in text)

    def inline(self, part: Inline) -> str:
        match part:
            case str():
                return escape(part)
            case Link(text, anchor):
                return f'<a href="#{escape(anchor)}">{escape(text)}</a>'
            case Math(latex) | Quoted(latex):
                try:
                    return mathml(latex, False)[0]
                except Unconvertible:
                    return f"<code>{escape(latex)}</code>"

    def formula(self, lines: tuple[str, ...], label: str, anchor: str = "", number: str = "") -> str:
        """Display lines in a box that scrolls where they are too wide."""
        shown: list[str] = []
        for line in lines:
            try:
                markup, _ = mathml(line, True)
            except Unconvertible:
                markup = f"<code>{escape(line)}</code>"
            goes_on = " more" if shown and line.lstrip().startswith(CONTINUING) else ""
            shown.append(f'<div class="line{goes_on}">{markup}</div>')
        widest = max(map(_width, lines)) + (2 if len(lines) > 1 else 0)
        identity = f' id="{escape(anchor)}"' if anchor else ""
        focus = f' tabindex="0" role="group" aria-label="{escape(label)}"' if widest > PHONE else ""
        tag = f'<span class="number">({escape(number)})</span>' if number else ""
        return (
            f'<div class="formula"{identity} style="--em:{widest + 1:.0f}"><div class="scroll"{focus}>'
            f"{''.join(shown)}</div>{tag}</div>\n"
        )

    def comparison(self, block: Comparison) -> str:
        verdict = escape(block.verdict)
        name = f"Block {block.block}, line {block.line}"
        anchor = f' id="{escape(block.anchor)}"' if block.anchor else ""
        sides = [self.side("The notes", (block.theirs.latex,), name)]
        if block.ours:
            sides.append(self.side("Derived", block.ours, name))
        wide = " wide" if max(map(_width, (block.theirs.latex, *block.ours))) > COLUMN else ""
        remarks = "".join(f"<li>{self.text(remark)}</li>\n" for remark in block.remarks)
        return (
            f'<article class="comparison {verdict}"{anchor} aria-label="{name}: {verdict}">\n'
            f'<p class="head"><span class="where">{name}</span> {badge(block.verdict)}</p>\n'
            f'<div class="sides{wide}">\n{"".join(sides)}</div>\n'
            + (f'<ul class="remarks">\n{remarks}</ul>\n' if remarks else "")
            + "</article>\n"
        )

    def side(self, label: str, lines: tuple[str, ...], name: str) -> str:
        return f'<div class="side"><p class="label">{label}</p>\n{self.formula(lines, f"{name}: {label}")}</div>\n'

    def table(self, table: Table) -> str:
        head = "".join(f'<th scope="col">{self.text(cell)}</th>' for cell in table.header)
        rows = "".join(
            "<tr>" + "".join(f"<td>{self.cell(cell)}</td>" for cell in row) + "</tr>\n" for row in table.rows
        )
        return (
            '<div class="table" tabindex="0" role="group" aria-label="Table">'
            f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"
        )

    def cell(self, cell: Text) -> str:
        if len(cell) == 1 and cell[0] in MARKS:
            return badge(str(cell[0]))
        return self.text(cell)

    def figure(self, figure: Figure) -> str:
        return (
            f'<figure id="figure-{escape(figure.name)}">\n'
            f'<div class="picture" tabindex="0" role="group" aria-label="Picture">\n{figure.svg}</div>\n'
            f"<figcaption>{self.text(figure.caption)}</figcaption>\n</figure>\n"
        )


def _width(latex: str) -> float:
    """How wide the formula is shown, in em."""
    try:
        return mathml(latex, True)[1]
    except Unconvertible:
        return 0.6 * len(latex)


def badge(verdict: str) -> str:
    """A verdict as a mark and its name, so that it can be told without colour."""
    return (
        f'<span class="badge {escape(verdict)}"><span aria-hidden="true">{MARKS.get(verdict, "•")}</span> '
        f"{escape(verdict)}</span>"
    )
