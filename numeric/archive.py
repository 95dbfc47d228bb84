"""Named arrays as an `.npz` file, written whole or not at all and read without running anything in it."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.files import read_file, write_atomically
from numeric.errors import InputError

Array = NDArray[Any]

# An array that is saved by a run on a word, on a text, or of the network of a page, only.
RUNS = {"word": "word", "run": "text", "page": "page"}


def write_arrays(path: Path, arrays: Mapping[str, Array]) -> None:
    """Write `arrays` to `path`, whole or not at all. Raises InputError if it cannot be written."""
    buffer = io.BytesIO()
    contents: dict[str, Any] = dict(arrays)
    np.savez(buffer, **contents)
    write_atomically(path, buffer.getvalue())


def read_arrays(path: Path) -> dict[str, Array]:
    """Return the arrays in `path`. Raises InputError if it is missing, damaged or of another kind."""
    content = io.BytesIO(read_file(path))
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


def run_on(path: Path) -> str | None:
    """Return whether a run on a "word", on a "text" or of a "page" saved the file `path`; None if none did."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return None
    return next((kind for array, kind in RUNS.items() if f"{array}.npy" in names), None)
