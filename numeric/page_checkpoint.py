"""A run on the network of a page as a file of arrays: its weights, what its optimiser remembers, and how it began."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from derive.algebra.model import Model
from numeric.archive import read_arrays
from numeric.engines import Parameters
from numeric.errors import InputError
from numeric.optimizers import OPTIMIZERS, Memory

TEXTS, NUMBERS = ("page", "origin", "optimizer"), ("seed", "hidden")


@dataclass(frozen=True)
class Saved:
    """A run: the page, what it was trained on in words, how it began, and where it stands."""

    page: str
    origin: str
    seed: int
    hidden: int
    optimizer: str
    parameters: Parameters
    memory: Memory
    losses: np.ndarray[Any, np.dtype[np.float64]]

    def arrays(self) -> dict[str, np.ndarray[Any, Any]]:
        """What is written; parameters under their own names, memory as `mean.W`."""
        told: dict[str, np.ndarray[Any, Any]] = {name: np.array(getattr(self, name)) for name in (*TEXTS, *NUMBERS)}
        kept = {f"{what}.{name}": array for what, table in self.memory.items() for name, array in table.items()}
        return {**self.parameters, **kept, **told, "losses": self.losses}

    def fitting(self, like: Parameters, path: Path) -> Parameters:
        """Its weights. Raises InputError where their shapes are not those of `like`."""
        for name, array in like.items():
            if self.parameters[name].shape != array.shape:
                raise InputError(
                    f"{path}: {name} has the shape {self.parameters[name].shape}, and this run needs {array.shape}"
                )
        return self.parameters


def saved_run(path: Path, model: Model) -> Saved:
    """The run in a file. Raises InputError for a file of another kind, of another network, or with numbers missing."""
    arrays = read_arrays(path)
    names = [parameter.name for parameter in model.parameters]
    missing = [name for name in (*names, *TEXTS, *NUMBERS, "losses") if name not in arrays]
    if missing:
        raise InputError(f"{path} holds no run on the network of a page that can go on: {missing[0]!r} is missing")
    texts = {name: str(arrays[name]) for name in TEXTS}
    if texts["page"] != model.name:
        raise InputError(f"{path} holds a run on {texts['page']}, not on {model.name}")
    if texts["optimizer"] not in OPTIMIZERS:
        raise InputError(f"{path}: no optimiser {texts['optimizer']!r}")
    memory = {
        what: {name: arrays[f"{what}.{name}"] for name in names if f"{what}.{name}" in arrays}
        for what in OPTIMIZERS[texts["optimizer"]].remembers
    }
    parameters, losses = {name: arrays[name] for name in names}, arrays["losses"]
    tables = [parameters, *memory.values()]
    shapes = {name: array.shape for name, array in parameters.items()}
    sound = all({name: array.shape for name, array in table.items()} == shapes for table in tables)
    numbers = [*(array for table in tables for array in table.values()), losses]
    if (
        not sound
        or losses.ndim != 1
        or not losses.size
        or any(a.dtype.kind != "f" or not np.isfinite(a).all() for a in numbers)
    ):
        raise InputError(f"{path} is damaged: its arrays are not those of a run")
    if any(arrays[name].dtype.kind not in "iu" or arrays[name].ndim for name in NUMBERS):
        raise InputError(f"{path} is damaged: its arrays are not those of a run")
    began = {name: int(arrays[name]) for name in NUMBERS}
    return Saved(**texts, **began, parameters=parameters, memory=memory, losses=losses)  # type: ignore[arg-type]
