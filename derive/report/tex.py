r"""The report as LaTeX: the same content for paper, with nothing but the usual packages and no command from outside.

Text is escaped character by character. Formulas go through the gate of `derive.report.formula`; what it refuses is set
as text. A formula wider than the line is scaled down to it, and a very wide one is broken at its signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

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
from derive.report.formula import CONTINUING, Refused, typeset

PREAMBLE = r"""\documentclass[10pt,a4paper]{article}
\usepackage[T1]{fontenc}
\usepackage{lmodern}
\usepackage[margin=23mm]{geometry}
\usepackage{amsmath,amssymb}
\usepackage{graphicx,xcolor,longtable,array}
\usepackage[hidelinks]{hyperref}
\definecolor{good}{HTML}{1F6B3A}
\definecolor{fair}{HTML}{855300}
\definecolor{bad}{HTML}{A3262A}
\definecolor{open}{HTML}{5B4A91}
\definecolor{plain}{HTML}{50555F}
\setlength{\parindent}{0pt}
\setlength{\parskip}{0.55em plus 0.2em}
\setlength{\emergencystretch}{6em}
\tolerance=2000
\raggedbottom
\renewcommand{\arraystretch}{1.25}
\newsavebox{\formulabox}
\newif\ifoverlong
\newcommand{\hung}{\hangindent=4em\hangafter=1\relax}
% Whether the formula, set as a ragged paragraph, has a line that is too long.
\newcommand{\tried}[1]{\global\overlongfalse\setbox0\vbox{\hfuzz\maxdimen\hsize\linewidth\raggedright\small\hung
  \noindent$\displaystyle #1$\par
  \loop\unskip\unpenalty\unskip\setbox0\lastbox\ifhbox0
    \setbox2\hbox{\unhbox0}\ifdim\wd2>\linewidth\global\overlongtrue\fi\repeat}}
