"""The derived expressions through `sympy.lambdify`, one line of NumPy for each named entry. The default engine.

The word's inputs and targets are put in first, so that products with zeros vanish. Nothing else is simplified: the
graph's own names (net_a, a, net_y, y and the deltas) are all the common subexpressions that there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np
import sympy
from sympy import Expr, Symbol

from derive.algebra.array import Softmax
from derive.algebra.chain import backward
from derive.algebra.entries import adjoint_definitions, entries, symbols
from derive.algebra.functions import Sigmoid, Softplus
from derive.algebra.model import Model
from derive.algebra.unroll import Graph, unroll
from derive.normal import normal
from numeric.engines import Array, Engine, Parameters, by_step
from numeric.errors import InputError

Definitions = list[tuple[Symbol, Expr]]
AMAX = sympy.Function("amax", real=True)  # NumPy's; sympy.Max compares its arguments pair by pair when it is built
LARGEST = 500_000  # products; about 10 s to derive and compile


class NumpyEngine(Engine):
    """All entries as scalars in one generated function: for words, not for texts."""

    def __init__(self, model: Model, sizes: Mapping[str, int], inputs: Mapping[str, Array]) -> None:
        self.shapes = {p.name: tuple(sizes[dimension] for dimension in p.shape) for p in model.parameters}
        products = sizes["T"] * sum(int(np.prod(shape)) for shape in self.shapes.values())
        if products > LARGEST:
            raise InputError(
                f"the engine 'numpy' writes out every product, and {products} are too many (the most is {LARGEST}): "
                "take fewer hidden units or a shorter word"
            )
        graph = unroll(normal(model), sizes["T"])
        derived = backward(graph)
        known = _values(graph, sizes, inputs)
        named = forward_definitions(graph, sizes) + adjoint_definitions(derived, sizes)
        loss = sympy.Add(*(symbols(value, sizes)[0] for value in graph.losses)) * model.scale.subs("T", graph.steps)
        results = [loss, *(e for name in self.shapes for e in entries(derived.gradient(name), sizes))]
        parameters = [symbol for parameter in model.parameters for symbol in symbols(parameter, sizes)]
        spelled = {name: Symbol(_identifier(name.name), real=True) for name in (*parameters, *(n for n, _ in named))}
        known |= spelled
        program = [(spelled[name], expression.xreplace(known)) for name, expression in named]
        self._function = sympy.lambdify(
            [spelled[symbol] for symbol in parameters],
            [result.xreplace(known) for result in results],
            modules=[FUNCTIONS, "numpy"],
            cse=lambda expressions: (program, expressions),
            docstring_limit=0,
        )

    def loss_and_gradients(self, parameters: Mapping[str, Array]) -> tuple[float, Parameters]:
        flat = np.concatenate([parameters[name].ravel() for name in self.shapes])
        loss, *entries_ = self._function(*flat.tolist())
        ends = np.cumsum([np.prod(shape, dtype=int) for shape in self.shapes.values()])
        pieces = np.split(np.array(entries_, dtype=float), ends[:-1])
        return float(loss), {
            name: piece.reshape(shape) for (name, shape), piece in zip(self.shapes.items(), pieces, strict=True)
        }


build = NumpyEngine


def forward_definitions(graph: Graph, sizes: Mapping[str, int]) -> Definitions:
    """Every named entry of the forward pass with an expression that does not overflow.

    A softmax is shifted by its largest exponent m, exp(u_k - m) / Σ_j exp(u_j - m), and its logarithm is not taken of
    the quotient but written u_k - m - log Σ_j exp(u_j - m). With y = σ(u), log y is u - softplus(u) and log(1 - y)
    is -softplus(u).
    """
    definitions: Definitions = []
    logarithms: dict[Expr, Expr] = {}
    for value in graph.values:
        names, definition = symbols(value, sizes), graph.definition(value)
        if not isinstance(definition, Softmax):
            expressions = [expression.xreplace(logarithms) for expression in entries(definition, sizes)]
            definitions += zip(names, expressions, strict=True)
            for name, expression in zip(names, expressions, strict=True):
                if isinstance(expression, Sigmoid):
                    [u] = expression.args
                    logarithms |= {sympy.log(name): u - Softplus(u), sympy.log(1 - name): -Softplus(u)}
            continue
        exponents = entries(definition.operand, sizes)
        largest, total = (Symbol(f"{value.name}_{part}({value.step})", real=True) for part in ("largest", "total"))
        powers = [Symbol(f"{name.name}_power", real=True) for name in names]
        definitions.append((largest, AMAX(sympy.Tuple(*exponents))))
        definitions += [(power, sympy.exp(u - largest)) for power, u in zip(powers, exponents, strict=True)]
        definitions.append((total, sympy.Add(*powers)))
        definitions += [(name, power / total) for name, power in zip(names, powers, strict=True)]
        for name, exponent in zip(names, exponents, strict=True):
            logarithms[sympy.log(name)] = exponent - largest - sympy.log(total)
    return definitions


def _sigmoid(z: float) -> float:
    with np.errstate(over="ignore"):  # 1/(1 + inf) is the 0 that is meant
        return float(1 / (1 + np.exp(-z)))


FUNCTIONS: dict[str, Callable[[float], float]] = {
    "Sigmoid": _sigmoid,
    "Softplus": lambda z: float(np.logaddexp(0, z)),
    "Relu": lambda z: max(z, 0.0),
    "Positive": lambda z: float(z > 0),
}


def _values(graph: Graph, sizes: Mapping[str, int], inputs: Mapping[str, Array]) -> dict[Expr, Expr]:
    """The entries of inputs and targets as exact numbers."""
    return {
        symbol: sympy.Rational(float(number))
        for value in graph.model.inputs
        for step, row in by_step(value, inputs[value.name], graph.steps)
        for symbol, number in zip(symbols(value.at(step), sizes), row, strict=True)
    }


def _identifier(name: str) -> str:
    """A name of the graph as Python spells it: a_2(3) is a_2_t3."""
    return re.sub(r"\((\w+)\)", r"_t\1", name)
