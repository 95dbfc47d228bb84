"""The derived expressions in SymEngine, compiled by LLVM to one function from a flat vector to a flat vector.

The word's inputs and targets are put in first. It is the fastest way to one gradient of a small network.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import symengine
import sympy
from sympy import Expr

from derive.algebra.array import Softmax
from derive.algebra.chain import backward
from derive.algebra.entries import adjoint_definitions, entries, symbols
from derive.algebra.functions import Sigmoid, defined
from derive.algebra.model import Model
from derive.algebra.unroll import Graph, unroll
from derive.normal import normal
from numeric.engines import Array, Engine, Parameters, by_step
from numeric.errors import InputError

Known = dict[Any, Any]  # SymEngine expression -> what to put for it
LARGEST = 10_000  # products; about 8 s to compile
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
        graph = unroll(normal(model), sizes["T"])
        derived = backward(graph)
        known: Known = {}
        for value in model.inputs:
            for step, row in by_step(value, inputs[value.name], sizes["T"]):
                for symbol, number in zip(symbols(value.at(step), sizes), row, strict=True):
                    known[_convert(symbol)] = symengine.Rational(*float(number).as_integer_ratio())
        _define(graph, sizes, known)
        for symbol, expression in adjoint_definitions(derived, sizes):
            known[_convert(symbol)] = symengine.UnevaluatedExpr(_put(_convert(expression), known))
        loss = sympy.Add(*(symbols(value, sizes)[0] for value in graph.losses)) * model.scale.subs("T", graph.steps)
        results = [loss, *(e for name in self._shapes for e in entries(derived.gradient(name), sizes))]
        arguments = [_convert(s) for parameter in model.parameters for s in symbols(parameter, sizes)]
        self._function = symengine.Lambdify(
            arguments, [_put(_convert(result), known) for result in results], backend="llvm", cse=True
        )
        self.vector, self.result = np.zeros(len(arguments)), np.zeros(len(results))
        self._places = np.cumsum(counts)[:-1]
        # Memory views are passed on faster than arrays; `unsafe_real` checks neither type nor length.
        self.compute = partial(self._function.unsafe_real, self.vector.data, self.result.data)

    def loss_and_gradients(self, parameters: Mapping[str, Array]) -> tuple[float, Parameters]:
        np.concatenate([parameters[name].ravel() for name in self._shapes], out=self.vector)
        self.compute()
        pieces = np.split(self.result[1:].copy(), self._places)
        return float(self.result[0]), {
            name: piece.reshape(shape) for (name, shape), piece in zip(self._shapes.items(), pieces, strict=True)
        }


build = LlvmEngine


def _convert(expression: Expr) -> Any:
    converted = symengine.sympify(defined(expression))
    return converted.xreplace({function: _tanh(function.args[0]) for function in converted.atoms(symengine.tanh)})


def _put(expression: Any, known: Known) -> Any:
    """The expression with what is known put in. Only that much is handed on: SymEngine copies all that it is given."""
    found = (*expression.free_symbols, *expression.atoms(symengine.log))
    return expression.xreplace({name: known[name] for name in found if name in known})


def _tanh(u: Any) -> Any:
    """1 - 2/(1 + e^{2u}), and where that would cancel u/(1 + u²/(3 + u²/(5 + …))) (Lambert, 1768): exact to rounding,
    and twice as fast as the C library."""
    above, below = symengine.Integer(2 * TERMS - 1), symengine.Integer(1)
    for odd in range(2 * TERMS - 3, 0, -2):
        above, below = odd * above + u * u * below, above
    far = 1 - 2 / (1 + symengine.exp(2 * u))
    return symengine.Piecewise((u * below / above, u * u < NEAR), (far, True))


def _define(graph: Graph, sizes: Mapping[str, int], known: Known) -> None:
    """Adds every named entry of the forward pass, a softmax shifted by its largest exponent m and its logarithm written
    as u_k - m - log Σ_j exp(u_j - m); for y = σ(u) log y as u - softplus(u), and log(1 - y) as -softplus(u)."""
    for value in graph.values:
        names, definition = map(_convert, symbols(value, sizes)), graph.definition(value)
        if not isinstance(definition, Softmax):
            for name, entry in zip(names, entries(definition, sizes), strict=True):
                known[name] = symengine.UnevaluatedExpr(_put(_convert(entry), known))
                if isinstance(entry, Sigmoid):
                    u = _put(_convert(entry.args[0]), known)
                    softplus = symengine.Max(u, 0) + symengine.log(1 + symengine.exp(-symengine.Abs(u)))
                    known[symengine.log(name)], known[symengine.log(1 - name)] = u - softplus, -softplus
            continue
        exponents = [_put(_convert(entry), known) for entry in entries(definition.operand, sizes)]
        shifted = [u - symengine.Max(*exponents) for u in exponents]
        total = symengine.Add(*map(symengine.exp, shifted))
        for name, u in zip(names, shifted, strict=True):
            known[name] = symengine.UnevaluatedExpr(symengine.exp(u) / total)
            known[symengine.log(name)] = u - symengine.log(total)
