r"""When a claim holds: its two sides compared at random points.

**Theorem.** Let both sides be terms over a system, and fix sizes, T and values of the free letters. Their entries are
rational functions, of degree at most d, of the given values and of the values of the functions at their arguments,
where e^u is multiplicative in the terms of u, log additive in the factors of its argument, relu(u) = r u with any
number r, and the derivatives of tanh, σ, exp and log are those of `functions.py`. If the two sides agree at a random
point modulo a prime p > 2⁶⁰ that is drawn independently of the claim, then they are equal as such functions but for a
chance of at most d/p (Schwartz 1980, Zippel 1979): equal for all real values for which both are defined, off the
corners of relu, and for all smooth functions in the place of those of which nothing is known.

*Proof.* The terms are built of sums, products, quotients and those functions, so an entry is a quotient of polynomials
with integer coefficients in the given values and in fresh values r(m) for each monomial m of an exponent, each base of
a logarithm and each argument of relu or of an unknown function. The arithmetic modulo p evaluates it at a random point
of these. If the difference of the sides is not zero, its numerator vanishes there with a chance of at most d/p. A
difference that is zero is so whatever numbers stand for the r(m), those of the real functions among them.

**Conditions.** The numbers of steps and sizes are those that were tried. A size or a step that stands as a number is a
random number of its own first (`Point.shifts`), so that no size is special. The logarithm of a product of unknown signs
is taken apart only where `Residues.splits` says so: the equality is then one where every logarithm has a positive
argument. (It is a fact of the point: only at a point that has seen no other claim is it one of the claim.) Degrees and
work are bounded. What could not be evaluated decides nothing: it raises Undecidable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import ne
from typing import Any

from derive.kernel.field import Scalar, Undecidable
from derive.kernel.index import Condition, Index, met
from derive.kernel.terms import Malformed, Term
from derive.kernel.values import Values


@dataclass(frozen=True)
class Free:
    """A free letter of a claim and the values that it takes."""

    letter: str
    low: Index
    high: Index


@dataclass(frozen=True)
class Claim:
    """left = right, for all values of the free letters that meet the condition. Raises Malformed where the sides have
    different axes."""

    left: Term
    right: Term
    free: tuple[Free, ...] = ()
    condition: Condition = ()

    def __post_init__(self) -> None:
        if self.left.axes != self.right.axes:
            raise Malformed("the two sides have different axes")


@dataclass(frozen=True)
class Outcome:
    """What one point says: whether the sides are `equal` there, and `zero` at every place; else the first place where
    they differ (the letters, and the number of the entry) with the two entries."""

    equal: bool
    zero: bool
    places: int
    at: tuple[tuple[str, int], ...] = ()
    entry: int = 0
    left: Scalar = None
    right: Scalar = None


def bindings(claim: Claim, values: Values) -> Iterator[dict[Any, int]]:
    """The values of the free letters that meet the condition, with the sizes of the point."""

    def deeper(rest: tuple[Free, ...], bound: dict[Any, int]) -> Iterator[dict[Any, int]]:
        values.spend(1)
        if rest:
            for value in range(rest[0].low.at(bound), rest[0].high.at(bound) + 1):
                yield from deeper(rest[1:], {**bound, rest[0].letter: value})
        elif met(claim.condition, bound):
            yield bound

    return deeper(claim.free, values.bound({}))


def compare(claim: Claim, values: Values, differ: Callable[[Scalar, Scalar], bool] = ne) -> Outcome:
    """Both sides at one point; `differ` tells two entries apart, for residues exactly and for enclosures rigorously.

    Raises Undecidable where a side has no value there, or no value of the letters meets the condition.
    """
    values.work = 0
    zero, places = True, 0
    for bound in bindings(claim, values):
        places += 1
        try:
            left, right = values.value(claim.left, bound), values.value(claim.right, bound)
        except RecursionError:
            raise Undecidable("terms that are nested too deeply") from None
        if left.shape != right.shape:
            raise Undecidable(f"{left.shape} beside {right.shape}")
        for entry, (a, b) in enumerate(zip(left.data, right.data, strict=True)):
            if differ(a, b):
                at = tuple((free.letter, bound[free.letter]) for free in claim.free)
                return Outcome(False, False, places, at, entry, a, b)
            zero = zero and not differ(a, values.field.number(0))
    if not places:
        raise Undecidable("no index meets the condition")
    return Outcome(True, zero, places)
