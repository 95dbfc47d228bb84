"""The array program as scalar loops, compiled by Numba: the whole training loop runs without Python.

The source is generated from the program at given sizes; loops over t stay loops. A parameter that multiplies vectors is
stored by columns, so that the inner loop of W v runs along a column: it vectorises without reordering a sum.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Any

import numba
import numpy as np
import sympy
from sympy import Expr, Symbol

from derive.array import Array as Expression
from derive.array import Map, MatMul, Outer, Parameter, Shape, Softmax, Total, Transpose, Value, slot, t, walk
from derive.evaluate import function_name
from derive.lower import Block, LogSoftmax, Program, lower
from derive.model import Model
from numeric.engines import Array, Engine, Parameters, elementary, units

# Sums may be reordered and products contracted, but NaN and infinity keep their meaning, or divergence goes unseen.
FAST_MATH = {"reassoc", "contract", "nsz", "arcp"}
FUNCTIONS = {"exp": elementary.exp, "tanh": elementary.tanh, "sigmoid": elementary.sigmoid, "log": np.log}


class Distinct(numba.core.compiler.Compiler):
    """Compiles for arrays that do not overlap, so that loops over them need no checks."""

    def define_pipelines(self) -> Any:
        self.state.flags.noalias = True
        return super().define_pipelines()


class LoopEngine(Engine):
    """One sequence, in float64."""

    def __init__(self, model: Model, sizes: Mapping[str, int], inputs: Mapping[str, Array]) -> None:
        program = lower(model)
        found = {value.name: units(inputs[value.name]) if value.one_hot else None for value in model.inputs}
        writer = Writer(program, sizes, {name for name, indices in found.items() if indices is not None})
        namespace: dict[str, Any] = {"np": np, **FUNCTIONS}
        exec(compile(writer.source(), f"<{model.name} as loops>", "exec"), namespace)
        compiled = numba.njit(fastmath=FAST_MATH, error_model="numpy", pipeline_class=Distinct)
        self._descend = compiled(namespace["descend"])
        self._shapes = {p.name: tuple(sizes[d] for d in p.shape) for p in model.parameters}
        self._columns = writer.columns
        self._steps = sizes["T"]
        self._inputs = [np.ascontiguousarray(inputs[n], float).ravel() if i is None else i for n, i in found.items()]
        self._work = [np.zeros(size(sizes["T"])) for size in writer.buffers.values()]

    def loss_and_gradients(self, parameters: Mapping[str, Array]) -> tuple[float, Parameters]:
        flat, losses = self._flat(parameters), np.empty(1)
        gradients = [np.zeros_like(value) for value in flat]
        self._descend(*flat, *gradients, *self._inputs, *self._work, self._steps, 0.0, losses)
        return float(losses[0]), self._named(gradients)

    def train(self, parameters: Mapping[str, Array], rate: float, steps: int) -> tuple[Parameters, Array]:
        flat, losses = self._flat(parameters), np.empty(steps + 1)
        gradients = [np.zeros_like(value) for value in flat]
        self._descend(*flat, *gradients, *self._inputs, *self._work, self._steps, rate, losses)
        return self._named(flat), losses

    def _flat(self, parameters: Mapping[str, Array]) -> list[Array]:
        """The parameters as the loops store them."""
        return [
            np.array(parameters[name].T if name in self._columns else parameters[name], dtype=float).ravel()
            for name in self._shapes
        ]

    def _named(self, flat: list[Array]) -> Parameters:
        return {
            name: values.reshape(shape[::-1]).T if name in self._columns else values.reshape(shape)
            for (name, shape), values in zip(self._shapes.items(), flat, strict=True)
        }


build = LoopEngine


class Writer:
    """Writes the source of `descend`, which takes one gradient step for each entry of `losses`, but for the last."""

    def __init__(self, program: Program, sizes: Mapping[str, int], one_hot: Collection[str]) -> None:
        self.program, self.sizes, self.one_hot = program, sizes, one_hot
        self.inputs = {value.name: value for value in program.model.inputs}
        expressions = [equation.expression for block in program.blocks for equation in block.equations]
        products = [part for expression in expressions for part in walk(expression) if isinstance(part, MatMul)]
        self.columns = {product.left.name for product in products if isinstance(product.left, Parameter)}
        self.buffers: dict[str, Callable[[int], int]] = {}  # name -> number of entries at T steps
        self.lines: list[str] = []
        self.depth = 0
        self.fresh = count()

    def source(self) -> str:
        """The module's text."""
        body = Writer(self.program, self.sizes, self.one_hot)
        body.depth = 2
        body._body()
        self.buffers = body.buffers
        parameters = [parameter.name for parameter in self.program.model.parameters]
        names = [*parameters, *(f"d_{name}" for name in parameters), *self.inputs, *self.buffers, "T", "rate", "losses"]
        head = [f"def descend({', '.join(names)}):", "    for step in range(losses.size):"]
        update = ["        if step + 1 < losses.size:"]
        for parameter in self.program.model.parameters:
            update += [f"            for i in range({self._extent(parameter.shape)}):"]
            update += [f"                {parameter.name}[i] -= rate * d_{parameter.name}[i]"]
        return "\n".join([*head, *body.lines, *update]) + "\n"

    def _extent(self, shape: Shape) -> int:
        return int(np.prod([self.sizes[d] for d in shape], dtype=int))

    def line(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)

    @contextmanager
    def loop(self, variable: str, extent: int | str) -> Iterator[None]:
        self.line(f"for {variable} in range({extent}):")
        self.depth += 1
        yield
        self.depth -= 1

    def buffer(self, name: str, width: int, kept: bool) -> None:
        self.buffers[name] = (lambda T: (T + 2) * width) if kept else (lambda T: width)

    # The body of a step

    def _body(self) -> None:
        for block in self.program.blocks:
            for equation in block.equations:
                kept = block.direction == 0 or equation.name in self.program.kept
                self.buffer(equation.name, self._extent(equation.expression.shape), kept)
        for block in self.program.blocks:
            self._block(block)
        for parameter in self.program.model.parameters:
            with self.loop("i", self._extent(parameter.shape)):
                self.line(f"d_{parameter.name}[i] = 0.0")
            for term in self.program.gradients[parameter.name]:
                with self.loop("t", "1, T + 1"):
                    self._gradient(parameter, term)
        self.line("loss = 0.0")
        with self.loop("t", "1, T + 1"):
            self.line(f"loss += {self.program.loss.name}[t]")
        self.line(f"losses[step] = {self._text(self.program.model.scale)} * loss")

    def _block(self, block: Block) -> None:
        if block.direction == 0:
            for equation in block.equations:
                with self.loop("t", "1, T + 1"):
                    self._equation(equation.name, equation.expression)
            return
        for equation in block.equations:
            if equation.name not in self.program.kept:
                with self.loop("i", self._extent(equation.expression.shape)):
                    self.line(f"{equation.name}[i] = 0.0")
        with self.loop("t", "1, T + 1" if block.direction > 0 else "T, 0, -1"):
            for equation in block.equations:
                self._equation(equation.name, equation.expression)

    def _equation(self, name: str, expression: Expression) -> None:
        width = self._extent(expression.shape)
        kept = self.buffers[name](1) != width
        self._write(expression, lambda i: f"{name}[t * {width} + {i}]" if kept else f"{name}[{i}]")

    def _gradient(self, parameter: Parameter, term: Expression) -> None:
        name = f"d_{parameter.name}"
        if not isinstance(term, Outer):
            with self.loop("i", self._extent(term.shape)):
                self.line(f"{name}[i] += {self._entry(term, 'i')}")
            return
        rows, columns = (self.sizes[d] for d in term.shape)
        if parameter.name in self.columns:
            self._accumulate(name, term.right, columns, term.left, rows)
        else:
            self._accumulate(name, term.left, rows, term.right, columns)

    def _accumulate(self, name: str, slow: Expression, extent: int, fast: Expression, width: int) -> None:
        """name[j, i] += slow[j] fast[i]."""
        if isinstance(slow, Value) and slow.name in self.one_hot:
            with self.loop("i", width):
                self.line(f"{name}[{self._unit(slow)} * {width} + i] += {self._entry(fast, 'i')}")
            return
        with self.loop("j", extent):
            self.line(f"factor = {self._entry(slow, 'j')}")
            with self.loop("i", width):
                self.line(f"{name}[j * {width} + i] += factor * {self._entry(fast, 'i')}")

    # Expressions

    def _unit(self, one_hot: Value) -> str:
        """The index of the 1 in a one-hot input."""
        return f"{one_hot.name}[{self._step(one_hot)} - 1]"

    @staticmethod
    def _step(value: Value) -> str:
        return {0: "t", -1: "(t - 1)", 1: "(t + 1)"}[int(value.step - t)]

    def _entry(self, leaf: Expression, i: str) -> str:
        """Entry i of a named array."""
        if isinstance(leaf, Parameter):
            return f"{leaf.name}[{i if leaf.shape else 0}]"
        assert isinstance(leaf, Value)
        width = self._extent(leaf.shape)
        i = i if leaf.shape else "0"
        if leaf.name in self.inputs:
            if leaf.name in self.one_hot:
                return f"(1.0 if {i} == {self._unit(leaf)} else 0.0)"
            return f"{leaf.name}[({self._step(leaf)} - 1) * {width} + {i}]"
        if self.buffers[leaf.name](1) == width:
            return f"{leaf.name}[{i}]"
        return f"{leaf.name}[{self._step(leaf)} * {width} + {i}]"

    def _temporary(self, shape: Shape) -> str:
        name = f"work_{next(self.fresh)}"
        self.buffer(name, self._extent(shape), kept=False)
        return name

    def _operand(self, expression: Expression) -> Callable[[str], str]:
        """The entries of an expression: its own if it has a name, else computed first."""
        if isinstance(expression, Value | Parameter):
            return lambda i: self._entry(expression, i)
        name = self._temporary(expression.shape)
        self._write(expression, lambda i: f"{name}[{i}]")
        return (lambda i: f"{name}[{i}]") if expression.shape else (lambda i: f"{name}[0]")

    def _write(self, expression: Expression, out: Callable[[str], str]) -> None:
        """Lines that compute the entries of an expression into out(i)."""
        extent = self._extent(expression.shape)
        match expression:
            case MatMul():
                self._product(expression, out)
            case Total(_, operand):
                self._total(operand, out)
            case Softmax(_, operand) | LogSoftmax(_, operand):
                self._softmax(operand, extent, out, logarithm=isinstance(expression, LogSoftmax))
            case Map(_, rule, operands):
                entries = [self._operand(operand) for operand in operands]
                with self.loop("i", extent):
                    self.line(f"{out('i')} = {self._text(rule, entries, 'i')}")
            case Value() | Parameter():
                with self.loop("i", extent):
                    self.line(f"{out('i')} = {self._entry(expression, 'i')}")
            case _:
                raise TypeError(f"no loop for {type(expression).__name__}")

    def _product(self, product: MatMul, out: Callable[[str], str]) -> None:
        rows, depth = (self.sizes[d] for d in product.left.shape)
        transposed = isinstance(product.left, Transpose)
        matrix = product.left.operand if isinstance(product.left, Transpose) else product.left
        assert isinstance(matrix, Parameter)
        by_column = transposed != (matrix.name in self.columns)  # the entries of a column of `left` lie side by side
        vector = product.right
        if by_column and isinstance(vector, Value) and vector.name in self.one_hot:
            with self.loop("i", rows):
                self.line(f"{out('i')} = {matrix.name}[{self._unit(vector)} * {rows} + i]")
            return
        entry = self._operand(vector)
        if by_column:
            with self.loop("i", rows):
                self.line(f"{out('i')} = 0.0")
            with self.loop("j", depth):
                self.line(f"factor = {entry('j')}")
                with self.loop("i", rows):
                    self.line(f"{out('i')} += {matrix.name}[j * {rows} + i] * factor")
            return
        with self.loop("i", rows):
            self.line("total = 0.0")
            with self.loop("j", depth):
                self.line(f"total += {matrix.name}[i * {depth} + j] * {entry('j')}")
            self.line(f"{out('i')} = total")

    def _total(self, operand: Expression, out: Callable[[str], str]) -> None:
        rule, operands = (operand.rule, operand.operands) if isinstance(operand, Map) else (slot(0), (operand,))
        for i, part in enumerate(operands):  # Σ ŷ_k f_k, for a one-hot ŷ, is the one term that is not zero
            if isinstance(part, Value) and part.name in self.one_hot and rule.subs(slot(i), 0) == 0:
                entries = [self._operand(other) for other in operands]
                self.line(f"{out('0')} = {self._text(rule.subs(slot(i), 1), entries, self._unit(part))}")
                return
        entries = [self._operand(other) for other in operands]
        self.line("total = 0.0")
        with self.loop("i", self._extent(operand.shape)):
            self.line(f"total += {self._text(rule, entries, 'i')}")
        self.line(f"{out('0')} = total")

    def _softmax(self, operand: Expression, extent: int, out: Callable[[str], str], logarithm: bool) -> None:
        entry = self._operand(operand)
        self.line(f"largest = {entry('0')}")
        with self.loop("i", extent):
            self.line(f"largest = {entry('i')} if {entry('i')} > largest else largest")
        self.line("total = 0.0")
        with self.loop("i", extent):
            self.line(f"{out('i')} = {entry('i')} - largest")
            self.line(f"total += exp({out('i')})")
        if logarithm:
            self.line("total = log(total)")
        with self.loop("i", extent):
            self.line(f"{out('i')} -= total" if logarithm else f"{out('i')} = exp({out('i')}) / total")

    def _text(self, rule: Expr, entries: list[Callable[[str], str]] | None = None, i: str = "i") -> str:
        """A scalar rule in Python, over entry i of its operands."""
        names = {slot(k): Symbol(entry(i)) for k, entry in enumerate(entries or [])}
        return _Printer().doprint(rule.xreplace(names))


class _Printer(sympy.printing.str.StrPrinter):
    def _print_Function(self, expression: Expr) -> str:
        return f"{function_name(expression)}({self.stringify(expression.args, ', ')})"
