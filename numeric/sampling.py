"""What a trained network says: letters drawn from its predictions, each fed back as the next input."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.algebra.model import Model
from numeric.forward import Forward
from numeric.parameters import sizes

Array = NDArray[Any]
Choice = Callable[[Array], int]  # log y -> the place of a letter


def likeliest(log_y: Array) -> int:
    """The letter of the greatest probability, the first one of several."""
    return int(log_y.argmax())


def drawn(generator: np.random.Generator, temperature: float) -> Choice:
    """Draws a letter with a probability proportional to y^(1/τ): τ = 1 is the network's own y, and near 0 the likeliest
    letter is all but certain."""

    divisor = max(temperature, np.finfo(np.float64).tiny)  # a library may have told the processor to take less for 0

    def draw(log_y: Array) -> int:
        with np.errstate(over="ignore"):  # -∞ is what is meant: e^-∞ is the 0 of the limit
            exponents = (log_y - log_y.max()).astype(np.float64) / divisor
        cumulative = np.cumsum(np.exp(exponents))
        place = np.searchsorted(cumulative, generator.random() * cumulative[-1], side="right")
        return min(int(place), len(log_y) - 1)  # a product that was rounded up

    return draw


def sample(model: Model, parameters: Mapping[str, Array], first: int, length: int, choose: Choice) -> list[int]:
    """Return `length` letters that follow the letter `first`, from zero states; they are the model's first input."""
    forward, letters = Forward(model, parameters), [first]
    name, size = model.inputs[0].name, sizes(model, parameters)[model.inputs[0].shape[0]]
    states = forward.start
    for _ in range(length):
        x = np.zeros(size)
        x[letters[-1]] = 1
        log_y, states = forward.step({name: x}, states)
        letters.append(choose(log_y))
    return letters[1:]
