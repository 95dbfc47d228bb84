"""The compiled loops of a batch: their parts against NumPy, and any model against the sum over its sequences."""

import sys

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from derive.algebra.array import Parameter, Value, log, softmax, t, tanh, total
from derive.algebra.model import Equation, Model, elman
from derive.lower import lower
from numeric import engines
from numeric.bench.cells import gru, lstm
from numeric.engines.array import Batch

SIZES = {"H": 5, "V": 4, "T": 6, "B": 3}
T = sympy.Symbol("T")


@pytest.fixture(autouse=True)
def _numba(require):
    require("numba")


def on_letters(name, equations, parameters, scale=1):
    x, target = (Value(("V",), n, t, one_hot=True) for n in ("x", "target"))
    return Model(name, (x, target), parameters, equations(x, target), sympy.sympify(scale))


def gated():
    """One-hot inputs outside products, and sums with them."""
    b, g = Parameter(("V",), "b"), Parameter(("V",), "g")
    y, gate = Value(("V",), "y", t), Value(("V",), "gate", t)
    return on_letters(
        "gated",
        lambda x, target: (
            Equation("gate", tanh(g * x + b)),
            Equation("y", softmax(gate * b)),
            Equation("L", -total(target * log(y)) + total(x * gate)),
        ),
        (b, g),
    )


def rooted(power):
    """a = u (1 + u²)^power, two products in one sum, a scalar state in a vector's rule, and a mean over the steps."""
    W, U, Q, R = (Parameter(tuple(s), n) for n, s in (("W", "HV"), ("U", "HH"), ("Q", "HH"), ("R", "VH")))
    u, a, m, y = Value(("H",), "u", t), Value(("H",), "a", t), Value((), "m", t), Value(("V",), "y", t)
    return on_letters(
        "rooted",
        lambda x, target: (
            Equation("u", W @ x + U @ a.at(t - 1) - 2 * tanh(Q @ a.at(t - 1) + m.at(t - 1) * a.at(t - 1))),
            Equation("a", u * (1 + u**2) ** power),
            Equation("m", tanh(m.at(t - 1) + total(a * a))),
            Equation("y", softmax(R @ a)),
            Equation("L", m**2 - total(target * log(y))),
        ),
        (W, U, Q, R),
        1 / T,
    )


HALF = sympy.Rational(-1, 2)
MODELS = {"elman": elman, "mean": lambda: elman(1 / T), "lstm": lstm, "gru": gru, "gated": gated}
MODELS["rooted"] = lambda: rooted(HALF)


def point(model, dtype, sizes=SIZES, seed=0):
    """Parameters, letters, and states at step 0."""
    generator = np.random.default_rng(seed)

    def draw(shape):
        return generator.uniform(-1, 1, shape).astype(dtype)

    return (
        {p.name: draw([sizes[d] for d in p.shape]) for p in model.parameters},
        {v.name: generator.integers(0, sizes["V"], (sizes["T"], sizes["B"])) for v in model.inputs},
        {s.name: draw((sizes["B"], *([sizes[d] for d in s.shape] or [1]))) for s in model.states},
    )


def largest_error(found, expected):
    return max(np.abs(found[n] - expected[n]).max() / np.abs(expected[n]).max() for n in expected)


@pytest.mark.parametrize("name", MODELS)
def test_a_batch_is_the_sum_of_its_sequences(name):
    """Each of which is run by the engine `numpy`, from scalar expressions."""
    from numeric.engines.array_loops import Loops

    model, sizes = MODELS[name](), {"H": 3, "V": 3, "T": 4, "B": 3}
    parameters, letters, _ = point(model, "float32", sizes)
    exact, one_hot = {n: value.astype(float) for n, value in parameters.items()}, np.eye(3)
    runs = []
    for b in range(3):
        inputs = {n: one_hot[indices[:, b]] for n, indices in letters.items()}
        runs.append(engines.build("numpy", model, sizes, inputs).loss_and_gradients(exact))
    reference = {n: sum(run[1][n] for run in runs) for n in exact}
    for dtype, tolerance in (("float64", 1e-12), ("float32", 1e-5)):
        batch = engines.batches("array", model, sizes, dtype)
        assert type(batch.tapes[0]) is Loops
        loss, gradients, _ = batch(parameters, letters)
        assert loss == pytest.approx(sum(run[0] for run in runs), rel=tolerance)
        assert all(gradient.dtype == dtype for gradient in gradients.values())
        assert largest_error(gradients, reference) < tolerance


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("dense", [(), ("x",), ("x", "target")])
def test_the_loops_compute_what_the_calls_compute(name, dense):
    """From states that are given, on inputs that are dense or looked up, and again on the same buffers."""
    from numeric.engines.array_loops import Loops
    from numeric.engines.array_tape import Tape

    model, program = MODELS[name](), lower(MODELS[name]())
    loops, calls = (Batch(program, SIZES, dense=dense, tape=tape) for tape in (Loops, Tape))
    for seed in (1, 2):
        parameters, letters, states = point(model, "float64", seed=seed)
        inputs = {n: np.eye(SIZES["V"])[i] if n in dense else i for n, i in letters.items()}
        (loss, gradients, last), (expected, reference, ends) = (
            run(parameters, inputs, states) for run in (loops, calls)
        )
        assert loss == pytest.approx(expected, rel=1e-13)
        assert largest_error(gradients, reference) < 1e-12
        assert all(last[n] == pytest.approx(ends[n], abs=1e-14) for n in ends)


