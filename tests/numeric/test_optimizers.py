"""Optimisers against their closed forms, and clipping."""

import numpy as np
import pytest

from numeric.optimizers import OPTIMIZERS, Adam, Descent, Momentum, clipped

GENERATOR = np.random.default_rng(0)
START = {"W": GENERATOR.normal(size=(3, 2)), "b": GENERATOR.normal(size=3)}
GRADIENTS = [{name: GENERATOR.normal(size=value.shape) for name, value in START.items()} for _ in range(7)]


def run(optimizer, gradients=GRADIENTS, start=START):
    parameters, memory = start, optimizer.fresh(start)
    for step, gradient in enumerate(gradients, start=1):
        parameters, memory = optimizer.update(step, parameters, gradient, memory)
    return parameters


def stacked(name):
    return np.array([gradient[name] for gradient in GRADIENTS])


@pytest.mark.parametrize("name", START)
def test_descent_is_a_sum(name):
    assert run(Descent(0.3))[name] == pytest.approx(START[name] - 0.3 * stacked(name).sum(axis=0))


@pytest.mark.parametrize("name", START)
def test_momentum_weighs_each_gradient_by_a_geometric_sum(name):
    """Gradient k moves the weights in all n - k + 1 steps from its own on: by 1 + μ + … + μ^(n-k)."""
    n, mu = len(GRADIENTS), 0.9
    weights = np.array([(1 - mu ** (n - k)) / (1 - mu) for k in range(n)])
    assert run(Momentum(0.3))[name] == pytest.approx(START[name] - 0.3 * np.tensordot(weights, stacked(name), 1))


@pytest.mark.parametrize("name", START)
def test_adam_is_its_weighted_means(name):
    """The corrected moments after n steps are means of g and g², weighted by β^(n-k)."""
    expected, g = START[name].copy(), stacked(name)
    for n in range(1, len(g) + 1):
        first, second = (beta ** np.arange(n - 1, -1, -1) for beta in (0.9, 0.999))
        mean = np.tensordot(first, g[:n], 1) / first.sum()
        root = np.sqrt(np.tensordot(second, g[:n] ** 2, 1) / second.sum())
        expected -= 0.01 * mean / (root + 1e-8)
    assert run(Adam(0.01))[name] == pytest.approx(expected, rel=1e-9)


def test_adams_first_step_has_the_size_of_its_rate():
    gradient = {"W": np.array([1e-3, -5.0, 1e4])}
    moved = run(Adam(0.01), [gradient], {"W": np.zeros(3)})["W"]
    assert moved == pytest.approx([-0.01, 0.01, -0.01], rel=1e-4)


@pytest.mark.parametrize("kind", OPTIMIZERS.values())
def test_nothing_is_changed_in_place_and_types_are_kept(kind):
    start = {"W": np.ones(3, np.float32)}
    optimizer = kind(0.1)
    memory, gradient = optimizer.fresh(start), {"W": np.full(3, 2, np.float32)}
    parameters, after = optimizer.update(1, start, gradient, memory)
    assert (start["W"] == 1).all() and not any(values["W"].any() for values in memory.values())
    assert parameters["W"].dtype == np.float32 and (parameters["W"] < 1).all()
    assert after.keys() == set(kind.remembers)
    assert all(values["W"].dtype == np.float32 and values["W"].any() for values in after.values())


def test_clipping_keeps_the_direction():
    gradients = {"W": np.array([[3.0, 0.0]], np.float32), "b": np.array([-4.0], np.float32)}
    assert all((clipped(gradients, 5.1)[name] == value).all() for name, value in gradients.items())
    short = clipped(gradients, 1.0)
    assert short["W"] == pytest.approx(np.array([[0.6, 0]])) and short["b"] == pytest.approx([-0.8])
    assert short["W"].dtype == np.float32
    large = clipped({"W": np.full(4, 1e30, np.float32)}, 2.0)["W"]  # whose square is no float32
    assert large == pytest.approx(np.ones(4))
