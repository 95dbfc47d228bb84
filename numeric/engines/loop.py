"""The array program as scalar loops, compiled by Numba: the whole training loop runs without Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from typing import Any

import numba
import numpy as np

from derive.algebra.model import Model
from derive.lower import lower
from numeric.engines import Array, Engine, Parameters, elementary, units
from numeric.engines.loop_source import Writer, spell

# Sums may be reordered and products contracted, but NaN and infinity keep their meaning, or divergence goes unseen.
FAST_MATH = {"reassoc", "contract", "nsz", "arcp"}
FUNCTIONS = {
    "exp": elementary.exp,
    "tanh": elementary.tanh,
    "sigmoid": elementary.sigmoid,
    "softplus": elementary.softplus,
    "relu": elementary.relu,
    "positive": elementary.positive,
    "log": np.log,
    "sin": np.sin,
    "cos": np.cos,
}


class Distinct(numba.core.compiler.Compiler):
    """Compiles for arrays that do not overlap, so that loops over them need no checks."""

    def define_pipelines(self) -> Any:
        self.state.flags.noalias = True
        return super().define_pipelines()


class LoopEngine(Engine):
    """One sequence, in float64. What is called is compiled when it is first called."""

    def __init__(self, model: Model, sizes: Mapping[str, int], inputs: Mapping[str, Array]) -> None:
        found = {value.name: units(inputs[value.name]) if value.one_hot else None for value in model.inputs}
        one_hot = {name for name, indices in found.items() if indices is not None}
        self._writer = Writer(lower(model), sizes, one_hot)
        self._shapes = {p.name: tuple(sizes[d] for d in p.shape) for p in model.parameters}
        self._inputs = [np.ascontiguousarray(inputs[n], float).ravel() if i is None else i for n, i in found.items()]
        self._steps = sizes["T"]
        self._work = [np.zeros(size(sizes["T"])) for size in self._writer.buffers.values()]

    @cached_property
    def _gradient(self) -> Callable[..., None]:
        return _compiled(self._writer.gradient())

    @cached_property
    def _descend(self) -> Callable[..., None]:
        return _compiled(self._writer.descend())

    def loss_and_gradients(self, parameters: Mapping[str, Array]) -> tuple[float, Parameters]:
        flat, losses = self._flat(parameters), np.empty(1)
        gradients = [np.zeros_like(value) for value in flat]
        self._gradient(*flat, *gradients, *self._inputs, *self._work, self._steps, losses)
        return float(losses[0]), self._named(gradients)

    def train(self, parameters: Mapping[str, Array], rate: float, steps: int) -> tuple[Parameters, Array]:
        flat, losses = self._flat(parameters), np.empty(steps + 1)
        self._descend(*flat, *self._inputs, *self._work, self._steps, rate, losses)
        return self._named(flat), losses

    def _flat(self, parameters: Mapping[str, Array]) -> list[Array]:
        """The parameters as the loops store them."""
        columns = self._writer.columns
        return [
            np.array(parameters[name].T if spell(name) in columns else parameters[name], dtype=float).ravel()
            for name in self._shapes
        ]

    def _named(self, flat: list[Array]) -> Parameters:
        columns = self._writer.columns
        return {
            name: values.reshape(shape[::-1]).T if spell(name) in columns else values.reshape(shape)
            for (name, shape), values in zip(self._shapes.items(), flat, strict=True)
        }


build = LoopEngine


@lru_cache(maxsize=16)
def _compiled(source: str) -> Callable[..., None]:
    namespace: dict[str, Any] = dict(FUNCTIONS)
    exec(compile(source, "<the program as loops>", "exec"), namespace)
    jit = numba.njit(fastmath=FAST_MATH, error_model="numpy", pipeline_class=Distinct)
    function: Callable[..., None] = jit(namespace["run"])
    return function
