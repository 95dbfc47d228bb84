"""The exported source of every network in every language, run by itself, against the complex step."""

import ctypes
import importlib
import re
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from derive.export.source import example_sizes
from derive.lower import lower

STRICT = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
LANGUAGES = ["numpy", "jax", "torch", "c"]


def source(model, to):
    return importlib.import_module(f"derive.export.{to}").export(lower(model))


def run(text):
    namespace = {}
    exec(compile(text, "exported", "exec"), namespace)
    return namespace


def flat(structure):
    """The doubles of a C structure in the order of its members."""
    return np.concatenate([np.ravel(member).astype(float) for member in structure.values()] or [np.zeros(1)])


def named(values, shapes):
    pieces = np.split(values, np.cumsum([int(np.prod(shape)) for shape in shapes.values()])[:-1])
    return {name: piece.reshape(shape) for (name, shape), piece in zip(shapes.items(), pieces, strict=True)}


def compiled(text, sizes, folder, compiler):
    (folder / "network.c").write_text(text, encoding="utf-8")
    defined = [f"-D{name}={size}" for name, size in sizes.items()]
    command = [compiler, *STRICT, *defined, "-O1", "-shared", "-fPIC", "network.c", "-lm", "-o", "network.so"]
    subprocess.run(command, cwd=folder, check=True)
    function = ctypes.CDLL(str(folder / "network.so")).loss_and_gradients
    function.restype = ctypes.c_double
    return function


def in_c(network, start, folder, compiler):
    """The C function with the signature of the others."""
    program = lower(network.model)
    letters = {"T": program.letters[1]} | {name: f"size_{name}" for name in network.sizes if name in program.names}
    sizes = {letters.get(name, name): size for name, size in network.sizes.items()}
    function = compiled(source(network.model, "c"), sizes, folder, compiler)

    def call(parameters, *inputs):
        given = flat(parameters), flat(dict(enumerate(inputs))), flat(start)
        gradients, end = np.full_like(given[0], np.nan), np.full_like(given[2], np.nan)
        pointers = [array.ctypes.data_as(ctypes.c_void_p) for array in (*given, gradients, end)]
        loss = function(*pointers)
        pointers[3:] = None, None
        assert function(*pointers) == loss
        shapes = {name: np.shape(value) for name, value in parameters.items()}
        return loss, named(gradients, shapes), named(end, {n: np.shape(v) for n, v in start.items()}) if start else {}

    return call


def in_torch(text, start):
    torch = pytest.importorskip("torch", reason="PyTorch is in no extra: install its CPU build to run this")
    function = run(text)["loss_and_gradients"]

    def call(parameters, *inputs):
        theta = {name: torch.tensor(value) for name, value in parameters.items()}
        loss, gradients, states = function(
            theta, *map(torch.tensor, inputs), **{n: torch.tensor(s) for n, s in start.items()}
        )
        return loss.item(), {n: g.numpy() for n, g in gradients.items()}, {n: s.numpy() for n, s in states.items()}

    return call


@pytest.fixture(autouse=True)
def double():
    """JAX in float64, where it is installed."""
    try:
        import jax
    except ImportError:
        yield
        return
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


@pytest.mark.parametrize("to", LANGUAGES)
def test_one_signature_in_every_language(network, to, require, require_program, tmp_path):
    parameters, inputs = network.point()
    start = network.start(seed=1)
    loss, expected, _ = network.expected(parameters, inputs, start)
    if to == "c":
        function = in_c(network, start, tmp_path, require_program("cc"))
    elif to == "torch":
        function = in_torch(source(network.model, to), start)
    else:
        require(to)
        defined = run(source(network.model, to))["loss_and_gradients"]

        def function(theta, *data):
            return defined(theta, *data, **start)

    for _ in range(2):  # what the first call leaves in static memory must not matter to the second
        got, gradients, states = function(parameters, *inputs.values())
        assert float(got) == pytest.approx(loss, rel=1e-12)
        assert set(gradients) == set(expected)
        for name, gradient in expected.items():
            assert np.shape(gradients[name]) == gradient.shape
            assert np.asarray(gradients[name]) == pytest.approx(gradient, rel=1e-10, abs=1e-13), name
        assert len(states) == len({re.sub("_(0|end)$", "", name) for name in start}) or to == "c"


