"""The source that `derive.export --to jax` prints, run by JAX: compiled, on batches, and spread over devices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from numpy.typing import NDArray

from derive.algebra.model import Model
from derive.export.jax import export
from derive.lower import lower
from derive.program import Program
from numeric.engines import Engine, Parameters
from numeric.errors import InputError

Array = NDArray[Any]


class Batch:
    """Loss and gradients of a program on batches, like `numeric.engines.array.Batch`. Each of the devices (as many as
    can, unless given) takes an equal share of the sequences, and the gradients are summed over all.

    The devices may be those of several processes, after `jax.distributed.initialize`. Then each process calls this with
    the same arguments, the whole batch, puts its own share on its devices, and gets the whole result.
    Raises InputError where the devices cannot share the sequences equally.
    """

    def __init__(
        self, program: Program, sizes: Mapping[str, int], dtype: Any = np.float64, devices: Sequence[Any] | None = None
    ) -> None:
        self._program, self._dtype = program, np.dtype(dtype)
        if devices is None:
            found = jax.devices()
            count = max(n for n in range(1, len(found) + 1) if sizes["B"] % n == 0)
            devices = found[:count] if jax.process_count() == 1 else found  # no process may be left out
        mesh = Mesh(np.array(devices), ("data",))
        if sizes["B"] % mesh.size:
            raise InputError(
                f"{sizes['B']} sequences are no equal shares for {mesh.size} devices: take a multiple of {mesh.size}"
            )
        self._states = [
            (state.value.name if state.side < 0 else state.given, (sizes["B"], *(sizes[d] for d in state.value.shape)))
            for state in program.states
        ]
        self._everywhere = NamedSharding(mesh, PartitionSpec())
        self._steps, self._rows = (NamedSharding(mesh, PartitionSpec(*axes)) for axes in ((None, "data"), ("data",)))
        self._function = jax.jit(self._batch(_source(program), sizes), out_shardings=self._everywhere)

    def __call__(
        self, parameters: Mapping[str, Array], inputs: Mapping[str, Array], states: Mapping[str, Array] | None = None
    ) -> tuple[float, Parameters, dict[str, Array]]:
        """Return the loss and the gradients, summed over the batch, and the states at step T.

        `inputs` are T×B×n, or B×n for the whole run; those that the model calls one-hot are T×B (or B) indices instead.
        `states` are those at step 0, B×n, zero unless given.
        """
        with _precision(self._dtype):
            theta = {name: self._put(value, self._everywhere) for name, value in parameters.items()}
            given = [
                self._put(
                    inputs[value.name],
                    self._rows if value.name in self._program.once else self._steps,
                    np.int32 if value.one_hot else None,
                )
                for value in self._program.model.inputs
            ]
            start = [np.broadcast_to((states or {}).get(name, 0), shape) for name, shape in self._states]
            result = self._function(theta, given, [self._put(state, self._rows) for state in start])
            loss, gradients, last = jax.device_get(result)
        return float(loss), gradients, last

    def _put(self, values: Array, where: NamedSharding, dtype: Any = None) -> Any:
        """The values on the devices, to each its part."""
        array = np.asarray(values, dtype or self._dtype)
        return jax.make_array_from_callback(array.shape, where, array.__getitem__)

    def _batch(self, one: Callable[..., Any], sizes: Mapping[str, int]) -> Callable[..., Any]:
        def run(parameters: Any, inputs: list[Any], states: list[Any]) -> Any:
            dense = [
                jax.nn.one_hot(given, sizes[value.shape[0]], dtype=self._dtype) if value.one_hot else given
                for given, value in zip(inputs, self._program.model.inputs, strict=True)
            ]
            places = (0 if value.name in self._program.once else 1 for value in self._program.model.inputs)
            over = (None, *places, *(0 for _ in states))
            losses, gradients, last = jax.vmap(one, over)(parameters, *dense, *states)
            return losses.sum(), {name: terms.sum(0) for name, terms in gradients.items()}, last

        return run


class JaxEngine(Engine):
    """The program on one sequence, in float64, on one device."""

    def __init__(self, model: Model, sizes: Mapping[str, int], inputs: Mapping[str, Array]) -> None:
        program = lower(model)
        self._function = jax.jit(_source(program))
        self._inputs = [inputs[value.name] for value in model.inputs]
        self._states = [np.zeros([sizes[d] for d in state.value.shape]) for state in program.states]

    def loss_and_gradients(self, parameters: Mapping[str, Array]) -> tuple[float, Parameters]:
        with _precision(np.dtype(float)):
            loss, gradients, _ = jax.device_get(self._function(dict(parameters), *self._inputs, *self._states))
        return float(loss), gradients


build = JaxEngine


def _source(program: Program) -> Callable[..., Any]:
    namespace: dict[str, Any] = {}
    exec(compile(export(program), f"<{program.model.name} in JAX>", "exec"), namespace)
    function: Callable[..., Any] = namespace["loss_and_gradients"]
    return function


@contextmanager
def _precision(dtype: np.dtype[Any]) -> Iterator[None]:
    """JAX turns float64 into float32 unless it is told not to."""
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", before or dtype == np.float64)
    try:
        yield
    finally:
        jax.config.update("jax_enable_x64", before)
