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
    Softmax,
    Total,
    Transpose,
    Value,
    last,
    slot,
    t,
    walk,
)
from derive.algebra.evaluate import function_name
from derive.export.arrays import functions
from derive.export.formula import formula, text
from derive.export.rule import PositiveFirst
from derive.export.source import WIDTH, Source, check_names, dimensions, example_sizes, heading, local, one_hot_factor
from derive.program import Block, LogSoftmax, Program, State
from derive.renaming import distinct

FUNCTIONS = {
    "sigmoid": "static double sigmoid(double z) { return 1 / (1 + exp(-z)); }",
    "softplus": "static double softplus(double z) { return fmax(z, 0) + log1p(exp(-fabs(z))); }",
    "relu": "static double relu(double z) { return fmax(z, 0); }",
    "positive": "static double positive(double z) { return z > 0; }",
}
NAMES = (
    "auto|break|case|char|const|continue|default|do|double|else|enum|extern|float|for|goto|if|inline|int|long|register",
    r"restrict|return|short|signed|sizeof|static|struct|switch|typedef|union|unsigned|void|volatile|while|_[A-Z]\w*",
    "exp|log|log1p|pow|sqrt|cbrt|tanh|sin|cos|fmax|fabs|sigmoid|softplus|relu|positive|memcpy|memset|INFINITY|NAN|NULL",
    r"Parameters|Inputs|States|parameters|inputs|states|gradients|end|main|printf",
    r"loss|loss_and_gradients|(dot|largest|total)_\d+",
)


def export(program: Program) -> str:
    """A file with `double loss_and_gradients(parameters, inputs, states, gradients, end)`, each a structure with the
    arrays by their names."""
    program = distinct(program)
    check_names(program, "C", (*NAMES, *(f"d_{parameter.name}" for parameter in program.model.parameters)))
    return _C(program).file()


