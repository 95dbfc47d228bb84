"""Errors that a user can mend."""

import math

from derive.errors import InputError

__all__ = ["EXPLODED", "Diverged", "InputError"]

EXPLODED = 10  # a loss this many times the first one is divergence


class Diverged(ArithmeticError):
    """The loss became infinite, undefined or far larger than the first one."""

    def __init__(self, step: int, loss: float, first: float) -> None:
        size = f"above {EXPLODED} times the first ({first:.4g})" if math.isfinite(loss) else "not a finite number"
        super().__init__(f"diverged at step {step}: the loss is {loss:.4g}, {size}")
        self.step = step
