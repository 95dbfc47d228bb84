"""BPTT written by hand as plain loops for Numba, as one would write it in a first go."""

from __future__ import annotations

from math import exp, tanh
from typing import Any

import numba
import numpy as np

from numeric.bench.problem import Problem
from numeric.bench.timing import Contender


def training(problem: Problem, rate: float, steps: int) -> list[Contender]:
    """All steps in one compiled call."""
    x, target = problem.x[:, 0].copy(), problem.target[:, 0].copy()

    def run() -> dict[str, Any]:
        theta = {name: value.copy() for name, value in problem.parameters.items()}
        _descend(*theta.values(), x, target, rate, steps)
        return theta

    return [Contender("plain Numba", run, dict, steps)]


@numba.njit
def _descend(W_aa, W_ax, b_a, W_ya, b_y, x, target, rate, steps):  # type: ignore[no-untyped-def]
    T, H, V = len(x), len(b_a), len(b_y)
    a, y = np.zeros((T + 1, H)), np.zeros((T, V))
    delta_a, carried = np.zeros(H), np.zeros(H)
    for _ in range(steps):
        for t in range(T):
            for i in range(H):
                total = W_ax[i, x[t]] + b_a[i]
                for j in range(H):
                    total += W_aa[i, j] * a[t, j]
                a[t + 1, i] = tanh(total)
            largest = -np.inf
            for k in range(V):
                total = b_y[k]
                for i in range(H):
                    total += W_ya[k, i] * a[t + 1, i]
                y[t, k] = total
                largest = max(largest, total)
            total = 0.0
            for k in range(V):
                y[t, k] = exp(y[t, k] - largest)
                total += y[t, k]
            for k in range(V):
                y[t, k] /= total
        d_W_aa, d_W_ax, d_b_a = np.zeros_like(W_aa), np.zeros_like(W_ax), np.zeros_like(b_a)
        d_W_ya, d_b_y = np.zeros_like(W_ya), np.zeros_like(b_y)
        carried[:] = 0
        for t in range(T - 1, -1, -1):
            y[t, target[t]] -= 1
            for k in range(V):
                d_b_y[k] += y[t, k]
                for i in range(H):
                    d_W_ya[k, i] += y[t, k] * a[t + 1, i]
            for i in range(H):
                total = carried[i]
                for k in range(V):
                    total += W_ya[k, i] * y[t, k]
                delta_a[i] = (1 - a[t + 1, i] ** 2) * total
                d_b_a[i] += delta_a[i]
                d_W_ax[i, x[t]] += delta_a[i]
                for j in range(H):
                    d_W_aa[i, j] += delta_a[i] * a[t, j]
            for j in range(H):
                total = 0.0
                for i in range(H):
                    total += W_aa[i, j] * delta_a[i]
                carried[j] = total
        W_aa -= rate * d_W_aa
        W_ax -= rate * d_W_ax
        b_a -= rate * d_b_a
        W_ya -= rate * d_W_ya
        b_y -= rate * d_b_y
