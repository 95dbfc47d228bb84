"""What a claim that fails as it stands may mean under an assumption: each operates on its terms, or on the system.

An assumption changes what a claim says of derivatives on its left side that are written with ∂, never of those that are
written with d; or what is given; or which entries are compared. It never puts one quantity, index or sign for another:
that is a slip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import combinations, islice

from derive.check.assumptions import (
    LAST_LOSS,
    ONE_HOT,
    ONE_PATH,
    SHARE,
    TARGET_UNIT,
    TRUNCATED,
    ZERO_START,
)
from derive.judge.decide import Decision, Judge, fitting, implied
from derive.kernel.compare import Claim, Free, compare
from derive.kernel.field import Undecidable
from derive.kernel.index import Condition, Index, Unbound, letter
from derive.kernel.terms import (
    LABELS,
    WITHIN,
    Derivative,
    Einsum,
    Entry,
    Fold,
    Malformed,
    Number,
    Quantity,
    Ref,
    Term,
    put,
    replaced,
    walk,
)
from derive.understand.elaborate import variants
from derive.understand.shares import words
from derive.understand.typed import Typed

MOST = 2  # assumptions of one verdict that change what a claim says
READINGS = 3  # of a claim, the plainest
FLIPS = 12  # ways to follow its derivatives
FIRST, LAST = Index(1), letter("T")


@dataclass(frozen=True)
class Assumed:
    """A claim and its system under assumptions. `open` are the derivatives that the left side writes with ∂; `changed`
    are those of them that now stand for less."""

    claim: Claim
    system: Mapping[str, Quantity]
    open: frozenset[Derivative]
    names: tuple[str, ...] = ()
    changed: tuple[Derivative, ...] = ()

    @property
    def derivatives(self) -> list[Derivative]:
        """Those of the left side that may stand for less."""
        found = dict.fromkeys(part for part in walk(self.claim.left) if isinstance(part, Derivative))
        return [d for d in found if d in self.open and d.uses is None]

    def put(self, old: Derivative, new: Derivative) -> Assumed:
        """With another derivative on the left."""
        claim = replace(self.claim, left=replaced(self.claim.left, {old: new}))
        return replace(self, claim=claim, changed=(*self.changed, new))

    def is_parameter(self, name: str) -> bool:
        """Whether a quantity is given once, for all steps."""
        quantity = self.system[name]
        return not quantity.cases and not quantity.letters

    def summed(self, name: str) -> Fold | None:
        """The sum over all steps that a quantity is, but for a factor."""
        quantity = self.system[name]
        if quantity.letters or quantity.axes or len(quantity.cases) != 1 or quantity.cases[0][0]:
            return None
        folds = [p for p in outside(quantity.cases[0][1]) if isinstance(p, Fold)]
        if len(folds) != 1 or (folds[0].op, folds[0].low, folds[0].high) != ("sum", FIRST, LAST):
            return None
        return folds[0]

    def at_step(self, name: str, step: Index) -> Term | None:
        """What one step gives to a quantity that is a sum over all steps."""
        fold = self.summed(name)
        if fold is None:
            return None
        return replaced(self.system[name].cases[0][1], {fold: put(fold.body, {fold.letter: step})})


def granted(
    judge: Judge,
    lefts: list[Typed],
    rights: list[Typed],
    free: tuple[Free, ...],
    condition: Condition,
    writes_shares: bool = False,
) -> Decision | None:
    """The decision under the smallest set of assumptions under which left = right holds, or None. A page that writes
    shares as such means the whole where it writes none."""
    names = [name for name in CHANGES if not (writes_shares and name in (ONE_PATH, SHARE))]
    written = frozenset(judge.ambiguous[0])
    found: list[tuple[Assumed, tuple[str, ...]]] = []
    for claim, notes in readings(lefts, rights, free, condition):
        start = Assumed(claim, judge.system, written)
        found += [(meant, notes) for meant in changed(start, names) if is_alive(meant, judge)]
    every = [(m, notes) for meant, notes in found for m in specialised(meant)]
    order = list(OPERATIONS)
    for meant, notes in sorted(every, key=lambda m: (len(m[0].names), [order.index(n) for n in m[0].names])):
        decision = decided(meant, judge.over(meant.system), notes) if meant.names else None
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
    for count in range(len(SPECIAL) + 1):
        for names in combinations(SPECIAL, count):
            for special in under(meant, names):
                ordered = tuple(name for name in OPERATIONS if name in names + meant.names)
                yield replace(special, names=ordered)


def is_alive(meant: Assumed, judge: Judge) -> bool:
    """Whether a claim holds at one point that is special in every way: what does not, holds at no others."""
    special = list(specialised(meant))[-1]
    judge = judge.over(special.system)
    steps = judge.least_steps(special.claim)
    try:
        return any(compare(tried, next(judge.points(steps))).equal for tried, _ in read(special.claim, judge, steps))
    except (Undecidable, Unbound):
        return True


def read(claim: Claim, judge: Judge, steps: int) -> Iterator[tuple[Claim, tuple[Derivative, ...]]]:
    """The claim with few of its derivatives direct, and which."""
    for left, right in islice(judge.choices(claim, steps), FLIPS):
        sides = variants(claim.left, left), variants(claim.right, right)
        yield replace(claim, left=sides[0], right=sides[1]), tuple(dict.fromkeys([*left, *right]))


def readings(
    lefts: list[Typed], rights: list[Typed], free: tuple[Free, ...], condition: Condition
) -> Iterator[tuple[Claim, tuple[str, ...]]]:
    """The plainest readings of a claim, with what was chosen for them."""
    pairs = sorted(fitting(lefts, rights), key=lambda pair: pair[0].cost + pair[1].cost)
    for left, right in pairs[:READINGS]:
        if words(left.term) | words(right.term):
            continue
        letters = left.term.letters | right.term.letters
        with suppress(Malformed):
            claim = Claim(left.term, right.term, tuple(f for f in free if f.letter in letters), condition)
            yield (
                replace(claim, condition=condition + implied(claim)),
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
        if judge.shares_add_up(tried, steps):
            notes = tuple(dict.fromkeys((*meant.names, *notes)))
            return Decision("conditional", notes, direct, claim=tried, system=judge.system)
    return None


def says_zero(claim: Claim) -> bool:
    """Whether a claim says that something is 0."""
    return any(isinstance(p, Number) and not p.value for side in (claim.left, claim.right) for p in walk(side))


def zero_start(of: Assumed) -> Iterator[Assumed]:
    """What no equation gives of a recursion, the state before the first step, is zero."""
    kinds = {n: q for n, q in of.system.items() if q.cases and q.step is not None and q.kind == "real"}
    if kinds:
        yield replace(of, system={**of.system, **{n: replace(q, kind="zero") for n, q in kinds.items()}})


def one_hot(of: Assumed) -> Iterator[Assumed]:
    """Targets that are distributions are one-hot."""
    targets = {n: replace(q, kind="one-hot") for n, q in of.system.items() if q.kind == "simplex"}
    if targets:
        yield replace(of, system={**of.system, **targets})


def target_unit(of: Assumed) -> Iterator[Assumed]:
    """Of all output units the one is compared that is the target at the step of which the left side speaks."""
    targets = [q for q in of.system.values() if q.kind in ("simplex", "one-hot") and len(q.axes) == len(q.letters) == 1]
    steps = {i for part in walk(of.claim.left) if isinstance(part, Ref) for i in part.at if i.names}
    if len(targets) != 1 or targets[0].step is None or len(steps) != 1:
        return
    target, step = targets[0], steps.pop()
    extent = target.axes[0]
    unit = Ref(target.name, (step,), (extent,))
    sides = of.claim.left, of.claim.right
    places = [n for n, axis in enumerate(of.claim.left.axes) if axis == extent]
    entries = [free.letter for free in of.claim.free if free.high == extent]
    if len(places) + len(entries) != 1:
        return
    if places:
        labels = LABELS[: len(of.claim.left.axes)]
        label = labels[places[0]]
        picked: tuple[Term, ...] = tuple(
            Einsum((side, unit), (labels, label), labels.replace(label, "")) for side in sides
        )
    else:
        labels = LABELS[: len(of.claim.left.axes)]
        entry = Entry(unit, (letter(entries[0]),))
        picked = tuple(Einsum((side, entry), (labels, ""), labels) for side in sides)
    system = {**of.system, target.name: replace(target, kind="one-hot")}
    yield replace(of, claim=replace(of.claim, left=picked[0], right=picked[1]), system=system)


def last_loss(of: Assumed) -> Iterator[Assumed]:
    """A loss that is a sum over all steps is that of the last one. The right side must speak of the last step, and of
    no derivative of the loss: most of them would then be 0, and hide a slip."""
    parts = list(walk(of.claim.right))
    if not any(isinstance(p, Ref) and LAST in p.at for p in parts) or any(isinstance(p, Derivative) for p in parts):
        return
    losses = {d.of.name for d in of.derivatives if isinstance(d.of, Ref)}
    changed = {}
    for name in losses:
        term = of.at_step(name, LAST)
        if term is not None:
            changed[name] = replace(of.system[name], cases=(((), term),))
    if changed:
        yield replace(of, system={**of.system, **changed})


def one_path(of: Assumed) -> Iterator[Assumed]:
    """∂L/∂h_t counts what step t reads of h_t alone, or what the next step does."""
    found = of.derivatives
    if len(found) != 1:
        return
    wrt = found[0].wrt
    quantity = of.system[wrt.name]
    if quantity.cases and quantity.step is not None:
        for offset in (0, 1):
            yield of.put(found[0], replace(found[0], uses=wrt.at[quantity.step].plus(offset)))


def share(of: Assumed) -> Iterator[Assumed]:
    """∂L/∂W is what step t gives to it: through its use of W, or through its loss. The right side must say t."""
    found = of.derivatives
    steps = [f.letter for f in of.claim.free if f.high == LAST and f.letter in of.claim.right.letters]
    if len(found) != 1 or len(steps) != 1 or steps[0] in of.claim.left.letters:
        return
    whole, step = found[0], letter(steps[0])
    if of.is_parameter(whole.wrt.name) and isinstance(whole.of, Ref) and not of.system[whole.of.name].letters:
        yield of.put(whole, replace(whole, uses=step))
        part = of.at_step(whole.of.name, step)
        if part is not None:
            yield of.put(whole, replace(whole, of=part))


def truncated(of: Assumed) -> Iterator[Assumed]:
    """No quantity of a step sees another step: nothing flows back through time."""
    carried = (
        part.of.name == part.wrt.name
        for part in walk(of.claim.right)
        if isinstance(part, Derivative) and isinstance(part.of, Ref)
    )
    if any(carried):
        return
    found = [d for d in of.derivatives if of.is_parameter(d.wrt.name)]
    for d in found:
        of = of.put(d, replace(d, through=WITHIN))
    if found:
        yield of


def outside(term: Term) -> Iterator[Term]:
    """The term and, where it is a product with numbers, its factors."""
    yield term
    if isinstance(term, Einsum):
        for operand in term.operands:
            yield from outside(operand)


SPECIAL: dict[str, Callable[[Assumed], Iterator[Assumed]]] = {ZERO_START: zero_start, ONE_HOT: one_hot}
CHANGES: dict[str, Callable[[Assumed], Iterator[Assumed]]] = {
    TARGET_UNIT: target_unit,
    LAST_LOSS: last_loss,
    ONE_PATH: one_path,
    SHARE: share,
    TRUNCATED: truncated,
}
OPERATIONS = SPECIAL | CHANGES  # the weakest first
