"""The hand-written BPTT in NumPy, one sequence at a time."""

from __future__ import annotations

from numeric import bptt
from numeric.bench.problem import Problem
from numeric.bench.timing import Contender


def gradient(problem: Problem) -> list[Contender]:
    """One gradient."""
    X, Y = problem.one_hot(problem.x)[:, 0], problem.one_hot(problem.target)[:, 0]
    run = lambda: bptt.loss_and_gradients(problem.parameters, X, Y)  # noqa: E731
    return [Contender("NumPy BPTT", run, lambda returned: returned[1])]
