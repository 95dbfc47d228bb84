"""A model's forward pass one step at a time, in NumPy: what predictions and samples are made with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray
from sympy import Expr

from derive.algebra.array import Array as Expression
from derive.algebra.array import Map, MatMul, Parameter, Softmax, Total, Transpose, Value, slot, t, walk
from derive.algebra.model import Model
from numeric.parameters import sizes

Array = NDArray[Any]


class Forward:
    """A model with its parameters, up to its prediction y(t), the softmax that its loss reads.

    Raises ValueError for a model without one such prediction.
    """

    def __init__(self, model: Model, parameters: Mapping[str, Array]) -> None:
        size = sizes(model, parameters)
        self.start = {state.name: np.zeros([size[d] for d in state.shape]) for state in model.states}
        self._parameters = parameters
        self._equations = model.equations[:-1]
        read = {leaf.name for leaf in walk(model.loss.expression) if isinstance(leaf, Value)}
        found = [e for e in self._equations if e.name in read and isinstance(e.expression, Softmax)]
        if len(found) != 1:
            raise ValueError(f"the loss of {model.name} reads {len(found)} predictions y = softmax(…), not one")
        self._prediction = found[0].name

    def step(self, inputs: Mapping[str, Array], states: Mapping[str, Array]) -> tuple[Array, dict[str, Array]]:
        """Return log y(t) and the states at t, given the inputs at t and the states at t-1 (`start` at step 0)."""
        known: dict[str, Any] = dict(inputs)
        log_y = np.empty(0)

        def evaluate(expression: Expression) -> Any:
            match expression:
                case Value(_, name, step):
                    return known[name] if step == t else states[name]
                case Parameter(_, name):
                    return self._parameters[name]
                case Map(_, rule, operands):
                    return _compiled(rule, len(operands))(*map(evaluate, operands))
                case MatMul(_, left, right):
                    return evaluate(left) @ evaluate(right)
                case Transpose(_, operand):
                    return evaluate(operand).T
                case Total(_, operand):
                    return np.sum(evaluate(operand))
                case Softmax(_, operand):
                    return np.exp(log_softmax(evaluate(operand)))
            raise TypeError(f"no forward pass for {type(expression).__name__}")

        with np.errstate(over="ignore"):  # the exponential in a sigmoid: 1/(1 + inf) is the 0 that is meant
            for equation in self._equations:
                if equation.name == self._prediction and isinstance(equation.expression, Softmax):
                    log_y = log_softmax(evaluate(equation.expression.operand))
                    known[equation.name] = np.exp(log_y)
                else:
                    known[equation.name] = evaluate(equation.expression)
        return log_y, {name: known[name] for name in self.start}


def log_softmax(u: Array) -> Array:
    """log(exp(u)/Σ exp(u)) = u - log Σ exp(u), shifted by the largest u, so that nothing overflows."""
    shifted = u - u.max()
    return shifted - np.log(np.exp(shifted).sum())


@cache
def _compiled(rule: Expr, slots: int) -> Callable[..., Any]:
    """A scalar rule as a NumPy function of its slots."""
    functions = {"Sigmoid": lambda z: 1 / (1 + np.exp(-z))}
    return sympy.lambdify([slot(i) for i in range(slots)], rule, [functions, "numpy"])
