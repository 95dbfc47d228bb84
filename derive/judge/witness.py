"""The point of a counterexample, with all its numbers: what is given there, and both sides where they differ."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from derive.judge.decide import Decision, Judge
from derive.judge.page import understood
from derive.kernel.compare import compare
from derive.kernel.field import Entries, Undecidable
from derive.kernel.gradients import Evaluator
from derive.kernel.index import Unbound
from derive.kernel.real import apart, middle
from derive.kernel.tensor import Shape
from derive.kernel.terms import Malformed, Quantity
from derive.reading import Document, Legend, ReadError
from derive.understand.typed import Misfit

Json = dict[str, Any]


def witnesses(document: Document, legend: Legend | None, block: int) -> list[Json]:
    """The counterexamples to the claims of a block, each with the numbers of its point: the sizes, the values of what
    is given, the place where both sides differ, and both sides there. Raises ReadError where there is none."""
    page = understood(document, legend)
    found = []
    for statement, (number, chain) in zip(page.statements, page.chains, strict=True):
        checker = page.checkers[page.places[statement.number]]
        for n, side in enumerate(chain.sides[1:], 1):
            if checker.page.defines(statement, n) or checker.remark(statement, n) or number != block:
                continue
            try:
                decision = checker.decision(statement, n)
            except (ReadError, Misfit, Malformed, Undecidable, Unbound):
                continue
            numbers = witness(decision, checker.judge)
            if numbers is not None:
                found.append({"block": block, "left": chain.sides[0].latex, "right": side.latex, **numbers})
    if not found:
        raise ReadError(f"block {block} has no claim with a counterexample")
    return found


def witness(decision: Decision, judge: Judge) -> Json | None:
    """The numbers of the point at which a claim was refuted; None for a claim that was not."""
    if decision.outcome is None or decision.claim is None or decision.outcome.equal:
        return None
    point = judge.real(judge.least_steps(decision.claim), decision.size).point
    given: dict[str, Json] = {}

    def seen(quantity: Quantity, at: tuple[int, ...], shape: Shape) -> Entries:
        entries = point.given(quantity, at, shape)
        name = quantity.name + "".join(f"[{index}]" for index in at)
        given[name] = {"shape": list(shape), "values": [middle(entry) for entry in entries]}
        return entries

    outcome = compare(decision.claim, Evaluator(replace(point, given=seen)), apart)
    steps, sizes = judge.told(decision.claim, decision.size)
    return {
        "sizes": {judge.called: steps, **sizes},
        "at": dict(outcome.at),
        "entry": outcome.entry + 1,
        "values": {"left": middle(outcome.left), "right": middle(outcome.right)},
        "given": dict(sorted(given.items())),
    }
