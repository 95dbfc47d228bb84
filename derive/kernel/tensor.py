"""Arrays of scalars of any field, and their contraction."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from math import prod
from typing import NamedTuple

from derive.kernel.field import Entries, Field, Undecidable

Shape = tuple[int, ...]
LIMIT = 200_000  # entries of an array: past it nothing is decided
PRODUCTS = 5_000_000  # in one contraction


class Tensor(NamedTuple):
    """Entries in row-major order."""

    shape: Shape
    data: Entries


def bounded(shape: Shape) -> Shape:
    """The shape. Raises Undecidable for one of too many entries."""
    if prod(shape) > LIMIT or any(size < 0 for size in shape):
        raise Undecidable(f"an array of {' × '.join(map(str, shape))} entries")
    return shape


def filled(shape: Shape, entry: object) -> Tensor:
    return Tensor(bounded(shape), [entry] * prod(shape))


def identity(shape: Shape, field: Field) -> Tensor:
    """The derivative of an array by itself: its axes twice."""
    one, zero = field.number(1), field.number(0)
    places = range(prod(shape))
    return Tensor(bounded(shape + shape), [one if i == j else zero for i in places for j in places])


def added(tensors: list[Tensor], field: Field) -> Tensor:
    """Their sum, entry by entry."""
    if len(tensors) == 1:
        return tensors[0]
    if len({tensor.shape for tensor in tensors}) != 1:
        raise Undecidable("a sum of arrays of different shapes")
    columns = zip(*(tensor.data for tensor in tensors), strict=True)
    return Tensor(tensors[0].shape, [field.add(column) for column in columns])


def contracted(tensors: list[Tensor], labels: list[str], out: str, field: Field) -> Tensor:
    """Σ over the labels outside `out` of the product of the entries, from left to right, two arrays at a time."""
    have, names = tensors[0], labels[0]
    for n, (tensor, beside) in enumerate(zip(tensors[1:], labels[1:], strict=True), 1):
        have, names = _pair(have, names, tensor, beside, out + "".join(labels[n + 1 :]), field)
    return _arranged(have, names, out, field)


def _pair(left: Tensor, a: str, right: Tensor, b: str, later: str, field: Field) -> tuple[Tensor, str]:
    """The product of two arrays, summed over the labels that are in none of the `later` ones."""
    plan = _plan(a, b, later, left.shape, right.shape)
    x = _arranged(left, a, plan.left, field).data
    y = _arranged(right, b, plan.right, field).data
    m, n, depth = plan.rows, plan.columns, plan.depth
    data: Entries
    if plan.summed:
        lines = [x[i * depth : (i + 1) * depth] for i in range(plan.batch * m)]
        others = [y[i * depth : (i + 1) * depth] for i in range(plan.batch * n)]
        data = [
            field.dot(p, q)
            for i in range(plan.batch)
            for p in lines[i * m : (i + 1) * m]
            for q in others[i * n : (i + 1) * n]
        ]
    elif m == n == 1:
        data = [field.mul(pair) for pair in zip(x, y, strict=True)]
    else:
        data = [
            field.mul((p, q)) for i in range(plan.batch) for p in x[i * m : (i + 1) * m] for q in y[i * n : (i + 1) * n]
        ]
    return Tensor(plan.shape, data), plan.names


class _Plan(NamedTuple):
    """A contraction of two arrays as a batch of matrix products: the order of their axes, and the counts."""

    left: str
    right: str
    names: str
    shape: Shape
    batch: int
    rows: int
    columns: int
    depth: int
    summed: bool


@lru_cache(maxsize=4096)
def _plan(a: str, b: str, later: str, left: Shape, right: Shape) -> _Plan:
    sizes = _sizes(a, left)
    _sizes(b, right)
    if any(sizes.setdefault(label, size) != size for label, size in zip(b, right, strict=True)):
        raise Undecidable(f"a product of arrays of the shapes {left} and {right}")
    batch = "".join(label for label in a if label in b and label in later)
    summed = "".join(label for label in a if label in b and label not in later)
    rows = "".join(label for label in a if label not in b and label in later)
    columns = "".join(label for label in b if label not in a and label in later)
    count, m, n, depth = (prod(sizes[label] for label in part) for part in (batch, rows, columns, summed))
    if count * m * n * depth > PRODUCTS:
        raise Undecidable(f"a contraction of {count * m * n * depth} products")
    names = batch + rows + columns
    shape = bounded(tuple(sizes[label] for label in names))
    return _Plan(batch + rows + summed, batch + columns + summed, names, shape, count, m, n, depth, bool(summed))


def _arranged(tensor: Tensor, names: str, out: str, field: Field) -> Tensor:
    """The array with its axes in the order of `out`, summed over the others."""
    if names == out:
        return tensor
    places, shape, depth = _order(names, out, tensor.shape)
    data = [tensor.data[i] for i in places]
    if len(names) > len(out):
        data = [field.add(data[i * depth : (i + 1) * depth]) for i in range(prod(shape))]
    return Tensor(shape, data)


@lru_cache(maxsize=1024)
def _order(names: str, out: str, shape: Shape) -> tuple[list[int], Shape, int]:
    """Where the entries of an array stand, read with its axes in the order of `out` and then the others; the shape
    of the former, and the number of entries in the latter."""
    strides = {label: prod(shape[k + 1 :]) for k, label in enumerate(names)}
    sizes = _sizes(names, shape)
    rest = [label for label in names if label not in out]
    steps = [range(0, strides[label] * sizes[label], strides[label]) for label in (*out, *rest)]
    places = [sum(offsets) for offsets in product(*steps)]
    return places, tuple(sizes[label] for label in out), prod(sizes[label] for label in rest)


def _sizes(names: str, shape: Shape) -> dict[str, int]:
    if len(set(names)) < len(names):
        raise Undecidable(f"the labels {names!r} on one array")
    return dict(zip(names, shape, strict=True))


def block(shape: Shape, axis: int, start: int, stop: int) -> list[int]:
    """The places, in row-major order, of the entries from `start` to before `stop` along an axis. Raises Undecidable
    where the axis has no such places."""
    if not 0 <= start <= stop <= shape[axis]:
        raise Undecidable(f"the places {start} to {stop} of {shape[axis]}")
    inner = prod(shape[axis + 1 :])
    step = shape[axis] * inner
    return [
        o * step + i * inner + k for o in range(prod(shape[:axis])) for i in range(start, stop) for k in range(inner)
    ]
