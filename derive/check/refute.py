"""Rigorous refutation: both sides over intervals, at a point of the word's own network with weights of order one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

from mpmath import iv

from derive.check.compare import Claimed, bindings, entry_pairs, sides_at
from derive.check.decide import Judge
from derive.check.meaning import Meaning
from derive.check.page import NotApplicable, OutOfRange, Reading
from derive.check.results import Counterexample
from derive.check.tensor import ShapeMismatch, Tensor

DIGITS = 6


def refute(judge: Judge, claim: Claimed, reading: tuple[Reading, Reading]) -> Counterexample | None:
    """A point where the enclosure of left - right excludes zero (or where the two sides differ in shape), or None where
    they agree as far as intervals can tell, or one has no value."""
    for zero_start in (True, False):
        point = judge.real(zero_start)
        left, right = (Meaning(judge.page, point, side) for side in reading)
        for bound in bindings(judge.page, claim, left):
            try:
                head, link = sides_at(claim, left, right, bound)
            except ShapeMismatch:
                return None
            except (OutOfRange, NotApplicable, ZeroDivisionError, ValueError):
                continue
            try:
                pairs = entry_pairs(judge.page, head, link, left.base)
            except ShapeMismatch as error:
                shape, _, other = str(error).removesuffix(" on the right").partition(" on the left, ")
                return Counterexample(_at(judge, point.steps, bound, zero_start), shape, other)
            for place, (a, b) in enumerate(pairs):
                if 0 not in iv.mpf(a) - iv.mpf(b):
                    where = _at(judge, point.steps, bound, zero_start) + _entry(head, link, place)
                    return Counterexample(where, _number(a), _number(b))
    return None


def _number(value: Any) -> str:
    middle = float(iv.mpf(value).mid)
    return f"{middle:.{DIGITS}g}"


def _at(judge: Judge, steps: int, bound: dict[str, int], zero_start: bool) -> str:
    sizes = judge.real(zero_start).network.sizes
    words = [judge.points.word, *(f"{name} = {sizes[name]}" for name in sorted(judge.points.state_sizes))]
    words += [f"{letter} = {value}" for letter, value in bound.items()]
    return ", ".join(words if zero_start else [*words, "a start that is not zero"])


def _entry(head: Tensor, link: Tensor, place: int) -> str:
    sizes: Sequence[int] = head.sizes if not head.vanishes else link.sizes
    if not sizes:
        return ""
    index = list(product(*(range(1, size + 1) for size in sizes)))[place]
    return f", entry {index[0] if len(index) == 1 else index}"
