"""What a user would take instead, each peer in a file of its own and timed where it is installed.

A peer's file offers one function for each kind of race that it enters: `gradient(problem)`, `training(problem, rate,
steps)`, `batch(problem)` and `cell(problem)` return contenders. Each is written as its own users would write it, at its
fastest.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from numeric.bench.timing import Contender

KINDS = {
    "gradient": ("bptt", "casadi", "jax", "torch"),
    "training": ("jax", "numba", "c"),
    "batch": ("torch", "jax", "floor"),
    "cell": ("torch", "jax", "floor"),
}


class Unavailable(Exception):
    """A peer needs what this machine does not have."""


def peers(kind: str, leave_out: Callable[[str], None], *arguments: Any) -> list[Contender]:
    """Return the contenders of one kind of race that are installed; say of each other one why it is left out."""
    found: list[Contender] = []
    for name in KINDS[kind]:
        try:
            module = import_module(f"{__name__}.{name}")
            found += getattr(module, kind)(*arguments)
        except ImportError as error:
            leave_out(f"{name} is left out: {error.name} is not installed")
        except Unavailable as error:
            leave_out(f"{name} is left out: {error}")
    return found
