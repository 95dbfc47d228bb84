r"""Legibility repairs: glyphs that a transcription lost, put back on tokens before parsing.

They are declared in the legend, each for the blocks it names and with its reason, and are shown beside the verdict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from lark import Token

from derive.reading.lexeme import changed
from derive.reading.tokens import Words, tokenize


@dataclass(frozen=True)
class Repair:
    """In `blocks`, and in the formulas `inline` in running text, the tokens of `find` are read as those of `replace`,
    because of `reason`. Both are LaTeX."""

    find: str
    replace: str
    blocks: tuple[int, ...]
    reason: str
    inline: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"{self.find} read as {self.replace}: {self.reason}"


def apply_repairs(
    tokens: list[Token], block: int, repairs: Sequence[Repair], words: Words
) -> tuple[list[Token], tuple[Repair, ...]]:
    """The tokens of block number `block` after its repairs, and the repairs that found something to mend.

    A token that is put in stands at the place of what it replaces. A repair that finds nothing is not an error: the
    page may have been mended since.
    """
    applied = []
    for repair in repairs:
        if block in repair.blocks:
            mended = _replace(tokens, _tokens(repair.find, words), _tokens(repair.replace, words))
            if mended is not tokens:
                applied.append(repair)
                tokens = mended
    return tokens, tuple(applied)


@cache
def _tokens(latex: str, words: Words) -> tuple[Token, ...]:
    return tuple(tokenize(latex, words, whole=False))


def _replace(tokens: list[Token], find: tuple[Token, ...], replacement: tuple[Token, ...]) -> list[Token]:
    """`tokens` with every occurrence of `find` replaced; the very same list if there is none."""
    head = _common(find, replacement)
    tail = _common(find[head:][::-1], replacement[head:][::-1])
    new = replacement[head : len(replacement) - tail]
    mended: list[Token] = []
    index, found = 0, False
    while index < len(tokens):
        here = tokens[index : index + len(find)]
        if not find or not _same(here, find):
            mended.append(tokens[index])
            index += 1
            continue
        found = True
        lost = here[head : len(find) - tail]
        start = lost[0].start_pos if lost else here[head - 1].end_pos if head else here[0].start_pos
        end = lost[-1].end_pos if lost else start
        mended += here[:head]
        mended += [changed(token, span=(start or 0, end or 0)) for token in new]
        mended += here[len(find) - tail :]
        index += len(find)
    return mended if found else tokens


def _same(left: Sequence[Token], right: Sequence[Token]) -> bool:
    return len(left) == len(right) and all(
        x.type == y.type and str(x) == str(y) for x, y in zip(left, right, strict=True)
    )


def _common(left: Sequence[Token], right: Sequence[Token]) -> int:
    """How many tokens both begin with."""
    count = 0
    while count < min(len(left), len(right)) and _same(left[count : count + 1], right[count : count + 1]):
        count += 1
    return count
