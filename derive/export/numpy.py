"""The array program as NumPy source."""

from __future__ import annotations

from derive.export.arrays import functions
from derive.export.source import PYTHON, Source, check_names, docstring, states
from derive.export.statements import (
    Dialect,
    declare,
    declare_states,
    gradients,
    rows,
    scaled_loss,
    unpack,
    write_block,
)
from derive.program import Program

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
NAMES = (*PYTHON, *FUNCTIONS, "np|parameters|loss|gradients|dtype|t")


def export(program: Program) -> str:
    """A module with `loss_and_gradients(parameters, x, target, a_0=None) -> (loss, gradients)`."""
    check_names(program, "NumPy", NAMES)
    dialect, source, model = Dialect("np", "np.zeros({}, dtype)", "np.concatenate"), Source(), program.model
    returns = "the loss, and a dict of its gradients, each in the shape of its parameter"
    source.line(*docstring(program, "a dict of arrays", returns), "", "import numpy as np")
    for function in functions(program, FUNCTIONS):
        source.line("", *function.rstrip().split("\n"))
    arguments = ["parameters", *(v.name for v in model.inputs), *(f"{name}_0=None" for name in states(program))]
    source.line("", "")
    with source.indented(f"def loss_and_gradients({', '.join(arguments)}):"):
        source.line('"""Return the loss and its gradients."""')
        unpack(source, program)
        declare(source, program)
        source.line("dtype = np.result_type(np.float16, *parameters.values())  # that of the parameters")
        declare_states(source, program, dialect)
        for block in program.blocks:
            write_block(source, program, dialect, block, block.equations)
        source.line("", f"loss = {scaled_loss(program)}", "gradients = {}")
        for parameter, value, comment in gradients(program, "np", lambda value: rows(program, dialect, value)):
            source.comment(comment)
            source.assign(f'gradients["{parameter}"]', value)
        source.line("return loss, gradients")
    return source.text()
