"""Training on a text: truncated back-propagation through time, window by window, with the state carried along.

Each step takes the next window of every stream. The states at its end are the initial states of the next window, where
the gradient stops (Williams and Peng, "An efficient gradient-based algorithm for on-line training of recurrent network
trajectories", 1990). Everything a run consists of is a value, `Reached`, so that it can be saved between any two steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.algebra.model import Model
from numeric.engines import Batches, Parameters
from numeric.errors import EXPLODED, Diverged
from numeric.optimizers import Memory, Optimizer, clipped
from numeric.parameters import random_weights
from numeric.text import Streams

Array = NDArray[Any]


@dataclass(frozen=True)
class Reached:
    """Where a run stands: the weights after `step` steps, what the optimiser remembers, the states at the end of the
    last window (none at the start of a pass, where they are zero), the next window of the pass and its offset in the
    text, and the state of the random generator."""

    step: int
    parameters: Parameters
    memory: Memory
    carried: dict[str, Array]
    window: int
    offset: int
    random: Mapping[str, Any]


def begin(
    model: Model, sizes: Mapping[str, int], dtype: str, streams: Streams, optimizer: Optimizer, seed: int
) -> Reached:
    """Return a fresh run: random weights, and a first pass through the text."""
    generator = np.random.default_rng(seed)
    weights = random_weights(model, sizes, generator)
    parameters = {name: value.astype(dtype) for name, value in weights.items()}
    reached = Reached(0, parameters, optimizer.fresh(parameters), {}, 0, 0, generator.bit_generator.state)
    return _next_pass(reached, streams)


def generator(reached: Reached) -> np.random.Generator:
    """Return the run's random generator as it stands."""
    restored = np.random.default_rng()
    restored.bit_generator.state = reached.random
    return restored


def _next_pass(reached: Reached, streams: Streams) -> Reached:
    random = generator(reached)
    offset = int(random.integers(streams.spare, endpoint=True))
    return replace(reached, carried={}, window=0, offset=offset, random=random.bit_generator.state)


def train(
    batches: Batches,
    model: Model,
    streams: Streams,
    optimizer: Optimizer,
    clip: float,
    start: Reached,
    steps: int,
    first_loss: float | None = None,
) -> Iterator[tuple[Reached, float]]:
    """Yield, from `start` until `steps` steps have been taken in all, where the run stands and the loss there.

    That is the mean of -log y over the next window, in nats per character, at weights that have not seen it yet. All
    that is yielded is good: raises Diverged where the loss is no number or exceeds ten times the first one, which is
    `first_loss` (the first loss yielded unless given).
    """
    reached = start
    inputs, targets = (value.name for value in model.inputs)
    characters = streams.batch * streams.window
    while True:
        X, Y = streams.at(reached.offset, reached.window)
        with np.errstate(all="ignore"):  # what overflows shows in the loss
            loss, gradients, carried = batches(reached.parameters, {inputs: X, targets: Y}, reached.carried)
        loss /= characters
        first_loss = loss if first_loss is None else first_loss
        if not loss <= EXPLODED * first_loss:  # also true for NaN
            raise Diverged(reached.step, loss, first_loss)
        yield reached, loss
        if reached.step == steps:
            return
        with np.errstate(all="ignore"):
            mean = {name: gradient / characters for name, gradient in gradients.items()}
            parameters, memory = optimizer.update(
                reached.step + 1, reached.parameters, clipped(mean, clip), reached.memory
            )
        reached = replace(
            reached,
            step=reached.step + 1,
            parameters=parameters,
            memory=memory,
            carried=carried,
            window=reached.window + 1,
        )
        if reached.window == streams.windows:
            reached = _next_pass(reached, streams)
