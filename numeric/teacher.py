"""Data to train any network on: a random network of the same form, the teacher, answers random inputs.

What it answers is what the loss compares the target with. A one-hot target is drawn with the teacher's probabilities,
so that no weights do better than its own in the long run; any other is the answer itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from sympy import Add

from derive.algebra.array import Array as SymbolicArray
from derive.algebra.array import Map, Softmax, Value, last, slot, walk
from derive.algebra.functions import Sigmoid
from derive.algebra.model import Equation, Model
from numeric.engines import Array, Parameters
from numeric.errors import InputError
from numeric.evaluation import values
from numeric.parameters import shapes

Data = dict[str, Array]  # an input -> its entries, the sequences along the first axis, then the steps


def weights(model: Model, sizes: Mapping[str, int], generator: np.random.Generator, scale: float = 1.0) -> Parameters:
    """Return random weights of standard deviation `scale`/√n for n columns, or n entries of a vector, so that sums over
    them are of order one."""
    wanted = shapes(model, sizes)
    return {n: generator.normal(0, scale * (shape[-1] if shape else 1) ** -0.5, shape) for n, shape in wanted.items()}


def teach(
    model: Model, sizes: Mapping[str, int], count: int, generator: np.random.Generator
) -> tuple[Data, Parameters]:
    """Return random inputs with a teacher's answers as targets, for `count` sequences, and the teacher's weights.

    Raises InputError where it cannot be told which value the target is compared with.
    """
    target, answer = compared(model)
    teacher = weights(model, sizes, generator, scale=2.0)
    data: dict[str, list[Array]] = {value.name: [] for value in model.inputs}
    for _ in range(count):
        inputs = {value.name: draw(value, sizes, generator) for value in model.inputs}
        known = values(model, teacher, inputs, sizes)
        steps = [sizes["T"]] if target.step == last else range(1, sizes["T"] + 1)
        rows = [known[answer.name, step] for step in steps]
        answers = np.stack([_said(model, target, answer, row, generator) for row in rows])
        inputs[target.name] = answers[0] if target.step == last else answers
        for name, array in inputs.items():
            data[name].append(array)
    return {name: np.stack(arrays) for name, arrays in data.items()}, teacher


def draw(value: Value, sizes: Mapping[str, int], generator: np.random.Generator) -> Array:
    """Random entries of an input: one-hot, or normal."""
    steps = [] if value.step == last else [sizes["T"]]
    shape = [sizes[d] for d in value.shape]
    if value.one_hot:
        return np.eye(shape[0])[generator.integers(0, shape[0], steps)]
    return generator.normal(size=[*steps, *shape])


def compared(model: Model) -> tuple[Value, Value]:
    """Return the target of a model and the value that its loss compares it with: of its shape, and read by the loss."""
    read = [leaf for leaf in model.loss.leaves if isinstance(leaf, Value)]
    names = [value.name for value in model.inputs]
    elsewhere = {leaf.name for e in model.equations if e is not model.loss for leaf in e.leaves}
    seen = {value.name for value in read} - elsewhere
    targets = [value for value in model.inputs if value.name in seen]
    answers = {v.name: v for v in read if v.name not in names and targets and v.shape == targets[0].shape}
    if len(targets) != 1 or len(answers) != 1:
        raise InputError(
            f"{model.name}: no teacher can answer for it: its loss compares {_listed([v.name for v in targets])} "
            f"with {_listed(list(answers))}: give data of your own by --data FILE.npz"
        )
    return targets[0], next(iter(answers.values()))


def with_answer(model: Model) -> Model:
    """The model with a name, answer, for an expression from which its loss takes an input: V h in ‖V h - y‖²."""
    maps = (array for array in walk(model.loss.expression) if isinstance(array, Map) and "answer" not in model.names)
    for part, difference in [(array, found) for array in maps for found in array.rule.atoms(Add)]:
        for n, operand in enumerate(part.operands):
            sign = difference.coeff(slot(n))
            rest = Map.of(slot(n) - sign * difference, part.operands, part.shape)
            made = [leaf for leaf in walk(rest) if isinstance(leaf, Value) and leaf != rest]
            if abs(sign) == 1 and operand in model.inputs and made and operand not in made:
                answer = Equation("answer", rest, model.loss.step)
                rule = part.rule.xreplace({difference: sign * (slot(n) - slot(len(part.operands)))})
                named = Map.of(rule, (*part.operands, answer.value), part.shape)
                loss = replace(model.loss, expression=_put(model.loss.expression, part, named))
                return replace(model, equations=(*model.equations[:-1], answer, loss))
    return model


def _put(array: SymbolicArray, old: SymbolicArray, new: SymbolicArray) -> SymbolicArray:
    if array == old or not array.args:
        return new if array == old else array
    return array.with_args(tuple(_put(part, old, new) for part in array.args))


def _listed(names: list[str]) -> str:
    return " and ".join(names) or "nothing"


def _said(model: Model, target: Value, answer: Value, row: Array, generator: np.random.Generator) -> Array:
    """What the teacher says for a target."""
    row = np.asarray(row, float)
    for part in walk(model.loss.expression):  # an answer before its softmax or σ, which the loss itself applies
        if isinstance(part, Softmax) and answer in part.args:
            powers = np.exp(row - row.max())
            row = powers / powers.sum()
        if isinstance(part, Map) and part.rule.has(Sigmoid) and answer in part.operands:
            row = 1 / (1 + np.exp(-row))
    if target.one_hot:
        return np.eye(row.size)[generator.choice(row.size, p=row / row.sum())]
    return row
