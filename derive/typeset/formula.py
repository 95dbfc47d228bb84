r"""The gate of every formula: LaTeX is parsed and rebuilt from known commands, or refused.

What passes can be typeset by TeX, by MathML and by the Markdown renderers without an error and without a side effect:
there is no macro, no link, no style, no file and no change of category codes in the vocabulary, groups are balanced and
every command has its arguments. So quoted notes, which are untrusted, need no other defence in any writer.

Colour comes from us alone: pieces of a formula are marked by their place, never by a command in its source.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from derive.typeset.vocabulary import (
    ARGUMENTS,
    BOXES,
    DELIMITERS,
    DROPPED,
    LABELS,
    SPACES,
    SPELLINGS,
    SYMBOLS,
    TABLES,
    WORDS,
)

LONGEST, DEEPEST = 20_000, 40
CONTINUING = ("=", "+", "-", r"\leftarrow", r"\Rightarrow")  # how a line goes on with the one before it

_TOKEN = re.compile(r"\\(?:[A-Za-z]+\*?|.|$)|[^\\]", re.DOTALL)
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-*/=<>()[]|.,:;!?")
_ACCENTED = re.compile(r"\{\\(?:hat|widehat|tilde|widetilde|bar|vec|dot|ddot)\{")
_TEXT = re.compile(r"[A-Za-z0-9 .,:;!?'()\[\]/+=*-]*")
_COMMAND_AT_END = re.compile(r"\\[A-Za-z]+$")


CARET = r"{}_{\wedge}"  # where something is missing


@dataclass(frozen=True)
class Mark:
    """A piece of a formula, by its place in the source, that is set in a colour: what is wrong (bad) or mended (good).
    An empty piece is where something is missing."""

    start: int
    end: int
    colour: Literal["bad", "good"]


@dataclass(frozen=True)
class Quoted:
    """A formula as somebody wrote it: untrusted LaTeX, set as a formula where that is safe, else as escaped text;
    `marks` are pieces of it in colour."""

    latex: str
    marks: tuple[Mark, ...] = ()


class Refused(ValueError):
    """A formula with something in it that is not known to be harmless and well formed."""


def typeset(latex: str, marks: tuple[Mark, ...] = ()) -> str:
    r"""The formula rebuilt from the vocabulary, with sizes and tags left out and marked pieces in {\color{…}{…}}.

    Raises Refused for anything else; the caller then shows the source as text.
    """
    if len(latex) > LONGEST:
        raise Refused(f"a formula of {len(latex)} characters")
    rows = _Tokens(latex, marks).rows(lambda token: False)
    return rows[0][0] if len(rows) == len(rows[0]) == 1 else _table("aligned", rows)


def coloured(latex: str, colour: str) -> str:
    """The piece in a colour."""
    return rf"{{\color{{{colour}}}{{{latex}}}}}"


def _table(name: str, rows: list[list[str]]) -> str:
    return rf"\begin{{{name}}}" + r" \\ ".join(" & ".join(cells) for cells in rows) + rf"\end{{{name}}}"


def _joined(parts: list[str]) -> str:
    """The parts side by side, with a space where a command's name would run into a letter."""
    text = ""
    for part in parts:
        text += f" {part}" if part[:1].isalpha() and _COMMAND_AT_END.search(text) else part
    return text


def _scripted(atom: str, scripts: str) -> str:
    """An atom with its scripts. TeX takes the braces off a group that is one accent; {} beside it keeps them."""
    accent = _ACCENTED.match(atom) if scripts else None
    return f"{{{{}}{atom[1:]}{scripts}" if accent else atom + scripts


