"""Every engine against the hand-written reference, on words, on batches and over devices."""

import json
import os
import socket
import subprocess
import sys
import warnings

import numpy as np
import pytest
import sympy

from derive.algebra.array import Parameter, Value, log, softmax, t, tanh, total
from derive.algebra.model import Equation, Model, elman
from derive.lower import lower
from numeric import bptt, engines
from numeric.crosscheck import random_parameters
from numeric.errors import InputError
from numeric.words import Word

NEEDS = {"numpy": (), "array": (), "llvm": ("symengine",), "loop": ("numba",), "jax": ("jax",)}
T = sympy.Symbol("T")


@pytest.fixture(params=NEEDS)
def name(request, require):
    """The name of each engine in turn, with what it needs."""
    for module in NEEDS[request.param]:
        require(module)
    return request.param


def relative(gradients, reference):
    """The largest error, relative to the largest entry of its gradient."""
    return max(np.abs(gradients[n] - reference[n]).max() / np.abs(reference[n]).max() for n in reference)


def on_word(name, word, hidden, scale=1):
    sizes = {"H": hidden, "V": len(word.vocabulary), "T": len(word.X)}
    return engines.build(name, elman(scale), sizes, {"x": word.X, "target": word.Y})


@pytest.mark.parametrize("scale", [0.1, 1, 3])
@pytest.mark.parametrize(("text", "hidden"), [("HELLO", 8), ("aab", 2), ("banana", 3), ("hello world", 11)])
def test_gradients_are_those_of_the_reference(name, text, hidden, scale):
    word = Word(text)
    parameters = random_parameters(word, hidden, seed=1, scale=scale)
    loss, gradients = on_word(name, word, hidden).loss_and_gradients(parameters)
    expected, reference = bptt.loss_and_gradients(parameters, word.X, word.Y)
    assert loss == pytest.approx(expected, rel=1e-13)
    assert {n: g.shape for n, g in gradients.items()} == {n: g.shape for n, g in reference.items()}
    assert relative(gradients, reference) < 1e-12


def test_a_long_word(name):
    word = Word("ab" * 35)
    parameters = random_parameters(word, 2, seed=0)
    _, gradients = on_word(name, word, 2).loss_and_gradients(parameters)
    assert relative(gradients, bptt.loss_and_gradients(parameters, word.X, word.Y)[1]) < 1e-12


def test_training_is_that_of_the_numpy_engine(name):
    word = Word("HELLO")
    start = random_parameters(word, 4, seed=0)
    kept = {n: value.copy() for n, value in start.items()}
    end, losses = on_word(name, word, 4).train(start, 0.1, 20)
    expected_end, expected = on_word("numpy", word, 4).train(kept, 0.1, 20)
    assert losses == pytest.approx(expected, rel=1e-11)
    assert all((start[n] == kept[n]).all() for n in kept)
    for n in kept:
        assert end[n] == pytest.approx(expected_end[n], rel=1e-10, abs=1e-12)
    assert on_word(name, word, 4).train(start, 0.1, 0)[1].tolist() == pytest.approx([losses[0]])


def test_the_gated_network(name, gru):
    generator = np.random.default_rng(0)
    sizes = {"H": 3, "V": 4, "T": 5}
    parameters = {p.name: generator.uniform(-1, 1, [sizes[d] for d in p.shape]) for p in gru.parameters}
    inputs = {key: np.eye(4)[generator.integers(0, 4, 5)] for key in ("x", "target")}
    loss, gradients = engines.build(name, gru, sizes, inputs).loss_and_gradients(parameters)
    expected, reference = engines.build("numpy", gru, sizes, inputs).loss_and_gradients(parameters)
    assert loss == pytest.approx(expected, rel=1e-13)
    assert relative(gradients, reference) < 1e-12


