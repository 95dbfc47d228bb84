"""Exported source, executed on its own and compared with the hand-written reference."""

import ast
import ctypes
import dataclasses
import importlib
import re
import subprocess
import sys

import numpy as np
import pytest
import sympy

from derive.algebra.array import Parameter, Value, log, rebuild, softmax, t, tanh, total
from derive.algebra.model import DERIVED, Equation, Model, elman
from derive.export import formula
from derive.export.__main__ import main
from derive.lower import lower
from numeric import bptt, check_gradients, engines

STRICT = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
SIZES = {"H": 5, "V": 3, "T": 4}


def delayed():
    """A network without recurrence whose output reads the step before, with tied weights and a scalar parameter."""
    w, gain = Parameter(("H", "V"), "W"), Parameter((), "gain")
    x, target = Value(("V",), "x", t, one_hot=True), Value(("V",), "target", t, one_hot=True)
    h, net_y, y = Value(("H",), "h", t), Value(("V",), "net_y", t), Value(("V",), "y", t)
    equations = (
        Equation("h", tanh(gain * (w @ x))),
        Equation("net_y", w.T @ h.at(t - 1)),
        Equation("y", softmax(net_y)),
        Equation("L", -total(target * log(y))),
    )
    return Model("delayed", (x, target), (w, gain), equations)


def roots():
    """A network with square roots in its rules and in their derivatives, in its numbers, and in its scale."""
    model, net_a = elman(), Value(("H",), "net_a", t)
    rules = {
        "a": net_a * (1 + net_a**2) ** sympy.Rational(-1, 2) + (2 + net_a**2) ** sympy.Rational(1, 2),
        "net_y": model.equation("net_y").expression * sympy.sqrt(2),
    }
    equations = (Equation(e.name, rules.get(e.name, e.expression)) for e in model.equations)
    return Model("roots", model.inputs, model.parameters, tuple(equations), 1 / sympy.sqrt(sympy.Symbol("T")))


@pytest.fixture(params=["elman", "mean", "gru", "delayed", "roots"])
def model(request, gru):
    models = {
        "elman": elman(),
        "mean": elman(1 / sympy.Symbol("T")),
        "gru": gru,
        "delayed": delayed(),
        "roots": roots(),
    }
    return models[request.param]


def point(model):
    """Parameters, inputs, and what the numpy engine makes of them."""
    generator = np.random.default_rng(0)
    parameters = {p.name: generator.uniform(-1, 1, [SIZES[d] for d in p.shape]) for p in model.parameters}
    X, Y = (np.eye(3)[generator.integers(0, 3, 4)] for _ in range(2))
    x, target = (value.name for value in model.inputs)
    return parameters, X, Y, engines.build("numpy", model, SIZES, {x: X, target: Y}).loss_and_gradients(parameters)


def source(model, to):
    return importlib.import_module(f"derive.export.{to}").export(lower(model))


def run(text):
    """The names that a module defines."""
    namespace = {}
    exec(compile(text, "exported", "exec"), namespace)
    return namespace


def agree(loss, gradients, *rest):
    """`rest` are the states, where the source hands them on, and what is expected."""
    expected_loss, expected_gradients = rest[-1]
    assert float(loss) == pytest.approx(expected_loss, rel=1e-13)
    assert list(gradients) == list(expected_gradients)
    for name, gradient in gradients.items():
        assert np.shape(gradient) == expected_gradients[name].shape
        assert np.asarray(gradient) == pytest.approx(expected_gradients[name], rel=1e-11, abs=1e-14), name


def test_numpy(model):
    parameters, X, Y, expected = point(model)
    agree(*run(source(model, "numpy"))["loss_and_gradients"](parameters, X, Y), expected)


def test_numpy_keeps_the_type_of_the_parameters():
    parameters, X, Y, expected = point(elman())
    function = run(source(elman(), "numpy"))["loss_and_gradients"]
    single = {name: value.astype(np.float32) for name, value in parameters.items()}
    loss, gradients, _ = function(single, X.astype(np.float32), Y.astype(np.float32))
    assert {loss.dtype, *(gradient.dtype for gradient in gradients.values())} == {np.dtype(np.float32)}
    assert loss == pytest.approx(expected[0], rel=1e-5)
    whole = {name: np.ones(value.shape, int) for name, value in parameters.items()}  # which must not be rounded to
    agree(*function(whole, X, Y), bptt.loss_and_gradients(whole, X, Y))


def test_numpy_from_a_given_state():
    parameters, X, Y, _ = point(elman())
    a_0 = np.linspace(-1, 1, 5)
    got = run(source(elman(), "numpy"))["loss_and_gradients"](parameters, X, Y, a_0)
    agree(*got, bptt.loss_and_gradients(parameters, X, Y, a_0))


