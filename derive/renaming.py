"""Models and programs with other names: a page may call a matrix and a size V, or a gate i."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from sympy import Expr, Symbol

from derive.algebra.array import last
from derive.algebra.model import Model
from derive.program import Program


def distinct(program: Program) -> Program:
    """The program with a size V that shares its name with an array called size_V, and the letter of the last step in
    every rule."""
    names = program.names
    sizes = _Renaming(lambda size: f"size_{size}" if size in names else size, str, Symbol(program.letters[1]))
    other: Program = sizes.of(program)
    return other


def spelled(program: Program, spell: Callable[[str], str]) -> Program:
    """The program with other names for its arrays."""
    other: Program = _Renaming(str, spell, last).of(program)
    return other


def renamed(model: Model, names: Mapping[str, str]) -> Model:
    """The model with other names for those of its arrays that `names` has."""
    other: Model = _Renaming(str, lambda name: names.get(name, name), last).of(model)
    return other


def resized(model: Model, size: Callable[[str], str]) -> Model:
    """The model with other names for its sizes."""
    other: Model = _Renaming(size, str, last).of(model)
    return other


@dataclass(frozen=True)
class _Renaming:
    """What sizes and arrays are called, and T in a rule."""

    size: Callable[[str], str]
    array: Callable[[str], str]
    end: Expr

    def of(self, thing: Any) -> Any:
        if isinstance(thing, tuple):
            return tuple(self.of(part) for part in thing)
        if isinstance(thing, dict):
            return {self.array(name): self.of(part) for name, part in thing.items()}
        if isinstance(thing, str):
            return self.array(thing)
        if not is_dataclass(thing) or isinstance(thing, type):
            return thing
        parts = {field.name: getattr(thing, field.name) for field in fields(thing)}
        kept = {"name", "over"} if isinstance(thing, Model) else set()
        changed = {name: self.of(part) for name, part in parts.items() if name not in kept}
        if "shape" in parts:
            changed["shape"] = tuple(map(self.size, parts["shape"]))
        for name in {"rule", "scale"} & changed.keys():
            changed[name] = parts[name].xreplace({last: self.end})
        return replace(thing, **changed)
