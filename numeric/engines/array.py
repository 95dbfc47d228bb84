"""The array program at matrix level, for batches and large sizes. The default engine of `--text`.

A batch is cut into shares of sequences. Each has a tape of its own: compiled loops where Numba is installed
(`array_loops`), else NumPy's calls (`array_tape`). Tapes run side by side in threads: they let go of the interpreter
while they compute. The shares depend on the sizes alone, so that a batch gives the same numbers on any number of
processors.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from derive.algebra.model import Model
from derive.lower import lower
from derive.program import Program
from numeric.engines import Engine, Parameters, units
from numeric.engines.array_buffers import Buffers, Weights
from numeric.engines.array_tape import Tape

Array = NDArray[Any]
ROWS = 8  # sequences of a share, for a product to be worth it


class Batch:
    """Loss and gradients of a program on batches; `sizes` gives T, B (the sequences of a batch) and every dimension."""

    def __init__(
        self,
        program: Program,
        sizes: Mapping[str, int],
        dtype: Any = np.float64,
        dense: Collection[str] = (),
        tape: type[Tape] | None = None,
    ) -> None:
        self.program, self.weights = program, Weights(program, sizes, dtype)
        kind = tape or _fastest(program, {**sizes, "T": 1, "B": 1}, self.weights, dense)
        steps = 1 if kind is Tape else sizes["T"]  # between two calls
        work = steps * sum(array.size for array in self.weights.arrays.values())
        count = shares(sizes["B"], work, kind.LEAST)
        parts = np.array_split(np.arange(sizes["B"]), count)
        self.places = [slice(int(part[0]), int(part[-1]) + 1) for part in parts]
        self.tapes = [kind(program, {**sizes, "B": len(part)}, self.weights, dense) for part in parts]
        self._submit: Callable[..., Pending] = at_once
        if count > 1:
            self._submit = ThreadPoolExecutor(min(count, os.cpu_count() or 1)).submit
        self._one_thread: Callable[[], AbstractContextManager[Any]] = nullcontext
        if kind is Tape:  # a BLAS's own threads would wait for each other, and for ours, without sleeping
            self._one_thread = partial(ThreadpoolController().select(user_api="blas").limit, limits=1)

    def __call__(
        self, parameters: Mapping[str, Array], inputs: Mapping[str, Array], states: Mapping[str, Array] | None = None
    ) -> tuple[float, Parameters, dict[str, Array]]:
        """Return the loss and the gradients, summed over the batch, and the states at step T.

        `inputs` are T×B×n, or B×n for the whole run; those that the model calls one-hot are T×B (or B) indices instead,
        unless they are among `dense`. `states` are those at step 0, B×n, zero unless given.
        """
        self.weights.load(parameters)
        warnings = np.geterr() | {"over": "ignore"}  # the exponential in a sigmoid: 1/(1 + inf) is the 0 that is meant

        def quietly(call: Callable[[], Array]) -> Array:
            with np.errstate(**warnings):  # which is each thread's own
                return call()

        def run(tape: Tape, place: slice) -> tuple[float, dict[str, Array], dict[str, list[Pending]]]:
            with np.errstate(**warnings):
                loss, last = tape.run(
                    {
                        name: rows[place] if name in self.program.once else rows[:, place]
                        for name, rows in inputs.items()
                    },
                    {name: rows[place] for name, rows in (states or {}).items()},
                )
            # Whichever thread is free first takes the next product: processors are not equally fast.
            terms = tape.gradients.items()
            return loss, last, {name: [self._submit(quietly, term) for term in sums] for name, sums in terms}

        with self._one_thread():
            runs = [self._submit(run, *share) for share in zip(self.tapes, self.places, strict=True)]
            losses, last, terms = zip(*(share.result() for share in runs), strict=True)
            gradients = {
                name: sum((term.result() for share in terms for term in share[name]), np.zeros_like(array))
                for name, array in self.weights.arrays.items()
            }
        return sum(losses), gradients, {name: np.concatenate([share[name] for share in last]) for name in last[0]}


class Pending(Protocol):
    """A result to wait for."""

    def result(self) -> Any: ...


@dataclass(frozen=True)
class Done:
    """A result that is there."""

    value: Any

    def result(self) -> Any:
        return self.value


def at_once(call: Callable[..., Any], *arguments: Any) -> Done:
    """Runs in the calling thread."""
    return Done(call(*arguments))


def _fastest(program: Program, sizes: Mapping[str, int], weights: Weights, dense: Collection[str]) -> type[Tape]:
    """Compiled loops where Numba is installed and every operation has one; NumPy's calls else."""
    try:
        from numeric.engines.array_loops import Loops, Source, Unwritten
    except ImportError:
        return Tape
    try:
        Source(Buffers(program, sizes, weights, dense))
    except Unwritten:
        return Tape
    return Loops


def shares(sequences: int, work: int, least: int) -> int:
    """Return into how many shares a batch is cut, for so many multiplications of each sequence between two calls: a
    power of two, as processors come, that leaves each share the least work and rows enough for a product."""
    most = min(sequences // ROWS, sequences * work // least)
    return 1 << max(most, 1).bit_length() - 1


class ArrayEngine(Engine):
    """The program on one sequence, in float64."""

    def __init__(self, model: Model, sizes: Mapping[str, int], inputs: Mapping[str, Array]) -> None:
        found = {value.name: units(inputs[value.name]) if value.one_hot else None for value in model.inputs}
        dense = {name for name, indices in found.items() if indices is None}
        program = lower(model)
        self._batch = Batch(program, {**sizes, "B": 1}, dense=dense, tape=Tape)
        rows = {name: inputs[name] if indices is None else indices for name, indices in found.items()}
        self._inputs = {n: np.reshape(r, (1, -1)) if n in program.once else r[:, None] for n, r in rows.items()}

    def loss_and_gradients(self, parameters: Mapping[str, Array]) -> tuple[float, Parameters]:
        loss, gradients, _ = self._batch(parameters, self._inputs)
        return loss, gradients


build = ArrayEngine
