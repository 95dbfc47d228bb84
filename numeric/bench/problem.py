"""What every contender is given: weights, inputs and targets, and the gradients that it has to find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numeric import bptt
from numeric.words import Word

Array = NDArray[Any]


@dataclass(frozen=True)
class Problem:
    """The network of the notes on a batch of sequences: parameters, and T×B indices of the letters and the targets."""

    parameters: dict[str, Array]
    x: NDArray[np.intp]
    target: NDArray[np.intp]

    @property
    def sizes(self) -> dict[str, int]:
        """H, V, T and B."""
        V, H = self.parameters["W_ya"].shape
        T, B = self.x.shape
        return {"H": H, "V": V, "T": T, "B": B}

    def one_hot(self, indices: NDArray[np.intp]) -> Array:
        """The indices as one-hot vectors, T×B×V."""
        return np.eye(self.sizes["V"], dtype=self.parameters["b_y"].dtype)[indices]

    @cached_property
    def reference(self) -> dict[str, Array]:
        """The gradients by the hand-written BPTT in float64, summed over the batch."""
        return self._sum(self.parameters)

    def _sum(self, parameters: Mapping[str, Array]) -> dict[str, Array]:
        theta = {name: value.astype(float) for name, value in parameters.items()}
        X, Y = self.one_hot(self.x), self.one_hot(self.target)
        runs = [bptt.loss_and_gradients(theta, X[:, b], Y[:, b])[1] for b in range(X.shape[1])]
        return {name: np.sum([run[name] for run in runs], axis=0) for name in theta}

    def descended(self, rate: float, steps: int) -> dict[str, Array]:
        """The parameters after `steps` steps of θ = θ - η ∂L/∂θ with the reference's gradients."""
        theta = dict(self.parameters)
        for _ in range(steps):
            gradients = self._sum(theta)
            theta = {name: value - rate * gradients[name] for name, value in theta.items()}
        return theta


def on_a_word(text: str, hidden: int) -> Problem:
    """One word in float64, with weights of order one."""
    word = Word(text)
    x, target = (rows.argmax(1)[:, None] for rows in (word.X, word.Y))
    return Problem(_weights(hidden, len(word.vocabulary), 1.0), x, target)


def on_random_letters(H: int, V: int, T: int, B: int = 1, dtype: type = np.float64) -> Problem:
    """A batch of random sequences, with weights of order 1/√H."""
    x, target = np.random.default_rng(0).integers(V, size=(2, T, B))
    weights = _weights(H, V, H**-0.5)
    return Problem({name: value.astype(dtype) for name, value in weights.items()}, x, target)


def _weights(H: int, V: int, scale: float) -> dict[str, Array]:
    generator = np.random.default_rng(1)
    return {name: generator.uniform(-scale, scale, shape) for name, shape in bptt.shapes(H, V).items()}
