r"""Names of several letters that are written in plain letters: softmax(z), loss_t, y_{true}.

A run of letters without a gap is a product, W x_t, unless it is a name: one that the legend or the page itself spells
as a word, or one of those that are common.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from lark import Token

from derive.reading.lexeme import changed, font_of, lexeme
from derive.reading.vocabulary import COMMON_NAMES, FUNCTIONS, IN_ANY_CASE, NO_NAMES

Words = frozenset[tuple[str, str]]  # names of several letters: (word, the letter below it or ''), say ('net', 'y')

_CALLS = ("OPEN", "SUP", "PRIME", "SUB")  # what follows a name that is called, or an index
_SPELLED = re.compile(
    r"\\(?:text|textrm|textit|textbf|textsf|mbox|mathrm|mathit|mathsf|operatorname\*?)\s*\{\s*([A-Za-z]{3,})\s*\}"
)
_WORDLIKE = re.compile(r"(?=[a-z]*[aeiou])(?![ijklmnt]+\Z)[a-z]{4,}", re.A)


def spelled_words(formulas: Iterable[str]) -> frozenset[str]:
    r"""The names of three letters and more that a page spells as words, \text{labels}."""
    return frozenset(word for latex in formulas for word in _SPELLED.findall(latex)) - NO_NAMES


def join_words(tokens: list[Token], words: Words, names: frozenset[str]) -> list[Token]:
    r"""The tokens with a name of several letters as one NAME each, with the letter that belongs to it as a subscript.

    With ('net', 'y') among the legend's `words`, `net y`, `net_y` and `\text{net}y` all become NAME(net) SUB NAME(y).
    `names` are the words of the page.
    """
    declared = sorted({word for word, _ in words if len(word) > 1}, key=len, reverse=True)
    joined: list[Token] = []
    index = 0
    while index < len(tokens):
        end = _run_end(tokens, index)
        if end - index > 1:
            after = tokens[end].type if end < len(tokens) else ""
            before = tokens[index - 1].type if index else ""
            run = _declared(tokens[index:end], declared)
            joined += run if len(run) < end - index else _named(run, names, before, after)
        else:
            joined += tokens[index:end]
        index = end
    return _with_letters([_in_one_case(token, declared) for token in joined], words)


def _run_end(tokens: list[Token], start: int) -> int:
    """Where the run of single letters that begins at `start` ends; the next token where it is none."""
    end = start + 1
    if tokens[start].type != "NAME" or len(tokens[start]) > 1:
        return end
    if start and tokens[start - 1].type in ("SUB", "SUP"):  # y^t\log is never y^{tlog}
        return end
    while (
        end < len(tokens)
        and tokens[end].type == "NAME"
        and len(tokens[end]) == 1
        and tokens[end].start_pos == tokens[end - 1].end_pos
        and font_of(tokens[end]) == font_of(tokens[start])
    ):
        end += 1
    return end


def _declared(run: list[Token], declared: list[str]) -> list[Token]:
    """A run with the legend's words in it."""
    text, found, index = "".join(run), list[Token](), 0
    while index < len(run):
        word = next((word for word in declared if text.startswith(word, index)), None)
        found.append(_one(run[index : index + len(word)]) if word else run[index])
        index += len(word) if word else 1
    return found


def _named(run: list[Token], names: frozenset[str], before: str, after: str) -> list[Token]:
    """A run as one name, as letters with a name at their end, or as letters."""
    text = "".join(run)
    if text.lower() in IN_ANY_CASE and after in _CALLS:
        return [_one(run)]
    if (text in COMMON_NAMES and (len(text) > 2 or after in _CALLS[:3])) or text in names:  # T_{ln} has two indices
        return [_one(run)]
    if after in _CALLS:
        for start in range(1, len(text) - 1):
            end = text[start:]
            if end in FUNCTIONS or end in names or (len(end) > 3 and end in COMMON_NAMES):
                return [*run[:start], _one(run[start:])]
    if (after in ("OPEN", "SUB") or (before == "LBRACE" and after == "RBRACE")) and _WORDLIKE.fullmatch(text):
        return [_one(run)]
    return run


def _in_one_case(token: Token, declared: list[str]) -> Token:
    """The name of a function in the case that it is known by, unless the legend speaks of it."""
    known = IN_ANY_CASE.get(token.lower()) if token.type == "NAME" and token not in declared else None
    return token if known is None or str(token) in COMMON_NAMES else changed(token, value=known)


def _one(letters: list[Token]) -> Token:
    return changed(letters[0], value="".join(letters), span=(letters[0].start_pos or 0, letters[-1].end_pos or 0))


def _with_letters(tokens: list[Token], words: Words) -> list[Token]:
    """The letter that belongs to a word, below it: net y."""
    if not words or not tokens:
        return tokens
    joined: list[Token] = []
    for token, follows in zip(tokens, [*tokens[1:], None], strict=True):
        joined.append(token)
        if follows is not None and token.type == follows.type == "NAME" and (str(token), str(follows)) in words:
            place = follows.start_pos or 0
            joined.append(lexeme("SUB", "_", (place, place)))
    return joined
