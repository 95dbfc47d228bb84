"""Arrays of scalars of any field, and their contraction."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from math import prod
from typing import NamedTuple

from derive.kernel.field import Entries, Field

Shape = tuple[int, ...]


class Tensor(NamedTuple):
    """Entries in row-major order."""

    shape: Shape
    data: Entries


def filled(shape: Shape, entry: object) -> Tensor:
    return Tensor(shape, [entry] * prod(shape))


def identity(shape: Shape, field: Field) -> Tensor:
    """The derivative of an array by itself: its axes twice."""
    one, zero = field.number(1), field.number(0)
    count = prod(shape)
    return Tensor(shape + shape, [one if i == j else zero for i in range(count) for j in range(count)])


def added(tensors: list[Tensor], field: Field) -> Tensor:
    """Their sum, entry by entry."""
    if len(tensors) == 1:
        return tensors[0]
    return Tensor(tensors[0].shape, [field.add(c) for c in zip(*(tensor.data for tensor in tensors), strict=True)])


def contracted(tensors: list[Tensor], labels: list[str], out: str, field: Field) -> Tensor:
    """Σ over the labels outside `out` of the product of the entries, from left to right, two arrays at a time."""
    have, names = tensors[0], labels[0]
    for n, (tensor, beside) in enumerate(zip(tensors[1:], labels[1:], strict=True), 1):
        later = set(out).union(*labels[n + 1 :])
        kept = "".join(label for label in dict.fromkeys(names + beside) if label in later)
        have, names = _pair(have, names, tensor, beside, kept, field), kept
    if names == out:
        return have
    sizes = dict(zip(names, have.shape, strict=True))
    places = _gather(names, out, tuple(sizes.values()))
    shape = tuple(sizes[label] for label in out)
    return Tensor(
        shape, [field.add([have.data[i] for i in row]) if len(row) != 1 else have.data[row[0]] for row in places]
    )


def _pair(left: Tensor, a: str, right: Tensor, b: str, out: str, field: Field) -> Tensor:
    sizes = dict(zip(a + b, left.shape + right.shape, strict=True))
    shape = tuple(sizes[label] for label in out)
    rows = _pattern(a, b, out, tuple(sizes.items()))
    x, y = left.data, right.data
    if rows and len(rows[0][0]) == 1:
        return Tensor(shape, [field.mul((x[i[0]], y[j[0]])) for i, j in rows])
    return Tensor(shape, [field.dot([x[k] for k in i], [y[k] for k in j]) for i, j in rows])


@lru_cache(maxsize=4096)
def _pattern(a: str, b: str, out: str, extents: tuple[tuple[str, int], ...]) -> list[tuple[list[int], list[int]]]:
    """For each entry of the result the places in both arrays whose products are summed."""
    sizes = dict(extents)
    summed = [label for label in sizes if label not in out]
    left, right = _strides(a, sizes), _strides(b, sizes)
    rows = []
    for place in product(*(range(sizes[label]) for label in out)):
        fixed = dict(zip(out, place, strict=True))
        i0 = sum(left.get(label, 0) * k for label, k in fixed.items())
        j0 = sum(right.get(label, 0) * k for label, k in fixed.items())
        i, j = [i0], [j0]
        for label in summed:
            p, q = left.get(label, 0), right.get(label, 0)
            i = [base + p * k for base in i for k in range(sizes[label])]
            j = [base + q * k for base in j for k in range(sizes[label])]
        rows.append((i, j))
    return rows


@lru_cache(maxsize=4096)
def _gather(names: str, out: str, shape: Shape) -> list[list[int]]:
    sizes = dict(zip(names, shape, strict=True))
    strides = _strides(names, sizes)
    summed = [label for label in names if label not in out]
    rows = []
    for place in product(*(range(sizes[label]) for label in out)):
        i = [sum(strides[label] * k for label, k in zip(out, place, strict=True))]
        for label in summed:
            i = [base + strides[label] * k for base in i for k in range(sizes[label])]
        rows.append(i)
    return rows


def _strides(labels: str, sizes: dict[str, int]) -> dict[str, int]:
    found, stride = {}, 1
    for label in reversed(labels):
        found[label] = stride
        stride *= sizes[label]
    return found


def block(shape: Shape, axis: int, start: int, stop: int) -> list[int]:
    """The places, in row-major order, of the entries from `start` to before `stop` along an axis."""
    inner = prod(shape[axis + 1 :])
    step = shape[axis] * inner
    return [
        o * step + i * inner + k for o in range(prod(shape[:axis])) for i in range(start, stop) for k in range(inner)
    ]