% A formula (and the same with brackets in which it may be broken) at its own size, or scaled to the line, or, where
% that would be too small, broken at its signs.
\newcommand{\fitted}[2]{\sbox{\formulabox}{$\displaystyle #1$}%
  \ifdim\wd\formulabox>1.6\linewidth\tried{#2}\else\overlongtrue\fi
  \ifoverlong\ifdim\wd\formulabox>\linewidth\resizebox{\linewidth}{!}{\usebox{\formulabox}}%
    \else\usebox{\formulabox}\fi
  \else{\raggedright\small\hung$\displaystyle #2$\par}\fi}
\newcommand{\more}[1]{\hspace*{2em}{\advance\linewidth by -2em\relax #1}}
\newenvironment{formula}%
  {\par\smallskip\begin{list}{}{\leftmargin=1.5em\topsep=0pt\partopsep=0pt\parsep=0pt\itemsep=0.35em}\item[]}%
  {\end{list}\smallskip}
\newcommand{\comparison}[3]{\par\medskip\hrule height 0.4pt\smallskip
  {\small\textbf{#1}\hfill\textcolor{#2}{\textbf{#3}}}\par\nobreak}
\newenvironment{side}[1]%
  {\par\noindent\makebox[4.5em][l]{\small\textcolor{plain}{#1}}%
   \begin{minipage}[t]{\dimexpr\linewidth-4.5em\relax}\raggedright\parskip=0.35em}%
  {\end{minipage}\par}
"""
COLOURS = {
    "holds": "good",
    "conditional": "fair",
    "fails": "bad",
    "unreadable": "open",
    "unknown": "open",
}
SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "'": "'",
    "`": r"\textasciigrave{}",
    "-": "-{}",
    "\u00a0": "~",
    "–": r"\textendash{}",
    "—": r"\textemdash{}",
    "‘": r"\textquoteleft{}",
    "’": r"\textquoteright{}",
    "“": r"\textquotedblleft{}",
    "”": r"\textquotedblright{}",
    "…": r"\ldots{}",
    "·": r"\ensuremath{\cdot}",
}
_LETTERS = "∂∇∑ΣΠ∏∞×±−≤≥≠≈≡→←⇒⇔∈⊙⊗∘⊤∴²³⁺Δαβγδεηθλμπρστφψω"
_COMMANDS = r"""\partial \nabla \sum \Sigma \Pi \prod \infty \times \pm - \le \ge \ne \approx \equiv \to \gets
\Rightarrow \Leftrightarrow \in \odot \otimes \circ \top \therefore ^2 ^3 ^+ \Delta \alpha \beta \gamma \delta
\varepsilon \eta \theta \lambda \mu \pi \rho \sigma \tau \varphi \psi \omega"""
LONG_WORD = 16
_BRACKET = re.compile(r"\\(left|right)(?![a-z])")
MATHEMATICS = dict(zip(_LETTERS, _COMMANDS.split(), strict=True))


def write(document: Document, pictures: Iterable[str] = ()) -> str:
    r"""The source of report.tex; `pictures` names the figures that stand as PDF in the folder figures/ beside it."""
    title = rf"{{\raggedright\LARGE\bfseries {escaped(document.title)}\par}}"
    writer = _Writer(frozenset(pictures))
    return (
        f"{PREAMBLE}\\hypersetup{{pdftitle={{{_ascii(document.title)}}}}}\n"
        f"\\begin{{document}}\n{title}\n\\section*{{Summary}}\n{target('summary')}\n"
        f"{writer.blocks(document.summary)}\\tableofcontents\n"
        f"{''.join(writer.section(section, 0) for section in document.sections)}\\end{{document}}\n"
    )


def escaped(text: str) -> str:
    """Plain text as LaTeX. A character that the fonts lack is given by its code."""
    return " ".join(_word(word) for word in text.split(" "))


def _word(word: str) -> str:
    """A word, which may be broken anywhere where it is longer than any word."""
    return (r"\allowbreak{}" if len(word) > LONG_WORD else "").join(_character(character) for character in word)


def _character(character: str) -> str:
    if character in SPECIAL:
        return SPECIAL[character]
    if character in MATHEMATICS:
        return rf"\ensuremath{{{MATHEMATICS[character]}}}"
    if " " <= character <= "~" or ("À" <= character <= "ž" and character not in "ĦħĸĿŀŉŦŧ×÷"):
        return character
    if character.isspace():
        return " "
    return rf"\texttt{{U+{ord(character):04X}}}"


def _ascii(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9 .,:;()+-]", "", text)


def _breakable(formula: str) -> str:
    """The formula with brackets of a fixed size, which hold no line together."""
    return _BRACKET.sub(lambda bracket: {"left": r"\biggl", "right": r"\biggr"}[bracket[1]], formula)


def target(anchor: str) -> str:
    return rf"\hypertarget{{{_name(anchor)}}}{{}}" if anchor else ""


def _name(anchor: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]", lambda match: f".{ord(match[0]):x}.", anchor)


def literal(source: str) -> str:
    """Source text in typewriter letters, breakable anywhere."""
    return r"\texttt{" + r"\allowbreak{}".join(escaped(character) for character in source) + "}"


class _Writer:
    def __init__(self, pictures: frozenset[str]) -> None:
        self.pictures = pictures

    def section(self, section: Section, level: int) -> str:
        command = ("section", "subsection", "subsubsection", "paragraph")[min(level, 3)]
        title = rf"\texorpdfstring{{{escaped(section.title)}}}{{{_ascii(section.title)}}}"
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
            case Comparison():
                return self.comparison(block)
            case Table():
                return self.table(block)
            case Figure():
                return self.figure(block)
            case Code(_, source):
                rows = r"\\".join(escaped(line).replace(" ", "~") or "~" for line in source.rstrip().split("\n"))
                return f"\\begin{{formula}}\\raggedright\\ttfamily\\small {rows}\\end{{formula}}\n"
            case Details(summary, inner):
                return f"\\textbf{{{self.text(summary)}}}\n\n{self.blocks(inner)}"

    def text(self, text: Text) -> str:
        return "".join(self.inline(part) for part in text)

    def inline(self, part: Inline) -> str:
        match part:
            case str():
                return escaped(part)
            case Link(text, anchor):
                return rf"\hyperlink{{{_name(anchor)}}}{{{escaped(text)}}}"
            case Math(latex) | Quoted(latex):
                try:
                    return f"${typeset(latex)}$"
                except Refused:
                    return literal(latex)

    def line(self, latex: str, follows: bool) -> str:
        """A line of a display, set in where it goes on with the line before it."""
        goes_on = follows and latex.lstrip().startswith(CONTINUING)
        return rf"\more{{{self.display(latex)}}}" if goes_on else self.display(latex)

    def display(self, latex: str) -> str:
        try:
            whole = typeset(latex)
            return rf"\fitted{{{whole}}}{{{_breakable(whole)}}}"
        except Refused:
            return literal(latex)

    def comparison(self, block: Comparison) -> str:
        head = f"{target(block.anchor)}Block {block.block}, line {block.line}"
        colour = COLOURS.get(block.verdict, "plain")
        ours = "\\par\n".join(self.line(line, i > 0) for i, line in enumerate(block.ours))
        remarks = "".join(f"\\item {self.text(remark)}\n" for remark in block.remarks)
        return (
            f"\\comparison{{{head}}}{{{colour}}}{{{escaped(block.verdict)}}}\n"
            f"\\begin{{side}}{{notes}}{self.display(block.theirs.latex)}\\end{{side}}\n"
            + (f"\\begin{{side}}{{derived}}{ours}\\end{{side}}\n" if ours else "")
            + (f"\\begin{{itemize}}\n{remarks}\\end{{itemize}}\n" if remarks else "")
        )

    def table(self, table: Table) -> str:
        columns = list(zip(table.header, *table.rows, strict=True))
        lengths = [max(map(_length, column)) for column in columns]
        narrow = [length <= 16 for length in lengths]
        shares = [0 if fixed else length**0.5 for fixed, length in zip(narrow, lengths, strict=True)]
        taken = sum(length for fixed, length in zip(narrow, lengths, strict=True) if fixed)
        free = max(0.3, 0.97 - 0.011 * taken - 0.028 * len(lengths)) / (sum(shares) or 1)
        spec = "".join(rf">{{\raggedright}}p{{{free * share:.3f}\linewidth}}" if share else "l" for share in shares)
        head = " & ".join(rf"\textbf{{{self.text(cell)}}}" for cell in table.header)
        rows = "".join(" & ".join(self.cell(cell) for cell in row) + "\\tabularnewline[0.25em]\n" for row in table.rows)
        return f"\\begin{{longtable}}[l]{{{spec}}}\n{head}\\tabularnewline\\hline\\endhead\n{rows}\\end{{longtable}}\n"

    def cell(self, cell: Text) -> str:
        """A table's cell; a formula that is alone in it is fitted to the column."""
        alone = cell[0] if len(cell) == 1 else ""
        return self.display(alone.latex) if isinstance(alone, Math | Quoted) else self.text(cell)

    def figure(self, figure: Figure) -> str:
        if figure.name in self.pictures:
            size = r"width=\linewidth,height=0.42\textheight,keepaspectratio"
            shown = rf"\includegraphics[{size}]{{figures/{figure.name}.pdf}}"
        else:
            shown = rf"\emph{{{escaped(figure.alt)}}}"
        shown = f"{target('figure-' + figure.name)}{shown}"
        return f"\\begin{{center}}{shown}\\par\\small {self.text(figure.caption)}\\end{{center}}\n"


def _length(text: Text) -> int:
    """How many characters wide the text is, roughly."""
    return sum(
        len(part) if isinstance(part, str) else len(part.text) if isinstance(part, Link) else len(part.latex) // 2
        for part in text
    )
