"""Arrays with named axes.

The axes of a Jacobian remember the variable that they belong to; two Jacobians in a product are chained through the
variable that they share, whatever their order. Axes of one unit are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product as every
from typing import NamedTuple

import sympy

from derive.algebra.pullback import Leaf
from derive.kernel.field import Entries, Field, Scalar


class ShapeMismatch(ValueError):
    """Axes that do not fit; the message names both shapes."""


class Axis(NamedTuple):
    """`var` and `role` ('of' or 'wrt') tell an axis of a Jacobian from a plain one (None, '')."""

    label: str
    var: Leaf | None = None
    role: str = ""


@dataclass(frozen=True)
class Tensor:
    """Row-major entries over the axes. `vanishes` marks a zero of any shape, `unit` the empty product: a number or an
    identity matrix."""

    axes: tuple[Axis, ...]
    sizes: tuple[int, ...]
    data: Entries
    vanishes: bool = False
    unit: bool = False

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The names of the axes, the second of two alike primed."""
        if len(self.axes) < 2:
            return tuple(axis.label for axis in self.axes)
        seen: list[str] = []
        for axis in self.axes:
            label = axis.label
            while label in seen:
                label += "'"
            seen.append(label)
        return tuple(seen)

    @property
    def shape(self) -> str:
        """The shape in words: 3×2, a number."""
        return "×".join(map(str, self.sizes)) or "a number"


def make(axes: Sequence[Axis], sizes: Sequence[int], data: Entries) -> Tensor:
    """A tensor without its axes of one unit."""
    kept = [(axis, size) for axis, size in zip(axes, sizes, strict=True) if size != 1]
    return Tensor(tuple(a for a, _ in kept), tuple(s for _, s in kept), data)


def number(field: Field, value: sympy.Number) -> Tensor:
    return Tensor((), (), [field.number(value)])


def vanishing(field: Field) -> Tensor:
    return replace(number(field, sympy.S.Zero), vanishes=True)


def combine(
    tensors: Sequence[Tensor], names: Sequence[Sequence[str]], operation: Callable[[list[Scalar]], Scalar]
) -> Tensor:
    """Entry by entry along axes of the same name, spanning the others. Raises ShapeMismatch where a size differs."""
    full = [i for i, tensor in enumerate(tensors) if tensor.axes]
    if not full:
        return Tensor((), (), [operation([tensor.data[0] for tensor in tensors])])
    first = tensors[full[0]]
    if all(tensors[i].axes == first.axes and tensors[i].sizes == first.sizes for i in full) and all(
        names[i] == names[full[0]] for i in full
    ):  # nothing to align
        count = len(first.data)
        columns = [tensor.data if tensor.axes else tensor.data * count for tensor in tensors]
        return Tensor(first.axes, first.sizes, [operation(list(entries)) for entries in zip(*columns, strict=True)])
    axes: dict[str, Axis] = {}
    sizes: dict[str, int] = {}
    for tensor, labels in zip(tensors, names, strict=True):
        for name, axis, size in zip(labels, tensor.axes, tensor.sizes, strict=True):
            if sizes.setdefault(name, size) != size:
                raise ShapeMismatch(f"{sizes[name]} and {size} entries along one axis")
            if name not in axes:
                axes[name] = axis
            elif axes[name] != axis:  # what a Jacobian shares with a plain array is chained
                axes[name] = Axis(axis.label)
    strides = []
    for tensor, labels in zip(tensors, names, strict=True):
        steps, step = {}, 1
        for name, size in zip(reversed(labels), reversed(tensor.sizes), strict=True):
            steps[name], step = step, step * size
        strides.append([steps.get(name, 0) for name in sizes])
    data = []
    for place in every(*(range(size) for size in sizes.values())):
        data.append(
            operation(
                [
                    tensor.data[sum(i * s for i, s in zip(place, stride, strict=True))]
                    for tensor, stride in zip(tensors, strides, strict=True)
                ]
            )
        )
    return Tensor(tuple(axes.values()), tuple(sizes.values()), data)


