"""Words beside formulas: which stretches of tokens are words alone, and which lines they make unreadable."""

from __future__ import annotations

from lark import Token

from derive.reading.assembly import place
from derive.reading.errors import ReadError, quote
from derive.reading.lexeme import font_of
from derive.reading.parser import split
from derive.reading.prose import is_negative
from derive.reading.vocabulary import DEPTH, LOGIC

OPEN_END = frozenset(["PLUS", "MINUS", "OP", "REL"])  # after which a formula goes on
_QUOTES = frozenset("\"“”„'«»「」`")


def is_words(tokens: list[Token]) -> bool:
    r"""Whether a piece is words alone: a remark, or a single word in \text."""
    word = len(tokens) == 1 and tokens[0].type == "NAME" and len(tokens[0]) > 1 and font_of(tokens[0]) == "roman"
    return bool(tokens) and (word or all(token.type == "TEXT" for token in tokens))


def _begins_in_words(tokens: list[Token], alone: bool) -> bool:
    r"""Whether a bracket holds words first, or stands `alone` and holds a word before a name: (\text{need} y_t)."""
    first, second = (tokens[0].type, tokens[1].type) if len(tokens) > 1 else ("", "")
    return first == "TEXT" or (alone and is_words(tokens[:1]) and second in ("NAME", "ACCENT", "TEXT"))


def is_quoted(tokens: list[Token]) -> bool:
    """Whether a side is in quotation marks: words, whatever stands between them."""
    ends = tokens[:1] + tokens[-1:]
    return all(token.type == "TEXT" for token in ends) and ends[0][0] in _QUOTES and ends[-1][-1] in _QUOTES


def without_remarks(tokens: list[Token]) -> tuple[list[Token], list[list[Token]]]:
    r"""A piece without the words in brackets at its end, `\text{(by the chain rule)}` and `(\text{need } y_t)`; and the
    latter."""
    remarks: list[list[Token]] = []
    while tokens and not is_words(tokens):
        start = len(tokens) - 1
        if tokens[-1].type == "CLOSE":
            depth = 0
            for start in range(len(tokens) - 1, -1, -1):
                depth -= DEPTH.get(tokens[start].type, 0)
                if depth == 0:
                    break
            worded = tokens[start].type == "OPEN" and _begins_in_words(tokens[start + 1 :], alone=start == 0)
        else:
            worded = tokens[-1].type == "TEXT" and tokens[-1][0] in "([" and tokens[-1][-1] in ")]"
        if not worded or (start > 0 and tokens[start - 1].type in OPEN_END):
            break
        remarks.insert(0, tokens[start:])
        tokens = tokens[:start]
    return tokens, remarks


def _lines(tokens: list[Token]) -> list[list[Token]]:
    return split(tokens, frozenset(["NEWLINE"]))[0]


def denied_lines(tokens: list[Token]) -> list[tuple[list[Token], ReadError]]:
    """The lines with words that except or deny something, or leave a choice, each with its error."""
    denied: list[tuple[list[Token], ReadError]] = []
    for line in _lines(tokens):
        for n, token in enumerate(line):
            if token.type == "TEXT" and token in LOGIC:
                reason = f"{quote(chr(92) + token)} joins formulas or denies one: write what is claimed apart"
            elif token.type == "TEXT" and is_negative(str(token)):
                reason = (
                    f"{quote(token)} excepts or denies something: write the condition as a formula, or leave it out"
                )
            elif token == "or" and font_of(token) == "roman" and "SEP" not in {x.type for x in line[n - 1 : n + 2]}:
                reason = '"or" leaves a choice: set its formulas apart'
            else:
                continue
            denied.append((line, ReadError(reason, place(token))))
            break
    return denied


def clauses(tokens: list[Token]) -> list[list[Token]]:
    """What semicolons separate, without what only leads into it."""
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token.type in ("COMMA", "SEP") and token == ";":
            parts.append([])
        elif parts[-1] or token.type not in ("IF", "SEP", "COMMA"):
            parts[-1].append(token)
    return parts


def outside(tokens: list[Token]) -> list[Token]:
    """The tokens outside of every bracket."""
    depth, found = 0, []
    for token in tokens:
        depth += DEPTH.get(token.type, 0)
        if depth == 0:
            found.append(token)
    return found


def is_text(tokens: list[Token]) -> bool:
    return bool(tokens) and all(token.type == "TEXT" for token in tokens)


def said(tokens: list[Token], latex: str) -> str:
    """Words as they are shown: those of \\text alone, or the source where a formula stands among them."""
    return " ".join(tokens) if is_words(tokens) else " ".join(latex.split())
