"""Sentences of the check as text for readers: their formulas set as formulas, their minus signs true ones."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TypeVar

from derive.typeset.formula import Quoted
from derive.typeset.vocabulary import SYMBOLS

Part = TypeVar("Part")

_MINUS = re.compile(r"(?<![\w.])-(?=\d)")
_FORMULA = re.compile(r"[\\_^{}]")
_JOINS = re.compile(r"[-+=*/]|[A-Za-z]?\([^()]*\)|[A-Za-z]|\d+")
_PARTIAL = re.compile(r"∂(.+)/∂(.+)")
_NAME = re.compile(r"((?:\w+ )*)([^()_ ]+)(?:_([^()]+))?(\(.*\))?")  # with its accents before it
_END = ".,;:"


@lru_cache(4096)  # a page says the same of it again and again while it is written
def prose(text: str) -> tuple[str | Quoted, ...]:
    """The text with what is LaTeX in it as formulas. LaTeX is a word that no sentence has, and what joins two such."""
    words = text.split(" ")
    kinds = [bool(_FORMULA.search(word)) and "∂" not in word for word in words]
    parts: list[str | Quoted] = []
    place = 0
    while place < len(words):
        end = place + 1
        if kinds[place]:
            last = place
            while end < len(words) and (kinds[end] or _JOINS.fullmatch(words[end])):
                last, end = (end if kinds[end] else last), end + 1
            while end - 1 > last and not _closes(
                words[end - 1]
            ):  # a - b at the end belongs to it, a bare word does not
                end -= 1
            formula = " ".join(words[place:end])
            bare = formula.rstrip(_END)
            parts += [Quoted(bare), formula[len(bare) :]]
        elif "∂" in words[place]:
            bare = words[place].rstrip(_END)
            parts += [partial(bare), words[place][len(bare) :]]
        else:
            parts.append(_MINUS.sub("−", words[place]))
        parts.append(" ")
        place = end
    return joined(parts[:-1])


def _closes(word: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z]\([^()]*\)|\d+", word))


def joined(parts: Iterable[str | Part]) -> tuple[str | Part, ...]:
    """The parts with neighbouring plain text in one piece."""
    found: list[str | Part] = []
    for part in parts:
        if isinstance(part, str) and found and isinstance(last := found[-1], str):
            found[-1] = last + part
        elif part != "":
            found.append(part)
    return tuple(found)


def partial(plain: str) -> str | Quoted:
    """A derivative that is given in a line of text, ∂a(2)/∂w_aa, or a name, as a formula."""
    match = _PARTIAL.fullmatch(plain)
    names = [_NAME.fullmatch(side) for side in (match.groups() if match else [plain])]
    if not all(names):
        return plain
    above, *below = (_spelled(name) for name in names if name)
    return Quoted(rf"\partial {above} / \partial {below[0]}" if below else above)


def _spelled(name: re.Match[str]) -> str:
    accents, letter, index, step = name.groups()
    if len(letter) > 1 and letter.isalpha() and letter.isascii():
        letter = rf"\{letter}" if letter in SYMBOLS else rf"\mathrm{{{letter}}}"
    for accent in reversed(accents.split()):
        letter = rf"\{accent}{{{letter}}}"
    return letter + (f"_{{{index}}}" if index else "") + (step or "")


def rounded(number: str, digits: int = 4) -> str:
    """A number in text with as many digits as a reader wants; anything else as it is."""
    try:
        return f"{float(number):.{digits}g}".replace("-", "−")
    except ValueError:
        return number