def test_square_roots(name):
    """a = u/√(1 + u²) for tanh(u), whose derivative has roots too."""
    x, target, a = (Value((d,), n, t, one_hot=d == "V") for d, n in (("V", "x"), ("V", "target"), ("H", "a")))
    W, U, R = (Parameter(shape, n) for n, shape in (("W", ("H", "V")), ("U", ("H", "H")), ("R", ("V", "H"))))
    u, o, y = Value(("H",), "u", t), Value(("V",), "o", t), Value(("V",), "y", t)
    equations = (
        Equation("u", W @ x + U @ a.at(t - 1)),
        Equation("a", u * (1 + u**2) ** sympy.Rational(-1, 2)),
        Equation("o", R @ a),
        Equation("y", softmax(o)),
        Equation("L", -total(target * log(y))),
    )
    word, sizes = Word("abba"), {"H": 3, "V": 2, "T": 3}
    generator = np.random.default_rng(0)
    parameters = {p.name: generator.uniform(-1, 1, [sizes[d] for d in p.shape]) for p in (W, U, R)}

    def loss(W, U, R):
        a, terms = np.zeros(3), []
        for x, target in zip(word.X, word.Y, strict=True):
            u = W @ x + U @ a
            a = u / np.sqrt(1 + u * u)
            terms.append(np.log(np.exp(R @ a).sum()) - target @ R @ a)
        return sum(terms)

    model = Model("roots", (x, target), (W, U, R), equations)
    got, gradients = engines.build(name, model, sizes, {"x": word.X, "target": word.Y}).loss_and_gradients(parameters)
    assert got == pytest.approx(loss(**parameters), rel=1e-13)
    for n, gradient in gradients.items():  # by the complex step
        for place in np.ndindex(gradient.shape):
            moved = {**parameters, n: parameters[n].astype(complex)}
            moved[n][place] += 1e-30j
            complex_step = loss(**moved).imag / 1e-30
            assert gradient[place] == pytest.approx(complex_step, rel=1e-11, abs=1e-13)


def test_a_mean_over_steps_with_dense_inputs(name):
    """A mean over t in the model, and inputs and targets that are not one-hot in the data."""
    generator = np.random.default_rng(0)
    X, Y = generator.normal(size=(4, 3)), generator.dirichlet(np.ones(3), size=4)
    engine = engines.build(name, elman(1 / T), {"H": 2, "V": 3, "T": 4}, {"x": X, "target": Y})
    parameters = {n: generator.normal(size=shape) for n, shape in bptt.shapes(2, 3).items()}
    loss, gradients = engine.loss_and_gradients(parameters)
    total, reference = bptt.loss_and_gradients(parameters, X, Y)
    assert loss == pytest.approx(total / 4, rel=1e-13)
    assert relative(gradients, {n: g / 4 for n, g in reference.items()}) < 1e-12


def test_a_one_hot_input_outside_a_product(name):
    """Which is then more than a column looked up: tanh(g ∘ x) and its slope, at every unit."""
    b, g = Parameter(("V",), "b"), Parameter(("V",), "g")
    x, target = Value(("V",), "x", t, one_hot=True), Value(("V",), "target", t, one_hot=True)
    y, gate = Value(("V",), "y", t), Value(("V",), "gate", t)
    equations = (
        Equation("gate", tanh(g * x + b)),
        Equation("y", softmax(gate * b)),
        Equation("L", -total(target * log(y)) + total(x * gate)),
    )
    model = Model("gated", (x, target), (b, g), equations)
    generator = np.random.default_rng(0)
    inputs = {n: np.eye(3)[generator.integers(0, 3, 4)] for n in ("x", "target")}
    parameters = {"b": generator.normal(size=3), "g": generator.normal(size=3)}

    def loss(b, g):
        u = np.tanh(g * inputs["x"] + b)
        log_y = u * b - np.log(np.exp(u * b).sum(1, keepdims=True))
        return (inputs["x"] * u - inputs["target"] * log_y).sum()

    found, gradients = engines.build(name, model, {"V": 3, "T": 4}, inputs).loss_and_gradients(parameters)
    assert found == pytest.approx(loss(**parameters), rel=1e-13)
    for n in parameters:
        for k in range(3):
            stepped = {m: value.astype(complex) for m, value in parameters.items()}
            stepped[n][k] += 1e-50j
            assert gradients[n][k] == pytest.approx(loss(**stepped).imag / 1e-50, rel=1e-12)


