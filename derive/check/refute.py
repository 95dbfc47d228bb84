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
    """A point where the enclosure of left - right excludes zero (or the two shapes that do not fit), or None where the
    two sides agree as far as intervals can tell."""
    for zero_start in (True, False):
        point = judge.real(zero_start)
        left, right = (Meaning(judge.page, point, side) for side in reading)
        for bound in bindings(judge.page, claim, left):
            try:
                head, link = sides_at(judge.page, claim, left, right, bound)
                pairs = entry_pairs(judge.page, head, link, left.base)
            except (OutOfRange, NotApplicable):
                continue
            except ShapeMismatch as error:
                return Counterexample(_at(judge, point.steps, bound, zero_start), *_shapes(str(error)))
            except (ZeroDivisionError, ValueError):
                continue
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


def _shapes(message: str) -> tuple[str, str]:
    left, found, right = message.partition(" on the left, ")
    return (left, right.removesuffix(" on the right")) if found else ("its own shape", message)
