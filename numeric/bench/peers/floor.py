"""The multiplications that no gradient of a batch can do without, and nothing else."""

from __future__ import annotations

import numpy as np

from numeric.bench.cells import CellProblem
from numeric.bench.problem import Array, Problem
from numeric.bench.timing import Contender


def batch(problem: Problem) -> list[Contender]:
    """Forward and back through W_aa and W_ya, and their gradients, each as one product over all steps, as if no step
    needed the step before; the letters are looked up, which costs no product."""
    return _products(problem.parameters["W_aa"], problem)


def cell(problem: CellProblem) -> list[Contender]:
    """The same with the gates of a cell in one product."""
    return _products(problem.joined("U"), problem)


def _products(U: Array, problem: Problem) -> list[Contender]:
    H, V, T, B = (problem.sizes[name] for name in "HVTB")
    W_ya = problem.parameters["W_ya"]
    h, delta_y, net = (np.zeros((T * B, width), U.dtype) for width in (H, V, len(U)))
    delta_h, d_U, d_W_ya = np.zeros_like(h), np.zeros_like(U), np.zeros_like(W_ya)

    def run() -> None:
        np.matmul(h, U.T, net)
        np.matmul(h, W_ya.T, delta_y)
        np.matmul(delta_y, W_ya, delta_h)
        np.matmul(net, U, delta_h)
        np.matmul(delta_y.T, h, d_W_ya)
        np.matmul(net.T, h, d_U)

    return [Contender("matrix products alone", run, None)]
