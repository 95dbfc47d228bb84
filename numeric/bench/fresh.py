"""Work that is done once in a process, timed in a process of its own: nothing is in a cache yet.

`python -m numeric.bench.fresh WORK …` prints the seconds that the work took (its imports not counted), the peak of the
memory it took where that was asked for, and the five gradients that came of it, in numbers, to be checked.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
import sympy
from sympy import Expr

from derive.algebra.chain import backward
from derive.algebra.entries import adjoint_definitions, definitions, expand, matrix, symbols
from derive.algebra.model import elman
from derive.algebra.unroll import unroll
from numeric import engines
from numeric.bench.problem import Array, Problem, on_random_letters
from numeric.bench.timing import Contender, WrongResult

Gradients = dict[str, Array]
Work = tuple[Callable[[], Any], Callable[[Any], Gradients]]  # what is timed; the numbers that came of it


@dataclass(frozen=True)
class Finished:
    """What a process of its own reports; `peak` is in bytes, 0 where it was not asked for."""

    seconds: float
    peak: int
    gradients: Gradients


def contender(name: str, work: str, *sizes: str | int) -> Contender:
    """The work as something to be timed."""
    return Contender(name, partial(finished, work, *sizes), lambda done: done.gradients, clocked=True)


def finished(work: str, *sizes: str | int, memory: bool = False) -> Finished:
    """Do the work in a process of its own. Raises WrongResult where that fails."""
    command = [sys.executable, "-m", __spec__.name, *(["--memory"] if memory else []), work, *map(str, sizes)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        why = ended.stderr.strip().rpartition("\n")[2]
        raise WrongResult(f"{' '.join(command[2:])} fails with status {ended.returncode}: {why}")
    done = json.loads(ended.stdout)
    return Finished(done["seconds"], done["peak"], {name: np.array(g) for name, g in done["gradients"].items()})


def derive(H: str, V: str, T: str) -> Work:
    """All five gradients entry by entry, with the names of the graph kept."""
    problem, sizes = on_random_letters(int(H), int(V), int(T)), {"H": int(H), "V": int(V)}

    def run() -> Any:
        graph = unroll(elman(), int(T))
        derived = backward(graph)
        named = [*definitions(graph, sizes), *adjoint_definitions(derived, sizes)]
        return named, {name: matrix(derived.gradient(name), sizes) for name in derived.terms}

    def numbers(done: Any) -> Gradients:
        named, gradients = done
        known = _known(problem)
        for symbol, expression in named:
            known[symbol] = _number(expression, dict(known))
        return {name: np.array([_number(entry, known) for entry in found]) for name, found in gradients.items()}

    return run, numbers


def sympy_diff(H: str, V: str, T: str) -> Work:
    """The same by `sympy.diff` of the loss with everything put in, also the letters as numbers, to make it shorter."""
    problem, sizes = on_random_letters(int(H), int(V), int(T)), {"H": int(H), "V": int(V)}
    letters = {symbol: sympy.Integer(int(number)) for symbol, number in _letters(problem).items()}

    def run() -> Any:
        graph = unroll(elman(), int(T))
        losses = sympy.Add(*(symbols(value, sizes)[0] for value in graph.losses))
        whole = expand(losses.xreplace(letters), [(n, e.xreplace(letters)) for n, e in definitions(graph, sizes)])
        return {p.name: [sympy.diff(whole, entry) for entry in symbols(p, sizes)] for p in elman().parameters}

    def numbers(done: Any) -> Gradients:
        known = _known(problem)
        return {name: np.array([_number(entry, known) for entry in found]) for name, found in done.items()}

    return run, numbers


def compile(engine: str, T: str) -> Work:
    """An engine from the model to its first gradient, at H = 8 and V = 4."""
    problem = on_random_letters(8, 4, int(T))
    inputs = {"x": problem.one_hot(problem.x)[:, 0], "target": problem.one_hot(problem.target)[:, 0]}
    import_module(f"numeric.engines.{engine}")

    def run() -> Any:
        return engines.build(engine, elman(), problem.sizes, inputs).loss_and_gradients(problem.parameters)

    return run, lambda done: {name: gradient.ravel() for name, gradient in done[1].items()}


def _known(problem: Problem) -> dict[Expr, float]:
    """Numbers for the entries of the parameters, inputs and targets."""
    entries = (
        pair
        for parameter in elman().parameters
        for pair in zip(symbols(parameter, problem.sizes), problem.parameters[parameter.name].ravel(), strict=True)
    )
    return {symbol: float(number) for symbol, number in entries} | _letters(problem)


def _letters(problem: Problem) -> dict[Expr, float]:
    """Numbers for the entries of the inputs and targets."""
    known: dict[Expr, float] = {}
    for value, indices in zip(elman().inputs, (problem.x, problem.target), strict=True):
        for step, row in enumerate(problem.one_hot(indices)[:, 0], start=1):
            known |= zip(symbols(value.at(sympy.Integer(step)), problem.sizes), map(float, row), strict=True)
    return known


def _number(expression: Expr, known: dict[Expr, float]) -> float:
    """The value of an expression, every part of it computed once and added to `known`."""
    if expression not in known:
        if expression.is_Number:
            return float(expression)
        parts = [_number(part, known) for part in expression.args]
        if expression.is_Add:
            known[expression] = sum(parts)
        elif expression.is_Mul:
            known[expression] = float(np.prod(parts))
        elif expression.is_Pow:
            known[expression] = parts[0] ** parts[1]
        else:
            known[expression] = float(getattr(np, expression.func.__name__)(*parts))
    return known[expression]


WORK: dict[str, Callable[..., Work]] = {"derive": derive, "sympy_diff": sympy_diff, "compile": compile}


def main(memory: bool, work: str, *sizes: str) -> None:
    """Do the work and print what came of it."""
    run, numbers = WORK[work](*sizes)
    if memory:
        tracemalloc.start()
    begun = time.perf_counter()
    done = run()
    seconds = time.perf_counter() - begun
    peak = tracemalloc.get_traced_memory()[1] if memory else 0
    gradients = {name: gradient.tolist() for name, gradient in numbers(done).items()}
    print(json.dumps({"seconds": seconds, "peak": peak, "gradients": gradients}))


if __name__ == "__main__":
    wanted = sys.argv[1:]
    main("--memory" in wanted, *(argument for argument in wanted if argument != "--memory"))