def test_numpy_passes_the_check_for_backward_passes_of_ones_own():
    assert check_gradients(run(source(elman(), "numpy"))["loss_and_gradients"])


def test_jax(model, require):
    jax = require("jax")
    parameters, X, Y, expected = point(model)
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    try:
        function = jax.jit(run(source(model, "jax"))["loss_and_gradients"])
        loss, gradients, last = function(parameters, X, Y)
        agree(loss, {name: gradients[name] for name in parameters}, expected)
        assert list(last) == [state.name for state in model.states]
    finally:
        jax.config.update("jax_enable_x64", before)


def test_c(model, require_program, tmp_path):
    function = compiled(source(model, "c"), SIZES, require_program, tmp_path)
    parameters, X, Y, expected = point(model)
    states = [np.zeros(5) for _ in model.states]
    for _ in range(2):  # what the first call leaves in static memory must not matter to the second
        agree(*function(parameters, X, Y, *states), expected)


def test_c_is_called_without_a_warning(model, require_program, tmp_path):
    """By a caller with ordinary structures, which are not constant."""
    compiler, text = require_program("cc"), source(model, "c")
    call = "loss_and_gradients(&parameters, &inputs, &states, &gradients, &states)"
    declared = "static Parameters parameters, gradients; static Inputs inputs; static States states;"
    caller = [
        "#include <stdio.h>",
        '#include "network.c"',
        f'int main(void) {{ {declared} printf("%.17g", {call}); return 0; }}',
    ]
    (tmp_path / "network.c").write_text(text, encoding="utf-8")
    (tmp_path / "main.c").write_text("\n".join(caller) + "\n", encoding="utf-8")
    sizes = [f"-D{name}={size}" for name, size in SIZES.items()]
    subprocess.run([compiler, *STRICT, *sizes, "main.c", "-lm", "-o", "main"], cwd=tmp_path, check=True)
    assert float(subprocess.run([tmp_path / "main"], capture_output=True, check=True).stdout) == 0  # no target is set


def test_torch(model):
    # PyTorch is in no extra of ours, so that CI does not install it either: where it is missing, this is skipped.
    torch = pytest.importorskip("torch", reason="PyTorch is in no extra: install its CPU build to run this")
    loss = run(source(model, "torch"))["loss"]
    parameters, X, Y, expected = point(model)
    X, Y = torch.tensor(X), torch.tensor(Y)
    leaves = {name: torch.tensor(value, requires_grad=True) for name, value in parameters.items()}
    value = loss(leaves, X, Y)
    value.backward()
    agree(value.item(), {name: leaf.grad.numpy() for name, leaf in leaves.items()}, expected)
    states = [torch.linspace(-1, 1, 5, dtype=torch.float64, requires_grad=True) for _ in model.states]

    def at(*given):
        return loss(dict(zip(leaves, given, strict=False)), X, Y, *given[len(leaves) :])

    assert torch.autograd.gradcheck(at, (*leaves.values(), *states))
    with pytest.raises(ValueError, match="no gradient is derived for the inputs x, target"):
        loss(leaves, X.clone().requires_grad_(), Y).backward()


def compiled(text, sizes, require_program, folder):
    """The function of a C file, over arrays."""
    compiler = require_program("cc")
    folder.mkdir(exist_ok=True)
    (folder / "network.c").write_text(text, encoding="utf-8")
    command = [compiler, *STRICT, "-O2", "-shared", "-fPIC"]
    command += [f"-D{name}={size}" for name, size in sizes.items()]
    subprocess.run([*command, "network.c", "-lm", "-o", "network.so"], cwd=folder, check=True)
    function = ctypes.CDLL(str(folder / "network.so")).loss_and_gradients
    function.restype = ctypes.c_double

    def call(parameters, X, Y, *states):
        shapes = {name: np.shape(value) for name, value in parameters.items()}
        structures = [
            np.concatenate([np.ravel(part) for part in parts or [0.0]])
            for parts in (list(parameters.values()), [X, Y], states, [np.full(s, np.nan) for s in shapes.values()])
        ]
        loss = function(*(array.ctypes.data_as(ctypes.c_void_p) for array in structures), None)
        pieces = np.split(structures[-1], np.cumsum([int(np.prod(shape)) for shape in shapes.values()])[:-1])
        return loss, {n: piece.reshape(shape) for (n, shape), piece in zip(shapes.items(), pieces, strict=True)}

    return call


