"""The hand-written reference, against what can be worked out by hand and against its own forward pass."""

import ast
from pathlib import Path

import numpy as np
import pytest

from numeric import bptt
from numeric.crosscheck import by_complex_step, random_parameters
from numeric.words import Word


def test_it_shares_nothing_with_us():
    tree = ast.parse(Path(bptt.__file__).read_text())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported == {"collections.abc", "typing", "numpy", "numpy.typing"}


def test_zero_weights_by_hand():
    """All y are 1/V, so that L = T log V and ∂L/∂b_y = T/V - Σ_t ŷ(t); every other gradient has a factor 0."""
    word = Word("HELLO")
    parameters = {name: np.zeros(shape) for name, shape in bptt.shapes(3, 4).items()}
    loss, gradients = bptt.loss_and_gradients(parameters, word.X, word.Y)
    assert loss == pytest.approx(4 * np.log(4), rel=1e-15)
    assert gradients["b_y"] == pytest.approx(np.array([1, 0, -1, 0]))
    assert not any(gradients[name].any() for name in ("W_aa", "W_ax", "b_a", "W_ya"))


def test_one_unit_two_steps_by_hand():
    """H = V = 1 leaves L = 0, so V = 2: the chain rule written out with scalars."""
    word = Word("aba")
    p = random_parameters(word, 1, seed=0)
    w, u, v = p["W_aa"][0, 0], p["W_ax"][0], p["W_ya"][:, 0]
    a1 = np.tanh(u[0] + p["b_a"][0])
    a2 = np.tanh(w * a1 + u[1] + p["b_a"][0])
    y1, y2 = (np.exp(v * a + p["b_y"]) / np.exp(v * a + p["b_y"]).sum() for a in (a1, a2))
    d1, d2 = y1 - [0, 1], y2 - [1, 0]
    loss, gradients = bptt.loss_and_gradients(p, word.X, word.Y)
    assert loss == pytest.approx(-np.log(y1[1]) - np.log(y2[0]), rel=1e-14)
    assert gradients["W_aa"][0, 0] == pytest.approx(d2 @ v * (1 - a2**2) * a1, rel=1e-13)
    carried = d1 @ v + d2 @ v * (1 - a2**2) * w
    assert gradients["b_a"][0] == pytest.approx(d2 @ v * (1 - a2**2) + carried * (1 - a1**2), rel=1e-13)


def test_a_given_first_state():
    """Starting from the state after two letters is the same as having read them."""
    word = Word("HELLO")
    parameters = random_parameters(word, 5, seed=1)
    states, log_y = bptt.forward(parameters, word.X)
    later_states, later_log_y = bptt.forward(parameters, word.X[2:], a0=states[2])
    assert (later_states == states[2:]).all() and (later_log_y == log_y[2:]).all()
    rest = bptt.loss(parameters, word.X[2:], word.Y[2:], a0=states[2])
    assert rest == bptt.loss_and_gradients(parameters, word.X[2:], word.Y[2:], a0=states[2])[0]
    assert rest == pytest.approx(-(word.Y[2:] * log_y[2:]).sum())


def test_huge_logits_stay_finite():
    word = Word("HELLO")
    parameters = random_parameters(word, 8, seed=0, scale=1000)
    loss, gradients = bptt.loss_and_gradients(parameters, word.X, word.Y)
    assert loss > 1000 and np.isfinite(loss)
    assert all(np.isfinite(gradient).all() for gradient in gradients.values())


def test_complex_step_agrees_with_central_differences():
    """The complex step is itself checked by a method that shares no complex arithmetic."""
    word, h = Word("HELLO"), 1e-5
    parameters = random_parameters(word, 3, seed=2)
    for name, gradient in by_complex_step(parameters, word).items():
        for index in np.ndindex(gradient.shape):
            step = np.zeros(gradient.shape)
            step[index] = h
            above, below = (
                bptt.loss({**parameters, name: parameters[name] + sign * step}, word.X, word.Y) for sign in (1, -1)
            )
            assert (above - below) / (2 * h) == pytest.approx(gradient[index], abs=1e-8)
