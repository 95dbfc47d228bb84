"""The array program as NumPy source; the statements are also those of the PyTorch source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sympy import Symbol

from derive.array import Outer, Value, t
from derive.export.arrays import Arrays, functions
from derive.export.formula import formula, text
from derive.export.rule import RulePrinter
from derive.export.source import PYTHON, Source, check_names, extents, heading, local, states
from derive.lower import Block, Program
from derive.model import Equation

FUNCTIONS = {
    "softmax": """
def softmax(u):
    powers = np.exp(u - u.max(-1, keepdims=True))  # the shift changes nothing but keeps exp from overflowing
    return powers / powers.sum(-1, keepdims=True)
""",
    "log_softmax": """
def log_softmax(u):
    shifted = u - u.max(-1, keepdims=True)  # changes nothing but keeps exp from overflowing
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
""",
    "sigmoid": """
def sigmoid(z):
    return np.exp(-np.logaddexp(0, -z))  # 1/(1 + exp(-z)) without overflow
""",
}


@dataclass(frozen=True)
class Dialect:
    """Where array libraries with the same operators differ."""

    module: str
    new_zeros: str  # zeros of the parameters' type
    join: str  # joins arrays along the first axis

    def zeros(self, *shape: str) -> str:
        return self.new_zeros.format(shape[0] if len(shape) == 1 else f"({', '.join(shape)})")


NAMES = (*PYTHON, *FUNCTIONS, "np|parameters|loss|gradients|dtype|t")


def export(program: Program) -> str:
    """A module with `loss_and_gradients(parameters, x, target, a_0=None) -> (loss, gradients)`."""
    check_names(program, "NumPy", NAMES)
    dialect, source, model = Dialect("np", "np.zeros({}, dtype)", "np.concatenate"), Source(), program.model
    inputs = "Row t-1 of each input ({names}) is its value at step t; the states at step 0 are zero unless given."
    source.line('"""' + heading(program, inputs)[0], *heading(program, inputs)[1:], '"""', "", "import numpy as np")
    for function in functions(program, FUNCTIONS):
        source.line("", *function.rstrip().split("\n"))
    arguments = ["parameters", *(v.name for v in model.inputs), *(f"{name}_0=None" for name in states(program))]
    source.line("", "")
    with source.indented(f"def loss_and_gradients({', '.join(arguments)}):"):
        source.line('"""Return the loss L and dL/dW for each parameter W by name."""')
        names = ", ".join(p.name for p in model.parameters)
        source.line(f"{names} = (parameters[name] for name in {tuple(p.name for p in model.parameters)!r})")
        declare(source, program)
        source.line("dtype = np.result_type(np.float16, *parameters.values())  # that of the parameters")
        declare_states(source, program, dialect)
        for block in program.blocks:
            write_block(source, program, dialect, block, block.equations)
        source.line("", f"loss = {scaled_loss(program)}", "gradients = {}")
        for parameter, value, comment in gradients(program, "np", lambda value: rows(program, dialect, value)):
            source.line(f"# {comment}", f'gradients["{parameter}"] = {value}')
        source.line("return loss, gradients")
    return source.text()


def declare(source: Source, program: Program) -> None:
    """T, and the dimensions of what loops compute."""
    source.line(f"T = len({program.model.inputs[0].name})")
    needed = {d for block in program.blocks if block.direction for e in block.equations for d in e.expression.shape}
    source.line(*(f"{d} = {extent}" for d, extent in extents(program).items() if d in needed))


def declare_states(source: Source, program: Program, dialect: Dialect) -> None:
    """The states at step 0, zero unless given."""
    for state in program.model.states:
        zeros = dialect.zeros(*(extents(program)[dimension] for dimension in state.shape))
        source.line(f"{state.name}_0 = {zeros} if {state.name}_0 is None else {state.name}_0")


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
            source.line(f"# {formula(equation)}", f"{equation.name} = {value}")
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
            source.line(f"# {formula(equation)}", f"{target} = {arrays.text(equation.expression)}")


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
