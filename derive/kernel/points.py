"""Where claims are tested: random points modulo a prime, and one real point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from hashlib import blake2b
from itertools import combinations, count
from math import prod
from typing import Any

from derive.kernel.exact import Residues
from derive.kernel.field import Entries, Scalars
from derive.kernel.index import Width
from derive.kernel.real import Enclosures, weight
from derive.kernel.tensor import Shape
from derive.kernel.terms import Quantity, System
from derive.kernel.values import Point

EQUAL, CYCLIC = 0, 1  # patterns of one-hot targets: one unit at every step, the units in turn; others are random


def random_point(
    system: System, sizes: Mapping[Any, int], prime: int, seed: int, pattern: int = CYCLIC, shifted: bool = True
) -> Point:
    """A point modulo a prime: what is given is random, targets on the simplex or one-hot by `pattern`."""
    field = Residues(seed, prime)

    def given(quantity: Quantity, at: tuple[int, ...], shape: Shape) -> Entries:
        name = f"given {quantity.name}{list(at)}"
        return _given(quantity, at, shape, pattern, field, [field.random(name, i) for i in range(prod(shape))])

    if not shifted:
        return Point(system, sizes, field, given)
    shifts = {name: field.random(f"the size {name}") for name in sizes if name != "T"}
    return Point(system, sizes, field, given, shifts, field.random("the clock"))


def real_point(system: System, sizes: Mapping[Any, int], seed: int, pattern: int = CYCLIC) -> Point:
    """A point of real numbers of order one."""
    field = Enclosures()

    def given(quantity: Quantity, at: tuple[int, ...], shape: Shape) -> Entries:
        weights = [weight(f"{seed}:{quantity.name}{list(at)}", i) for i in range(prod(shape))]
        if quantity.kind == "simplex":
            for line in _lines(shape, quantity.over):
                total = sum(abs(weights[i]) for i in line)
                for i in line:
                    weights[i] = abs(weights[i]) / total
            return [field.number(w) for w in weights]
        return _given(quantity, at, shape, pattern, field, [field.number(w) for w in weights])

    return Point(system, sizes, field, given)


def _given(
    quantity: Quantity, at: tuple[int, ...], shape: Shape, pattern: int, field: Scalars, generic: Entries
) -> Entries:
    """The entries of a given array, from generic ones."""
    match quantity.kind:
        case "zero":
            return [field.number(0)] * len(generic)
        case "simplex":
            for *others, last in _lines(shape, quantity.over):
                rest = [field.mul((field.number(-1), generic[i])) for i in others]
                generic[last] = field.add([field.number(1), *rest])
        case "one-hot":
            for n, line in enumerate(_lines(shape, quantity.over)):
                unit = _unit(pattern, (*at, n), len(line))
                for k, i in enumerate(line):
                    generic[i] = field.number(int(k == unit))
    return generic


def _lines(shape: Shape, over: int) -> list[range]:
    """Where the entries of an array stand that lie along one axis, for each line of them."""
    if not shape:
        return []
    stride = prod(shape[over:][1:])
    length = shape[over] * stride
    return [range(start + k, start + length, stride) for start in range(0, prod(shape), length) for k in range(stride)]


def _unit(pattern: int, place: tuple[int, ...], count: int) -> int:
    if pattern == EQUAL:
        return 0
    if pattern == CYCLIC:
        return sum(place) % count
    digest = blake2b(f"{pattern}:{place}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") % count


def last_layers(system: System) -> frozenset[str]:
    """The letters of the last layer: L, and N where an array is as wide as layer N, V of V h^{(N)}."""
    axes = [axis for quantity in system.values() for axis in quantity.axes]
    widths = [part for axis in axes for part, _ in axis.letters if isinstance(part, Width)]
    return frozenset(name for width in widths for name in width.at.names) - {"t", "l", "T"} | {"L"}


def trial_sizes(names: Sequence[Any], steps: int, least: int = 2) -> list[dict[Any, int]]:
    """Two choices of sizes and T (at least `steps`): pairwise different in each, each even in one and odd in the other,
    for signs of products, and such that no relation a = b + c, a = 2b + c or a = b + d + c with |c| ≤ 2 holds in both.
    """
    first: dict[Any, int] = {"T": steps}
    second: dict[Any, int] = {"T": steps + 3}
    for name in names:
        sizes = count(least)
        first[name] = next(size for size in sizes if size not in first.values())
        others = (n for n in count(least) if (n - first[name]) % 2 and n not in second.values())
        second[name] = next(n for n in others if not _related(name, n, first, second))
    return [first, second]


def _related(name: Any, size: int, first: Mapping[Any, int], second: Mapping[Any, int]) -> bool:
    """Whether a size has, in both choices, one relation to others."""
    relations = [{other: scale} for other in second for scale in (Fraction(1), Fraction(2), Fraction(1, 2))]
    relations += [{b: Fraction(1), d: Fraction(1)} for b, d in combinations(second, 2)]
    for relation in relations:
        gaps = [
            own - sum((scale * sizes[other] for other, scale in relation.items()), Fraction(0))
            for own, sizes in ((first[name], first), (size, second))
        ]
        if gaps[0] == gaps[1] and abs(gaps[0]) <= 2:
            return True
    return False
