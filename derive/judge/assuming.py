"""The smallest set of assumptions under which a claim holds that fails as it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import combinations, islice

from derive.check.assumptions import ZERO_START
from derive.judge.assumed import Assumed
from derive.judge.assumptions import OPERATIONS, ORDER, SPECIAL
from derive.judge.decide import Decision, Judge
from derive.judge.fitting import fitting
from derive.judge.free import implied
from derive.kernel.compare import Claim, Free, compare
from derive.kernel.field import Undecidable
from derive.kernel.index import Condition, Unbound
from derive.kernel.rewriting import walk
from derive.kernel.terms import Derivative, Malformed, Number, Quantity
from derive.understand.derivatives import variants
from derive.understand.shares import words
from derive.understand.typed import Typed

MOST = 2  # assumptions of one verdict that change what a claim says
READINGS = 4  # of a claim, the plainest
FLIPS = 12  # ways to follow its derivatives


@dataclass(frozen=True)
class Start:
    """The readings of a claim under the assumptions `names` with `fixed` extents, before others are made."""

    lefts: list[Typed]
    rights: list[Typed]
    free: tuple[Free, ...]
    condition: Condition
    names: tuple[str, ...] = ()
    fixed: Mapping[str, int] = field(default_factory=dict)
    open: frozenset[Derivative] = frozenset()  # those that a name on the left stands for


def granted(judge: Judge, starts: Iterable[Start], more: Iterable[str], word: str = "") -> Decision | None:
    """The decision under the smallest set of assumptions under which left = right holds, or None; `more` are those that
    change what the claim says."""
    more = [*more]
    written = frozenset(judge.ambiguous[0])
    every: list[tuple[Assumed, tuple[str, ...]]] = []
    for start in starts:
        for claim, notes in readings(start, judge.system):
            assumed = Assumed(claim, judge.system, written | start.open, start.names, start.fixed, word)
            for meant in changed(assumed, more):
                specials = [*specialised(meant)]
                if is_alive(specials, judge):
                    every += [(special, notes) for special in specials]
    for meant, notes in sorted(every, key=lambda m: (len(m[0].names), [ORDER.index(n) for n in m[0].names])):
        decision = decided(meant, judge.over(meant.system, meant.fixed), notes) if meant.names else None
        if decision is not None:
            return decision
    return None


def changed(start: Assumed, names: list[str]) -> Iterator[Assumed]:
    """The claim as it stands, and what it says under one or two of the assumptions that change what it says."""
    for count in range(MOST + 1):
        for chosen in combinations(names, count):
            yield from under(start, chosen)


def specialised(meant: Assumed) -> Iterator[Assumed]:
    """The same claim, for all that is given or for special values of it."""
    found: dict[tuple[str, ...], list[Assumed]] = {(): [meant]}
    for count in range(len(SPECIAL) + 1):
        for names in combinations(SPECIAL, count):
            if names:
                found[names] = [more for one in found[names[:-1]] for more in under(one, names[-1:])]
            for special in found[names]:
                yield replace(special, names=tuple(name for name in ORDER if name in special.names))


def is_alive(specials: list[Assumed], judge: Judge) -> bool:
    """Whether a claim holds at one point that is special in every way: what does not, holds at no others."""
    most = max(len(special.names) for special in specials)
    return any(can_hold(special, judge) for special in specials if len(special.names) == most)


def can_hold(meant: Assumed, judge: Judge) -> bool:
    """Whether a claim holds at one point."""
    judge = judge.over(meant.system, meant.fixed)
    steps = judge.least_steps(meant.claim)
    try:
        return any(compare(tried, next(judge.points(steps))).equal for tried, _ in read(meant.claim, judge, steps))
    except (Undecidable, Unbound):
        return True


def read(claim: Claim, judge: Judge, steps: int) -> Iterator[tuple[Claim, tuple[Derivative, ...]]]:
    """The claim with few of its derivatives direct, and which."""
    for left, right in islice(judge.choices(claim, steps), FLIPS):
        sides = variants(claim.left, left), variants(claim.right, right)
        yield replace(claim, left=sides[0], right=sides[1]), tuple(dict.fromkeys([*left, *right]))


def readings(start: Start, system: Mapping[str, Quantity]) -> Iterator[tuple[Claim, tuple[str, ...]]]:
    """The plainest readings of a claim, with what was chosen for them."""
    pairs = sorted(fitting(start.lefts, start.rights), key=lambda pair: pair[0].cost + pair[1].cost)
    for left, right in pairs[:READINGS]:
        if words(left.term) | words(right.term):
            continue
        letters = left.term.letters | right.term.letters
        with suppress(Malformed):
            claim = Claim(left.term, right.term, tuple(f for f in start.free if f.letter in letters), start.condition)
            yield (
                replace(claim, condition=start.condition + implied(claim, system)),
                tuple(dict.fromkeys(left.notes + right.notes)),
            )


def under(start: Assumed, names: tuple[str, ...]) -> list[Assumed]:
    """What a claim means under more assumptions, each of which does something."""
    found = [start]
    for name in names:
        found = [replace(new, names=(*one.names, name)) for one in found for new in OPERATIONS[name](one)]
    return found


def decided(meant: Assumed, judge: Judge, notes: tuple[str, ...]) -> Decision | None:
    """The decision where the kernel says that a claim holds under its assumptions."""
    steps = judge.least_steps(meant.claim)
    for tried, direct in read(meant.claim, judge, steps):
        try:
            outcomes = []
            for evaluator in judge.points(steps):
                outcomes.append(compare(tried, evaluator))
                if not outcomes[-1].equal:
                    break
        except (Undecidable, Unbound):
            return None
        if not all(outcome.equal for outcome in outcomes):
            continue
        is_zero = all(outcome.zero for outcome in outcomes)
        if is_zero and not (meant.names == (ZERO_START,) and says_zero(meant.claim)):
            return None
        if ZERO_START in meant.names and vanishes(judge, steps):
            return None
        if judge.shares_add_up(tried, steps):
            notes = tuple(dict.fromkeys((*meant.names, *notes)))
            return Decision("conditional", notes, direct, claim=tried, system=judge.system, fixed=meant.fixed)
    return None


def vanishes(judge: Judge, steps: int) -> bool:
    """Whether a recursion that starts at zero stays there: then every formula of it would do."""
    evaluator = next(judge.points(steps))
    starts = [n for n, q in judge.system.items() if q.kind == "zero" and q.cases and len(q.letters) == 1]
    try:
        return any(not any(evaluator.quantity((name, (2,))).data) for name in starts)
    except (Undecidable, Unbound):
        return True


def says_zero(claim: Claim) -> bool:
    """Whether a claim says that something is 0."""
    return any(isinstance(p, Number) and not p.value for side in (claim.left, claim.right) for p in walk(side))
