"""The array program as JAX source: recurrences by `lax.scan`."""

from __future__ import annotations

from collections.abc import Iterable

from derive.algebra.array import Value, t
from derive.export.arrays import Arrays, functions
from derive.export.formula import formula
from derive.export.source import PYTHON, Source, check_names, docstring, states, uses_steps
from derive.export.statements import Dialect, declare_states, gradients, scaled_loss, unpack
from derive.program import Block, Program, reads

FUNCTIONS = {
    "softmax": "softmax = jax.nn.softmax",
    "log_softmax": "log_softmax = jax.nn.log_softmax",
    "sigmoid": "sigmoid = jax.nn.sigmoid",
}
NAMES = (*PYTHON, *FUNCTIONS, "jax|jnp|parameters|loss|gradients|forward|backward|carry|at|dtype|_")


def export(program: Program) -> str:
    """A module with `loss_and_gradients(parameters, x, target, a_0=None) -> (loss, gradients, states)`."""
    shifted = [f"{name}_before" for name in states(program)] + [f"{name}_after" for name in program.carried.values()]
    check_names(program, "JAX", (*NAMES, *shifted))
    source, inputs = Source(), [value.name for value in program.model.inputs]
    returns = "the loss, a dict of its gradients, each in the shape of its parameter, and one of the states at T"
    source.line(*docstring(program, "a dict of arrays", returns), "", "import jax")
    source.line("import jax.numpy as jnp", "", *functions(program, FUNCTIONS), "", "")
    arguments = ", ".join(["parameters", *inputs, *(f"{name}_0=None" for name in states(program))])
    with source.indented(f"def loss_and_gradients({arguments}):"):
        source.line('"""Return the loss, its gradients, and the states at step T."""')
        unpack(source, program)
        if uses_steps(program):
            source.line(f"T = len({inputs[0]})")
        if states(program):
            source.line(f"dtype = jnp.result_type({', '.join(inputs)}, *parameters.values())")
        declare_states(source, program, Dialect("jnp", "jnp.zeros({}, dtype)", "jnp.concatenate"))
        for block in program.blocks:
            source.line("")
            if block.direction == 0:
                _all_steps(source, program, block)
            else:
                _scan(source, program, block)
        source.line("", f"loss = {scaled_loss(program)}", "gradients = {}")
        for parameter, value, comment in gradients(program, "jnp", _name):
            source.comment(comment)
            source.assign(f'gradients["{parameter}"]', value)
        last = ", ".join(f'"{name}": {name}[-1]' for name in states(program))
        source.line(f"return loss, gradients, {{{last}}}")
    return source.text()


def _name(value: Value) -> str:
    return value.name + {0: "", -1: "_before", 1: "_after"}[int(value.step - t)]


def _all_steps(source: Source, program: Program, block: Block) -> None:
    arrays = Arrays("jnp", _name, rows=True)
    for equation in block.equations:
        source.comment(formula(equation))
        source.assign(equation.name, arrays.text(equation.expression))
        _shifted(source, program, equation.name)


def _shifted(source: Source, program: Program, name: str) -> None:
    """A value at the steps before or after, where all of them are needed."""
    if name in states(program):
        source.line(f"{name}_before = jnp.concatenate([{name}_0[None], {name}[:-1]])")
    elif name in program.carried.values() and name in program.kept:
        source.line(f"{name}_after = jnp.concatenate([{name}[1:], jnp.zeros_like({name}[:1])])")


def _scan(source: Source, program: Program, block: Block) -> None:
    own = {equation.name: equation for equation in block.equations}
    leaves = list(dict.fromkeys(leaf for e in block.equations for leaf in reads(e.expression)))
    passed_on = [leaf for leaf in leaves if leaf.name in own and leaf.step != t]
    given = [leaf for leaf in leaves if leaf.name not in own]
    kept = [name for name in own if name in program.kept]
    forward = block.direction > 0
    name = "forward" if forward else "backward"
    arrays = Arrays("jnp", _name, rows=False)
    with source.indented(f"def {name}(carry, at):"):
        source.line(f"{_tuple(map(_name, passed_on))} = carry")
        if given:
            source.line(f"{_tuple(map(_name, given))} = at")
        for equation in block.equations:
            source.comment(formula(equation))
            source.assign(equation.name, arrays.text(equation.expression))
        source.line(f"return {_tuple(leaf.name for leaf in passed_on)}, {_tuple(kept)}")
    zeros = {carried: f"jnp.zeros_like({state}_0)" for state, carried in program.carried.items()}
    start = _tuple(f"{leaf.name}_0" if forward else zeros[leaf.name] for leaf in passed_on)
    at = _tuple(map(_name, given)) if given else f"None, length=len({program.model.inputs[0].name})"
    source.line("")
    scanned = [name, start, at] if forward else [name, start, at, "reverse=True"]
    source.call(f"_, {_tuple(kept)} = jax.lax.scan(", scanned, ")")
    for kept_name in kept:
        _shifted(source, program, kept_name)


def _tuple(names: Iterable[str]) -> str:
    names = list(names)
    return f"({', '.join(names)}{',' if len(names) == 1 else ''})"
