"""The array program in NumPy at matrix level, for batches and large sizes. The default engine of `--text`.

For fixed sizes the program is compiled to a tape of NumPy calls on fixed buffers, a row for each sequence of the batch
(and for each step, where all steps are needed: a product at all steps is then one matrix product).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray
from sympy import Add, Expr, Mul, Pow

from derive.array import Array as Expression
from derive.array import Map, MatMul, Outer, Parameter, Shape, Softmax, Total, Transpose, Value, slot, t
from derive.evaluate import function_name
from derive.lower import Block, LogSoftmax, Program, lower, reads
from derive.model import Model
from numeric.engines import Engine, Parameters, units

Array = NDArray[Any]
ALL = 0  # the place of what runs at all steps at once; a positive place is a step
FUNCTIONS = {"tanh": np.tanh, "exp": np.exp, "log": np.log}


class Batch:
    """Loss and gradients of a program on batches; `sizes` gives T, B (the sequences of a batch) and every dimension."""

    def __init__(
        self, program: Program, sizes: Mapping[str, int], dtype: Any = np.float64, dense: Collection[str] = ()
    ) -> None:
        self.parameters = {p.name: np.zeros([sizes[d] for d in p.shape], dtype) for p in program.model.parameters}
        self.tape = Tape(program, sizes, self.parameters, dense)

    def __call__(
        self, parameters: Mapping[str, Array], inputs: Mapping[str, Array], states: Mapping[str, Array] | None = None
    ) -> tuple[float, Parameters, dict[str, Array]]:
        """Return the loss and the gradients, summed over the batch, and the states at step T.

        `inputs` are T×B×n; those that the model calls one-hot are T×B indices instead, unless they are among `dense`.
        `states` are those at step 0, B×n, zero unless given.
        """
        for name, buffer in self.parameters.items():
            buffer[...] = parameters[name]
        with np.errstate(over="ignore"):  # the exponential in a sigmoid: 1/(1 + inf) is the 0 that is meant
            return self.tape.run(inputs, states or {})


class Tape:
    """The calls that run a program on one batch, and the buffers they work on."""

    def __init__(
        self, program: Program, sizes: Mapping[str, int], parameters: Mapping[str, Array], dense: Collection[str]
    ) -> None:
        self.program, self.sizes, self.parameters = program, sizes, parameters
        self.T, self.B = sizes["T"], sizes["B"]
        self.dtype = next(iter(parameters.values())).dtype
        self.calls: list[Callable[[], object]] = []
        self.columns: dict[str, Array] = {}
        self.scratch: dict[tuple[int, int, int], Array] = {}
        self.inputs = {value.name: value for value in program.model.inputs}
        one_hot = [v.name for v in program.model.inputs if v.one_hot and v.name not in dense]
        self.indices = {name: np.zeros(self.T * self.B, np.intp) for name in one_hot}
        self.tables: dict[str, tuple[str, Array]] = {}  # for a function of a one-hot input: a row for each of its units
        self.kept: dict[str, Array] = {}  # (T+2)×B×n: a row for each step from 0 to T+1
        self.local: dict[str, Array] = {}  # B×n: the current step's, in a loop
        for block in program.blocks:
            self._block(block)
        self.gradients = {name: [self._gradient(term) for term in terms] for name, terms in program.gradients.items()}

    def run(
        self, inputs: Mapping[str, Array], states: Mapping[str, Array]
    ) -> tuple[float, Parameters, dict[str, Array]]:
        for name in self.inputs:
            if name in self.indices:
                self.indices[name][:] = inputs[name].ravel()
            else:
                self._all_steps(name)[1:-1] = inputs[name]
        for state in self.program.model.states:
            self.kept[state.name][0] = states.get(state.name, 0)
        for call in self.calls:
            call()
        loss = self.kept[self.program.loss.name][1:-1].sum(dtype=np.float64) * self._number(self.program.model.scale)
        gradients = {
            name: sum((term() for term in terms), np.zeros_like(self.parameters[name]))
            for name, terms in self.gradients.items()
        }
        return float(loss), gradients, {s.name: self.kept[s.name][self.T].copy() for s in self.program.model.states}

    # Buffers

    def transposed(self, name: str) -> Array:
        """A parameter's transpose, laid out by rows: some BLAS take twice as long where it is only a view."""
        if name not in self.columns:
            matrix = self.parameters[name].T
            self.columns[name] = np.empty(matrix.shape, self.dtype)
            self.calls.insert(0, partial(np.copyto, self.columns[name], matrix))
        return self.columns[name]

    def _width(self, shape: Shape) -> int:
        return int(np.prod([self.sizes[d] for d in shape], dtype=int))

    def _all_steps(self, name: str) -> Array:
        """The buffer with all steps of a value, made when it is first asked for."""
        if name not in self.kept:
            shape = self.inputs[name].shape if name in self.inputs else self.program.shapes[name]
            self.kept[name] = np.zeros((self.T + 2, self.B, self._width(shape)), self.dtype)
            if name in self.indices:
                self._gather(np.eye(self._width(shape), dtype=self.dtype), name, self._flat(name, 0), first=True)
        return self.kept[name]

    def _flat(self, name: str, shift: int) -> Array:
        """All steps, moved by `shift`, as the rows of a matrix."""
        buffer = self._all_steps(name)
        return buffer[1 + shift : self.T + 1 + shift].reshape(self.T * self.B, -1)

    def _temporary(self, like: Array, width: int, depth: int) -> Array:
        key = (len(like), width, depth)
        if key not in self.scratch:
            self.scratch[key] = np.empty((len(like), width), self.dtype)
        return self.scratch[key]

    def _gather(self, table: Array, name: str, out: Array, first: bool = False) -> None:
        call = partial(table.take, self.indices[name], 0, out, "clip")
        self.calls.insert(0 if first else len(self.calls), call)

    # Blocks

    def _block(self, block: Block) -> None:
        if block.direction == 0:
            softmaxes = block.softmaxes
            for equation in block.equations:
                name, expression = equation.name, equation.expression
                if isinstance(expression, LogSoftmax) and name in softmaxes:
                    out, y = self._flat(name, 0), self._flat(softmaxes[name], 0)
                    _Writer(self, ALL).log_softmax(expression.operand, out, 0, y)
                elif name not in softmaxes.values() and not self._tabulate(name, expression):
                    _Writer(self, ALL).write(expression, self._flat(name, 0))
            return
        for equation in block.equations:
            name = equation.name
            if name in self.program.kept:
                self._all_steps(name)
            else:
                self.local[name] = np.zeros((self.B, self._width(equation.expression.shape)), self.dtype)
                self.calls.append(partial(self.local[name].fill, 0))
        steps = range(1, self.T + 1)
        for step in steps if block.direction > 0 else reversed(steps):
            for equation in block.equations:
                out = self.local[equation.name] if equation.name in self.local else self.kept[equation.name][step]
                _Writer(self, step).write(equation.expression, out)

    def _tabulate(self, name: str, expression: Expression) -> bool:
        """Compute what depends on one one-hot input alone once for each unit, and look it up at every step."""
        leaves = set(reads(expression))
        sources = {self.tables[leaf.name][0] if leaf.name in self.tables else leaf.name for leaf in leaves}
        if len(sources) != 1 or not sources <= self.indices.keys() or any(leaf.step != t for leaf in leaves):
            return False
        source = sources.pop()
        units = self._width(self.inputs[source].shape)
        table = np.zeros((units, self._width(expression.shape)), self.dtype)
        self.tables.setdefault(source, (source, np.eye(units, dtype=self.dtype)))
        _Writer(self, ALL, {leaf: self.tables[leaf.name][1] for leaf in leaves}).write(expression, table)
        self.tables[name] = (source, table)
        if name in self.program.kept:
            self._gather(table, source, self._flat(name, 0))
        return True

    def _gradient(self, term: Expression) -> Callable[[], Array]:
        if isinstance(term, Outer):
            assert isinstance(term.left, Value) and isinstance(term.right, Value)
            left, right = (self._flat(v.name, int(v.step - t)) for v in (term.left, term.right))
            return partial(np.matmul, left.T, right)
        assert isinstance(term, Value)
        rows = self._flat(term.name, int(term.step - t))
        ones = np.ones(len(rows), self.dtype)
        return lambda: (ones @ rows).reshape([self.sizes[d] for d in term.shape])

    def _number(self, number: Expr) -> float:
        return float(number.subs("T", self.T))


