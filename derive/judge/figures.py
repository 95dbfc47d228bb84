r"""The numbers of a worked example: what a page computes from data of its own, to the digits that it shows.

`h_1 = \tanh(0.6) = 0.537` says what h_1 is for these data, which is neither true nor false of the network; that the
tanh of 0.6 is 0.537 is true, for the three digits that are shown.
"""

from __future__ import annotations

import re
from fractions import Fraction
from math import prod
from typing import Any

from mpmath import iv

from derive.kernel.field import Exact
from derive.kernel.gradients import Evaluator
from derive.kernel.real import Enclosures, apart, middle
from derive.kernel.terms import Term
from derive.kernel.values import Point
from derive.reading.tree import Frac, Group, Matrix, Node, Number, Product, Script, Sequence, Sum, Symbol, walk
from derive.understand.application import ELEMENTWISE
from derive.understand.forms import cells_of

DECIMAL = re.compile(r"\d*\.(\d+)")


def is_arithmetic(node: Node) -> bool:
    """Whether a tree has numbers in it and functions of them, lists and matrices of them too, and no quantity."""
    parts = (Number, Symbol, Script, Group, Sum, Product, Frac, Sequence, Matrix)
    found = list(walk(node))
    return (
        any(isinstance(part, Number) for part in found)
        and all(isinstance(part, parts) for part in found)
        and all(part.name in (*ELEMENTWISE, "e") for part in found if isinstance(part, Symbol))
    )


def is_compound(node: Node) -> bool:
    """Whether arithmetic is done in a tree: 2 · 3, but not -1 or 1/2."""
    return any(isinstance(part, Product) or (isinstance(part, Sum) and len(part.terms) > 1) for part in walk(node))


def has_decimals(node: Node) -> bool:
    """Whether a decimal fraction stands in a tree."""
    return any(isinstance(part, Number) and part.value.denominator != 1 for part in walk(node))


def pairs(left: Node, right: Node) -> list[tuple[Node, Node]]:
    """Which numbers of two arrays that are written out must be the same; nothing where their forms differ."""
    ours, theirs = cells_of(left), cells_of(right)
    if not ours and not theirs:
        return [(left, right)]
    shapes = {(len(side.rows), len(side.rows[0])) for side in (left, right) if isinstance(side, Matrix)}
    return [*zip(ours, theirs, strict=True)] if len(ours) == len(theirs) and len(shapes) < 2 else []


def verdict(left: Term, right: Term, half: Fraction, place: int = 0) -> tuple[str, float]:
    """Whether one number of a page is another, of which `half` a unit of its last digit is not shown: 'holds' to these
    digits, 'fails' where even the digits that all decimals leave out cannot make them equal, else 'unknown'; and what
    the left one is. Of arrays it is the number at a `place`. Raises Undecidable."""
    exact, wide = Enclosures(), Rounded()
    number = value(left, exact, place)
    if iv.fabs(number - value(right, exact, place)).b <= exact.number(half).a:
        return "holds", middle(number)
    return ("fails" if apart(value(left, wide, place), value(right, wide, place)) else "unknown"), middle(number)


def half_unit(node: Node, latex: str) -> Fraction:
    """Half a unit of the last digit of a decimal number; 0 for other formulas."""
    digits = DECIMAL.findall(latex)
    return Fraction(1, 2 * 10 ** len(digits[0])) if len(digits) == 1 and not is_compound(node) else Fraction(0)


class Rounded(Enclosures):
    """Numbers of which a decimal fraction of several digits stands for everything that is rounded to it."""

    def number(self, value: Exact) -> Any:
        digits = 0
        whole = Fraction(int(value.numerator), int(value.denominator))
        while (whole * 10**digits).denominator != 1 and digits < 20:
            digits += 1
        if digits < 2:
            return super().number(value)
        half = Fraction(1, 2 * 10**digits)
        low, high = super().number(whole - half), super().number(whole + half)
        return iv.mpf([low.a, high.b])


def value(term: Term, field: Enclosures, place: int = 0) -> Any:
    """What a term without quantities is, at a place of its entries."""
    return Evaluator(Point({}, {}, field, lambda *_: [])).value(term, {}).data[place]


def count(term: Term) -> int:
    """How many numbers a term without quantities has; 0 where its sizes are letters."""
    return 0 if any(axis.letters for axis in term.axes) else prod(axis.constant for axis in term.axes)
