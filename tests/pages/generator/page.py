"""A page with the truth of every block."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Slip:
    """What is wrong in a block: block[start:end] stands where `original` should."""

    kind: str
    start: int
    end: int
    original: str
    written: str


@dataclass(frozen=True)
class Label:
    """The truth of one block, counted from 1. `claim` is the kind of claim, `also` what else may be answered."""

    block: int
    kind: str
    truth: str
    why: str
    claim: str = ""
    also: tuple[str, ...] = ()
    slip: Slip | None = None

    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = {"kind": self.kind, "truth": self.truth, "why": self.why}
        if self.claim:
            found["claim"] = self.claim
        if self.also:
            found["also"] = list(self.also)
        if self.slip:
            found["slip"] = vars(self.slip)
        return found


@dataclass(frozen=True)
class Page:
    """The Markdown text, the formulas of its blocks, and a label for each of them. There is no legend."""

    name: str
    network: str
    style: str
    text: str
    blocks: tuple[str, ...]
    labels: tuple[Label, ...]
    legend: None = None


TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|\s+|.", re.DOTALL)


def difference(wrong: str, right: str) -> tuple[int, int, str]:
    """The smallest run of tokens of `wrong` that differs from `right`: its place, and what stands there in `right`."""
    one, two = TOKEN.findall(wrong), TOKEN.findall(right)
    start = 0
    while start < min(len(one), len(two)) and one[start] == two[start]:
        start += 1
    end = 0
    while end < min(len(one), len(two)) - start and one[-1 - end] == two[-1 - end]:
        end += 1
    place = len("".join(one[:start]))
    written = "".join(one[start : len(one) - end])
    return place, place + len(written), "".join(two[start : len(two) - end])
