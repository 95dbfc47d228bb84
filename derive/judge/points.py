"""The points at which the claims of a page are compared: steps, sizes, primes, and the values drawn there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import Any

from derive.kernel.compare import Claim
from derive.kernel.exact import primes
from derive.kernel.gradients import Evaluator
from derive.kernel.points import last_layers, random_point, real_point, trial_sizes
from derive.kernel.rewriting import walk
from derive.kernel.terms import (
    Einsum,
    Fold,
    Number,
    Numeral,
    Power,
    Quantity,
    Ref,
    Term,
)

PATTERNS = (1, 0)  # of one-hot targets: in turn, all equal
STEPS, MOST = 4, 40
LAYERS = (3, 4)  # as many as are tried for every claim
SIZES = 7  # further choices of sizes at which a claim is compared that speaks of their numbers
CHOICES = 2 + SIZES
FRESH = 100  # the first seed of the points at which a mend is decided again


@dataclass
class Points:
    """The points of one system. `key` is the text of the page, from which the primes are drawn; `last` is the number of
    steps where the page says it, `called` what it calls that number."""

    system: Mapping[str, Quantity]
    key: bytes
    last: int | None = None
    steps: int = STEPS
    fixed: Mapping[str, int] = field(default_factory=dict)  # the extents that are given
    called: str = "T"
    _points: dict[object, Evaluator] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.primes = primes(self.key)
        self.tops = tops = last_layers(self.system)
        axes = {n for quantity in self.system.values() for axis in quantity.axes for n in axis.names}
        names = sorted(axes - tops - {"t", "l", "T"})
        self.sizes = [dict(sizes) for sizes in trial_sizes(names, self.steps)]
        for layers, sizes in zip(LAYERS, self.sizes, strict=True):
            sizes |= dict.fromkeys(tops, layers)
            for n, name in enumerate(names):
                for place in range(-8, 12):
                    sizes[name, place] = 2 + (3 * place + 5 * n + (place * place) % 3) % 4
            names_of_sizes = {key: key[0] if isinstance(key, tuple) else key for key in sizes}
            sizes |= {key: self.fixed[name] for key, name in names_of_sizes.items() if name in self.fixed}

    def sizes_at(self, n: int, steps: int) -> dict[Any, int]:
        """A choice of sizes, and the page's number of steps or at least so many. The first two are tried for every
        claim; in those up to `CHOICES` each size is from 2 to 8, no two of them alike, and so are the layers."""
        sizes = {**self.sizes[n % 2], "T": self.last or steps + self.sizes[n % 2]["T"] - self.steps}
        if n > 1:
            free = [key for key in self.sizes[0] if key != "T" and self.sizes[0][key] != self.fixed.get(str(key))]
            named = [key for key in free if key not in self.tops]
            sizes |= {name: 2 + (n * (k % 6 + 1) + k) % SIZES for k, name in enumerate(named)}
            sizes |= {top: 2 + (2 * n + 1) % SIZES for top in self.tops.intersection(free)}
            sizes["T"] = self.last or steps + 3 * n % SIZES
        return sizes

    def points(self, steps: int) -> Iterator[Evaluator]:
        """Random points: two sizes, two primes, targets all equal and in turn; sizes as numbers of their own."""
        for n, (size, prime) in enumerate(product(range(2), self.primes)):
            key = ("random", n, steps)
            if key not in self._points:
                point = random_point(self.system, self.sizes_at(size, steps), prime, n, PATTERNS[n % 2])
                self._points[key] = Evaluator(point)
            yield self._points[key]

    def tried(self, claim: Claim) -> list[tuple[int, dict[str, int]]]:
        """The numbers of steps and the sizes at which every claim is compared."""
        return [self.told(claim, n) for n in range(2)]

    def told(self, claim: Claim, n: int) -> tuple[int, dict[str, int]]:
        """The number of steps and the sizes of a choice, as they are told: those that have no name on the page are
        n1, n2, …, and the number of layers is told where there are any number of them."""
        sizes = self.sizes_at(n, self.least_steps(claim))
        names = sorted((key for key in sizes if isinstance(key, str) and key != "T"), key=lambda key: key != "L")
        unnamed = [key for key in names if key.startswith("?")]
        kept = [key for key in names if key != "L" or (len(self.tops) == 1 and self.numbers(claim, "L"))]
        spelled = {key: f"n{unnamed.index(key) + 1}" if key in unnamed else key for key in kept}
        return sizes["T"], {spelled[key]: sizes[key] for key in kept}

    def numbers(self, claim: Claim, run: str) -> bool:
        """Whether there are steps ("T") or layers ("L"), in the network or in a claim of its own."""
        numbered = any(name.startswith(run.lower()) for quantity in self.system.values() for name in quantity.letters)
        return numbered or any(run in side.letters for side in (claim.left, claim.right))

    def fresh(self, steps: int) -> Iterator[Evaluator]:
        """Points at which nothing was searched: what was found among many variants is decided there again."""
        for n, (size, prime) in enumerate(product(range(2), self.primes)):
            key = ("fresh", n, steps)
            if key not in self._points:
                sizes = self.sizes_at(size, steps + 1)
                self._points[key] = Evaluator(random_point(self.system, sizes, prime, FRESH + n, PATTERNS[n % 2]))
            yield self._points[key]

    def unseen(self, steps: int) -> Evaluator:
        """A point at which nothing was compared before."""
        return Evaluator(random_point(self.system, self.sizes_at(0, steps), self.primes[0], 0, PATTERNS[0]))

    def real(self, steps: int, n: int = 0) -> Evaluator:
        """A real point with a choice of sizes."""
        key = ("real", steps, n)
        if key not in self._points:
            self._points[key] = Evaluator(real_point(self.system, self.sizes_at(n, steps), 1))
        return self._points[key]

    def further(self, steps: int) -> Iterator[Evaluator]:
        """Random points at all choices of sizes; sizes as numbers are what they are."""
        for n in range(CHOICES):
            key = ("further", n, steps)
            if key not in self._points:
                point = random_point(self.system, self.sizes_at(n, steps), self.primes[0], n, shifted=False)
                self._points[key] = Evaluator(point)
            yield self._points[key]

    def counted(self, claim: Claim) -> list[Term]:
        """The factors of a claim, and of what it speaks of, that are numbers of entries or of steps, n, 1ᵀ1 or Σ_i 1:
        as many sizes may be roots of it."""
        terms, found = [claim.left, claim.right], set[str]()
        while names := {p.name for term in terms for p in term.atoms if isinstance(p, Ref)} - found:
            found |= names
            terms += [term for name in names for _, term in self.system[name].cases]
        parts = [part for term in terms for part in walk(term)]
        powers = [(p, p.exponent) for p in parts if isinstance(p, Power) and isinstance(p.exponent, Fraction)]
        again = [p for p, exponent in powers if _counts_entries(p.of) for _ in range(1, int(exponent))]
        return [p for p in parts if _counts_entries(p)] + again

    def least_steps(self, claim: Claim) -> int:
        """Enough steps for every literal step and lag of a claim, and for numbers of steps: a product of them,
        (T-t)(T-t-1)…, vanishes at one for each of its factors, and Σ_t 1 - 4 at four."""
        parts = [part for side in (claim.left, claim.right) for part in walk(side)] + self._numbers_given
        factors = sum(map(_is_count, parts))
        numbers = [int(p.value) for p in parts if isinstance(p, Number) and p.value.denominator == 1] if factors else []
        return max(self.steps, min(max(claim.left.reach, claim.right.reach, factors, *numbers) + 2, MOST))

    @cached_property
    def _numbers_given(self) -> list[Term]:
        """The numbers, and numbers of steps, in the equations."""
        parts = (part for q in self.system.values() for _, term in q.cases for part in walk(term))
        return [part for part in parts if isinstance(part, Number) or _is_count(part)]

    def is_untried(self, claim: Claim) -> bool:
        """Whether a claim speaks of a step so far before the last one that it is none of those that are tried, or sums
        up to it."""
        parts = [part for side in (claim.left, claim.right) for part in walk(side)]
        found = [index for part in parts for index in part.indices]
        found += [part.high.plus(part.low, -1) for part in parts if isinstance(part, Fold)]
        most = max(steps for steps, _ in self.tried(claim))
        return any(index.letters == (("T", 1),) and index.constant + most < 0 for index in found)


def _is_count(part: Term) -> bool:
    """Whether a term is a number of steps: an index as a number, or a sum of what is the same at every step."""
    return isinstance(part, Numeral) or (isinstance(part, Fold) and part.letter not in part.body.letters)


def _counts_entries(part: Term) -> bool:
    """Whether a term is a size as a number, a sum of entries that are all given by their places, or one of as many
    times the same."""
    match part:
        case Numeral():
            return True
        case Fold(letter=letter, body=body):
            return letter not in body.letters or not _is_read(body)
        case Einsum(operands=operands, labels=labels, out=out):
            read = [axes for operand, axes in zip(operands, labels, strict=True) if _is_read(operand)]
            return not set("".join(labels)) <= set("".join((out, *read)))
    return False


def _is_read(term: Term) -> bool:
    return any(isinstance(part, Ref) for part in walk(term))
