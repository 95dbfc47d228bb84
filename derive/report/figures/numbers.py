"""The network in floating point, several seeds at once: what the figures are drawn from.

Every array has a first axis for the seeds. Gradients come from the derived backward pass, under an edit if need be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import sympy
from numpy.typing import NDArray
from sympy import Expr

from derive.algebra.array import Array, Diag, Map, MatMul, Outer, Parameter, Softmax, Total, Transpose, Value, slot
from derive.algebra.chain import Edit, backward, double_sum, exact
from derive.algebra.model import Model
from derive.algebra.pullback import Leaf
from derive.algebra.unroll import Graph
from derive.check.edits import target_of
from numeric.parameters import random_weights
from numeric.words import Word

Numbers = NDArray[np.float64]
Point = dict[Leaf, Numbers]
Weights = dict[Parameter, Numbers]


@dataclass(frozen=True)
class Run:
    """One training run for each seed: the loss after every step (steps+1, seeds), the prediction y(t) after every
    step (steps+1, T, V) and the parameters before and after, for the first seed alone."""

    losses: Numbers
    predictions: Numbers
    start: Weights
    end: Weights


def reads_letters(model: Model) -> bool:
    """Whether the network can read a word: one input and one one-hot target of the same size, and a softmax."""
    try:
        target = target_of(model)
    except ValueError:
        return False
    others = [value for value in model.inputs if value.name != target.name]
    softmax = any(isinstance(equation.expression, Softmax) for equation in model.equations)
    return softmax and len(others) == 1 and others[0].shape == target.shape


def start(model: Model, word: Word, hidden: int, seed: int) -> dict[str, Numbers]:
    """Zero biases and random weights, with `hidden` for every size but that of the letters."""
    letters = target_of(model).shape[0]
    sizes = {size: hidden for parameter in model.parameters for size in parameter.shape} | {
        letters: len(word.vocabulary)
    }
    return random_weights(model, sizes, np.random.default_rng(seed))


def train(
    graph: Graph, word: Word, starts: list[dict[str, Numbers]], rate: float, steps: int, edit: Edit = exact
) -> Run:
    """Gradient descent from every start along the gradient under `edit`."""
    program = backward(graph, edit=edit)
    gradients = {graph.model.parameter(name): program.gradient(name) for name in program.terms}
    prediction = _prediction(graph)
    parameters: Weights = {p: np.stack([start[p.name] for start in starts]) for p in graph.model.parameters}
    first = {p: values[:1].copy() for p, values in parameters.items()}
    losses, predictions = [], []
    for step in range(steps + 1):
        point = forward(graph, word, parameters)
        losses.append(sum(point[loss] for loss in graph.losses))
        predictions.append([point[prediction.at(t)][0] for t in range(1, graph.steps + 1)])
        if step < steps:
            for value, expression in program.adjoints.items():
                point[value] = evaluate(expression, point)
            parameters = {p: values - rate * evaluate(gradients[p], point) for p, values in parameters.items()}
    return Run(np.array(losses), np.array(predictions), first, {p: values[:1] for p, values in parameters.items()})


def forward(graph: Graph, word: Word, parameters: Weights) -> Point:
    """Every value of the network on the word; initial states are zero."""
    seeds = len(next(iter(parameters.values())))
    sizes = {d: size for p, numbers in parameters.items() for d, size in zip(p.shape, numbers.shape[1:], strict=True)}
    point: Point = dict(parameters.items())
    target = target_of(graph.model).name
    for t in range(1, graph.steps + 1):
        for value in graph.model.inputs:
            letters = word.Y if value.name == target else word.X
            point[value.at(t)] = np.broadcast_to(letters[t - 1], (seeds, letters.shape[1]))
    for state in graph.model.states:
        point[state.at(0)] = np.zeros((seeds, *(sizes[dimension] for dimension in state.shape)))
    for value, definition in _definitions(graph):
        point[value] = evaluate(definition, point)
    return point


def term_sizes(graph: Graph, word: Word, parameters: Weights, parameter: str) -> Numbers:
    """The Frobenius norm of each term (i, k) of ∂L/∂θ as a double sum, T×T, NaN where k > i."""
    point = forward(graph, word, parameters)
    sizes = np.full((graph.steps, graph.steps), np.nan)
    for (i, k), term in double_sum(graph, parameter).items():
        sizes[i - 1, k - 1] = float(np.sqrt((evaluate(term, point) ** 2).sum()))
    return sizes


@cache
def _definitions(graph: Graph) -> list[tuple[Value, Array]]:
    return [(value, graph.definition(value)) for value in graph.values]


def _prediction(graph: Graph) -> Value:
    """y(t), the value of the softmax."""
    return next(e.value for e in graph.model.equations if isinstance(e.expression, Softmax))


def evaluate(array: Array, point: Point) -> Numbers:
    """The expression at a point, with the axis of the seeds first."""
    match array:
        case Value() | Parameter():
            return point[array]
        case Map(shape, rule, operands):
            slots = [evaluate(operand, point) for operand in operands]
            rank = max((s.ndim for s in slots), default=1)
            result = _compiled(rule, len(slots))(*(s.reshape(s.shape + (1,) * (rank - s.ndim)) for s in slots))
            if operands:
                return np.asarray(result)
            seeds = len(next(iter(point.values())))
            return np.full((seeds,) + (1,) * len(shape), float(rule))
        case MatMul(_, left, right):
            matrix, other = evaluate(left, point), evaluate(right, point)
            return (matrix @ other[..., None])[..., 0] if other.ndim == 2 else matrix @ other
        case Outer(_, left, right):
            return evaluate(left, point)[:, :, None] * evaluate(right, point)[:, None, :]
        case Transpose(_, operand):
            return evaluate(operand, point).swapaxes(1, 2)
        case Diag(_, operand):
            diagonal = evaluate(operand, point)
            return diagonal[:, :, None] * np.eye(diagonal.shape[1])
        case Softmax(_, operand):
            exponents = evaluate(operand, point)
            powers = np.exp(exponents - exponents.max(axis=1, keepdims=True))
            return powers / powers.sum(axis=1, keepdims=True)
        case Total(_, operand):
            entries = evaluate(operand, point)
            return entries.sum(axis=tuple(range(1, entries.ndim)))
    raise TypeError(f"no numbers for {type(array).__name__}")


@cache
def _compiled(rule: Expr, count: int) -> Callable[..., Numbers]:
    return sympy.lambdify([slot(i) for i in range(count)], rule, "numpy")
