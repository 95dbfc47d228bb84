"""The array program as Python source of scalar loops, for a compiler.

Loops over t stay loops, so that the source does not grow with T; all other extents are numbers.

A parameter that multiplies vectors is stored by columns, so that the inner loop of W v runs along columns and
vectorises without reordering a sum.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count

import numpy as np
from sympy import Expr, Function, Symbol

from derive.algebra.array import Array as Expression
from derive.algebra.array import Map, MatMul, Outer, Parameter, Shape, Softmax, Total, Transpose, Value, slot, t, walk
from derive.algebra.model import Equation
from derive.export.rule import RulePrinter
from derive.export.source import check_names
from derive.program import Block, LogSoftmax, Program
from derive.renaming import spelled

TOGETHER = 8  # columns of a matrix that one pass over a vector adds up
STEPS = 4  # of which one pass over a gradient adds up the terms


def spell(name: str) -> str:
    """An array's name in the source, where other names do not end like that."""
    return f"{name}_"


class Writer:
    """Writes the source of `run`. `one_hot` names the inputs that are given by the index of their 1."""

    def __init__(self, program: Program, sizes: Mapping[str, int], one_hot: Collection[str]) -> None:
        self.program = program = spelled(program, spell)
        check_names(program, "a loop's", ())
        self.sizes, self.one_hot = sizes, set(map(spell, one_hot))
        self.parameters = [parameter.name for parameter in program.model.parameters]
        self.inputs = [value.name for value in program.model.inputs]
        products = [
            part
            for block in program.blocks
            for equation in block.equations
            for part in walk(equation.expression)
            if isinstance(part, MatMul)
        ]
        self.columns = {product.left.name for product in products if isinstance(product.left, Parameter)}
        self.buffers: dict[str, Callable[[int], int]] = {}  # name -> number of entries at T steps
        self.kept: set[str] = set()  # the buffers of all steps
        for block in program.blocks:
            for equation in block.equations:
                kept = not block.once and (block.direction == 0 or equation.name in program.kept)
                self._buffer(equation.name, equation.expression.shape, kept)
        self.lines: list[str] = []
        self.depth = 1
        self.fresh = count()
        self._passes()
        self.body, self.lines = self.lines, []

    def gradient(self) -> str:
        """The source of one gradient, which is added to what W_d holds for each parameter W."""
        self.lines, self.depth = [], 1
        self._gradients("{}d", "+=", "")
        names = [*self.parameters, *(f"{name}d" for name in self.parameters), *self.inputs, *self.buffers]
        lines = [f"def run({', '.join(names)}, T, losses):", *self.body, "    losses[0] = loss", *self.lines]
        return "\n".join(lines) + "\n"

    def descend(self) -> str:
        """The source of a step of gradient descent after each entry of `losses` but the last."""
        self.lines, self.depth = [], 1
        self._gradients("{}", "-=", "rate * ")
        names = [*self.parameters, *self.inputs, *self.buffers, "T", "rate", "losses"]
        step = [*self.body, "    losses[step] = loss", "    if step + 1 == losses.size:", "        break", *self.lines]
        head = [f"def run({', '.join(names)}):", "    for step in range(losses.size):"]
        return "\n".join([*head, *(f"    {line}" for line in step)]) + "\n"

    def _extent(self, shape: Shape) -> int:
        return int(np.prod([self.sizes[d] for d in shape], dtype=int))

    def _line(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)

    @contextmanager
    def _loop(self, variable: str, extent: int | str) -> Iterator[None]:
        self._line(f"for {variable} in range({extent}):")
        self.depth += 1
        yield
        self.depth -= 1

    def _buffer(self, name: str, shape: Shape, kept: bool) -> None:
        width = self._extent(shape)
        self.buffers[name] = (lambda T: (T + 2) * width) if kept else (lambda T: width)
        if kept:
            self.kept.add(name)

    def _temporary(self, shape: Shape, kept: bool = False) -> str:
        name = f"work_{next(self.fresh)}"
        self._buffer(name, shape, kept)
        return name

    # Passes over the steps

    def _passes(self) -> None:
        """All blocks, and the loss."""
        for block in self.program.blocks:
            if block.once:
                self._line("t = T")
                for equation in block.equations:
                    self._write(equation.expression, self._target(equation.value))
            elif block.direction:
                self._recurrence(block)
            else:
                self._all_steps(block)
        if self.program.loss.name in self.program.once:
            self._line(f"loss = {self.program.loss.name}[0]")
        else:
            self._line("loss = 0.0")
            with self._loop("t", "1, T + 1"):
                self._line(f"loss += {self.program.loss.name}[t]")
        self._line(f"loss *= {self._text(self.program.model.scale)}")

    def _recurrence(self, block: Block) -> None:
        for equation in block.equations:
            if equation.name not in self.kept:
                with self._loop("i", self._extent(equation.expression.shape)):
                    self._line(f"{equation.name}[i] = 0.0")
            self._begin(equation)
        with self._loop("t", "1, T + 1" if block.direction > 0 else "T, 0, -1"):
            for equation in block.equations:
                self._write(equation.expression, self._target(equation.value))

    def _begin(self, equation: Equation) -> None:
        """What stands before the first step or after the last, where it is a value of the whole run."""
        name, width = equation.name, self._extent(equation.expression.shape)
        if name in self.program.ends:
            row = "0" if name not in self.kept or (name, -1) in self.program.edges else "(T + 1)"
            with self._loop("i", width):
                self._line(f"{name}[{row} * {width} + i] = {self.program.ends[name]}[i]")

    def _all_steps(self, block: Block) -> None:
        done: set[str] = set()
        for equation in block.equations:
            name, expression = equation.name, equation.expression
            self._begin(equation)
            if name in done:
                continue
            if isinstance(expression, LogSoftmax):
                done |= self._log_softmax(equation, block)
            elif isinstance(expression, Map) and (leaves := self._flat(expression)):
                width = self._extent(expression.shape)
                with self._loop("i", f"{width}, (T + 1) * {width}"):
                    self._line(
                        f"{name}[i] = {self._text(expression.rule, [f'{leaf}[{{}}]'.format for leaf in leaves])}"
                    )
            else:
                with self._loop("t", "1, T + 1"):
                    self._write(expression, self._target(equation.value))

    def _flat(self, expression: Map) -> list[str]:
        """The operands' names, if the steps may be taken as one long vector."""
        leaves = [leaf for leaf in expression.operands if isinstance(leaf, Value) and leaf.step == t]
        names = [leaf.name for leaf in leaves if leaf.name in self.kept and leaf.shape == expression.shape]
        return names if len(names) == len(expression.operands) else []

    def _log_softmax(self, equation: Equation, block: Block) -> set[str]:
        """log y = u - log Σ exp(u), and y if the block wants it too; every exponential is taken once, all in one loop.
        Returns the names of what is done."""
        expression, log_y = equation.expression, equation.name
        assert isinstance(expression, LogSoftmax)
        extent = self._extent(expression.shape)
        y = block.softmaxes.get(log_y) or self._temporary(expression.shape, kept=True)
        with self._loop("t", "1, T + 1"):
            entry = self._operand(expression.operand)
            self._largest(entry, extent)
            with self._loop("i", extent):
                self._line(f"{log_y}[t * {extent} + i] = {entry('i')} - largest")
        with self._loop("i", f"{extent}, (T + 1) * {extent}"):
            self._line(f"{y}[i] = exp({log_y}[i])")
        with self._loop("t", "1, T + 1"):
            self._line("total = 0.0")
            with self._loop("i", extent):
                self._line(f"total += {y}[t * {extent} + i]")
            self._line("inverse, logarithm = 1 / total, log(total)")
            with self._loop("i", extent):
                self._line(f"{log_y}[t * {extent} + i] -= logarithm")
                self._line(f"{y}[t * {extent} + i] *= inverse")
        return {log_y, y}

    def _gradients(self, target: str, update: str, factor: str) -> None:
        """The sums over t, a few steps at a time."""
        for parameter in self.program.model.parameters:
            for term in self.program.gradients[parameter.name]:
                name = target.format(parameter.name)
                if self.program.is_once(term):
                    self._gradient(name, parameter, term, ["T"], update, factor)
                    continue
                if self._sparse(parameter, term):
                    with self._loop("t", "1, T + 1"):
                        self._gradient(name, parameter, term, ["t"], update, factor)
                    continue
                with self._loop("t", f"1, T - {STEPS - 2}, {STEPS}"):
                    steps = ["t", *(f"(t + {k})" for k in range(1, STEPS))]
                    self._gradient(name, parameter, term, steps, update, factor)
                with self._loop("t", f"T - T % {STEPS} + 1, T + 1"):
                    self._gradient(name, parameter, term, ["t"], update, factor)

    def _halves(self, parameter: Parameter, term: Outer) -> tuple[Expression, Expression]:
        """The vectors along the slow and the fast index of the parameter as it is stored."""
        return (term.right, term.left) if parameter.name in self.columns else (term.left, term.right)

    def _sparse(self, parameter: Parameter, term: Expression) -> bool:
        if not isinstance(term, Outer):
            return False
        slow, _ = self._halves(parameter, term)
        return isinstance(slow, Value) and slow.name in self.one_hot

    def _gradient(
        self, name: str, parameter: Parameter, term: Expression, steps: Sequence[str], update: str, factor: str
    ) -> None:
        """Adds the terms of these steps, or subtracts them."""
        if not isinstance(term, Outer):
            with self._loop("i", self._extent(term.shape)):
                terms = " + ".join(self._entry(term, "i", step) for step in steps)
                self._line(f"{name}[i] {update} {factor}({terms})")
            return
        slow, fast = self._halves(parameter, term)
        width = self._extent(fast.shape)
        if self._sparse(parameter, term):
            assert isinstance(slow, Value)
            with self._loop("i", width):
                self._line(
                    f"{name}[{self._unit(slow, steps[0])} * {width} + i] {update} {factor}{self._entry(fast, 'i')}"
                )
            return
        with self._loop("j", self._extent(slow.shape)):
            for k, step in enumerate(steps):
                self._line(f"f{k} = {factor}{self._entry(slow, 'j', step)}")
            with self._loop("i", width):
                terms = " + ".join(f"f{k} * {self._entry(fast, 'i', step)}" for k, step in enumerate(steps))
                self._line(f"{name}[j * {width} + i] {update} {terms}")

    # Expressions

    def _unit(self, one_hot: Value, now: str = "t") -> str:
        """The index of the 1 in a one-hot input."""
        return f"{one_hot.name}[{'0' if one_hot.name in self.program.once else f'{self._step(one_hot, now)} - 1'}]"

    @staticmethod
    def _step(value: Value, now: str) -> str:
        if value.step.is_Integer:
            return str(value.step)
        return {0: now, -1: f"({now} - 1)", 1: f"({now} + 1)"}[int(value.step - t)]

    def _entry(self, leaf: Expression, i: str, now: str = "t") -> str:
        """Entry i of a named array, at the step `now`."""
        i = i if leaf.shape else "0"
        if isinstance(leaf, Parameter):
            return f"{leaf.name}[{i}]"
        assert isinstance(leaf, Value)
        width = self._extent(leaf.shape)
        if leaf.name in self.one_hot:
            return f"(1.0 if {i} == {self._unit(leaf, now)} else 0.0)"
        if leaf.name in self.program.once:
            return f"{leaf.name}[{i}]"
        if leaf.name in self.inputs:
            return f"{leaf.name}[({self._step(leaf, now)} - 1) * {width} + {i}]"
        return (
            f"{leaf.name}[{self._step(leaf, now)} * {width} + {i}]" if leaf.name in self.kept else f"{leaf.name}[{i}]"
        )

    def _target(self, value: Value) -> Callable[[str], str]:
        return lambda i: self._entry(value, i)

    def _operand(self, expression: Expression) -> Callable[[str], str]:
        """The entries of an expression: its own if it has a name, else computed first."""
        if isinstance(expression, Value | Parameter):
            return lambda i: self._entry(expression, i)
        if isinstance(expression, MatMul) and (entry := self._short(expression)):
            return entry
        name = self._temporary(expression.shape)
        self._write(expression, lambda i: f"{name}[{i}]")
        return (lambda i: f"{name}[{i}]") if expression.shape else (lambda i: f"{name}[0]")

    def _write(self, expression: Expression, out: Callable[[str], str]) -> None:
        """Lines that compute the entries of an expression into out(i)."""
        extent = self._extent(expression.shape)
        match expression:
            case MatMul() if entry := self._short(expression):
                with self._loop("i", extent):
                    self._line(f"{out('i')} = {entry('i')}")
            case MatMul():
                self._product(expression, out)
            case Total(_, operand):
                self._total(operand, out)
            case Softmax(_, operand) | LogSoftmax(_, operand):
                self._softmax(operand, extent, out, logarithm=isinstance(expression, LogSoftmax))
            case Map(_, rule, operands):
                self._map(rule, [self._operand(operand) for operand in operands], expression.shape, out)
            case Value() | Parameter():
                with self._loop("i", extent):
                    self._line(f"{out('i')} = {self._entry(expression, 'i')}")
            case _:
                raise TypeError(f"no loop for {type(expression).__name__}")

    def _map(self, rule: Expr, entries: list[Callable[[str], str]], shape: Shape, out: Callable[[str], str]) -> None:
        extent = self._extent(shape)
        if not rule.has(Function):
            with self._loop("i", extent):
                self._line(f"{out('i')} = {self._text(rule, entries)}")
            return
        # LLVM unrolls a loop of known length, and then no longer vectorises the functions in it.
        name = self._temporary(shape)
        if rule.is_Function:
            with self._loop("i", extent):
                self._line(f"{name}[i] = {self._text(rule.args[0], entries)}")
            rule, entries = rule.func(slot(0)), [lambda i: f"{name}[{i}]"]
        with self._loop("i", f"{name}.size"):
            self._line(f"{out('i')} = {self._text(rule, entries)}")

    def _by_column(self, product: MatMul) -> tuple[str, bool]:
        """The matrix, and whether the entries of a column of the product's left side lie side by side."""
        transposed = isinstance(product.left, Transpose)
        matrix = product.left.operand if isinstance(product.left, Transpose) else product.left
        assert isinstance(matrix, Parameter)
        return matrix.name, transposed != (matrix.name in self.columns)

    def _short(self, product: MatMul) -> Callable[[str], str] | None:
        """Entry i of a product as one expression, where it has few terms."""
        matrix, by_column = self._by_column(product)
        rows, depth = (self.sizes[d] for d in product.left.shape)
        vector = product.right
        if not by_column:
            return None
        if isinstance(vector, Value) and vector.name in self.one_hot:
            return lambda i: f"{matrix}[{self._unit(vector)} * {rows} + {i}]"
        if depth > TOGETHER:
            return None
        entry = self._operand(vector)
        names = [f"factor_{next(self.fresh)}" for _ in range(depth)]
        for j, name in enumerate(names):
            self._line(f"{name} = {entry(str(j))}")
        return lambda i: f"({' + '.join(f'{matrix}[{j * rows} + {i}] * {name}' for j, name in enumerate(names))})"

    def _product(self, product: MatMul, out: Callable[[str], str]) -> None:
        matrix, by_column = self._by_column(product)
        rows, depth = (self.sizes[d] for d in product.left.shape)
        entry = self._operand(product.right)
        if by_column:
            with self._loop("i", rows):
                self._line(f"{out('i')} = 0.0")
            whole = depth - depth % TOGETHER
            with self._loop("j", f"0, {whole}, {TOGETHER}"):
                self._columns(matrix, rows, [f"(j + {k})" for k in range(TOGETHER)], entry, out)
            if whole < depth:
                self._columns(matrix, rows, [str(j) for j in range(whole, depth)], entry, out)
            return
        with self._loop("i", rows):
            self._line("total = 0.0")
            with self._loop("j", depth):
                self._line(f"total += {matrix}[i * {depth} + j] * {entry('j')}")
            self._line(f"{out('i')} = total")

    def _columns(
        self, matrix: str, rows: int, places: list[str], entry: Callable[[str], str], out: Callable[[str], str]
    ) -> None:
        for k, j in enumerate(places):
            self._line(f"f{k} = {entry(j)}")
        with self._loop("i", rows):
            terms = " + ".join(f"{matrix}[{j} * {rows} + i] * f{k}" for k, j in enumerate(places))
            self._line(f"{out('i')} += {terms}")

    def _total(self, operand: Expression, out: Callable[[str], str]) -> None:
        rule, operands = (operand.rule, operand.operands) if isinstance(operand, Map) else (slot(0), (operand,))
        for i, part in enumerate(operands):  # Σ ŷ_k f_k, for a one-hot ŷ, is the one term that is not zero
            if isinstance(part, Value) and part.name in self.one_hot and rule.subs(slot(i), 0) == 0:
                entries = [self._operand(other) for other in operands]
                self._line(f"{out('0')} = {self._text(rule.subs(slot(i), 1), entries, self._unit(part))}")
                return
        entries = [self._operand(other) for other in operands]
        self._line("total = 0.0")
        with self._loop("i", self._extent(operand.shape)):
            self._line(f"total += {self._text(rule, entries)}")
        self._line(f"{out('0')} = total")

    def _largest(self, entry: Callable[[str], str], extent: int) -> None:
        self._line(f"largest = {entry('0')}")
        with self._loop("i", extent):
            self._line(f"largest = {entry('i')} if {entry('i')} > largest else largest")

    def _softmax(self, operand: Expression, extent: int, out: Callable[[str], str], logarithm: bool) -> None:
        entry = self._operand(operand)
        self._largest(entry, extent)
        self._line("total = 0.0")
        with self._loop("i", extent):
            self._line(f"{out('i')} = {entry('i')} - largest")
            self._line(f"total += exp({out('i')})")
        with self._loop("i", extent):
            self._line(f"{out('i')} -= log(total)" if logarithm else f"{out('i')} = exp({out('i')}) / total")

    @staticmethod
    def _text(rule: Expr, entries: Sequence[Callable[[str], str]] = (), i: str = "i") -> str:
        """A scalar rule in Python, over entry i of its operands."""
        return RulePrinter().doprint(rule.xreplace({slot(k): Symbol(entry(i)) for k, entry in enumerate(entries)}))