def test_large_weights_do_not_overflow(name):
    word = Word("HELLO")
    parameters = random_parameters(word, 4, seed=0, scale=1000)
    loss, gradients = on_word(name, word, 4).loss_and_gradients(parameters)
    expected, reference = bptt.loss_and_gradients(parameters, word.X, word.Y)
    assert loss == pytest.approx(expected, rel=1e-12) and loss > 1000
    assert gradients["b_y"] == pytest.approx(reference["b_y"], abs=1e-12)


def test_a_class_that_is_masked_out(name):
    """b_y = -∞ for a letter that is never the target: its probability is 0, as it is at b_y = -10000 already."""
    word = Word("HELLO")
    parameters = random_parameters(word, 3, seed=0)
    never = int(np.flatnonzero(word.Y.sum(0) == 0)[0])
    parameters["b_y"][never] = -10000
    expected, reference = bptt.loss_and_gradients(parameters, word.X, word.Y)
    parameters["b_y"][never] = -np.inf
    loss, gradients = on_word(name, word, 3).loss_and_gradients(parameters)
    assert loss == pytest.approx(expected, rel=1e-13) and relative(gradients, reference) < 1e-12


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_no_number_shows_in_the_loss(name, bad):
    word = Word("HELLO")
    engine = on_word(name, word, 3)
    for parameter in ("W_aa", "b_y"):
        parameters = random_parameters(word, 3, seed=0)
        parameters[parameter][0] = bad
        expected = bptt.loss(parameters, word.X, word.Y)
        loss, _ = engine.loss_and_gradients(parameters)
        assert np.isfinite(loss) == np.isfinite(expected), parameter


def test_names_of_the_loops_own_are_free(require):
    require("numba")
    x, y = Value(("V",), "x", t), Value(("V",), "y", t)
    for name in ("loss", "i", "T", "V", "work_1", "range", "for", "b_d", "exp"):
        loss = Value((), name, t)
        equations = (Equation("y", x * Parameter(("V",), "b")), Equation(name, total(y)), Equation("L", 2 * loss))
        model = Model("named", (x,), (Parameter(("V",), "b"),), equations)
        engine = engines.build("loop", model, {"V": 2, "T": 2}, {"x": np.array([[1.0, 2], [3, 4]])})
        value, gradients = engine.loss_and_gradients({"b": np.array([1.0, -1])})
        assert value == -4 and gradients["b"].tolist() == [8, 12], name


def test_too_large_for_llvm(require):
    require("symengine")
    with pytest.raises(InputError, match=r"too many.*the engine 'loop'"):
        on_word("llvm", Word("HELLO"), 200)


def test_compiled_tanh_and_exp(require):
    require("numba")
    from numeric.engines import elementary

    def largest_error(function, exact, points):
        got = np.array([function(x) for x in points])
        return np.abs(got / exact(points) - 1).max() / np.finfo(float).eps

    generator = np.random.default_rng(0)
    small = np.concatenate([generator.uniform(-1e-8, 1e-8, 500), generator.uniform(-25, 25, 500)])
    assert largest_error(elementary.tanh, np.tanh, small) < 4
    assert largest_error(elementary.exp, np.exp, generator.uniform(-700, 700, 500)) < 3
    assert [elementary.tanh(x) for x in (-400.0, 0.0, 400.0, -np.inf, np.inf)] == [-1, 0, 1, -1, 1]
    assert [elementary.exp(x) for x in (-1e6, 0.0, 1e6, -np.inf, np.inf)] == [0, 1, np.inf, 0, np.inf]
    assert [elementary.sigmoid(x) for x in (-1e6, 0.0, 1e6)] == [0, 0.5, 1]
    assert all(np.isnan(f(np.nan)) for f in (elementary.tanh, elementary.exp, elementary.sigmoid))


