"""Arrays with named axes, and the two ways in which notes multiply them: along names (scalar notation) or as matrices.

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

from derive.array import Value
from derive.evaluate import Entries, Field, Scalar
from derive.pullback import Leaf


class ShapeMismatch(ValueError):
    """Axes that do not fit; the message names both shapes."""


class Axis(NamedTuple):
    """`var` and `role` ('of' or 'wrt') tell an axis of a Jacobian from a plain one (None, '')."""

    label: str
    var: Leaf | None = None
    role: str = ""


@dataclass(frozen=True)
class Tensor:
    """Row-major entries over the axes. `row` marks a vector that lies (1×n), `vanishes` a zero of any shape, `unit`
    the empty product, which is a number or an identity matrix."""

    axes: tuple[Axis, ...]
    sizes: tuple[int, ...]
    data: Entries
    row: bool = False
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
        """The shape in words: 3×2, a row, a scalar."""
        sizes = (1, *self.sizes) if self.row else self.sizes
        return "×".join(map(str, sizes)) or "a number"


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
    names, gone = [], set()
    for tensor, role in ((left, "wrt"), (right, "of")):
        own: list[str] = []
        for i, axis in enumerate(tensor.axes):
            if axis.var == var and axis.role == role:
                shared = f"*{sum(name.startswith('*') for name in own)}"
                own.append(shared)
                gone.add(shared)
            else:
                own.append(f"{role}{i}")
        names.append(own)
    joined = combine((left, right), names, field.mul)
    order = list(dict.fromkeys([*names[0], *names[1]]))
    return sum_out(joined, lambda i: order[i] in gone, field)


def chained(name: str) -> str:
    """How a set of axes says that a Jacobian outside can still be chained through a variable."""
    return f"∂{name}"


def shared_variable(left: Tensor, right: Tensor) -> Leaf | None:
    """The variable v of ∂u/∂v · ∂v/∂w, if that is what the two are."""
    wrt = {axis.var for axis in left.axes if axis.role == "wrt"}
    return next((axis.var for axis in right.axes if axis.role == "of" and axis.var in wrt), None)


def chain(factors: list[Tensor], field: Field, adjacent: bool) -> list[Tensor]:
    """The factors with every pair of Jacobians that share a variable chained."""
    factors = list(factors)
    while True:
        pairs = (
            (i, k)
            for i in range(len(factors))
            for k in range(len(factors))
            if i != k and (not adjacent or abs(i - k) == 1)
        )
        for i, k in pairs:
            var = shared_variable(factors[i], factors[k])
            if var is not None:
                joined = contract(factors[i], factors[k], var, field)
                factors = [f for n, f in enumerate(factors) if n not in (i, k)]
                factors.insert(min(i, k), joined)
                break
        else:
            return factors


class NamedAxes:
    """Scalar notation: products run along the names of the axes, and what the left side lacks is summed."""

    def multiply(
        self, factors: list[Tensor], ops: tuple[str, ...], keep: frozenset[str] | None, field: Field
    ) -> Tensor:
        if ops == ("matvec",):
            return self.matrix_vector(factors[0], factors[1], field)
        linked = chain(factors, field, adjacent=False)
        joined = combine(linked, [tensor.labels for tensor in linked], field.mul) if len(linked) > 1 else linked[0]
        if keep is None:
            return joined
        labels = joined.labels
        linked_on = [axis.var is not None and chained(axis.var.name) in keep for axis in joined.axes]
        claimed = {axis.label for axis, kept in zip(joined.axes, linked_on, strict=True) if kept}

        def gone(i: int) -> bool:
            axis = joined.axes[i]
            if linked_on[i] or (labels[i] in keep and axis.label not in claimed):
                return False
            if axis.role:
                raise ShapeMismatch(f"a Jacobian is chained with nothing through {_named(axis)}")
            return True

        return sum_out(joined, gone, field)

    def matrix_vector(self, matrix: Tensor, vector: Tensor, field: Field) -> Tensor:
        """w a: the last axis of the matrix against the vector."""
        if not vector.axes or not matrix.axes:
            return combine((matrix, vector), (matrix.labels, vector.labels), field.mul)
        if matrix.sizes[-1] != vector.sizes[0]:
            return combine((matrix, vector), (matrix.labels, ("v",)), field.mul)
        names = [*(f"row{i}" for i in range(len(matrix.axes) - 1)), "shared"]
        joined = combine((matrix, vector), (names, ("shared",)), field.mul)
        return sum_out(joined, lambda i: i == len(names) - 1, field)

    def add(self, terms: list[Tensor], field: Field) -> Tensor:
        return combine(terms, [tensor.labels for tensor in terms], field.add)

    def power(self, base: Tensor, raise_: Callable[[Scalar], Scalar], exponent: sympy.Rational, field: Field) -> Tensor:
        return replace(base, data=[raise_(entry) for entry in base.data])

    def flip(self, tensor: Tensor) -> Tensor:
        if len(tensor.axes) == 2:
            return _transposed(tensor)
        return tensor

    def diagonal(self, tensor: Tensor, field: Field) -> Tensor:
        return tensor

    def same(self, left: Tensor, right: Tensor) -> list[tuple[Scalar, Scalar]]:
        """The pairs of entries to compare. Raises ShapeMismatch where the axes differ."""
        names = left.labels
        if set(names) != set(right.labels):
            raise ShapeMismatch(f"{left.shape} on the left, {right.shape} on the right")
        order = combine((left, right), (names, right.labels), lambda pair: tuple(pair))
        return [(a, b) for a, b in order.data]


class Matrices:
    """Vector notation: products are matrix products, vectors stand unless they are transposed, and shapes must fit."""

    def multiply(
        self, factors: list[Tensor], ops: tuple[str, ...], keep: frozenset[str] | None, field: Field
    ) -> Tensor:
        if all(any(axis.role for axis in factor.axes) or not factor.axes for factor in factors):
            factors = chain(factors, field, adjacent=False)
            ops = ("",) * (len(factors) - 1)
        elif len(set(ops) & {"odot", "otimes"}) == 0:
            before = len(factors)
            factors = chain(factors, field, adjacent=True)
            if len(factors) < before:
                ops = ("",) * (len(factors) - 1)
        try:
            steps = self._by_strength(ops, factors, field)
            return self._from_left(factors[0], steps, field)
        except ShapeMismatch:
            if "odot" not in ops:
                raise
            return self._from_left(factors[0], list(zip(ops, factors[1:], strict=True)), field)

    def _from_left(self, first: Tensor, steps: list[tuple[str, Tensor]], field: Field) -> Tensor:
        for op, factor in steps:
            first = self.pair(first, factor, op, field)
        return first

    def _by_strength(self, ops: tuple[str, ...], factors: list[Tensor], field: Field) -> list[tuple[str, Tensor]]:
        """⊙ binds less than the matrix product, v ⊙ W u is v ⊙ (W u), unless only (v ⊙ u) xᵀ fits."""
        grouped: list[tuple[str, Tensor]] = []
        for op, factor in zip(ops, factors[1:], strict=True):
            if grouped and op != "odot" and grouped[-1][0] == "odot":
                grouped[-1] = ("odot", self.pair(grouped[-1][1], factor, op, field))
            else:
                grouped.append((op, factor))
        return grouped

    def pair(self, left: Tensor, right: Tensor, op: str, field: Field) -> Tensor:
        """The product of two arrays with what stands between them."""
        if not left.axes or not right.axes:
            scalar, other = (left, right) if not left.axes else (right, left)
            return replace(other, data=[field.mul((scalar.data[0], entry)) for entry in other.data])
        if op == "odot":
            return self._entrywise(left, right, field.mul)
        if op == "otimes":
            return self._outer(left, right, field)
        if op == "cdot" and len(left.axes) == len(right.axes) == 1 and left.row == right.row:
            return sum_out(self._entrywise(left, right, field.mul), lambda i: True, field)
        if len(left.axes) > 2 or len(right.axes) > 2:
            raise ShapeMismatch(f"a product of {left.shape} with {right.shape}")
        if len(left.axes) == 1 and not left.row:
            if len(right.axes) == 1 and right.row:
                return self._outer(left, right, field)
            raise ShapeMismatch(f"a product of a {left.shape} column with {_kind(right)}")
        if len(right.axes) == 1 and right.row:
            raise ShapeMismatch(f"a product of {_kind(left)} with {_kind(right)}")
        if left.sizes[-1] != right.sizes[0]:
            raise ShapeMismatch(f"a product of {_kind(left)} with {_kind(right)}")
        names = [f"l{i}" for i in range(len(left.axes) - 1)], [f"r{i}" for i in range(1, len(right.axes))]
        joined = combine((left, right), ([*names[0], "*"], ["*", *names[1]]), field.mul)
        inner = len(names[0])
        result = sum_out(joined, lambda i: i == inner, field)
        plain = tuple(Axis(axis.label) for axis in result.axes)
        return replace(result, axes=plain, row=left.row and len(plain) == 1)

    def _entrywise(self, left: Tensor, right: Tensor, operation: Callable[[list[Scalar]], Scalar]) -> Tensor:
        if left.sizes != right.sizes or left.row != right.row:
            raise ShapeMismatch(f"{_kind(left)} beside {_kind(right)}, entry by entry")
        data = [operation([a, b]) for a, b in zip(left.data, right.data, strict=True)]
        return Tensor(tuple(Axis(a.label) for a in left.axes), left.sizes, data, left.row)

    def _outer(self, left: Tensor, right: Tensor, field: Field) -> Tensor:
        if len(left.axes) != 1 or len(right.axes) != 1:
            raise ShapeMismatch(f"an outer product of {_kind(left)} with {_kind(right)}")
        data = [field.mul((a, b)) for a in left.data for b in right.data]
        return Tensor((Axis(left.axes[0].label), Axis(right.axes[0].label)), left.sizes + right.sizes, data)

    def add(self, terms: list[Tensor], field: Field) -> Tensor:
        full = [term for term in terms if term.axes]
        if not full:
            return combine(terms, [()] * len(terms), field.add)
        first = full[0]
        for other in full[1:]:
            if other.sizes != first.sizes or other.row != first.row:
                raise ShapeMismatch(f"a sum of {_kind(first)} and {_kind(other)}")
        count = len(first.data)
        columns = [term.data if term.axes else term.data * count for term in terms]
        axes = first.axes if all(t.axes == first.axes for t in full) else tuple(Axis(a.label) for a in first.axes)
        return Tensor(
            axes, first.sizes, [field.add(list(entries)) for entries in zip(*columns, strict=True)], first.row
        )

    def power(self, base: Tensor, raise_: Callable[[Scalar], Scalar], exponent: sympy.Rational, field: Field) -> Tensor:
        if len(base.axes) < 2:
            return replace(base, data=[raise_(entry) for entry in base.data])
        if exponent.q != 1 or exponent < 1 or base.sizes[0] != base.sizes[1]:
            raise ShapeMismatch(f"the power {exponent} of {_kind(base)}")
        result = base
        for _ in range(int(exponent) - 1):
            result = self.pair(result, base, "", field)
        return result

    def flip(self, tensor: Tensor) -> Tensor:
        if len(tensor.axes) > 2:
            raise ShapeMismatch(f"the transpose of {tensor.shape}")
        plain = replace(tensor, axes=tuple(Axis(axis.label) for axis in tensor.axes))
        return _transposed(plain) if len(plain.axes) == 2 else replace(plain, row=bool(plain.axes) and not plain.row)

    def diagonal(self, tensor: Tensor, field: Field) -> Tensor:
        if not tensor.axes:
            return tensor
        if len(tensor.axes) != 1:
            raise ShapeMismatch(f"diag of {_kind(tensor)}")
        zero, size = field.number(sympy.S.Zero), tensor.sizes[0]
        data = [tensor.data[i] if i == k else zero for i in range(size) for k in range(size)]
        return Tensor((Axis(tensor.axes[0].label),) * 2, (size, size), data)

    def same(self, left: Tensor, right: Tensor) -> list[tuple[Scalar, Scalar]]:
        if left.sizes != right.sizes or left.row != right.row:
            raise ShapeMismatch(f"{_kind(left)} on the left, {_kind(right)} on the right")
        return list(zip(left.data, right.data, strict=True))


def _named(axis: Axis) -> str:
    assert axis.var is not None
    return f"{axis.var.name}({axis.var.step})" if isinstance(axis.var, Value) else axis.var.name


def _transposed(tensor: Tensor) -> Tensor:
    rows, columns = tensor.sizes
    data = [tensor.data[i * columns + k] for k in range(columns) for i in range(rows)]
    return Tensor(tensor.axes[::-1], tensor.sizes[::-1], data)


def _kind(tensor: Tensor) -> str:
    if not tensor.axes:
        return "a number"
    if len(tensor.axes) == 1:
        return f"a {'1×' if tensor.row else ''}{tensor.sizes[0]}{'×1' if not tensor.row else ''} vector"
    return f"a {tensor.shape} matrix"
