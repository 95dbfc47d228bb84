r"""The report as LaTeX: the same content for paper, with nothing but the usual packages and no command from outside.

Text is escaped character by character. Formulas go through the gate of `derive.typeset.formula`; what it refuses is set
as text. A formula wider than the line is scaled down to it, and a very wide one is broken at its signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.resources import files

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
    plain,
)
from derive.report.tex_text import MISSING, ascii_text, escaped, literal
from derive.typeset.formula import CONTINUING, Mark, Quoted, Refused, typeset

COLOURS = {
    "holds": "good",
    "conditional": "fair",
    "fails": "bad",
    "unreadable": "open",
    "unknown": "open",
}
_BRACKET = re.compile(r"\\(left|right)(?![a-z])")


def write(document: Document, pictures: Iterable[str] = ()) -> str:
    r"""The source of report.tex; `pictures` names the figures that stand as PDF in the folder figures/ beside it.

    What is folded on the screen stands in it between \iffull and \fi: \fulltrue, or a report that is full, sets it."""
    writer = _Writer(frozenset(pictures))
    preamble = files("derive.report").joinpath("preamble.tex").read_text("utf-8")
    made = "".join(rf"{escaped(label)}: {escaped(value)}\par " for label, value in document.provenance)
    title = rf"{{\raggedright\LARGE\bfseries {escaped(document.title)}\par}}"
    body = "".join(writer.section(section, 0) for section in document.sections)
    lead = writer.blocks(document.lead)
    if MISSING in title + lead + body:
        made += (
            rf"letters that the fonts of this document lack stand as their Unicode numbers, {MISSING}\ldots{{}}}}\par "
        )
    return (
        f"{preamble}\\{'fulltrue' if document.full else 'fullfalse'}\n"
        f"\\hypersetup{{pdftitle={{{ascii_text(document.title)}}}}}\n"
        f"\\begin{{document}}\n"
        + title
        + (rf"{{\footnotesize\color{{plain}}\raggedright\parskip=0pt {made}}}" if made else "")
        + f"\n\\medskip\n{target('summary')}{lead}\\tableofcontents\n{body}\\end{{document}}\n"
    )


def _breakable(formula: str) -> str:
    """The formula with brackets of a fixed size, which hold no line together."""
    return _BRACKET.sub(lambda bracket: {"left": r"\biggl", "right": r"\biggr"}[bracket[1]], formula)


def target(anchor: str) -> str:
    return rf"\hypertarget{{{_name(anchor)}}}{{}}" if anchor else ""


def _name(anchor: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]", lambda match: f".{ord(match[0]):x}.", anchor)


class _Writer:
    def __init__(self, pictures: frozenset[str]) -> None:
        self.pictures = pictures

    def section(self, section: Section, level: int) -> str:
        command = ("section", "subsection", "subsubsection", "paragraph")[min(level, 3)]
        title = rf"\texorpdfstring{{{self.text(section.title)}}}{{{ascii_text(plain(section.title))}}}"
        inner = "".join(self.section(inner, level + 1) for inner in section.sections)
        return f"\\{command}{{{title}}}{target(section.anchor)}\n{self.blocks(section.blocks)}{inner}"

    def blocks(self, blocks: Iterable[Block]) -> str:
        return "".join(self.block(block) for block in blocks)

    def block(self, block: Block) -> str:
        match block:
            case Paragraph(text):
                return f"{self.text(text)}\n\n"
            case Formula(lines, anchor, number):
                shown = "\n\\item[]".join(self.line(line, i > 0) for i, line in enumerate(lines))
                label = rf"\hfill({escaped(number)})" if number else ""
                return f"\\begin{{formula}}{target(anchor)}{shown}{label}\\end{{formula}}\n"
            case Tally(total, counts):
                found = ", ".join(
                    rf"\textcolor{{{COLOURS.get(verdict, 'plain')}}}{{\textbf{{{number}}} {escaped(words)}}}"
                    for verdict, number, words, _ in counts
                )
                return f"\\textbf{{{escaped(total)}:}} {found}.\n\n"
            case Slip():
                return self.slip(block)
            case Ledger(rows):
                return "".join(map(self.checked, rows))
            case Fragments(rows):
                shown = r"\quad ".join(f"{target(row.anchor)}{self.inline(row.theirs)}" for row in rows)
                first, last = rows[0].block, rows[-1].block
                which = f"Blocks {first} to {last}" if last > first else f"Block {first}"
                return f"\\rowrule{{\\small\\textcolor{{plain}}{{{which}, without an equality:}} {shown}\\par}}\n"
            case Table():
                return self.table(block)
            case Figure():
                return self.figure(block)
            case Slot():
                return ""
            case Code(_, source):
                code = r"\\".join(escaped(line).replace(" ", "~") or "~" for line in source.rstrip().split("\n"))
                return f"\\begin{{formula}}\\raggedright\\ttfamily\\small {code}\\end{{formula}}\n"
            case Details(summary, inner):
                return f"\\iffull\n\\textbf{{{self.text(summary)}}}\n\n{self.blocks(inner)}\\fi\n"

    # Text and formulas

    def text(self, text: Text) -> str:
        return "".join(self.inline(part) for part in text)

    def inline(self, part: Inline) -> str:
        match part:
            case str():
                return escaped(part)
            case Link(text, anchor) | Term(text, _, anchor):
                return rf"\hyperlink{{{_name(anchor)}}}{{{escaped(text)}}}"
            case Math(latex):
                return self.mathematics(latex)
            case Quoted(latex, marks):
                return self.mathematics(latex, marks)

    def mathematics(self, latex: str, marks: tuple[Mark, ...] = ()) -> str:
        try:
            return f"${typeset(latex, marks) or '{}'}$"  # $$ would begin a display
        except Refused:
            return literal(latex)

    def line(self, latex: str, follows: bool) -> str:
        """A line of a display, set in where it goes on with the line before it."""
        goes_on = follows and latex.lstrip().startswith(CONTINUING)
        return rf"\more{{{self.display(latex)}}}" if goes_on else self.display(latex)

    def display(self, latex: str, marks: tuple[Mark, ...] = ()) -> str:
        try:
            whole = typeset(latex, marks)
            return rf"\fitted{{{whole}}}{{{_breakable(whole)}}}"
        except Refused:
            return literal(latex)

    def quoted(self, formula: Quoted) -> str:
        return self.display(formula.latex, formula.marks)

    # The notes

    def slip(self, slip: Slip) -> str:
        head = rf"\textbf{{\textcolor{{bad}}{{{self.inline(slip.place)}}}}}: {self.text(slip.said)}"
        sides = [("written", slip.written), *([("mended", slip.mended)] if slip.mended is not None else [])]
        shown = "".join(f"\\begin{{side}}{{{label}}}{self.quoted(side)}\\end{{side}}\n" for label, side in sides)
        return f"\\rowrule{{\\small {head}\\par}}\\nobreak\n{shown}"

    def checked(self, row: Checked) -> str:
        colour = COLOURS.get(row.verdict, "plain")
        sides = [("", self.quoted(row.theirs)), *(("mended", self.quoted(mended)) for mended in row.mended)]
        if row.ours:
            sides.append(("derived", "\\par\n".join(self.line(line, i > 0) for i, line in enumerate(row.ours))))
        first, *more = (f"\\begin{{side}}{{{label}}}{shown}\\end{{side}}\n" for label, shown in sides)
        remarks = "".join(f"\\remark{{{self.text(remark)}}}\n" for remark in row.remarks)
        head = f"\\checked{{{target(row.anchor)}{row.block}}}{{{row.line}}}{{{colour}}}{{{escaped(row.verdict)}}}"
        return f"{head}%\n{{{first}}}{''.join(more)}{remarks}"

    # Tables and figures

    def table(self, table: Table) -> str:
        columns = list(zip(table.header, *table.rows, strict=True))
        lengths = [max(map(_length, column)) for column in columns]
        narrow = [length <= 16 for length in lengths]
        shares = [0 if fixed else length**0.5 for fixed, length in zip(narrow, lengths, strict=True)]
        taken = sum(length for fixed, length in zip(narrow, lengths, strict=True) if fixed)
        free = max(0.3, 0.97 - 0.011 * taken - 0.028 * len(lengths)) / (sum(shares) or 1)
        spec = "".join(rf">{{\raggedright}}p{{{free * share:.3f}\linewidth}}" if share else "l" for share in shares)
        head = " & ".join(rf"\textbf{{{self.text(cell)}}}" for cell in table.header)
        anchors = table.anchors or ("",) * len(table.rows)
        rows = [
            target(anchor) + " & ".join(self.cell(cell) for cell in row) + r"\tabularnewline"
            for anchor, row in zip(anchors, table.rows, strict=True)
        ]
        # the head and the first rows stay together: nothing breaks after a row with a star
        kept = "".join(f"{row}{'*' if n < 2 else ''}[0.15em]\n" for n, row in enumerate(rows))
        room = r"\needspace{5\baselineskip}" + "\n"
        head = f"{head}\\tabularnewline*\\hline\\endhead"
        return f"{room}\\begin{{longtable}}[l]{{{spec}}}\n{head}\n{kept}\\end{{longtable}}\n"

    def cell(self, cell: Text) -> str:
        """A table's cell; a formula that is alone in it is fitted to the column."""
        alone = cell[0] if len(cell) == 1 else ""
        return self.display(alone.latex) if isinstance(alone, Math | Quoted) else self.text(cell)

    def figure(self, figure: Figure) -> str:
        if figure.name in self.pictures:
            size = r"width=\linewidth,height=0.34\textheight,keepaspectratio"
            shown = rf"\includegraphics[{size}]{{figures/{figure.name}.pdf}}"
        else:
            shown = rf"\emph{{{escaped(figure.alt)}}}"
        number = rf"\textbf{{Figure {figure.number}.}} " if figure.number else ""
        caption = rf"\begin{{minipage}}{{0.94\linewidth}}\small {number}{self.text(figure.caption)}\end{{minipage}}"
        return f"\\begin{{center}}{target('figure-' + figure.name)}{shown}\\par\\smallskip {caption}\\end{{center}}\n"


def _length(text: Text) -> int:
    """How many characters wide the text is, roughly."""
    return sum(
        len(part)
        if isinstance(part, str)
        else len(part.text)
        if isinstance(part, Link | Term)
        else len(part.latex) // 2
        for part in text
    )
