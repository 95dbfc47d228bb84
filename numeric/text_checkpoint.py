"""Where a run on a text stands, as a value and as an `.npz` file.

The file holds the parameters under their names, what the optimiser remembers (`mean.W_aa`, …), the carried states
(`carried.a`, …), the `losses`, and under `run` the settings and the place in the text as JSON.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from derive.algebra.model import Model
from numeric.archive import Array, read_arrays, write_arrays
from numeric.errors import InputError
from numeric.optimizers import OPTIMIZERS
from numeric.parameters import shapes
from numeric.text import Streams, Text
from numeric.windows import Reached, generator

DTYPES = ("float32", "float64")


@dataclass(frozen=True)
class Settings:
    """What a run keeps from its first step to its last; only `rate` and `clip` may change on the way."""

    hidden: int
    batch: int
    window: int
    optimizer: str
    rate: float
    clip: float
    dtype: str


@dataclass(frozen=True)
class TextCheckpoint:
    """A run on the text of that digest; losses[i] is the loss after i steps."""

    settings: Settings
    digest: str
    reached: Reached
    losses: Array


def save(path: Path, checkpoint: TextCheckpoint) -> None:
    """Write `checkpoint` to `path`, whole or not at all. Raises InputError if it cannot be written."""
    reached = checkpoint.reached
    place = {name: getattr(reached, name) for name in ("step", "window", "offset", "random")}
    run = {"settings": asdict(checkpoint.settings), "digest": checkpoint.digest, "place": place}
    write_arrays(path, {"run": np.array(json.dumps(run)), "losses": checkpoint.losses, **_arrays(reached)})


def load(path: Path, model: Model, text: Text) -> TextCheckpoint:
    """Read the checkpoint of a run of `model` on `text`; nothing in the file is run.

    Raises InputError if it is missing or damaged, and if it belongs to another text or another kind of run.
    """
    arrays = read_arrays(path)
    if "run" not in arrays:
        raise InputError(f"{path} was not saved by a run on a text")
    losses = arrays.pop("losses", np.empty(0))
    try:
        run = json.loads(str(arrays.pop("run")))
        settings, digest, place = Settings(**run["settings"]), str(run["digest"]), run["place"]
        states = [state.name for state in model.states]
        reached = Reached(
            parameters={parameter.name: arrays[parameter.name] for parameter in model.parameters},
            memory={
                name: {parameter.name: arrays[f"{name}.{parameter.name}"] for parameter in model.parameters}
                for name in OPTIMIZERS[settings.optimizer].remembers
            },
            carried={name: arrays[f"carried.{name}"] for name in states} if place["window"] else {},
            **place,
        )
        _check(settings, reached)
    except Exception as error:  # JSON of any other shape fails in as many ways
        raise InputError(f"{path} is damaged: its settings cannot be read") from error
    if digest != text.digest:
        raise InputError(f"{path} was trained on another text")
    streams = Streams(text, settings.batch, settings.window)
    if reached.window >= streams.windows or reached.offset > streams.spare:
        raise InputError(f"{path} is damaged: its place in the text does not exist")
    expected = _shapes(model, settings, text, reached)
    if names := arrays.keys() ^ expected.keys():
        raise InputError(f"{path} is damaged: {min(names)!r} is missing or unknown")
    types = {**dict.fromkeys(expected, settings.dtype), "losses": "float64"}
    for name, shape in {**expected, "losses": (reached.step + 1,)}.items():
        array = losses if name == "losses" else arrays[name]
        if array.shape != shape or array.dtype != types[name] or not np.isfinite(array).all():
            raise InputError(f"{path} is damaged: {name!r} does not consist of {shape} finite {types[name]} numbers")
    return TextCheckpoint(settings, digest, reached, losses)


def _check(settings: Settings, reached: Reached) -> None:
    """Raise an error for what no run has."""
    sizes, place = (settings.hidden, settings.batch, settings.window), (reached.step, reached.window, reached.offset)
    if not all(type(n) is int and n > 0 for n in sizes) or not all(type(n) is int and n >= 0 for n in place):
        raise ValueError("no whole numbers")
    if not all(type(n) is float and 0 < n < math.inf for n in (settings.rate, settings.clip)):
        raise ValueError("no positive numbers")
    if settings.dtype not in DTYPES:
        raise ValueError("no known type")
    generator(reached)


def _arrays(reached: Reached) -> dict[str, Array]:
    memory = {f"{m}.{name}": value for m, values in reached.memory.items() for name, value in values.items()}
    return {**reached.parameters, **memory, **{f"carried.{name}": value for name, value in reached.carried.items()}}


def _shapes(model: Model, settings: Settings, text: Text, reached: Reached) -> Mapping[str, tuple[int, ...]]:
    """The shape of each array of such a run."""
    sizes = {"H": settings.hidden, "V": len(text.vocabulary)}
    expected: dict[str, Any] = shapes(model, sizes)
    for name in reached.memory:
        expected |= {f"{name}.{parameter}": shape for parameter, shape in shapes(model, sizes).items()}
    for state in model.states if reached.carried else ():
        expected[f"carried.{state.name}"] = (settings.batch, *(sizes[dimension] for dimension in state.shape))
    return expected
