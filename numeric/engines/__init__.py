"""Engines: the same derived loss and gradients, run in different ways, each in a file of its own and chosen by name.

An engine's file offers `build(model, sizes, inputs) -> Engine`. A new engine is a file and a line in `EXTRAS`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from numeric.errors import InputError

if TYPE_CHECKING:
    from derive.algebra.array import Value
    from derive.algebra.model import Model

Array = NDArray[np.float64]
Parameters = dict[str, Array]

# Each engine with the extra of ours that brings what it needs; None where nothing is needed.
EXTRAS: dict[str, str | None] = {"numpy": None, "array": None, "llvm": "fast", "loop": "fast", "jax": "jax"}


def install(extra: str) -> str:
    """Return the command that installs an extra of ours, in the folder of a checkout."""
    return f"pip install -e '.[{extra}]'"


class Engine(ABC):
    """The loss and the gradients of one model at fixed sizes on fixed inputs and targets."""

    @abstractmethod
    def loss_and_gradients(self, parameters: Mapping[str, Array]) -> tuple[float, Parameters]:
        """Return the loss and, for each parameter by name, its gradient in the parameter's shape."""

    def train(self, parameters: Mapping[str, Array], rate: float, steps: int) -> tuple[Parameters, Array]:
        """Return the parameters after `steps` times θ = θ + Δθ, Δθ = -η ∂L/∂θ, and the steps + 1 losses on the way.

        losses[i] is the loss after i steps. `parameters` is left as it was. An engine that can run the whole loop
        faster overrides this.
        """
        theta = dict(parameters)
        losses = np.empty(steps + 1)
        for step in range(steps):
            losses[step], gradients = self.loss_and_gradients(theta)
            theta = {name: value - rate * gradients[name] for name, value in theta.items()}
        losses[steps], _ = self.loss_and_gradients(theta)
        return theta, losses


class Batches(Protocol):
    """The loss and the gradients of one model on batches of windows, with states that are handed in and out."""

    def __call__(
        self, parameters: Mapping[str, Any], inputs: Mapping[str, Any], states: Mapping[str, Any] | None = None
    ) -> tuple[float, Parameters, dict[str, Any]]:
        """Return the loss and the gradients, summed over the batch, and the states at step T, B×n.

        `inputs` are T×B indices for what the model calls one-hot, and else T×B×n. `states` are those at step 0, zero
        unless given.
        """
        ...


def build(name: str, model: Model, sizes: Mapping[str, int], inputs: Mapping[str, Array]) -> Engine:
    """Return the engine `name` for `model` at `sizes` (H, V and T, say) on `inputs` (name -> its steps as rows, or what
    it is for the whole run).

    Raises InputError for an unknown engine, for one whose extra is not installed, and for a network that has no array
    program (see `derive.lower.lower`).
    """
    try:
        engine: Engine = _module(name).build(model, {**numbers(model), **sizes}, inputs)
    except ValueError as error:
        raise InputError(str(error)) from error
    return engine


def batches(name: str, model: Model, sizes: Mapping[str, int], dtype: str) -> Batches:
    """Return the engine `name` for `model` on batches; `sizes` gives T, B (the sequences of a batch), H, V and so on.

    An engine that can do so has a class `Batch(program, sizes, dtype)`. Raises InputError as `build` does, and for an
    engine without batches.
    """
    from derive.lower import lower

    module, sizes = _module(name), {**numbers(model), **sizes}
    if not hasattr(module, "Batch"):
        raise InputError(f"the engine {name!r} trains on a word only: for a text choose 'array' or 'jax'")
    made: Batches = module.Batch(lower(model), sizes, np.dtype(dtype))
    return made


def numbers(model: Model) -> dict[str, int]:
    """Return the sizes of those dimensions of `model` that are numbers, such as the "1" of a single output unit."""
    leaves = (*model.parameters, *model.inputs, *(equation.value for equation in model.equations))
    return {dimension: int(dimension) for leaf in leaves for dimension in leaf.shape if dimension.isdigit()}


def by_step(value: Value, given: Array, steps: int) -> list[tuple[int, Array]]:
    """Return the entries of an input at each step at which it stands, flat."""
    from derive.algebra.array import last

    rows = [given] if value.step == last else given
    first = steps if value.step == last else 1
    return [(step, np.ravel(row)) for step, row in enumerate(rows, start=first)]


def units(rows: Array) -> NDArray[np.intp] | None:
    """Return the index of the 1 in each row (or in the only one), or None if some row is not one-hot."""
    rows = np.atleast_2d(rows)
    found: NDArray[np.intp] = rows.argmax(axis=1)
    ones = rows[np.arange(len(rows)), found] == 1
    return found if ones.all() and np.count_nonzero(rows) == len(rows) else None


def _module(name: str) -> ModuleType:
    if name not in EXTRAS:
        raise InputError(f"there is no engine {name!r}: choose one of {', '.join(EXTRAS)}")
    try:
        return import_module(f"numeric.engines.{name}")
    except ImportError as error:
        if (extra := EXTRAS[name]) is None:
            raise
        raise InputError(f"the engine {name!r} needs {error.name}: {install(extra)}") from error
