"""The report as data: what every writer (html, tex, md, ipynb) reads and nothing else.

Text is plain text and never markup; formulas are LaTeX that our printer made, except `Quoted`, which is the untrusted
source of somebody's notes.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Math:
    """An inline formula."""

    latex: str


@dataclass(frozen=True)
class Quoted:
    """A formula as somebody wrote it: untrusted LaTeX, set as a formula where that is safe, else as escaped text."""

    latex: str


@dataclass(frozen=True)
class Link:
    """A reference to the section or formula with this anchor."""

    text: str
    anchor: str


Inline = str | Math | Quoted | Link
Text = tuple[Inline, ...]


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
class Comparison:
    """A block of the notes beside ours: their LaTeX, its verdict, what makes it hold or mends it, and our formula."""

    block: int
    line: int
    theirs: Quoted
    ours: tuple[str, ...]
    verdict: str
    remarks: tuple[Text, ...]
    anchor: str = ""


@dataclass(frozen=True)
class Table:
    header: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]


@dataclass(frozen=True)
class Figure:
    """An SVG drawn from data, and the same drawing as PDF for LaTeX; `alt` says in words what it shows; `name` is its
    file's stem."""

    name: str
    svg: str
    caption: Text
    alt: str
    pdf: bytes = field(default=b"", repr=False)

    def _repr_svg_(self) -> str:
        """The picture as a notebook shows it."""
        return self.svg


@dataclass(frozen=True)
class Code:
    language: str
    source: str


@dataclass(frozen=True)
class Details:
    """Blocks that stay folded until asked for."""

    summary: Text
    blocks: tuple[Block, ...]


Block = Paragraph | Formula | Comparison | Table | Figure | Code | Details


@dataclass(frozen=True)
class Section:
    title: str
    anchor: str
    blocks: tuple[Block, ...]
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True)
class Document:
    title: str
    summary: tuple[Block, ...]
    sections: tuple[Section, ...]
