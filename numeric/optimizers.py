"""Optimisers: from parameters and gradients to the next parameters, with what they remember as plain data."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from numeric.engines import Parameters

Memory = dict[str, Parameters]  # what is remembered -> parameter -> array of its shape


@dataclass(frozen=True)
class Optimizer(ABC):
    """An update rule at learning rate η. `remembers` names its memory, all zero at first; `usual_rate` suits a text."""

    rate: float
    remembers: ClassVar[tuple[str, ...]] = ()
    usual_rate: ClassVar[float]

    def fresh(self, parameters: Parameters) -> Memory:
        """The memory before the first step."""
        return {name: {p: np.zeros_like(value) for p, value in parameters.items()} for name in self.remembers}

    @abstractmethod
    def update(
        self, step: int, parameters: Parameters, gradients: Parameters, memory: Memory
    ) -> tuple[Parameters, Memory]:
        """The parameters and the memory after step number `step` (the first is 1); the arguments stay as they are."""


class Descent(Optimizer):
    """Gradient descent, the rule of the notes: θ ← θ - η g."""

    usual_rate = 0.5

    def update(
        self, step: int, parameters: Parameters, gradients: Parameters, memory: Memory
    ) -> tuple[Parameters, Memory]:
        return {name: value - self.rate * gradients[name] for name, value in parameters.items()}, memory


class Momentum(Optimizer):
    """Descent with momentum: v ← μ v + g, θ ← θ - η v (Polyak 1964; Sutskever et al. 2013, with η taken out of v)."""

    remembers = ("velocity",)
    usual_rate = 0.1
    decay = 0.9

    def update(
        self, step: int, parameters: Parameters, gradients: Parameters, memory: Memory
    ) -> tuple[Parameters, Memory]:
        velocity = {name: self.decay * v + gradients[name] for name, v in memory["velocity"].items()}
        moved = {name: value - self.rate * velocity[name] for name, value in parameters.items()}
        return moved, {"velocity": velocity}


class Adam(Optimizer):
    """Adam, algorithm 1 of Kingma and Ba (2015): descent along the mean gradient over the root of its mean square."""

    remembers = ("mean", "square")
    usual_rate = 0.003
    mean_decay, square_decay, epsilon = 0.9, 0.999, 1e-8

    def update(
        self, step: int, parameters: Parameters, gradients: Parameters, memory: Memory
    ) -> tuple[Parameters, Memory]:
        b1, b2 = self.mean_decay, self.square_decay
        mean = {name: b1 * m + (1 - b1) * gradients[name] for name, m in memory["mean"].items()}
        square = {name: b2 * v + (1 - b2) * gradients[name] ** 2 for name, v in memory["square"].items()}
        unbiased = 1 - b1**step, 1 - b2**step
        moved = {
            name: value - self.rate / unbiased[0] * mean[name] / (np.sqrt(square[name] / unbiased[1]) + self.epsilon)
            for name, value in parameters.items()
        }
        return moved, {"mean": mean, "square": square}


OPTIMIZERS: dict[str, type[Optimizer]] = {"sgd": Descent, "momentum": Momentum, "adam": Adam}


def clipped(gradients: Mapping[str, np.ndarray], largest: float) -> Parameters:
    """Return the gradients, scaled down together where their common norm exceeds `largest`.

    Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks" (2013), algorithm 1.
    """
    norm = np.sqrt(sum(np.square(gradient, dtype=np.float64).sum() for gradient in gradients.values()))
    scale = float(largest / norm) if norm > largest else 1.0
    return {name: gradient * scale for name, gradient in gradients.items()}
