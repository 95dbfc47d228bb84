"""The difference between two formulas in a few words: what to write for what."""

from __future__ import annotations

import re

LONGEST = 80

_BRACES = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
_BRACKETS = r"\((?:[^()]|\([^()]*\))*\)"
_UNIT = re.compile(rf"(?:\\[A-Za-z]+|\\.|\S)(?:{_BRACES}|[_^](?:{_BRACES}|\\[A-Za-z]+|[^{{\\])|{_BRACKETS})*", re.S)
_BRACKETED = re.compile(r"((?:\\left|\\mathrm\{diag\}|\\operatorname\{diag\}|\\diag|\\big|\\Big)?\s*)\((.*)\)", re.S)


def change(before: str, after: str) -> str:
    """How to make `after` of `before`, where the two differ in one place: write x(t) for a(t)."""
    old, new = list(_UNIT.finditer(before)), list(_UNIT.finditer(after))
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    inner = [units[head : len(units) - tail] for units in (old, new)]
    if len(inner[0]) == len(inner[1]) == 1:  # within brackets there may be a smaller piece
        a, b = (_BRACKETED.fullmatch(units[0][0]) for units in inner)
        if a is not None and b is not None and a[1] == b[1]:
            return change(a[2], b[2])
    gone, put = map(_stretch, inner)
    if not gone:
        return f"insert {put}"
    return f"write {put} for {gone}" if put else f"leave out {gone}"


def _common(left: list[re.Match[str]], right: list[re.Match[str]]) -> int:
    """How many units both begin with."""
    differ = (i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a[0] != b[0])
    return next(differ, min(len(left), len(right)))


def _stretch(units: list[re.Match[str]]) -> str:
    if not units:
        return ""
    text = units[0].string[units[0].start() : units[-1].end()]
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
