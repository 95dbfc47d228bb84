"""What every exported file says and declares in the same way."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from derive.array import Array, Map, Value, slot, walk
from derive.errors import InputError
from derive.lower import Program

PYTHON = (*keyword.kwlist, "len", "range", "name")


class Source:
    """Lines of source at a depth of indentation."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.depth = 0

    def line(self, *lines: str) -> None:
        self.lines += ["    " * self.depth + line if line else "" for line in lines]

    @contextmanager
    def indented(self, *head: str) -> Iterator[None]:
        self.line(*head)
        self.depth += 1
        yield
        self.depth -= 1

    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


def heading(program: Program, inputs: str) -> list[str]:
    """What the file computes and how its names are to be read; `inputs` says how a run of T steps is given."""
    names = ", ".join(value.name for value in program.model.inputs)
    lines = [
        f"Loss and gradients of the network {program.model.name!r}, derived by Unrolled.",
        "",
        f"{inputs.format(names=names)}",
        "delta_u(t) is dL/du(t) through every path, and inner_delta_u(t) its form inside a function's argument;",
        "carried_u(t) is the part of dL/du(t-1) that comes back through step t, and free_u(t) the part of the equation",
        "of u(t) that needs no other step. A gradient has the shape of its parameter.",
    ]
    return lines


def check_names(program: Program, language: str, own: Iterable[str]) -> None:
    """Raise InputError for a name that means something else in the source. `own` are the words of the language and the
    names that the source gives, as regular expressions."""
    model = program.model
    names = [*(p.name for p in model.parameters), *(v.name for v in model.inputs), *program.shapes]
    taken = [*own, "T", *dimensions(program), *(f"{state}_0" for state in states(program))]
    for name in names:
        if not name.isidentifier():
            reason = "it is no identifier"
        elif re.fullmatch("|".join(taken), name):
            reason = "it means something else there"
        elif names.count(name) > 1:
            reason = "two things have it"
        else:
            continue
        raise InputError(f"{model.name}: {name!r} cannot be a name in {language} source: {reason}; give another")


def dimensions(program: Program) -> list[str]:
    """The names of the sizes, as they first occur in the parameters and then in the inputs."""
    leaves = (*program.model.parameters, *program.model.inputs)
    return list(dict.fromkeys(dimension for leaf in leaves for dimension in leaf.shape))


def states(program: Program) -> list[str]:
    """The names of the states."""
    return [state.name for state in program.model.states]


def local(program: Program, name: str) -> bool:
    """Whether only the current step of a value is needed."""
    looped = {e.name for block in program.blocks if block.direction for e in block.equations}
    return name in looped and name not in program.kept


def extents(program: Program) -> dict[str, str]:
    """How the size of each dimension is read off a parameter: H = W_aa.shape[0]."""
    found: dict[str, str] = {}
    for parameter in program.model.parameters:
        for axis, dimension in enumerate(parameter.shape):
            found.setdefault(dimension, f"{parameter.name}.shape[{axis}]")
    for value in program.model.inputs:
        for axis, dimension in enumerate(value.shape, start=1):
            found.setdefault(dimension, f"{value.name}.shape[{axis}]")
    return found


def one_hot_factor(operand: Array) -> tuple[Value, Array] | None:
    """The one-hot factor of what a sum runs over, and the rest, which counts only where that is not 0: a class that is
    never the target may have log y = -∞."""
    if isinstance(operand, Map):
        for i, part in enumerate(operand.operands):
            rest = operand.rule / slot(i)
            if isinstance(part, Value) and part.one_hot and not rest.has(slot(i)):
                return part, Map.of(rest, operand.operands, operand.shape)
    return None


def uses_steps(program: Program) -> bool:
    """Whether a rule holds the number of steps, as a mean over t does."""
    parts = (part for block in program.blocks for e in block.equations for part in walk(e.expression))
    rules = [part.rule for part in parts if isinstance(part, Map)]
    return any(symbol.name == "T" for rule in [*rules, program.model.scale] for symbol in rule.free_symbols)
