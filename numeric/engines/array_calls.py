"""The NumPy calls that compute an expression of the array program, for a tape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray
from sympy import Add, Expr, Mul, Pow

from derive.algebra.array import Array as Expression
from derive.algebra.array import Map, MatMul, Parameter, Softmax, Total, Transpose, Value, slot, slot_index, t
from derive.algebra.evaluate import function_name
from derive.program import LogSoftmax
from numeric.engines.array_buffers import Buffers

Array = NDArray[Any]
ALL = 0  # the place of what runs at all steps at once; a positive place is a step
FUNCTIONS: dict[str, Callable[[Array, Array], object]] = {
    "tanh": np.tanh,
    "exp": np.exp,
    "log": np.log,
    "sin": np.sin,
    "cos": np.cos,
    "softplus": lambda z, out: np.logaddexp(z, 0.0, out=out),
    "relu": lambda z, out: np.maximum(z, 0.0, out=out),
    "positive": lambda z, out: np.heaviside(z, 0.0, out=out),
}
PANEL, SMALL = 64, 10**6  # columns; multiplications (OpenBLAS, interface/gemm.c)


class Writer:
    """Appends to a tape the calls that compute an expression at one place (a step, or all steps) into a buffer.

    `given` holds rows for leaves that stand for something else than their values there. With `units_of`, the name of a
    one-hot input, the rows are not sequences but its units: it is the identity.
    """

    def __init__(
        self, tape: Buffers, place: int, given: Mapping[Expression, Array] | None = None, units_of: str | None = None
    ) -> None:
        self.tape, self.place, self.given, self.units_of = tape, place, given or {}, units_of

    def leaf(self, leaf: Expression) -> Array | None:
        """The rows of a named value, the row of a parameter; None for anything else."""
        if leaf in self.given:
            return self.given[leaf]
        if isinstance(leaf, Parameter):
            return self.tape.weights.arrays[leaf.name]
        if not isinstance(leaf, Value):
            return None
        if leaf.name == self.units_of:
            return np.eye(self.tape.width(leaf.shape), dtype=self.tape.dtype)
        if leaf.name in self.tape.program.once:
            return self.tape.once(leaf.name)
        if leaf.step.is_Integer:
            return self.tape.all_steps(leaf.name)[int(leaf.step)]
        shift = int(leaf.step - t)
        if self.place == ALL:
            return self.tape.flat(leaf.name, shift)
        if leaf.name in self.tape.local:
            return self.tape.local[leaf.name]
        return self.tape.all_steps(leaf.name)[self.place + shift]

    def call(self, function: Callable[..., object], *args: Any) -> None:
        self.tape.calls.append(partial(function, *args))

    def write(self, expression: Expression, out: Array, depth: int = 0) -> None:
        width = self.tape.width(expression.shape)
        if width != out.shape[-1]:  # a scalar for each row, where a vector is written
            narrow = self.tape.temporary(out, width, depth)
            self.write(expression, narrow, depth + 1)
            self.call(np.copyto, out, narrow)
            return
        leaf = self.leaf(expression)
        match expression:
            case _ if leaf is not None:
                self.call(np.copyto, out, leaf)
            case Map(_, rule, operands):
                self.rule(rule, operands, out, depth)
            case MatMul(_, left, Value(_, name)) if name == self.units_of:
                self.call(np.copyto, out, self.matrix(left))  # times the identity
            case MatMul(_, left, right):
                self.product(self.operand(right, out, depth), self.matrix(left), out)
            case Total(_, operand):
                self.total(operand, out, depth)
            case Softmax(_, operand):
                self.log_softmax(operand, self.tape.temporary(out, width, depth), depth + 1, out)
            case LogSoftmax(_, operand):
                self.log_softmax(operand, out, depth + 1, self.tape.temporary(out, width, depth))
            case _:
                raise TypeError(f"no NumPy for {type(expression).__name__}")

    def product(self, rows: Array, matrix: Array, out: Array) -> None:
        """A BLAS multiplies small matrices as they lie, and copies larger ones first, at every step anew: what is just
        too large is multiplied in panels of columns."""
        depth, width = matrix.shape
        if len(rows) * depth * width > SMALL >= len(rows) * depth * PANEL and width % PANEL == 0:
            matrix, out = (np.moveaxis(whole.reshape(len(whole), -1, PANEL), 1, 0) for whole in (matrix, out))
        self.call(np.matmul, rows, matrix, out)

    def matrix(self, left: Expression) -> Array:
        """The matrix by which rows are multiplied from the right where `left` multiplies vectors from the left."""
        if isinstance(left, Transpose) and isinstance(left.operand, Parameter):
            return self.tape.weights.arrays[left.operand.name]
        assert isinstance(left, Parameter)
        return self.tape.weights.transposed(left.name)

    def operand(self, expression: Expression, like: Array, depth: int) -> Array:
        """The rows of an expression: its own if it has a name, else computed into a temporary."""
        rows = self.leaf(expression)
        if rows is None:
            rows = self.tape.temporary(like, self.tape.width(expression.shape), depth)
            self.write(expression, rows, depth + 1)
        return rows

    def log_softmax(self, operand: Expression, out: Array, depth: int, y: Array) -> None:
        """log softmax(u) = u - m - log Σ exp(u - m) into `out`, m the largest entry of u; softmax(u) into `y`."""
        u = self.operand(operand, out, depth)
        row, logarithm = self.tape.temporary(out, 1, depth), self.tape.temporary(out, 1, depth + 1)
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
                Writer(self.tape, self.place, {**self.given, **picked}, self.units_of).rule(
                    rule.subs(slot(i), 1), operands, out, depth + 1
                )
                return
        self.sum(self.operand(operand, out, depth), out)

    def looked_up(self, part: Expression) -> bool:
        """Whether the expression is a one-hot input, given by its indices, at all steps or of the whole run."""
        return (
            isinstance(part, Value)
            and part.name in self.tape.indices
            and (self.place == ALL or part.name in self.tape.program.once)
            and part.name != self.units_of
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
            return self.tape.number(rule)
        if rule.is_Symbol:
            return self.leaf(operands[slot_index(rule)])
        return None

    def rule(self, rule: Expr, operands: tuple[Expression, ...], out: Array, depth: int) -> None:
        atom = self.atom(rule, operands)
        if atom is not None:
            self.call(np.copyto, out, atom)
        elif rule.is_Symbol:
            self.write(operands[slot_index(rule)], out, depth)
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
                self.call(np.power, base, self.tape.number(rule.exp), out)
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
                    spare = self.tape.temporary(out, out.shape[-1], depth)
                    other = self.computed(term, operands, spare, depth + 1)
                else:
                    other = self.computed(term, operands, out, depth)
                self.call(function, current, other, out)
                current = out
