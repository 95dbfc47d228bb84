"""What is decided exactly whenever a report is made: that both forms of a gradient agree, and what is zero."""

from __future__ import annotations

from derive.algebra.array import add
from derive.algebra.chain import backward, double_sum
from derive.algebra.evaluate import Sizes
from derive.algebra.model import Model, elman
from derive.algebra.pullback import Leaf
from derive.algebra.series import LOSS, partial, unrolled
from derive.algebra.unroll import unroll
from derive.algebra.values import random_point
from derive.kernel.field import Entries, Undecidable
from derive.report.document import Block, Table, Text
from derive.report.parameters import chosen, path_of, recurs
from derive.report.subject import Subject
from derive.report.text import paragraph, text
from derive.typeset.prose import prose
from numeric.theorems import theorems

POINTS = 2
STEPS = 4  # the double sum is compared over this many steps at most
FEW = 2  # and where several paths lead from one step to the next, over these


class Refuted(RuntimeError):
    """A statement of the report that exact arithmetic does not confirm: a fault of ours, never of the word."""


def statements(subject: Subject, model: Model) -> tuple[Block, ...]:
    """The statements, each decided at the word's sizes or at small ones that differ. Raises Refuted where one of them
    is false."""
    word = subject.word if model == elman() else None
    rows: list[tuple[Text, Text]] = []
    if word is not None:
        sizes, steps = {"H": subject.hidden, "V": len(word.vocabulary)}, len(word.X)
        for theorem in theorems(word, subject.hidden):
            if not theorem.holds:
                raise Refuted(theorem.statement)
            rows.append((prose(theorem.statement), text(f"this word, T = {steps}")))
    else:
        parts = (*model.inputs, *model.parameters, *(equation.value for equation in model.equations))
        sizes = {size: 2 + n for n, size in enumerate(dict.fromkeys(size for part in parts for size in part.shape))}
        steps = subject.steps
    names = [parameter.name for parameter in model.parameters]
    for name in [name for name in names if path_of(model, name) is not None] or [chosen(model, names)]:
        if not recurs(model, name):
            continue
        single = path_of(model, name) is not None
        compared = min(steps, STEPS if single else FEW)
        try:
            agree = all(same(model, name, compared, sizes, seed) for seed in range(POINTS))
        except Undecidable as error:
            return (paragraph(f"Exact arithmetic decides nothing here: {error}."),)
        if not agree:
            raise Refuted(f"the sum over the paths to {name} is not the sum of deltas")
        gradient, by_paths = partial(LOSS, model.parameter(name)), "double sum" if single else "sum over all paths"
        rows.append((text("for ", gradient, f" the {by_paths} is the sum of deltas"), text(f"T = {compared}")))
    if not rows:
        return (paragraph("Nothing is left to decide: every use of a parameter acts on its own step alone."),)
    at = ", ".join(f"{name} = {size}" for name, size in sizes.items())
    zeros = (
        " The zeros are theorems and not small numbers: an input that never occurs selects no column of the weights, "
        "and softmax does not change when all logits move together."
    )
    return (
        paragraph(
            "Decided when this report was made, in exact arithmetic modulo a prime at random parameters, with {}.{}",
            at,
            zeros if word is not None else "",
        ),
        Table((text("statement"), text("decided for")), tuple(rows)),
    )


def same(model: Model, parameter: str, steps: int, sizes: Sizes, seed: int) -> bool:
    """Whether the sum over the paths equals the sum of deltas at a random point, exactly."""
    graph = unroll(model, steps)
    adjoints: dict[Leaf, Entries] = {}
    point, derived = random_point(graph, sizes, seed, values=adjoints), backward(graph)
    for value, expression in derived.adjoints.items():
        adjoints[value] = point.evaluate(expression)
    path = path_of(model, parameter)
    if path is not None:
        by_paths = unrolled(path.double_sum, steps)
    else:
        by_paths = add(*double_sum(graph, parameter).values()) * model.scale.subs("T", steps)
    return point.evaluate(by_paths) == point.evaluate(derived.gradient(parameter))