class _Writer:
    """Appends to a tape the calls that compute an expression at one place (a step, or all steps) into a buffer. `given`
    holds rows for leaves that stand for something else than their values there."""

    def __init__(self, tape: Tape, place: int, given: Mapping[Expression, Array] | None = None) -> None:
        self.tape, self.place, self.given = tape, place, given or {}

    def leaf(self, leaf: Expression) -> Array | None:
        """The rows of a named value, the row of a parameter; None for anything else."""
        if leaf in self.given:
            return self.given[leaf]
        if isinstance(leaf, Parameter):
            return self.tape.parameters[leaf.name]
        if not isinstance(leaf, Value):
            return None
        shift = int(leaf.step - t)
        if self.place == ALL:
            return self.tape._flat(leaf.name, shift)
        if leaf.name in self.tape.local:
            return self.tape.local[leaf.name]
        return self.tape._all_steps(leaf.name)[self.place + shift]

    def call(self, function: Callable[..., object], *args: Any) -> None:
        self.tape.calls.append(partial(function, *args))

    def write(self, expression: Expression, out: Array, depth: int = 0) -> None:
        width = self.tape._width(expression.shape)
        if width != out.shape[-1]:  # a scalar for each row, where a vector is written
            narrow = self.tape._temporary(out, width, depth)
            self.write(expression, narrow, depth + 1)
            self.call(np.copyto, out, narrow)
            return
        leaf = self.leaf(expression)
        match expression:
            case _ if leaf is not None:
                self.call(np.copyto, out, leaf)
            case Map(_, rule, operands):
                self.rule(rule, operands, out, depth)
            case MatMul(_, left, right):
                self.call(np.matmul, self.operand(right, out, depth), self.matrix(left), out)
            case Total(_, operand):
                self.total(operand, out, depth)
            case Softmax(_, operand):
                self.log_softmax(operand, self.tape._temporary(out, width, depth), depth + 1, out)
            case LogSoftmax(_, operand):
                self.log_softmax(operand, out, depth + 1, self.tape._temporary(out, width, depth))
            case _:
                raise TypeError(f"no NumPy for {type(expression).__name__}")

    def matrix(self, left: Expression) -> Array:
        """The matrix by which rows are multiplied from the right where `left` multiplies vectors from the left."""
        if isinstance(left, Transpose) and isinstance(left.operand, Parameter):
            return self.tape.parameters[left.operand.name]
        assert isinstance(left, Parameter)
        return self.tape.transposed(left.name)

    def operand(self, expression: Expression, like: Array, depth: int) -> Array:
        """The rows of an expression: its own if it has a name, else computed into a temporary."""
        rows = self.leaf(expression)
        if rows is None:
            rows = self.tape._temporary(like, self.tape._width(expression.shape), depth)
            self.write(expression, rows, depth + 1)
        return rows

    def log_softmax(self, operand: Expression, out: Array, depth: int, y: Array) -> None:
        """log softmax(u) = u - m - log Σ exp(u - m) into `out`, m the largest entry of u; softmax(u) into `y`."""
        u = self.operand(operand, out, depth)
        row, logarithm = self.tape._temporary(out, 1, depth), self.tape._temporary(out, 1, depth + 1)
        self.call(np.maximum.reduce, u, -1, None, row, True)
        self.call(np.subtract, u, row, out)
        self.call(np.exp, out, y)
        self.sum(y, row)
        self.call(np.divide, y, row, y)
        self.call(np.log, row, logarithm)
        self.call(np.subtract, out, logarithm, out)

    def sum(self, rows: Array, out: Array) -> None:
        """Sums along rows; as a matrix product it is faster than as a sum."""
        self.call(np.matmul, rows, np.ones((rows.shape[-1], 1), rows.dtype), out)

    def total(self, operand: Expression, out: Array, depth: int) -> None:
        rule, operands = (operand.rule, operand.operands) if isinstance(operand, Map) else (slot(0), (operand,))
        for i, part in enumerate(operands):  # Σ ŷ_k f_k, for a one-hot ŷ, is the one term that is not zero
            if self.looked_up(part) and rule.subs(slot(i), 0) == 0:
                others = [other for other in operands if other is not part and other.shape]
                picked = {other: self.picked(other, part, out, depth) for other in others}
                _Writer(self.tape, self.place, {**self.given, **picked}).rule(
                    rule.subs(slot(i), 1), operands, out, depth + 1
                )
                return
        self.sum(self.operand(operand, out, depth), out)

    def looked_up(self, part: Expression) -> bool:
        """Whether the expression is a one-hot input, given by its indices, at all steps."""
        return (
            isinstance(part, Value) and part.name in self.tape.indices and self.place == ALL and part not in self.given
        )

    def picked(self, expression: Expression, one_hot: Expression, out: Array, depth: int) -> Array:
        """In each row of the expression, the entry at the 1 of the one-hot input."""
        assert isinstance(one_hot, Value)
        rows, entries, places = (
            self.operand(expression, out, depth),
            np.empty_like(out),
            self.tape.indices[one_hot.name],
        )
        if rows.ndim == 2:
            starts, units = np.arange(0, rows.size, rows.shape[1]), places
            places = np.empty_like(units)
            self.call(np.add, starts, units, places)
        self.call(rows.reshape(-1).take, places, None, entries.reshape(-1), "clip")
        return entries

    # Scalar rules, one NumPy call for each operation

    def atom(self, rule: Expr, operands: tuple[Expression, ...]) -> Array | float | None:
        """What needs no computing: a number or a named value."""
        if not rule.free_symbols - {sympy.Symbol("T")}:
            return self.tape._number(rule)
        if rule.is_Symbol:
            return self.leaf(operands[int(rule.name[1:])])
        return None

    def rule(self, rule: Expr, operands: tuple[Expression, ...], out: Array, depth: int) -> None:
        atom = self.atom(rule, operands)
        if atom is not None:
            self.call(np.copyto, out, atom)
        elif rule.is_Symbol:
            self.write(operands[int(rule.name[1:])], out, depth)
        elif isinstance(rule, Add):
            plus = [arg for arg in rule.args if not arg.could_extract_minus_sign()]
            minus = [-arg for arg in rule.args if arg.could_extract_minus_sign()]
            self.chain(plus, minus, np.add, np.subtract, 0.0, operands, out, depth)
        elif isinstance(rule, Mul):
            below = [arg for arg in rule.args if isinstance(arg, Pow) and arg.exp == -1]
            above = [arg for arg in rule.args if arg not in below]
            self.chain(above, [1 / arg for arg in below], np.multiply, np.divide, 1.0, operands, out, depth)
        elif isinstance(rule, Pow):
            base = self.computed(rule.base, operands, out, depth)
            if rule.exp == 2:
                self.call(np.square, base, out)
            else:
                self.call(np.power, base, self.tape._number(rule.exp), out)
        elif rule.is_Function:
            argument = self.computed(rule.args[0], operands, out, depth)
            if function_name(rule) == "sigmoid":
                self.call(np.negative, argument, out)
                self.call(np.exp, out, out)
                self.call(np.add, out, 1.0, out)
                self.call(np.divide, 1.0, out, out)
            else:
                self.call(FUNCTIONS[function_name(rule)], argument, out)
        else:
            raise TypeError(f"no NumPy for {rule}")

    def computed(self, rule: Expr, operands: tuple[Expression, ...], out: Array, depth: int) -> Array | float:
        """The rows of a rule: its own if it has a name, else computed into `out`."""
        atom = self.atom(rule, operands)
        if atom is None:
            self.rule(rule, operands, out, depth)
            return out
        return atom

    def chain(
        self,
        forward: list[Expr],
        inverse: list[Expr],
        combine: np.ufunc,
        undo: np.ufunc,
        unit: float,
        operands: tuple[Expression, ...],
        out: Array,
        depth: int,
    ) -> None:
        """A sum with its negative terms, or a product with its divisors."""
        forward = sorted(forward, key=lambda term: self.atom(term, operands) is not None)  # what is computed first
        current: Array | float = unit
        if forward:
            current = self.computed(forward[0], operands, out, depth)
        for function, terms in ((combine, forward[1:]), (undo, inverse)):
            for term in terms:
                if current is out:
                    spare = self.tape._temporary(out, out.shape[-1], depth)
                    other = self.computed(term, operands, spare, depth + 1)
                else:
                    other = self.computed(term, operands, out, depth)
                self.call(function, current, other, out)
                current = out


class ArrayEngine(Engine):
    """The program on one sequence, in float64."""

    def __init__(self, model: Model, sizes: Mapping[str, int], inputs: Mapping[str, Array]) -> None:
        found = {value.name: units(inputs[value.name]) if value.one_hot else None for value in model.inputs}
        dense = {name for name, indices in found.items() if indices is None}
        self._batch = Batch(lower(model), {**sizes, "B": 1}, dense=dense)
        self._inputs = {name: inputs[name][:, None] if i is None else i[:, None] for name, i in found.items()}

    def loss_and_gradients(self, parameters: Mapping[str, Array]) -> tuple[float, Parameters]:
        loss, gradients, _ = self._batch(parameters, self._inputs)
        return loss, gradients


build = ArrayEngine
