"""The network in floating point, several seeds at once: what the figures are drawn from.

Every array has a first axis for the seeds. Gradients come from the derived backward pass, under an edit if need be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from operator import itemgetter

import numpy as np
import sympy
from numpy.typing import NDArray
from sympy import Expr

from derive.algebra.array import Array, Diag, Map, MatMul, Outer, Parameter, Softmax, Total, Transpose, Value, slot
from derive.algebra.chain import Edit, backward, double_sum, exact
from derive.algebra.edits import target_of
from derive.algebra.model import Model
from derive.algebra.pullback import Leaf
from derive.algebra.unroll import Graph
from numeric.parameters import random_weights
from numeric.words import Word

Numbers = NDArray[np.float64]
Point = dict[Leaf, Numbers]
Function = Callable[[list[Numbers]], Numbers]
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
    program, tape, model = backward(graph, edit=edit), Tape(), graph.model
    parameters: Weights = {p: np.stack([start[p.name] for start in starts]) for p in model.parameters}
    first = {p: values[:1].copy() for p, values in parameters.items()}
    given = _given(graph, word, parameters)
    fixed = [(tape.place(leaf), numbers) for leaf, numbers in given.items()]
    places = {p: tape.place(p) for p in parameters}
    forwards = [(tape.place(value), tape.function(definition)) for value, definition in _definitions(graph)]
    backwards = [(tape.place(value), tape.function(expression)) for value, expression in program.adjoints.items()]
    gradients = {model.parameter(name): tape.function(program.gradient(name)) for name in program.terms}
    prediction = [tape.place(_prediction(graph).at(t)) for t in range(1, graph.steps + 1)]
    lost = [tape.place(loss) for loss in graph.losses]
    losses, predictions = [], []
    for step in range(steps + 1):
        values = tape.blank()
        for place, numbers in (*fixed, *((places[p], numbers) for p, numbers in parameters.items())):
            values[place] = numbers
        for place, function in forwards:
            values[place] = function(values)
        losses.append(sum(values[place] for place in lost))
        predictions.append([values[place][0] for place in prediction])
        if step < steps:
            for place, function in backwards:
                values[place] = function(values)
            parameters = {p: numbers - rate * gradients[p](values) for p, numbers in parameters.items()}
    return Run(np.array(losses), np.array(predictions), first, {p: values[:1] for p, values in parameters.items()})


def forward(graph: Graph, word: Word, parameters: Weights) -> Point:
    """Every value of the network on the word; initial states are zero."""
    point: Point = dict(parameters.items())
    point |= _given(graph, word, parameters)
    for value, definition in _definitions(graph):
        point[value] = evaluate(definition, point)
    return point


def _given(graph: Graph, word: Word, parameters: Weights) -> Point:
    """The letters of the word, and zero for every initial state."""
    seeds = len(next(iter(parameters.values())))
    sizes = {d: size for p, numbers in parameters.items() for d, size in zip(p.shape, numbers.shape[1:], strict=True)}
    target = target_of(graph.model).name
    point: Point = {}
    for t in range(1, graph.steps + 1):
        for value in graph.model.inputs:
            letters = word.Y if value.name == target else word.X
            point[value.at(t)] = np.broadcast_to(letters[t - 1], (seeds, letters.shape[1]))
    for state in graph.model.states:
        point[state.at(0)] = np.zeros((seeds, *(sizes[dimension] for dimension in state.shape)))
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
    tape = Tape()
    function = tape.function(array)
    return function([point[leaf] for leaf in tape.places])


class Tape:
    """Expressions as functions of a list of arrays in which every named array has its place: what runs many times is
    looked up once."""

    def __init__(self) -> None:
        self.places: dict[Leaf, int] = {}

    def place(self, leaf: Leaf) -> int:
        return self.places.setdefault(leaf, len(self.places))

    def blank(self) -> list[Numbers]:
        """A list with room for every named array."""
        return [np.empty(0)] * len(self.places)

    def function(self, array: Array) -> Function:
        """The expression, with the axis of the seeds first in every array."""
        match array:
            case Value() | Parameter():
                return itemgetter(self.place(array))
            case Map(shape, rule, ()):
                number = np.full((1,) * (len(shape) + 1), float(rule))
                return lambda values: number
            case Map(_, rule, operands):
                rank = max(len(operand.shape) for operand in operands)
                return _mapped(_compiled(rule, len(operands)), [self._spread(operand, rank) for operand in operands])
            case MatMul(_, left, right):
                matrix, other = self.function(left), self.function(right)
                if len(right.shape) == 1:
                    return lambda values: np.matmul(matrix(values), other(values)[..., None])[..., 0]
                return lambda values: np.matmul(matrix(values), other(values))
            case Outer(_, left, right):
                one, two = self.function(left), self.function(right)
                return lambda values: one(values)[:, :, None] * two(values)[:, None, :]
            case Transpose(_, operand):
                turned = self.function(operand)
                return lambda values: turned(values).swapaxes(1, 2)
            case Diag(_, operand):
                diagonal = self.function(operand)
                return lambda values: _diagonal(diagonal(values))
            case Softmax(_, operand):
                exponents = self.function(operand)
                return lambda values: _softmax(exponents(values))
            case Total(_, operand):
                entries, axes = self.function(operand), tuple(range(1, len(operand.shape) + 1))
                return lambda values: np.asarray(entries(values).sum(axis=axes))
        raise TypeError(f"no numbers for {type(array).__name__}")

    def _spread(self, array: Array, rank: int) -> Function:
        """An operand with as many axes as the others, a number for each seed beside their arrays."""
        function, more = self.function(array), (1,) * (rank - len(array.shape))
        return (lambda values: (found := function(values)).reshape(found.shape + more)) if more else function


def _mapped(rule: Callable[..., Numbers], operands: list[Function]) -> Function:
    if len(operands) == 1:
        (only,) = operands
        return lambda values: rule(only(values))
    if len(operands) == 2:
        one, two = operands
        return lambda values: rule(one(values), two(values))
    return lambda values: rule(*(operand(values) for operand in operands))


def _diagonal(numbers: Numbers) -> Numbers:
    return numbers[:, :, None] * np.eye(numbers.shape[1])


def _softmax(exponents: Numbers) -> Numbers:
    powers = np.exp(exponents - exponents.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


@cache
def _compiled(rule: Expr, count: int) -> Callable[..., Numbers]:
    return sympy.lambdify([slot(i) for i in range(count)], rule, "numpy")
