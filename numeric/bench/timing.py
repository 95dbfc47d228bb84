"""Medians of contenders that take turns in one run, after each has shown that its results are right."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

Results = Mapping[str, NDArray[Any]]
TURNS = 15  # of each contender, fewer where one is slow
LEAST_TURNS = 3
QUICK = 0.02  # seconds for each contender, where it is to be seen that all works: a single turn will do
LONG = 0.1  # seconds; from here on a run needs no other before it to warm the caches
PAUSE = 0.15  # seconds, until the threads of whoever ran before sleep (those of OpenBLAS spin for 2^28 cycles first)


class WrongResult(ArithmeticError):
    """A contender does not compute what the reference computes: its time would mean nothing."""


@dataclass(frozen=True)
class Contender:
    """Something to be timed: `run`, of which `steps` steps are a part and one is reported.

    `results` makes named arrays of what `run` returned or left behind; None for a floor, which computes less. With
    `clocked`, `run` returns an object whose `seconds` count, measured in a process of its own.
    """

    name: str
    run: Callable[[], Any]
    results: Callable[[Any], Results] | None
    steps: int = 1
    clocked: bool = False

    def seconds(self, count: int = 1) -> float:
        """Run `count` times; return the seconds of one step."""
        if self.clocked:
            return sum(self.run().seconds for _ in range(count)) / count / self.steps
        begun = time.perf_counter()
        for _ in range(count):
            self.run()
        return (time.perf_counter() - begun) / count / self.steps


@dataclass(frozen=True)
class Row:
    """One comparison, in seconds. The peer may be a bound, a floor, or ours at another size in proportion."""

    case: str
    ours: float
    peer: float
    peer_name: str

    @property
    def ratio(self) -> float:
        return self.ours / self.peer

    def as_json(self) -> dict[str, str | float]:
        """The object of --json."""
        return {
            "case": self.case,
            "ours": self.ours,
            "peer": self.peer,
            "peer_name": self.peer_name,
            "ratio": self.ratio,
        }


def race(
    case: str, ours: Contender, peers: Sequence[Contender], reference: Results, tolerance: float, seconds: float
) -> list[Row]:
    """Return a row for each peer. `seconds` is about the time that each contender is given.

    Raises WrongResult, before anything is timed, where an array of a contender differs from the reference by more than
    `tolerance` of the reference's largest entry.
    """
    contenders = [ours, *peers]
    runs = [verify(case, contender, reference, tolerance) for contender in contenders]
    mine, *theirs = medians(contenders, seconds, runs)
    return [Row(case, mine, time_, contender.name) for contender, time_ in zip(peers, theirs, strict=True)]


def verify(case: str, contender: Contender, reference: Results, tolerance: float) -> Any:
    """Run a contender, compare every array of the reference, and return what the run did. Raises WrongResult, also for
    one that is missing."""
    returned = contender.run()
    if contender.results is None:
        return returned
    results = contender.results(returned)
    for name, expected in reference.items():
        if name not in results:
            raise WrongResult(f"{case}: {contender.name} does not return {name}: nothing was timed")
        found = np.asarray(results[name], float)
        if found.shape != expected.shape:
            raise WrongResult(f"{case}: {contender.name} returns {name} in the shape {found.shape}: nothing was timed")
        error = np.abs(found - expected).max() / np.abs(expected).max()
        if not error <= tolerance:
            raise WrongResult(
                f"{case}: {contender.name} is wrong: {name} is off by {error:.1e} of its largest entry, where "
                f"{tolerance:g} is allowed: nothing was timed"
            )
    return returned


def medians(contenders: Sequence[Contender], seconds: float, runs: Sequence[Any] = ()) -> list[float]:
    """Return the median seconds a step of each contender; they take turns, so that all meet the same disturbances. What
    is long or has a process of its own has taken its first turn when it is known how long it takes: in one of the
    `runs` that were made before, where it is clocked."""
    before = runs or [None] * len(contenders)
    once = [
        run.seconds if c.clocked and run is not None else c.seconds() * c.steps
        for c, run in zip(contenders, before, strict=True)
    ]
    pause = min(PAUSE, seconds / LEAST_TURNS)
    least = LEAST_TURNS if seconds > QUICK else 1
    turns = max(least, min(TURNS, int(seconds / (max(once) + pause))))
    warm = [contender.clocked or first >= LONG for contender, first in zip(contenders, once, strict=True)]
    times = [[first / c.steps] if long else [] for c, first, long in zip(contenders, once, warm, strict=True)]
    for turn in range(1, turns + 1):
        for contender, first, long, found in zip(contenders, once, warm, times, strict=True):
            if long and turn == 1:
                continue
            if not long:
                time.sleep(pause)
                contender.run()
            found.append(contender.seconds(max(1, int(seconds / turns / first))))
    return [median(found) for found in times]
