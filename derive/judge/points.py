"""The points at which the claims of a page are compared: steps, sizes, primes, and the values drawn there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

from derive.kernel.compare import Claim
from derive.kernel.exact import primes
from derive.kernel.gradients import Evaluator
from derive.kernel.points import random_point, real_point, trial_sizes
from derive.kernel.terms import Quantity

PATTERNS = (1, 0)  # of one-hot targets: in turn, all equal
STEPS = 4
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
        names = sorted({n for q in self.system.values() for axis in q.axes for n in axis.names} - {"t", "l", "T", "L"})
        self.sizes = [dict(sizes) for sizes in trial_sizes(names, self.steps)]
        for sizes in self.sizes:
            sizes["L"] = 3
            for n, name in enumerate(names):
                for place in range(-8, 12):
                    sizes[name, place] = 2 + (3 * place + 5 * n + (place * place) % 3) % 4
            names_of_sizes = {key: key[0] if isinstance(key, tuple) else key for key in sizes}
            sizes |= {key: self.fixed[name] for key, name in names_of_sizes.items() if name in self.fixed}

    def points(self, steps: int) -> Iterator[Evaluator]:
        """Random points: two sizes, two primes, targets all equal and in turn; sizes as numbers of their own."""
        for n, (size, prime) in enumerate(product(range(2), self.primes)):
            key = ("random", n, steps)
            if key not in self._points:
                sizes = {**self.sizes[size], "T": self.last or max(self.sizes[size]["T"], steps)}
                self._points[key] = Evaluator(random_point(self.system, sizes, prime, n, PATTERNS[n % 2]))
            yield self._points[key]

    def tried(self, claim: Claim) -> Iterator[tuple[int, dict[str, int]]]:
        """The numbers of steps and the sizes at which a claim is compared; sizes that have no name on the page are
        n1, n2, …, and those of the layers are left out."""
        steps = self.least_steps(claim)
        for sizes in self.sizes:
            named = [n for n in sizes if isinstance(n, str) and n not in ("T", "L")]
            unnamed = [n for n in named if n.startswith("?")]
            spelled = {n: f"n{unnamed.index(n) + 1}" if n in unnamed else n for n in named}
            yield self.last or max(sizes["T"], steps), {spelled[n]: sizes[n] for n in named}

    def counts(self, claim: Claim, run: str) -> bool:
        """Whether there are steps ("T") or layers ("L"), in the network or in a claim of its own."""
        numbered = any(name.startswith(run.lower()) for quantity in self.system.values() for name in quantity.letters)
        return numbered or any(run in side.letters for side in (claim.left, claim.right))

    def fresh(self, steps: int) -> Iterator[Evaluator]:
        """Points at which nothing was searched: what was found among many variants is decided there again."""
        for n, (size, prime) in enumerate(product(range(2), self.primes)):
            key = ("fresh", n, steps)
            if key not in self._points:
                sizes = {**self.sizes[size], "T": self.last or max(self.sizes[size]["T"], steps) + 1}
                self._points[key] = Evaluator(random_point(self.system, sizes, prime, FRESH + n, PATTERNS[n % 2]))
            yield self._points[key]

    def real(self, steps: int) -> Evaluator:
        key = ("real", steps)
        if key not in self._points:
            sizes = {**self.sizes[0], "T": self.last or max(self.sizes[0]["T"], steps)}
            self._points[key] = Evaluator(real_point(self.system, sizes, 1))
        return self._points[key]

    def least_steps(self, claim: Claim) -> int:
        """Enough steps for every literal step and lag of a claim."""
        return max(self.steps, min(max(claim.left.reach, claim.right.reach) + 2, 40))
