"""The array program as JAX source: recurrences by `lax.scan`, and the loss as a function that JAX differentiates by the
derived adjoints."""

from __future__ import annotations

from collections.abc import Iterable

from derive.algebra.array import Value, t
from derive.export.arrays import Arrays, functions
from derive.export.formula import formula
from derive.export.source import (
    PYTHON,
    RETURNS,
    Source,
    check_names,
    docstring,
    example,
    extents,
    stepwise,
    uses_steps,
)
from derive.export.statements import (
    Dialect,
    constant,
    count_steps,
    declare_states,
    gradients,
    scaled_loss,
    states_at_the_end,
    unpack,
)
from derive.program import Block, Program, State, reads
from derive.renaming import distinct

FUNCTIONS = {
    "softmax": "softmax = jax.nn.softmax",
    "log_softmax": "log_softmax = jax.nn.log_softmax",
    "sigmoid": "sigmoid = jax.nn.sigmoid",
    "softplus": "softplus = jax.nn.softplus",
    "relu": "relu = jax.nn.relu",
    "positive": "positive = lambda z: jnp.heaviside(z, 0)",
}
NAMES = (
    *PYTHON,
    *FUNCTIONS,
    "jax|jnp|parameters|loss|gradients|states|initial|derived|forward|backward|residuals|adjoint|any|getattr|carry|at",
    r"dtype|_|ValueError|final_(carried|returned)_\w+",
)


def export(program: Program) -> str:
    """A module with `loss_and_gradients(parameters, x, target, a_0=None) -> (loss, gradients, states)`, and `loss` of
    the same arguments, a scalar with the derived gradients as its derivative."""
    shifted = [f"{name}_{'before' if side < 0 else 'after'}" for name, side in program.edges]
    program = distinct(program)
    check_names(program, "JAX", (*NAMES, *shifted))
    source, inputs = Source(), [value.name for value in program.model.inputs]
    arguments, given = ["parameters", *inputs], [state.given for state in program.states]
    head = ["import jax", "import jax.numpy as jnp", "from network import loss, loss_and_gradients  # this file", ""]
    arrays = (
        "jax.random.uniform(key, {}, minval=-1)",
        "jax.random.uniform(key, {})",
        "jax.nn.one_hot(jnp.array({1}), {0})",
    )
    call = [
        f"value, gradients, states = jax.jit(loss_and_gradients)({', '.join(arguments)})",
        f"the_same = jax.grad(loss)({', '.join(arguments)})  # by the derived adjoints, within any function of yours",
    ]
    shown = example(program, [*head, "key = jax.random.key(0)"], arrays, call)
    source.line(*docstring(program, "a dict of arrays", RETURNS, shown), "", "import jax")
    source.line("import jax.numpy as jnp", "", *functions(program, FUNCTIONS), "", "")
    with source.indented(f"def loss_and_gradients({', '.join([*arguments, *(f'{name}=None' for name in given)])}):"):
        source.line('"""Return the loss, its gradients, and the states at the end."""')
        source.line(f"return derived({', '.join([*arguments, *given])})[:3]", "", "")
    with source.indented(f"def derived({', '.join([*arguments, *given])}):"):
        source.line('"""The same, and the gradients by the states that are given."""')
        unpack(source, program)
        if uses_steps(program) or any(constant(e) for block in program.blocks for e in block.equations):
            count_steps(source, program)
        if given or any(constant(e) for block in program.blocks for e in block.equations):
            source.line(f"dtype = jnp.result_type({', '.join(inputs)}, *parameters.values())")
        declare_states(source, program, Dialect("jnp", "jnp.zeros({}, dtype)", "jnp.concatenate"))
        for block in program.blocks:
            source.line("")
            if block.direction == 0:
                _all_steps(source, program, block)
            else:
                _scan(source, program, block)
        source.line("", f"loss = {scaled_loss(program)}", "gradients = {}")
        at_last = Arrays("jnp", lambda value: _at_last(program, value), rows=False)
        for parameter, value, comment in gradients(program, "jnp", _name, at_last):
            source.comment(comment)
            source.assign(f'gradients["{parameter}"]', value)
        last = ", ".join(f'"{name}": {name}[{-1 if side < 0 else 0}]' for name, side in states_at_the_end(program))
        initial = (f'"{state.given}": {_carried(program, state)}' for state in program.states if state.carried)
        source.line(f"initial = {{{', '.join(initial)}}}")
        source.line(f"return loss, gradients, {{{last}}}, initial")
    _differentiable(source, program, arguments, given)
    return source.text()