@pytest.mark.parametrize("to", ["numpy", "jax"])
def test_states_that_are_not_given_are_zero(network, to, require):
    require(to)
    parameters, inputs = network.point()
    got, _, _ = run(source(network.model, to))["loss_and_gradients"](parameters, *inputs.values())
    assert float(got) == pytest.approx(network.expected(parameters, inputs)[0], rel=1e-12)


def test_jax_differentiates_the_loss_by_the_derived_adjoints(network, require):
    jax = require("jax")
    parameters, inputs = network.point()
    start = network.start(seed=1)
    _, expected, by_states = network.expected(parameters, inputs, start)
    loss = run(source(network.model, "jax"))["loss"]
    given = [*inputs.values(), *start.values()]
    kept = [i for i, name in enumerate(start, start=1 + len(inputs)) if not re.search(r"copy_", name)]
    gradients = jax.grad(lambda *a: 2 * loss(*a), (0, *kept))(parameters, *given)
    for name, gradient in expected.items():
        assert np.asarray(gradients[0][name]) == pytest.approx(2 * gradient, rel=1e-10, abs=1e-13), name
    for place, gradient in zip(kept, gradients[1:], strict=True):
        name = list(start)[place - 1 - len(inputs)]
        assert np.asarray(gradient) == pytest.approx(2 * by_states[name], rel=1e-10, abs=1e-13), name
    assert float(jax.jit(loss)(parameters, *given)) == pytest.approx(network.expected(parameters, inputs, start)[0])
    with pytest.raises(ValueError, match="no gradient is derived for the inputs"):
        jax.grad(loss, 1)(parameters, *given)


def test_torch_differentiates_the_loss_by_the_derived_adjoints(network):
    torch = pytest.importorskip("torch", reason="PyTorch is in no extra: install its CPU build to run this")
    parameters, inputs = network.point()
    start = network.start(seed=1)
    _, expected, by_states = network.expected(parameters, inputs, start)
    leaves = {name: torch.tensor(value, requires_grad=True) for name, value in parameters.items()}
    states = {name: torch.tensor(value, requires_grad="copy_" not in name) for name, value in start.items()}
    data = [torch.tensor(value) for value in inputs.values()]
    run(source(network.model, "torch"))["loss"](leaves, *data, *states.values()).backward()
    for name, leaf in (*leaves.items(), *states.items()):
        if leaf.requires_grad:
            assert leaf.grad.numpy() == pytest.approx({**expected, **by_states}[name], rel=1e-10, abs=1e-13), name


@pytest.mark.parametrize("to", LANGUAGES)
def test_the_example_in_the_heading_runs(network, to, require, require_program, tmp_path, monkeypatch):
    text = source(network.model, to)
    lines = text[text.index("Example:") :].split("\n")[2:]
    shown = []
    for line in lines:
        line = line.removeprefix(" * ") if to == "c" else line
        if line.strip() and not line.startswith("    "):
            break
        shown.append(line)
    example = textwrap.dedent("\n".join(shown)).replace(" *\n", "\n")
    if to == "c":
        example = "\n".join(line for line in example.split("\n") if line.strip() not in ("", "*", "*/"))
        body = f'#include "network.c"\nint main(void) {{\n{example}\nreturn !(loss == loss);\n}}\n'
        (tmp_path / "network.c").write_text(text, encoding="utf-8")
        (tmp_path / "main.c").write_text(body, encoding="utf-8")
        command = [require_program("cc"), *STRICT, "main.c", "-lm", "-o", "main"]
        subprocess.run(command, cwd=tmp_path, check=True)
        subprocess.run([tmp_path / "main"], check=True)
        return
    if to == "torch":
        pytest.importorskip("torch", reason="PyTorch is in no extra: install its CPU build to run this")
    require(to)
    example = example.removesuffix('"""')
    (tmp_path / "network.py").write_text(text, encoding="utf-8")
    shapes = {p.name: tuple(example_sizes(lower(network.model))[d] for d in p.shape) for p in network.model.parameters}
    checks = f"assert {{n: tuple(g.shape) for n, g in gradients.items()}} == {shapes}"
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "network", raising=False)
    run(f"{example}\n{checks}")
    monkeypatch.delitem(sys.modules, "network")