def test_tanh_for_llvm(require):
    """To rounding everywhere, on both sides of the place where its two forms meet; NaN stays NaN."""
    require("symengine")
    import symengine

    from numeric.engines.llvm import NEAR, _tanh

    u = symengine.Symbol("u")
    compiled = symengine.Lambdify([u], [_tanh(u)], backend="llvm")
    generator, seam = np.random.default_rng(0), float(NEAR) ** 0.5
    near = np.linspace(seam - 1e-3, seam + 1e-3, 101)
    points = np.concatenate([near, -near, generator.uniform(-1, 1, 500), generator.uniform(-25, 25, 500)])
    points = np.concatenate([points, 10.0 ** generator.uniform(-300, 0, 100)])
    got = np.array([compiled([x]).item() for x in points])
    exact = np.array([float(sympy.tanh(sympy.Rational(x)).evalf(30)) for x in points])
    assert np.abs(got / exact - 1).max() / np.finfo(float).eps < 4
    assert [compiled([x]).item() for x in (-400.0, 0.0, 400.0, -np.inf, np.inf)] == [-1, 0, 1, -1, 1]
    assert np.isnan(compiled([np.nan]).item())


# Batches


@pytest.fixture(params=["elman", "gru"])
def model(request, gru):
    return elman() if request.param == "elman" else gru


def batch_data(model, dtype, sizes, seed=0):
    generator = np.random.default_rng(seed)
    parameters = {p.name: generator.uniform(-1, 1, [sizes[d] for d in p.shape]).astype(dtype) for p in model.parameters}
    letters = {v.name: generator.integers(0, sizes["V"], (sizes["T"], sizes["B"])) for v in model.inputs}
    states = {s.name: generator.uniform(-1, 1, (sizes["B"], sizes["H"])).astype(dtype) for s in model.states}
    return parameters, letters, states


SIZES = {"H": 6, "V": 5, "T": 7, "B": 4}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("engine", ["array", "jax"])
def test_a_batch_is_the_sum_of_its_sequences(engine, dtype, require):
    if engine == "jax":
        require("jax")
    parameters, letters, states = batch_data(elman(), dtype, SIZES)
    loss, gradients, last = engines.batches(engine, elman(), SIZES, dtype)(parameters, letters, states)
    eye, exact = np.eye(5), {n: value.astype(float) for n, value in parameters.items()}
    total, reference = 0.0, {n: np.zeros_like(value) for n, value in exact.items()}
    for b in range(4):
        X, Y, a0 = eye[letters["x"][:, b]], eye[letters["target"][:, b]], states["a"][b].astype(float)
        one, each = bptt.loss_and_gradients(exact, X, Y, a0)
        total += one
        reference = {n: reference[n] + each[n] for n in reference}
        assert last["a"][b] == pytest.approx(
            bptt.forward(exact, X, a0)[0][-1], abs=1e-5 if dtype == "float32" else 1e-13
        )
    assert loss == pytest.approx(total, rel=1e-6 if dtype == "float32" else 1e-13)
    assert all(gradient.dtype == dtype for gradient in gradients.values())
    assert relative(gradients, reference) < (1e-5 if dtype == "float32" else 1e-12)


def test_states_carry_a_run_over_windows(model):
    """Two windows with the state handed on see what one long window sees."""
    parameters, letters, states = batch_data(model, "float64", SIZES)
    whole, _, last = engines.batches("array", model, SIZES, "float64")(parameters, letters, states)
    first = engines.batches("array", model, {**SIZES, "T": 4}, "float64")
    second = engines.batches("array", model, {**SIZES, "T": 3}, "float64")
    head, _, middle = first(parameters, {n: value[:4] for n, value in letters.items()}, states)
    tail, _, end = second(parameters, {n: value[4:] for n, value in letters.items()}, middle)
    assert head + tail == pytest.approx(whole, rel=1e-13)
    for state in last:
        assert end[state] == pytest.approx(last[state], abs=1e-14)


def test_a_batch_leaves_nothing_behind(model):
    """The buffers are used again: a second call gives what it gives on fresh ones."""
    batch = engines.batches("array", model, SIZES, "float64")
    batch(*batch_data(model, "float64", SIZES, seed=1))
    parameters, letters, _ = batch_data(model, "float64", SIZES, seed=2)
    loss, gradients, _ = batch(parameters, letters)
    fresh_loss, fresh, _ = engines.batches("array", model, SIZES, "float64")(parameters, letters)
    assert loss == fresh_loss
    assert all((gradients[n] == fresh[n]).all() for n in fresh)