def _differentiable(source: Source, program: Program, arguments: list[str], given: list[str]) -> None:
    """The loss with its derivative: that by inputs is not derived, and not taken for zero."""
    inputs = [*arguments[1:], *(state.given for state in program.states if not state.carried)]
    everything = ", ".join([*arguments, *given])
    source.line("", "", "@jax.custom_vjp")
    with source.indented(f"def loss({', '.join([*arguments, *(f'{name}=None' for name in given)])}):"):
        source.line('"""Return the loss."""', f"return derived({everything})[0]", "", "")
    with source.indented(f"def forward({everything}):"):
        with source.indented(f"if any(leaf.perturbed for leaf in jax.tree.leaves(({', '.join(inputs)},))):"):
            source.line(f'raise ValueError("no gradient is derived for the inputs {", ".join(inputs)}")')
        source.line(f"{everything} = jax.tree.map(lambda leaf: leaf.value, ({everything}))")
        source.line(f"value, gradients, _, initial = derived({everything})")
        source.line("return value, (gradients, initial)", "", "")
    with source.indented("def backward(residuals, adjoint):"):
        source.line("gradients, initial = jax.tree.map(lambda gradient: adjoint * gradient, residuals)")
        initial = [f'initial["{state.given}"]' if state.carried else "None" for state in program.states]
        source.line(f"return gradients, {', '.join(['None' for _ in arguments[1:]] + initial)}", "", "")
    source.line("loss.defvjp(forward, backward, symbolic_zeros=True)")


def _all_steps(source: Source, program: Program, block: Block) -> None:
    now, end = program.letters
    arrays = Arrays("jnp", (lambda value: _at_last(program, value)) if block.once else _name, rows=not block.once)
    for equation in block.equations:
        shape = [extents(program)[dimension] for dimension in equation.expression.shape]
        shape, value = shape if block.once else [end, *shape], arrays.text(equation.expression)
        if constant(equation) and shape:
            value = f"jnp.full({_tuple(shape)}, {value}, dtype)"
        source.comment(formula(equation, end if block.once else now))
        source.assign(equation.name, value)
        _shifted(source, program, equation.name)


def _name(value: Value) -> str:
    return value.name + {0: "", -1: "_before", 1: "_after"}[int(value.step - t)]


def _at_last(program: Program, value: Value) -> str:
    if value.name in program.once:
        return value.name
    return f"{value.name}[{0 if value.step.is_Integer else -1}]"


def _shifted(source: Source, program: Program, name: str) -> None:
    """A value at the steps before or after, where all of them are needed."""
    stored = name in program.kept or name in _unlooped(program)
    for side in (-1, 1):
        if stored and (name, side) in program.edges:
            known = program.edges[name, side]
            edge = f"{known}[None]" if known else f"jnp.zeros_like({name}[:1])"
            pieces = f"{edge}, {name}[:-1]" if side < 0 else f"{name}[1:], {edge}"
            source.line(f"{_name(Value((), name, t + side))} = jnp.concatenate([{pieces}])")


def _unlooped(program: Program) -> set[str]:
    return {e.name for block in program.blocks if not block.direction and not block.once for e in block.equations}


def _scan(source: Source, program: Program, block: Block) -> None:
    own = {equation.name: equation for equation in block.equations}
    leaves = list(dict.fromkeys(leaf for e in block.equations for leaf in reads(e.expression)))
    passed_on = [leaf for leaf in leaves if leaf.name in own and leaf.step != t]
    given = [leaf for leaf in leaves if leaf.name not in own]
    kept = [name for name in own if name in program.kept]
    name = "forward" if block.direction > 0 else "backward"
    arrays = Arrays("jnp", _name, rows=False)
    with source.indented(f"def {name}(carry, at):"):
        source.line(f"{_tuple(map(_name, passed_on))} = carry")
        if given:
            source.line(f"{_tuple(map(_name, given))} = at")
        for equation in block.equations:
            source.comment(formula(equation))
            source.assign(equation.name, arrays.text(equation.expression))
        source.line(f"return {_tuple(leaf.name for leaf in passed_on)}, {_tuple(kept)}")
    start = _tuple(_start(program, leaf) for leaf in passed_on)
    at = _tuple(map(_name, given)) if given else f"None, length=len({stepwise(program)[0]})"
    source.line("")
    scanned = [name, start, at] if block.direction > 0 else [name, start, at, "reverse=True"]
    final = [_final(leaf.name) if leaf.name in _adjoints(program) else "_" for leaf in passed_on]
    source.call(f"{_tuple(final) if set(final) != {'_'} else '_'}, {_tuple(kept)} = jax.lax.scan(", scanned, ")")
    for kept_name in kept:
        _shifted(source, program, kept_name)


def _start(program: Program, leaf: Value) -> str:
    """What a loop begins with."""
    known = program.edges[leaf.name, int(leaf.step - t)]
    return known or f"jnp.zeros({_tuple(extents(program)[d] for d in leaf.shape)}, dtype)"


def _adjoints(program: Program) -> set[str]:
    """What holds the derivatives by the states that are given."""
    return {state.carried for state in program.states if state.carried}


def _final(name: str) -> str:
    return f"final_{name}"


def _carried(program: Program, state: State) -> str:
    """The derivative by a state: what a loop carries in the end, or where there is none a row."""
    assert state.carried
    if state.carried in _unlooped(program):
        return f"{state.carried}[{0 if state.side < 0 else -1}]"
    return _final(state.carried)


def _tuple(names: Iterable[str]) -> str:
    names = list(names)
    return f"({', '.join(names)}{',' if len(names) == 1 else ''})"
