"""The array program on a batch as Python source of loops, for a compiler.

The rows of a value are its sequences and steps together: B rows at step t, T·B of them at all steps, one after another.
So the same lines compute an equation at one step and at all steps at once, on views that begin at the first row. All
sizes are arguments: the source depends on the program alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Add, Expr, Symbol

from derive.algebra.array import Array as Expression
from derive.algebra.array import Map, MatMul, Parameter, Shape, Softmax, Total, Transpose, Value, rebuild, slot, t, walk
from derive.export.rule import RulePrinter
from derive.program import Block, LogSoftmax, reads
from numeric.engines.array_buffers import Buffers

Array = NDArray[Any]
FUNCTIONS = ("exp", "tanh", "sigmoid", "log")


class Unwritten(Exception):
    """An operation for which there are no loops."""


@dataclass(frozen=True)
class Rows:
    """A row of entries for each sequence and step: row r of the view `text`, or with `units` the row of a matrix at
    the place units[r]; one entry for each if `narrow`; the same for all if `shared`."""

    text: str
    units: str = ""
    narrow: bool = False
    shared: bool = False


@dataclass(frozen=True)
class OneHot:
    """A 1 in each row, at the place units[r]."""

    units: str


Operand = Rows | OneHot


class Source:
    """The lines of the function `run`, which fills the buffers, and in `arguments` what it is called with, by name.

    Raises Unwritten for a program with operations that it does not know.
    """

    def __init__(self, buffers: Buffers) -> None:
        program = buffers.program
        if program.once or program.ends or any(state.side > 0 for state in program.states):
            raise Unwritten("values of the whole run, or states other than one before the first step")
        self.buffers = buffers
        self.arguments: dict[str, Array | int] = {"T": buffers.T, "B": buffers.B}
        self.lines: list[str] = []
        self.depth = 1
        self.names: dict[int, str] = {}  # the buffers that are arguments, by identity
        self.views: dict[tuple[str, int], str] = {}  # (value, shift) -> what begins at the first row
        self.most = 0  # rows
        self.lookups = self._lookups()
        for block in buffers.program.blocks:
            (self._recurrence if block.direction else self._all_steps)(block)

    @property
    def text(self) -> str:
        return "\n".join([f"def run({', '.join(self.arguments)}):", *self.lines, ""])

    # Lines and names; these are ours, since those of a program may be anything

    def _line(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)

    @contextmanager
    def _loop(self, variable: str, over: str) -> Iterator[None]:
        self._line(f"for {variable} in range({over}):")
        self.depth += 1
        yield
        self.depth -= 1

    def _set(self, text: str) -> str:
        """A new variable."""
        name = f"v{len(self.lines)}"
        self._line(f"{name} = {text}")
        return name

    def _argument(self, array: Array) -> str:
        """The argument that is this buffer, flat."""
        if id(array) not in self.names:
            self.names[id(array)] = f"a{len(self.names)}"
            self.arguments[self.names[id(array)]] = array.reshape(-1)
        return self.names[id(array)]

    def _width(self, shape: Shape) -> str:
        """The number of columns."""
        if not shape:
            return "1"
        name = f"n{list(self.buffers.sizes).index(shape[0])}"
        self.arguments[name] = self.buffers.sizes[shape[0]]
        return name

    def _rows(self, value: Value) -> str:
        """The rows of a value."""
        if value.name in self.buffers.local:
            return self._argument(self.buffers.local[value.name])
        return self._view(value, self.buffers.all_steps(value.name), "", self._width(value.shape))

    def _units(self, value: Value) -> str:
        return self._view(value, self.buffers.indices[value.name], " - B", "1")

    def _view(self, value: Value, buffer: Array, start: str, width: str) -> str:
        place = value.name, int(value.step - t)
        if place not in self.views:
            moved = {0: start, 1: f"{start} + B", -1: f"{start} - B"}[place[1]]
            whole = self._argument(buffer)
            self.views[place] = self._set(f"view({whole}, (first{moved}) * {width})")
        return self.views[place]

    def _temporary(self, shape: Shape) -> str:
        work = np.zeros((self.most, self.buffers.width(shape)), self.buffers.dtype)
        return self._argument(work)

    # Blocks

    def _lookups(self) -> dict[Value, Expression]:
        """The values that are looked up for one-hot inputs, as W x(t) + b is, and read by loops at that step alone:
        they are looked up where they are read, which spares the memory of all steps."""
        program = self.buffers.program
        outside = [term for terms in program.gradients.values() for term in terms]
        inside: list[Expression] = []
        found: dict[Value, Expression] = {}
        for block in program.blocks:
            for equation in block.equations:
                (inside if block.direction else outside).append(equation.expression)
                parts = list(walk(equation.expression))
                if not block.direction and all(isinstance(part, Map | MatMul | Value | Parameter) for part in parts):
                    values = [part for part in parts if isinstance(part, Value)]
                    products = any(isinstance(part, MatMul) for part in parts)
                    if products and all(map(self._looked_up, values)):
                        found[equation.value] = equation.expression
        kept = {leaf.name for array in outside for leaf in reads(array)} | {program.loss.name}
        kept |= {leaf.name for array in inside for leaf in reads(array) if leaf.step != t}
        return {value: expression for value, expression in found.items() if value.name not in kept}

    def _found(self, leaf: Expression) -> Expression:
        return self.lookups.get(leaf, leaf) if isinstance(leaf, Value) else leaf

    def _recurrence(self, block: Block) -> None:
        buffers = self.buffers
        for equation in block.equations:
            if equation.name in buffers.program.kept:
                buffers.all_steps(equation.name)
            else:
                width = buffers.width(equation.expression.shape)
                buffers.local[equation.name] = np.zeros((buffers.B, width), buffers.dtype)
                self._line(f"{self._argument(buffers.local[equation.name])}[:] = real(0)")
        with self._loop("t", "1, T + 1" if block.direction > 0 else "T, 0, -1"):
            self._equations(block, "t * B, B", buffers.B)

    def _all_steps(self, block: Block) -> None:
        self._equations(block, "B, T * B", self.buffers.T * self.buffers.B)

    def _equations(self, block: Block, ends: str, most: int) -> None:
        self._line(f"first, rows = {ends}")
        self.views, self.most = {}, most
        for equation in block.equations:
            if equation.value in self.lookups:
                continue
            name = equation.name
            expression = rebuild(equation.expression, self._found)
            if isinstance(expression, LogSoftmax) and name in block.softmaxes:
                y = self._rows(Value(expression.shape, block.softmaxes[name], t))
                self._log_softmax(expression.operand, self._rows(equation.value), y)
            elif name not in block.softmaxes.values():
                self._write(expression, self._rows(equation.value))

    # Expressions

    def _write(self, expression: Expression, out: str) -> None:
        """Lines that compute the rows of an expression into `out`."""
        match expression:
            case Map(shape, rule, operands):
                self._map(rule, operands, shape, out)
            case Value() | Parameter() | MatMul():
                self._map(slot(0), (expression,), expression.shape, out)
            case Total(_, operand):
                self._total(operand, out)
            case Softmax(shape, operand):
                self._log_softmax(operand, self._temporary(shape), out)
            case LogSoftmax(shape, operand):
                self._log_softmax(operand, out, self._temporary(shape))
            case _:
                raise Unwritten(type(expression).__name__)

    def _operand(self, expression: Expression) -> Operand:
        """The rows of an expression: its own if it has a name, else computed first."""
        match expression:
            case Parameter(shape, name):
                return Rows(self._argument(self.buffers.weights.arrays[name]), narrow=not shape, shared=True)
            case Value() if self._looked_up(expression):
                return OneHot(self._units(expression))
            case Value(shape):
                return Rows(self._rows(expression), narrow=not shape)
            case MatMul(_, left, Value() as right) if self._looked_up(right):
                return Rows(self._matrix(left), units=self._units(right))
        rows = self._temporary(expression.shape)
        self._write(expression, rows)
        return Rows(rows, narrow=not expression.shape)

    def _looked_up(self, value: Expression) -> bool:
        """Whether this is a one-hot input, given by its indices."""
        return isinstance(value, Value) and value.name in self.buffers.indices and value.step == t

    def _matrix(self, left: Expression) -> str:
        """The matrix by which rows are multiplied from the right where `left` multiplies vectors from the left."""
        if isinstance(left, Transpose) and isinstance(left.operand, Parameter):
            return self._argument(self.buffers.weights.arrays[left.operand.name])
        assert isinstance(left, Parameter)
        return self._argument(self.buffers.weights.transposed(left.name))

    def _map(self, rule: Expr, operands: tuple[Expression, ...], shape: Shape, out: str) -> None:
        """A rule in one loop, after the sums in it that hold products: a product is added to the rest of its sum."""
        slots = {slot(i): operand for i, operand in enumerate(operands)}
        products = {
            name: part for name, part in slots.items() if isinstance(part, MatMul) and not self._looked_up(part.right)
        }
        known = {name: self._operand(part) for name, part in slots.items() if name not in products}
        sums = [out] if all(isinstance(rows, OneHot) or rows.text != out for rows in known.values()) else []

        def summed(part: Expr) -> Expr:
            if not part.free_symbols & products.keys():
                return part
            terms = [arg for arg in Add.make_args(part) if arg in products]
            if not terms:
                return part.func(*map(summed, part.args))
            rest = Add(*(summed(arg) for arg in Add.make_args(part) if arg not in terms))
            into = sums.pop() if sums else self._temporary(shape)
            self._entries(rest, known, shape, into)
            for term in terms:
                self._product(products[term], into)
            name = slot(len(known) + len(products))
            known[name] = Rows(into)
            return name

        whole = summed(rule)
        if known.get(whole) != Rows(out):
            self._entries(whole, known, shape, out)

    def _product(self, product: MatMul, out: str) -> None:
        depth, width = self._width(product.right.shape), self._width(product.shape)
        right = self._operand(product.right)
        if not isinstance(right, Rows) or right.shared:
            raise Unwritten("a product of parameters")
        self._line(f"multiply({right.text}, {depth}, 1, rows, {depth}, {self._matrix(product.left)}, {width}, {out})")

    def _entries(self, rule: Expr, known: Mapping[Symbol, Operand], shape: Shape, out: str) -> None:
        """A rule entry by entry."""
        width, used = self._width(shape), {name: known[name] for name in rule.free_symbols if name in known}
        if all(isinstance(r, Rows) and not r.shared and not r.units and r.narrow == (not shape) for r in used.values()):
            with self._loop("i", f"rows * {width}"):
                self._line(f"{out}[i] = {_text(rule, {n: f'{r.text}[i]' for n, r in used.items()})}")  # type: ignore[union-attr]
            return
        with self._loop("r", "rows"):
            into, at = self._in_row(Rows(out), width), {n: self._in_row(r, width) for n, r in used.items()}
            with self._loop("i", width):
                self._line(f"{into('i')} = {_text(rule, {name: entry('i') for name, entry in at.items()})}")

    def _in_row(self, operand: Operand, width: str) -> Callable[[str], str]:
        """Entry i of row r."""
        if isinstance(operand, OneHot):
            unit = self._set(f"{operand.units}[r]")
            return lambda i: f"(real(1) if {i} == {unit} else real(0))"
        if operand.shared:
            return lambda i: f"{operand.text}[{'0' if operand.narrow else i}]"
        if operand.narrow:
            entry = self._set(f"{operand.text}[r]")
            return lambda i: entry
        row = self._set(f"{operand.units}[r]") if operand.units else "r"
        entries = self._set(f"view({operand.text}, {row} * {width})")
        return lambda i: f"{entries}[{i}]"

    def _total(self, operand: Expression, out: str) -> None:
        rule, operands = (operand.rule, operand.operands) if isinstance(operand, Map) else (slot(0), (operand,))
        known = {slot(i): self._operand(part) for i, part in enumerate(operands)}
        width = self._width(operand.shape)
        picks = [name for name, part in known.items() if isinstance(part, OneHot) and rule.subs(name, 0) == 0]
        with self._loop("r", "rows"):
            if picks:  # Σ ŷ_k f_k, for a one-hot ŷ, is the one term that is not zero
                (name, *_), rule = picks, rule.subs(picks[0], 1)
                unit = self._set(f"{known.pop(name).units}[r]")
                at = {name: self._in_row(part, width)(unit) for name, part in known.items()}
                self._line(f"{out}[r] = {_text(rule, at)}")
                return
            entries = {name: self._in_row(part, width) for name, part in known.items()}
            self._line("total = real(0)")
            with self._loop("i", width):
                self._line(f"total += {_text(rule, {name: entry('i') for name, entry in entries.items()})}")
            self._line(f"{out}[r] = total")

    def _log_softmax(self, operand: Expression, out: str, y: str) -> None:
        """log softmax(u) = u - m - log Σ exp(u - m) into `out`, m the largest entry of u; softmax(u) into `y`."""
        u, width = self._operand(operand), self._width(operand.shape)
        with self._loop("r", "rows"):
            entry, less = self._in_row(u, width), self._in_row(Rows(out), width)
            self._line(f"largest = {entry('0')}")
            with self._loop("i", width):
                self._line(f"largest = {entry('i')} if {entry('i')} > largest else largest")
            with self._loop("i", width):
                self._line(f"{less('i')} = {entry('i')} - largest")
        with self._loop("i", f"rows * {width}"):
            self._line(f"{y}[i] = exp({out}[i])")
        with self._loop("r", "rows"):
            power, less = self._in_row(Rows(y), width), self._in_row(Rows(out), width)
            self._line("total = real(0)")
            with self._loop("i", width):
                self._line(f"total += {power('i')}")
            self._line("inverse, logarithm = real(1) / total, log(total)")
            with self._loop("i", width):
                self._line(f"{less('i')} -= logarithm")
                self._line(f"{power('i')} *= inverse")


def _text(rule: Expr, entries: Mapping[Symbol, str]) -> str:
    """A scalar rule in Python, over these entries."""
    return str(Printer().doprint(rule.xreplace({name: Symbol(entry) for name, entry in entries.items()})))


class Printer(RulePrinter):
    """Prints numbers in the precision of the entries, and powers as products."""

    def function(self, name: str) -> str:
        if name not in FUNCTIONS:
            raise Unwritten(name)
        return name

    def _print_Symbol(self, expr: Symbol) -> str:
        return "real(T)" if expr.name == "T" else str(expr.name)

    def _print_Number(self, expr: Expr) -> str:
        return f"real({float(expr)!r})"

    _print_Integer = _print_Rational = _print_Float = _print_Number

    def _print_Pow(self, expr: Expr, rational: bool = False) -> str:
        power = expr.exp
        if not (2 * power).is_Integer:
            raise Unwritten(f"the power {power}")
        base = f"({self._print(expr.base)})" if power.is_Integer else f"sqrt({self._print(expr.base)})"
        count = abs(int(power if power.is_Integer else 2 * power))
        product = " * ".join([base] * count)
        return f"(real(1) / ({product}))" if power < 0 else f"({product})"
