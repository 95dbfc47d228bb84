"""Two sides compared at one point, at every value of the free indices at which both exist."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from derive.check import terms
from derive.check.meaning import Meaning
from derive.check.page import NotApplicable, OutOfRange, Page, Point, Scope
from derive.check.tensor import ShapeMismatch, Tensor, chained, identity
from derive.check.terms import Index, Term
from derive.kernel.field import Field, Scalar, Undecidable
from derive.reading.tree import Span

Pairs = list[tuple[Scalar, Scalar]]


@dataclass(frozen=True)
class Outcome:
    """What comparing two sides gave: 'equal', 'zero' (both sides vanish everywhere), 'different' or 'inapplicable',
    with the reason where there is one to tell. `structural` is a difference that no number decides: shapes that do
    not fit, a step that does not exist."""

    kind: str
    reason: str = ""
    structural: bool = False


@dataclass(frozen=True)
class Claimed:
    """Two sides and the conditions on their free indices; `head` are the ∂ of the left side that are direct, by their
    places, where a chain has settled it."""

    left: Term
    right: Term
    conditions: tuple[terms.Truth, ...] = ()
    head: frozenset[Span] | None = None

    @cached_property
    def letters(self) -> tuple[str, ...]:
        """The free index letters of both sides."""
        return tuple(sorted((self.left.letters | self.right.letters) - {"T"}))

    @cached_property
    def derives(self) -> bool:
        """Whether the right side speaks of derivatives, directly or through a quantity of the notes' own."""
        return any(isinstance(part, terms.Deriv | terms.Change | terms.Own) for part in terms.walk(self.right))

    @cached_property
    def own_step(self) -> Index | None:
        """The step of the first value on the left side."""
        steps = (part.step for part in terms.walk(self.left) if isinstance(part, terms.Ref))
        return next((step for step in steps if step is not None), None)


def bindings(page: Page, claim: Claimed, meaning: Meaning) -> Iterator[dict[str, int]]:
    """Every value of the free indices: the steps, or the entries for the index of a component."""
    letters = claim.letters
    ranges = []
    for letter in letters:
        entries = meaning.shapes.extent(claim.left, letter) or meaning.shapes.extent(claim.right, letter)
        ranges.append(range(1, entries + 1) if entries else range(0, meaning.point.steps + 1))
    for values in product(*ranges):
        bound = dict(zip(letters, values, strict=True))
        if all(meaning.point.holds(condition, Scope(bound)) for condition in claim.conditions):
            yield bound


def sides_at(claim: Claimed, left: Meaning, right: Meaning, bound: dict[str, int]) -> tuple[Tensor, Tensor]:
    """Both sides with the free indices bound; the right side keeps the axes of the left."""
    step = _own_step(claim, bound, left)
    head = left.value(claim.left, Scope(bound, step))
    variables = (chained(axis.var.name) for axis in head.axes if axis.var is not None)
    return head, right.value(claim.right, Scope(bound, step, frozenset((*head.labels, *variables))))


def compare_at(page: Page, claim: Claimed, left: Meaning, right: Meaning, same: Callable[[Pairs], bool]) -> Outcome:
    """The outcome at one point; `same` tells whether pairs of entries agree."""
    nonzero, tried, missing = False, False, ""
    unmet = True
    for bound in bindings(page, claim, left):
        unmet = False
        left.rescued = right.rescued = False
        left.work = right.work = 0
        try:
            head, link = sides_at(claim, left, right, bound)
        except OutOfRange as error:
            missing = missing or str(error)
            # a claim at t = 0 speaks of the start, which few mean to do
            if error.summed and 0 not in bound.values() and _other_exists(claim, left, right, bound):
                return Outcome("different", f"it speaks of what does not exist: {error}", structural=True)
            continue
        except NotApplicable as error:
            return Outcome("inapplicable", str(error))
        except ShapeMismatch as error:
            return Outcome("different", misfit(error, left.point), structural=True)
        tried = tried or not (left.rescued or right.rescued)
        try:
            pairs = entry_pairs(page, head, link, left.base)
        except ShapeMismatch:  # the counterexample shows both
            return Outcome("different", "the shapes do not fit", structural=True)
        if not same(pairs):
            return Outcome("different")
        nonzero = nonzero or any(a != 0 for a, _ in pairs)
    if unmet:
        raise Undecidable("no index meets its condition")
    if not tried:
        reason = (
            f"it speaks of what does not exist: {missing}" if missing else "it holds where an adjoint vanishes only"
        )
        return Outcome("different", reason, structural=True)
    return Outcome("equal" if nonzero else "zero")


def misfit(error: ShapeMismatch, point: Point) -> str:
    """What does not fit within a side, and at which sizes."""
    sizes = (f"{name} = {size}" for name, size in sorted(point.network.sizes.items()) if name != "T")
    return f"the shapes do not fit: {error}, where {', '.join(sizes)}"


def _other_exists(claim: Claimed, left: Meaning, right: Meaning, bound: dict[str, int]) -> bool:
    """Whether one side alone reaches a step that does not exist."""
    missing = 0
    for meaning, side in ((left, claim.left), (right, claim.right)):
        try:
            meaning.value(side, Scope(bound))
        except OutOfRange:
            missing += 1
        except ShapeMismatch:
            continue
    return missing == 1


def entry_pairs(page: Page, head: Tensor, link: Tensor, field: Field) -> Pairs:
    """The entries to compare; an adjoint that vanishes is zero in any shape."""
    if head.vanishes or link.vanishes:
        zero = (head if head.vanishes else link).data[0]
        other = link if head.vanishes else head
        return [(zero, entry) if head.vanishes else (entry, zero) for entry in other.data]
    if head.unit and len(link.axes) == 2 and link.sizes[0] == link.sizes[1]:
        head = identity(head, link, field)
    elif link.unit and len(head.axes) == 2 and head.sizes[0] == head.sizes[1]:
        link = identity(link, head, field)
    return page.algebra.same(head, link)


def _own_step(claim: Claimed, bound: dict[str, int], meaning: Meaning) -> int | None:
    """The step of which a claim speaks, whose target row its parameters take: its free index, or the step of L(2)."""
    if claim.own_step is not None:
        try:
            return claim.own_step.at({**bound, "T": meaning.point.steps})
        except KeyError:
            return None
    return next(iter(bound.values()), None)
