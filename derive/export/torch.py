"""The array program as a `torch.autograd.Function`: its forward is the network, its backward the derived adjoints."""

from __future__ import annotations

from derive.algebra.array import Value
from derive.export.arrays import functions
from derive.export.source import PYTHON, Source, check_names, docstring, local, states
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
from derive.program import Program, reads
from derive.schedule import dependencies

FUNCTIONS = {
    "softmax": """
def softmax(u):
    return torch.softmax(u, -1)
""",
    "log_softmax": """
def log_softmax(u):
    return torch.log_softmax(u, -1)
""",
    "sigmoid": """
def sigmoid(z):
    return torch.sigmoid(z)
""",
}

NAMES = (*PYTHON, *FUNCTIONS, "torch|Loss|ctx|grad_output|parameters|gradients|t|any|RuntimeError|ValueError")


def export(program: Program) -> str:
    """A module with the function class `Loss` and `loss(parameters, x, target, a_0=None)`, a scalar tensor."""
    check_names(program, "PyTorch", NAMES)
    source, model = Source(), program.model
    returns = "the loss, a scalar, to be differentiated once by the parameters and the states at step 0"
    source.line(*docstring(program, "a dict of tensors", returns), "", "import torch")
    for function in functions(program, FUNCTIONS):
        source.line("", *function.rstrip().split("\n"))
    parameters = [parameter.name for parameter in model.parameters]
    data = [value.name for value in model.inputs]
    initial = [f"{name}_0" for name in states(program)]
    arguments = [*parameters, *initial, *data]
    dialect = Dialect("torch", f"{parameters[0]}.new_zeros({{}})", "torch.cat")
    definitions = {e.name: e.expression for block in program.blocks for e in block.equations}
    forward = dependencies([program.loss.name], definitions)
    saved = [name for name in _read_backward(program, forward) if name not in data]
    source.line("", "")
    with source.indented("class Loss(torch.autograd.Function):"):
        source.line("@staticmethod")
        with source.indented(f"def forward(ctx, {', '.join(arguments)}):"):
            declare(source, program)
            for block in program.blocks:
                write_block(source, program, dialect, block, [e for e in block.equations if e.name in forward])
            source.line("")
            source.call("ctx.save_for_backward(", [*arguments, *saved], ")")
            source.line(f"return {scaled_loss(program)}")
        source.line("", "@staticmethod")
        with source.indented("def backward(ctx, grad_output):"):
            with source.indented("if torch.is_grad_enabled():  # with create_graph=True"):
                source.line('raise RuntimeError("only first derivatives are derived: leave out create_graph=True")')
            with source.indented(f"if any(ctx.needs_input_grad[{len(parameters) + len(initial)}:]):"):
                source.line(f'raise ValueError("no gradient is derived for the inputs {", ".join(data)}")')
            source.call("(", [*arguments, *saved], ") = ctx.saved_tensors")
            declare(source, program)
            for block in program.blocks:
                write_block(source, program, dialect, block, [e for e in block.equations if e.name not in forward])
            source.line("", "gradients = []")
            for _, value, comment in gradients(program, "torch", lambda v: rows(program, dialect, v)):
                source.comment(comment)
                source.line(f"gradients.append(grad_output * {f'({value})' if ' ' in value else value})")
            for state, carried in program.carried.items():
                at_1 = carried if local(program, carried) else f"{carried}[0]"
                source.line(f"# ∂L/∂{state}(0) = {carried}(1)", f"gradients.append(grad_output * {at_1})")
            source.line(f"return *gradients{', None' * len(data)}")
    source.line("", "")
    with source.indented(f"def loss(parameters, {', '.join(data + [f'{name}=None' for name in initial])}):"):
        source.line('"""Return the loss."""')
        unpack(source, program)
        declare_states(source, program, dialect)
        source.line(f"return Loss.apply({', '.join(arguments)})")
    return source.text()


def _read_backward(program: Program, forward: set[str]) -> list[str]:
    """The values of the forward pass that the adjoints or the gradients read."""
    adjoints = [e.expression for block in program.blocks for e in block.equations if e.name not in forward]
    terms = [term for sums in program.gradients.values() for term in sums]
    leaves: list[Value] = [leaf for expression in adjoints + terms for leaf in reads(expression)]
    return list(dict.fromkeys(leaf.name for leaf in leaves if leaf.name in forward))
