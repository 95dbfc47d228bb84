"""Statements over arrays: those of the NumPy and the PyTorch source, and of the JAX source but for its loops."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sympy import Symbol

from derive.algebra.array import Map, Outer, Value, t
from derive.algebra.model import Equation
from derive.export.arrays import Arrays
from derive.export.formula import formula, text
from derive.export.rule import RulePrinter
from derive.export.source import Source, extents, local, stepwise
from derive.program import Block, Program


@dataclass(frozen=True)
class Dialect:
    """Where array libraries with the same operators differ."""

    module: str
    new_zeros: str  # zeros of the parameters' type
    join: str  # joins arrays along the first axis

    def zeros(self, *shape: str) -> str:
        return self.new_zeros.format(shape[0] if len(shape) == 1 else f"({', '.join(shape)})")


def unpack(source: Source, program: Program) -> None:
    """The parameters by name."""
    source.line(*(f'{parameter.name} = parameters["{parameter.name}"]' for parameter in program.model.parameters))


def count_steps(source: Source, program: Program) -> None:
    """T, the number of steps."""
    inputs = stepwise(program)
    source.line(f"{program.letters[1]} = {f'len({inputs[0]})' if inputs else '1'}")


def declare(source: Source, program: Program) -> None:
    """T, and the dimensions of what is filled with zeros."""
    count_steps(source, program)
    needed = {d for block in program.blocks if block.direction for e in block.equations for d in e.expression.shape}
    needed |= {d for (name, _), known in program.edges.items() if known is None for d in program.shapes[name]}
    needed |= {d for block in program.blocks for e in block.equations if constant(e) for d in e.expression.shape}
    source.line(*(f"{d} = {extent}" for d, extent in extents(program).items() if d in needed and not d.isdigit()))


def declare_states(source: Source, program: Program, dialect: Dialect) -> None:
    """The states beyond the first step or the last, zero unless given."""
    for state in program.states:
        zeros = dialect.zeros(*(extents(program)[dimension] for dimension in state.value.shape))
        with source.indented(f"if {state.given} is None:"):
            source.line(f"{state.given} = {zeros}")


def write_block(
    source: Source, program: Program, dialect: Dialect, block: Block, equations: Iterable[Equation]
) -> None:
    """The block's statements, for those equations of it that are given."""
    equations = list(equations)
    if not equations:
        return
    now, end = program.letters
    source.line("")
    if block.direction == 0:
        all_steps = Arrays(dialect.module, lambda value: rows(program, value), rows=True)
        for equation in equations:
            expression = equation.expression
            value = at_end(program, dialect).text(expression) if block.once else all_steps.text(expression)
            value = _filled(dialect, equation, value, () if block.once else (end,))
            source.comment(formula(equation, end if block.once else now))
            source.assign(equation.name, value if block.once else _extended(program, dialect, equation, value))
        return
    for equation in equations:
        name, shape = equation.name, equation.expression.shape
        sides = {side: program.edges[name, side] for side in (-1, 1) if (name, side) in program.edges}
        if local(program, name):
            source.line(*(f"{name} = {known or dialect.zeros(*shape)}" for known in sides.values()))
            continue
        steps = f"{end} + {len(sides)}" if sides else end
        row = now if -1 in sides else f"{now} - 1"
        comment = f"  # row {row} is step {now}" if sides else ""
        source.line(f"{name} = {dialect.zeros(steps, *shape)}{comment}")
        source.line(*(f"{name}[{0 if side < 0 else -1}] = {known}" for side, known in sides.items() if known))
    step = Arrays(dialect.module, lambda value: _step(program, value, now), rows=False)
    with source.indented(f"for {now} in range({f'1, {end} + 1' if block.direction > 0 else f'{end}, 0, -1'}):"):
        for equation in equations:
            source.comment(formula(equation, now))
            value = _filled(dialect, equation, step.text(equation.expression), ())
            source.assign(_step(program, equation.value, now), value)


def constant(equation: Equation) -> bool:
    """Whether a right side is the same number everywhere."""
    return isinstance(equation.expression, Map) and not equation.expression.operands


