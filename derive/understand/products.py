"""Products, from left to right by the readings of their factors, quotients, and sums of terms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from itertools import islice

from derive.kernel.index import Index
from derive.kernel.terms import Fold, Power
from derive.reading.tree import Big, Node, Sum, Symbol, walk
from derive.understand.contraction import contracted
from derive.understand.letters import binders
from derive.understand.precedence import Read, by_precedence, is_mixed
from derive.understand.reader import Reader, Scope
from derive.understand.typed import Misfit, Typed, joined, multiple, total, with_identities
from derive.understand.typed import product as multiplied

BEAM = 12  # readings of a part that are kept
ENTRIES = frozenset("ijklmnpqrs")  # letters over which a product may be summed without a Σ
SUMMED = "repeated-indices-summed"


def product(at: Reader, factors: list[Node], ops: list[str], scope: Scope) -> list[Typed]:
    """A flat product; ⊙ binds looser than juxtaposition, and a division reaches over one factor on each side."""
    if "/" not in ops:
        return at.factors(factors, ops, scope)
    n = len(ops) - 1 - ops[::-1].index("/")
    over = product(at, factors[: n + 1], ops[:n], scope)
    under = at.factors(factors[n + 1 : n + 2], [], scope)
    first = at.quotient(over, under)
    if n + 2 == len(factors):
        return first
    return [
        p
        for a in first
        for b in product(at, factors[n + 2 :], ops[n + 2 :], scope)
        for p in multiplied(a, b, "", at.extents)
    ]


def of_factors(at: Reader, factors: list[Node], ops: list[str], scope: Scope) -> list[Typed]:
    """The readings of a product without division."""
    letters = [_entry_letters(factor) if at.summation else frozenset[str]() for factor in factors]
    outside = frozenset(at.entries)
    read: list[Read] = []
    n = 0
    while n < len(factors):
        others = frozenset[str]().union(*(letters[k] for k in range(len(factors)) if k != n))
        readings, taken = at.factor(factors, ops, n, scope.with_kept(others) if at.summation else scope)
        read.append((ops[n - 1] if n else "", readings))
        n += taken
    if is_mixed(read):
        at.mixed.add(at.here)
    found = by_precedence(read, lambda parts, signs: chain(at, parts, signs), at.tight, at.extents.settled)
    if not at.summation:
        return found
    times = Counter(part.name for factor in factors for part in walk(factor) if isinstance(part, Symbol))
    repeated = frozenset(name for name, count in times.items() if count > 1)
    summed = [_summed(at, reading, repeated, scope) for reading in found]
    for name in (repeated & at.entries.keys()) - outside - scope.keep:
        del at.entries[name]  # another term may sum over it too, and further
    return summed


def _entry_letters(node: Node) -> frozenset[str]:
    """The letters of entries that stand in a tree."""
    return frozenset(part.name for part in walk(node) if isinstance(part, Symbol)) & ENTRIES


def free_indices(sides: Iterable[Node]) -> frozenset[str]:
    """The letters of entries that stand once in some term of some side: by the convention of summation they are free in
    every term, also where they are repeated, as l of y_l / p_l p_l beside y_l."""
    found = set[str]()
    for side in sides:
        for term in side.terms if isinstance(side, Sum) else (side,):
            times = Counter(part.name for part in walk(term) if isinstance(part, Symbol))
            bound = {name for part in walk(term) if isinstance(part, Big) for name, _, _ in binders(part)}
            found |= {name for name in ENTRIES - bound if times[name] == 1}
    return frozenset(found)


def _summed(at: Reader, reading: Typed, repeated: frozenset[str], scope: Scope) -> Typed:
    """With Σ over the repeated letters of entries that no one needs outside."""
    for name in sorted(reading.term.letters & repeated):
        if name in at.entries and name not in scope.keep and name not in scope.bound:
            fold = Fold("sum", name, Index(1), at.extents.resolved(at.entries[name]), reading.term)
            term = contracted(fold) if at.extents.settled else fold
            reading = reading.with_term(term, reading.rows, reading.cols)
            reading = replace(reading, notes=(*reading.notes, SUMMED))
    return reading


def chain(at: Reader, factors: list[list[Typed]], ops: list[str]) -> list[Typed]:
    """A product from left to right, keeping the cheapest readings of each layout. A row of ones takes its length
    from what follows it."""
    for n in range(len(factors) - 2, -1, -1):
        if any(reading.wild == "1T" for reading in factors[n]) and ops[n] in ("", "cdot", "times"):
            joint = [p for a in factors[n] for b in factors[n + 1] for p in _readings(at, a, b, ops[n])]
            factors, ops = [*factors[:n], joint, *factors[n + 2 :]], [*ops[:n], *ops[n + 1 :]]
    if not factors:
        raise Misfit("nothing stands under a Σ or Π")

    def longer(partial: list[Typed], readings: list[Typed], op: str) -> list[Typed]:
        return _longer(at, partial, readings, op)

    partial = factors[0]
    for op, readings in zip(ops, factors[1:], strict=True):
        known = at.recall
        partial = longer(partial, readings, op) if known is None else known.longer(partial, readings, op, longer)
    return partial


def _longer(at: Reader, partial: list[Typed], readings: list[Typed], op: str) -> list[Typed]:
    """The cheapest readings of a product with one more factor."""
    found: list[Typed] = []
    for a in partial:
        for b in readings:
            linked = at.linked(a, b) if op in ("", "cdot", "times", "*") else []
            found += linked or _readings(at, a, b, op)
    best: dict[object, Typed] = {}
    for reading in sorted(found, key=lambda r: r.cost):
        best.setdefault((reading.rows, reading.cols, reading.chain, reading.term), reading)
    return list(best.values())[:BEAM]


def _readings(at: Reader, left: Typed, right: Typed, op: str) -> list[Typed]:
    """The readings of a product; while layouts are found out the plainest alone, for each settles extents."""
    return list(islice(multiplied(left, right, op, at.extents), None if at.extents.settled else 1))


def quotient(at: Reader, over: list[Typed], under: list[Typed]) -> list[Typed]:
    """What is divided by numbers, or entry by entry."""
    found = []
    for a in over:
        for b in under:
            inverse = b.with_term(Power(b.term, Fraction(-1)), b.rows, b.cols)
            if b.is_scalar or (a.rows, a.cols) == (b.rows, b.cols):
                found += list(multiplied(a, inverse, "odot", at.extents))
            elif a.is_scalar:
                found.append(joined(multiple(a.term, inverse.term), b.rows, b.cols, a, inverse))
    return found


def total_of(at: Reader, parts: tuple[Node, ...], signs: tuple[int, ...], scope: Scope) -> list[Typed]:
    """The sum of terms of one shape; a number among matrices may be a multiple of the identity."""
    found: list[list[Typed]] = [[]]
    for part in parts:
        readings = at.read(part, scope)
        found = [[*before, reading] for before in found for reading in readings][: BEAM * BEAM]
    sums = []
    for combination in found:
        for variant in with_identities(combination) if at.extents.settled else (combination,):
            with suppress(Misfit):
                sums.append(total(variant, list(signs), at.extents))
    if not sums:
        raise Misfit("the terms of a sum differ in shape")
    return sums
