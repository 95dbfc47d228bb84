"""The report as Markdown whose mathematics stands in $…$, as GitHub, Pandoc and Jupyter read it.

A formula holds no character that Markdown could take for its own: brackets, bars and spaces go by their names, and a
space before each _ keeps it from ending an emphasis.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape as html

from derive.report.document import (
    Block,
    Checked,
    Code,
    Details,
    Document,
    Figure,
    Formula,
    Fragments,
    Inline,
    Ledger,
    Link,
    Math,
    Paragraph,
    Section,
    Slip,
    Slot,
    Table,
    Tally,
    Term,
    Text,
)
from derive.typeset.formula import Mark, Quoted, Refused, typeset

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$&!@])")
_MARKER = re.compile(r"^(\s*)([-+=]|\d+(?=[.)]))")  # what would start a list or underline a heading
_RUN = re.compile(r"`+")
_NAMED = {
    r"\\": r"\cr ",
    r"\,": r"\thinspace ",
    r"\:": r"\medspace ",
    r"\;": r"\thickspace ",
    r"\!": r"\negthinspace ",
    r"\ ": r"\enspace ",
    r"\{": r"\lbrace ",
    r"\}": r"\rbrace ",
    r"\|": r"\Vert ",
    "<": r"\lt ",
    ">": r"\gt ",
    "|": r"\vert ",
    "[": r"\lbrack ",
    "]": r"\rbrack ",
    "_": " _",
    "~": " ",
    r"{\color{bad}": r"{\color{red}",
    r"{\color{good}": r"{\color{green}",
}
_PIECE = re.compile(r"\\text\{[^{}]*\}|" + "|".join(map(re.escape, sorted(_NAMED, key=len, reverse=True))))


def write(document: Document) -> str:
    """The source of report.md; figures are the files figures/NAME.svg beside it."""
    sections = "".join(_section(section, 2) for section in document.sections)
    made = "".join(f"- {escaped(label)}: {escaped(value)}\n" for label, value in document.provenance)
    source = f"# {escaped(document.title)}\n\n{_blocks(document.lead)}{sections}"
    return (f"{source}---\n\n{made}" if made else source).rstrip() + "\n"


def escaped(text: str) -> str:
    """Plain text in which nothing is markup."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split("\n")))


def _section(section: Section, level: int) -> str:
    inner = "".join(_section(inner, level + 1) for inner in section.sections)
    wrong = f" ({section.failing} wrong)" if section.failing else ""
    title = f"{'#' * min(level, 6)} {_text(section.title)}{wrong}"
    return f"{_anchor(section.anchor)}{title}\n\n{_blocks(section.blocks)}{inner}"


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
        case Tally(total, counts):
            found = ", ".join(f"{number} [{escaped(words)}](#{html(anchor)})" for _, number, words, anchor in counts)
            return f"**{escaped(total)}: {found}.**\n\n"
        case Slip(place, written, mended, said):
            head = f"**{_text((*said, ' (', place, ')'))}**\n\n"
            return head + _quoted(written) + ("mended:\n\n" + _quoted(mended) if mended is not None else "")
        case Ledger(rows):
            return "".join(map(_checked, rows))
        case Fragments(rows):
            found = "".join(f'<a id="{html(row.anchor)}"></a>{_inline(row.theirs)} ' for row in rows)
            return f"Without an equality: {found}\n\n"
        case Table(header, rows, anchors):
            named = [f'<a id="{html(anchor)}"></a>' for anchor in anchors] or [""] * len(rows)
            cells = [list(map(_cell, row)) for row in rows]
            for first, name in zip(cells, named, strict=True):
                first[0] = name + first[0]
            ruled = (list(map(_cell, header)), ["---"] * len(header), *cells)
            return "".join(f"| {' | '.join(row)} |\n" for row in ruled) + "\n"
        case Figure(name, _, caption, alt, _, number):
            numbered = f"**Figure {number}.** " if number else ""
            anchor = _anchor(f"figure-{name}")
            return f"{anchor}![{escaped(alt)}](figures/{name}.svg)\n\n{numbered}{_text(caption)}\n\n"
        case Slot():
            return ""
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
        case Link(text, anchor) | Term(text, _, anchor):
            return f"[{escaped(text)}](#{html(anchor)})"
        case Math(latex):
            return _mathematics(latex)
        case Quoted(latex, marks):
            return _mathematics(latex, marks)


def _mathematics(latex: str, marks: tuple[Mark, ...] = ()) -> str:
    try:
        return f"${_typeset(latex, marks)}$"
    except Refused:
        return code(latex)


def _typeset(latex: str, marks: tuple[Mark, ...]) -> str:
    """The formula through the gate, with no character that Markdown or HTML knows."""

    def named(piece: re.Match[str]) -> str:
        text = piece[0]
        if text.startswith(r"\text"):
            return re.sub(r"[*_<>|~\[\]]", " ", re.sub("-{2,3}", "—", text))
        return _NAMED[text]

    formula = re.sub(r" +", " ", _PIECE.sub(named, typeset(latex, marks))).strip()
    if not formula:
        raise Refused("an empty formula")
    return formula


def code(source: str) -> str:
    """Source as a code span, in more backticks than it holds in a row."""
    fence = "`" * (1 + max((len(run) for run in _RUN.findall(source)), default=0))
    return f"{fence} {' '.join(source.split())} {fence}"


def display(latex: str, marks: tuple[Mark, ...] = ()) -> str:
    """A formula on its own, or its source where it is refused."""
    try:
        return f"$$\n{_typeset(latex, marks)}\n$$\n\n"
    except Refused:
        return _fenced(latex, "latex")


def _quoted(formula: Quoted) -> str:
    return display(formula.latex, formula.marks)


def _fenced(source: str, language: str) -> str:
    fence = "`" * max(3, 1 + max((len(run) for run in _RUN.findall(source)), default=0))
    return f"{fence}{language}\n{source.rstrip()}\n{fence}\n\n"


def _cell(cell: Text) -> str:
    """A table's cell, where a bar would end it, in a formula that stays source too."""
    parts = (Quoted(part.latex.replace("|", r"\vert ")) if isinstance(part, Quoted) else part for part in cell)
    return _text(tuple(parts))


def _summary(text: Text) -> str:
    """The text of a <summary>, which is HTML."""
    return "".join(
        html(part)
        if isinstance(part, str)
        else html(part.text)
        if isinstance(part, Link | Term)
        else f"<code>{html(part.latex)}</code>"
        for part in text
    )


def _checked(row: Checked) -> str:
    head = f"**Block {row.block}, line {row.line}: {escaped(row.verdict)}**\n\n"
    mended = "".join(f"mended:\n\n{_quoted(formula)}" for formula in row.mended)
    ours = f"derived:\n\n{''.join(map(display, row.ours))}" if row.ours else ""
    remarks = "".join(f"- {_text(remark)}\n" for remark in row.remarks)
    return f"{_anchor(row.anchor)}{head}{_quoted(row.theirs)}{mended}{ours}{remarks}" + ("\n" if remarks else "")
