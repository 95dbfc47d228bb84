"""The derived expressions in SymEngine, compiled by LLVM to one function from a flat vector to a flat vector.

The word's inputs and targets are put in first. It is the fastest way to one gradient of a small network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import symengine
import sympy
from sympy import Expr

from derive.algebra.array import Sigmoid, Softmax
from derive.algebra.chain import backward
from derive.algebra.entries import adjoint_definitions, entries, symbols
from derive.algebra.model import Model
from derive.algebra.unroll import Graph, unroll
from numeric.engines import Array, Engine, Parameters
from numeric.errors import InputError

Known = dict[Any, Any]  # SymEngine expression -> what to put for it
LARGEST = 10_000  # products; some seconds to compile
PIECE = 600  # values that are compiled together
NEAR, TERMS = symengine.Rational(3, 10), 8  # of tanh's continued fraction: its next term is below 2^-60 where u² < 0.3


class LlvmEngine(Engine):
    """`compute()` reads `vector`, all parameters one after another in row-major order, and leaves the loss and then the
    gradients in the same order in `result`."""

    def __init__(self, model: Model, sizes: Mapping[str, int], inputs: Mapping[str, Array]) -> None:
        self._shapes = {p.name: tuple(sizes[dimension] for dimension in p.shape) for p in model.parameters}
        counts = [int(np.prod(shape, dtype=int)) for shape in self._shapes.values()]
        products = sizes["T"] * sum(counts)
        if products > LARGEST:
            raise InputError(
                f"the engine 'llvm' compiles every product, and {products} are too many (the most is {LARGEST}): "
                "take fewer hidden units, a shorter word, or the engine 'loop'"
            )
        graph = unroll(model, sizes["T"])
        derived = backward(graph)
        pieces = Pieces([_convert(s) for parameter in model.parameters for s in symbols(parameter, sizes)])
        for value in model.inputs:
            for step, row in enumerate(inputs[value.name], start=1):
                for symbol, number in zip(symbols(value.at(step), sizes), row, strict=True):
                    pieces.known[_convert(symbol)] = symengine.Rational(*float(number).as_integer_ratio())
        _define(graph, sizes, pieces)
        for symbol, expression in adjoint_definitions(derived, sizes):
            pieces.end()
            pieces.define(_convert(symbol), pieces.put(_convert(expression)))
        loss = sympy.Add(*(symbols(value, sizes)[0] for value in graph.losses)) * model.scale.subs("T", graph.steps)
        results = [loss, *(e for name in self._shapes for e in entries(derived.gradient(name), sizes))]
        self.vector, self.result, self.compute = pieces.function(list(map(_convert, results)))
        self._places = np.cumsum(counts)[:-1]

    def loss_and_gradients(self, parameters: Mapping[str, Array]) -> tuple[float, Parameters]:
        np.concatenate([parameters[name].ravel() for name in self._shapes], out=self.vector)
        self.compute()
        pieces = np.split(self.result[1:].copy(), self._places)
        return float(self.result[0]), {
            name: piece.reshape(shape) for (name, shape), piece in zip(self._shapes.items(), pieces, strict=True)
        }


build = LlvmEngine


class Pieces:
    """Values defined one after another, compiled in pieces: the time that LLVM takes for a function grows faster than
    the function. A piece reads one vector of all that came before it, and what it defines comes next in that vector."""

    def __init__(self, parameters: list[Any]) -> None:
        self.known: Known = {}
        self._stored, self._fresh = list(parameters), Known()  # in the vector; defined since the last piece
        self._parameters = len(parameters)
        self._pieces: list[tuple[int, Any]] = []

    def put(self, expression: Any) -> Any:
        """The expression with what is known put in. Only that is handed on: SymEngine copies all that it is given."""
        found = (*expression.free_symbols, *expression.atoms(symengine.log))
        return expression.xreplace({name: self.known[name] for name in found if name in self.known})

    def define(self, name: Any, value: Any) -> None:
        self.known[name] = self._fresh[name] = symengine.UnevaluatedExpr(value)

    def end(self, least: int = PIECE) -> None:
        """End a piece, if it is long enough."""
        if len(self._fresh) >= least:
            begin = len(self._stored)
            names = [symengine.Symbol(f"stored_{i}") for i, _ in enumerate(self._fresh, begin)]
            self._pieces.append((begin, self._compiled(list(self._fresh.values()))))
            self.known |= zip(self._fresh, names, strict=True)
            self._stored += names
            self._fresh.clear()

    def _compiled(self, values: list[Any]) -> Any:
        return symengine.Lambdify(self._stored, values, backend="llvm", cse=True)

    def function(self, results: list[Any]) -> tuple[Array, Array, Callable[[], object]]:
        """The vector of the parameters, that of the results, and what computes one from the other."""
        size = len(results)
        if self._pieces:
            self.end(least=1)
            size = PIECE // 16  # a result is a sum over many steps
        whole, result, put = np.zeros(len(self._stored)), np.zeros(len(results)), list(map(self.put, results))
        # Memory views are passed on faster than arrays; `unsafe_real` checks neither type nor length.
        calls = [partial(piece.unsafe_real, whole[:begin].data, whole[begin:].data) for begin, piece in self._pieces]
        for i in range(0, len(results), size):
            calls.append(partial(self._compiled(put[i : i + size]).unsafe_real, whole.data, result[i : i + size].data))

        def compute() -> None:
            for call in calls:
                call()

        return whole[: self._parameters], result, calls[0] if len(calls) == 1 else compute


def _convert(expression: Expr) -> Any:
    converted = symengine.sympify(expression.replace(Sigmoid, Sigmoid.definition))
    return converted.xreplace({function: _tanh(function.args[0]) for function in converted.atoms(symengine.tanh)})


def _tanh(u: Any) -> Any:
    """1 - 2/(1 + e^{2u}), and where that would cancel u/(1 + u²/(3 + u²/(5 + …))) (Lambert, 1768): exact to rounding,
    and twice as fast as the C library."""
    above, below = symengine.Integer(2 * TERMS - 1), symengine.Integer(1)
    for odd in range(2 * TERMS - 3, 0, -2):
        above, below = odd * above + u * u * below, above
    far = 1 - 2 / (1 + symengine.exp(2 * u))
    return symengine.Piecewise((u * below / above, u * u < NEAR), (far, True))


def _define(graph: Graph, sizes: Mapping[str, int], pieces: Pieces) -> None:
    """Defines every named entry of the forward pass, a softmax shifted by its largest exponent m and its logarithm as
    u_k - m - log Σ_j exp(u_j - m)."""
    for value in graph.values:
        names, definition = list(map(_convert, symbols(value, sizes))), graph.definition(value)
        pieces.end()
        if not isinstance(definition, Softmax):
            for name, entry in zip(names, entries(definition, sizes), strict=True):
                pieces.define(name, pieces.put(_convert(entry)))
            continue
        exponents = [pieces.put(_convert(entry)) for entry in entries(definition.operand, sizes)]
        shifted = [u - symengine.Max(*exponents) for u in exponents]
        total = symengine.Add(*map(symengine.exp, shifted))
        for name, u in zip(names, shifted, strict=True):
            pieces.define(name, symengine.exp(u) / total)
            pieces.define(symengine.log(name), u - symengine.log(total))
