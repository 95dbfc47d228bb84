"""The matrix products that no gradient of a batch can do without, and nothing else."""

from __future__ import annotations

import numpy as np

from numeric.bench.problem import Problem
from numeric.bench.timing import Contender


def batch(problem: Problem) -> list[Contender]:
    """Forward and back through W_aa step by step, through W_ya at all steps at once, and the gradients of W_aa and
    W_ya as one product each; the letters are looked up, which costs no product."""
    H, V, T, B = (problem.sizes[name] for name in "HVTB")
    W_aa, W_ya = problem.parameters["W_aa"], problem.parameters["W_ya"]
    dtype = W_aa.dtype
    a, delta_y = np.zeros((T, B, H), dtype), np.zeros((T * B, V), dtype)
    rows, back = a.reshape(T * B, H), np.zeros((T * B, H), dtype)
    d_W_aa, d_W_ya = np.zeros_like(W_aa), np.zeros_like(W_ya)

    def run() -> None:
        for t in range(1, T):
            np.matmul(a[t - 1], W_aa.T, a[t])
        np.matmul(rows, W_ya.T, delta_y)
        np.matmul(delta_y, W_ya, back)
        for t in range(T - 1, 0, -1):
            np.matmul(a[t], W_aa, a[t - 1])
        np.matmul(delta_y.T, rows, d_W_ya)
        np.matmul(back.T, rows, d_W_aa)

    return [Contender("matrix products alone", run, None)]
