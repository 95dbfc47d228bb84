r"""Tokens -> syntax tree, by the grammar: LALR, so that the time is linear in the length, and strict.

What the grammar alone cannot say is settled where it is certain (∂u/∂v, ∇_v u, an accent over a scripted symbol) and
refused where it would be a guess. Names of several letters, which `words` lists, read the same however they are
spelled: `net_y`, `net y` and `\text{net}y` are all Script(Symbol('net'), sub=Symbol('y')).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from lark import Lark, Token
from lark.exceptions import UnexpectedToken
from lark.lexer import Lexer

from derive.reading.assembly import place
from derive.reading.builder import Builder
from derive.reading.definitions import NO_MACROS, Macros
from derive.reading.errors import WORDS, ReadError, quote
from derive.reading.tokens import Words, tokenize
from derive.reading.tree import Node, Span
from derive.reading.vocabulary import DEPTH


def parse(latex: str, words: Words = frozenset(), macros: Macros = NO_MACROS) -> Node:
    """The tree of one formula; `words` are the legend's names of several letters, `macros` the commands that the page
    defines. Raises ReadError."""
    return parse_tokens(tokenize(latex, words, macros=macros), (0, len(latex)))


def parse_equation(latex: str, words: Words = frozenset()) -> tuple[Node, Node]:
    """The two sides of one equation, left = right. Raises ReadError, also for anything but one equality."""
    sides, signs = split(tokenize(latex, words), frozenset(["REL"]))
    if len(signs) != 1 or signs[0] not in ("=", ":="):
        raise ReadError(f"{quote(latex)} is not one equation: write left = right")
    left, right = (parse_tokens(side, (0, len(latex))) for side in sides)
    return left, right


def parse_tokens(tokens: list[Token], span: Span) -> Node:
    """The tree of a stretch of tokens that stands at `span`. Raises ReadError with the place."""
    if not tokens:
        raise ReadError("a formula is missing here: write it, or leave the relation out", span)
    try:
        tree = _lark().parse(_without_branch_ends(tokens))
    except UnexpectedToken as error:
        raise _explained(error.token, tokens) from None
    assert isinstance(tree, Node)
    return tree


def split(tokens: list[Token], kinds: frozenset[str]) -> tuple[list[list[Token]], list[Token]]:
    """The stretches of `tokens` between the tokens of these kinds that stand outside every bracket; and the latter."""
    parts: list[list[Token]] = [[]]
    marks = []
    depth = 0
    for token in tokens:
        depth += DEPTH.get(token.type, 0)
        if depth == 0 and token.type in kinds:
            marks.append(token)
            parts.append([])
        else:
            parts[-1].append(token)
    return parts, marks


def _without_branch_ends(tokens: list[Token]) -> list[Token]:
    """Without the commas that end a value or a branch of cases."""
    stops = ("AMP", "NEWLINE", "ENDCASES", "IF", "OTHERWISE")
    ends = [x.type in ("COMMA", "DOT") and y.type in stops for x, y in pairwise(tokens)]
    return [token for token, is_end in zip(tokens, [*ends, False], strict=True) if not is_end]


class _GivenTokens(Lexer):
    """Lark's lexer interface over tokens that are there already."""

    def __init__(self, configuration: Any) -> None:
        pass

    def lex(self, lexer_state: Any, parser_state: Any = None) -> Iterator[Token]:
        yield from lexer_state


@cache
def _lark() -> Lark:
    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer=_GivenTokens, transformer=Builder(), maybe_placeholders=True)


_REASONS = {
    "DOTS": "dots with nothing beside them to go on with",
    "TEXT": WORDS,
    "LABEL": "the number of a formula inside it: put it at the end",
    "REASON": WORDS,
    "ARROW": "an arrow inside a formula: make what follows a statement of its own",
    "IF": r"a condition inside a formula: separate it with \quad",
    "OTHERWISE": "`otherwise` outside of cases: write cases",
    "AND": "`and` inside a formula: write two statements",
    "SEP": "a separator inside a formula: write two statements",
    "DOT": "a full stop inside a formula: leave it out",
    "NEWLINE": r"a line break inside brackets: close them with \right. and open them again with \left.",
    "AMP": "`&` outside of a matrix or cases: leave it out",
    "REL": "a relation inside an expression: make it a statement of its own",
    "COMMA": "a comma where no list may stand: put the list in brackets",
    "CLOSE": "something is missing before this bracket closes",
    "RBRACE": "something is missing before this brace closes",
    "REVAL": "something is missing before this bar",
    "ENDMATRIX": "an entry is missing before this matrix ends",
    "ENDCASES": "a branch is missing before these cases end",
    "FRAC": "a fraction as an argument without braces: write braces around it",
    "OP": "an operator with nothing before it: write its left operand",
    "SUB": "a subscript on nothing: write what it belongs to",
    "SUP": "an exponent on nothing: write what it belongs to",
    "PRIME": "a prime on nothing: write what it belongs to",
    "EVAL": "an evaluation bar after nothing: write what it belongs to",
    "PLUS": "a sign where a factor is expected: put the factor in brackets",
    "MINUS": "a sign where a factor is expected: put the factor in brackets",
}


def _explained(token: Token, tokens: list[Token]) -> ReadError:
    if token.type == "$END":
        return ReadError("the formula breaks off: complete what stands last", place(tokens[-1]))
    if token.type == "BAD":
        return ReadError(str(token), place(token))
    for before, here in pairwise(tokens):
        if here is token and before.type == "TEXT":
            return ReadError(WORDS, place(before))
    return ReadError(_REASONS.get(token.type, f"{quote(token)} is not expected here: leave it out"), place(token))
