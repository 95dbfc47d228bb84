"""The parameters of a model: their shapes, and the random weights that training starts from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from numeric.engines import Array, Parameters
from numeric.errors import InputError

if TYPE_CHECKING:
    from derive.algebra.model import Model


def shapes(model: Model, sizes: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
    """Return the shape of each parameter of `model`, given the size of each dimension (H and V, say)."""
    return {p.name: tuple(sizes[dimension] for dimension in p.shape) for p in model.parameters}


def sizes(model: Model, parameters: Mapping[str, Array]) -> dict[str, int]:
    """Return the size of each dimension of the model's parameters, read off their arrays."""
    pairs = ((d, n) for p in model.parameters for d, n in zip(p.shape, parameters[p.name].shape, strict=True))
    return dict(pairs)


def random_weights(model: Model, sizes: Mapping[str, int], generator: np.random.Generator) -> Parameters:
    """Return zero biases and random matrices of standard deviation 1/√H, so that sums over H units are of order one.

    Raises InputError for more units than there is memory for.
    """
    try:
        return {
            name: generator.normal(0, sizes["H"] ** -0.5, shape) if len(shape) > 1 else np.zeros(shape)
            for name, shape in shapes(model, sizes).items()
        }
    except MemoryError as error:
        raise InputError(f"there is no memory for {sizes['H']} hidden units: take fewer") from error
