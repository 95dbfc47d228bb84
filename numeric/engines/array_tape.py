"""The array program as a tape: for fixed sizes, the NumPy calls that run it, on fixed buffers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.algebra.array import Array as Expression
from derive.algebra.array import Outer, Value, t
from derive.program import Block, LogSoftmax, Program, reads
from numeric.engines.array_buffers import Buffers, Weights
from numeric.engines.array_calls import ALL, Writer

Array = NDArray[Any]


class Tape(Buffers):
    """The calls that run a program on a number of sequences."""

    LEAST = 2**20  # multiplications between two calls: with less, threads cost too much

    def __init__(self, program: Program, sizes: Mapping[str, int], weights: Weights, dense: Collection[str]) -> None:
        super().__init__(program, sizes, weights, dense)
        self.scale = self.number(program.model.scale)
        self._record()
        self.gradients = {name: [self._gradient(term) for term in terms] for name, terms in program.gradients.items()}

    def run(self, inputs: Mapping[str, Array], states: Mapping[str, Array]) -> tuple[float, dict[str, Array]]:
        """Return the loss, summed over the sequences, and the states at step T. Then each of the `gradients` is the sum
        of what its calls return, in any order and thread."""
        for name in self.inputs:
            if name in self.indices:
                self.indices[name][:] = inputs[name].ravel()
            else:
                rows = self.once(name) if name in self.program.once else self.all_steps(name)[1:-1]
                rows[...] = np.reshape(inputs[name], rows.shape)
        for state in self.program.states:
            self.all_steps(state.value.name)[0 if state.side < 0 else -1] = states.get(state.value.name, 0)
        for call in self.calls:
            call()
        name = self.program.loss.name
        losses = self.local[name] if name in self.program.once else self.kept[name][1:-1]
        loss = losses.sum(dtype=np.float64) * self.scale
        ends = {s.value.name: self.T if s.side < 0 else 1 for s in reversed(self.program.states)}
        return float(loss), {name: self.kept[name][step].copy() for name, step in reversed(ends.items())}

    # Blocks

    def _record(self) -> None:
        for block in self.program.blocks:
            (self._at_the_end if block.once else self._loop if block.direction else self._all_at_once)(block)

    def _all_at_once(self, block: Block) -> None:
        for equation in block.equations:
            name, expression = equation.name, equation.expression
            self._begin(name)
            if isinstance(expression, LogSoftmax) and name in block.softmaxes:
                out, y = self.flat(name, 0), self.flat(block.softmaxes[name], 0)
                Writer(self, ALL).log_softmax(expression.operand, out, 0, y)
            elif name not in block.softmaxes.values() and not self._tabulate(name, expression):
                Writer(self, ALL).write(expression, self.flat(name, 0))

    def _at_the_end(self, block: Block) -> None:
        for equation in block.equations:
            Writer(self, self.T).write(equation.expression, self.once(equation.name))

    def _begin(self, name: str) -> None:
        """What stands before the first step or after the last, where it is a value of the whole run."""
        if name in self.program.ends:
            row = 0 if (name, -1) in self.program.edges else self.T + 1
            buffer = self.local[name] if name in self.local else self.all_steps(name)[row]
            self.calls.append(partial(np.copyto, buffer, self.once(self.program.ends[name])))

    def _loop(self, block: Block) -> None:
        for equation in block.equations:
            name = equation.name
            if name in self.program.kept:
                self.all_steps(name)
            else:
                self.local[name] = np.zeros((self.B, self.width(equation.expression.shape)), self.dtype)
                self.calls.append(partial(self.local[name].fill, 0))
            self._begin(name)
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
            left, right = (self._rows(v, self.program.is_once(term)) for v in (term.left, term.right))
            return partial(np.matmul, left.T, right)
        assert isinstance(term, Value)
        rows = self._rows(term, self.program.is_once(term))
        ones = np.ones(len(rows), self.dtype)
        return lambda: (ones @ rows).reshape([self.sizes[d] for d in term.shape])

    def _rows(self, value: Value, once: bool) -> Array:
        """The rows that a gradient sums over: those of all steps, or of the last alone."""
        rows = Writer(self, self.T if once else ALL).leaf(value)
        assert rows is not None
        return rows