def run_torch(text):
    torch = pytest.importorskip("torch", reason="PyTorch is in no extra: install its CPU build to run this")
    loss = run(text)["loss"]

    def call(parameters, X, Y):
        leaves = {name: torch.tensor(value, requires_grad=True) for name, value in parameters.items()}
        value = loss(leaves, torch.tensor(X), torch.tensor(Y))
        value.backward()
        return value.item(), {name: leaf.grad.numpy() for name, leaf in leaves.items()}

    return call


@pytest.mark.parametrize("to", ["numpy", "c", "torch"])  # the engine jax runs the JAX source: see the tests of engines
def test_a_class_that_is_masked_out(to, require_program, tmp_path):
    """b_y = -∞ for a class that is never the target, so that its probability is 0, as it is at b_y = -10000 already."""
    parameters, X, _, _ = point(elman())
    text = source(elman(), to)
    if to == "c":
        compute = compiled(text, SIZES, require_program, tmp_path)
    else:
        compute = run_torch(text) if to == "torch" else run(text)["loss_and_gradients"]
    states = [np.zeros(5)] if to == "c" else []
    for Y in (np.eye(3)[[0, 1, 1, 0]], np.array([[0.25, 0.75, 0], [1, 0, 0], [0.5, 0.5, 0], [0, 1, 0]])):
        results = []
        for masked in (-np.inf, -10000):
            parameters["b_y"][2] = masked
            results.append(compute(parameters, X, Y, *states))
        agree(*results[0], bptt.loss_and_gradients(parameters, X, Y))
        agree(*results[0], results[1][:2])


def renamed(old, new):
    """The network of the notes with another name for one thing."""
    model = elman()

    def name(thing):
        return dataclasses.replace(thing, name=new) if thing.name == old else thing

    def leaf(array):
        return name(array)

    equations = (Equation(e.name, rebuild(e.expression, leaf)) for e in model.equations)
    return Model(
        "renamed",
        tuple(map(name, model.inputs)),
        tuple(map(name, model.parameters)),
        tuple(map(name, equations)),
    )


FREE = {"t", "T", "i", "j", "k", "H", "V"}  # the source takes other names for these where the network has them


def own_names(to):
    """What the source of the network of the notes calls by a name, without what the network itself has names for."""
    text, program = source(elman(), to), lower(elman())
    if to == "c":
        found = set(re.findall(r"[A-Za-z_]\w*", re.sub(r"/\*(?s:.*?)\*/|#.*", "", text)))
    else:
        outer = ast.parse(text).body
        bodies = [node for node in outer if isinstance(node, ast.ClassDef | ast.FunctionDef)]
        found = {node.id for body in bodies for node in ast.walk(body) if isinstance(node, ast.Name)}
        found |= {node.arg for body in bodies for node in ast.walk(body) if isinstance(node, ast.arg)}
    leaves = (*program.model.parameters, *program.model.inputs)
    return sorted(
        found
        - FREE
        - {"u", "z", "shifted", "powers", "leaf", "gradient", "name", "value"}
        - {leaf.name for leaf in leaves}
        - program.shapes.keys()
        - {"staticmethod"}
    )


@pytest.mark.parametrize("to", ["numpy", "jax", "c", "torch"])
def test_names_that_mean_something_in_the_source_are_refused(to):
    own = [name for name in own_names(to) if not name.startswith(DERIVED)]  # those are refused by the model
    assert {"numpy": "np", "jax": "jnp", "c": "memcpy", "torch": "torch"}[to] in own
    for new in [*own, "for", "double" if to == "c" else "lambda", "net-a", "sigmoid" if to != "c" else "pow"]:
        for old in ("W_ax", "net_a", "target"):
            with pytest.raises(ValueError, match=f"renamed: '(free_)?{new}' cannot be a name in .* source"):
                source(renamed(old, new), to)
    with pytest.raises(ValueError, match="two things have it"):
        source(renamed("W_ax", "free_net_a"), to)


@pytest.mark.parametrize("to", ["numpy", "jax", "c", "torch"])
def test_all_other_names_are_free(to):
    """What only looks like a word of a language."""
    for new in ("double_", "np_", "gradient", "lambda_", "z", "u", "ŷ", *FREE):
        assert re.search(rf"\b{new}\b", source(renamed("net_a", new), to))


@pytest.mark.parametrize("new", sorted(FREE))
def test_a_matrix_may_have_the_name_of_a_size_or_of_a_counter(new, require_program, tmp_path):
    parameters, X, Y, expected = point(elman())
    for old in ("W_ax", "target"):
        model = renamed(old, new)
        theta = {new if name == old else name: value for name, value in parameters.items()}
        gradients = {new if name == old else name: value for name, value in expected[1].items()}
        agree(*run(source(model, "numpy"))["loss_and_gradients"](theta, X, Y), (expected[0], gradients))
        sizes = {("steps" if size == "T" else f"size_{size}") if size == new else size: n for size, n in SIZES.items()}
        function = compiled(source(model, "c"), sizes, require_program, tmp_path / old)
        agree(*function(theta, X, Y, np.zeros(5)), (expected[0], gradients))


