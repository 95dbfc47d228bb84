r"""The assumptions about output units that scalar notation makes, which writes an output of many units as one number.

The *logits* are the first quantity with an axis of output units: no other one with that axis is read by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from derive.check.assumptions import SAME_TARGET as SAME
from derive.check.assumptions import TARGET_UNIT
from derive.judge.assumed import FIRST, LAST, Assumed, in_recurrence
from derive.kernel.index import Comparison, Index, letter
from derive.kernel.rewriting import replaced, walk
from derive.kernel.terms import LABELS, TOTAL, Build, Derivative, Einsum, Fold, Indicator, Quantity, Ref, Term
from derive.understand.guards import closure, read_by
from derive.understand.scalar import SAME_TARGET


def target_of(system: Mapping[str, Quantity]) -> Quantity | None:
    """The one-hot target of each step; None where there is none, or more than one."""
    found = [q for q in system.values() if q.kind == "one-hot" and q.step is not None and len(q.axes) == 1]
    return found[0] if len(found) == 1 and not found[0].cases else None


def logits_of(system: Mapping[str, Quantity], target: Quantity) -> Quantity | None:
    """The logits of a network; None where it has none, or none of its own."""
    units = {name for name, q in system.items() if q.axes == target.axes and q.cases and q.letters == target.letters}
    reads = read_by(system)
    found = [name for name in units if not reads[name] & units]
    return system[found[0]] if len(found) == 1 and found[0] not in in_recurrence(system) else None


def same_target(of: Assumed) -> Iterator[Assumed]:
    """The target is the same unit at every step."""
    target = target_of(of.system)
    if target is not None and TARGET_UNIT in of.names:
        of_all = Quantity(SAME_TARGET, (), target.axes, kind="one-hot")
        always = replace(target, cases=(((), Ref(SAME_TARGET, (), target.axes)),), kind="real")
        yield replace(of, system={**of.system, target.name: always, SAME_TARGET: of_all})


def this_word(of: Assumed) -> Iterator[Assumed]:
    """Inputs and targets are the letters of the word, each the next one's input, as units in order of appearance."""
    target = target_of(of.system)
    if target is None or not of.word or SAME in of.names:
        return
    alphabet = list(dict.fromkeys(of.word))
    units = [alphabet.index(character) for character in of.word]
    inputs = [q for q in of.system.values() if not q.cases and q.step is not None and len(q.axes) == 1]
    changed = {q.name: coded(q, units[1:] if q.name == target.name else units[:-1]) for q in inputs}
    fixed = {**of.fixed, "T": len(units) - 1, **{str(q.axes[0]): len(alphabet) for q in inputs}}
    yield replace(of, system={**of.system, **changed}, fixed=fixed)


def coded(quantity: Quantity, units: list[int]) -> Quantity:
    """A quantity whose values at the steps are one-hot at these units."""
    step, (extent,) = letter(quantity.letters[quantity.step or 0]), quantity.axes
    cases = tuple(
        (
            (Comparison(step, "=", Index(n)),),
            Build("#unit", extent, Indicator((Comparison(letter("#unit"), "=", Index(unit + 1)),))),
        )
        for n, unit in enumerate(units, 1)
    )
    return replace(quantity, cases=cases, kind="real")


def single_path(of: Assumed) -> Iterator[Assumed]:
    """What flows back from the loss flows through the target's unit of the logits alone."""
    target = target_of(of.system)
    logits = logits_of(of.system, target) if target is not None else None
    if target is None or logits is None or TARGET_UNIT not in of.names:
        return
    new: dict[Term, Term] = {}
    inner: set[Derivative] = set()
    for part in dict.fromkeys(p for side in (of.claim.left, of.claim.right) for p in walk(side)):
        if isinstance(part, Derivative) and part.through == TOTAL and part.uses is None:
            path = through_target(part, of, logits, target)
            if path is not None:
                new[part] = path
                inner |= {p for p in walk(path) if isinstance(p, Derivative) and p.wrt == part.wrt and part in of.open}
    if new:
        claim = replace(of.claim, left=replaced(of.claim.left, new), right=replaced(of.claim.right, new))
        yield replace(of, claim=claim, open=of.open | inner)


def through_target(d: Derivative, of: Assumed, logits: Quantity, target: Quantity) -> Term | None:
    """A derivative along the target's unit of the logits; None for one that does not run through values that the
    logits are made of."""
    own = read_by(of.system)
    reads = closure(own)
    values = {name for name in own[logits.name] if of.system[name].cases}
    if not any(d.wrt.name in reads[name] | {name} for name in values) or not isinstance(d.of, Ref):
        return None
    labels = LABELS[: len(d.axes) + 1]
    heads, unit, tails = labels[: len(d.of.axes)], labels[-1], labels[len(d.of.axes) : -1]

    def at(quantity: Quantity, step: Index) -> Ref:
        return Ref(quantity.name, (step,), quantity.axes)

    if d.of.name == logits.name:
        mask = Ref(target.name, d.of.at, target.axes)
        return Einsum((d, mask), (heads + tails, heads), heads + tails)
    if logits.name not in reads[d.of.name]:
        return None
    step = d.of.at[0] if d.of.at else letter("#step")
    whole = d.of if d.of.at else of.at_step(d.of.name, step)
    if whole is None:
        return None
    first = Derivative(whole, at(logits, step))
    last = replace(d, of=at(logits, step))
    term = Einsum((first, at(target, step), last), (heads + unit, unit, unit + tails), heads + tails)
    return term if d.of.at else Fold("sum", "#step", FIRST, LAST, term)
