"""A token of the reader: Lark's, with the font in which it was written."""

from __future__ import annotations

from lark import Token

from derive.reading.tree import Span


class Lexeme(Token):
    """A token with its place in the LaTeX and its `font`, as Symbol has it."""

    font: str


def lexeme(kind: str, value: str, span: Span, font: str = "") -> Lexeme:
    """The token of this type and value that stands at `span`."""
    token = Lexeme(kind, value, start_pos=span[0], end_pos=span[1])
    token.font = font
    return token


def font_of(token: Token) -> str:
    """The font of a token."""
    return token.font if isinstance(token, Lexeme) else ""


def changed(token: Token, kind: str | None = None, value: str | None = None, span: Span | None = None) -> Lexeme:
    """The token with another type, value or place."""
    here = (token.start_pos or 0, token.end_pos or 0)
    return lexeme(kind or token.type, str(token) if value is None else value, span or here, font_of(token))
