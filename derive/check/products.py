"""How notes in scalar notation multiply arrays: along the names of their axes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import sympy

from derive.algebra.array import Value
from derive.check.tensor import (
    Axis,
    ShapeMismatch,
    Tensor,
    chain,
    chained,
    combine,
    sum_out,
)
from derive.kernel.field import Field, Scalar


class NamedAxes:
    """Products run along the names of the axes, and what the left side lacks is summed."""

    def multiply(
        self, factors: list[Tensor], ops: tuple[str, ...], keep: frozenset[str] | None, field: Field
    ) -> Tensor:
        if ops == ("matvec",):
            return self.matrix_vector(factors[0], factors[1], field)
        linked = chain(factors, field)
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
            raise ShapeMismatch(f"{_kind(left)} on the left, {_kind(right)} on the right")
        order = combine((left, right), (names, right.labels), lambda pair: tuple(pair))
        return [(a, b) for a, b in order.data]


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
        return f"a {tensor.sizes[0]}×1 vector"
    return f"a {tensor.shape} {'matrix' if len(tensor.axes) == 2 else 'array'}"
