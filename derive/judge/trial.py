"""Variants of one claim, rejected quickly: by their layouts, and at one random point. Nothing here decides anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice, product
from typing import Any, Protocol

from derive.judge.decide import SETTLED, Decision, Judge
from derive.judge.fitting import fitting
from derive.judge.formulas import Formulas
from derive.judge.free import frees
from derive.kernel.compare import Claim, Free, Outcome, bindings, compare
from derive.kernel.field import Undecidable
from derive.kernel.gradients import Evaluator
from derive.kernel.index import Unbound
from derive.kernel.rewriting import put
from derive.kernel.tensor import Tensor, added
from derive.kernel.terms import Derivative, Malformed, Ref, Term
from derive.reading import ReadError
from derive.reading.tree import Node
from derive.understand.derivatives import variants
from derive.understand.elaborate import Elaborator
from derive.understand.letters import comparisons
from derive.understand.page import Understanding
from derive.understand.recall import Recall
from derive.understand.shares import words
from derive.understand.statement import Statement
from derive.understand.typed import Misfit, Typed

FLIPS = 3  # choices of direct derivatives that are tried for a variant
PAIRS = 4  # readings of a variant
FAILURES = (ReadError, Misfit, Malformed, Undecidable, Unbound)


class Network(Protocol):
    """What decides the claims of one network of a page."""

    @property
    def page(self) -> Understanding:
        """What the page says."""
        ...

    @property
    def formulas(self) -> Formulas:
        """The functions that the page defines."""
        ...

    @property
    def judge(self) -> Judge:
        """The judge for the number of steps that the page speaks of."""
        ...

    def decision(self, statement: Statement, n: int) -> Decision:
        """What the kernel says of one link."""
        ...


@dataclass(frozen=True)
class Gap:
    """left - right at a point, for one reading of both."""

    left: Typed
    point: Evaluator
    bound: dict[Any, int]
    value: Tensor


@dataclass
class Trial:
    """Variants of one claim, rejected quickly at one random point; `spent` counts what was evaluated."""

    network: Network
    statement: Statement
    n: int
    spent: int = 0

    @property
    def at(self) -> Elaborator:
        return self.network.page.elaborator

    @property
    def judge(self) -> Judge:
        return self.network.judge

    def side(self, node: Node, keep: frozenset[str] = frozenset()) -> list[Typed]:
        """The readings of a tree, with the page's own functions put in."""
        return self.network.formulas.put_in(self.at.side(node, keep))

    def begin(self) -> bool:
        """Read the claim as it stands; False where its left side has no reading."""
        at = self.at
        sides = self.statement.sides
        self.others = [side for k, side in enumerate(sides) if k != self.n]
        self.old: set[Term] = set()
        self.read: dict[Node, list[Typed]] = {}
        self.layouts: dict[Node, set[tuple[object, object]] | None] = {}
        self.middles: dict[object, dict[Any, int] | None] = {}
        self.condition = tuple(comparisons(self.statement.condition))
        try:
            at.enter(self.statement.number, sides[0])
            self.lefts = lefts = self.side(sides[0])
        except FAILURES:
            return False
        self.begun, self.recall = at.begun(), Recall()
        self.free = frozenset().union(*(left.term.letters for left in lefts))
        self.fits = False
        self.gaps: list[Gap] = []
        try:
            rights = self.side(sides[self.n], frozenset(at.entries))
            self.old = {part for right in rights for part in right.term.atoms}
            pairs = list(fitting(lefts, rights))
            self.fits = any(not set(left.notes + right.notes) - SETTLED for left, right in pairs)
            free = frees(lefts + rights, at.entries, at.chained)
            least = min((left.cost + right.cost for left, right in pairs), default=0)
            plainest = [(left, right) for left, right in pairs if left.cost + right.cost == least]
            self.gaps = [gap for pair in plainest[:PAIRS] if (gap := self.gap(*pair, free)) is not None]
        except FAILURES:
            pass
        self.entries = frozenset(at.entries)
        self.letters = frozenset(at.chained) | self.entries
        return True

    def alike(self, first: Node, second: Node) -> bool:
        """Whether two trees can be terms of one sum."""
        layouts = [self.layout(node) for node in (first, second)]
        return all(layouts) and bool(layouts[0] & layouts[1])  # type: ignore[operator]

    def gap(self, left: Typed, right: Typed, free: tuple[Free, ...]) -> Gap | None:
        """What the sides differ by at one point, in the middle of the values of their letters."""
        letters = tuple(f for f in free if f.letter in left.term.letters | right.term.letters)
        claim = Claim(left.term, right.term, letters, self.condition)
        point = next(self.judge.points(self.judge.least_steps(claim)))
        bounds = list(islice(bindings(claim, point), 64))
        bound = bounds[len(bounds) // 2]
        minus = point.field.number(-1)
        right_value = point.value(claim.right, bound)
        negative = Tensor(right_value.shape, [point.field.mul((minus, x)) for x in right_value.data])
        value = added([point.value(claim.left, bound), negative], point.field)
        return Gap(left, point, bound, value) if any(value.data) else None

    def multiply(self, first: Node, second: Node) -> bool:
        """Whether the product of two trees may be a term of the right side."""
        layouts = self.layout(first) or set(), self.layout(second) or set()
        return any(
            inner == again and (rows, cols) == self.resolved(gap.left)
            for gap in self.gaps
            for rows, inner in layouts[0]
            for again, cols in layouts[1]
        )

    def missing(self, word: Node) -> int:
        """The sign with which a tree is what the right side lacks, at one point; 0 where it is not."""
        layouts = self.layout(word) if self.gaps else None
        if not layouts or not any(self.resolved(gap.left) in layouts for gap in self.gaps):
            return 0
        self.spent += 1
        readings = self.read[word]
        for gap in self.gaps:
            for reading in readings:
                if self.resolved(reading) == self.resolved(gap.left):
                    try:
                        value = gap.point.value(reading.term, gap.bound)
                    except FAILURES:
                        continue
                    if value.data == gap.value.data:
                        return 1
                    field = gap.point.field
                    if [field.mul((field.number(-1), x)) for x in value.data] == gap.value.data:
                        return -1
        return 0

    def multiplied(self, word: Node) -> bool:
        """Whether the right side times a single number is the left side, at one point."""
        if not self.gaps or ((), ()) not in (self.layout(word) or ()):
            return False
        self.spent += 1
        for gap in self.gaps:
            field = gap.point.field
            left = gap.point.value(gap.left.term, gap.bound).data
            minus = [field.mul((field.number(-1), x)) for x in gap.value.data]
            right = [field.add(pair) for pair in zip(left, minus, strict=True)]
            for reading in self.read[word]:
                if (reading.rows, reading.cols) == ((), ()):
                    try:
                        (number,) = gap.point.value(reading.term, gap.bound).data
                    except FAILURES:
                        continue
                    if [field.mul((number, x)) for x in right] == left:
                        return True
        return False

    def keeps(self, word: Node, sign: str, into: Node) -> bool:
        """Whether one more factor can leave the layout of a product as it is, which the sides then share; anything may
        be put into what does not fit."""
        layouts, around = self.layout(word) or set(), self.layout(into) or set()
        if not layouts or not self.fits or not around:
            return bool(layouts)
        if sign:
            return any(rows != cols and (rows, cols) in around for rows, cols in layouts)
        ends = {end for pair in around for end in pair}
        return any(rows == cols and (not rows or rows in ends or len(around) > 1) for rows, cols in layouts)

    def resolved(self, of: Typed) -> tuple[object, object]:
        """The extents of its rows and columns, each under one name."""
        rows, cols = (tuple(self.at.extents.resolved(axis) for axis in axes) for axes in (of.rows, of.cols))
        return rows, cols

    def layout(self, node: Node) -> set[tuple[object, object]] | None:
        """The extents of the rows and columns of a tree, in each of its readings."""
        if node not in self.layouts:
            self.spent += 1
            self.at.resume(self.begun, self.recall)
            try:
                self.read[node] = self.network.formulas.put_in(self.at.part(node))
                self.layouts[node] = {self.resolved(reading) for reading in self.read[node]}
            except FAILURES:
                self.layouts[node] = None
        return self.layouts[node]

    def cost(self, node: Node) -> int | None:
        """What the plainest reading costs under which a variant says something and is true at one random point."""
        if node in self.others:
            return None
        self.spent += 1
        at = self.at
        at.resume(self.begun, self.recall)
        try:
            rights = self.side(node, frozenset(at.entries))
            pairs = sorted(fitting(self.lefts, rights), key=lambda pair: pair[0].cost + pair[1].cost)
        except FAILURES:
            return None
        for left, right in pairs[:PAIRS]:
            if words(left.term) | words(right.term):
                continue
            try:
                free = frees([left, right], at.entries, at.chained)
                claim = Claim(left.term, right.term, free, self.condition)
                if self.is_true(claim) and not self.is_vacuous(left.term, right.term):
                    return left.cost + right.cost
            except FAILURES:
                continue
        return None

    def is_true(self, claim: Claim) -> bool:
        """Whether the sides are equal at one point, with few derivatives direct, and no part of the right one is new
        and vanishes."""
        judge = self.judge
        steps = judge.least_steps(claim)
        point = next(judge.points(steps))
        for left, right in (*islice(judge.choices(claim, steps), FLIPS), *judge.all_direct(claim, steps)):
            tried = claim
            if left or right:
                tried = replace(claim, left=variants(claim.left, left), right=variants(claim.right, right))
            self.spent += 1
            if self.differs(tried, point):
                continue
            outcome = compare(tried, point)
            if outcome.equal or any(compare(inner, point).equal for inner in self.inside(tried, point, outcome)):
                return not any(self.vanishes(part, claim, point) for part in set(tried.right.atoms) - self.old)
        return False

    def differs(self, claim: Claim, point: Evaluator) -> bool:
        """Whether the sides differ for letters that are in the middle of their values: no edge is to blame."""
        key = (point, claim.free)
        if key not in self.middles:
            self.middles[key] = middle(claim, point)
        bound = self.middles[key]
        if bound is None:
            return False
        point.work = 0
        try:
            return point.value(claim.left, bound) != point.value(claim.right, bound)
        except Undecidable:
            return False

    def inside(self, claim: Claim, point: Evaluator, outcome: Outcome) -> Iterator[Claim]:
        """A claim but for the first or the last value of a letter, where it differs there: a recursion to the next step
        does so at T."""
        for n, (free, (_, value)) in enumerate(zip(claim.free, outcome.at, strict=True)):
            bound = point.bound(dict(outcome.at))
            if not free.high.names & {"T", "L"}:
                continue
            for low, high, edge in (
                (free.low, free.high.plus(-1), free.high.at(bound)),
                (free.low.plus(1), free.high, free.low.at(bound)),
            ):
                if value == edge:
                    narrow = Free(free.letter, low, high)
                    yield replace(claim, free=(*claim.free[:n], narrow, *claim.free[n + 1 :]))

    def vanishes(self, part: Term, claim: Claim, point: Evaluator) -> bool:
        """Whether a derivative is zero for all letters."""
        if not isinstance(part, Derivative):
            return False
        letters = part.letters - point.point.sizes.keys()
        last = point.point.sizes["T"]
        for values in islice(product(range(1, last + 1), repeat=len(letters)), 64):
            bound = {**point.point.sizes, **dict(zip(sorted(letters), values, strict=True))}
            try:
                if any(point.value(part, bound).data):
                    return False
            except FAILURES:
                continue
        return True

    def is_vacuous(self, left: Term, right: Term) -> bool:
        """Whether a variant repeats its left side, or differentiates something by itself, where the page does not."""
        found = right.atoms
        if left in found and isinstance(left, Derivative | Ref):
            return True
        own = self.meaning(left)
        if own == right or self.meaning(right) == left or (own is not None and own == self.meaning(right)):
            return True
        return any(isinstance(p, Derivative) and p.of == p.wrt and p not in self.old for p in found)

    def meaning(self, term: Term) -> Term | None:
        """What a name stands for."""
        if not isinstance(term, Ref):
            return None
        quantity = self.judge.system.get(term.name)
        if quantity is None or len(quantity.cases) != 1:
            return None
        return put(quantity.cases[0][1], dict(zip(quantity.letters, term.at, strict=True)))


def middle(claim: Claim, point: Evaluator) -> dict[Any, int] | None:
    """Values of the letters of a claim that are neither the first nor the last of any step or layer; None where there
    are none."""
    bounds = list(islice(bindings(claim, point), 64))
    runs = [free for free in claim.free if free.high.names & {"T", "L"}]
    inner = [b for b in bounds if all(free.low.at(b) < b[free.letter] < free.high.at(b) for free in runs)]
    return inner[len(inner) // 2] if inner else None