def sum_out(tensor: Tensor, gone: Callable[[int], bool], field: Field) -> Tensor:
    """The sum over the axes whose position is `gone`."""
    out = [i for i in range(len(tensor.axes)) if gone(i)]
    if not out:
        return tensor
    kept = [i for i in range(len(tensor.axes)) if i not in out]
    cells: dict[tuple[int, ...], list[Scalar]] = {}
    for place, value in zip(every(*(range(size) for size in tensor.sizes)), tensor.data, strict=True):
        cells.setdefault(tuple(place[i] for i in kept), []).append(value)
    axes, sizes = tuple(tensor.axes[i] for i in kept), tuple(tensor.sizes[i] for i in kept)
    return Tensor(axes, sizes, [field.add(values) for values in cells.values()])


def select(tensor: Tensor, position: int, unit: int) -> Tensor:
    """The slice of one axis at a unit counted from 0. Raises ShapeMismatch outside it."""
    if not 0 <= unit < tensor.sizes[position]:
        raise ShapeMismatch(f"the component {unit + 1} of {tensor.sizes[position]}")
    data = [
        value
        for place, value in zip(every(*(range(size) for size in tensor.sizes)), tensor.data, strict=True)
        if place[position] == unit
    ]
    return Tensor(
        tensor.axes[:position] + tensor.axes[position + 1 :],
        tensor.sizes[:position] + tensor.sizes[position + 1 :],
        data,
    )


def contract(left: Tensor, right: Tensor, var: Leaf, field: Field) -> Tensor:
    """The chain rule: ∂u/∂v · ∂v/∂w, summed over the entries of v; `left` holds ∂u/∂v."""
    rows, shared = _apart(left, var, "wrt")
    columns, leading = _apart(right, var, "of")
    a, b = _matrix(left, rows, shared), _matrix(right, columns, leading)
    data = [field.dot(row, column) for row in a for column in b]
    axes = tuple(left.axes[i] for i in rows) + tuple(right.axes[i] for i in columns)
    sizes = tuple(left.sizes[i] for i in rows) + tuple(right.sizes[i] for i in columns)
    return Tensor(axes, sizes, data)


def _apart(tensor: Tensor, var: Leaf, role: str) -> tuple[list[int], list[int]]:
    """The positions of the axes that do not, and that do, belong to a variable in a role."""
    shared = [i for i, axis in enumerate(tensor.axes) if axis.var == var and axis.role == role]
    return [i for i in range(len(tensor.axes)) if i not in shared], shared


def _matrix(tensor: Tensor, outer: list[int], inner: list[int]) -> list[Entries]:
    """The entries with one list for each place on the outer axes, along the inner ones."""
    strides = [1] * len(tensor.sizes)
    for i in range(len(tensor.sizes) - 1, 0, -1):
        strides[i - 1] = strides[i] * tensor.sizes[i]
    along, across = (_offsets(tensor, axes, strides) for axes in (inner, outer))
    return [[tensor.data[place + step] for step in along] for place in across]


def _offsets(tensor: Tensor, axes: list[int], strides: list[int]) -> list[int]:
    offsets = [0]
    for i in axes:
        offsets = [offset + k * strides[i] for offset in offsets for k in range(tensor.sizes[i])]
    return offsets


def chained(name: str) -> str:
    """How a set of axes says that a Jacobian outside can still be chained through a variable."""
    return f"∂{name}"


def shared_variable(left: Tensor, right: Tensor) -> Leaf | None:
    """The variable v of ∂u/∂v · ∂v/∂w, if that is what the two are."""
    wrt = {axis.var for axis in left.axes if axis.role == "wrt"}
    return next((axis.var for axis in right.axes if axis.role == "of" and axis.var in wrt), None)


def identity(unit: Tensor, like: Tensor, field: Field) -> Tensor:
    """The empty product as the identity matrix in the shape of `like`."""
    zero, size = field.number(sympy.S.Zero), like.sizes[0]
    return replace(like, data=[unit.data[0] if i == k else zero for i in range(size) for k in range(size)])


def chain(factors: list[Tensor], field: Field) -> list[Tensor]:
    """The factors with every pair of Jacobians that share a variable chained, whatever their order."""
    factors = list(factors)
    while True:
        pairs = ((i, k) for i in range(len(factors)) for k in range(len(factors)) if i != k)
        for i, k in pairs:
            var = shared_variable(factors[i], factors[k])
            if var is not None:
                joined = contract(factors[i], factors[k], var, field)
                factors = [f for n, f in enumerate(factors) if n not in (i, k)]
                factors.insert(min(i, k), joined)
                break
        else:
            return factors
