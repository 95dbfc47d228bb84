"""The array program as C99: one file of scalar loops, with the sizes as macros."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from textwrap import wrap
from typing import Any

from sympy import Expr, Symbol
from sympy.printing.c import C99CodePrinter

from derive.algebra.array import (
    Array,
    Map,
    MatMul,
    Outer,
    Parameter,
    Shape,
    Sigmoid,
    Softmax,
    Total,
    Transpose,
    Value,
    slot,
    t,
)
from derive.export.formula import formula, text
from derive.export.rule import PositiveFirst
from derive.export.source import WIDTH, Source, check_names, dimensions, heading, local, one_hot_factor, states
from derive.program import Block, LogSoftmax, Program

SIZES = {"T": 4, "H": 8, "V": 4}  # those of HELLO with 8 hidden units

NAMES = (
    "auto|break|case|char|const|continue|default|do|double|else|enum|extern|float|for|goto|if|inline|int|long|register",
    r"restrict|return|short|signed|sizeof|static|struct|switch|typedef|union|unsigned|void|volatile|while|_[A-Z]\w*",
    "exp|log|pow|sqrt|cbrt|tanh|memcpy|memset|INFINITY|NAN|NULL",
    r"i|j|k|t|loss|loss_and_gradients|(dot|largest|total)_\d+",
)


def export(program: Program) -> str:
    """A file with `double loss_and_gradients(…)`: parameters, inputs, states at step 0, and a gradient to fill for each
    parameter."""
    check_names(program, "C", (*NAMES, *(f"d_{parameter.name}" for parameter in program.model.parameters)))
    return _C(program).file()


class _C:
    def __init__(self, program: Program) -> None:
        self.program, self.source, self.fresh = program, Source(), count(1)
        self.inputs = [value.name for value in program.model.inputs]

    def file(self) -> str:
        program, source, model = self.program, self.source, self.program.model
        returns = "the loss; d_W is set to dL/dW for each parameter W, and nothing else is written to"
        first, *rest = heading(program, "", "", returns)
        rest += ["", "The sizes are macros, to be set by -D. Not re-entrant: the steps are kept in static memory."]
        source.line(f"/* {first}", *(f" * {line}".rstrip() for line in rest), " */", "")
        source.line("#include <math.h>", "#include <string.h>")
        for dimension in ("T", *dimensions(program)):
            source.line("", f"#ifndef {dimension}", f"#define {dimension} {SIZES.get(dimension, 8)}", "#endif")
        arguments = [_given(p.name, _extents(p.shape) or "[1]") for p in model.parameters]
        arguments += [_given(v.name, f"[T]{_extents(v.shape)}") for v in model.inputs]
        arguments += [_given(f"{s.name}_0", _extents(s.shape) or "[1]") for s in model.states]
        arguments += [f"double d_{p.name}{_extents(p.shape) or '[1]'}" for p in model.parameters]
        source.line(
            "",
            "double loss_and_gradients(",
            *(f"    {a}{',' if a is not arguments[-1] else ')'}" for a in arguments),
            "{",
        )
        source.depth = 1
        for block in program.blocks:
            for equation in block.equations:
                self.declare(equation.name, equation.expression.shape, equation.name in program.carried.values())
        for state in states(program):
            source.line(f"memcpy({state}[0], {state}_0, sizeof {state}[0]);")
        for block in program.blocks:
            self.block(block)
        source.line("")
        for name, terms in program.gradients.items():
            self.gradient(model.parameter(name), terms)
        source.line("", "double loss = 0;", f"for (int t = 1; t <= T; t++) loss += {program.loss.name}[t - 1];")
        source.line(f"return {self.rule(model.scale * Symbol('loss'), {})};")
        source.depth = 0
        source.line("}")
        return source.text()

    def declare(self, name: str, shape: Shape, zero: bool) -> None:
        if local(self.program, name):
            self.source.line(f"double {name}{_extents(shape)}{' = {0}' if zero and shape else ' = 0' if zero else ''};")
        else:
            steps = "[T + 1]" if name in states(self.program) or zero else "[T]"
            self.source.line(f"static double {name}{steps}{_extents(shape)};")

    def block(self, block: Block) -> None:
        self.source.line("")
        ways = {0: "int t = 1; t <= T; t++", 1: "int t = 1; t <= T; t++", -1: "int t = T; t >= 1; t--"}
        groups = [block.equations] if block.direction else [(equation,) for equation in block.equations]
        for group in groups:
            with self.source.indented(f"for ({ways[block.direction]}) {{"):
                for equation in group:
                    self.comment(formula(equation))
                    self.assign(equation.value, equation.expression)
            self.source.line("}")

    def comment(self, text: str) -> None:
        self.source.line(*wrap(f"/* {text} */", WIDTH - 4 * self.source.depth, subsequent_indent=" *     "))

    def gradient(self, parameter: Parameter, terms: tuple[Array, ...]) -> None:
        target = f"d_{parameter.name}"
        self.comment(f"∂L/∂{parameter.name} = Σ_t {' + '.join(map(text, terms)) or '0'}")
        self.source.line(f"memset({target}, 0, sizeof(double){''.join(f' * {d}' for d in parameter.shape)});")
        for term in terms:
            rows = parameter.shape[0] if parameter.shape else "1"
            self.source.line("for (int t = 1; t <= T; t++)")
            self.source.line(f"    for (int i = 0; i < {rows}; i++)")
            if isinstance(term, Outer):
                left, right = self.leaf(term.left, "i"), self.leaf(term.right, "j")
                self.source.line(
                    f"        for (int j = 0; j < {parameter.shape[1]}; j++) {target}[i][j] += {left} * {right};"
                )
            else:
                self.source.line(f"        {target}[i] += {self.leaf(term, 'i')};")

    def assign(self, target: Value, expression: Array) -> None:
        """Statements that compute a value at step t."""
        out, source = self.leaf(target, "i"), self.source
        if isinstance(expression, Softmax | LogSoftmax):
            extent = expression.shape[0]
            largest, total = f"largest_{next(self.fresh)}", f"total_{next(self.fresh)}"
            source.line(f"double {largest} = -INFINITY, {total} = 0;")
            with source.indented(f"for (int i = 0; i < {extent}; i++) {{"):
                self.set(f"{out} =", expression.operand, "i", {})
                source.line(f"if ({out} > {largest}) {largest} = {out};")
            source.line("}")
            if isinstance(expression, Softmax):
                source.line(f"for (int i = 0; i < {extent}; i++) {total} += {out} = exp({out} - {largest});")
                source.line(f"for (int i = 0; i < {extent}; i++) {out} /= {total};")
            else:
                source.line(f"for (int i = 0; i < {extent}; i++) {total} += exp({out} - {largest});")
                source.line(f"for (int i = 0; i < {extent}; i++) {out} -= {largest} + log({total});")
        elif expression.shape:
            totals = self.totals(expression)
            with source.indented(f"for (int i = 0; i < {expression.shape[0]}; i++) {{"):
                self.set(f"{out} =", expression, "i", totals)
            source.line("}")
        else:
            self.set(f"{out} =", expression, "i", self.totals(expression))

    def totals(self, expression: Array) -> dict[Array, str]:
        """The sums inside an expression, computed before it."""
        sums: dict[Array, str] = {}
        for part in _inside(expression):
            if isinstance(part, Total):
                inner = self.totals(part.operand)
                name = sums[part] = f"total_{next(self.fresh)}"
                self.source.line(f"double {name} = 0;")
                with self.source.indented(f"for (int k = 0; k < {part.operand.shape[0]}; k++) {{"):
                    found = one_hot_factor(part.operand)
                    where = f"if ({self.leaf(found[0], 'k')} != 0) " if found else ""
                    self.set(f"{where}{name} +=", part.operand, "k", inner)
                self.source.line("}")
        return sums

    def set(self, target: str, expression: Array, i: str, totals: dict[Array, str]) -> None:
        """The statement with entry i of an expression on its right, after the products that stand in it."""
        known = dict(totals)
        for part in _inside(expression):
            if isinstance(part, MatMul):
                name = known[part] = f"dot_{next(self.fresh)}"
                transposed = isinstance(part.left, Transpose)
                matrix = part.left.operand if isinstance(part.left, Transpose) else part.left
                assert isinstance(matrix, Parameter)
                product = f"{matrix.name}{f'[j][{i}]' if transposed else f'[{i}][j]'} * {self.leaf(part.right, 'j')}"
                self.source.line(f"double {name} = 0;")
                self.source.line(f"for (int j = 0; j < {part.left.shape[1]}; j++) {name} += {product};")
        self.source.line(f"{target} {self.entry(expression, i, known)};")

    def entry(self, expression: Array, i: str, known: dict[Array, str]) -> str:
        """Entry i of an expression; the sums and products in it have the names that are known."""
        match expression:
            case Value() | Parameter():
                return self.leaf(expression, i)
            case Total() | MatMul():
                return known[expression]
            case Map(_, rule, operands):
                names = {slot(k): Symbol(text(operand)) for k, operand in enumerate(operands)}
                spelled = {text(operand): self.entry(operand, i, known) for operand in operands}
                return self.rule(rule.xreplace(names), spelled)
        raise TypeError(f"no C for {type(expression).__name__}")

    def leaf(self, leaf: Array, i: str) -> str:
        """Entry i of a named array at step t; a state keeps step 0 too, and what comes back step T+1."""
        place = f"[{i}]" if leaf.shape else ""
        if isinstance(leaf, Parameter):
            return f"{leaf.name}{place or '[0]'}"
        assert isinstance(leaf, Value)
        if local(self.program, leaf.name):
            return f"{leaf.name}{place}"
        row = int(leaf.step - t) - (leaf.name not in states(self.program))
        return f"{leaf.name}[t{f' - {-row}' if row < 0 else f' + {row}' if row > 0 else ''}]{place}"

    def rule(self, rule: Expr, spelled: Mapping[str, str]) -> str:
        return _Printer(spelled).doprint(rule.replace(Sigmoid, Sigmoid.definition))


def _extents(shape: Shape) -> str:
    return "".join(f"[{dimension}]" for dimension in shape)


def _given(name: str, extents: str) -> str:
    """A parameter that is only read. In C no array of arrays may be given for one of constant arrays."""
    return f"{'const ' if extents.count('[') == 1 else ''}double {name}{extents}"


def _inside(expression: Array) -> list[Array]:
    """The parts of an expression, not looking into its sums."""
    if isinstance(expression, Total):
        return [expression]
    return [expression, *(part for arg in expression.args for part in _inside(arg))]


class _Printer(PositiveFirst, C99CodePrinter):
    def __init__(self, spelled: Mapping[str, str]) -> None:
        super().__init__({"math_macros": {}})  # M_SQRT2 and the like are not in C99
        self.spelled = spelled

    def _print_Pow(self, expr: Any) -> str:
        if expr.exp == 2 and expr.base.is_Symbol:
            return f"{self._print(expr.base)}*{self._print(expr.base)}"
        return super()._print_Pow(expr)
