"""The two ways in which notes multiply arrays: along the names of their axes (scalar notation) or as matrices."""

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
    contract,
    identity,
    shared_variable,
    sum_out,
)
from derive.kernel.field import Field, Scalar


class NamedAxes:
    """Scalar notation: products run along the names of the axes, and what the left side lacks is summed."""

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


class Matrices:
    """Vector notation: products are matrix products, vectors stand unless they are transposed, and shapes must fit."""

    def multiply(
        self, factors: list[Tensor], ops: tuple[str, ...], keep: frozenset[str] | None, field: Field
    ) -> Tensor:
        numbers = [factor for factor in factors if not factor.axes]
        if numbers:  # out of the way of what is to be chained, empty products too
            scale = [factor.data[0] for factor in numbers]
            if len(numbers) == len(factors):
                return Tensor((), (), [field.mul(scale)], unit=any(factor.unit for factor in numbers))
            result = self.multiply(*_without_numbers(factors, ops), keep, field)
            return replace(result, data=[field.mul((*scale, entry)) for entry in result.data])
        factors, ops = self._chained(factors, ops, field)
        try:
            steps = self._by_strength(ops, factors, field)
            return self._from_left(factors[0], steps, field)
        except ShapeMismatch:
            if "odot" not in ops:
                raise
            return self._from_left(factors[0], list(zip(ops, factors[1:], strict=True)), field)

    def _chained(
        self, factors: list[Tensor], ops: tuple[str, ...], field: Field
    ) -> tuple[list[Tensor], tuple[str, ...]]:
        """The factors with ∂u/∂v ∂v/∂w side by side, in this order, chained."""
        kept, between = factors[:1], list[str]()
        for op, factor in zip(ops, factors[1:], strict=True):
            var = shared_variable(kept[-1], factor) if op not in ("odot", "otimes") else None
            if var is not None:
                joined = contract(kept[-1], factor, var, field)
                kept[-1] = replace(joined, row=kept[-1].row and len(joined.axes) == 1)
            else:
                kept.append(factor)
                between.append(op)
        return kept, tuple(between)

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
            raise ShapeMismatch(f"a product of {_kind(left)} with {_kind(right)}")
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
        square = next((term for term in full if len(term.axes) == 2 and term.sizes[0] == term.sizes[1]), None)
        if square is not None:
            terms = [identity(term, square, field) if term.unit else term for term in terms]
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


def _without_numbers(factors: list[Tensor], ops: tuple[str, ...]) -> tuple[list[Tensor], tuple[str, ...]]:
    """The factors with axes; where a number is left out, a ⊙ on either side of it stays."""
    kept, between, passed = list[Tensor](), list[str](), list[str]()
    for op, factor in zip(("", *ops), factors, strict=True):
        passed.append(op)
        if factor.axes:
            kept.append(factor)
            between.append("odot" if "odot" in passed else op)
            passed.clear()
    return kept, tuple(between[1:])


def _transposed(tensor: Tensor) -> Tensor:
    rows, columns = tensor.sizes
    data = [tensor.data[i * columns + k] for k in range(columns) for i in range(rows)]
    return Tensor(tensor.axes[::-1], tensor.sizes[::-1], data)


def _kind(tensor: Tensor) -> str:
    if not tensor.axes:
        return "a number"
    if len(tensor.axes) == 1:
        return f"a {'1×' if tensor.row else ''}{tensor.sizes[0]}{'×1' if not tensor.row else ''} vector"
    return f"a {tensor.shape} {'matrix' if len(tensor.axes) == 2 else 'array'}"
