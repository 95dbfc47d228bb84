"""The cases of the benchmark by name; each yields rows as they are measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from derive.algebra.model import Model, elman
from numeric import engines
from numeric.bench import cells, fresh
from numeric.bench.peers import peers
from numeric.bench.problem import Array, Problem, on_a_word, on_random_letters
from numeric.bench.timing import Contender, Row, medians, race, verify
from numeric.errors import InputError

EXACT, SINGLE = 1e-12, 1e-5  # of the largest entry, in float64 and float32
RATE = 0.01


@dataclass(frozen=True)
class Settings:
    """How thorough a run is: the seconds for each contender, and whether sizes are small (`quick`, to see that all
    works). `say` gets what is left out, and why."""

    seconds: float
    quick: bool
    say: Callable[[str], None]


Case = Callable[[Settings], Iterator[Row]]


def bound(case: str, ours: float, seconds: float) -> Row:
    """A row against a time that was promised."""
    return Row(case, ours, seconds, f"the bound of {seconds:g} s")


def proportional(case: str, variable: str, times: Mapping[int, float]) -> Iterator[Row]:
    """Rows for all sizes but the first, against the first in proportion: linear growth keeps the ratio up to 1."""
    (first, base), *others = times.items()
    for size, seconds in others:
        yield Row(
            f"{case}, {variable} = {size}", seconds, base * size / first, f"{size // first} × {variable} = {first}"
        )


def deriving(settings: Settings) -> Iterator[Row]:
    """All five gradients, symbolically, each time in a process of its own."""
    H, T = (1, 2) if settings.quick else (2, 4)
    ours, peer = fresh.contender("ours", "derive", H, 4, T), fresh.contender("SymPy", "sympy_diff", H, 4, T)
    case, name = f"derive, H = {H}, V = 4, T = {T}", "sympy.diff of the substituted loss"
    for row in race(case, ours, [peer], _flat(on_random_letters(H, 4, T)), EXACT, settings.seconds):
        yield Row(row.case, row.ours, row.peer, name)
    steps = (2, 4) if settings.quick else (4, 16, 32, 64)
    grown = _over_steps("derive", steps, lambda T: ("derive", 8, 4, T), settings)
    yield bound(f"derive, H = 8, V = 4, T = {steps[0]}", grown[steps[0]], 0.5)
    yield bound(f"derive, H = 8, V = 4, T = {steps[-1]}", grown[steps[-1]], 3)
    yield from proportional("derive, H = 8, V = 4", "T", grown)


def compiling(settings: Settings) -> Iterator[Row]:
    """Every engine from the model to its first gradient, each time in a process of its own."""
    steps = (2, 4) if settings.quick else (4, 16, 64)
    for engine in engines.EXTRAS:
        if _installed(engine, settings):
            grown = _over_steps(f"compile {engine}", steps, partial(_compile, engine), settings)
            yield from proportional(f"compile {engine}, H = 8", "T", grown)


def _compile(engine: str, T: int) -> tuple[str | int, ...]:
    return "compile", engine, T


def _over_steps(
    case: str, steps: Sequence[int], work: Callable[[int], tuple[str | int, ...]], settings: Settings
) -> dict[int, float]:
    contenders = [fresh.contender(f"T = {T}", *map(str, work(T))) for T in steps]
    runs = [
        verify(case, contender, _flat(on_random_letters(8, 4, T)), EXACT)
        for T, contender in zip(steps, contenders, strict=True)
    ]
    peaks = {T: fresh.finished(*map(str, work(T)), memory=True).peak / 1e6 for T in (steps[0], steps[-1])}
    grown = ", ".join(f"{peak:.3g} MB at T = {T}" for T, peak in peaks.items())
    settings.say(f"{case}: Python's memory peaks at {grown}")
    return dict(zip(steps, medians(contenders, settings.seconds, runs), strict=True))


def _flat(problem: Problem) -> dict[str, Array]:
    return {name: gradient.ravel() for name, gradient in problem.reference.items()}


def gradient(settings: Settings) -> Iterator[Row]:
    """One gradient of HELLO, H = 8, in float64: a flat vector into a prepared buffer."""
    if not _installed("llvm", settings):
        return
    from numeric.engines.llvm import LlvmEngine

    problem = on_a_word("HELLO", 8)
    engine = LlvmEngine(elman(), problem.sizes, _one_hot(problem))
    engine.vector[:] = np.concatenate([value.ravel() for value in problem.parameters.values()])
    ours = Contender("llvm", engine.compute, lambda _: _split(engine.result[1:], problem))
    rivals = peers("gradient", settings.say, problem)
    yield from race("one gradient, H = 8 (llvm)", ours, rivals, problem.reference, EXACT, settings.seconds)


def training(settings: Settings) -> Iterator[Row]:
    """One step of training on HELLO, H = 8, in float64, with the whole loop compiled."""
    if not _installed("loop", settings):
        return
    problem, steps = on_a_word("HELLO", 8), 100 if settings.quick else 5000
    engine = engines.build("loop", elman(), problem.sizes, _one_hot(problem))
    ours = Contender("loop", lambda: engine.train(problem.parameters, RATE, steps), lambda done: done[0], steps)
    rivals = peers("training", settings.say, problem, RATE, steps)
    reference = problem.descended(RATE, steps)
    yield from race("a step of training, H = 8 (loop)", ours, rivals, reference, 1e-9, settings.seconds)


SMALL = {"H": 16, "V": 8, "T": 8, "B": 4}
LARGE = {"H": 256, "V": 64, "T": 128, "B": 32}


def scale(settings: Settings) -> Iterator[Row]:
    """The gradients of a batch in float32, small ones and a large one."""
    small = [{"H": H, "V": 32, "T": 32, "B": 8} for H in (16, 64)]
    for sizes in [SMALL] if settings.quick else [*small, LARGE]:
        yield from at_scale(sizes, settings)


def cell(name: str, settings: Settings) -> Iterator[Row]:
    """The same of a cell with gates."""
    small, middle = {"H": 32, "V": 32, "T": 32, "B": 8}, {"H": 128, "V": 32, "T": 64, "B": 16}
    for sizes in [SMALL] if settings.quick else [small, middle, LARGE]:
        problem = cells.on_random_letters(name, **sizes)
        yield from _batch(name.upper(), problem.model, problem, peers("cell", settings.say, problem), settings)


def at_scale(sizes: dict[str, int], settings: Settings) -> list[Row]:
    """The race of the engine `array` at these sizes."""
    problem = on_random_letters(**sizes, dtype=np.float32)
    return _batch("gradients", elman(), problem, peers("batch", settings.say, problem), settings)


def _batch(name: str, model: Model, problem: Problem, rivals: list[Contender], settings: Settings) -> list[Row]:
    engine, inputs = engines.batches("array", model, problem.sizes, "float32"), _indices(problem)
    ours = Contender("array", lambda: engine(problem.parameters, inputs), lambda done: done[1])
    case = f"{name}, {', '.join(f'{letter} = {size}' for letter, size in problem.sizes.items())}, float32 (array)"
    return race(case, ours, rivals, problem.reference, SINGLE, settings.seconds)


def _installed(engine: str, settings: Settings) -> bool:
    try:
        word = on_a_word("ab", 1)
        engines.build(engine, elman(), word.sizes, _one_hot(word))
    except InputError as error:
        settings.say(f"{engine} is left out: {error}")
        return False
    return True


def _indices(problem: Problem) -> dict[str, Array]:
    return {"x": problem.x, "target": problem.target}


def _one_hot(problem: Problem) -> dict[str, Array]:
    return {name: problem.one_hot(indices)[:, 0] for name, indices in _indices(problem).items()}


def _split(flat: Array, problem: Problem) -> dict[str, Any]:
    pieces = np.split(flat, np.cumsum([value.size for value in problem.parameters.values()])[:-1])
    return {name: p.reshape(v.shape) for (name, v), p in zip(problem.parameters.items(), pieces, strict=True)}
