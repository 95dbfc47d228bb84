"""The array program as NumPy source."""

from __future__ import annotations

from derive.export.arrays import functions
from derive.export.source import PYTHON, RETURNS, Source, check_names, docstring, example
from derive.export.statements import (
    Dialect,
    at_end,
    declare,
    declare_states,
    gradients,
    handed_on,
    rows,
    scaled_loss,
    unpack,
    write_block,
)
from derive.program import Program
from derive.renaming import distinct

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
    "softplus": """
def softplus(z):
    return np.logaddexp(0, z)  # log(1 + exp(z)) without overflow
""",
    "relu": """
def relu(z):
    return np.maximum(z, 0)
""",
    "positive": """
def positive(z):
    return np.heaviside(z, 0)
""",
}
NAMES = (*PYTHON, *FUNCTIONS, "np|parameters|loss|gradients|states|dtype")


def export(program: Program) -> str:
    """A module with `loss_and_gradients(parameters, x, target, a_0=None) -> (loss, gradients, states)`."""
    program = distinct(program)
    check_names(program, "NumPy", NAMES)
    dialect, source, model = Dialect("np", "np.zeros({}, dtype)", "np.concatenate"), Source(), program.model
    inputs = [value.name for value in model.inputs]
    call = [f"loss, gradients, states = loss_and_gradients({', '.join(['parameters', *inputs])})"]
    head = ["import numpy as np", "from network import loss_and_gradients  # this file, as network.py", ""]
    arrays = ("generator.uniform(-1, 1, {})", "generator.random({})", "np.eye({})[{}]")
    shown = example(program, [*head, "generator = np.random.default_rng(0)"], arrays, call)
    source.line(*docstring(program, "a dict of arrays", RETURNS, shown), "", "import numpy as np")
    for function in functions(program, FUNCTIONS):
        source.line("", *function.rstrip().split("\n"))
    arguments = ["parameters", *inputs, *(f"{state.given}=None" for state in program.states)]
    source.line("", "")
    with source.indented(f"def loss_and_gradients({', '.join(arguments)}):"):
        source.line('"""Return the loss, its gradients, and the states at the end."""')
        unpack(source, program)
        declare(source, program)
        source.line("dtype = np.result_type(np.float16, *parameters.values())  # that of the parameters")
        declare_states(source, program, dialect)
        for block in program.blocks:
            write_block(source, program, dialect, block, block.equations)
        source.line("", f"loss = {scaled_loss(program)}", "gradients = {}")
        at_last = at_end(program, dialect)
        for parameter, value, comment in gradients(program, "np", lambda value: rows(program, value), at_last):
            source.comment(comment)
            source.assign(f'gradients["{parameter}"]', value)
        source.line(f"return loss, gradients, {handed_on(program)}")
    return source.text()
