r"""Text -> display blocks and inline formulas: where they stand in Markdown or in a LaTeX source.

Markdown: $$ … $$, \[ … \], \\[ … \\], bare environments, fences of math (```math, ```{math}) and of LaTeX, and the
directive `.. math::`, outside of code. LaTeX: the same but for what is Markdown's, after the preamble and outside of
comments and verbatim text. In both, a page's own commands and environments that open one of these.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property

from derive.reading import notebook
from derive.reading.block import Block, Inline, Unread
from derive.reading.definitions import Macros, braced, defined, definition_end
from derive.reading.errors import ReadError, quote
from derive.reading.openings import DISPLAYED, DOUBLED, OPENINGS, OPTIONS, QUOTED, RELATED, SOURCE, TWICE
from derive.reading.own_displays import OwnDisplays
from derive.reading.tree import Span

MAX_BLOCKS = 10_000  # displays of a page
MAX_INLINE = 50_000  # formulas in running text
SNIPPET = 80  # characters of the text around an inline formula


class Reader:
    """One pass over a text, from one opening to the next; it adds what it finds to `blocks`, `inline` and `unread`."""

    def __init__(
        self,
        text: str,
        kind: str,
        cell: notebook.Cell | None,
        heading: str,
        macros: Macros,
        blocks: list[Block],
        inline: list[Inline],
        unread: list[Unread],
    ) -> None:
        self.text = text
        self.kind = kind
        self.cell = cell
        self.heading = heading
        self.blocks = blocks
        self.inline = inline
        self.unread = unread
        self.lines = [0, *(match.end() for match in re.finditer(r"\n", text))]
        self.unclosed: dict[str, int] = {}  # up to where a mark is known not to occur, so that nobody looks again
        self.paragraph = 0  # up to here there is no blank line
        self.macros = macros
        self.own = OwnDisplays(macros)

    def read(self) -> None:
        begin, end = self.body()
        self.scan(self.kind, 0, end, begin)

    def scan(self, kind: str, position: int, end: int, begin: int = 0) -> None:
        """Reads a stretch as Markdown or LaTeX; before `begin` only definitions."""
        while (match := OPENINGS[kind].search(self.text, position, end)) is not None:
            found = match.groupdict()
            if match.start() >= begin or found["define"] or found["named"] or found["comment"] or found.get("verbatim"):
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
        if found.get("rst") is not None:
            return self.directive(match, end)
        if code := found.get("code") or found.get("github") or found.get("role"):
            return self.code(match, code, end)
        if found["comment"]:
            close = self.find("\n" if found["comment"] == "%" else "-->", start, end)
            return end if close < 0 else close
        if found.get("verbatim"):
            close = self.find(f"\\end{{{found['verbatim']}}}", start, end)
            return end if close < 0 else close
        if found.get("jekyll"):
            return self.escaped(start, found["jekyll"], end)
        if found["env"]:
            if found["env"] not in self.own.environments:
                return start
            return self.display(start, rf"\end{{{found['env']}}}", end, match.group(), found["env"])
        if found["display"]:
            return self.display(start, "$$" if found["display"] == "$$" else "\\]", end, found["display"])
        if found["define"]:
            close = min(definition_end(self.text, match.start()), end)
            self.define(self.text[match.start() : close])
            return close
        if found["named"]:
            return self.environment(start, found["named"])
        if found["missing"]:
            self.unread.append(Unread(self.line(match.start()), match.group()))
            return start
        if found["inline"]:
            return self.running(match.start(), start, "$" if found["inline"] == "$" else "\\)", end)
        return self.command(start, found["command"], end) if found["command"] else start

    # The page's own displays

    def environment(self, start: int, name: str) -> int:
        r"""A \newenvironment: displays, where its beginning opens one."""
        opening = braced(self.text, start)
        if opening is None:
            return start
        self.own.environment(name, self.text[slice(*opening)])
        closing = braced(self.text, opening[1] + 1)
        return closing[1] + 1 if closing else opening[1] + 1

    def command(self, start: int, name: str, end: int) -> int:
        """A command of the page's own that opens a display, or holds one."""
        if name in self.own.wrapping and (argument := braced(self.text, start)) is not None:
            self.add(argument[0], argument[1], "")
            return argument[1] + 1
        environment = self.own.openings.get(name)
        if environment is None:
            return start
        close = self.own.closing(environment).search(self.text, start, end)
        if close is None:
            raise self.never_closed(start, f"\\{name}")
        self.add(start, close.start(), environment)
        return close.end()

    # Code and displays

    def define(self, text: str) -> None:
        """Takes over the commands that a text defines."""
        macros = defined(text, self.macros)
        if macros is not self.macros:
            self.own.define({name: macro for name, macro in macros.items() if self.macros.get(name) is not macro})
            self.macros = macros

    @cached_property
    def backticks(self) -> dict[int, list[int]]:
        """Where the runs of backticks end, by their length."""
        ends: dict[int, list[int]] = {}
        for run in re.finditer("`+", self.text):
            ends.setdefault(len(run[0]), []).append(run.end())
        return ends

    def find(self, mark: str, start: int, end: int) -> int:
        """Where the next `mark` that no backslash escapes ends; -1 if there is none."""
        if start < self.unclosed.get(mark, 0):
            return -1
        escaped = r"(?<!\\)(?:\\\\)*" if mark[0] == "$" else ""
        close = re.compile(escaped + re.escape(mark)).search(self.text, start, end)
        if close is None:
            self.unclosed[mark] = end
            return -1
        return close.end()

    def code(self, match: re.Match[str], mark: str, end: int) -> int:
        """Code in running text, or mathematics in its marks: $`a`$, {math}`a`."""
        start = match.end()
        closes = self.backticks.get(len(mark), [])
        place = bisect_right(closes, start)
        if place == len(closes) or closes[place] > end:
            return start
        close = closes[place]
        github = match.groupdict().get("github") is not None
        if github and self.text[close : close + 1] == "$":
            close += 1
        if match.groupdict().get("role") or (github and self.text[close - 1] == "$"):
            self.add_inline(match.start(), start, close - len(mark) - github, close)
        return close

    def fence(self, match: re.Match[str], end: int) -> int:
        mark, info, start = match["fence"], match["info"].strip(), match.end()
        close = re.compile(rf"^(?:[ ]{{0,3}}>)*[ \t]*{mark}{mark[0]}*[ \t]*$", re.M).search(self.text, start, end)
        if info == "math" or info.startswith("{math}"):
            if close is None:
                raise self.never_closed(start, f"{mark}{info}")
            options = OPTIONS.match(self.text, start + 1) if info != "math" else None
            self.add(options.end() if options else start, close.start(), "")
        elif info.lower() in ("latex", "tex", "katex", "mathjax") and close is not None:
            self.source(start, close.start())
        return close.end() if close else end

    def source(self, start: int, end: int) -> None:
        """LaTeX in a fence: its displays, or one formula."""
        if DISPLAYED.search(self.text, start, end):
            self.scan("tex", start, end)
        elif not SOURCE.search(self.text, start, end) and RELATED.search(self.text, start, end):
            self.add(start, end, "")

    def directive(self, match: re.Match[str], end: int) -> int:
        """The formula of a `.. math::`, on its line or indented below."""
        deeper = rf"{re.escape(match['indent'])}[ \t]+\S[^\n]*"
        held = re.compile(rf"(?:[ \t]*\n|{deeper}\n)*(?:{deeper})?").match(self.text, min(match.end() + 1, end), end)
        start, close = match.start("rst"), held.end() if held else match.end()
        if not match["rst"].strip() and held:
            options = OPTIONS.match(self.text, held.start(), close)
            start = options.end() if options else start
        if self.text[start:close].strip():
            self.add(start, close, "")
        return close

    def escaped(self, start: int, bracket: str, end: int) -> int:
        r"""A formula between \\[ and \\], or \\( and \\), whose first backslash is for Markdown."""
        mark = r"\\]" if bracket == "[" else r"\\)"
        if bracket == "(":
            return self.running(start - 3, start, mark, end)
        close = self.find(mark, start, end)
        if close < 0:
            return start
        self.add(start, close - len(mark), "", is_escaped=True)
        return close

    def display(self, start: int, mark: str, end: int, opening: str, environment: str = "") -> int:
        close = self.find(mark, start, end)
        if close < 0:
            raise self.never_closed(start, opening)
        self.add(start, close - len(mark), environment)
        self.define(self.text[start:close])
        return close

    def never_closed(self, start: int, opening: str) -> ReadError:
        return ReadError(f"line {self.line(start)}: the display that {quote(opening)} opens is never closed: close it")

    def add(self, start: int, end: int, environment: str, is_escaped: bool = False) -> None:
        if len(self.blocks) >= MAX_BLOCKS:
            raise ReadError(f"more than {MAX_BLOCKS} displays: split the file")
        latex = self.unquoted(start, end)
        latex = DOUBLED.sub(" \\\\", latex) if is_escaped else latex
        start += len(latex) - len(latex.lstrip())
        latex = latex.strip()
        number, cell = len(self.blocks) + 1, self.cell.number if self.cell else None
        line, end = self.line(start), start + len(latex)
        self.blocks.append(Block(number, line, latex, start, end, self.heading, environment, cell, self.macros))

    def unquoted(self, start: int, end: int) -> str:
        """The text of a display; the marks of a quote around it, > at the beginning of a line, are blanks."""
        latex = self.text[start:end]
        quote_marks = QUOTED.match(self.text, self.text.rfind("\n", 0, start) + 1)
        depth = quote_marks[0].count(">") if quote_marks and self.kind == "md" else 0
        marks = rf"(?<=\n)(?:[ ]{{0,3}}>){{1,{depth}}}"
        return re.sub(marks, lambda found: " " * len(found[0]), latex) if depth else latex

    # Running text

    def running(self, opening: int, start: int, mark: str, end: int) -> int:
        """A formula in running text, which ends in its own paragraph; a lone dollar is just a dollar."""
        close = self.find(mark, start, self.paragraph_end(start, end))
        if close < 0 or (mark == "$" and self.kind == "md" and self.is_price(start, close)):
            return start
        if (inner := TWICE.fullmatch(self.text, start, close - len(mark))) is None:
            self.add_inline(opening, start, close - len(mark), close)
        elif RELATED.search(inner[1]):
            self.add(*inner.span(1), "")
        else:
            self.add_inline(opening, *inner.span(1), close)
        self.define(self.text[start : close - len(mark)])
        return close

    def is_price(self, start: int, close: int) -> bool:
        """Whether a dollar only stands before a number: $5 and $6."""
        starts, ends = self.text[start].isdigit(), self.text[close - 2].isspace()
        return self.text[close : close + 1].isdigit() or (starts and ends)

    def paragraph_end(self, start: int, end: int) -> int:
        if start >= self.paragraph:
            blank = re.compile(r"\n[ \t]*\n").search(self.text, start, end)
            self.paragraph = blank.start() + 1 if blank else end
        return self.paragraph

    def add_inline(self, opening: int, start: int, end: int, close: int) -> None:
        """A formula from `start` to `end` whose marks reach from `opening` to `close`."""
        latex = self.text[start:end]
        if not latex.strip():
            return
        if len(self.inline) >= MAX_INLINE:
            raise ReadError(f"more than {MAX_INLINE} formulas in running text: split the file")
        before = self.text[max(0, opening - SNIPPET) : opening].rpartition("\n\n")[2]
        after = self.text[close : close + SNIPPET].partition("\n\n")[0]
        number, cell = len(self.inline) + 1, self.cell.number if self.cell else None
        place = (number, self.line(start), latex, start, end, self.heading, "", cell, self.macros)
        self.inline.append(Inline(*place, before=before, after=after))

    def line(self, offset: int) -> int:
        """The line of the file on which `offset` stands, from 1."""
        line = bisect_right(self.lines, offset)
        return self.cell.lines[line - 1] if self.cell else line
