"""The array program as a tape: for fixed sizes, the NumPy calls that run it, on fixed buffers.

A buffer has a row for each sequence (and for each step, where all steps are needed: a product at all steps is then one
matrix product).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Expr

from derive.array import Array as Expression
from derive.array import Outer, Shape, Value, t
from derive.program import Block, LogSoftmax, Program, reads
from numeric.engines.array_calls import ALL, Writer

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


class Tape:
    """The calls that run a program on a number of sequences, and the buffers they work on."""

    def __init__(self, program: Program, sizes: Mapping[str, int], weights: Weights, dense: Collection[str]) -> None:
        self.program, self.sizes, self.weights = program, sizes, weights
        self.T, self.B = sizes["T"], sizes["B"]
        self.dtype = next(iter(weights.arrays.values())).dtype
        self.calls: list[Callable[[], object]] = []
        self.scratch: dict[tuple[int, int, int], Array] = {}
        self.inputs = {value.name: value for value in program.model.inputs}
        one_hot = [v.name for v in program.model.inputs if v.one_hot and v.name not in dense]
        self.indices = {name: np.zeros(self.T * self.B, np.intp) for name in one_hot}
        self.tables: dict[str, tuple[str, Array]] = {}  # for a function of a one-hot input: a row for each of its units
        self.kept: dict[str, Array] = {}  # (T+2)×B×n: a row for each step from 0 to T+1
        self.local: dict[str, Array] = {}  # B×n: the current step's, in a loop
        for block in program.blocks:
            (self._loop if block.direction else self._all_at_once)(block)
        self.gradients = {name: [self._gradient(term) for term in terms] for name, terms in program.gradients.items()}

    def run(self, inputs: Mapping[str, Array], states: Mapping[str, Array]) -> tuple[float, dict[str, Array]]:
        """Return the loss, summed over the sequences, and the states at step T. Then each of the `gradients` is the sum
        of what its calls return, in any order and thread."""
        for name in self.inputs:
            if name in self.indices:
                self.indices[name][:] = inputs[name].ravel()
            else:
                self.all_steps(name)[1:-1] = inputs[name]
        for state in self.program.model.states:
            self.kept[state.name][0] = states.get(state.name, 0)
        for call in self.calls:
            call()
        loss = self.kept[self.program.loss.name][1:-1].sum(dtype=np.float64) * self.number(self.program.model.scale)
        return float(loss), {s.name: self.kept[s.name][self.T].copy() for s in self.program.model.states}

    # Buffers

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
        rows = self.flat(name, 0)
        rows.fill(0)
        rows[np.arange(len(rows)), self.indices[name]] = 1

    # Blocks

    def _all_at_once(self, block: Block) -> None:
        for equation in block.equations:
            name, expression = equation.name, equation.expression
            if isinstance(expression, LogSoftmax) and name in block.softmaxes:
                out, y = self.flat(name, 0), self.flat(block.softmaxes[name], 0)
                Writer(self, ALL).log_softmax(expression.operand, out, 0, y)
            elif name not in block.softmaxes.values() and not self._tabulate(name, expression):
                Writer(self, ALL).write(expression, self.flat(name, 0))

    def _loop(self, block: Block) -> None:
        for equation in block.equations:
            name = equation.name
            if name in self.program.kept:
                self.all_steps(name)
            else:
                self.local[name] = np.zeros((self.B, self.width(equation.expression.shape)), self.dtype)
                self.calls.append(partial(self.local[name].fill, 0))
        steps = range(1, self.T + 1)
        for step in steps if block.direction > 0 else reversed(steps):
            for equation in block.equations:
                out = self.local[equation.name] if equation.name in self.local else self.kept[equation.name][step]
                Writer(self, step).write(equation.expression, out)

    def _tabulate(self, name: str, expression: Expression) -> bool:
        """Compute what depends on one one-hot input alone once for each unit; `all_steps` looks it up."""
        leaves = set(reads(expression))
        sources = {self.tables[leaf.name][0] if leaf.name in self.tables else leaf.name for leaf in leaves}
        if len(sources) != 1 or not sources <= self.indices.keys() or any(leaf.step != t for leaf in leaves):
            return False
        source = sources.pop()
        units = self.width(self.inputs[source].shape)
        table = np.zeros((units, self.width(expression.shape)), self.dtype)
        known: dict[Expression, Array] = {v: self.tables[v.name][1] for v in leaves if v.name in self.tables}
        Writer(self, ALL, known, source).write(expression, table)
        self.tables[name] = (source, table)
        return True

    def _gradient(self, term: Expression) -> Callable[[], Array]:
        if isinstance(term, Outer):
            assert isinstance(term.left, Value) and isinstance(term.right, Value)
            left, right = (self.flat(v.name, int(v.step - t)) for v in (term.left, term.right))
            return partial(np.matmul, left.T, right)
        assert isinstance(term, Value)
        rows = self.flat(term.name, int(term.step - t))
        ones = np.ones(len(rows), self.dtype)
        return lambda: (ones @ rows).reshape([self.sizes[d] for d in term.shape])
