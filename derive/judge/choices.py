"""How the derivatives of a claim are followed: in full, with the quantities of other steps held, or directly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, combinations, islice, product

from derive.judge.assumed import in_recurrence
from derive.judge.points import Points
from derive.kernel.compare import Claim
from derive.kernel.field import Entries, Undecidable
from derive.kernel.index import Bound, Index, Unbound
from derive.kernel.rewriting import walk as parts
from derive.kernel.rewriting import whole_of
from derive.kernel.tensor import added
from derive.kernel.terms import OWN, STEP, Derivative, Ref, Term

FLIPS = 4  # derivatives of a claim that are read otherwise than in full
PLACES = 20  # at which a derivative is valued, to see what its readings are
Choice = tuple[dict[Derivative, str], dict[Derivative, str]]  # of the left and of the right side
Head = dict[Derivative, str]  # how those derivatives of a head are followed that are not total


@dataclass
class Choices(Points):
    """The ways to follow the derivatives of claims about one system."""

    ambiguous: tuple[set[Derivative], set[Derivative]] = field(default_factory=lambda: (set(), set()))
    # what each side of the claim writes with ∂, not d: direct or total
    head: Head | None = None  # how the left side is read, where other links of its chain say so
    valueless: set[Derivative] = field(default_factory=set)  # those of which nothing tells how else they are followed
    _otherwise: dict[tuple[Derivative, int], list[str]] = field(default_factory=dict)

    def is_truncated(self, chosen: dict[Derivative, str], steps: int) -> bool:
        """Whether a head holds the quantities of other steps, and follows those of its own step on the way: the
        gradient of a network that nothing flows back through. Of what is part of the recurrence itself that is a
        reading: its direct derivative."""
        for derivative, through in chosen.items():
            whole = without_entries(derivative)
            if isinstance(whole.of, Ref) and whole.of.name in self.recurrent:
                continue
            values = self.values(whole, (STEP, OWN), steps)
            if through == STEP and len(values) == 2 and values[0] != values[1]:
                return True
        return False

    def is_of_loss(self, derivative: Derivative) -> bool:
        """Whether it is a gradient: of a number, which is no part of the recurrence, by what is given."""
        of, by = derivative.of, self.system.get(derivative.wrt.name)
        is_number = isinstance(of, Ref) and not of.axes and of.name not in self.recurrent
        return is_number and by is not None and not by.cases

    @cached_property
    def recurrent(self) -> frozenset[str]:
        """The quantities that depend on themselves at other steps."""
        return in_recurrence(self.system)

    def values(self, derivative: Derivative, ways: tuple[str, ...], steps: int) -> list[Entries]:
        """A derivative followed in several ways, where the first gives not zero if it does so anywhere; none where it
        has no value."""
        evaluator = next(self.points(steps))
        found: list[Entries] = []
        for bound in islice(self.places(derivative, steps), PLACES):
            evaluator.work = 0
            try:
                found = [evaluator.value(replace(derivative, through=way), bound).data for way in ways]
            except (Undecidable, Unbound):
                continue
            if any(found[0]):
                break
        return found

    def places(self, derivative: Derivative, steps: int) -> Iterator[Bound]:
        """Values of the letters of a derivative, the likeliest first, for which its steps are none of the first."""
        sizes = next(self.points(steps)).point.sizes
        inner = sorted(n for n in derivative.letters if n not in sizes)
        likely = tuple(max(2, steps - 1 - k % 2) for k in range(len(inner)))
        most = steps + derivative.reach  # and 0 at least: ∂s_{t-i}/∂W
        for at in chain([likely], product(range(most + 1), repeat=len(inner))):
            bound = {**sizes, **dict(zip(inner, at, strict=True))}
            if is_inside(derivative, bound, steps):
                yield bound

    def shares_add_up(self, claim: Claim, steps: int) -> bool:
        """Whether the shares of all steps are the whole derivative, for every derivative that is taken by shares."""
        taken = {d for side in (claim.left, claim.right) for d in side.atoms if isinstance(d, Derivative) and d.uses}
        evaluator = next(self.points(steps))
        last = evaluator.point.sizes["T"]
        for d in taken:
            names = sorted({n for n in d.letters if n not in evaluator.point.sizes})
            bound = {**evaluator.point.sizes, **{n: 2 for n in names}}
            of_steps = [replace(d, uses=Index(n)) for n in range(last + 2)]
            try:
                whole = evaluator.value(replace(d, uses=None), bound)
                total = added([evaluator.value(share, bound) for share in of_steps], evaluator.field)
            except (Undecidable, KeyError):
                continue  # the claim itself says why
            if whole.data != total.data:
                return False
        return True

    def choices(self, claim: Claim, steps: int) -> Iterator[Choice]:
        """How the derivatives are followed: every one through all definitions first, then few of them directly. The two
        sides choose apart: ∂h/∂W = ∂h/∂W + … has a total one on the left and a direct one on the right, and never the
        other way round, by which ∂h/∂W = ∂h/∂W - … would hold, or ∂h/∂W = ∂(W h)/∂W - …."""
        rights = [part for n, part in self.either(claim) if n == 1 and self.otherwise(part, steps)]
        for left, right in self._choices(claim, steps):
            by = {part.wrt for part in left}
            if (self.head is None or left == self.head) and not any(e.wrt in by and e not in right for e in rights):
                yield left, right

    def all_direct(self, claim: Claim, steps: int) -> list[Choice]:
        """All derivatives of the right side directly, as in a sum over all paths, where these are several."""
        found: dict[Derivative, str] = {}
        for part in claim.right.atoms:
            if isinstance(part, Derivative) and part in self.ambiguous[1] and part.uses is None:
                found.update((part, through) for through in self.otherwise(part, steps)[:1])
        return [({}, found)] if len(found) > 1 and not self.head else []

    def heads(self, left: Term, steps: int) -> list[Head]:
        """The ways to follow the derivatives of a left side."""
        return [head for head, right in self._choices(Claim(left, left, ()), steps) if not right]

    def _choices(self, claim: Claim, steps: int) -> Iterator[Choice]:
        yield {}, {}
        options = [(n, part, way) for n, part in self.either(claim) for way in self.otherwise(part, steps)]
        for count in range(1, FLIPS + 1):
            for chosen in combinations(options[: 2 * FLIPS], count):
                if len({(n, part) for n, part, _ in chosen}) == count:
                    sides: Choice = ({}, {})
                    for n, part, through in chosen:
                        sides[n][part] = through
                    yield sides

    def otherwise(self, derivative: Derivative, steps: int) -> list[str]:
        """The other ways to follow a derivative that give something else, and not zero: with the quantities of other
        steps held, or through its own equation alone."""
        derivative = without_entries(derivative)
        key = (derivative, steps)
        if key not in self._otherwise:
            values = self.values(derivative, (derivative.through, STEP, OWN), steps)
            if not values:
                self.valueless.add(derivative)
            seen, found = values[:1], list[str]()
            for through, data in zip((STEP, OWN), values[1:], strict=False):
                if any(data) and data not in seen:
                    seen.append(data)
                    found.append(through)
            self._otherwise[key] = found
        return self._otherwise[key]

    def leaves_unread(self, claim: Claim, steps: int) -> bool:
        """Whether not all ways to follow the derivatives of a claim are tried: they are too many, or have no value."""
        parts = self.either(claim)
        ways = [len(self.otherwise(part, steps)) for _, part in parts]
        return sum(ways) > FLIPS or any(without_entries(part) in self.valueless for _, part in parts)

    def either(self, claim: Claim) -> list[tuple[int, Derivative]]:
        """The derivatives of both sides that may be direct or total, with the numbers of their sides."""
        return [
            (n, part)
            for n, side in enumerate((claim.left, claim.right))
            for part in side.atoms
            if isinstance(part, Derivative) and part in self.ambiguous[n] and part.uses is None
        ]


def without_entries(derivative: Derivative) -> Derivative:
    """The derivative of the whole of what a derivative is taken of an entry of."""
    return replace(derivative, of=whole_of(derivative.of))


def is_inside(derivative: Derivative, bound: Bound, steps: int) -> bool:
    """Whether what is differentiated, and by what, stands at steps after the first."""
    indices = [index for part in parts(derivative) if isinstance(part, Ref) for index in part.at if index.letters]
    return all(2 <= index.at(bound) <= steps for index in indices if index.names <= bound.keys())
