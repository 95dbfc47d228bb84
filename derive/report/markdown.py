"""The report as Markdown with GitHub's mathematics: for a README, an issue or a wiki."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape as html

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
from derive.report.formula import Refused, typeset

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$&!@])")
_MARKER = re.compile(r"^(\s*)([-+=]|\d+(?=[.)]))")  # what would start a list or underline a heading
_RUN = re.compile(r"`+")


def write(document: Document) -> str:
    """The source of report.md; figures are the files figures/NAME.svg beside it."""
    sections = "".join(_section(section, 2) for section in document.sections)
    return f"# {escaped(document.title)}\n\n{_blocks(document.summary)}{sections}".rstrip() + "\n"


def escaped(text: str) -> str:
    """Plain text in which nothing is markup."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split("\n")))


def _section(section: Section, level: int) -> str:
    inner = "".join(_section(inner, level + 1) for inner in section.sections)
    return (
        f"{_anchor(section.anchor)}{'#' * min(level, 6)} {escaped(section.title)}\n\n{_blocks(section.blocks)}{inner}"
    )


def _anchor(anchor: str) -> str:
    return f'<a id="{html(anchor)}"></a>\n\n' if anchor else ""


def _blocks(blocks: Iterable[Block]) -> str:
    return "".join(_block(block) for block in blocks)


def _block(block: Block) -> str:
    match block:
        case Paragraph(text):
            return f"{_text(text)}\n\n"
        case Formula(lines, anchor, number):
            label = f"({escaped(number)})\n\n" if number else ""
            return _anchor(anchor) + label + "".join(display(line) for line in lines)
        case Comparison():
            return _comparison(block)
        case Table(header, rows):
            ruled = (tuple(map(_cell, header)), ("---",) * len(header), *(tuple(map(_cell, row)) for row in rows))
            return "".join(f"| {' | '.join(row)} |\n" for row in ruled) + "\n"
        case Figure(name, _, caption, alt):
            return f"![{escaped(alt)}](figures/{name}.svg)\n\n{_text(caption)}\n\n"
        case Code(language, source):
            return _fenced(source, language)
        case Details(summary, inner):
            return f"<details>\n<summary>{_summary(summary)}</summary>\n\n{_blocks(inner)}</details>\n\n"


def _text(text: Text) -> str:
    return _MARKER.sub(r"\1\\\2", "".join(_inline(part) for part in text), count=1)


def _inline(part: Inline) -> str:
    match part:
        case str():
            return escaped(part)
        case Link(text, anchor):
            return f"[{escaped(text)}](#{html(anchor)})"
        case Math(latex) | Quoted(latex):
            try:
                return f"$`{_typeset(latex)}`$"
            except Refused:
                return code(latex)


def _typeset(latex: str) -> str:
    """The formula through the gate, with no character that HTML knows."""
    return typeset(latex).replace("<", r"\lt ").replace(">", r"\gt ")


def code(source: str) -> str:
    """Source as a code span, in more backticks than it holds in a row."""
    fence = "`" * (1 + max((len(run) for run in _RUN.findall(source)), default=0))
    return f"{fence} {' '.join(source.split())} {fence}"


def display(latex: str) -> str:
    """A formula on its own, or its source where it is refused."""
    try:
        return f"```math\n{_typeset(latex)}\n```\n\n"
    except Refused:
        return _fenced(latex, "latex")


def _fenced(source: str, language: str) -> str:
    fence = "`" * max(3, 1 + max((len(run) for run in _RUN.findall(source)), default=0))
    return f"{fence}{language}\n{source.rstrip()}\n{fence}\n\n"


def _cell(cell: Text) -> str:
    """A table's cell, where a bar would end it."""
    parts = (part if isinstance(part, str | Link) else type(part)(_barless(part.latex)) for part in cell)
    return _text(tuple(parts))


def _barless(latex: str) -> str:
    return latex.replace(r"\|", r"\Vert ").replace("|", r"\vert ")


def _summary(text: Text) -> str:
    """The text of a <summary>, which is HTML."""
    return "".join(
        html(part)
        if isinstance(part, str)
        else html(part.text)
        if isinstance(part, Link)
        else f"<code>{html(part.latex)}</code>"
        for part in text
    )


def _comparison(block: Comparison) -> str:
    theirs = f"The notes:\n\n{display(block.theirs.latex)}"
    ours = f"Derived:\n\n{''.join(map(display, block.ours))}" if block.ours else ""
    remarks = "".join(f"- {_text(remark)}\n" for remark in block.remarks)
    head = f"**Block {block.block}, line {block.line}: {escaped(block.verdict)}**\n\n"
    return f"{_anchor(block.anchor)}{head}{theirs}{ours}{remarks}" + ("\n" if remarks else "")
