"""The report as data: what every writer (html, tex, md) reads and nothing else.

Text is plain text and never markup; formulas are LaTeX that our printer made, except `Quoted`, which is the untrusted
source of somebody's notes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from derive.typeset.formula import Quoted
from derive.typeset.glossary import Symbol


@dataclass(frozen=True)
class Math:
    """An inline formula."""

    latex: str


@dataclass(frozen=True)
class Link:
    """A reference to the section, formula or figure with this anchor."""

    text: str
    anchor: str


@dataclass(frozen=True)
class Term:
    """A word that the glossary explains: it leads there, and says on hover what it means."""

    text: str
    meaning: str
    anchor: str


Inline = str | Math | Quoted | Link | Term
Text = tuple[Inline, ...]

_COMMAND = re.compile(r"\\(?:hat|tilde|bar|text|mathrm|mathbf|boldsymbol)(?![a-zA-Z])|[\\{}]")


def plain(text: Text) -> str:
    """The text as letters alone, for where no formula can stand: W_aa, θ."""
    return "".join(_plain(part) for part in text)


def _plain(part: Inline) -> str:
    match part:
        case str():
            return part
        case Math(latex) | Quoted(latex):
            return _COMMAND.sub("", latex)
        case Link(text, _) | Term(text, _, _):
            return text


@dataclass(frozen=True)
class Paragraph:
    text: Text


@dataclass(frozen=True)
class Formula:
    """A display formula, one LaTeX string a line; `number` is the notes' own equation number or ''."""

    lines: tuple[str, ...]
    anchor: str = ""
    number: str = ""


@dataclass(frozen=True)
class Tally:
    """How many formulas have each verdict: (verdict, number, the words after it, the first of them)."""

    total: str
    counts: tuple[tuple[str, int, str, str], ...]


@dataclass(frozen=True)
class Slip:
    """What is wrong and how it is mended, the piece that changes marked in both; `said` is the edit in words."""

    place: Link
    written: Quoted
    mended: Quoted | None
    said: Text


@dataclass(frozen=True)
class Checked:
    """A block of the notes with its verdict: their LaTeX, the same mended, our own formula, and what there is to say.
    `before` and `after` are the anchors of the failures around a failing block, '' for none."""

    block: int
    line: int
    theirs: Quoted
    verdict: str
    mended: tuple[Quoted, ...] = ()
    ours: tuple[str, ...] = ()
    remarks: tuple[Text, ...] = ()
    anchor: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Ledger:
    """Blocks of the notes below each other."""

    rows: tuple[Checked, ...]


@dataclass(frozen=True)
class Fragments:
    """Blocks in which there is nothing to decide, in a line."""

    rows: tuple[Checked, ...]


@dataclass(frozen=True)
class Table:
    """Cells in rows; `anchors` names the rows that can be referred to."""

    header: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]
    anchors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Figure:
    """An SVG drawn from data, and the same drawing as PDF for LaTeX; `alt` says in words what it shows; `name` is its
    file's stem, and `number` its place in the report."""

    name: str
    svg: str
    caption: Text
    alt: str
    pdf: bytes = field(default=b"", repr=False)
    number: int = 0

    def _repr_svg_(self) -> str:
        """The picture as a notebook shows it."""
        return self.svg


@dataclass(frozen=True)
class Slot:
    """Where the figure of that name stands, if it is drawn."""

    name: str


@dataclass(frozen=True)
class Code:
    language: str
    source: str


@dataclass(frozen=True)
class Details:
    """Blocks that stay folded until asked for; on paper they are left out unless the report is a full one."""

    summary: Text
    blocks: tuple[Block, ...]


Block = Paragraph | Formula | Tally | Slip | Ledger | Fragments | Table | Figure | Slot | Code | Details


@dataclass(frozen=True)
class Section:
    """`failing` is how many formulas in it are wrong; `checked` says that it is a part of the notes."""

    title: Text
    anchor: str
    blocks: tuple[Block, ...]
    sections: tuple[Section, ...] = ()
    failing: int = 0
    checked: bool = False


@dataclass(frozen=True)
class Document:
    """A report: what its first screen says, its sections, its symbols and where it comes from (label, value)."""

    title: str
    lead: tuple[Block, ...]
    sections: tuple[Section, ...]
    symbols: tuple[Symbol, ...] = ()
    provenance: tuple[tuple[str, str], ...] = ()
    full: bool = False
