r"""Files -> display blocks: where the formulas of a Markdown page, a LaTeX source or a notebook stand.

Markdown: $$ … $$, \[ … \], ```math fences and bare environments, outside of code. LaTeX: the same and the display
environments, after the preamble and outside of comments and verbatim text. A notebook's Markdown cells are read as Markdown.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from derive.reading import notebook
from derive.reading.errors import ReadError, quote
from derive.reading.tree import Span

Kind = Literal["md", "tex", "ipynb"]
KINDS: dict[str, Kind] = {
    ".md": "md",
    ".markdown": "md",
    ".qmd": "md",
    ".txt": "md",
    ".tex": "tex",
    ".ltx": "tex",
    ".ipynb": "ipynb",
}
MAX_FILE = 4_000_000  # characters

DISPLAYS = "equation align gather multline flalign eqnarray alignat displaymath math"
_ENVIRONMENT = r"\\begin\{(?P<env>(?:equation|align|gather|multline|flalign|eqnarray|alignat)\*?|displaymath)\}"
_VERBATIM = r"\\begin\{(?P<verbatim>verbatim\*?|Verbatim|lstlisting|minted|comment)\}"
_COMMON = rf"(?P<env_at>{_ENVIRONMENT})|(?P<display>\$\$|\\\[)|(?P<inline>\$|\\\()|(?P<escaped>\\.)"
_OPENERS = {
    "md": re.compile(
        r"^[ ]{0,3}(?P<fence>`{3,}|~{3,})(?P<info>[^\n]*)$|(?P<code>`+)|(?P<comment><!--)|^[ ]{0,3}#{1,6}[ \t]+(?P<heading>[^\n]*)$|"
        + _COMMON,
        re.M | re.S,
    ),
    "tex": re.compile(
        rf"(?P<comment>%)|(?P<verb>{_VERBATIM})|\\(?:part|chapter|(?:sub)*section|paragraph)\*?\{{(?P<heading>[^{{}}\n]*)\}}|"
        + _COMMON,
        re.M | re.S,
    ),
}


@dataclass(frozen=True)
class Block:
    """A display block: its LaTeX without the delimiters around it.

    `number` counts from 1 through the file and `line` is the line of the file where the LaTeX starts; `start` and `end` are
    its offsets in the file's text or, in a notebook, in the source of cell `cell` (counted from 0). `environment` is the
    display environment that held it, '' for $$ and \\[.
    """

    number: int
    line: int
    latex: str
    start: int
    end: int
    heading: str = ""
    environment: str = ""
    cell: int | None = None


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
    name = str(path)
    if name == "-":
        data, kind = sys.stdin.buffer.read(MAX_FILE * 4 + 1), KINDS[".md"]
    else:
        suffix = Path(path).suffix.lower()
        if suffix not in KINDS:
            raise ReadError(f"{name}: files of type {quote(suffix)} are not read: give .md, .tex or .ipynb")
        kind = KINDS[suffix]
        try:
            with Path(path).open("rb") as file:
                data = file.read(MAX_FILE * 4 + 1)
        except OSError as error:
            raise ReadError(
                f"{name}: cannot be read ({(error.strerror or 'error').lower()}): give another file"
            ) from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReadError(f"{name}: not UTF-8 at byte {error.start}: save the file as UTF-8") from None
    try:
        blocks, inline = read(text, kind)
    except ReadError as error:
        raise ReadError(f"{name}: {error}") from None
    return Document(name, text, kind, tuple(blocks), tuple(inline))


def read_blocks(source: str, kind: Kind) -> list[Block]:
    """The display blocks of a file's text, in order of appearance. Raises ReadError for a display that is never closed."""
    return read(source, kind)[0]


def read(source: str, kind: Kind) -> tuple[list[Block], list[Inline]]:
    """The display blocks and the inline equalities of a file's text."""
    if len(source) > MAX_FILE:
        raise ReadError(f"the file has {len(source)} characters, more than the {MAX_FILE} that are read: split it")
    if kind != "ipynb":
        reader = _Reader(source, kind)
        reader.read()
        return reader.blocks, reader.inline
    blocks: list[Block] = []
    inline: list[Inline] = []
    heading = ""
    for cell in notebook.markdown_cells(source):
        reader = _Reader(cell.source, "md", cell, len(blocks), heading)
        reader.read()
        blocks += reader.blocks
        inline += reader.inline
        heading = reader.heading
    return blocks, inline


class _Reader:
    """One pass over a text, from one opening to the next."""

    def __init__(
        self,
        text: str,
        kind: Literal["md", "tex"],
        cell: notebook.Cell | None = None,
        before: int = 0,
        heading: str = "",
    ) -> None:
        self.text = text
        self.kind = kind
        self.cell = cell
        self.before = before
        self.heading = heading
        self.blocks: list[Block] = []
        self.inline: list[Inline] = []
        self.lines = [0, *(match.end() for match in re.finditer(r"\n", text))]
        self.no_more: set[str] = set()  # closings that do not occur any further on

    def read(self) -> None:
        position, end = self.body()
        openers = _OPENERS[self.kind]
        while (match := openers.search(self.text, position, end)) is not None:
            position = self.construct(match, end)

    def body(self) -> Span:
        """The stretch of text to read: of a LaTeX source, what \\begin and \\end{document} enclose."""
        if self.kind == "md":
            return 0, len(self.text)
        begin = re.search(r"^[^%\n]*?\\begin\{document\}", self.text, re.M)
        end = re.search(r"^[^%\n]*?\\end\{document\}", self.text, re.M)
        return begin.end() if begin else 0, end.start() if end else len(self.text)

    def construct(self, match: re.Match[str], end: int) -> int:
        """Reads the construct that `match` opens and returns where it ends."""
        found = match.groupdict()
        start = match.end()
        if found.get("heading") is not None:
            self.heading = found["heading"].strip().rstrip("#").strip()
        elif found.get("fence"):
            return self.fence(match, end)
        elif found.get("code"):
            close = self.find_run(found["code"], start, end)
            return close if close >= 0 else start
        elif found.get("comment") == "%":
            return self.find("\n", start, end)
        elif found.get("comment"):
            return self.find("-->", start, end)
        elif found.get("verb"):
            return self.find(f"\\end{{{found['verbatim']}}}", start, end)
        elif found.get("env_at"):
            close = self.text.find(f"\\end{{{found['env']}}}", start, end)
            return self.display(start, close, found["env_at"], environment=found["env"])
        elif found.get("display"):
            closing = "$$" if found["display"] == "$$" else "\\]"
            return self.display(start, self.closing(closing, start, end), found["display"])
        elif found.get("inline"):
            return self.running(match, end)
        return start

    def closing(self, mark: str, start: int, end: int) -> int:
        """Where `mark` stands next, unescaped; -1 if nowhere."""
        found = self.text.find(mark, start, end)
        while found > 0 and mark[0] == "$" and self.text[found - 1] == "\\" and self.text[found - 2 : found] != "\\\\":
            found = self.text.find(mark, found + 1, end)
        return found

    def find(self, mark: str, start: int, end: int) -> int:
        found = self.text.find(mark, start, end)
        return end if found < 0 else found + len(mark)

    def find_run(self, ticks: str, start: int, end: int) -> int:
        """The end of the run of exactly these backticks that closes a code span; -1 if there is none."""
        if ticks in self.no_more:
            return -1
        for run in re.compile("`+").finditer(self.text, start, end):
            if run.group() == ticks:
                return run.end()
        self.no_more.add(ticks)
        return -1

    def fence(self, match: re.Match[str], end: int) -> int:
        mark = match["fence"]
        close = re.compile(rf"^[ ]{{0,3}}{re.escape(mark)}{mark[0]}*[ \t]*$", re.M).search(self.text, match.end(), end)
        if match["info"].strip() == "math":
            self.display(match.end(), close.start() if close else -1, f"{mark}math")
        return close.end() if close else end

    def display(self, start: int, end: int, opening: str, environment: str = "") -> int:
        if end < 0:
            raise ReadError(
                f"line {self.line(start)}: the display that {quote(opening)} opens is never closed: close it"
            )
        latex = self.text[start:end]
        lead = len(latex) - len(latex.lstrip())
        start, latex = start + lead, latex.strip()
        cell = self.cell.number if self.cell else None
        number = self.before + len(self.blocks) + 1
        self.blocks.append(
            Block(number, self.line(start), latex, start, start + len(latex), self.heading, environment, cell)
        )
        closing = {"$": 2, "\\": 2}.get(opening[0], 0) if not environment else len(f"\\end{{{environment}}}")
        return end + closing

    def running(self, match: re.Match[str], end: int) -> int:
        """A formula in running text, which ends in its own paragraph; a lone dollar is just a dollar."""
        start = match.end()
        mark = "$" if match["inline"] == "$" else "\\)"
        close = self.closing(mark, start, end)
        if close < 0 or re.compile(r"\n[ \t]*\n").search(self.text, start, close):
            return start
        latex = self.text[start:close]
        if "=" in latex and latex.strip():
            self.inline.append(Inline(self.line(start), latex, start, close, self.cell.number if self.cell else None))
        return close + len(mark)

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
