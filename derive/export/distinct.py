"""A program in which no size has the name of an array: a page may call a matrix and a size V."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from sympy import Symbol

from derive.algebra.array import last
from derive.program import Program


def distinct(program: Program) -> Program:
    """The program with a size V that shares its name with an array called size_V, and the letter of the last step in
    every rule."""
    leaves = (*program.model.parameters, *program.model.inputs)
    sizes = {dimension for leaf in leaves for dimension in leaf.shape}
    renamed: Program = _renamed(program, {size: f"size_{size}" for size in sizes & program.names}, program.letters[1])
    return renamed


def _renamed(thing: Any, sizes: Mapping[str, str], end: str) -> Any:
    """The same with other names for sizes in every shape, and for T in every rule."""
    if isinstance(thing, tuple):
        return tuple(_renamed(part, sizes, end) for part in thing)
    if isinstance(thing, dict):
        return {key: _renamed(part, sizes, end) for key, part in thing.items()}
    if not is_dataclass(thing) or isinstance(thing, type):
        return thing
    changed = {field.name: _renamed(getattr(thing, field.name), sizes, end) for field in fields(thing)}
    if "shape" in changed:
        changed["shape"] = tuple(sizes.get(dimension, dimension) for dimension in changed["shape"])
    for name in {"rule", "scale"} & changed.keys():
        changed[name] = changed[name].xreplace({last: Symbol(end)})
    return replace(thing, **changed)
