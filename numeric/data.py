"""Arrays of one's own to train a network on, from an `.npz` file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from derive.algebra.array import Value, last
from derive.algebra.model import Model
from numeric.archive import read_arrays
from numeric.engines import Array, numbers
from numeric.errors import InputError
from numeric.teacher import Data


def read_data(path: Path, model: Model) -> tuple[Data, dict[str, int]]:
    """Return the arrays by the names of the model's inputs, the sequences along the first axis, and the sizes that they
    have: B, T (1 where nothing has steps) and those of the inputs' dimensions.

    An input is B×T×n, or T×n for one sequence; of the whole run B×n, or n; samples are T×n. Whole numbers for a one-hot
    input are its indices, without the last axis. Raises InputError, naming the array, for one that is missing, unknown,
    no number, or of another shape.
    """
    arrays, names = read_arrays(path), [value.name for value in model.inputs]
    if unknown := sorted(arrays.keys() - set(names)):
        raise InputError(f"{path}: {unknown[0]!r} is no input of the network: give {', '.join(names)}")
    if missing := [name for name in names if name not in arrays]:
        raise InputError(f"{path}: {missing[0]!r} is missing: give {', '.join(names)}")
    data = {}
    for value in model.inputs:
        array, axes = arrays[value.name], _axes(value, arrays[value.name])
        if array.dtype.kind not in "fiub" or not np.isfinite(array).all() or not array.size:
            raise InputError(f"{path}: {value.name!r} does not consist of finite numbers")
        if array.ndim not in (len(axes), len(axes) - 1):
            wanted = f"{'×'.join(axes)}, or without B"
            raise InputError(f"{path}: {value.name!r} has the shape {array.shape}, and not the axes {wanted}")
        data[value.name] = array if array.ndim == len(axes) else array[None]
    sizes = numbers(model)
    for value in model.inputs:  # how many classes there are is the largest index of any input with this dimension
        if _indices(value, data[value.name]):
            [size] = value.shape
            sizes[size] = max(sizes.get(size, 0), int(data[value.name].max()) + 1)
    for value in model.inputs:
        if not _indices(value, data[value.name]):
            for axis, found in zip(_axes(value, data[value.name]), data[value.name].shape, strict=True):
                sizes[axis] = max(sizes.get(axis, 0), found) if axis not in numbers(model) else sizes[axis]
    for value in model.inputs:
        data[value.name] = _dense(path, value, data[value.name], sizes)
        for axis, found in zip(("B", *_steps(value), *value.shape), data[value.name].shape, strict=True):
            if sizes.setdefault(axis, found) != found:
                raise InputError(f"{path}: {value.name!r} has {axis} = {found}, and another input {sizes[axis]}")
    return data, {"T": 1, **sizes}


def _steps(value: Value) -> tuple[str, ...]:
    return () if value.step == last else ("T",)


def _indices(value: Value, array: Array) -> bool:
    return value.one_hot and array.dtype.kind in "iu"


def _axes(value: Value, array: Array) -> tuple[str, ...]:
    """The axes of an input as it is given."""
    return ("B", *_steps(value), *(() if _indices(value, array) else value.shape))


def _dense(path: Path, value: Value, array: Array, sizes: dict[str, int]) -> Array:
    """An input in floating point, with the 1 for an index."""
    if _indices(value, array):
        if array.min() < 0:
            raise InputError(f"{path}: {value.name!r} has the index {array.min()}")
        return np.asarray(np.eye(sizes[value.shape[0]])[array])
    if value.one_hot and not ((np.count_nonzero(array, -1) == 1).all() and (array.sum(-1) == 1).all()):
        raise InputError(f"{path}: a row of {value.name!r} is not one-hot")
    return array.astype(float)
