"""Which letters of a page are indices, and what each statement says of them: bounds, conditions, shifts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from derive.kernel.index import Comparison, Index
from derive.reading.tree import Big, Node, Range, Relation, Sequence, Symbol, walk
from derive.understand.mentions import linear

CUSTOMARY = frozenset(["t", "i", "j", "k", "l", "m", "n", "p", "q", "r", "s", "tau", "ell"])
STEPS = frozenset(("t", "tau"))  # customary letters of steps
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
                    if upper is not None:
                        found.last |= set(upper.names) if not upper.constant else set()
    for comparison in comparisons(condition):
        found.conditioned |= {n for n in comparison.left.names if len(n) == 1 or n in CUSTOMARY}
        found.last |= {n for n in comparison.right.names if n[:1].isupper()}
    return found


def binders(big: Big) -> Iterator[tuple[str, Index | None, Index | None]]:
    """The letters that a Σ or Π binds, each with its lowest and highest value where they are written."""
    lower = big.lower
    parts = lower.items if isinstance(lower, Sequence) else (lower,)
    upper = linear(big.upper) if big.upper is not None else None
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
            elif part.op in FLIPPED:
                _narrow(between, left, part.op, right)
                _narrow(between, right, FLIPPED[part.op], left)
    inner = [name for name, (low, high) in between.items() if low is not None and high is not None]
    for name in inner or list(between)[:1]:  # t ≥ i > k: i runs; k ≤ t: k does
        found.setdefault(name, between[name])
    yield from ((name, low, high) for name, (low, high) in found.items())


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
                found += [Comparison(left, "ge", first), Comparison(left, "le", last)]
            continue
        right = linear(part.right)
        if right is not None and part.op in OPS:
            found.append(Comparison(left, part.op, right))
    return found
