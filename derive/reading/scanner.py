r"""The scanner's core: where it stands in the LaTeX, the tokens so far, and the brackets that are open."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lark import Token

from derive.reading.errors import ReadError, quote
from derive.reading.lexeme import lexeme
from derive.reading.tree import Span

MAX_DEPTH = 60  # brackets inside brackets
MAX_DIGITS = 40  # in one number

_LEXEME = re.compile(
    r"(?P<space>\s+|%[^\n]*|(?<=\})\\\{\})|(?P<escaped>\\_(?=\{|\w\b))|(?P<command>\\(?:operatorname\*|tag\*|[hv]space\*|[A-Za-z]+|.)|~)"
    r"|(?P<number>\d+(?:\.\d+)?|\.\d+)|(?P<line>(?m:^(?:={3,}|-{3,})[ \t]*$))|(?P<character>.)",
    re.S | re.A,
)
_SPACE = re.compile(r"(?:\s|%[^\n]*\n?)*", re.A)
_BRACE = re.compile(r"\\.|[{}]", re.S)
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_ENDS = {"brace": "RBRACE", "null": "REVAL", "matrix": "ENDMATRIX", "cases": "ENDCASES"} | dict.fromkeys(
    ("(", "[", "{", "|", "||", "langle"), "CLOSE"
)
_ROUND = ("(", "[")  # brackets of which people forget one


@dataclass
class Frame:
    r"""An open bracket: what closes it, its first token, its place, whether the label of an underbrace follows it, the
    font around it, and the number of the token before which an \over stands in it."""

    kind: str
    index: int
    start: int
    label: bool = False
    font: str = ""
    over: int = -1


class Scanner:
    """Walks through LaTeX and collects tokens; `character` and `command` read what is no space and no number;
    `refused` says of some commands why they are not read."""

    def __init__(
        self,
        latex: str,
        whole: bool,
        character: Callable[[Scanner, str, Span], None],
        command: Callable[[Scanner, str, Span], None],
        refused: Mapping[str, str],
    ) -> None:
        self.latex = latex
        self.whole = whole
        self.character = character
        self.command = command
        self.refused = refused
        self.position = 0
        self.tokens: list[Token] = []
        self.frames: list[Frame] = []
        self.second_argument = -1  # number of tokens at which the second argument of a \frac begins
        self.prefix = -1  # where a size or font command stands that belongs to the next token
        self.font = ""  # of what is read now
        self.next_font = ""  # of the next token or braces alone
        self.in_words = False
        self.quoted = False  # whether a quotation mark is open
        self.labels: list[tuple[list[Token], Span]] = []  # what an underbrace holds, and where its label stands

    def scan(self, end: int) -> None:
        """Reads up to `end`."""
        while self.position < end:
            found = _LEXEME.match(self.latex, self.position, end)
            assert found is not None
            self.position = found.end()
            self._lexeme(found, found.span())

    def spell(self, latex: str, span: Span) -> None:
        """Reads other LaTeX instead of what stands at `span`."""
        for found in _LEXEME.finditer(latex):
            self._lexeme(found, span)

    def _lexeme(self, found: re.Match[str], span: Span) -> None:
        kind, text = found.lastgroup, found.group()
        if kind == "command":
            self.command(self, text.removeprefix("\\"), span)
        elif kind == "number":
            self.number(text, span)
        elif kind == "escaped":  # v\_1, whose backslash is for Markdown
            self.character(self, "_", span)
        elif kind == "character":
            self.character(self, text, span)
        elif kind == "line":  # what formatters of Markdown make of a line with = or - alone
            self.character(self, text[0], span)
        elif self.tokens and _BLANK_LINE.search(text) and all(frame.kind == "align" for frame in self.frames):
            self.emit("NEWLINE", "", (span[0], span[0]))

    def finish(self) -> list[Token]:
        """The tokens, once all is read. Raises ReadError for braces that are still open."""
        self._leave_open()
        if self.frames and self.whole:
            frame = self.frames[-1]
            shown = quote(self.latex[frame.start : frame.start + 12])
            raise ReadError(f"what {shown} opens is never closed: close it", (frame.start, frame.start + 1))
        return self.tokens

    # Tokens

    def emit(self, kind: str, value: str, span: Span) -> None:
        if self.prefix >= 0:
            span, self.prefix = (self.prefix, span[1]), -1
        if kind in ("NAME", "NUM") and self.type_at(-1) == "FRAC":
            self.second_argument = len(self.tokens) + 1
        self.tokens.append(lexeme(kind, value, span, self.next_font or self.font))
        self.next_font = ""

    def bad(self, reason: str, span: Span) -> None:
        """Notes something that is not understood; only the statement around it is lost."""
        self.emit("BAD", reason, span)

    def number(self, text: str, span: Span) -> None:
        if self.wants_argument() and len(text) > 1:  # x_12 is x_1 2, \frac12 is 1/2
            self.position = span[0] + 1
            text, span = text[0], (span[0], span[0] + 1)
            if text == ".":
                return self.emit("DOT", text, span)
        if len(text) > MAX_DIGITS:
            raise ReadError(f"a number of {len(text)} digits: at most {MAX_DIGITS} are read", span)
        return self.emit("NUM", text, span)

    def type_at(self, index: int) -> str:
        """The type of the token at `index`, counted from the end; '' if there is none."""
        return self.tokens[index].type if len(self.tokens) >= -index else ""

    def wants_argument(self) -> bool:
        """Whether a command before this still wants an argument."""
        waiting = self.type_at(-1) in ("SUB", "SUP", "FRAC", "ACCENT", "SUBSTACK", "SQRT")
        return waiting or self.second_argument == len(self.tokens)

    # Brackets

    def open(self, kind: str, token: str, value: str, span: Span, label: bool = False) -> None:
        """Opens a bracket; with a `token` unless it is ''. Raises ReadError for too many."""
        if len(self.frames) >= MAX_DEPTH:
            raise ReadError(f"more than {MAX_DEPTH} brackets inside one another: simplify the formula", span)
        self.frames.append(Frame(kind, len(self.tokens), span[0], label, self.font))
        self.font, self.next_font = self.next_font or self.font, ""
        if token:
            self.emit(token, value, span)

    def close(self, kind: str, span: Span, value: str = "") -> None:
        """Closes the innermost bracket, which must be of this kind. Raises ReadError if it is not."""
        value = value or ("{" if kind == "brace" else kind)
        if kind == "align" and any(frame.kind == kind for frame in self.frames):
            self._leave_open()
        if not self.frames and not self.whole and kind in _ENDS:
            return self.emit(_ENDS[kind], value, span)
        if not self.frames or self.frames[-1].kind != kind:
            start = self.frames[-1].start if self.frames else 0
            opened = f" where {quote(self.latex[start : start + 12])} is open" if self.frames else ""
            reason = f"{quote(self.latex[span[0] : span[1]])} closes nothing{opened}: pair the brackets"
            if kind in _ROUND and (not self.frames or self.inside("align")):
                return self.bad(reason, span)
            raise ReadError(reason, span)
        frame = self.frames.pop()
        self.font = frame.font
        if frame.over >= 0:
            self._fraction(frame)
        if frame.label:
            self._label(frame)
            span = (span[0], self.position)
        if kind in _ENDS:
            first_argument = kind == "brace" and self.type_at(frame.index - 1 - len(self.tokens)) == "FRAC"
            self.emit(_ENDS[kind], value, span)
            if first_argument:
                self.second_argument = len(self.tokens)
        return None

    def _leave_open(self) -> None:
        """Notes the brackets that are never closed; only the statement around them is lost."""
        while self.whole and self.frames and self.frames[-1].kind in _ROUND:
            frame = self.frames.pop()
            reason = f"what {quote(self.latex[frame.start : frame.start + 12])} opens is never closed: close it"
            self.tokens[frame.index] = lexeme("BAD", reason, (frame.start, frame.start + 1))

    def inside(self, kind: str) -> bool:
        """Whether the innermost open bracket is of this kind."""
        return bool(self.frames) and self.frames[-1].kind == kind

    def _fraction(self, frame: Frame) -> None:
        r"""{a \over b} as {\frac{a}{b}}."""
        above, below = self.tokens[frame.index + 1 : frame.over], self.tokens[frame.over :]
        here, end = above[0].start_pos or 0, self.position - 1
        middle = below[0].start_pos or 0 if below else end
        begin, half, over = lexeme("LBRACE", "{", (here, here)), (middle, middle), lexeme("FRAC", "over", (here, here))
        fraction = [over, begin, *above, lexeme("RBRACE", "{", half), lexeme("LBRACE", "{", half), *below]
        self.tokens[frame.index + 1 :] = [*fraction, lexeme("RBRACE", "{", (end, end))]

    # Arguments

    def next_is(self, char: str) -> bool:
        """Whether `char` comes next; spaces before it are passed."""
        space = _SPACE.match(self.latex, self.position)
        assert space is not None
        self.position = space.end()
        return self.latex[self.position : self.position + 1] == char

    def argument(self) -> Span:
        """Passes a TeX argument, a braced group or one character, and returns the span of its content."""
        if not self.next_is("{"):
            start = self.position
            found = _LEXEME.match(self.latex, start)
            self.position = found.end() if found else start
            return start, self.position
        start, depth = self.position, 0
        for brace in _BRACE.finditer(self.latex, start):
            depth += {"{": 1, "}": -1}.get(brace.group(), 0)
            if depth == 0:
                self.position = brace.end()
                return start + 1, brace.start()
        raise ReadError("what `{` opens is never closed: close it", (start, start + 1))

    def optional(self) -> None:
        """Passes an optional argument, [3pt]."""
        if self.next_is("[") and (end := self.latex.find("]", self.position)) >= 0:
            self.position = end + 1

    def _label(self, frame: Frame) -> None:
        r"""Passes the label of an \underbrace or \overbrace, which is no part of the formula."""
        if self.latex.startswith(r"\_{", self.position):  # whose backslash is for Markdown
            self.position += 1
        if self.next_is("_") or self.next_is("^"):
            self.position += 1
            self.labels.append((self.tokens[frame.index + 1 :], self.argument()))
