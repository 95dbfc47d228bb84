"""What every exported file says and declares in the same way."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from textwrap import wrap

from derive.algebra.array import Array, Map, Parameter, Shape, Total, Value, last, slot, walk
from derive.errors import InputError
from derive.program import Program, State

PYTHON = (*keyword.kwlist, "len", "range")
WIDTH = 112  # of a line of source
RETURNS = (
    "the loss, a dict of its gradients, each in the shape of its parameter, and a dict of the states at the last step "
    "(at the first of those that run backwards)"
)


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
    "returned_": ("returned_u(t)", "the part of dL/du(t+1) that comes back through step t"),
    "end_": ("end_u(T)", "the part of dL/du(T) that comes from values of the whole run; it is carried_u(T+1)"),
    "start_": ("start_u(T)", "the part of dL/du(1) that comes from values of the whole run; it is returned_u(0)"),
    "free_": ("free_u(t)", "the part of the equation of u(t) that needs no other step"),
    "inner_": ("inner_u(t)", "what stands inside the function in the equation of u(t)"),
    "lag_": ("lag_u(t)", "u(t-1)"),
    "lead_": ("lead_u(t)", "u(t+1)"),
    "copy_": ("copy_u(t)", "the input u(t)"),
    "first_": ("first_u(T)", "u(1)"),
}


def heading(program: Program, kind: str, initial: str, returns: str, example: list[str]) -> list[str]:
    """What the file computes, what it is given, how its names are to be read, and how it is used. `kind` says what
    holds the parameters, `initial` more about the states beyond the first step and the last."""
    model, (now, end) = program.model, program.letters
    entries = [("parameters", kind + ", ".join(f"{p.name}\xa0({_size(p.shape)})" for p in model.parameters))]
    for value in model.inputs:
        one_hot = ", one-hot" if value.one_hot else ""
        unit = "sample" if model.over == "samples" else "step"
        rows = f", row {now}-1 for {unit} {now}" if value.step != last else ", one for the whole run"
        entries.append(
            (value.name, f"{_size(value.shape if value.step == last else (end, *value.shape))}{rows}{one_hot}")
        )
    for state in program.states:
        entries.append((state.given, f"{_size(state.value.shape)}, {_beyond(state)}{initial}"))
    entries.append(("returns", returns))
    prefixes = {name: prefix for name in program.shapes for prefix in NOTES if name.startswith(prefix)}
    used = {max((p for p in NOTES if name.startswith(p)), key=len) for name in prefixes}
    notes = (note for prefix, note in NOTES.items() if prefix in used)
    names = [(name.replace("(t", f"({now}"), said.replace("(t", f"({now}")) for name, said in notes]
    totals = (part for block in program.blocks for e in block.equations for part in walk(e.expression))
    if any(isinstance(part, Total) and one_hot_factor(part.operand) for part in totals):
        names.append(("sum(…)", "leaves out the entries where its one-hot factor is 0: the other may be log 0"))
    first = f"Loss and gradients of the network {model.name!r}, derived by Unrolled."
    read = ["", "In the formulas:", "", *_table(names)] if names else []
    return [first, "", *_table(entries), *read, "", "Example:", "", *(f"    {line}".rstrip() for line in example)]


def _beyond(state: State) -> str:
    """Which value at which step a state is: lag_h at step 0 is h at step -1."""
    name, beyond = state.value.name, 0
    for prefix in ("copy_", "lag_", "lead_"):
        while name.startswith(prefix):
            name, beyond = name.removeprefix(prefix), beyond + (prefix != "copy_")
    return f"{name} at step {-beyond if state.side < 0 else f'T+{1 + beyond}'}"


def docstring(program: Program, kind: str, returns: str, example: list[str]) -> list[str]:
    """The heading of a Python file."""
    first, *rest = heading(program, f"{kind}: ", ", zero unless given", returns, example)
    return [f'"""{first}', *rest, '"""']


def example_sizes(program: Program) -> dict[str, int]:
    """Sizes to show the use with: those of HELLO with 8 hidden units, where it has the same letters."""
    return {
        d: int(d) if d.isdigit() else {"H": 8, "V": 4}.get(d.removeprefix("size_"), 3 + i)
        for i, d in enumerate(dimensions(program))
    }


def example(program: Program, head: list[str], arrays: tuple[str, str, str], call: list[str]) -> list[str]:
    """A use of a Python file: random weights and data. `arrays` make a weight of a shape, data of a shape, and one-hot
    data of a size and indices."""
    weight, data, one_hot = arrays
    sizes, end = example_sizes(program), 4

    def shape(leaf: Parameter | Value) -> str:
        steps = [end] if isinstance(leaf, Value) and leaf.step != last else []
        extents = [str(n) for n in (*steps, *(sizes[d] for d in leaf.shape))]
        return f"({', '.join(extents)}{',' if len(extents) == 1 else ''})"

    lines = [*head, "parameters = {"]
    lines += [f'    "{p.name}": {weight.format(shape(p))},' for p in program.model.parameters] + ["}"]
    for value in program.model.inputs:
        if value.one_hot:
            size = sizes[value.shape[0]]
            index = size - 1 if value.step == last else [(3 * i + 1) % size for i in range(end)]
            lines.append(f"{value.name} = {one_hot.format(size, index)}")
        else:
            lines.append(f"{value.name} = {data.format(shape(value))}")
    return lines + call


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
    taken = [*own, *program.letters, *dimensions(program), *(state.given for state in program.states)]
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


def stepwise(program: Program) -> list[str]:
    """The names of the inputs that have a row for each step."""
    return [value.name for value in program.model.inputs if value.step != last]


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
        for axis, dimension in enumerate(value.shape, start=int(value.step != last)):
            found.setdefault(dimension, f"{value.name}.shape[{axis}]")
    return {dimension: dimension if dimension.isdigit() else extent for dimension, extent in found.items()}


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
    return any(
        symbol.name == program.letters[1] for rule in [*rules, program.model.scale] for symbol in rule.free_symbols
    )
