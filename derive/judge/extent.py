"""For which numbers of steps and sizes a decision is known: for all where a proof is found, else for those tried."""

from __future__ import annotations

from dataclasses import replace

from derive.check.results import Range
from derive.judge.decide import Decision, Judge
from derive.kernel import ranges
from derive.kernel.compare import Claim
from derive.kernel.field import Undecidable
from derive.kernel.index import Comparison, Index, Unbound, letter
from derive.kernel.rewriting import walk
from derive.kernel.terms import Malformed, Ref

LIMIT = 300  # chains compared for one claim
SIGNS = {"=": "=", "ne": "≠", "lt": "<", "le": "≤", "gt": ">", "ge": "≥"}


def range_of(decision: Decision, judge: Judge, prove: bool = True) -> Range | None:
    """The range of a claim that holds, proved where that is asked for. Where the page gives the number of steps, the
    claim speaks of no other."""
    if decision.claim is None:
        return None
    last = judge.called if judge.numbers(decision.claim, "T") else ""
    when = ", ".join(filter(None, dict.fromkeys([*words(decision.claim, judge.called), decision.domain])))
    end = () if judge.last is None else (Comparison(letter("T"), "=", Index(judge.last)),)
    claims = [replace(claim, condition=(*claim.condition, *end)) for claim in (decision.claim, *decision.others)]
    judge = judge.over(decision.system or judge.system, decision.fixed)
    if prove and all(proved(claim, judge) for claim in claims):
        layered = judge.numbers(decision.claim, "L")
        return Range("all" if judge.last is None else (judge.last,), "all", when, "chains", last, layered)
    steps, sizes = zip(*judge.tried(decision.claim), strict=True)
    return Range(tuple(dict.fromkeys(steps)), tuple(sizes), when, last=last)


def proved(claim: Claim, judge: Judge) -> bool:
    """Whether a claim is proved for every number of steps that its condition leaves, and every size."""
    try:
        return is_one(claim, judge) or isinstance(ranges.prove(claim, judge.system, LIMIT), ranges.Proof)
    except (Undecidable, Unbound, Malformed, RecursionError):
        return False


def is_one(claim: Claim, judge: Judge) -> bool:
    """Whether a claim speaks of single numbers alone, so that what was compared is all of it."""
    read = [part for side in (claim.left, claim.right) for part in walk(side)]
    given = all(not judge.system[part.name].cases and not part.at for part in read if isinstance(part, Ref))
    return given and not claim.free and not any(part.axes or part.letters for part in read)


def words(claim: Claim, last: str) -> list[str]:
    """What is said of the free letters of a claim: its condition, and where they do not run from the first step or
    layer to the last, which the page calls so."""
    called = {"T": letter(last)}
    usual = {(str(free.letter), "ge", free.low) for free in claim.free}
    usual |= {(str(free.letter), "le", free.high) for free in claim.free}
    told = [c for c in claim.condition if (str(c.left), c.op, c.right) not in usual]
    found = [f"{c.left.put(called)} {SIGNS[c.op]} {c.right.put(called)}" for c in told]
    for free in claim.free:
        if free.high.names & {"T", "L"}:
            found += [f"{free.letter} ≥ {free.low}"] if free.low != Index(1) else []
            found += [f"{free.letter} ≤ {free.high}"] if free.high.constant else []
    return found
