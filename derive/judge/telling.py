"""A decision told: how its derivatives were read, and the numbers of a counterexample."""

from __future__ import annotations

import re

from derive.check.results import (
    Counterexample,
    PartialReading,
)
from derive.judge.decide import Decision, Judge
from derive.kernel.real import middle
from derive.kernel.rewriting import walk
from derive.kernel.terms import Ref, Term


def read_as(decision: Decision) -> list[PartialReading]:
    """How the derivatives of a claim are read that are not simply total; first those that are total at one place and
    direct at another."""
    sides = () if decision.claim is None else (decision.claim.left, decision.claim.right)
    total = {part for side in sides for part in walk(side)}
    found = []
    for d in sorted(decision.direct, key=lambda d: d not in total):
        name = f"∂{named(d.of)}/∂{named(d.wrt)}"
        found += [PartialReading(name, taken) for taken in (("total", "direct") if d in total else ("direct",))]
    return found


def named(term: Term) -> str:
    """A quantity in a line of text: a(2), w_aa."""
    if not isinstance(term, Ref):
        return "…"
    name = re.sub(r"(?<=_\w)_(?=\w(_|$))", "", term.name)
    return name + (f"({', '.join(map(str, term.at))})" if term.at else "")


def counterexample(decision: Decision, judge: Judge) -> Counterexample | None:
    """The numbers of both sides where they differ, and the sizes of the point."""
    outcome, claim = decision.outcome, decision.claim
    if outcome is None or claim is None or outcome.equal:
        return None
    place = [f"{name} = {value}" for name, value in outcome.at]
    if claim.left.axes:
        place.append(f"entry {outcome.entry + 1}")
    steps, sizes = [*judge.tried(claim)][decision.size]
    counted = {judge.called: steps} if judge.counts(claim, "T") else {}
    point = ", ".join(f"{name} = {size}" for name, size in {**counted, **sizes}.items())
    at = " ".join(filter(None, [", ".join(place), point and f"({point})"])) or "a random point"
    return Counterexample(at, f"{middle(outcome.left):.6g}", f"{middle(outcome.right):.6g}")
