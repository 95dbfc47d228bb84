r"""Cases written on one line, `y = a \text{ if } i = j, \text{ else } 0`, as the tokens of cases."""

from __future__ import annotations

from lark import Token

from derive.reading.lexeme import lexeme
from derive.reading.vocabulary import DEPTH


def with_inline_cases(tokens: list[Token]) -> list[Token]:
    """The tokens with each side that goes on with a condition, and then with what holds otherwise, as one Cases."""
    if not any(token.type == "OTHERWISE" for token in tokens):
        return tokens
    written: list[Token] = []
    depth, begin, condition = 0, 0, -1  # where the side begins, and where its first condition stands, in `written`
    index = 0
    while index < len(tokens):
        token = tokens[index]
        depth += DEPTH.get(token.type, 0)
        if depth == 0 and token.type == "OTHERWISE" and condition > begin:
            end = _end(tokens, index + 1)
            written[begin:] = _cases(written[begin:condition], written[condition:], token, tokens[index + 1 : end])
            index, condition = end, -1
            continue
        written.append(token)
        if depth == 0 and token.type in ("REL", "NEWLINE", "ARROW", "SEP") and condition < 0:
            begin = len(written)
        elif depth == 0 and token.type in ("NEWLINE", "ARROW"):
            begin, condition = len(written), -1
        elif depth == 0 and token.type == "IF" and condition < 0:
            condition = len(written) - 1
        index += 1
    return written


def _end(tokens: list[Token], start: int) -> int:
    """Where the value that begins at `start` ends."""
    depth = 0
    for index in range(start, len(tokens)):
        depth += DEPTH.get(tokens[index].type, 0)
        if depth == 0 and tokens[index].type in ("SEP", "NEWLINE", "COMMA", "DOT", "ARROW", "REASON", "IF", "REL"):
            return index
    return len(tokens)


def _cases(value: list[Token], condition: list[Token], otherwise: Token, other: list[Token]) -> list[Token]:
    def mark(kind: str, at: int) -> Token:
        return lexeme(kind, kind.lower(), (at, at))

    while condition[-1].type in ("COMMA", "SEP", "AMP"):
        condition = condition[:-1]
    first, last = value[0].start_pos or 0, (other or [otherwise])[-1].end_pos or 0
    middle = otherwise.start_pos or 0
    branches = [*_bare(value), *condition, mark("NEWLINE", middle), *_bare(other), otherwise]
    return [mark("CASES", first), *branches, mark("ENDCASES", last)]


def _bare(tokens: list[Token]) -> list[Token]:
    """Without the commas and spaces at the ends."""
    while tokens and tokens[-1].type in ("COMMA", "SEP"):
        tokens = tokens[:-1]
    return tokens
