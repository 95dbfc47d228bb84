"""Every engine on every network, against the complex step through the network's loss written by hand."""

import numpy as np
import pytest

from numeric import engines


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