@pytest.fixture(params=["NumPy's calls", "compiled loops"])
def tape(request, require):
    """Each of the two ways in which the engine `array` runs a share."""
    if request.param == "compiled loops":
        require("numba")
        from numeric.engines.array_loops import Loops

        return Loops
    from numeric.engines.array_tape import Tape

    return Tape


def test_a_batch_in_shares(model, tape, monkeypatch):
    """Cut into shares, which run in threads, a batch gives what it gives in one piece, on any number of processors."""
    from numeric.engines import array

    sizes, program = {**SIZES, "B": 9}, lower(model)
    data = batch_data(model, "float64", sizes)
    loss, gradients, last = array.Batch(program, sizes, tape=tape)(*data)
    monkeypatch.setattr(array, "ROWS", 1)
    monkeypatch.setattr(tape, "LEAST", 1)
    batch = array.Batch(program, sizes, tape=tape)
    assert [tape.B for tape in batch.tapes] == [2, 1, 1, 1, 1, 1, 1, 1]
    cut = batch(*data)
    assert cut[0] == pytest.approx(loss, rel=1e-13)
    assert relative(cut[1], gradients) < 1e-13
    assert all(cut[2][state] == pytest.approx(last[state], abs=1e-14) for state in last)
    monkeypatch.setattr(array.os, "cpu_count", lambda: 1)
    alone = array.Batch(program, sizes, tape=tape)(*data)
    assert alone[0] == cut[0]
    assert all((alone[1][n] == cut[1][n]).all() for n in gradients)


def test_shares_have_work_enough():
    from numeric.engines.array import shares

    assert shares(32, 256 * (256 + 64 + 64), 2**20) == 2  # the benchmark's network
    assert shares(64, 256 * (256 + 64 + 64), 2**20) == 4
    assert shares(1, 10**9, 1) == shares(15, 10**9, 1) == shares(10**6, 1, 2**20) == 1


def test_threads_warn_no_more_than_they_are_asked_to(monkeypatch):
    """What a user has silenced stays silent in the threads, and their BLAS has its threads back afterwards."""
    from threadpoolctl import threadpool_info

    from numeric.engines import array
    from numeric.engines.array_tape import Tape

    monkeypatch.setattr(array, "ROWS", 1)
    monkeypatch.setattr(Tape, "LEAST", 1)
    batch = array.Batch(lower(elman()), SIZES, tape=Tape)
    parameters, letters, states = batch_data(elman(), "float64", SIZES)
    parameters["W_ya"][0] = np.inf
    before = threadpool_info()
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(batch(parameters, letters, states)[0])
    with pytest.warns(RuntimeWarning):
        batch(parameters, letters, states)
    assert threadpool_info() == before


def test_products_in_panels():
    """Large enough for shares and for products in panels of columns."""
    from numeric.engines.array import Batch
    from numeric.engines.array_tape import Tape

    sizes = {"H": 256, "V": 5, "T": 2, "B": 32}
    parameters, letters, _ = batch_data(elman(), "float64", sizes)
    batch = Batch(lower(elman()), sizes, tape=Tape)
    panels = [call for call in batch.tapes[0].calls if call.func is np.matmul and call.args[1].ndim == 3]
    assert len(batch.tapes) == 2 and len(panels) == 4
    _, gradients, _ = batch(parameters, letters)
    eye = np.eye(5)
    runs = [
        bptt.loss_and_gradients(parameters, eye[letters["x"][:, b]], eye[letters["target"][:, b]]) for b in range(32)
    ]
    reference = {n: sum(run[1][n] for run in runs) for n in parameters}
    assert relative(gradients, reference) < 1e-12


