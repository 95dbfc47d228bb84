"""Where a training run stands, as a value and as an `.npz` file."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from numeric.bptt import shapes
from numeric.engines import Array, Parameters
from numeric.errors import InputError
from numeric.files import write_atomically
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
        return len(self.parameters["b_a"])


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Write `checkpoint` to `path`, whole or not at all. Raises InputError if it cannot be written."""
    buffer = io.BytesIO()
    arrays: dict[str, Any] = {
        **checkpoint.parameters,
        "word": np.array(checkpoint.word.text),
        "rate": np.array(checkpoint.rate),
        "losses": checkpoint.losses,
    }
    np.savez(buffer, **arrays)
    write_atomically(path, buffer.getvalue())


def load(path: Path) -> Checkpoint:
    """Read a checkpoint; nothing in the file is run. Raises InputError if it is missing, damaged or of another kind."""
    arrays = _read(path)
    known = {*shapes(1, 1), "word", "rate", "losses"}
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
    expected = shapes(arrays["b_a"].size, len(word.vocabulary))
    expected_all = {**expected, "rate": (), "losses": (max(losses.size, 1),)}
    for name, array in {**arrays, "rate": rate, "losses": losses}.items():
        if array.shape != expected_all[name]:
            raise InputError(f"{path}: {name!r} has shape {array.shape}, not {expected_all[name]}, for {word.text!r}")
    if rate <= 0:
        raise InputError(f"{path}: 'rate' is not positive")
    return Checkpoint(word, {name: arrays[name] for name in expected}, float(rate), losses)


def _read(path: Path) -> dict[str, Array]:
    try:
        content = io.BytesIO(path.read_bytes())
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    try:
        archive = np.load(content, allow_pickle=False)
        if any(member.compress_type for member in archive.zip.infolist()):
            raise TypeError("compressed, and perhaps far larger than the file")
        arrays = {name: archive[name] for name in archive.files}
        if not all(isinstance(array, np.ndarray) for array in arrays.values()):
            raise TypeError("a member that is no array")
        return arrays
    except Exception as error:  # a damaged archive raises a dozen kinds of errors, and no list of them is complete
        raise InputError(f"{path} is damaged, or no .npz file of weights") from error
