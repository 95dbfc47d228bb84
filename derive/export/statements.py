"""Statements over arrays: those of the NumPy and the PyTorch source, and of the JAX source but for its loops."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sympy import Symbol

from derive.algebra.array import Outer, Value, t
from derive.algebra.model import Equation
from derive.export.arrays import Arrays
from derive.export.formula import formula, text
from derive.export.rule import RulePrinter
from derive.export.source import Source, extents, local, states
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


def declare(source: Source, program: Program) -> None:
    """T, and the dimensions of what loops compute."""
    source.line(f"T = len({program.model.inputs[0].name})")
    needed = {d for block in program.blocks if block.direction for e in block.equations for d in e.expression.shape}
    source.line(*(f"{d} = {extent}" for d, extent in extents(program).items() if d in needed))


def declare_states(source: Source, program: Program, dialect: Dialect) -> None:
    """The states at step 0, zero unless given."""
    for state in program.model.states:
        zeros = dialect.zeros(*(extents(program)[dimension] for dimension in state.shape))
        with source.indented(f"if {state.name}_0 is None:"):
            source.line(f"{state.name}_0 = {zeros}")


def write_block(
    source: Source, program: Program, dialect: Dialect, block: Block, equations: Iterable[Equation]
) -> None:
    """The block's statements, for those equations of it that are given."""
    equations = list(equations)
    if not equations:
        return
    source.line("")
    if block.direction == 0:
        arrays = Arrays(dialect.module, lambda value: rows(program, dialect, value), rows=True)
        for equation in equations:
            value = arrays.text(equation.expression)
            if equation.name in states(program):
                value = f"{dialect.join}([{equation.name}_0[None], {value}])"
            source.comment(formula(equation))
            source.assign(equation.name, value)
        return
    for equation in equations:
        shape = equation.expression.shape
        if equation.name in states(program):
            source.line(f"{equation.name} = {dialect.zeros('T + 1', *shape)}  # row t is step t")
            source.line(f"{equation.name}[0] = {equation.name}_0")
        elif not local(program, equation.name):
            source.line(f"{equation.name} = {dialect.zeros('T', *shape)}")
        elif equation.name in program.carried.values():
            source.line(f"{equation.name} = {dialect.zeros(*shape)}")
    arrays = Arrays(dialect.module, lambda value: _step(program, value), rows=False)
    with source.indented(f"for t in range({'1, T + 1' if block.direction > 0 else 'T, 0, -1'}):"):
        for equation in equations:
            target = _step(program, equation.value)
            source.comment(formula(equation))
            source.assign(target, arrays.text(equation.expression))


def scaled_loss(program: Program) -> str:
    """scale · Σ_t L(t)."""
    return RulePrinter().doprint(program.model.scale * Symbol(f"{program.loss.name}.sum()"))


def gradients(program: Program, module: str, name: Callable[[Value], str]) -> Iterator[tuple[str, str, str]]:
    """For each parameter: its name, its gradient from values at all steps, and the formula."""
    arrays = Arrays(module, name, rows=True)
    for parameter, terms in program.gradients.items():
        sums = [arrays.text(term) if isinstance(term, Outer) else f"{arrays.text(term)}.sum(0)" for term in terms]
        comment = f"∂L/∂{parameter} = Σ_t {' + '.join(map(text, terms)) or '0'}"
        yield parameter, " + ".join(sums) or f"{module}.zeros_like({parameter})", comment


def rows(program: Program, dialect: Dialect, value: Value) -> str:
    """A value at all steps: row t-1 for step t."""
    if value.name in states(program):
        return f"{value.name}[1:]" if value.step == t else f"{value.name}[:-1]"
    if value.step == t:
        return value.name
    return f"{dialect.join}([{value.name}[1:], {dialect.module}.zeros_like({value.name}[:1])])"


def _step(program: Program, value: Value) -> str:
    """A value in a loop over t; what is carried back still holds the step t+1 where it is read."""
    if value.name in states(program):
        return f"{value.name}[t]" if value.step == t else f"{value.name}[t - 1]"
    return value.name if local(program, value.name) else f"{value.name}[t - 1]"
