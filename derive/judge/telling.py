"""A decision told: how its derivatives and what it leaves out were read, and the numbers of a counterexample."""

from __future__ import annotations

import re

from derive.check.results import (
    Counterexample,
    PartialReading,
)
from derive.judge.decide import Decision, Judge
from derive.kernel.real import middle
from derive.kernel.rewriting import walk
from derive.kernel.terms import Derivative, Ref, Term
from derive.reading.tree import Partial, Product, Symbol
from derive.reading.tree import walk as nodes
from derive.understand.page import Understanding
from derive.understand.statement import Statement
from derive.understand.typed import REVERSED, TURNED


def read_as(decision: Decision) -> list[PartialReading]:
    """How the derivatives of a claim are read that are not simply total; first those that are total at one place and
    direct at another."""
    sides = () if decision.claim is None else (decision.claim.left, decision.claim.right)
    total = {part for side in sides for part in walk(side)}
    found = []
    for d in sorted(decision.direct, key=lambda d: d not in total):
        found += [PartialReading(partial(d), taken) for taken in (("total", "direct") if d in total else ("direct",))]
    if TURNED in decision.notes and decision.claim is not None:
        gradient = next((d for d in walk(decision.claim.left) if isinstance(d, Derivative)), None)
        found += [PartialReading(partial(gradient), "transposed")] if gradient is not None else []
    if REVERSED in decision.notes:
        found.append(PartialReading("its Jacobians", "chained in the other order"))
    return found


def left_out(page: Understanding, statement: Statement, n: int) -> list[PartialReading]:
    """At which step or layer quantities are read that carry one elsewhere on the page, and none in this claim."""
    at, sides = page.elaborator, (statement.sides[0], statement.sides[n])
    at.enter(statement.number, sides[0])
    found: dict[str, str] = {}
    partials = (node for side in sides for node in nodes(side) if isinstance(node, Partial))
    places = {key for node in partials if opens(page, node) and (key := page.symbols.key(node.wrt, statement.number))}
    for name in (name for side in sides for name in at.names.inside(side, statement.number)):
        key, chains, _ = page.symbols.split(statement.number, name)
        known = at.known.get(key)
        if known is None or known.role == "loss" or key not in page.symbols.carrying or key in places:
            continue
        if at.names.is_kronecker(name, statement.number):
            continue
        indices = {**at.defaults, "step": known.at or at.defaults["step"]}
        families = [family for family in indices if family in known.chains and family not in chains]
        if families:
            found.setdefault(name.name, f"at {' and '.join(f'{family} {indices[family]}' for family in families)}")
    return [PartialReading(name, taken) for name, taken in found.items()]


def opens(page: Understanding, node: Partial) -> bool:
    """Whether a derivative is one of an open function by the place of its argument, ∂_h f(x_t, h_{t-1})."""
    of = node.of.factors[0] if isinstance(node.of, Product) else node.of
    return isinstance(of, Symbol) and of.name in page.symbols.callables


def partial(derivative: Derivative) -> str:
    """A derivative in a line of text: ∂a(2)/∂w_aa."""
    return f"∂{named(derivative.of)}/∂{named(derivative.wrt)}"


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
    steps, sizes = judge.told(claim, decision.size)
    counted = {judge.called: steps} if judge.numbers(claim, "T") else {}
    point = ", ".join(f"{name} = {size}" for name, size in {**counted, **sizes}.items())
    at = " ".join(filter(None, [", ".join(place), point and f"({point})"])) or "a random point"
    return Counterexample(at, f"{middle(outcome.left):.6g}", f"{middle(outcome.right):.6g}")
