"""What every exported file says and declares in the same way."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from textwrap import wrap

from derive.algebra.array import Array, Map, Shape, Total, Value, slot, walk
from derive.errors import InputError
from derive.program import Program

PYTHON = (*keyword.kwlist, "len", "range")
WIDTH = 112  # of a line of source


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

    def comment(self, text: str) -> None:
        self.line(*wrap(text, WIDTH - 4 * self.depth, initial_indent="# ", subsequent_indent="#     "))

    def call(self, head: str, names: list[str], tail: str) -> None:
        """Names between parentheses, on lines of their own where they are many."""
        line = f"{head}{', '.join(names)}{tail}"
        if len(line) + 4 * self.depth <= WIDTH:
            self.line(line)
            return
        with self.indented(head):
            self.line(*wrap(f"{', '.join(names)},", WIDTH - 4 * self.depth))
        self.line(tail)

    def assign(self, target: str, text: str) -> None:
        """`target = text`; where that is too long, each term on a line of its own."""
        line = f"{target} = {text}"
        if len(line) + 4 * self.depth <= WIDTH:
            self.line(line)
            return
        with self.indented(f"{target} = ("):
            self.line(*_terms(text))
        self.line(")")

    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


NOTES = {
    "delta_": ("delta_u(t)", "dL/du(t), through every path"),
    "inner_delta_": ("inner_delta_u(t)", "the same for what stands inside the function in the equation of u(t)"),
    "carried_": ("carried_u(t)", "the part of dL/du(t-1) that comes back through step t"),
    "free_": ("free_u(t)", "the part of the equation of u(t) that needs no other step"),
}


def heading(program: Program, kind: str, initial: str, returns: str) -> list[str]:
    """What the file computes, what it is given and how its names are to be read. `kind` says what holds the parameters,
    `initial` more about the states at step 0."""
    model = program.model
    entries = [("parameters", kind + ", ".join(f"{p.name}\xa0({_size(p.shape)})" for p in model.parameters))]
    for value in model.inputs:
        one_hot = ", one-hot" if value.one_hot else ""
        entries.append((value.name, f"{_size(('T', *value.shape))}, row t-1 for step t{one_hot}"))
    entries += [(f"{s.name}_0", f"{_size(s.shape)}, {s.name} at step 0{initial}") for s in model.states]
    entries.append(("returns", returns))
    names = [note for prefix, note in NOTES.items() if any(name.startswith(prefix) for name in program.shapes)]
    totals = (part for block in program.blocks for e in block.equations for part in walk(e.expression))
    if any(isinstance(part, Total) and one_hot_factor(part.operand) for part in totals):
        names.append(("sum(…)", "leaves out the entries where its one-hot factor is 0: the other may be log 0"))
    first = f"Loss and gradients of the network {model.name!r}, derived by Unrolled."
    return [first, "", *_table(entries), "", "In the formulas:", "", *_table(names)]


def docstring(program: Program, kind: str, returns: str) -> list[str]:
    """The heading of a Python file."""
    first, *rest = heading(program, f"{kind}: ", ", zero unless given", returns)
    return [f'"""{first}', *rest, '"""']


def _size(shape: Shape) -> str:
    return "×".join(shape) or "a scalar"


def _table(entries: list[tuple[str, str]]) -> list[str]:
    width = max(len(name) for name, _ in entries) + 2
    rows = (wrap(f"{name:<{width}}{text}", WIDTH, subsequent_indent=" " * width) for name, text in entries)
    return [line.replace("\xa0", " ") for row in rows for line in row]


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


def _terms(text: str) -> list[str]:
    """The terms of a sum, each with its sign."""
    starts, depth = [0], 0
    for i, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if not depth and text[i : i + 3] in (" + ", " - "):
            starts.append(i + 1)
    return [text[i:j].strip() for i, j in zip(starts, [*starts[1:], len(text)], strict=True)]


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
