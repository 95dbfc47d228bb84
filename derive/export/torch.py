"""The array program as a `torch.autograd.Function`: its forward is the network, its backward the derived adjoints."""

from __future__ import annotations

from derive.algebra.array import Value
from derive.export.arrays import functions
from derive.export.source import PYTHON, RETURNS, Source, check_names, docstring, example, local
from derive.export.statements import (
    Dialect,
    at_end,
    declare,
    declare_states,
    gradients,
    handed_on,
    rows,
    scaled_loss,
    states_at_the_end,
    unpack,
    write_block,
)
from derive.program import Program, reads
from derive.renaming import distinct
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
    "softplus": """
def softplus(z):
    return torch.logaddexp(z, torch.zeros_like(z))  # log(1 + exp(z)) without overflow
""",
    "relu": """
def relu(z):
    return torch.relu(z)
""",
    "positive": """
def positive(z):
    return (z > 0).to(z.dtype)
""",
}

NAMES = (
    *PYTHON,
    *FUNCTIONS,
    "torch|LossFunction|ctx|grad_output|parameters|gradients|loss|loss_and_gradients|states|leaves|_|_apply|any|zip|dict|list",
    "RuntimeError|ValueError",
)


def export(program: Program) -> str:
    """A module with `loss_and_gradients(parameters, x, target, a_0=None) -> (loss, gradients, states)`, and `loss` of
    the same arguments, a scalar tensor that PyTorch differentiates by the derived adjoints."""
    program = distinct(program)
    check_names(program, "PyTorch", NAMES)
    source, model = Source(), program.model
    parameters = [parameter.name for parameter in model.parameters]
    data = [value.name for value in model.inputs]
    initial = [state.given for state in program.states]
    given = ["parameters", *data, *(f"{name}=None" for name in initial)]
    head = ["import torch", "from network import loss, loss_and_gradients  # this file, as network.py", ""]
    arrays = ("torch.rand({}, requires_grad=True)", "torch.rand({})", "torch.eye({})[{}]")
    call = [
        f"value, gradients, states = loss_and_gradients({', '.join(['parameters', *data])})",
        f"loss({', '.join(['parameters', *data])}).backward()  # the same, by the derived adjoints, into each .grad",
    ]
    shown = example(program, head, arrays, call)
    source.line(*docstring(program, "a dict of tensors", RETURNS, shown), "", "import torch")
    for function in functions(program, FUNCTIONS):
        source.line("", *function.rstrip().split("\n"))
    arguments = [*parameters, *initial, *data]
    dialect = Dialect("torch", f"{parameters[0]}.new_zeros({{}})", "torch.cat")
    definitions = {e.name: e.expression for block in program.blocks for e in block.equations}
    forward = dependencies([program.loss.name], definitions)
    saved = [name for name in _read_backward(program, forward) if name not in data]
    source.line("", "")
    with source.indented("class LossFunction(torch.autograd.Function):"):
        source.line("@staticmethod")
        with source.indented(f"def forward(ctx, {', '.join(arguments)}):"):
            declare(source, program)
            for block in program.blocks:
                write_block(source, program, dialect, block, [e for e in block.equations if e.name in forward])
            source.line("")
            source.call("ctx.save_for_backward(", [*arguments, *saved], ")")
            source.line(f"loss, states = {scaled_loss(program)}, {handed_on(program)}")
            source.line("ctx.mark_non_differentiable(*states.values())", "return loss, *states.values()")
        source.line("", "@staticmethod")
        with source.indented("def backward(ctx, grad_output, *_):"):
            with source.indented("if torch.is_grad_enabled():  # with create_graph=True"):
                source.line('raise RuntimeError("only first derivatives are derived: leave out create_graph=True")')
            with source.indented(f"if any(ctx.needs_input_grad[{len(parameters) + len(initial)}:]):"):
                source.line(f'raise ValueError("no gradient is derived for the inputs {", ".join(data)}")')
            source.call("(", [*arguments, *saved], ") = ctx.saved_tensors")
            declare(source, program)
            for block in program.blocks:
                write_block(source, program, dialect, block, [e for e in block.equations if e.name not in forward])
            source.line("", "gradients = []")
            at_last = at_end(program, dialect)
            for _, value, comment in gradients(program, "torch", lambda v: rows(program, v), at_last):
                source.comment(comment)
                source.line(f"gradients.append(grad_output * {f'({value})' if ' ' in value else value})")
            for state in program.states:
                if state.carried is None:
                    source.line("gradients.append(None)")
                    continue
                row = 0 if state.side < 0 else -1
                there = state.carried if local(program, state.carried) else f"{state.carried}[{row}]"
                step = {-1: ("0", "1"), 1: ("T+1", "T")}[state.side]
                source.line(f"# ∂L/∂{state.value.name}({step[0]}) = {state.carried}({step[1]})")
                source.line(f"gradients.append(grad_output * {there})")
            source.line(f"return *gradients{', None' * len(data)}")
    source.line("", "")
    with source.indented(f"def loss({', '.join(given)}):"):
        source.line('"""Return the loss."""', f"return _apply({', '.join(['parameters', *data, *initial])})[0]", "", "")
    with source.indented(f"def _apply({', '.join(['parameters', *data, *initial])}):"):
        unpack(source, program)
        declare_states(source, program, dialect)
        source.line(f"return LossFunction.apply({', '.join(arguments)})", "", "")
    with source.indented(f"def loss_and_gradients({', '.join(given)}):"):
        source.line('"""Return the loss, its gradients, and the states at the end."""')
        source.line("leaves = {name: value.detach().requires_grad_() for name, value in parameters.items()}")
        source.line(f"loss, *states = _apply({', '.join(['leaves', *data, *initial])})")
        source.line("gradients = torch.autograd.grad(loss, list(leaves.values()))")
        names = ", ".join(f'"{name}"' for name, _ in states_at_the_end(program))
        source.line(f"return loss.detach(), dict(zip(leaves, gradients)), dict(zip([{names}], states))")
    return source.text()


def _read_backward(program: Program, forward: set[str]) -> list[str]:
    """The values of the forward pass that the adjoints or the gradients read."""
    adjoints = [e.expression for block in program.blocks for e in block.equations if e.name not in forward]
    terms = [term for sums in program.gradients.values() for term in sums]
    leaves: list[Value] = [leaf for expression in adjoints + terms for leaf in reads(expression)]
    return list(dict.fromkeys(leaf.name for leaf in leaves if leaf.name in forward))