def _filled(dialect: Dialect, equation: Equation, value: str, steps: tuple[str, ...]) -> str:
    """A number as an array of the equation's shape."""
    shape = (*steps, *equation.expression.shape)
    if not shape or not constant(equation):
        return value
    return dialect.zeros(*shape) if equation.expression.is_zero else f"{dialect.zeros(*shape)} + {value}"


def _extended(program: Program, dialect: Dialect, equation: Equation, value: str) -> str:
    """A value at all steps, with those before the first and after the last where they are read."""
    pieces = [value]
    for side in (-1, 1):
        if (equation.name, side) in program.edges:
            known = program.edges[equation.name, side]
            edge = f"{known}[None]" if known else dialect.zeros("1", *equation.expression.shape)
            pieces = [edge, *pieces] if side < 0 else [*pieces, edge]
    return value if len(pieces) == 1 else f"{dialect.join}([{', '.join(pieces)}])"


def at_end(program: Program, dialect: Dialect) -> Arrays:
    """Expressions at the last step."""
    return Arrays(dialect.module, lambda value: _step(program, value, program.letters[1]), rows=False)


def scaled_loss(program: Program) -> str:
    """scale · Σ_t L(t)."""
    name = program.loss.name
    total = Symbol(name if name in program.once else f"{name}.sum()")
    return RulePrinter().doprint(program.model.scale * total)


def gradients(
    program: Program, module: str, name: Callable[[Value], str], at_last: Arrays
) -> Iterator[tuple[str, str, str]]:
    """For each parameter: its name, its gradient from values at all steps and at the last, and the formula."""
    arrays = Arrays(module, name, rows=True)
    now, end = program.letters
    for parameter, terms in program.gradients.items():
        sums, formulas = [], []
        for term in sorted(terms, key=program.is_once):
            if program.is_once(term):
                outer = isinstance(term, Outer)
                sums.append(
                    f"{module}.outer({', '.join(map(at_last.text, term.args))})" if outer else at_last.text(term)
                )
                formulas.append(text(term, end))
            else:
                sums.append(arrays.text(term) if isinstance(term, Outer) else f"{arrays.text(term)}.sum(0)")
                formulas.append(f"{'' if formulas else f'Σ_{now} '}{text(term, now)}")
        comment = f"∂L/∂{parameter} = {' + '.join(formulas) or '0'}"
        yield parameter, " + ".join(sums) or f"{module}.zeros_like({parameter})", comment


def states_at_the_end(program: Program) -> list[tuple[str, int]]:
    """The name of each state that is handed on, -1 if at the last step and 1 if at the first."""
    sides = {state.value.name: state.side for state in reversed(program.states)}
    return list(reversed(sides.items()))


def handed_on(program: Program) -> str:
    """The states at the end as a dict."""
    ends = {-1: program.letters[1], 1: "1"}
    states = (
        f'"{name}": {_step(program, Value((), name, t), ends[side])}' for name, side in states_at_the_end(program)
    )
    return f"{{{', '.join(states)}}}"


def rows(program: Program, value: Value) -> str:
    """A value at all steps, as rows of what is stored."""
    ahead, behind = ((value.name, side) in program.edges for side in (-1, 1))
    start, stop = ahead + int(value.step - t), behind - int(value.step - t)
    if not start and not stop:
        return value.name
    return f"{value.name}[{start or ''}:{-stop if stop else ''}]"


def _step(program: Program, value: Value, now: str) -> str:
    """A value at the step `now`, or at its own where that is a number; what a loop carries still holds the step before
    where it is read."""
    if value.name in program.once or local(program, value.name):
        return value.name
    ahead = (value.name, -1) in program.edges
    if value.step.is_Integer:
        return f"{value.name}[{int(value.step) - 1 + ahead}]"
    row = int(value.step - t) - 1 + ahead
    if now.isdigit():
        return f"{value.name}[{int(now) + row}]"
    return f"{value.name}[{now}{f' - {-row}' if row < 0 else f' + {row}' if row else ''}]"
