r"""Dots with both ends given: `L_1 + L_2 + \dots + L_T` and `A_t A_{t-1} \cdots A_{k+1}` are the Σ and Π that they
abbreviate, where what stands before and after them differs by one index alone, and in one direction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from derive.kernel.index import Index, letter
from derive.reading.tree import Big, Dots, Group, Node, Product, Relation, Script, Span, Sum, Symbol, walk
from derive.understand.mentions import index_node, linear

LETTERS = ("i", "j", "k", "m", "n", "s")
LONGEST = 4  # factors that repeat
Term = tuple[Node, ...]  # the factors of one term


def without_dots(sides: tuple[Node, ...]) -> tuple[Node, ...]:
    """The sides with Σ and Π for their dots; dots that can be read in no such way stay."""
    if not any(isinstance(node, Dots) for side in sides for node in walk(side)):
        return sides
    used = {node.name for side in sides for node in walk(side) if isinstance(node, Symbol)}
    free = [name for name in LETTERS if name not in used]
    return tuple(_abbreviated(side, free[0]) for side in sides) if free else sides


def _abbreviated(node: Node, name: str) -> Node:
    def within(value: object) -> object:
        if isinstance(value, Node):
            return _abbreviated(value, name)
        return tuple(within(item) for item in value) if isinstance(value, tuple) else value

    changed = {field: within(getattr(node, field)) for field in _fields(node)}
    node = replace(node, **changed)  # type: ignore[arg-type]
    match node:
        case Sum(_, terms) if len(_dots(terms)) == 1:
            return _sum(node, name) or node
        case Product(_, factors) if len(_dots(factors)) == 1:
            runs = (_product(node, period, name) for period in range(1, LONGEST + 1))
            return next((run for run in runs if run is not None), node)
    return node


def _dots(nodes: tuple[Node, ...]) -> list[int]:
    return [n for n, node in enumerate(nodes) if isinstance(node, Dots)]


def _sum(whole: Sum, name: str) -> Node | None:
    """A sum with its dots as the Σ of the terms that stand before them, beside others that look otherwise:
    w_1 x_1 + ⋯ + w_n x_n + b."""
    terms, signs = whole.terms, whole.signs
    [at] = _dots(terms)
    if not 0 < at < len(terms) - 1:
        return None
    run = [n for n, term in enumerate(terms) if n != at and _is_alike(term, terms[at + 1])]
    if run != [*range(run[0], at), at + 1] or run[0] > at or {*signs[run[0] : at + 2]} != {1}:
        return None
    folded = _run("sum", [(term,) for term in terms[run[0] : at]], (terms[at + 1],), name, whole.span)
    if folded is None or len(terms) == at + 2 - run[0]:
        return folded
    return Sum(whole.span, (*terms[: run[0]], folded, *terms[at + 2 :]), (*signs[: run[0]], 1, *signs[at + 2 :]))


def _is_alike(one: Node, other: Node) -> bool:
    """Whether two trees differ by their indices alone."""
    try:
        _met(one, other, lambda index, _: index_node(index))
    except _Unlike:
        return False
    return True


def _product(product: Product, period: int, name: str) -> Node | None:
    """A product with its dots as the Π of so many factors, the most that stand before them; of the last ones those at
    the end may be written alone: A_t B_t A_{t-1} ⋯ A_k."""
    factors, ops = product.factors, product.ops
    [at] = _dots(factors)
    if not set(ops[max(0, at - 1) : at + 1]) <= {"", "cdot"}:
        return None
    for length in range(min(period, len(factors) - at - 1), 0, -1):
        end = at + 1 + length
        for start in range(at % period, at - period + 1, period):
            if not set(ops[start : end - 1]) <= {"", "cdot"}:
                continue
            before = [factors[n : n + period] for n in range(start, at, period)]
            earlier = _shift_before(factors, start, period)
            run = _run("prod", before, factors[at + 1 : end], name, product.span, earlier)
            if run is not None:
                kept = (*factors[:start], run, *factors[end:])
                between = (*ops[:start], *ops[end - 1 :])
                return run if len(kept) == 1 else Product(product.span, kept, between)
    return None


def _shift_before(factors: Term, start: int, period: int) -> Index | None:
    """What is added to the indices of the factor before the first group to make the one a period later."""
    if not start or period == 1:
        return None
    try:
        return _shift(factors[start - 1 : start], factors[start - 1 + period : start + period], [])
    except _Unlike:
        return None


def _run(op: str, before: list[Term], last: Term, name: str, span: Span, earlier: Index | None = None) -> Node | None:
    """The Σ or Π of the terms before the dots and on to the last one, of which only the end may be written; `earlier`
    is one step more, before the terms."""
    places: list[Index] = []
    try:
        length = _shift(before[0][-len(last) :], last, places)
        steps = {_shift(a, b, []) for a, b in pairwise(before)}
    except _Unlike:
        return None
    if len(last) < len(before[0]) and (earlier is None or not places[0].letters):
        return None
    if not steps and earlier is not None:
        steps = {earlier}
    first = places[0]
    if not steps:  # two ends alone: upwards from a number, downwards to one
        steps = {Index(1 if not first.letters else -1)}
        if first.letters and first.plus(length).letters:
            return None
    if len(steps) != 1 or not steps <= {Index(1), Index(-1)}:
        return None
    up = steps == {Index(1)}
    if not length.letters and (length.constant > 0) != up:
        return None
    # Upwards the index itself runs, so that entries keep their range; downwards the distance from the first.
    low, high = (first, first.plus(length)) if up else (Index(), Index().plus(length, -1))

    def moved(index: Index, _: Index) -> Node:
        return index_node(letter(name).plus(index).plus(first, -1) if up else index.plus(letter(name), -1))

    unsaid = len(before[0]) - len(last)
    factors = tuple(_put(factor, first.names, moved) for factor in before[0][:unsaid])
    factors += tuple(_met(a, b, moved) for a, b in zip(before[0][unsaid:], last, strict=True))
    body = factors[0] if len(factors) == 1 else Product(span, factors, ("",) * (len(factors) - 1))
    big = Big(span, op, Relation(span, Symbol(span, name), "=", index_node(low)), index_node(high))
    return Group(span, Product(span, (big, Group(span, body, "(")), ("",)), "(")


def _put(node: Node, names: frozenset[str], put: Callable[[Index, Index], Node], script: bool = False) -> Node:
    """A tree with what `put` makes of its indices that speak of some letters."""
    if script and (index := linear(node)) is not None:
        return put(index, index) if index.names & names else node

    def within(value: object, script: bool) -> object:
        if isinstance(value, Node):
            return _put(value, names, put, script)
        return tuple(within(item, script) for item in value) if isinstance(value, tuple) else value

    changed = {name: within(getattr(node, name), _is_script(node, name, script)) for name in _fields(node)}
    return replace(node, **changed)  # type: ignore[arg-type]


def _fields(node: Node) -> list[str]:
    return [name for name in node.__dataclass_fields__ if name != "span"]


def _is_script(node: Node, name: str, script: bool) -> bool:
    """Whether a part of a tree may be an index, in a script or in brackets."""
    inside = script or (isinstance(node, Script) and name in ("sub", "sup"))
    return inside or (isinstance(node, Group) and node.bracket == "(" and linear(node.body) is not None)


def _shift(first: Term, second: Term, places: list[Index]) -> Index:
    """What is added to each index of one term, listed in `places`, to make another. Raises _Unlike where that is
    nothing, or not the same everywhere."""
    shifts: set[Index] = set()

    def seen(index: Index, other: Index) -> Node:
        places.append(index)
        shifts.add(other.plus(index, -1))
        return index_node(index)

    for a, b in zip(first, second, strict=True):
        _met(a, b, seen)
    if len(shifts) != 1:
        raise _Unlike
    return shifts.pop()


class _Unlike(Exception):
    """Two trees differ by more than their indices."""


def _met(one: Node, other: Node, put: Callable[[Index, Index], Node], script: bool = False) -> Node:
    """A tree with what `put` makes of its indices where another tree has others. Raises _Unlike."""
    if one == other:
        return one
    if script and (a := linear(one)) is not None and (b := linear(other)) is not None:
        return put(a, b)
    if type(one) is not type(other):
        raise _Unlike

    def within(a: object, b: object, script: bool) -> object:
        if isinstance(a, Node) and isinstance(b, Node):
            return _met(a, b, put, script)
        if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
            return tuple(within(x, y, script) for x, y in zip(a, b, strict=True))
        if a != b:
            raise _Unlike
        return a

    changed = {
        name: within(getattr(one, name), getattr(other, name), _is_script(one, name, script)) for name in _fields(one)
    }
    return replace(one, **changed)  # type: ignore[arg-type]


__all__ = ["without_dots"]
