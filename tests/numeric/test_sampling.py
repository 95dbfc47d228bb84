"""The forward pass of any model, and what is drawn from it."""

import tracemalloc

import numpy as np
import pytest

from derive.algebra.model import elman
from numeric import bptt
from numeric.crosscheck import random_parameters
from numeric.forward import Forward, log_softmax
from numeric.sampling import drawn, likeliest, sample
from numeric.words import Word

WORD = Word("abracadabra")
PARAMETERS = random_parameters(WORD, 6, seed=1, scale=2.0)


def test_the_forward_pass_is_the_references():
    a, log_y = bptt.forward(PARAMETERS, WORD.X)
    forward = Forward(elman(), PARAMETERS)
    states = forward.start
    for step, x in enumerate(WORD.X):
        prediction, states = forward.step({"x": x}, states)
        assert prediction == pytest.approx(log_y[step], abs=1e-13)
        assert states["a"] == pytest.approx(a[step + 1], abs=1e-13)


def test_the_softmax_neither_overflows_nor_loses_small_probabilities():
    assert log_softmax(np.array([1000.0, 0.0])).tolist() == [0, -1000]


def test_the_forward_pass_of_another_cell(gru):
    """A GRU, with gates and a state that is multiplied, against its equations written out."""
    generator = np.random.default_rng(0)
    sizes = {"H": 3, "V": 4}
    parameters = {p.name: generator.normal(size=[sizes[d] for d in p.shape]) for p in gru.parameters}
    forward = Forward(gru, parameters)
    x, h = np.eye(4)[2], generator.normal(size=3)
    log_y, states = forward.step({"x": x}, {"h": h})
    sigmoid = lambda u: 1 / (1 + np.exp(-u))  # noqa: E731
    z = sigmoid(parameters["W_z"] @ x + parameters["U_z"] @ h)
    candidate = np.tanh(parameters["W_h"] @ x + parameters["U_h"] @ (z * h))
    expected = (1 - z) * h + z * candidate
    scores = parameters["W_y"] @ expected
    assert states["h"] == pytest.approx(expected, abs=1e-13)
    assert log_y == pytest.approx(scores - np.log(np.exp(scores).sum()), abs=1e-12)


def test_greedy_samples_follow_the_likeliest_letter():
    letters = sample(elman(), PARAMETERS, 0, 8, likeliest)
    said, V = [0], len(WORD.vocabulary)
    for _ in range(8):
        said.append(int(bptt.forward(PARAMETERS, np.eye(V)[said])[1][-1].argmax()))  # from the beginning every time
    assert letters == said[1:]


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_letters_are_drawn_by_their_probability(temperature):
    y = np.array([0.5, 0.3, 0.15, 0.05])
    choose = drawn(np.random.default_rng(0), temperature)
    count = 20_000
    found = np.bincount([choose(np.log(y)) for _ in range(count)], minlength=4) / count
    expected = y ** (1 / temperature) / np.sum(y ** (1 / temperature))
    assert found == pytest.approx(expected, abs=4 * 0.5 / np.sqrt(count))  # four standard deviations, at least


@pytest.mark.filterwarnings("error")
def test_a_cold_sample_is_greedy_and_impossible_letters_never_come():
    log_y = np.array([-1e4, -2.0, -0.2, -np.inf])
    generator = np.random.default_rng(0)
    for temperature in (1e-3, 1e-300, 1e-320):
        assert {drawn(generator, temperature)(log_y) for _ in range(200)} == {2}
    assert {drawn(generator, 1.0)(log_y) for _ in range(200)} == {1, 2}


def test_a_sample_takes_no_square_of_the_number_of_letters():
    V, generator = 4000, np.random.default_rng(0)
    sizes = {"W_aa": (2, 2), "W_ax": (2, V), "b_a": (2,), "W_ya": (V, 2), "b_y": (V,)}
    parameters = {name: generator.normal(size=shape) for name, shape in sizes.items()}
    sample(elman(), parameters, 0, 1, likeliest)  # what is compiled once is compiled
    tracemalloc.start()
    sample(elman(), parameters, 0, 3, likeliest)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * V * V / 10
