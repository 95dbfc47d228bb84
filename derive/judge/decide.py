"""One claim: the readings under which it holds, or that none does. Only the kernel decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product

from derive.check.assumptions import TRUNCATED
from derive.judge.choices import Choices
from derive.judge.fitting import fitting
from derive.judge.free import implied
from derive.judge.points import CHOICES, SIZES
from derive.kernel.compare import Claim, Free, Outcome, compare
from derive.kernel.exact import Residues
from derive.kernel.field import Undecidable
from derive.kernel.gradients import Evaluator
from derive.kernel.index import Comparison, Condition, Unbound, letter
from derive.kernel.real import apart
from derive.kernel.rewriting import walk as parts
from derive.kernel.terms import Apply, Derivative, Malformed, Number, Numeral, Quantity, Ref
from derive.understand.derivatives import variants
from derive.understand.products import SUMMED
from derive.understand.shares import OFFSETS, along, words
from derive.understand.typed import ALONE, TRUE_CLASS, TURNED, Typed

# readings that a page settles: what is read with another choice is not refuted
SETTLED = frozenset((SUMMED, TRUE_CLASS, TURNED, ALONE))
UNTRIED = "it does not hold as it was read, and not all ways to follow its derivatives were tried"
FEW = "it speaks of numbers of entries, and holds at few of them alone"
PARTLY = "it holds of the direct derivative alone, which leaves out what reaches the loss through other quantities"
POSITIVE = "positive arguments of its logarithms"
STATIONARY = "a gradient is not zero for all values: as a condition, or as a start of what is added up, it is no claim"


@dataclass(frozen=True)
class Decision:
    """What was found: 'holds', 'fails', 'unknown' or, under assumptions, 'conditional'.

    `notes` are the choices of the readings taken and the assumptions, `direct` the derivatives that are direct.
    `others` are the claims for the other parameters that one symbol stands for, `paths` what the words for paths mean:
    how many steps on a path leads. `may_be_slip` says that no reading fits, or that it holds under none: a single edit
    that mends it then shows that it is wrong; `is_valueless` that it has no value where it was tried. `system` is that
    of a claim under assumptions, with `fixed` extents; the sizes of the point of `outcome` are the first or the second
    ones, by `size`; `domain` is where alone it holds."""

    verdict: str
    notes: tuple[str, ...] = ()
    direct: tuple[Derivative, ...] = ()
    reason: str = ""
    outcome: Outcome | None = None
    claim: Claim | None = None
    others: tuple[Claim, ...] = ()
    paths: tuple[tuple[str, int], ...] = ()
    may_be_slip: bool = False
    is_valueless: bool = False
    system: Mapping[str, Quantity] | None = None
    fixed: Mapping[str, int] = field(default_factory=dict)
    size: int = 0
    domain: str = ""


@dataclass
class Judge(Choices):
    """Decides the claims of one page over its system."""

    paths: dict[str, int] = field(default_factory=dict)  # what the page's words for paths mean, as it is found
    _others: dict[object, Judge] = field(default_factory=dict)

    def decide(self, lefts: list[Typed], rights: list[Typed], free: tuple[Free, ...], condition: Condition) -> Decision:
        """The verdict on left = right, over the readings of both sides."""
        pairs = sorted(fitting(lefts, rights, free), key=lambda pair: pair[0].cost + pair[1].cost)
        if not pairs:
            return Decision("unknown", reason="its two sides differ in shape under every reading", may_be_slip=True)
        first: Decision | None = None
        valueless: Decision | None = None
        for left, right in pairs:
            decision = self.by_paths(left, right, free, condition)
            if decision.verdict == "holds":
                return decision
            first = first or decision
            valueless = valueless or (decision if decision.is_valueless else None)
        assert first is not None
        return valueless if first.verdict == "fails" and valueless is not None else first

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
                if not cut and any(map(self.is_of_loss, choice[0])):
                    return Decision("unknown", notes, tuple(direct), PARTLY, claim=tried)
                if not self.holds_further(tried, steps):
                    return Decision("unknown", notes, tuple(direct), FEW, claim=tried)
                domain = POSITIVE if self.splits(tried, steps) else ""
                reason = f"for {domain}" if domain else ""
                return Decision("holds", notes + cut, tuple(direct), reason, claim=tried, domain=domain)
        if undecided:
            return Decision("unknown", notes, reason=undecided, is_valueless=True)
        if 0 < len(self.counted(claim)) < SIZES:  # T b for Σ_t b: with T as a random number it is none
            for choice in self.choices(claim, steps):
                tried = replace(claim, left=variants(claim.left, choice[0]), right=variants(claim.right, choice[1]))
                if self.holds_at(tried, self.further(steps), is_nought(left) != is_nought(right)):
                    return Decision("holds", notes, tuple(dict.fromkeys([*choice[0], *choice[1]])), claim=tried)
        inner = self.but_at_the_edge(claim, steps)
        if inner is not None:
            return replace(inner, notes=notes)
        if is_nought(right) and is_gradient(left):
            return Decision("unknown", notes, reason=STATIONARY)
        return self.refuted(claim, steps, notes)

    def holds_further(self, claim: Claim, steps: int) -> bool:
        """Whether a claim that holds at the sizes tried, in which numbers of entries stand, does at others."""
        counts = self.counted(claim)
        if all(isinstance(part, Numeral) for part in counts):  # which were random numbers
            return True
        return len(counts) < SIZES and self.holds_at(claim, self.further(steps))

    def holds_at(self, claim: Claim, points: Iterator[Evaluator], says_zero: bool = True) -> bool:
        """Whether a claim holds at some points, and its sides are not zero at all of them unless it says so."""
        try:
            outcomes = []
            for evaluator in points:
                outcomes.append(compare(claim, evaluator))
                if not outcomes[-1].equal:
                    return False
        except (Undecidable, Unbound):
            return False
        return says_zero or not all(outcome.zero for outcome in outcomes)

    def splits(self, claim: Claim, steps: int) -> bool:
        """Whether a claim rests on the logarithm of a product of unknown signs."""
        if not any(isinstance(p, Apply) and p.function == "log" for t in (claim.left, claim.right) for p in parts(t)):
            return False
        point = self.unseen(steps)
        compare(claim, point)
        return isinstance(point.field, Residues) and point.field.splits

    def but_at_the_edge(self, claim: Claim, steps: int) -> Decision | None:
        """Whether a claim holds but at the first or the last value of one of its letters, or beyond where one of its
        steps is the other: the last k of δ_k^{(t)} is t."""
        for inner, where in self.inside(claim):
            for choice in self.choices(inner, steps):
                direct = tuple(dict.fromkeys([*choice[0], *choice[1]]))
                sides = (variants(claim.left, choice[0]), variants(claim.right, choice[1]))
                tried = replace(inner, left=sides[0], right=sides[1])
                try:
                    outcomes = [compare(tried, evaluator) for evaluator in self.points(steps)]
                except Undecidable:
                    continue
                if all(outcome.equal for outcome in outcomes) and not all(outcome.zero for outcome in outcomes):
                    return Decision("holds", (), direct, f"for {where}", claim=tried)
        return None

    def inside(self, claim: Claim) -> Iterator[tuple[Claim, str]]:
        """A claim without one edge of its letters, for each of them, and in words where that is."""
        edges = []
        for free in claim.free:
            if free.high.names & {"T", "L"}:
                for low, high, words in (
                    (free.low, free.high.plus(-1), f"{free.letter} < {free.high}"),
                    (free.low.plus(1), free.high, f"{free.letter} > {free.low}"),
                ):
                    there = tuple(Free(f.letter, low, high) if f is free else f for f in claim.free)
                    edges.append((replace(claim, free=there), words))
        yield from edges
        steps = [free.letter for free in claim.free if "T" in free.high.names]
        if len(steps) != 2 or any(c.left.names | c.right.names >= {*steps} for c in claim.condition):
            return
        for inner, words in [(claim, ""), *edges]:
            for (less, more), (op, sign) in product((steps, steps[::-1]), (("le", "≤"), ("lt", "<"))):
                order = Comparison(letter(less), op, letter(more))
                said = ", ".join(filter(None, (words, f"{less} {sign} {more}")))
                yield replace(inner, condition=(*inner.condition, order)), said

    def refuted(self, claim: Claim, steps: int, notes: tuple[str, ...]) -> Decision:
        """A rigorous difference at a real point, or unknown."""
        claim = replace(claim, left=variants(claim.left, self.head or {}))
        try:
            for size in range(CHOICES if self.counted(claim) else 2):  # two sizes may be one number, or roots
                outcome = compare(claim, self.real(steps, size), apart)
                if not outcome.equal:
                    break
        except (Undecidable, ZeroDivisionError) as error:
            return Decision("unknown", notes, reason=str(error))
        if outcome.equal:
            return Decision("unknown", notes, reason="neither proved nor refuted")
        if set(notes) - SETTLED:
            words = ", ".join(sorted(set(notes) - SETTLED))
            reason = f"it does not hold as it was read ({words}); another reading may be meant"
            return Decision("unknown", notes, reason=reason, may_be_slip=True)
        if self.leaves_unread(claim, steps):
            return Decision("unknown", notes, reason=UNTRIED)
        return Decision("fails", notes, outcome=outcome, claim=claim, size=size)

    def over(self, system: Mapping[str, Quantity], fixed: Mapping[str, int] | None = None) -> Judge:
        """The same judge for another system of these quantities, with further extents given."""
        fixed = {**self.fixed, **(fixed or {})}
        if system is self.system and fixed == self.fixed:
            return self
        changed = frozenset((n, quantity) for n, quantity in system.items() if quantity != self.system.get(n))
        key = changed, frozenset(fixed.items())
        if key not in self._others:
            last = fixed.get("T", self.last)
            ambiguous = self.ambiguous
            self._others[key] = Judge(system, self.key, last, self.steps, fixed, self.called, ambiguous=ambiguous)
        self._others[key].head = self.head
        return self._others[key]


def is_nought(side: Typed) -> bool:
    """Whether a side is a literal 0: who says zero means it."""
    return any(isinstance(part, Number) and part.value == 0 for part in parts(side.term))


def is_gradient(side: Typed) -> bool:
    """Whether a side is the derivative of a number by something, where neither belongs to a step."""
    match side.term:
        case Derivative(of=Ref(at=()) as of, wrt=Ref(at=())):
            return not of.axes
    return False