class _C:
    def __init__(self, program: Program) -> None:
        self.program, self.source, self.fresh = program, Source(), count(1)
        self.inputs = [value.name for value in program.model.inputs]
        letter, self.end = program.letters
        self.t, self.i, self.j, self.k = (
            letter if program.model.over == "steps" else program.free("t", "step"),
            program.free("i", "row"),
            program.free("j", "column"),
            program.free("k", "place"),
        )
        self.now = self.t  # the step at which values are read

    def file(self) -> str:
        program, source, model = self.program, self.source, self.program.model
        returns = (
            "the loss; gradients get a structure like the parameters', and end the states at the last step (at the "
        )
        returns += "first of those that run backwards); either may be NULL"
        first, *rest = heading(program, "", ", zero where states is NULL", returns, self.example())
        rest += ["", "The sizes are macros, to be set by -D. Not re-entrant: the steps are kept in static memory."]
        source.line(f"/* {first}", *(f" * {line}".rstrip() for line in rest), " */", "")
        source.line("#include <math.h>", "#include <stddef.h>", "#include <string.h>")
        shown = example_sizes(program)
        for name, size in {self.end: 4, **{d: shown[d] for d in dimensions(program) if not d.isdigit()}}.items():
            source.line("", f"#ifndef {name}", f"#define {name} {size}", "#endif")
        self.structure("Parameters", [(p.name, _extents(p.shape)) for p in model.parameters])
        self.structure("Inputs", [(v.name, f"{self.steps(v)}{_extents(v.shape)}") for v in model.inputs])
        self.structure("States", [(s.given, _extents(s.value.shape)) for s in program.states] or [("none", "")])
        for function in functions(program, FUNCTIONS):
            source.line("", function)
        source.line(
            "",
            "double loss_and_gradients(const Parameters *parameters, const Inputs *inputs, const States *states,",
            "                          Parameters *gradients, States *end)",
            "{",
        )
        source.depth = 1
        given = [(p.name, _extents(p.shape), "parameters") for p in model.parameters]
        given += [(v.name, f"{self.steps(v)}{_extents(v.shape)}", "inputs") for v in model.inputs]
        source.line(*(_pointer(*member) for member in given if self.read(member[0])))
        for block in program.blocks:
            for equation in block.equations:
                self.declare(equation.name, equation.expression.shape)
        for state in program.states:
            self.given(state)
        if not program.states:
            source.line("(void)states;", "(void)end;")
        for block in program.blocks:
            self.block(block)
        source.line("")
        with source.indented("if (gradients) {"):
            for name, terms in program.gradients.items():
                self.gradient(model.parameter(name), terms)
        source.line("}")
        if program.states:
            with source.indented("if (end) {"):
                for state in program.states:
                    row = self.end if state.side < 0 else "1"
                    there = self.leaf(state.value.at(t), "0", row).removesuffix("[0]" if state.value.shape else "")
                    pointer, place = ("", "") if state.value.shape else ("&", "&")
                    source.line(f"memcpy({place}end->{state.given}, {pointer}{there}, sizeof end->{state.given});")
            source.line("}")
        if program.loss.name in program.once:
            source.line("", f"double loss = {program.loss.name};")
        else:
            name, now = program.loss.name, self.t
            source.line(
                "", "double loss = 0;", f"for (int {now} = 1; {now} <= {self.end}; {now}++) loss += {name}[{now} - 1];"
            )
        source.line(f"return {self.rule(model.scale * Symbol('loss'), {})};")
        source.depth = 0
        source.line("}")
        return source.text()

    def structure(self, name: str, members: list[tuple[str, str]]) -> None:
        with self.source.indented("", "typedef struct {"):
            self.source.line(*(f"double {member}{extents};" for member, extents in members))
        self.source.line(f"}} {name};")

    def example(self) -> list[str]:
        """A caller, in a file of its own or below this one."""
        zero = [
            f"inputs.{v.name}[t][t % {v.shape[0]}] = 1;"
            for v in self.program.model.inputs
            if v.one_hot and v.step != last
        ]
        lines = ["static Parameters parameters, gradients;"]
        lines += ["static Inputs inputs;"]
        lines += [f"for (int t = 0; t < {self.end}; t++) {line}" for line in zero]
        return [*lines, "double loss = loss_and_gradients(&parameters, &inputs, NULL, &gradients, NULL);"]

    def steps(self, value: Value) -> str:
        return "" if value.step == last else f"[{self.end}]"

    def read(self, name: str) -> bool:
        """Whether anything reads a parameter or an input."""
        terms = [term for sums in self.program.gradients.values() for term in sums]
        expressions = [*terms, *(e.expression for block in self.program.blocks for e in block.equations)]
        return any(getattr(part, "name", None) == name for expression in expressions for part in walk(expression))

    def declare(self, name: str, shape: Shape) -> None:
        """The memory of a value, and what it is beyond the first step and the last."""
        edges = {side: self.program.edges[name, side] for side in (-1, 1) if (name, side) in self.program.edges}
        if name in self.program.once or local(self.program, name):
            self.source.line(f"double {name}{_extents(shape)}{(' = {0}' if shape else ' = 0') if edges else ''};")
        else:
            steps = f"[{self.end} + {len(edges)}]" if edges else f"[{self.end}]"
            self.source.line(f"static double {name}{steps}{_extents(shape)};")

    def given(self, state: State) -> None:
        """A state as it is given, or zero."""
        there, member = self.edge(state.value.name, state.side), f"states->{state.given}"
        copy = f"memcpy({there}, {'' if state.value.shape else '&'}{member}, sizeof {member})"
        zero = f"memset({there}, 0, sizeof(double){''.join(f' * {d}' for d in state.value.shape)})"
        self.source.line(f"if (states) {copy};", f"else {zero};")

    def edge(self, name: str, side: int) -> str:
        """The address of a value beyond the first step or the last."""
        ahead = (name, -1) in self.program.edges
        row = "0" if side < 0 else f"{self.end} + 1" if ahead else self.end
        return f"{'' if self.program.shapes[name] else '&'}{name}[{row}]"

    def block(self, block: Block) -> None:
        source, end = self.source, self.end
        source.line("")
        if block.once:
            self.now = end
            for equation in block.equations:
                self.comment(formula(equation, end))
                self.assign(equation.value, equation.expression)
            self.now = self.t
            return
        for equation in block.equations:
            name = equation.name
            if name in self.program.ends:
                known, size = (
                    self.program.ends[name],
                    f"sizeof(double){''.join(f' * {d}' for d in equation.expression.shape)}",
                )
                side = next(side for side in (-1, 1) if (name, side) in self.program.edges)
                there = f"{'' if equation.expression.shape else '&'}{name}"
                there = there if local(self.program, name) else self.edge(name, side)
                source.line(f"memcpy({there}, {'' if equation.expression.shape else '&'}{known}, {size});")
        t = self.t
        ways = {-1: f"int {t} = {end}; {t} >= 1; {t}--"}
        groups = [block.equations] if block.direction else [(equation,) for equation in block.equations]
        for group in groups:
            with source.indented(f"for ({ways.get(block.direction, f'int {t} = 1; {t} <= {end}; {t}++')}) {{"):
                for equation in group:
                    self.comment(formula(equation, self.program.letters[0]))
                    self.assign(equation.value, equation.expression)
            source.line("}")

    def comment(self, text: str) -> None:
        self.source.line(*wrap(f"/* {text} */", WIDTH - 4 * self.source.depth, subsequent_indent=" *     "))

    def gradient(self, parameter: Parameter, terms: tuple[Array, ...]) -> None:
        target, (now, end) = f"gradients->{parameter.name}", self.program.letters
        terms = tuple(sorted(terms, key=self.program.is_once))
        texts = [text(term, end if self.program.is_once(term) else now) for term in terms]
        summed = f"Σ_{now} " if terms and not self.program.is_once(terms[0]) else ""
        self.comment(f"∂L/∂{parameter.name} = {summed}{' + '.join(texts) or '0'}")
        self.source.line(f"memset({'' if parameter.shape else '&'}{target}, 0, sizeof {target});")
        for term in terms:
            lines = []
            if not self.program.is_once(term):
                lines.append(f"for (int {self.t} = 1; {self.t} <= {end}; {self.t}++)")
            else:
                self.now = end
            counters = (self.i, self.j)[: len(parameter.shape)]
            place = "".join(f"[{i}]" for i in counters)
            lines += [f"for (int {i} = 0; {i} < {d}; {i}++)" for i, d in zip(counters, parameter.shape, strict=True)]
            if isinstance(term, Outer):
                summand = f"{self.leaf(term.left, self.i)} * {self.leaf(term.right, self.j)}"
            else:
                summand = self.leaf(term, self.i)
            for depth, line in enumerate([*lines, f"{target}{place} += {summand};"]):
                self.source.line("    " * depth + line)
            self.now = self.t

    def assign(self, target: Value, expression: Array) -> None:
        """Statements that compute a value at step t."""
        i, source = self.i, self.source
        out = self.leaf(target, i)
        if isinstance(expression, Softmax | LogSoftmax):
            extent = expression.shape[0]
            largest, total = f"largest_{next(self.fresh)}", f"total_{next(self.fresh)}"
            source.line(f"double {largest} = -INFINITY, {total} = 0;")
            with source.indented(f"for (int {i} = 0; {i} < {extent}; {i}++) {{"):
                self.set(f"{out} =", expression.operand, i, {})
                source.line(f"if ({out} > {largest}) {largest} = {out};")
            source.line("}")
            if isinstance(expression, Softmax):
                source.line(f"for (int {i} = 0; {i} < {extent}; {i}++) {total} += {out} = exp({out} - {largest});")
                source.line(f"for (int {i} = 0; {i} < {extent}; {i}++) {out} /= {total};")
            else:
                source.line(f"for (int {i} = 0; {i} < {extent}; {i}++) {total} += exp({out} - {largest});")
                source.line(f"for (int {i} = 0; {i} < {extent}; {i}++) {out} -= {largest} + log({total});")
        elif expression.shape:
            totals = self.totals(expression)
            with source.indented(f"for (int {i} = 0; {i} < {expression.shape[0]}; {i}++) {{"):
                self.set(f"{out} =", expression, i, totals)
            source.line("}")
        else:
            self.set(f"{out} =", expression, i, self.totals(expression))

    def totals(self, expression: Array) -> dict[Array, str]:
        """The sums inside an expression, computed before it."""
        sums: dict[Array, str] = {}
        k = self.k
        for part in _inside(expression):
            if isinstance(part, Total):
                inner = self.totals(part.operand)
                name = sums[part] = f"total_{next(self.fresh)}"
                self.source.line(f"double {name} = 0;")
                with self.source.indented(f"for (int {k} = 0; {k} < {part.operand.shape[0]}; {k}++) {{"):
                    found = one_hot_factor(part.operand)
                    where = f"if ({self.leaf(found[0], k)} != 0) " if found else ""
                    self.set(f"{where}{name} +=", part.operand, k, inner)
                self.source.line("}")
        return sums

    def set(self, target: str, expression: Array, i: str, totals: dict[Array, str]) -> None:
        """The statement with entry i of an expression on its right, after the products that stand in it."""
        known, j = dict(totals), self.j
        for part in _inside(expression):
            if isinstance(part, MatMul):
                name = known[part] = f"dot_{next(self.fresh)}"
                transposed = isinstance(part.left, Transpose)
                matrix = part.left.operand if isinstance(part.left, Transpose) else part.left
                assert isinstance(matrix, Parameter)
                product = f"{matrix.name}{f'[{j}][{i}]' if transposed else f'[{i}][{j}]'} * {self.leaf(part.right, j)}"
                self.source.line(f"double {name} = 0;")
                self.source.line(f"for (int {j} = 0; {j} < {part.left.shape[1]}; {j}++) {name} += {product};")
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

    def leaf(self, leaf: Array, i: str, now: str | None = None) -> str:
        """Entry i of a named array at the step `now`, or at its own where that is a number."""
        place = f"[{i}]" if leaf.shape else ""
        if isinstance(leaf, Parameter):
            return f"{leaf.name}{place}"
        assert isinstance(leaf, Value)
        if leaf.name in self.program.once or local(self.program, leaf.name):
            return f"{leaf.name}{place}"
        row = ((leaf.name, -1) in self.program.edges) - 1
        if leaf.step.is_Integer:
            return f"{leaf.name}[{row + int(leaf.step)}]{place}"
        row += int(leaf.step - t)
        return f"{leaf.name}[{now or self.now}{f' - {-row}' if row < 0 else f' + {row}' if row > 0 else ''}]{place}"

    def rule(self, rule: Expr, spelled: Mapping[str, str]) -> str:
        return _Printer(spelled).doprint(rule)


