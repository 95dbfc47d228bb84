"""CasADi: reverse mode over scalar expressions, run by its virtual machine on buffers that are there already."""

from __future__ import annotations

from typing import Any

import casadi
import numpy as np

from numeric.bench.problem import Problem
from numeric.bench.timing import Contender


def gradient(problem: Problem) -> list[Contender]:
    """One gradient, from a flat vector to a flat vector."""
    shapes = {name: value.shape for name, value in problem.parameters.items()}
    counts = [value.size for value in problem.parameters.values()]
    vector = casadi.SX.sym("theta", sum(counts))
    pieces = casadi.vertsplit(vector, np.cumsum([0, *counts]).tolist())
    theta = {
        name: piece.reshape(shape[::-1]).T if len(shape) > 1 else piece
        for (name, shape), piece in zip(shapes.items(), pieces, strict=True)
    }
    loss = _loss(theta, problem)
    function = casadi.Function("gradient", [vector], [loss, casadi.gradient(loss, vector)])
    buffer: Any  # its stubs are those of C++
    buffer, run = function.buffer()  # which keeps bare addresses: `kept` keeps what stands there
    given = np.concatenate([value.ravel() for value in problem.parameters.values()])
    value, slopes = np.zeros(1), np.zeros(len(given))
    buffer.set_arg(0, given.data)
    buffer.set_res(0, value.data)
    buffer.set_res(1, slopes.data)

    def results(_: None, kept: Any = (function, buffer, given, value)) -> dict[str, Any]:
        parts = np.split(slopes, np.cumsum(counts)[:-1])
        return {name: part.reshape(shape) for (name, shape), part in zip(shapes.items(), parts, strict=True)}

    return [Contender("CasADi with buffers", run, results)]


def _loss(theta: dict[str, Any], problem: Problem) -> Any:
    a, total = casadi.SX.zeros(problem.sizes["H"]), casadi.SX(0)
    for letter, target in zip(problem.x[:, 0].tolist(), problem.target[:, 0].tolist(), strict=True):
        a = casadi.tanh(theta["W_aa"] @ a + theta["W_ax"][:, letter] + theta["b_a"])
        net_y = theta["W_ya"] @ a + theta["b_y"]
        total += casadi.logsumexp(net_y) - net_y[target]
    return total
