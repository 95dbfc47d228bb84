"""Every engine on every network, against the complex step through the network's loss written by hand."""

import numpy as np
import pytest

from derive.algebra.array import t
from numeric import engines, evaluation


@pytest.mark.parametrize("engine", engines.EXTRAS)
def test_the_gradients_of_every_engine(network, engine, require):
    for module in {"llvm": ["symengine"], "loop": ["numba"], "jax": ["jax"]}.get(engine, []):
        require(module)
    parameters, inputs = network.point()
    loss, expected, _ = network.expected(parameters, inputs)
    built = engines.build(engine, network.model, network.sizes, inputs)
    for _ in range(2):  # what the first call leaves in the buffers must not matter to the second
        got, gradients = built.loss_and_gradients(parameters)
        assert got == pytest.approx(loss, rel=1e-12)
        for name, gradient in expected.items():
            assert gradients[name].shape == gradient.shape
            assert gradients[name] == pytest.approx(gradient, rel=1e-10, abs=1e-13), name


@pytest.mark.parametrize("engine", ["array", "jax"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_batch_is_the_sum_of_its_sequences(network, engine, dtype, require):
    require("numpy" if engine == "array" else engine)
    parameters, _ = network.point()
    points = [network.point(seed)[1] for seed in range(3)]
    singles = [network.expected(parameters, inputs)[:2] for inputs in points]
    inputs = {}
    for value in network.model.inputs:
        rows = np.stack([point[value.name] for point in points], axis=int(value.step == t))
        inputs[value.name] = rows.argmax(-1) if value.one_hot else rows
    batch = engines.batches(engine, network.model, {**network.sizes, "B": 3}, dtype)
    loss, gradients, _ = batch(parameters, inputs)
    close = {"rel": 1e-10, "abs": 1e-12} if dtype == "float64" else {"rel": 1e-3, "abs": 1e-4}
    assert loss == pytest.approx(sum(single for single, _ in singles), **close)
    for name, gradient in gradients.items():
        assert gradient == pytest.approx(sum(single[name] for _, single in singles), **close), name


@pytest.mark.parametrize("name", ["numpy", "jax"])
def test_the_equations_as_they_stand(network, name, require):
    """The evaluation that the cross-check differentiates, against the loss written by hand."""
    xp = require(name) if name == "numpy" else require("jax").numpy
    parameters, inputs = network.point()
    sizes = engines.numbers(network.model) | network.sizes
    loss, expected, _ = network.expected(parameters, inputs)
    rel = 1e-12 if name == "numpy" else 1e-5
    assert float(evaluation.loss(network.model, parameters, inputs, sizes, xp)) == pytest.approx(loss, rel=rel)
    method = evaluation.by_complex_step if name == "numpy" else evaluation.by_jax
    for parameter, gradient in method(network.model, parameters, inputs, sizes).items():
        assert gradient == pytest.approx(expected[parameter], rel=1e-10, abs=1e-13), parameter
