"""One claim, left = right: the assumptions and readings under which it holds, or that none does.

Equality is decided at random points modulo a prime. The smallest set of assumptions wins, by size and then in the
order of the catalogue; each ∂ that can be direct or total is read so that the claim holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations, product

from derive.algebra.array import Value
from derive.algebra.values import Network
from derive.check import terms
from derive.check.assumptions import (
    ASSUMPTIONS,
    SAME_TARGET,
    SCALAR_STATE,
    SINGLE_PATH,
    TARGET_UNIT,
    THIS_WORD,
    TRUNCATED,
    ZERO_START,
    Assumptions,
)
from derive.check.compare import Claimed, Outcome, bindings, compare_at, misfit
from derive.check.jacobians import direct_rows
from derive.check.meaning import Found, Meaning
from derive.check.page import NotApplicable, OutOfRange, Page, Point, Reading, Scope
from derive.check.points import Points
from derive.check.ranges import DOWN, LAST, ONE, OPEN, OUTSIDE, Ranges, direction, within
from derive.check.tensor import ShapeMismatch
from derive.check.terms import Term
from derive.kernel.field import Undecidable
from derive.reading.tree import Span

NONE: Assumptions = frozenset()
PLAIN = Reading()
_EDITS = frozenset((SINGLE_PATH, TRUNCATED))
MAX_AMBIGUOUS = 6
Place = tuple[int, Span]  # of a ∂: on the left side, 0, or on the right, 1, and where there
POINTS = 2  # each over all values of the free indices; with residues of 61 bits


@dataclass(frozen=True)
class Decision:
    """The verdict's core: `holds` under `assumptions` with these readings, or the reason why it does not."""

    holds: bool
    assumptions: tuple[str, ...] = ()
    left: Reading = PLAIN
    right: Reading = PLAIN
    reason: str = ""
    undecided: bool = False
    structural: bool = False
    ambiguous: tuple[terms.Deriv, ...] = ()


