"""The engines: chosen by name, and running the derived program and nothing else."""

import numpy as np
import pytest
import sympy

from derive.algebra.model import elman
from numeric import bptt, engines
from numeric.crosscheck import random_parameters
from numeric.errors import InputError
from numeric.train import derived_engine
from numeric.words import Word

HELLO = Word("HELLO")


def test_unknown_engine():
    with pytest.raises(InputError, match="no engine 'steam': choose one of numpy"):
        derived_engine("steam", HELLO, 2)


def test_a_missing_extra_is_named(monkeypatch):
    def fail(name):
        raise ImportError("no module", name="symengine")

    monkeypatch.setitem(engines.EXTRAS, "swift", "fast")
    monkeypatch.setattr(engines, "import_module", fail)
    with pytest.raises(InputError, match=r"'swift' needs symengine: pip install -e '\.\[fast\]'"):
        derived_engine("swift", HELLO, 2)
    with pytest.raises(ImportError):
        derived_engine("numpy", HELLO, 2)  # needs no extra: a broken installation, not the user's mistake


def test_training_is_the_update_rule_of_the_notes():
    engine, rate = derived_engine("numpy", HELLO, 3), 0.2
    start = random_parameters(HELLO, 3, seed=0)
    kept = {name: value.copy() for name, value in start.items()}
    end, losses = engine.train(start, rate, 3)
    theta, expected = kept, []
    for _ in range(3):
        loss, gradients = engine.loss_and_gradients(theta)
        expected.append(loss)
        theta = {name: theta[name] - rate * gradients[name] for name in theta}
    assert losses.tolist() == [*expected, engine.loss_and_gradients(theta)[0]]
    assert all((end[name] == theta[name]).all() and (start[name] == kept[name]).all() for name in theta)
    assert losses[-1] < losses[0]


def test_no_steps():
    engine, start = derived_engine("numpy", HELLO, 2), random_parameters(HELLO, 2, seed=0)
    end, losses = engine.train(start, 0.1, 0)
    assert losses.tolist() == [engine.loss_and_gradients(start)[0]]
    assert all((end[name] == start[name]).all() for name in start)


def test_softmax_does_not_overflow():
    engine = derived_engine("numpy", HELLO, 4)
    parameters = random_parameters(HELLO, 4, seed=0, scale=1000)
    loss, gradients = engine.loss_and_gradients(parameters)
    expected, reference = bptt.loss_and_gradients(parameters, HELLO.X, HELLO.Y)
    assert loss == pytest.approx(expected, rel=1e-12) and loss > 1000
    assert all(np.isfinite(gradient).all() for gradient in gradients.values())
    assert gradients["b_y"] == pytest.approx(reference["b_y"], abs=1e-12)


def test_the_loss_is_the_models():
    """A mean over t in the model, and real-valued inputs and soft targets in the data, with no change of code."""
    generator = np.random.default_rng(0)
    X, Y = generator.normal(size=(4, 3)), generator.dirichlet(np.ones(3), size=4)
    engine = engines.build("numpy", elman(1 / sympy.Symbol("T")), {"H": 2, "V": 3, "T": 4}, {"x": X, "target": Y})
    parameters = {name: generator.normal(size=shape) for name, shape in bptt.shapes(2, 3).items()}
    loss, gradients = engine.loss_and_gradients(parameters)
    total, reference = bptt.loss_and_gradients(parameters, X, Y)
    assert loss == pytest.approx(total / 4, rel=1e-14)
    for name, gradient in gradients.items():
        assert gradient == pytest.approx(reference[name] / 4, rel=1e-12, abs=1e-15)


def test_too_large_to_write_out():
    with pytest.raises(InputError, match=r"too many.*fewer hidden units or a shorter word"):
        derived_engine("numpy", HELLO, 10_000)
