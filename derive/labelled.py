"""Arrays whose axes have names, and their products: matrix products, outer products, products entry by entry and sums,
as their axes have it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from derive.algebra.array import Array, constant, elementwise, matmul, outer, total, transpose
from derive.reading import ReadError


@dataclass(frozen=True)
class Labelled:
    """An array whose axes have names. `places` are those of the term's own axes, in their order; an axis that is not
    among them belongs to a letter, as that of u_k to k."""

    array: Array
    axes: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


def ordered(of: Labelled, axes: tuple[str, ...]) -> Labelled:
    """The same with its axes in this order."""
    return of if of.axes == axes else Labelled(transpose(of.array), axes, of.places)


def spread(of: Labelled, axes: tuple[str, ...], size: Callable[[str], str]) -> Labelled:
    """The same with more axes, along which it is constant; a number stays one."""
    missing = [axis for axis in axes if axis not in of.axes]
    if not missing or not of.axes:
        return (
            of
            if missing == []
            else replace(of, axes=axes, array=elementwise(lambda u: u, of.array, shape=tuple(map(size, axes))))
        )
    if len(axes) > 2:
        raise ReadError("an array with more than two axes")
    ones = constant(1, (size(missing[0]),))
    return Labelled(outer(of.array, ones), (*of.axes, missing[0]), of.places)


def multiplied(factors: list[Labelled], keep: frozenset[str]) -> Labelled:
    """The product of the factors, summed over every axis that is not kept."""
    left = list(factors) or [Labelled(constant(1))]
    while len(left) > 1:
        first, second = min(_pairs(left), key=lambda pair: _cost(left[pair[0]], left[pair[1]]))
        rest = [factor for n, factor in enumerate(left) if n not in (first, second)]
        needed = keep.union(*(factor.axes for factor in rest))
        left = [combined(left[first], left[second], needed), *rest]
    result = left[0]
    for axis in result.axes:
        if axis not in keep:
            result = summed(result, axis)
    return result


def _pairs(factors: list[Labelled]) -> list[tuple[int, int]]:
    return [(i, j) for i in range(len(factors)) for j in range(i + 1, len(factors))]


def _cost(a: Labelled, b: Labelled) -> int:
    """How many axes the product has before it is summed: the fewest first."""
    return len({*a.axes, *b.axes})


def combined(a: Labelled, b: Labelled, keep: frozenset[str]) -> Labelled:
    """The product of two, summed over what only they have."""
    for axis in {*a.axes} - {*b.axes} - keep:
        a = summed(a, axis)
    for axis in {*b.axes} - {*a.axes} - keep:
        b = summed(b, axis)
    shared = [axis for axis in a.axes if axis in b.axes]
    gone = [axis for axis in shared if axis not in keep]
    if set(a.axes) == set(b.axes) or not a.axes or not b.axes:
        axes = a.axes or b.axes
        right = ordered(b, axes) if b.axes else b
        result = Labelled(a.array * right.array, axes)
        if set(gone) == set(axes):
            return Labelled(total(result.array))
        for axis in gone:
            result = summed(result, axis)
        return result
    if len(gone) == 1 and len(shared) == 1:
        if len(a.axes) < len(b.axes):
            a, b = b, a
        rows = [axis for axis in a.axes if axis != gone[0]]
        matrix = ordered(a, (*rows, gone[0]))
        right = ordered(b, (gone[0], *(axis for axis in b.axes if axis != gone[0])))
        return Labelled(matmul(matrix.array, right.array), (*rows, *right.axes[1:]))
    if not shared and len(a.axes) == len(b.axes) == 1:
        return Labelled(outer(a.array, b.array), (*a.axes, *b.axes))
    if not gone and {*a.axes, *b.axes} in ({*a.axes}, {*b.axes}):
        if len(a.axes) < len(b.axes):
            a, b = b, a
        other = next(axis for axis in a.axes if axis not in b.axes)
        sizes = dict(zip(a.axes, a.array.shape, strict=True))
        wide = Labelled(outer(b.array, constant(1, (sizes[other],))), (*b.axes, other))
        return Labelled(a.array * ordered(wide, a.axes).array, a.axes)
    raise ReadError("an array with more than two axes")


def summed(of: Labelled, axis: str) -> Labelled:
    """The sum over one axis."""
    rest = tuple(other for other in of.axes if other != axis)
    if not rest:
        return Labelled(total(of.array), (), of.places)
    matrix = ordered(of, (*rest, axis)).array
    return Labelled(matmul(matrix, constant(1, matrix.shape[1:])), rest, of.places)