def _extents(shape: Shape) -> str:
    return "".join(f"[{dimension}]" for dimension in shape)


def _pointer(name: str, extents: str, structure: str) -> str:
    """A name for a member that is only read."""
    if not extents:
        return f"const double {name} = {structure}->{name};"
    rest = extents[extents.index("]") + 1 :]
    return f"const double {f'(*{name}){rest}' if rest else f'*{name}'} = {structure}->{name};"


def _inside(expression: Array) -> list[Array]:
    """The parts of an expression, not looking into its sums."""
    if isinstance(expression, Total):
        return [expression]
    return [expression, *(part for arg in expression.args for part in _inside(arg))]


class _Printer(PositiveFirst, C99CodePrinter):
    def __init__(self, spelled: Mapping[str, str]) -> None:
        super().__init__({"math_macros": {}})  # M_SQRT2 and the like are not in C99
        self.spelled = spelled

    def _own(self, expr: Any) -> str:
        """A call of a function of `FUNCTIONS`."""
        return f"{function_name(expr)}({self._print(expr.args[0])})"

    _print_Sigmoid = _print_Softplus = _print_Relu = _print_Positive = _own

    def _print_Pow(self, expr: Any) -> str:
        if expr.exp == 2 and expr.base.is_Symbol:
            return f"{self._print(expr.base)}*{self._print(expr.base)}"
        return super()._print_Pow(expr)
