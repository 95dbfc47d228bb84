"""The array program on a share of a batch in loops compiled by Numba: without Python's calls between two operations,
and without a BLAS's for small products."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from derive.algebra.array import Array as Expression
from derive.algebra.array import Outer, Value, t
from numeric.engines import elementary, elementary_single
from numeric.engines.array_kernels import multiply, view
from numeric.engines.array_source import Source, Unwritten
from numeric.engines.array_tape import Tape
from numeric.engines.loop import FAST_MATH, Distinct

__all__ = ["Loops", "Source", "Unwritten"]

Array = NDArray[Any]


class Loops(Tape):
    """A tape of one call, a compiled one. Raises Unwritten for a program that has operations without loops."""

    LEAST = 2**23

    def _record(self) -> None:
        source = Source(self)
        arguments = tuple(source.arguments.values())
        types = tuple(numba.typeof(argument) for argument in arguments)
        self.calls.append(partial(_compiled(source.text, self.dtype, types), *arguments))

    def _gradient(self, term: Expression) -> Callable[[], Array]:
        if not isinstance(term, Outer):
            assert isinstance(term, Value)
            rows = self.flat(term.name, int(term.step - t))
            ones = np.ones((1, len(rows)), self.dtype)
            return lambda: _product(ones, rows).reshape([self.sizes[d] for d in term.shape])
        assert isinstance(term.left, Value) and isinstance(term.right, Value)
        left, right = term.left, term.right
        if self._looked_up(left) and not self._looked_up(right):
            return partial(self._scattered, left, right)
        if self._looked_up(right) and not self._looked_up(left):
            return lambda: self._scattered(right, left).T
        columns, rows = (self.flat(value.name, int(value.step - t)) for value in (left, right))
        return partial(_product, columns.T, rows)

    def _looked_up(self, value: Value) -> bool:
        return value.name in self.indices and value.step == t

    def _scattered(self, one_hot: Value, other: Value) -> Array:
        """The sum of their outer products: each row is added to that of its unit."""
        sums = np.zeros([self.sizes[d] for d in (*one_hot.shape, *other.shape)], self.dtype)
        _scatter(self.indices[one_hot.name], self.flat(other.name, int(other.step - t)), sums)
        return sums


def _product(a: Array, w: Array) -> Array:
    """a·w, for a matrix and rows."""
    out = np.zeros((len(a), w.shape[1]), w.dtype)
    row, step = (stride // a.itemsize for stride in a.strides)
    flat = a.reshape(-1) if a.flags.c_contiguous else a.T.reshape(-1)
    _multiplied(w.dtype)(flat, row, step, *a.shape, w.reshape(-1), w.shape[1], out.reshape(-1))
    return out


@cache
def _multiplied(dtype: np.dtype[Any]) -> Callable[..., None]:
    """`multiply`, for Python."""
    multiplied = multiply(dtype)

    @numba.njit(nogil=True)
    def run(a, a_row, a_step, rows, depth, w, width, out):  # type: ignore[no-untyped-def]
        multiplied(a, a_row, a_step, rows, depth, w, width, out)

    return run


@numba.njit(nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _scatter(units: Array, rows: Array, sums: Array) -> None:
    for r in range(len(units)):
        row, total = rows[r], sums[units[r]]
        for i in range(len(row)):
            total[i] += row[i]


@cache
def _compiled(source: str, dtype: np.dtype[Any], types: tuple[Any, ...]) -> Callable[..., None]:
    module = elementary if dtype == np.float64 else elementary_single
    namespace: dict[str, Any] = {name: getattr(module, name) for name in ("exp", "tanh", "sigmoid")}
    namespace |= {"log": np.log, "sqrt": np.sqrt, "real": dtype.type, "view": view, "multiply": multiply(dtype)}
    exec(compile(source, "<the program on a batch as loops>", "exec"), namespace)
    jit = numba.njit(fastmath=FAST_MATH, error_model="numpy", nogil=True, pipeline_class=Distinct)
    function: Any = jit(namespace["run"])
    function.compile(types)
    return function
