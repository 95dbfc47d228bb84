"""The assumptions as operations: on the terms of a claim, or on the quantities of its system.

An assumption changes what a claim says of derivatives on its left side that are written with ∂, never of those that are
written with d; or what is given; or which entries are compared. It never puts one quantity, index or sign for another:
that is a slip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from derive.check.assumptions import (
    LAST_LOSS,
    ONE_HOT,
    ONE_PATH,
    OWN_PATH,
    SAME_TARGET,
    SCALAR_STATE,
    SHARE,
    SINGLE_PATH,
    TARGET_UNIT,
    THIS_WORD,
    TRUNCATED,
    ZERO_START,
)
from derive.judge.assumed import LAST, Assumed, in_recurrence
from derive.judge.output_units import same_target, single_path, this_word
from derive.kernel.compare import Claim
from derive.kernel.index import Index, letter
from derive.kernel.rewriting import put, walk
from derive.kernel.terms import ALONG, LABELS, TOTAL, WITHIN, Derivative, Einsum, Entry, Ref, Term


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
    """Of all output units the one is compared that is the target, at the step of which the left side speaks where there
    are steps."""
    targets = [q for q in of.system.values() if q.kind in ("simplex", "one-hot") and len(q.axes) == 1]
    steps = {i for part in walk(of.claim.left) if isinstance(part, Ref) for i in part.at if i.names}
    if len(targets) != 1:
        return
    target, extent = targets[0], targets[0].axes[0]
    if target.letters and (len(target.letters) != 1 or target.step is None or len(steps) != 1):
        return
    unit = Ref(target.name, (steps.pop(),) if target.letters else (), (extent,))
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
    no derivative of the loss: most of them would then be 0, and hide a slip. Of a loss that the page leaves open it may
    speak of those by what stands at the last step, or at one other, t, of which the left side does not speak: the last
    one is then this."""
    of = _at_last(of)
    parts = list(walk(of.claim.right))
    losses = {d.of.name for d in of.derivatives if isinstance(d.of, Ref)}
    losses |= {name for name, _ in _of_open_losses(of, of.claim.left)}
    derivatives = [p for p in parts if isinstance(p, Derivative)]
    if all(map(of.is_open, losses)):
        derivatives = [d for d in derivatives if isinstance(d.of, Ref) and d.of.name in losses and LAST not in d.wrt.at]
    if derivatives or not any(isinstance(p, Ref) and LAST in p.at for p in parts):
        return
    changed = {}
    for name in losses:
        term = of.at_step(name, LAST)
        if term is not None:
            changed[name] = replace(of.system[name], cases=(((), term),))
    if changed:
        yield replace(of, system={**of.system, **changed})


def _at_last(of: Assumed) -> Assumed:
    """The claim at the last step for the one at which its right side differentiates an open loss; else as it is."""
    by = {at for _, at in _of_open_losses(of, of.claim.right)}
    steps = [f.letter for f in of.claim.free if f.high == LAST and by == {(letter(f.letter),)}]
    if len(steps) != 1 or steps[0] in of.claim.left.letters:
        return of
    at = {steps[0]: LAST}
    claim = Claim(
        put(of.claim.left, at),
        put(of.claim.right, at),
        tuple(f for f in of.claim.free if f.letter != steps[0]),
        tuple(comparison.put(at) for comparison in of.claim.condition),
    )
    return replace(of, claim=claim)


def _of_open_losses(of: Assumed, side: Term) -> Iterator[tuple[str, tuple[Index, ...]]]:
    """The open losses that a side differentiates, itself or by a name, δ_t for ∂E/∂h_t, each with where it does."""
    for part in walk(side):
        named = [t for _, t in of.system[part.name].cases] if isinstance(part, Ref) and part.name in of.system else []
        for term in [part, *named]:
            if isinstance(term, Derivative) and isinstance(term.of, Ref) and of.is_open(term.of.name):
                yield term.of.name, part.at if isinstance(part, Ref) else term.wrt.at


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


def own_path(of: Assumed) -> Iterator[Assumed]:
    """∂c_t/∂c_k runs from c to c alone, what else its equation reads held: the product of the forget gates."""
    found = [d for d in of.derivatives if isinstance(d.of, Ref) and d.of.name == d.wrt.name and d.wrt.at]
    if len(found) == 1 == len(of.derivatives) and found[0].through == TOTAL:  # ∂⁺ never stands for more
        [whole] = found
        yield of.put(whole, replace(whole, through=ALONG, along=frozenset({whole.wrt.name})))


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
    inside = in_recurrence(of.system)  # whose direct derivative is a reading, and no assumption
    found = [d for d in of.derivatives if of.is_parameter(d.wrt.name) and d.through == TOTAL]  # ∂⁺ is direct already
    found = [d for d in found if not (isinstance(d.of, Ref) and d.of.name in inside)]
    for d in found:
        of = of.put(d, replace(d, through=WITHIN))
    if found:
        yield of


SPECIAL: dict[str, Callable[[Assumed], Iterator[Assumed]]] = {
    ZERO_START: zero_start,
    ONE_HOT: one_hot,
    SAME_TARGET: same_target,
    THIS_WORD: this_word,
}
CHANGES: dict[str, Callable[[Assumed], Iterator[Assumed]]] = {
    TARGET_UNIT: target_unit,
    SINGLE_PATH: single_path,
    LAST_LOSS: last_loss,
    ONE_PATH: one_path,
    OWN_PATH: own_path,
    SHARE: share,
    TRUNCATED: truncated,
}
OPERATIONS = SPECIAL | CHANGES
ORDER = (
    ZERO_START,
    ONE_HOT,
    TARGET_UNIT,
    SAME_TARGET,
    SINGLE_PATH,
    LAST_LOSS,
    ONE_PATH,
    OWN_PATH,
    SHARE,
    TRUNCATED,
    SCALAR_STATE,
    THIS_WORD,
)  # the weakest first