@dataclass
class Judge:
    """Decides the claims of one page."""

    page: Page
    points: Points
    _ambiguous: dict[tuple[object, ...], bool] = field(default_factory=dict)
    _real: dict[bool, Point] = field(default_factory=dict)
    _meanings: dict[tuple[object, ...], Meaning] = field(default_factory=dict)
    _values: dict[tuple[object, ...], Found] = field(default_factory=dict)

    def decide(self, claim: Claimed) -> Decision:
        """Whether the two sides are equal, and under what."""
        lonely = claim.right.letters - claim.left.letters - {"T"}
        if lonely:
            reason = f"the index {_words(lonely)} stands on the right side only"
            return Decision(False, reason=reason, structural=True)
        readings, complete = self.readings(claim)
        undecided = ""
        vacuous = False
        for assumptions in self.candidates(claim, readings):
            for reading in readings:
                try:
                    outcome = self.compare(claim, reading, assumptions)
                except Undecidable as error:
                    undecided = undecided or str(error)
                    continue
                if outcome.kind == "zero":
                    vacuous = vacuous or not assumptions
                if outcome.kind == "equal":
                    ordered = tuple(a for a in ASSUMPTIONS if a in assumptions)
                    return Decision(True, ordered, *reading, ambiguous=self.ambiguous(claim))
        if vacuous:
            return Decision(False, reason="both sides are zero", undecided=True)
        if undecided:
            return Decision(False, reason=undecided, undecided=True)
        if not complete:
            return Decision(False, reason="there are too many ways to read its ∂", undecided=True)
        outcome = self.compare(claim, readings[0], NONE)
        return Decision(False, reason=outcome.reason, structural=outcome.structural)

    def proves(self, claim: Claimed) -> bool:
        """Whether a claim holds without any assumption."""
        if claim.right.letters - claim.left.letters - {"T"}:
            return False
        readings, _ = self.readings(claim)
        for reading in readings:
            try:
                if self.compare(claim, reading, NONE).kind == "equal":
                    return True
            except Undecidable:
                continue
        return False

    def forget(self) -> None:
        """Drops the values kept so far: a quantity of the notes' own may have changed its meaning."""
        self._meanings.clear()
        self._values.clear()

    def real(self, zero_start: bool) -> Point:
        """The real point, made once."""
        if zero_start not in self._real:
            self._real[zero_start] = self.points.real(zero_start)
        return self._real[zero_start]

    def plausible(self, claim: Claimed, assumed: bool) -> bool:
        """Whether a claim can hold, from one point: without any assumption, or under some."""
        if claim.right.letters - claim.left.letters - {"T"}:
            return False
        readings, _ = self.readings(claim)
        try:
            if not assumed:
                return any(self.compare(claim, r, NONE, quick=True).kind == "equal" for r in readings)
            return next((True for _ in self._alive(claim, readings)), False)
        except Undecidable:
            return False

    def misfit(self, term: Term) -> str:
        """Why the shapes inside a term do not fit, or ''."""
        point = self.points.at(NONE, 0, 0)
        meaning = Meaning(self.page, point, Reading())
        for bound in bindings(self.page, Claimed(term, term), meaning):
            try:
                meaning.value(term, Scope(bound))
            except ShapeMismatch as error:
                return misfit(error, point)
            except (OutOfRange, Undecidable):
                continue
            return ""
        return ""

    def speaks(self, claim: Claimed) -> bool:
        """Whether the right side says something of its own: it does not repeat the left, and no term of it is zero."""
        if any(part == claim.left for part in terms.walk(claim.right)):
            return False
        parts = claim.right.terms if isinstance(claim.right, terms.Add) else ()
        return not any(self._is_zero(part, claim) for part in parts)

    def _is_zero(self, term: Term, claim: Claimed) -> bool:
        point = self.points.at(NONE, 0, 0)
        meaning = Meaning(self.page, point, Reading())
        for bound in bindings(self.page, claim, meaning):
            try:
                if any(meaning.value(term, Scope(bound)).data):
                    return False
            except (OutOfRange, ShapeMismatch, Undecidable, NotApplicable):
                continue
        return True

    # Readings

    def ambiguous(self, claim: Claimed) -> tuple[terms.Deriv, ...]:
        """The ∂ of a claim that can be read as direct or as total, with different values."""
        return tuple(part for side in (claim.left, claim.right) for part in side.derivatives if self.is_ambiguous(part))

    def is_ambiguous(self, part: terms.Deriv) -> bool:
        of = part.of.of if isinstance(part.of, terms.Component) else part.of
        wrt = part.wrt.of if isinstance(part.wrt, terms.Component) else part.wrt
        if part.direct is not None or not isinstance(of, terms.Ref) or not isinstance(wrt, terms.Ref):
            return False
        if not of.is_array or not wrt.is_array or of.step is None:
            return False
        key = (of, wrt)
        if key not in self._ambiguous:
            point = self.points.at(NONE, 0, 0)
            self._ambiguous[key] = any(self._differs(point, of, wrt, step) for step in range(1, point.steps + 1))
        return self._ambiguous[key]

    def _differs(self, point: Point, of: terms.Ref, wrt: terms.Ref, step: int) -> bool:
        """Whether ∂⁺u/∂v exists, is not zero and is not du/dv, with u's free index at `step`."""
        network = point.network
        bound = {letter: step for letter in (of.step.names if of.step else ())} | {"T": point.steps}
        try:
            at = of.step.at(bound) if of.step else None
            with_respect_to = wrt.step.at(bound) if wrt.step else None
        except KeyError:
            return False
        if at is None or not 1 <= at <= point.steps:
            return False
        value, variable = self.page.leaf(of, at), self.page.leaf(wrt, with_respect_to)
        if not isinstance(value, Value) or not network.graph.defines(value) or value == variable:
            return False
        direct = direct_rows(network, value, variable, self.page.closed(value))
        if direct is None or not any(entry for row in direct for entry in row):
            return False
        return direct != network.total(variable).get(value)

    def readings(self, claim: Claimed) -> tuple[list[tuple[Reading, Reading]], bool]:
        """The readings to try, total before direct, and whether they are all there are."""
        head = self._places(claim.left, 0) if claim.head is None else []
        places = head + self._places(claim.right, 1)
        downs = [False, True] if self._has_open_range(claim) else [False]

        def pick(choice: tuple[Place, ...], side: int) -> frozenset[Span]:
            return frozenset(span for where, span in choice if where == side)

        found = [
            (Reading(pick(choice, 0) | (claim.head or frozenset()), down), Reading(pick(choice, 1), down))
            for choice, down in product(_choices(places), downs)
        ]
        return found, len(places) <= MAX_AMBIGUOUS

    def heads(self, left: Term) -> list[frozenset[Span]]:
        """The readings of a head: the places of those of its ∂ that are direct, total before direct."""
        return [frozenset(span for _, span in choice) for choice in _choices(self._places(left, 0))]

    def _places(self, term: Term, side: int) -> list[Place]:
        return [(side, part.span) for part in term.derivatives if self.is_ambiguous(part)]

    def _has_open_range(self, claim: Claimed) -> bool:
        """Whether a sum or product has bounds that may run up or down."""

        def found(term: Term, around: Ranges) -> bool:
            if isinstance(term, terms.Own):
                return found(self.page.own[term.key][1], OUTSIDE)
            if isinstance(term, terms.Fold) and term.letter is not None:
                lower, upper = term.lower or ONE, term.upper or LAST
                way = direction(lower, upper, around)
                low, high = (upper, lower) if way == DOWN else (lower, upper)
                return way == OPEN or found(term.body, within(around, term.letter, low, high))
            return any(found(child, around) for child in term.children)

        return found(claim.left, OUTSIDE) or found(claim.right, OUTSIDE)

    # Assumptions

    def candidates(self, claim: Claimed, readings: list[tuple[Reading, Reading]]) -> Iterator[Assumptions]:
        """The sets of assumptions to try, from none upwards. What cannot hold under all that specialises it is left
        out: an equality stays one at special points."""
        yield NONE
        found: set[Assumptions] = set()
        for base, special in self._alive(claim, readings):
            for n in range(len(special) + 1):
                found |= {base | frozenset(extra) for extra in combinations(sorted(special), n)}
        yield from sorted(found - {NONE}, key=lambda s: (len(s), [ASSUMPTIONS.index(a) for a in _ordered(s)]))

    def _alive(
        self, claim: Claimed, readings: list[tuple[Reading, Reading]]
    ) -> Iterator[tuple[Assumptions, Assumptions]]:
        """The assumptions that change a meaning, with those that specialise: the pairs under which, all at once, the
        claim is not refuted at one point."""
        for base in self._bases(claim):
            always = frozenset({ZERO_START, SCALAR_STATE})
            specialised = [always | {THIS_WORD} if self.page.word else always]
            if TARGET_UNIT in base:
                specialised.append(always | {SAME_TARGET})
            for special in specialised:
                if any(self._possible(claim, reading, base | special) for reading in readings):
                    yield base, special

    def _bases(self, claim: Claimed) -> list[Assumptions]:
        """The assumptions that change what a side means, by whether the claim speaks of what they change."""
        bases = [NONE]
        parts = [*terms.walk(claim.left), *terms.walk(claim.right)]
        refs = [part for part in parts if isinstance(part, terms.Ref)]
        refs += [part for own in parts if isinstance(own, terms.Own) for part in self._inside(own)]
        output = self.page.output
        derivatives = any(isinstance(part, terms.Deriv | terms.Change | terms.Own) for part in parts)
        if output is not None:
            if any(output in self.page.axes.get(ref.name, ()) or ref.name == "loss" for ref in refs) or derivatives:
                bases += [base | {TARGET_UNIT} for base in bases]
            if derivatives:
                bases += [base | {SINGLE_PATH} for base in bases if TARGET_UNIT in base]
        heads = [part for part in terms.walk(claim.left) if isinstance(part, terms.Change) or _of_parameter(part)]
        carried = any(isinstance(part, terms.Deriv) and self._recurrent(part) for part in terms.walk(claim.right))
        if heads and not carried:
            bases += [base | {TRUNCATED} for base in bases]
        return bases

    def _inside(self, own: terms.Own) -> list[terms.Ref]:
        _, body = self.page.own[own.key]
        return [part for part in terms.walk(body) if isinstance(part, terms.Ref)]

    def _recurrent(self, part: terms.Deriv) -> bool:
        """Whether this is ∂a(t)/∂a(t-1), between two steps of the network's values."""
        of, wrt = part.of, part.wrt
        return isinstance(of, terms.Ref) and isinstance(wrt, terms.Ref) and of.name == wrt.name

    def _possible(self, claim: Claimed, reading: tuple[Reading, Reading], assumptions: Assumptions) -> bool:
        try:
            return self.compare(claim, reading, assumptions, quick=True).kind in ("equal", "zero")
        except Undecidable:
            return True

    # Comparison

    def compare(
        self,
        claim: Claimed,
        reading: tuple[Reading, Reading],
        assumptions: Assumptions,
        quick: bool = False,
        first_seed: int = 0,
    ) -> Outcome:
        """The two sides at several random points and sizes, at every value of the free indices at which both exist."""
        nonzero = _is_nought(claim.right) != _is_nought(claim.left)  # who says zero means it
        sizes = range(1 if THIS_WORD in assumptions else len(self.points.sizes))
        places = [(size, first_seed + n) for n in range(POINTS) for size in sizes]
        for size, seed in places[: 1 if quick else POINTS]:
            outcome = self.at_point(claim, reading, assumptions, size, seed)
            if outcome.kind in ("different", "inapplicable"):
                return outcome
            nonzero = nonzero or outcome.kind == "equal"
        return Outcome("equal" if nonzero else "zero")

    def at_point(
        self, claim: Claimed, reading: tuple[Reading, Reading], assumptions: Assumptions, size: int, seed: int
    ) -> Outcome:
        point = self.points.at(assumptions, size, seed)
        unit = TARGET_UNIT in assumptions
        left, right = (
            self.meaning(point, taken, unit, self.points.derivatives(changed, size, seed, side == 0))
            for side, (taken, changed) in enumerate(
                ((reading[0], assumptions), (reading[1], assumptions if claim.derives else assumptions - _EDITS))
            )
        )
        return compare_at(self.page, claim, left, right, lambda pairs: all(a == b for a, b in pairs))

    def meaning(self, point: Point, reading: Reading, unit: bool, network: Network) -> Meaning:
        """One evaluator for each way of reading at a point, so that what it found is kept."""
        key = (id(point), reading, unit, id(network))
        if key not in self._meanings:
            if len(self._meanings) > 200:
                self.forget()
            found = self._values.setdefault((id(point), unit, id(network)), {})
            self._meanings[key] = Meaning(self.page, point, reading, unit, network, found)
        return self._meanings[key]


def _choices(places: list[Place]) -> list[tuple[Place, ...]]:
    """The subsets of some places, the smallest first; of too many the extreme ones alone."""
    if len(places) <= MAX_AMBIGUOUS:
        return [chosen for n in range(len(places) + 1) for chosen in combinations(places, n)]
    single = [(place,) for place in places]
    return [(), tuple(places), *single, *(tuple(p for p in places if p != place) for place in places)]


def _is_nought(term: Term) -> bool:
    return isinstance(term, terms.Num) and term.value == 0


def _of_parameter(part: Term) -> bool:
    """Whether this is a derivative with respect to a parameter."""
    return isinstance(part, terms.Deriv) and isinstance(part.wrt, terms.Ref) and part.wrt.step is None


def _ordered(assumptions: Assumptions) -> list[str]:
    return [a for a in ASSUMPTIONS if a in assumptions]


def _words(letters: frozenset[str]) -> str:
    return " and ".join(sorted(letters))
