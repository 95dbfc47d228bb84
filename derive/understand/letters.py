"""Which letters of a page are indices, and what each statement says of them: bounds, conditions, shifts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from derive.kernel.index import Comparison, Index
from derive.reading.tree import Big, Group, Node, Range, Relation, Sequence, Symbol, walk
from derive.understand.mentions import CUSTOMARY, linear, size_of

COUNTERS = frozenset(("i", "j", "k", "l", "m", "n"))
STEPS = frozenset(("t", "tau"))  # customary letters of steps
ALL = frozenset(("all", "batch", "samples", "steps", "units"))  # words below a Σ that is over all there are
OPS = frozenset(("=", "ne", "lt", "le", "gt", "ge"))
FLIPPED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}


@dataclass
class Bounds:
    """What a statement says of its letters: those that a Σ or Π binds, those that a condition speaks of."""

    bound: set[str] = field(default_factory=set)
    conditioned: set[str] = field(default_factory=set)
    last: set[str] = field(default_factory=set)  # the upper ends, such as T

    @property
    def letters(self) -> set[str]:
        return self.bound | self.conditioned


def bounds(trees: Iterable[Node], condition: Node | None) -> Bounds:
    """The letters of a statement with their evidence."""
    found = Bounds()
    for tree in trees:
        for node in walk(tree):
            if isinstance(node, Big):
                for name, _, upper in binders(node):
                    found.bound.add(name)
                    if upper is not None and not upper.constant:
                        found.last |= {name for name, _ in upper.letters if isinstance(name, str)}
    for comparison in comparisons(condition):
        found.conditioned |= {n for n in comparison.left.names if len(n) == 1 or n in CUSTOMARY}
        found.last |= {n for n in comparison.right.names if n[:1].isupper()}
    return found


def binders(big: Big) -> Iterator[tuple[str, Index | None, Index | None]]:
    """The letters that a Σ or Π binds, each with its lowest and highest value where they are written."""
    lower = big.lower
    parts = lower.items if isinstance(lower, Sequence) else (lower,)
    upper = size_of(big.upper) if big.upper is not None else None
    found: dict[str, tuple[Index | None, Index | None]] = {}
    between: dict[str, tuple[Index | None, Index | None]] = {}  # what comparisons say of their letters
    for part in parts:
        if isinstance(part, Symbol) and linear(part) is not None:  # a word, \sum_{batch}, binds no letter
            found.setdefault(part.name, (None, upper))
        elif isinstance(part, Relation):
            if part.op == "in" and isinstance(part.right, Range):
                runs = linear(part.left)
                if runs is not None and len(runs.letters) == 1:
                    found[str(runs)] = (linear(part.right.first), linear(part.right.last))
                continue
            left, right = linear(part.left), linear(part.right)
            if left is None or right is None:
                continue
            if part.op == "=" and _single(left):
                found[str(left)] = (right, upper)
            elif part.op == "ne" and _single(left):
                found.setdefault(str(left), (None, upper))
            elif part.op in FLIPPED:
                _narrow(between, left, part.op, right)
                _narrow(between, right, FLIPPED[part.op], left)
    inner = [name for name, (low, high) in between.items() if low is not None and high is not None]
    for name in inner or list(between)[:1]:  # t ≥ i > k: i runs; k ≤ t: k does
        found.setdefault(name, between[name])
    yield from ((name, low, high) for name, (low, high) in found.items())


def excluded(big: Big) -> list[Comparison]:
    r"""What a Σ leaves out: k ≠ l below it."""
    lower = big.lower
    parts = lower.items if isinstance(lower, Sequence) else (lower,)
    return comparisons(Sequence((0, 0), tuple(p for p in parts if isinstance(p, Relation) and p.op == "ne")))


def unread_bound(big: Big) -> Node | None:
    """What stands below or above a Σ or Π and is in neither `binders` nor `excluded`; None without any."""
    bound = {name: (low, high) for name, low, high in binders(big)}
    lower = big.lower
    parts = lower.items if isinstance(lower, Sequence) else (lower,) if lower is not None else ()
    upper = size_of(big.upper) if big.upper is not None else None
    if big.upper is not None and (upper is None or not any(high == upper for _, high in bound.values())):
        return big.upper
    seen: set[str] = set()
    for part in parts:
        match part:
            case Symbol(_, name, "") if name in ALL or (name in bound and name not in seen):
                seen.add(name)
            case Relation(_, left, op, right) if _is_said(left, op, right, bound) or (op == "ne" and excluded(big)):
                name = str(linear(left))
                if op in ("=", "in") and name in seen:
                    return part
                seen.add(name)
            case _:
                return part
    return None


def _is_said(left: Node, op: str, right: Node, bound: Mapping[str, tuple[Index | None, Index | None]]) -> bool:
    """Whether a relation below a Σ is one of the bounds that were read there."""
    one = linear(left)
    if op == "in":
        ends = (linear(right.first), linear(right.last)) if isinstance(right, Range) else (None, None)
        return None not in ends and bound.get(str(one)) == ends
    other = linear(right)
    if one is None or other is None:
        return False
    if op == "=":
        return str(one) in bound and bound[str(one)][0] == other
    for this, sign, that in ((one, op, other), (other, FLIPPED.get(op, ""), one)):
        low, high = bound.get(str(this), (None, None))
        if sign in ("ge", "gt") and low is not None and low == that.plus(1 if sign == "gt" else 0):
            return True
        if sign in ("le", "lt") and high is not None and high == that.plus(-1 if sign == "lt" else 0):
            return True
    return False


def _narrow(found: dict[str, tuple[Index | None, Index | None]], left: Index, op: str, right: Index) -> None:
    """1 ≤ t, t ≤ T, i > k: a side that is a letter not yet bounded there, and no size, is what runs."""
    if not _single(left) or str(left)[:1].isupper():
        return
    low, high = found.get(str(left), (None, None))
    if op in ("ge", "gt") and low is None:
        low = right.plus(1 if op == "gt" else 0)
    elif op in ("le", "lt") and high is None:
        high = right.plus(-1 if op == "lt" else 0)
    found[str(left)] = (low, high)


def _single(index: Index) -> bool:
    return index.constant == 0 and len(index.letters) == 1 and index.letters[0][1] == 1


def comparisons(condition: Node | None) -> list[Comparison]:
    """The comparisons between indices in a condition; what is no comparison is left out."""
    if condition is None:
        return []
    found = []
    for part in condition.items if isinstance(condition, Sequence) else (condition,):
        if not isinstance(part, Relation):
            continue
        left = linear(part.left)
        if left is None:
            continue
        if part.op == "in" and isinstance(part.right, Range):
            first, last = linear(part.right.first), linear(part.right.last)
            if first is not None and last is not None:
                first, last = (last, first) if _runs_down(first, last) else (first, last)
                found += [Comparison(left, "ge", first), Comparison(left, "le", last)]
            continue
        op, right = part.op, linear(part.right)
        if op == "in" and isinstance(part.right, Group) and part.right.bracket == "{":
            op, right = "=", linear(part.right.body)  # the one element of a set
        if right is not None and op in OPS:
            found.append(Comparison(left, op, right))
    return found


def _runs_down(first: Index, last: Index) -> bool:
    """Whether a range is written from its upper end: T, …, 1, or t - 1, …, 1, or T, …, t."""
    gap = last.plus(first, -1)
    below = [str(name) for name, times in gap.letters if times < 0]
    above = any(times > 0 for _, times in gap.letters)
    return any(name[:1].isupper() or not above for name in below) or (not gap.letters and gap.constant < 0)


def is_read(condition: Node | None) -> bool:
    """Whether `comparisons` says all that a condition says."""
    parts = () if condition is None else condition.items if isinstance(condition, Sequence) else (condition,)
    return all(comparisons(part) for part in parts)
