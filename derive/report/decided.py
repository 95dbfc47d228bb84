"""What is decided exactly whenever a report is made: that both forms of a gradient agree, and what is zero."""

from __future__ import annotations

from derive.algebra.chain import backward
from derive.algebra.evaluate import Sizes
from derive.algebra.model import Model
from derive.algebra.pullback import Leaf
from derive.algebra.series import LOSS, partial, through_time, unrolled
from derive.algebra.unroll import unroll
from derive.algebra.values import random_point
from derive.kernel.field import Entries
from derive.report.document import Block, Table
from derive.report.text import paragraph, text
from numeric.theorems import theorems
from numeric.words import Word

POINTS = 2
STEPS = 4  # the double sum is compared over this many steps at most


class Refuted(RuntimeError):
    """A statement of the report that exact arithmetic does not confirm: a fault of ours, never of the word."""


def statements(model: Model, word: Word, hidden: int) -> tuple[Block, ...]:
    """The statements, each decided at this word's sizes. Raises Refuted where one of them is false."""
    sizes, steps = {"H": hidden, "V": len(word.vocabulary)}, len(word.X)
    rows = []
    for theorem in theorems(word, hidden):
        if not theorem.holds:
            raise Refuted(theorem.statement)
        rows.append((text(theorem.statement), text(f"this word, T = {steps}")))
    compared = min(steps, STEPS)
    for parameter in model.parameters:
        if through_time(model, parameter.name) is not None:
            if not all(same(model, parameter.name, compared, sizes, seed) for seed in range(POINTS)):
                raise Refuted(f"the double sum for {parameter.name} is not the sum of deltas")
            gradient = partial(LOSS, parameter)
            rows.append((text("for ", gradient, " the double sum is the sum of deltas"), text(f"T = {compared}")))
    return (
        paragraph(
            "Decided when this report was made, in exact arithmetic modulo a prime at random parameters, with H = {} "
            "and V = {}. The zeros are theorems and not small numbers: an input that never occurs selects no column "
            "of the weights, and softmax does not change when all logits move together.",
            *map(str, sizes.values()),
        ),
        Table((text("statement"), text("decided for")), tuple(rows)),
    )


def same(model: Model, parameter: str, steps: int, sizes: Sizes, seed: int) -> bool:
    """Whether the closed double sum equals the sum of deltas at a random point, exactly."""
    path = through_time(model, parameter)
    assert path is not None
    graph = unroll(model, steps)
    adjoints: dict[Leaf, Entries] = {}
    point, derived = random_point(graph, sizes, seed, values=adjoints), backward(graph)
    for value, expression in derived.adjoints.items():
        adjoints[value] = point.evaluate(expression)
    double_sum = unrolled(path.double_sum, steps)
    return point.evaluate(double_sum) == point.evaluate(derived.gradient(parameter))
