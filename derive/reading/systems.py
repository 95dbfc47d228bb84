r"""Brackets that only hold statements together: \boxed{A = B}, plain braces, and the braces of a system of equations.

Around a relation they are transparent, and their tokens go. An array after \left\{ that stands on the right of a
relation is the old way to write cases.
"""

from __future__ import annotations

from dataclasses import dataclass

from lark import Token

from derive.reading.assembly import over
from derive.reading.errors import ReadError
from derive.reading.lexeme import changed
from derive.reading.vocabulary import DEPTH

FREE = "free"  # the value of an LBRACE that is no argument
HALF = "half"  # the value of a CLOSE that is a \right.

_BEGINNINGS = frozenset(["SEP", "COMMA", "NEWLINE", "AMP", "ARROW", "REASON", "TEXT", "IF"])


@dataclass
class _Bracket:
    """A bracket that is open at token `start`: whether a relation stands in it, and an & that is before no relation."""

    start: int
    related: bool = False
    loose: bool = False


class _Systems:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.dropped: set[int] = set()
        self.retyped: dict[int, str] = {}
        self.matrices: dict[int, _Bracket] = {}  # by the token that closes them

    def find(self) -> None:
        """Goes over the tokens and closes each bracket in turn."""
        opened = [_Bracket(-1)]
        for index, token in enumerate(self.tokens):
            if token.type in ("REL", "ARROW"):
                opened[-1].related = True
            elif token.type == "AMP":
                following = self.tokens[index + 1].type if index + 1 < len(self.tokens) else ""
                opened[-1].loose |= following != "REL"
            change = DEPTH.get(token.type, 0)
            if change > 0:
                opened.append(_Bracket(index))
            elif change < 0 and len(opened) > 1:
                bracket = opened.pop()
                if self.is_transparent(bracket, index):
                    self.dropped |= {bracket.start, index}
                    opened[-1].related |= bracket.related

    def is_transparent(self, bracket: _Bracket, end: int) -> bool:
        """Whether the bracket that closes at `end` only holds statements together."""
        token = self.tokens[bracket.start]
        if token.type == "LBRACE":
            return token == FREE and bracket.related
        if token.type == "MATRIX":
            self.matrices[end] = bracket
            return bracket.related and self.begins(bracket.start)
        if token.type == "CASES":
            return bracket.related and not bracket.loose and self.begins(bracket.start)
        return self.tokens[end] == HALF and self.is_system(bracket, end)

    def is_system(self, bracket: _Bracket, end: int) -> bool:
        r"""The same for \left\{ … \right., which also makes cases of an array in it."""
        array = self.matrices.get(end - 1)
        if array is not None and array.start != bracket.start + 1:
            array = None
        if self.begins(bracket.start):
            if array is not None:
                self.dropped |= {array.start, end - 1}
                bracket.related |= array.related
            if bracket.related:
                return True
        elif array is not None:
            self.retyped |= {array.start: "CASES", end - 1: "ENDCASES"}
            return True
        place = over(self.tokens[bracket.start], self.tokens[end])
        raise ReadError(r"`\left\{` with `\right.` holds neither cases nor equations: close it with \right\}", place)

    def begins(self, index: int) -> bool:
        """Whether a statement begins at this token."""
        index -= 1
        while index >= 0 and (index in self.dropped or self.tokens[index] == FREE):
            index -= 1
        return index < 0 or self.tokens[index].type in _BEGINNINGS


def without_systems(tokens: list[Token]) -> list[Token]:
    r"""The tokens without transparent brackets, and without the separators (\quad) that are mere space in others.

    Raises ReadError for a \left\{ that is closed by \right. around something else.
    """
    systems = _Systems(tokens)
    systems.find()
    kept: list[Token] = []
    depth = 0
    for index, token in enumerate(tokens):
        if index in systems.dropped:
            continue
        kind, value = systems.retyped.get(index, token.type), "{" if token == FREE else str(token)
        depth += DEPTH.get(kind, 0)
        if kind == "SEP" and depth > 0:
            if token not in (";", ":"):
                continue
            kind, value = "BAD", f"`{token}` inside brackets is not read: write a comma"
        kept.append(changed(token, kind, value))
    return kept
