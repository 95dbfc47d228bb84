"""One claim: the readings under which it holds, or that none does. Only the kernel decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations, product

from derive.check.assumptions import TRUNCATED
from derive.judge.assumed import in_recurrence
from derive.judge.fitting import fitting
from derive.kernel.compare import Claim, Free, Outcome, compare
from derive.kernel.exact import primes
from derive.kernel.field import Undecidable
from derive.kernel.gradients import Evaluator
from derive.kernel.index import Bound, Comparison, Condition, Index, letter
from derive.kernel.points import random_point, real_point, trial_sizes
from derive.kernel.real import apart
from derive.kernel.rewriting import put
from derive.kernel.rewriting import walk as parts
from derive.kernel.tensor import added
from derive.kernel.terms import OWN, STEP, Derivative, Entry, Fold, Indicator, Malformed, Number, Quantity, Ref, Term
from derive.understand.derivatives import variants
from derive.understand.products import SUMMED
from derive.understand.shares import OFFSETS, along, words
from derive.understand.typed import TRUE_CLASS, TURNED, Typed, transposed

PATTERNS = (1, 0)  # of one-hot targets: in turn, all equal
# readings that a page settles: what is read with another choice is not refuted
SETTLED = frozenset((SUMMED, TRUE_CLASS, TURNED))
FLIPS = 4  # derivatives of a claim that are read otherwise than in full
Choice = tuple[dict[Derivative, str], dict[Derivative, str]]  # of the left and of the right side
STEPS = 4
FRESH = 100  # the first seed of the points at which a mend is decided again


@dataclass(frozen=True)
class Decision:
    """What was found: 'holds', 'fails', 'unknown' or, under assumptions, 'conditional'.

    `notes` are the choices of the readings taken and the assumptions, `direct` the derivatives that are direct.
    `others` are the claims for the other parameters that one symbol stands for, `paths` what the words for paths mean:
    how many steps on a path leads. `may_be_slip` says that no reading fits, or that it holds under none: a single edit
    that mends it then shows that it is wrong. `system` is that of a claim under assumptions, with `fixed` extents."""

    verdict: str
    notes: tuple[str, ...] = ()
    direct: tuple[Derivative, ...] = ()
    reason: str = ""
    outcome: Outcome | None = None
    claim: Claim | None = None
    others: tuple[Claim, ...] = ()
    paths: tuple[tuple[str, int], ...] = ()
    may_be_slip: bool = False
    system: Mapping[str, Quantity] | None = None
    fixed: Mapping[str, int] = field(default_factory=dict)


Head = dict[Derivative, str]  # how those derivatives of a head are followed that are not total


@dataclass
class Judge:
    """Decides the claims of one page over its system. `key` is the page's text, from which the primes are drawn; `last`
    is the number of steps where the page says it."""

    system: Mapping[str, Quantity]
    key: bytes
    last: int | None = None
    steps: int = STEPS
    paths: dict[str, int] = field(default_factory=dict)  # what the page's words for paths mean, as it is found
    fixed: Mapping[str, int] = field(default_factory=dict)  # the extents that are given
    ambiguous: tuple[set[Derivative], set[Derivative]] = field(default_factory=lambda: (set(), set()))
    # what each side of the claim writes with ∂, not d: direct or total
    head: Head | None = None  # how the left side is read, where other links of its chain say so
    _otherwise: dict[tuple[Derivative, int], list[str]] = field(default_factory=dict)
    _points: dict[object, Evaluator] = field(default_factory=dict)
    _others: dict[object, Judge] = field(default_factory=dict)

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

    def decide(self, lefts: list[Typed], rights: list[Typed], free: tuple[Free, ...], condition: Condition) -> Decision:
        """The verdict on left = right, over the readings of both sides."""
        pairs = sorted(fitting(lefts, rights, free), key=lambda pair: pair[0].cost + pair[1].cost)
        if not pairs:
            return Decision("unknown", reason="its two sides differ in shape under every reading", may_be_slip=True)
        first: Decision | None = None
        for left, right in pairs:
            decision = self.by_paths(left, right, free, condition)
            if decision.verdict == "holds":
                return decision
            first = first or decision
        assert first is not None
        return first

    def by_paths(self, left: Typed, right: Typed, free: tuple[Free, ...], condition: Condition) -> Decision:
        """The verdict where a page has words for paths: exactly one meaning of them must fit, and is kept; where each
        fits, as in a sum over all paths, none is."""
        names = sorted(words(left.term) | words(right.term))
        fitting = []
        tried = 0
        for offsets in product(*((self.paths[n],) if n in self.paths else OFFSETS for n in names)):
            if len(set(offsets)) < len(offsets):
                continue  # two words are two paths
            tried += 1
            meant = dict(zip(names, offsets, strict=True))
            first, second = (replace(side, term=along(side.term, meant)) for side in (left, right))
            decision = self._decide(first, second, free, condition)
            if not names or (decision.verdict != "holds" and all(n in self.paths for n in names)):
                return replace(decision, paths=tuple(meant.items()))
            if decision.verdict == "holds":
                fitting.append((meant, decision))
        if len(fitting) == tried > 1:
            return fitting[0][1]
        if len(fitting) != 1:
            return Decision("unknown", reason=f"no one meaning of {', '.join(n[1:] for n in names)} fits")
        meant, decision = fitting[0]
        self.paths.update(meant)
        return replace(decision, paths=tuple(meant.items()))

    def _decide(self, left: Typed, right: Typed, free: tuple[Free, ...], condition: Condition) -> Decision:
        notes = tuple(dict.fromkeys(left.notes + right.notes))
        open_letters = [f for f in free if f.letter in left.term.letters | right.term.letters]
        try:
            claim = Claim(left.term, right.term, tuple(open_letters), condition)
            claim = replace(claim, condition=condition + implied(claim, self.system))
        except Malformed as error:
            return Decision("unknown", notes, reason=str(error))
        steps = self.least_steps(claim)
        if not self.shares_add_up(claim, steps):
            return Decision("unknown", notes, reason="the uses of what is differentiated by belong to no steps")
        undecided = ""
        for choice in self.choices(claim, steps):
            direct = tuple(dict.fromkeys([*choice[0], *choice[1]]))
            tried = replace(claim, left=variants(claim.left, choice[0]), right=variants(claim.right, choice[1]))
            try:
                outcomes = []
                for evaluator in self.points(steps):
                    outcomes.append(compare(tried, evaluator))
                    if not outcomes[-1].equal:
                        break
            except Undecidable as error:
                undecided = undecided or str(error)
                continue
            if all(outcome.equal for outcome in outcomes):
                if all(outcome.zero for outcome in outcomes) and is_nought(left) == is_nought(right):
                    return Decision("unknown", notes, tuple(direct), "both sides are zero", claim=tried)
                cut = (TRUNCATED,) if self.is_truncated(choice[0], steps) else ()
                return Decision("holds", notes + cut, tuple(direct), claim=tried)
        if undecided:
            return Decision("unknown", notes, reason=undecided)
        inner = self.but_at_the_edge(claim, steps)
        if inner is not None:
            return replace(inner, notes=notes)
        return self.refuted(claim, steps, notes)

    def is_truncated(self, chosen: dict[Derivative, str], steps: int) -> bool:
        """Whether a head holds the quantities of other steps, and follows those of its own step on the way: the
        gradient of a network that nothing flows back through. Of what is part of the recurrence itself that is a
        reading: its direct derivative."""
        for derivative, through in chosen.items():
            core = derivative.of
            while isinstance(core, Entry):
                core = core.of
            if isinstance(core, Ref) and core.name in self.recurrent:
                continue
            values = self.values(replace(derivative, of=core), (STEP, OWN), steps)
            if through == STEP and len(values) == 2 and values[0] != values[1]:
                return True
        return False

    @cached_property
    def recurrent(self) -> frozenset[str]:
        """The quantities that depend on themselves at other steps."""
        return in_recurrence(self.system)

    def values(self, derivative: Derivative, ways: tuple[str, ...], steps: int) -> list[object]:
        """A derivative followed in several ways, at one point; none where they cannot be had."""
        evaluator = next(self.points(steps))
        inner = sorted(n for n in derivative.letters if n not in evaluator.point.sizes)
        bound = {**evaluator.point.sizes, **{n: max(2, steps - 1 - k % 2) for k, n in enumerate(inner)}}
        if not is_inside(derivative, bound, steps):  # ∂s_{t-i}/∂W
            places = ({**bound, **dict(zip(inner, at, strict=True))} for at in product(range(steps), repeat=len(inner)))
            bound = next((place for place in places if is_inside(derivative, place, steps)), bound)
        try:
            return [evaluator.value(replace(derivative, through=through), bound).data for through in ways]
        except (Undecidable, KeyError):
            return []

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

    def but_at_the_edge(self, claim: Claim, steps: int) -> Decision | None:
        """Whether a claim holds but at the first or the last value of one of its letters."""
        for free in claim.free:
            if free.high.names & {"T", "L"}:
                for low, high, words in (
                    (free.low, free.high.plus(-1), f"{free.letter} < {free.high}"),
                    (free.low.plus(1), free.high, f"{free.letter} > {free.low}"),
                ):
                    inner = replace(
                        claim, free=tuple(Free(f.letter, low, high) if f is free else f for f in claim.free)
                    )
                    for choice in self.choices(inner, steps):
                        direct = tuple(dict.fromkeys([*choice[0], *choice[1]]))
                        sides = (variants(claim.left, choice[0]), variants(claim.right, choice[1]))
                        tried = replace(inner, left=sides[0], right=sides[1])
                        try:
                            if all(compare(tried, evaluator).equal for evaluator in self.points(steps)):
                                return Decision("holds", (), direct, f"for {words}", claim=tried)
                        except Undecidable:
                            continue
        return None

    def refuted(self, claim: Claim, steps: int, notes: tuple[str, ...]) -> Decision:
        """A rigorous difference at a real point, or unknown."""
        claim = replace(claim, left=variants(claim.left, self.head or {}))
        try:
            outcome = compare(claim, self.real(steps), apart)
        except (Undecidable, ZeroDivisionError) as error:
            return Decision("unknown", notes, reason=str(error))
        if outcome.equal:
            return Decision("unknown", notes, reason="neither proved nor refuted")
        if set(notes) - SETTLED:
            words = ", ".join(sorted(set(notes) - SETTLED))
            reason = f"it does not hold as it was read ({words}); another reading may be meant"
            return Decision("unknown", notes, reason=reason, may_be_slip=True)
        return Decision("fails", notes, outcome=outcome, claim=claim)

    def choices(self, claim: Claim, steps: int) -> Iterator[Choice]:
        """How the derivatives are followed: every one through all definitions first, then few of them directly. The two
        sides choose apart: ∂h/∂W = ∂h/∂W + … has a total one on the left and a direct one on the right."""
        for left, right in self._choices(claim, steps):
            if self.head is None or left == self.head:
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
        options: list[tuple[int, Derivative, str]] = []
        for n, side in enumerate((claim.left, claim.right)):
            for part in side.atoms:
                if isinstance(part, Derivative) and part in self.ambiguous[n] and part.uses is None:
                    options += [(n, part, through) for through in self.otherwise(part, steps)]
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
        core = derivative.of
        while isinstance(core, Entry):
            core = core.of
        derivative = replace(derivative, of=core)
        key = (derivative, steps)
        if key not in self._otherwise:
            whole, *others = self.values(derivative, (derivative.through, STEP, OWN), steps) or [()]
            seen, found = [whole], list[str]()
            for through, data in zip((STEP, OWN), others, strict=False):
                if isinstance(data, list) and any(data) and data not in seen:
                    seen.append(data)
                    found.append(through)
            self._otherwise[key] = found
        return self._otherwise[key]

    def over(self, system: Mapping[str, Quantity], fixed: Mapping[str, int] | None = None) -> Judge:
        """The same judge for another system of these quantities, with further extents given."""
        fixed = {**self.fixed, **(fixed or {})}
        if system is self.system and fixed == self.fixed:
            return self
        changed = frozenset((n, quantity) for n, quantity in system.items() if quantity != self.system.get(n))
        key = changed, frozenset(fixed.items())
        if key not in self._others:
            last = fixed.get("T", self.last)
            self._others[key] = Judge(system, self.key, last, self.steps, fixed=fixed, ambiguous=self.ambiguous)
        self._others[key].head = self.head
        return self._others[key]

    def least_steps(self, claim: Claim) -> int:
        """Enough steps for every literal step and lag of a claim."""
        return max(self.steps, min(max(claim.left.reach, claim.right.reach) + 2, 40))


def is_inside(derivative: Derivative, bound: Bound, steps: int) -> bool:
    """Whether what is differentiated, and by what, stands at steps after the first."""
    indices = [index for part in parts(derivative) if isinstance(part, Ref) for index in part.at if index.letters]
    return all(2 <= index.at(bound) <= steps for index in indices if index.names <= bound.keys())


def is_nought(side: Typed) -> bool:
    """Whether a side is a literal 0: who says zero means it."""
    return any(isinstance(part, Number) and part.value == 0 for part in parts(side.term))


def implied(claim: Claim, system: Mapping[str, Quantity]) -> Condition:
    """What a claim says of its free letters, itself or by a name of the page's for it: Σ and Π with both bounds in
    them, that the upper one is not below an empty range; ∂/∂h_{t-4}, that there is such a step."""
    names = {free.letter for free in claim.free}
    found: dict[Comparison, None] = {}
    said = [part for side in (claim.left, claim.right) for part in parts(side)]
    for ref in [part for part in said if isinstance(part, Ref) and len(part.at) > 1 and part.name in system]:
        quantity = system[ref.name]
        meant = dict(zip(quantity.letters, ref.at, strict=True))
        said += [put(part, meant) for _, term in quantity.cases for part in parts(term) if isinstance(part, Fold)]
    for part in said:
        if isinstance(part, Fold) and len(ends := part.low.names | part.high.names) > 1 and ends <= names:
            gap = part.high.plus(1).plus(part.low, -1)
            less = Index(0, tuple((name, -times) for name, times in gap.letters if times < 0))
            if Comparison(less, "lt", gap.plus(less)) not in claim.condition:
                found[Comparison(less, "le", gap.plus(less))] = None
        elif isinstance(part, Derivative):
            for index in part.wrt.at:
                if len(index.letters) == 1 and index.names <= names and index.constant < -1:
                    found[Comparison(index, "ge", Index(0))] = None
    return tuple(found)


def frees(readings: list[Typed], entries: dict[str, Index], chained: dict[str, str]) -> tuple[Free, ...]:
    """The free letters of a claim with the values that they take."""
    letters = set[str]().union(*(reading.term.letters for reading in readings))
    pairs = [
        (str(comparison.left), str(comparison.right))
        for reading in readings
        for part in reading.term.atoms
        if isinstance(part, Indicator)
        for comparison in part.condition
    ]
    found = []
    entries = dict(entries)
    for left, right in pairs:  # δ_{ij}: j runs as far as i
        for name, other in ((left, right), (right, left)):
            if other in entries:
                entries.setdefault(name, entries[other])
    letters -= {"T", "L"}
    for name in sorted(letters, key=lambda name: (name not in chained, name)):  # the extents of entries may be widths
        if name in chained:
            found.append(Free(name, Index(1), letter("T" if chained[name] == "step" else "L")))
        elif name in entries:
            found.append(Free(name, Index(1), entries[name]))
    return tuple(found)


__all__ = ["Decision", "Judge", "Term", "frees", "transposed"]
