"""Where a run on one word stands, as a value and as an `.npz` file."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from numeric.archive import read_arrays, write_arrays
from numeric.engines import Array, Parameters
from numeric.errors import InputError
from numeric.parameters import shapes, sizes
from numeric.words import Word


@dataclass(frozen=True)
class Checkpoint:
    """The parameters after len(losses) - 1 steps on `word` at `rate`; losses[i] is the loss after i steps."""

    word: Word
    parameters: Parameters
    rate: float
    losses: Array

    @property
    def step(self) -> int:
        return len(self.losses) - 1

    @property
    def hidden(self) -> int:
        from derive.algebra.model import elman

        return sizes(elman(), self.parameters)["H"]


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Write `checkpoint` to `path`, whole or not at all. Raises InputError if it cannot be written."""
    settings = {"word": np.array(checkpoint.word.text), "rate": np.array(checkpoint.rate), "losses": checkpoint.losses}
    write_arrays(path, {**checkpoint.parameters, **settings})


def load(path: Path) -> Checkpoint:
    """Read a checkpoint; nothing in the file is run. Raises InputError if it is missing, damaged or of another kind."""
    from derive.algebra.model import elman

    model, arrays = elman(), read_arrays(path)
    known = {*(parameter.name for parameter in model.parameters), "word", "rate", "losses"}
    if "run" in arrays:
        raise InputError(f"{path} was saved by a run on a text: give the text, too, by --text FILE")
    if unknown := arrays.keys() - known:
        raise InputError(f"{path}: unknown parameter {min(unknown)!r}; a weights file holds {', '.join(sorted(known))}")
    if missing := known - arrays.keys():
        raise InputError(f"{path}: the parameter {min(missing)!r} is missing")
    text = arrays.pop("word")
    if text.dtype.kind != "U" or text.shape:
        raise InputError(f"{path}: 'word' is not a text")
    for name, array in arrays.items():
        if array.dtype != np.float64 or not np.isfinite(array).all():
            raise InputError(f"{path}: {name!r} does not consist of finite float64 numbers")
    try:
        word = Word(str(text))
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    rate, losses = arrays.pop("rate"), arrays.pop("losses")
    hidden = next(arrays[parameter.name].size for parameter in model.parameters if parameter.shape == ("H",))
    expected = shapes(model, {"H": hidden, "V": len(word.vocabulary)})
    expected_all = {**expected, "rate": (), "losses": (max(losses.size, 1),)}
    for name, array in {**arrays, "rate": rate, "losses": losses}.items():
        if array.shape != expected_all[name]:
            raise InputError(f"{path}: {name!r} has shape {array.shape}, not {expected_all[name]}, for {word.text!r}")
    if rate <= 0:
        raise InputError(f"{path}: 'rate' is not positive")
    return Checkpoint(word, {name: arrays[name] for name in expected}, float(rate), losses)
