r"""Files -> display blocks: where the formulas of a Markdown page, a LaTeX source or a notebook stand.

Markdown: $$ … $$, \[ … \], ```math fences and bare environments, outside of code. LaTeX: the same but for fences, after
the preamble and outside of comments and verbatim text. A notebook's Markdown cells are read as Markdown.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from derive.reading import notebook
from derive.reading.definitions import DEFINING, NO_MACROS, Macros, defined, definition_end
from derive.reading.errors import ReadError, quote
from derive.reading.tree import Span

Kind = Literal["md", "tex", "ipynb"]
KINDS: dict[str, Kind] = {".md": "md", ".markdown": "md", ".txt": "md", ".tex": "tex", ".ipynb": "ipynb"}
MAX_TEXT = 1_000_000  # characters of a page
MAX_FILE = 20_000_000  # bytes of a file: a notebook holds pictures too

_ENVIRONMENT = r"\\begin\{(?P<env>(?:equation|align|gather|multline|flalign|eqnarray)\*?|displaymath)\}"
_FORMULA = (
    rf"(?P<env_at>{_ENVIRONMENT})|(?P<display>\$\$|\\\[)|(?P<inline>\$|\\\()"
    rf"|(?P<define>\\(?:{'|'.join(DEFINING)})(?![A-Za-z]))|(?P<escaped>\\.)"
)
_QUOTED = re.compile(r"(?:[ ]{0,3}>)*")
_OPENINGS = {
    "md": re.compile(
        r"^[ ]{0,3}(?P<fence>`{3,}|~{3,})(?P<info>[^`\n]*)$|(?P<code>`+)|(?P<comment><!--)"
        r"|^[ ]{0,3}#{1,6}[ \t]+(?P<heading>[^\n]*)$|" + _FORMULA,
        re.M | re.S,
    ),
    "tex": re.compile(
        r"(?P<comment>%)|\\begin\{(?P<verbatim>verbatim\*?|Verbatim|lstlisting|minted|comment)\}"
        r"|\\(?:part|chapter|(?:sub)*section|paragraph)\*?\{(?P<heading>[^{}\n]*)\}|" + _FORMULA,
        re.M | re.S,
    ),
}


@dataclass(frozen=True)
class Block:
    """A display block: its LaTeX without the delimiters around it, and with blanks for the > of a quote.

    `number` counts from 1 through the file and `line` is the line of the file where the LaTeX starts; `start` and
    `end` are its offsets in the file's text or, in a notebook, in the source of cell `cell` (counted from 0).
    `environment` is the display environment that held it, '' for $$ and \\[; `macros` are the commands that the page
    defined before it.
    """

    number: int
    line: int
    latex: str
    start: int
    end: int
    heading: str = ""
    environment: str = ""
    cell: int | None = None
    macros: Macros = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Inline:
    """A formula in running text that holds an =: an equality that is counted, and not checked."""

    line: int
    latex: str
    start: int
    end: int
    cell: int | None = None


@dataclass(frozen=True)
class Document:
    """A file that was read: its blocks, and the equalities in its running text."""

    path: str
    text: str
    kind: Kind
    blocks: tuple[Block, ...]
    inline: tuple[Inline, ...]

    @classmethod
    def read(cls, path: str, text: str, kind: Kind) -> Document:
        """The document in a file's text; `path` is how it is called. Raises ReadError."""
        blocks, inline = _read(text, kind)
        return cls(path, text, kind, tuple(blocks), tuple(inline))

    def with_replacements(self, pieces: list[tuple[Block, Span, str]]) -> str:
        """The file's text with each span of a block's LaTeX replaced; nothing else changes. Spans must not overlap."""
        by_cell: dict[int | None, list[tuple[int, int, str]]] = {}
        for block, (start, end), latex in pieces:
            by_cell.setdefault(block.cell, []).append((block.start + start, block.start + end, latex))
        if self.kind != "ipynb":
            return _replaced(self.text, by_cell.get(None, []))
        edited = {
            cell.number: _replaced(cell.source, by_cell[cell.number])
            for cell in notebook.markdown_cells(self.text)
            if cell.number in by_cell
        }
        return notebook.with_sources(self.text, edited)


def load(path: str | Path) -> Document:
    """The document in a file, by its suffix, or from standard input as '-' (Markdown). Raises ReadError."""
    name, suffix = str(path), Path(path).suffix.lower()
    kind: Kind = "md" if name == "-" else KINDS.get(suffix, "md")
    if name != "-" and suffix not in KINDS:
        raise ReadError(f"{name}: files of type {quote(suffix)} are not read: give {', '.join(KINDS)}")
    try:
        if name == "-":
            data = sys.stdin.buffer.read(MAX_FILE + 1)
        else:
            with Path(path).open("rb") as file:
                data = file.read(MAX_FILE + 1)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "no such name").lower()
        raise ReadError(f"{name}: cannot be read ({reason}): give another file") from None
    if len(data) > MAX_FILE:
        raise ReadError(f"{name}: more than {MAX_FILE} bytes: split the file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReadError(f"{name}: not UTF-8 at byte {error.start}: save the file as UTF-8") from None
    try:
        return Document.read(name, text, kind)
    except ReadError as error:
        raise ReadError(f"{name}: {error}") from None


def read_blocks(source: str, kind: Kind) -> list[Block]:
    """The display blocks of a file's text, in order of appearance. Raises ReadError for one that is never closed."""
    return _read(source, kind)[0]


def _read(source: str, kind: Kind) -> tuple[list[Block], list[Inline]]:
    cells = notebook.markdown_cells(source) if kind == "ipynb" else [None]
    texts = [source if cell is None else cell.source for cell in cells]
    if sum(map(len, texts)) > MAX_TEXT:
        raise ReadError(f"more than {MAX_TEXT} characters of text: split the file")
    blocks: list[Block] = []
    inline: list[Inline] = []
    heading, macros = "", NO_MACROS
    for cell, text in zip(cells, texts, strict=True):
        reader = _Reader(text, "tex" if kind == "tex" else "md", cell, len(blocks), heading, macros)
        reader.read()
        blocks += reader.blocks
        inline += reader.inline
        heading, macros = reader.heading, reader.macros
    return blocks, inline


class _Reader:
    """One pass over a text, from one opening to the next."""

    def __init__(
        self, text: str, kind: str, cell: notebook.Cell | None, before: int, heading: str, macros: Macros
    ) -> None:
        self.text = text
        self.kind = kind
        self.cell = cell
        self.before = before
        self.heading = heading
        self.macros = macros
        self.blocks: list[Block] = []
        self.inline: list[Inline] = []
        self.lines = [0, *(match.end() for match in re.finditer(r"\n", text))]
        self.unclosed: dict[str, int] = {}  # up to where a mark is known not to occur, so that nobody looks again
        self.paragraph = 0  # up to here there is no blank line

    def read(self) -> None:
        begin, end = self.body()
        position = 0
        while (match := _OPENINGS[self.kind].search(self.text, position, end)) is not None:
            found = match.groupdict()
            if match.start() >= begin or found["define"] or found["comment"] or found.get("verbatim"):
                position = self.construct(match, end)
            else:
                position = match.end()

    def body(self) -> Span:
        r"""The stretch to read: of a LaTeX source, what \begin{document} and \end{document} enclose."""
        if self.kind == "md":
            return 0, len(self.text)
        begin, end = (
            re.search(rf"^(?:\\%|[^%\n])*?(\\{side}\{{document\}})", self.text, re.M) for side in ("begin", "end")
        )
        return begin.end(1) if begin else 0, end.start(1) if end else len(self.text)

    def construct(self, match: re.Match[str], end: int) -> int:
        """Reads what `match` opens and returns where to go on."""
        found = match.groupdict()
        start = match.end()
        if found["heading"] is not None:
            self.heading = found["heading"].strip().rstrip("#").strip()
            return match.start("heading")
        if found.get("fence"):
            return self.fence(match, end)
        if found.get("code"):
            return max(start, self.find(found["code"], start, end, rf"(?<!`){found['code']}(?!`)"))
        if found["comment"]:
            close = self.find("\n" if found["comment"] == "%" else "-->", start, end)
            return end if close < 0 else close
        if found.get("verbatim"):
            close = self.find(f"\\end{{{found['verbatim']}}}", start, end)
            return end if close < 0 else close
        if found["env_at"]:
            return self.display(start, f"\\end{{{found['env']}}}", end, found["env_at"], found["env"])
        if found["display"]:
            return self.display(start, "$$" if found["display"] == "$$" else "\\]", end, found["display"])
        if found["define"]:
            close = min(definition_end(self.text, match.start()), end)
            self.macros = defined(self.text[match.start() : close], self.macros)
            return close
        if found["inline"]:
            return self.running(start, "$" if found["inline"] == "$" else "\\)", end)
        return start

    def find(self, mark: str, start: int, end: int, pattern: str = "") -> int:
        """Where the next `mark` that no backslash escapes ends; -1 if there is none."""
        if start < self.unclosed.get(mark, 0):
            return -1
        escaped = r"(?<!\\)(?:\\\\)*" if mark[0] == "$" else ""
        close = re.compile(escaped + (pattern or re.escape(mark))).search(self.text, start, end)
        if close is None:
            self.unclosed[mark] = end
            return -1
        return close.end()

    def fence(self, match: re.Match[str], end: int) -> int:
        mark = match["fence"]
        close = re.compile(rf"^[ ]{{0,3}}{mark}{mark[0]}*[ \t]*$", re.M).search(self.text, match.end(), end)
        if match["info"].strip() == "math":
            if close is None:
                raise self.never_closed(match.end(), f"{mark}math")
            self.add(match.end(), close.start(), "")
        return close.end() if close else end

    def display(self, start: int, mark: str, end: int, opening: str, environment: str = "") -> int:
        close = self.find(mark, start, end)
        if close < 0:
            raise self.never_closed(start, opening)
        self.add(start, close - len(mark), environment)
        self.macros = defined(self.text[start:close], self.macros)
        return close

    def never_closed(self, start: int, opening: str) -> ReadError:
        return ReadError(f"line {self.line(start)}: the display that {quote(opening)} opens is never closed: close it")

    def add(self, start: int, end: int, environment: str) -> None:
        latex = self.unquoted(start, end)
        start += len(latex) - len(latex.lstrip())
        latex = latex.strip()
        number, cell = self.before + len(self.blocks) + 1, self.cell.number if self.cell else None
        line, end = self.line(start), start + len(latex)
        self.blocks.append(Block(number, line, latex, start, end, self.heading, environment, cell, self.macros))

    def unquoted(self, start: int, end: int) -> str:
        """The text of a display; the marks of a quote around it, > at the beginning of a line, are blanks."""
        latex = self.text[start:end]
        quote_marks = _QUOTED.match(self.text, self.text.rfind("\n", 0, start) + 1)
        depth = quote_marks[0].count(">") if quote_marks and self.kind == "md" else 0
        marks = rf"(?<=\n)(?:[ ]{{0,3}}>){{1,{depth}}}"
        return re.sub(marks, lambda found: " " * len(found[0]), latex) if depth else latex

    def running(self, start: int, mark: str, end: int) -> int:
        """A formula in running text, which ends in its own paragraph; a lone dollar is just a dollar."""
        if start >= self.paragraph:
            blank = re.compile(r"\n[ \t]*\n").search(self.text, start, end)
            self.paragraph = blank.start() + 1 if blank else end
        close = self.find(mark, start, self.paragraph)
        if close < 0:
            return start
        latex = self.text[start : close - len(mark)]
        self.macros = defined(latex, self.macros)
        if "=" in latex and latex.strip():
            cell = self.cell.number if self.cell else None
            self.inline.append(Inline(self.line(start), latex, start, close - len(mark), cell))
        return close

    def line(self, offset: int) -> int:
        """The line of the file on which `offset` stands, from 1."""
        line = bisect_right(self.lines, offset)
        return self.cell.lines[line - 1] if self.cell else line


def _replaced(text: str, pieces: list[tuple[int, int, str]]) -> str:
    parts, position = [], 0
    for start, end, latex in sorted(pieces):
        if start < position:
            raise ValueError("replacements overlap")
        parts += [text[position:start], latex]
        position = end
    return "".join([*parts, text[position:]])
