"""The difference between two formulas in a few words: what to write for what."""

from __future__ import annotations

import re
from os.path import commonprefix

LONGEST = 80

_BRACES = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
_BRACKETS = r"\((?:[^()]|\([^()]*\))*\)"
_UNIT = re.compile(rf"(?:\\[A-Za-z]+|\\.|\S)(?:{_BRACES}|[_^](?:{_BRACES}|\\[A-Za-z]+|[^{{\\])|{_BRACKETS})*", re.S)


def change(before: str, after: str) -> str:
    """How to make `after` of `before`, where the two differ in one place: write x(t) for a(t)."""
    old, new = list(_UNIT.finditer(before)), list(_UNIT.finditer(after))
    names = [[unit[0] for unit in units] for units in (old, new)]
    head = len(commonprefix(names))
    tail = len(commonprefix([units[head:][::-1] for units in names]))
    gone, put = (_stretch(units[head : len(units) - tail]) for units in (old, new))
    if not gone:
        return f"insert {put}"
    return f"write {put} for {gone}" if put else f"leave out {gone}"


def _stretch(units: list[re.Match[str]]) -> str:
    if not units:
        return ""
    text = units[0].string[units[0].start() : units[-1].end()]
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
