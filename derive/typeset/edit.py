"""The one edit that mends a formula: where it is, as small as it can be said."""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST_INDEX = 3
DEPTH = 6  # brackets within brackets; a deeper one is a unit of its own


def _nested(opening: str, closing: str) -> str:
    """The pattern of a bracket with brackets in it."""
    inner = rf"[^{opening}{closing}]*+"
    for _ in range(DEPTH):
        inner = rf"[^{opening}{closing}]*+(?:{opening}{inner}{closing}[^{opening}{closing}]*+)*+"
    return f"{opening}{inner}{closing}"


_BRACES, _BRACKETS = _nested(r"\{", r"\}"), _nested(r"\(", r"\)")
_HEAD = r"(?:\\[A-Za-z]+|\\.|\S)"
_GROUP = rf"\s*(?:{_BRACES}|[_^]\s*(?:{_BRACES}|\\[A-Za-z]+|[^{{\\])|{_BRACKETS})"
_UNIT = re.compile(rf"({_HEAD})((?:{_GROUP})*)", re.S)
_ARGUMENT = re.compile(rf"\s*(?:({_BRACES})|([_^])\s*(?:({_BRACES})|(\\[A-Za-z]+|[^{{\\]))|({_BRACKETS}))", re.S)
_SIGNS = ("", "+", "-", "=", ",")  # units after which no bracket is an argument


@dataclass(frozen=True)
class Edit:
    """The piece `gone` of the old formula, at start:end, becomes the piece `put` of the new one, at at:to."""

    start: int
    end: int
    at: int
    to: int
    gone: str
    put: str


@dataclass(frozen=True)
class _Unit:
    """A letter or command with what hangs on it: scripts, arguments, brackets."""

    start: int
    end: int
    head: str
    groups: tuple[tuple[int, int], ...]  # what is inside each

    def text(self, of: str) -> str:
        return of[self.start : self.end]


def edit_between(old: str, new: str) -> Edit:
    """The smallest edit of one place that makes `new` of `old`, in whole units of the notation."""
    return _between(old, (0, len(old)), new, (0, len(new)))


def _between(old: str, within: tuple[int, int], new: str, inside: tuple[int, int]) -> Edit:
    before, after = _units(old, *within), _units(new, *inside)
    same = [(a.text(old), b.text(new)) for a, b in zip(before, after, strict=False)]
    head = next((i for i, (a, b) in enumerate(same) if a != b), len(same))
    ends = [(a.text(old), b.text(new)) for a, b in zip(before[head:][::-1], after[head:][::-1], strict=False)]
    tail = next((i for i, (a, b) in enumerate(ends) if a != b), len(ends))
    gone, put = before[head : len(before) - tail], after[head : len(after) - tail]
    if len(gone) == len(put) == 1 and (deeper := _deeper(gone[0], old, put[0], new)):
        return deeper
    start, end = _stretch(before, head, len(gone), within[1])
    at, to = _stretch(after, head, len(put), inside[1])
    return Edit(start, end, at, to, old[start:end], new[at:to])


def _deeper(gone: _Unit, old: str, put: _Unit, new: str) -> Edit | None:
    """The edit inside the one argument in which two units differ."""
    if gone.head != put.head or len(gone.groups) != len(put.groups):
        return None
    pairs = zip(gone.groups, put.groups, strict=True)
    differing = [(a, b) for a, b in pairs if old[slice(*a)] != new[slice(*b)]]
    if len(differing) != 1 or _is_index(old, differing[0][0]):
        return None
    return _between(old, differing[0][0], new, differing[0][1])


def _is_index(text: str, group: tuple[int, int]) -> bool:
    """Whether an argument is an index, which is read as a part of its symbol: h_t, a(t-1)."""
    start, end = group
    before = text[:start].rstrip("{").rstrip()
    return before.endswith(("_", "^")) or (text[start - 1] == "(" and len(text[start:end]) <= LONGEST_INDEX)


def _stretch(units: list[_Unit], first: int, count: int, end: int) -> tuple[int, int]:
    """The place of some units, or the gap before the next one."""
    if count:
        return units[first].start, units[first + count - 1].end
    place = units[first].start if first < len(units) else units[-1].end if units else end
    return place, place


def _units(text: str, start: int, end: int) -> list[_Unit]:
    found = []
    while match := _UNIT.search(text, start, end):
        head, begin = match[1], match.start(2)
        stop = begin if head in _SIGNS else match.end()
        groups = tuple(
            next(group.span(i) if i == 4 else (group.start(i) + 1, group.end(i) - 1) for i in (1, 3, 4, 5) if group[i])
            for group in _ARGUMENT.finditer(text, begin, stop)
        )
        found.append(_Unit(match.start(), stop, head, groups))
        start = stop
    return found
