"""The unrolled network for a word: its graph, with the letters that go in and those that should come out."""

from __future__ import annotations

from sympy import Expr

from derive.algebra.array import MatMul, Parameter, Value, t, walk
from derive.algebra.model import Equation
from derive.algebra.unroll import Graph
from derive.check.edits import target_of
from derive.plural import counted
from derive.report.figures.style import BLUE, GREEN, INK, ORANGE, SOFT, Canvas, Picture, label, styled
from numeric.words import Word, printable

SHOWN = 8  # steps; of a longer word, the first and the last ones


def draw(graph: Graph, word: Word) -> Picture:
    """The figure `network`: a row for each equation, an arrow for each value that it reads."""
    model, target = graph.model, target_of(graph.model).name
    steps = _steps(graph.steps)
    columns = {step: column for column, step in enumerate(steps) if step}
    rows: dict[str, int] = {}
    for name in [value.name for value in model.inputs if value.name != target] + [e.name for e in model.equations]:
        rows[name] = len(rows)
    rows[target] = len(rows)
    with styled("network"):
        canvas = Canvas(columns=(-1.4, len(steps) - 0.55), rows=(-0.55, len(rows) - 0.45))
        for value in (value for value in graph.values if int(value.step) in columns):
            step = int(value.step)
            here = (columns[step], rows[value.name])
            for parent in graph.parents(value):
                if isinstance(parent, Value):
                    there = (columns[step] - step + int(parent.step), rows[parent.name])
                    canvas.arrow(there, here, _weight(graph.equation(value), parent.name, parent.step - value.step))
                    if int(parent.step) not in columns:
                        canvas.node(there, label(parent) if step == 1 else "…", SOFT)
            canvas.node(here, label(value), ORANGE if value.name == model.loss.name else INK)
        for value in model.inputs:
            text, colour = (word.text[1:], GREEN) if value.name == target else (word.text[:-1], BLUE)
            for step, column in columns.items():
                canvas.box((column, rows[value.name]), printable(text[step - 1]), colour)
            canvas.note((-1.3, rows[value.name]), label(value.at(t)), colour)
        alt = (
            f"The network unrolled over {counted(graph.steps, 'step')}. At each step a letter of "
            f"{printable(word.text[:-1])} enters at the bottom, and its target, a letter of "
            f"{printable(word.text[1:])}, stands at the top; the hidden state runs from left to right."
        )
        caption = "The network at every step. The weights are the same at all of them; only the letters change."
        return Picture(canvas.drawing, "network", alt, (caption,))


def _steps(count: int) -> list[int]:
    """The steps drawn, with a 0 for a gap."""
    if count <= SHOWN:
        return list(range(1, count + 1))
    half = SHOWN // 2
    return [*range(1, half + 1), 0, *range(count - half + 1, count + 1)]


def _weight(equation: Equation, name: str, lag: Expr) -> str:
    """The matrix by which the equation multiplies that value, or ''."""
    for part in walk(equation.expression):
        if isinstance(part, MatMul) and isinstance(part.left, Parameter) and isinstance(part.right, Value):
            read = part.right
            if read.name == name and read.step - t == lag:
                return label(part.left)
    return ""