class _Tokens:
    """A cursor over the tokens of a formula; each method reads one construct and returns it rebuilt."""

    def __init__(self, latex: str, marks: tuple[Mark, ...]) -> None:
        self._tokens = ((match[0], match.start()) for match in _TOKEN.finditer(latex))
        self._next, self._place = next(self._tokens, ("", len(latex)))
        self._latex, self._end, self._depth, self._marks = latex, 0, 0, list(marks)

    def take(self) -> str:
        token = self._next
        if not token.isspace():
            self._end = self._place + len(token)
        self._next, self._place = next(self._tokens, ("", len(self._latex)))
        return token

    def marked(self, start: int) -> Mark | None:
        """The mark that covers the piece from there to the last token taken, if one does."""
        return next((mark for mark in self._marks if mark.start <= start < self._end <= mark.end), None)

    def coloured(self, mark: Mark, start: int, end: int) -> str:
        """A piece that lies in a mark."""
        return coloured(typeset(self._latex[start:end]), mark.colour)

    def missing(self) -> str:
        """A caret where something is missing before the next token."""
        here = [mark for mark in self._marks if mark.start == mark.end <= self._place]
        self._marks = [mark for mark in self._marks if mark not in here]
        return "".join(coloured(CARET, mark.colour) for mark in here)

    def skip_spaces(self) -> None:
        while self._next and (self._next.isspace() or self._next == "~"):
            self.take()

    def rows(self, ends: Callable[[str], bool]) -> list[list[str]]:
        r"""Rows set apart by \\, their cells by &."""
        rows: list[list[str]] = []
        cells: list[str] = []
        while True:
            cells.append(self.sequence(lambda token: ends(token) or token in ("&", "\\\\")))
            token = self._next
            if token == "&":
                self.take()
                continue
            rows.append(cells)
            cells = []
            if token != "\\\\":
                return rows[:-1] if rows[-1] == [""] and len(rows) > 1 else rows
            self.take()

    def sequence(self, ends: Callable[[str], bool]) -> str:
        """Atoms with their scripts, up to a token that ends them or the end of the formula."""
        parts: list[str] = []
        inside: Mark | None = None  # the mark in which the last atoms lie, from `begin` to `finish`
        begin = finish = 0
        while True:
            self.skip_spaces()
            caret, start = self.missing(), self._place
            done = not self._next or ends(self._next)
            scripted = self._next in ("^", "_", "'")  # a script on nothing
            atom = "" if done else _scripted("{}" if scripted else self.atom(), self.scripts())
            mark = None if done else self.marked(start)
            if inside is not None and (mark is not inside or caret):
                parts.append(self.coloured(inside, begin, finish))
            if mark is not None and (mark is not inside or caret):
                begin = start
            inside, finish = mark, self._end
            parts += [caret] if caret else []
            parts += [atom] if mark is None else []
            if done:
                return _joined(parts)

    def scripts(self) -> str:
        found: dict[str, str] = {}
        while True:
            self.skip_spaces()
            if self._next == "'" and "^" not in found:
                primes = ""
                while self._next == "'":
                    primes += r"\prime" if self.take() else ""
                self.skip_spaces()
                if self._next == "^":
                    self.take()
                    primes += self.argument()
                found["^"] = "{" + primes + "}"
            elif self._next in ("^", "_", "'"):
                place = self.take()
                if place in found:
                    raise Refused("a second script at one place")
                found[place] = self.argument()
            elif self._next in (r"\limits", r"\nolimits"):
                self.take()
            else:
                return "".join(place + found[place] for place in ("_", "^") if place in found)

    def argument(self) -> str:
        """What a command or a script applies to, in braces."""
        self.skip_spaces()
        if not self._next or self._next in ("}", "&", "\\\\", "^", "_", "'"):
            raise Refused("an argument is missing")
        start, whole = self._place, self._next == "{"
        atom = self.atom()
        mark = self.marked(start)
        if mark is not None:
            return "{" + self.coloured(mark, start + whole, self._end - whole) + "}"
        return atom if whole else "{" + atom + "}"

    def close(self, token: str) -> None:
        if self.take() != token:
            raise Refused(f"{token} is missing")

    def word(self) -> str:
        """Literal text in braces."""
        self.skip_spaces()
        self.close("{")
        text = ""
        while self._next and self._next != "}":
            text += " " if self._next.isspace() or self._next == "~" else self._next
            self.take()
        self.close("}")
        if not _TEXT.fullmatch(text):
            raise Refused(f"the text {text!r}")
        return text

    def atom(self) -> str:
        self._depth += 1
        if self._depth > DEEPEST:
            raise Refused("groups too deep")
        rebuilt = self.construct(self.take())
        self._depth -= 1
        return rebuilt

    def construct(self, token: str) -> str:
        if token in _PLAIN:
            return r"\ast" if token == "*" else token
        if token == "{":
            inner = self.sequence(lambda token: token == "}")
            self.close("}")
            return "{" + inner + "}"
        if not token.startswith("\\"):
            raise Refused(f"the character {token!r}")
        return self.command(token[1:])

    def command(self, name: str) -> str:
        name = SPELLINGS.get(name, name)
        if name in SYMBOLS or name.startswith("operatorname{"):
            return "\\" + name
        if name in ("<", ">"):
            return name
        if name in SPACES:
            return SPACES[name]
        if name in ("{", "}", "|"):
            return "\\" + name
        if name in ARGUMENTS:
            return "\\" + name + "".join(self.argument() for _ in range(ARGUMENTS[name]))
        if name in WORDS:
            return f"\\{name}{{{self.word()}}}"
        if name == "operatorname*":
            return rf"\operatorname{{{self.word()}}}"
        if name == "sqrt":
            self.skip_spaces()
            if self._next == "[":
                raise Refused("a root of another degree")
            return r"\sqrt" + self.argument()
        if name in BOXES:
            return r"\boxed" + self.argument()
        if name in DROPPED:
            return ""
        if name in LABELS:
            self.word()
            return ""
        if name == "left":
            return self.fence()
        if name == "begin":
            return self.table()
        raise Refused(f"the command \\{name}")

    def fence(self) -> str:
        opening = self.delimiter()
        inner = self.sequence(lambda token: token == r"\right")
        self.close(r"\right")
        return _joined([rf"\left{opening}", inner, rf"\right{self.delimiter()}"])

    def delimiter(self) -> str:
        self.skip_spaces()
        token = self.take()
        if token in ("(", ")", "[", "]", "|", ".", "/", r"\{", r"\}", r"\|") or token[1:] in DELIMITERS.split():
            return token
        raise Refused(f"{token!r} as a delimiter")

    def table(self) -> str:
        name = self.environment()
        if name == "array":
            self.word()
        elif name not in TABLES:
            raise Refused(f"the environment {name!r}")
        rows = self.rows(lambda token: token == r"\end")
        self.close(r"\end")
        if self.environment() != name:
            raise Refused(f"\\end{{{name}}} is missing")
        return _table(TABLES.get(name, "matrix"), rows)

    def environment(self) -> str:
        self.skip_spaces()
        self.close("{")
        name = ""
        while self._next and self._next != "}":
            name += self.take()
        self.close("}")
        return name