def test_what_has_no_loop_runs_as_calls():
    from numeric.engines.array_tape import Tape

    model = rooted(sympy.Rational(-1, 3))
    batch = engines.batches("array", model, SIZES, "float64")
    assert type(batch.tapes[0]) is Tape
    assert np.isfinite(batch(*point(model, "float64"))[0])


def test_without_numba_a_batch_runs_as_calls(monkeypatch):
    from numeric.engines.array_tape import Tape

    monkeypatch.setitem(sys.modules, "numba", None)
    for name in [
        name for name in sys.modules if name.startswith("numeric.engines.") and name != "numeric.engines.array"
    ]:
        if "array_loops" in name or "elementary" in name or "kernels" in name:
            monkeypatch.delitem(sys.modules, name)
    assert type(engines.batches("array", elman(), SIZES, "float64").tapes[0]) is Tape


def test_the_source_depends_on_the_program_alone():
    from numeric.engines.array_buffers import Buffers, Weights
    from numeric.engines.array_source import Source

    program = lower(lstm())
    sizes = [SIZES, {"H": 30, "V": 7, "T": 64, "B": 16}]
    assert len({Source(Buffers(program, s, Weights(program, s, np.float64), ())).text for s in sizes}) == 1


@pytest.mark.parametrize("name", ["W_aa", "b_y"])
def test_what_is_no_number_shows_in_the_loss(name):
    parameters, letters, states = point(elman(), "float32")
    parameters[name][0] = np.nan
    assert np.isnan(engines.batches("array", elman(), SIZES, "float32")(parameters, letters, states)[0])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@given(rows=st.integers(1, 80), depth=st.integers(1, 300), width=st.integers(1, 70), turned=st.booleans())
def test_the_product(dtype, rows, depth, width, turned):
    """Of any size: whole tiles, what is left of them in rows and columns, and more than one block."""
    from numeric.engines.array_loops import _product

    generator = np.random.default_rng(rows * depth + width)
    a, w = generator.uniform(-1, 1, (rows, depth)).astype(dtype), generator.uniform(-1, 1, (depth, width)).astype(dtype)
    given = np.ascontiguousarray(a.T).T if turned else a
    expected = a.astype(float) @ w.astype(float)
    assert np.abs(_product(given, w) - expected).max() < depth * np.finfo(dtype).eps


def test_elementary_functions_in_float32():
    from numeric.engines import elementary_single

    def largest(function, exact, points):
        points = points.astype(np.float32)
        got = np.array([function(x) for x in points])
        return np.abs(got / exact(points.astype(float)) - 1).max() / np.finfo(np.float32).eps

    generator, single = np.random.default_rng(0), np.float32
    small = np.concatenate([generator.uniform(-1e-4, 1e-4, 500), generator.uniform(-12, 12, 2000)])
    assert largest(elementary_single.tanh, np.tanh, small) < 3
    assert largest(elementary_single.exp, np.exp, generator.uniform(-86.9, 87.9, 2000)) < 3
    assert largest(elementary_single.sigmoid, lambda x: 1 / (1 + np.exp(-x)), generator.uniform(-80, 80, 2000)) < 3
    assert [elementary_single.tanh(single(x)) for x in (-400, 0, 400, -np.inf, np.inf)] == [-1, 0, 1, -1, 1]
    assert [elementary_single.exp(single(x)) for x in (-1e6, 0, 1e6, -np.inf, np.inf)] == [0, 1, np.inf, 0, np.inf]
    assert [elementary_single.sigmoid(single(x)) for x in (-1e6, 0, 1e6)] == [0, 0.5, 1]
    functions = (elementary_single.exp, elementary_single.tanh, elementary_single.sigmoid)
    assert all(np.isnan(function(single(np.nan))) for function in functions)