def test_torch_refuses_second_derivatives():
    """A penalty on the gradient would count for nothing: the derived backward is no graph to go through again."""
    torch = pytest.importorskip("torch", reason="PyTorch is in no extra: install its CPU build to run this")
    loss = run(source(elman(), "torch"))["loss"]
    parameters, X, Y, _ = point(elman())
    leaves = {name: torch.tensor(value, requires_grad=True) for name, value in parameters.items()}
    value = loss(leaves, torch.tensor(X), torch.tensor(Y))
    for scaled in (value, value * leaves["b_y"].sum()):  # what arrives at the backward needs a gradient, or none
        with pytest.raises(RuntimeError, match="only first derivatives are derived"):
            torch.autograd.grad(scaled, leaves["W_aa"], create_graph=True)
    (gradient,) = torch.autograd.grad(value, leaves["W_aa"])
    assert not gradient.requires_grad


@pytest.mark.parametrize("to", ["numpy", "jax", "c", "torch"])
def test_the_source_says_what_it_computes_and_needs_nothing_of_ours(to):
    text = source(elman(), to)
    for equation in (
        "net_a(t) = W_aa·a(t-1) + free_net_a(t)",
        "a(t) = tanh(net_a(t))",
        "delta_net_y(t) = y(t) - target(t)",
        "delta_net_a(t) = delta_a(t)·(1 - a(t)²)",
        "∂L/∂W_aa = Σ_t delta_net_a(t)·a(t-1)ᵀ",
    ):
        assert equation in text
    imports = [line for line in text.split("\n") if line.startswith(("import", "from", "#include"))]
    assert not any("derive" in line or "numeric" in line for line in imports)


@pytest.mark.parametrize("to", ["numpy", "jax", "c", "torch"])
def test_the_heading_says_what_is_expected_and_no_more(to, gru):
    for model, state in ((elman(), "a_0"), (gru, "h_0")):
        text = source(model, to)
        heading = re.match(r'(?s)"""(.*?)"""|/\*(.*?)\*/', text).group()
        lines = [re.sub(r"^ \* ?", "", line) for line in heading.split("\n")]
        described = dict(re.split(r"  +", line, maxsplit=1) for line in lines if re.match(r"\S+  ", line))
        assert [name for name in described if "(" not in name] == ["parameters", "x", "target", state, "returns"]
        assert described["x"] == described["target"] == "T×V, row t-1 for step t, one-hot"
        assert described[state].startswith("H, ") and ("zero unless given" in described[state]) == (to != "c")
        for parameter in model.parameters:
            assert f"{parameter.name} ({'×'.join(parameter.shape)})" in heading
        for name in described:
            if name.endswith("_u(t)"):
                assert text.count(name.removesuffix("u(t)")) > 1 and (name, model.name) != ("inner_delta_u(t)", "elman")


@pytest.mark.parametrize("to", ["numpy", "jax", "c", "torch"])
def test_lines_are_short_enough_to_read(to, gru):
    assert max(map(len, source(gru, to).split("\n"))) <= 120


@pytest.mark.parametrize(
    ("rule", "written"),
    [
        (lambda n: n**2, "n(t)²"),
        (lambda n: n**20, "n(t)^20"),
        (lambda n: n**12, "n(t)^12"),
        (lambda n: 3 * n**-2, "3/n(t)²"),
        (lambda n: 1 - (1 + n**2) ** 2, "1 - (n(t)² + 1)²"),
        (lambda n: (1 + n**2) ** sympy.Rational(1, 2), "sqrt(n(t)² + 1)"),
        (lambda n: (1 + n**2) ** sympy.Rational(-3, 2), "(n(t)² + 1)^(-3/2)"),
    ],
)
def test_powers_in_the_formulas(rule, written):
    assert formula.text(rule(Value(("H",), "n", t))) == written


def test_the_command(tmp_path, capsysbinary):
    assert main(["--to", "c", "--out", str(tmp_path / "network.c")]) == 0
    assert main(["--to", "c"]) == 0
    assert capsysbinary.readouterr().out == (tmp_path / "network.c").read_bytes()


def test_the_command_runs_as_a_module():
    command = [sys.executable, "-m", "derive.export", "--to", "numpy"]
    done = subprocess.run(command, capture_output=True, check=True)
    assert "loss_and_gradients" in run(done.stdout.decode())