ON_DEVICES = """
import json, sys
import jax, numpy as np, sympy
if len(sys.argv) > 1:
    jax.distributed.initialize(f"localhost:{sys.argv[1]}", 2, int(sys.argv[2]))
from derive.algebra.model import elman
from derive.lower import lower
from numeric.bench.cells import gru, lstm
from numeric.engines.array import Batch as Calls
from numeric.engines.array_tape import Tape
from numeric.engines.jax import Batch

generator = np.random.default_rng(0)
sizes = {"H": 6, "V": 5, "T": 7, "B": 8}
found = {"devices": jax.device_count(), "here": jax.local_device_count()}
for model in (elman(), elman(1 / sympy.Symbol("T")), gru(), lstm()):
    program = lower(model)
    parameters = {p.name: generator.uniform(-1, 1, [sizes[d] for d in p.shape]) for p in model.parameters}
    letters = {v.name: generator.integers(0, 5, (7, 8)) for v in model.inputs}
    states = {s.name: generator.uniform(-1, 1, (8, 6)) for s in model.states}
    loss, gradients, last = Calls(program, sizes, tape=Tape)(parameters, letters, states)
    if jax.process_count() == 1:
        loss, gradients, last = Batch(program, sizes, "float64", jax.devices()[:1])(parameters, letters, states)
    spread_loss, spread, spread_last = Batch(program, sizes, "float64")(parameters, letters, states)
    errors = [np.abs(spread[n] - gradients[n]).max() / np.abs(gradients[n]).max() for n in gradients]
    errors += [abs(spread_loss / loss - 1), *(np.abs(spread_last[n] - last[n]).max() for n in last)]
    found[f"{model.name} {model.scale}"] = float(max(errors))
try:
    Batch(lower(elman()), {**sizes, "B": 6}, "float64", jax.devices())
except ValueError as error:
    found["refused"] = str(error)
if jax.process_count() == 1:
    inputs = {n: v[:, :6] for n, v in letters.items()}
    odd = Batch(program, {**sizes, "B": 6}, "float64")(parameters, inputs)
    found["odd"] = float(odd[0])
print(json.dumps(found))
"""
MODELS = ("elman 1", "elman 1/T", "gru 1", "lstm 1")


def on_devices(count, *arguments):
    flags = {"XLA_FLAGS": f"--xla_force_host_platform_device_count={count}", "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-c", ON_DEVICES, *arguments]
    return subprocess.Popen(command, env={**os.environ, **flags}, stdout=subprocess.PIPE, text=True)


def test_four_devices_give_what_one_gives(require):
    require("jax")
    found = json.loads(on_devices(4).communicate(timeout=300)[0])
    assert found["devices"] == found["here"] == 4
    assert max(found[name] for name in MODELS) < 1e-13
    assert found["refused"] == "6 sequences are no equal shares for 4 devices: take a multiple of 4"
    assert found["odd"] > 0  # on three of the four


def test_two_processes_give_what_the_loops_give(require):
    """Each with two devices, as two machines would: both get the whole result."""
    require("jax")
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = str(free.getsockname()[1])
    processes = [on_devices(2, port, str(number)) for number in (0, 1)]
    for process in processes:
        found = json.loads(process.communicate(timeout=300)[0].splitlines()[-1])
        assert (found["devices"], found["here"]) == (4, 2)
        assert max(found[name] for name in MODELS) < 1e-12
        assert found["refused"] == "6 sequences are no equal shares for 4 devices: take a multiple of 4"


def test_compiling_is_linear_in_the_steps(require):
    """The source of loops does not grow with T, and the tape of NumPy calls grows by as much for each step."""
    require("numba")
    from numeric.engines.array import Batch
    from numeric.engines.array_tape import Tape
    from numeric.engines.loop_source import Writer

    program = lower(elman())
    sources = {Writer(program, {"H": 8, "V": 4, "T": steps}, {"x", "target"}).descend() for steps in (4, 64)}
    assert len(sources) == 1
    lengths = [len(Batch(program, {**SIZES, "T": steps}, tape=Tape).tapes[0].calls) for steps in (8, 16, 24)]
    assert lengths[2] - lengths[1] == lengths[1] - lengths[0] > 0
