"""The network unrolled: what it computes forwards, and how the errors run back to every use of a weight."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr, Integer

from derive.algebra.array import MatMul, Parameter, Value, t, walk
from derive.algebra.array import last as end
from derive.algebra.model import Equation, Model
from derive.algebra.notation import written
from derive.algebra.unroll import Graph
from derive.report.document import Inline, Math
from derive.report.figures.style import BLUE, GREEN, INK, ORANGE, SOFT, Canvas, Picture, Place, label, styled
from numeric.words import Word, printable

WIDEST = 5.8  # nodes side by side, over all steps
SHOWN = 8  # steps at most; of more, the first and the last ones


@dataclass(frozen=True)
class _Plan:
    """Where everything stands: a level and a place in it for each name, the columns of the steps."""

    levels: dict[str, Place]  # name: (offset from the middle of its column, level)
    columns: dict[int, float]
    wide: float  # nodes in the widest level

    def at(self, name: str, step: int) -> Place:
        offset, level = self.levels[name]
        return self.columns[step] + offset, level


def draw(graph: Graph, word: Word | None, parameter: str) -> Picture:
    """The figure `network`: an oval for each value, an arrow for each value that it reads, and beside it the way back
    of the error; `parameter` is the one whose uses are marked."""
    model, readers = graph.model, _readers(graph.model, graph.steps)
    whole = {e.name for e in model.equations if e.once} | {v.name for v in model.inputs if v.step == end}
    plan = _plan(model, graph.steps, readers)
    top = max(level for _, level in plan.levels.values())
    last = max(plan.columns.values())
    with styled("network"):
        canvas = Canvas(
            columns=(-0.62 - plan.wide / 2 - 0.55 * bool(model.states), last + plan.wide / 2 + 0.25),
            rows=(-0.5, top + 0.45),
            wide=1.35 if plan.wide == 1 else 1.02,
            high=0.76,
        )
        for step in plan.columns:
            for name, parents in readers.items():
                if name in whole and step != graph.steps:
                    continue
                for parent, lag, weight in parents:
                    _edge(
                        canvas,
                        plan,
                        graph,
                        (name, step),
                        (parent, step - lag),
                        weight if plan.wide == 1 else "",
                        parameter,
                    )
        for step in plan.columns:
            for name in readers:
                if name in whole and step != graph.steps:
                    continue
                canvas.node(
                    plan.at(name, step),
                    label(Value((), name, t.xreplace({t: step}))),
                    ORANGE if name == model.loss.name else INK,
                )
            for value in model.inputs:
                if value.name in whole and step != graph.steps:
                    continue
                _input(canvas, plan.at(value.name, step), value, step, word, model)
        if word is not None:
            for value in model.inputs:
                canvas.note(
                    (-0.6 - plan.wide / 2, plan.levels[value.name][1]), label(value.at(t)), _colour(value, model)
                )
        return Picture(canvas.drawing, "network", _alt(graph, word), _caption(model, parameter, plan.wide == 1))


def _edge(
    canvas: Canvas, plan: _Plan, graph: Graph, head: tuple[str, int], tail: tuple[str, int], weight: str, parameter: str
) -> None:
    """An arrow forwards, and the way back of the error where one runs there."""
    model = graph.model
    there = plan.at(*head)
    drawn = tail[1] in plan.columns
    first = min(plan.columns)
    if not drawn and head[1] != first and tail[1] >= first:
        return  # beyond a gap
    here = plan.at(*tail) if drawn else (plan.columns[head[1]] - 0.62 - plan.wide / 2, plan.levels[tail[0]][1])
    is_value = any(equation.name == tail[0] for equation in model.equations)
    canvas.arrow(here, there, weight)
    if is_value and drawn:
        canvas.back(there, here)
    if weight and _uses(model, head[0], tail[0], parameter):
        canvas.mark(here, there)
    if not drawn and here not in canvas.placed:
        start = label(Value((), tail[0], t.xreplace({t: tail[1]}))) if tail[1] < 1 else "…"
        canvas.node(here, start, SOFT)


def _input(canvas: Canvas, place: Place, value: Value, step: int, word: Word | None, model: Model) -> None:
    if word is None:
        canvas.node(place, label(value.at(step)), _colour(value, model))
    else:
        letters = word.text[1:] if _is_target(value, model) else word.text[:-1]
        canvas.box(place, printable(letters[step - 1]), _colour(value, model))


def _is_target(value: Value, model: Model) -> bool:
    """Whether only the loss reads it."""
    others = (leaf for equation in model.equations[:-1] for leaf in walk(equation.expression))
    return all(not isinstance(leaf, Value) or leaf.name != value.name for leaf in others)


def _colour(value: Value, model: Model) -> str:
    return GREEN if _is_target(value, model) else BLUE


def _readers(model: Model, steps: int) -> dict[str, list[tuple[str, int, str]]]:
    """For every value that is drawn, what it reads: (name, how many steps earlier, the matrix between). What stands
    inside a function and has no name on the page is passed through."""
    hidden = {equation.name: equation for equation in model.equations if equation.name.startswith("net_")}
    found: dict[str, list[tuple[str, int, str]]] = {}

    def reads(equation: Equation, lag: int) -> list[tuple[str, int, str]]:
        parents: dict[tuple[str, int], str] = {}
        for leaf in dict.fromkeys(walk(equation.expression)):
            if isinstance(leaf, Value):
                here = equation.step.xreplace({end: Integer(steps)}) if equation.once else t
                before = lag + int(here - leaf.step.xreplace({end: Integer(steps)}))
                if leaf.name in hidden:
                    parents |= {(name, n): weight for name, n, weight in reads(hidden[leaf.name], before)}
                else:
                    parents[(leaf.name, before)] = _weight(equation, leaf.name, leaf.step - t)
        return [(name, n, weight) for (name, n), weight in parents.items()]

    for equation in model.equations:
        if equation.name not in hidden:
            found[equation.name] = reads(equation, 0)
    return found


def _plan(model: Model, steps: int, readers: dict[str, list[tuple[str, int, str]]]) -> _Plan:
    """Each value above what it reads at its own step, those of a level side by side."""
    levels = {value.name: 0 for value in model.inputs if not _is_target(value, model)}
    for name, parents in readers.items():
        levels[name] = 1 + max(
            (levels[parent] for parent, lag, _ in parents if lag == 0 and parent in levels), default=0
        )
    top = max(levels.values())
    levels |= {value.name: top + 1 for value in model.inputs if _is_target(value, model)}
    rows: dict[int, list[str]] = {}
    for name, level in levels.items():
        rows.setdefault(level, []).append(name)
    wide = max(map(len, rows.values()))
    places = {
        name: (place - (len(row) - 1) / 2, float(level))
        for level, row in rows.items()
        for place, name in enumerate(row)
    }
    apart = float(wide if wide > 1 else 1)
    count = 1 if not model.states else min(steps, SHOWN, max(2, int(WIDEST / apart) + (wide == 1) * 3))
    shown = (
        [*range(1, count + 1)]
        if count == steps or wide > 1
        else [*range(1, count // 2 + 1), *range(steps - (count - count // 2) + 1, steps + 1)]
    )
    gap = {step: 0.5 * (step - place > 1) for place, step in enumerate(shown)}
    return _Plan(
        places, {step: place * (apart + 0.35 * (wide > 1)) + gap[step] for place, step in enumerate(shown)}, float(wide)
    )


def _weight(equation: Equation, name: str, lag: Expr) -> str:
    """The matrix by which the equation multiplies that value, or ''."""
    for part in walk(equation.expression):
        if isinstance(part, MatMul) and isinstance(part.left, Parameter) and isinstance(part.right, Value):
            read = part.right
            if read.name == name and read.step - t == lag:
                return label(part.left)
    return ""


def _uses(model: Model, head: str, tail: str, parameter: str) -> bool:
    """Whether the arrow between two values is a use of the parameter."""
    theta = model.parameter(parameter)
    names = {head, f"net_{head}"}
    for equation in model.equations:
        for part in walk(equation.expression) if equation.name in names else ():
            if (
                isinstance(part, MatMul)
                and part.left == theta
                and isinstance(part.right, Value)
                and part.right.name == tail
            ):
                return True
    return False


def _alt(graph: Graph, word: Word | None) -> str:
    model = graph.model
    values = ", ".join(equation.name for equation in model.equations)
    fed = ""
    if word is not None:
        read, answered = printable(word.text[:-1]), printable(word.text[1:])
        fed = f"; at each step a letter of {read} enters and its target is a letter of {answered}"
    over = f"unrolled over {graph.steps} steps" if model.states else "at one step"
    return f"The network {over}: {values}, each above what it reads{fed}. The errors run back along the same arrows."


def _caption(model: Model, parameter: str, marked: bool) -> tuple[Inline, ...]:
    if not model.states:
        return ("The network: black arrows forwards, orange ones the errors on their way back.",)
    if not marked:
        return (
            "The network at two steps, with the same weights at all of them. Follow an orange arrow from a loss: the "
            "error δ runs back through every value that it depends on, through time too.",
        )
    ends = Math(written(parameter, vector=True))
    return (
        "The network at every step, with the same weights at all of them. Follow an orange arrow from a loss: the "
        "error δ runs back, through time too, and each use of ",
        ends,
        " that it passes (◆) ends one path and adds one term to the gradient.",
    )
