"""The buffers on which the tape of an array program works.

Sizes are fixed. A buffer has a row for each sequence (and for each step, where all steps are needed: a product at all
steps is then one matrix product).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Expr

from derive.algebra.array import Shape
from derive.program import Program

Array = NDArray[Any]


class Weights:
    """The parameters, and the transposes that products need, in buffers that any number of tapes read."""

    def __init__(self, program: Program, sizes: Mapping[str, int], dtype: Any) -> None:
        self.arrays = {p.name: np.zeros([sizes[d] for d in p.shape], dtype) for p in program.model.parameters}
        self._transposed: dict[str, Array] = {}

    def load(self, parameters: Mapping[str, Array]) -> None:
        for name, buffer in self.arrays.items():
            buffer[...] = parameters[name]
        for name, buffer in self._transposed.items():
            buffer[...] = self.arrays[name].T

    def transposed(self, name: str) -> Array:
        """A parameter's transpose, laid out by rows: some BLAS take twice as long where it is only a view."""
        if name not in self._transposed:
            self._transposed[name] = np.ascontiguousarray(self.arrays[name].T)
        return self._transposed[name]


class Buffers:
    """The values of a program on a number of sequences, and the calls that fill them in order."""

    def __init__(self, program: Program, sizes: Mapping[str, int], weights: Weights, dense: Collection[str]) -> None:
        self.program, self.sizes, self.weights = program, sizes, weights
        self.T, self.B = sizes["T"], sizes["B"]
        self.dtype = next(iter(weights.arrays.values())).dtype
        self.calls: list[Callable[[], object]] = []
        self.scratch: dict[tuple[int, int, int], Array] = {}
        self.inputs = {value.name: value for value in program.model.inputs}
        one_hot = [v.name for v in program.model.inputs if v.one_hot and v.name not in dense]
        self.indices = {n: np.zeros(self.B if n in program.once else self.T * self.B, np.intp) for n in one_hot}
        self.tables: dict[str, tuple[str, Array]] = {}  # for a function of a one-hot input: a row for each of its units
        self.kept: dict[str, Array] = {}  # (T+2)×B×n: a row for each step from 0 to T+1
        self.local: dict[str, Array] = {}  # B×n: the current step's, in a loop, or of the whole run

    def width(self, shape: Shape) -> int:
        return int(np.prod([self.sizes[d] for d in shape], dtype=int))

    def number(self, number: Expr) -> float:
        return float(number.subs("T", self.T))

    def all_steps(self, name: str) -> Array:
        """The buffer with all steps of a value, made when it is first asked for."""
        if name not in self.kept:
            shape = self.inputs[name].shape if name in self.inputs else self.program.shapes[name]
            self.kept[name] = np.zeros((self.T + 2, self.B, self.width(shape)), self.dtype)
            if name in self.indices:
                self.calls.insert(0, partial(self._fill_one_hot, name))
            if name in self.tables:
                source, table = self.tables[name]
                self.calls.append(partial(table.take, self.indices[source], 0, self.flat(name, 0), "clip"))
        return self.kept[name]

    def once(self, name: str) -> Array:
        """The buffer of a value of the whole run, made when it is first asked for."""
        if name not in self.local:
            shape = self.inputs[name].shape if name in self.inputs else self.program.shapes[name]
            self.local[name] = np.zeros((self.B, self.width(shape)), self.dtype)
            if name in self.indices:
                self.calls.insert(0, partial(self._fill_one_hot, name))
        return self.local[name]

    def flat(self, name: str, shift: int) -> Array:
        """All steps, moved by `shift`, as the rows of a matrix."""
        buffer = self.all_steps(name)
        return buffer[1 + shift : self.T + 1 + shift].reshape(self.T * self.B, -1)

    def temporary(self, like: Array, width: int, depth: int) -> Array:
        """A buffer for what is computed on the way to `like`; one at each depth."""
        key = (len(like), width, depth)
        if key not in self.scratch:
            self.scratch[key] = np.empty((len(like), width), self.dtype)
        return self.scratch[key]

    def _fill_one_hot(self, name: str) -> None:
        rows = self.once(name) if name in self.program.once else self.flat(name, 0)
        rows.fill(0)
        rows[np.arange(len(rows)), self.indices[name]] = 1
