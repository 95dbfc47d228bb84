"""The multiplications that no gradient of a batch can do without, and nothing else."""

from __future__ import annotations

import numpy as np

from numeric.bench.problem import Problem
from numeric.bench.timing import Contender


def batch(problem: Problem) -> list[Contender]:
    """Forward and back through W_aa and W_ya, and their gradients, each as one product over all steps, as if no step
    needed the step before; the letters are looked up, which costs no product."""
    H, V, T, B = (problem.sizes[name] for name in "HVTB")
    W_aa, W_ya = problem.parameters["W_aa"], problem.parameters["W_ya"]
    a, delta_y = np.zeros((T * B, H), W_aa.dtype), np.zeros((T * B, V), W_aa.dtype)
    net_a, back = np.zeros_like(a), np.zeros_like(a)
    d_W_aa, d_W_ya = np.zeros_like(W_aa), np.zeros_like(W_ya)

    def run() -> None:
        np.matmul(a, W_aa.T, net_a)
        np.matmul(a, W_ya.T, delta_y)
        np.matmul(delta_y, W_ya, back)
        np.matmul(back, W_aa, net_a)
        np.matmul(delta_y.T, a, d_W_ya)
        np.matmul(back.T, a, d_W_aa)

    return [Contender("matrix products alone", run, None)]
