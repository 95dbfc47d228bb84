"""exp, tanh and the logistic function for compiled loops: without branches or calls, so that LLVM vectorises them.

e^x = 2^k e^r with k the integer nearest to x/ln 2, and e^r - 1 by its Taylor series to r^13/13!, whose remainder at
|r| ≤ ln(2)/2 is below 2^-56 of it. A NaN stays a NaN: every comparison is written so that it passes one on.
"""

from __future__ import annotations

from collections.abc import Callable
from math import factorial, inf
from typing import Any, TypeVar, cast

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

LOG2_E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10  # ln 2 = high + low, k·high is exact
SHIFT = 6755399441055744.0 + 1023  # 1.5·2^52: adding it rounds to an integer, left (with the bias) in the lowest bits
C2, C3, C4, C5, C6, C7, C8, C9, C10, C11, C12, C13 = (1 / factorial(n) for n in range(2, 14))


F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Reassociation would undo the reduction in two parts, so of the fast-math flags only contraction is allowed."""
    return cast(F, njit(fastmath={"contract"}, error_model="numpy")(function))


def _bits(typing: Any, shifted: Any) -> Any:
    """2^k, for k + SHIFT."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        bits = builder.bitcast(args[0], ir.IntType(64))
        return builder.bitcast(builder.shl(bits, ir.Constant(ir.IntType(64), 52)), ir.DoubleType())

    return types.float64(types.float64), generate


_power_of_two = intrinsic(_bits)


@compiled
def _reduced(x: float) -> tuple[float, float]:
    """2^k and e^r - 1."""
    shifted = x * LOG2_E + SHIFT
    k = shifted - SHIFT
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    r2 = r * r
    r4 = r2 * r2
    low = (C2 + r * C3) + r2 * (C4 + r * C5)
    middle = (C6 + r * C7) + r2 * (C8 + r * C9)
    high = (C10 + r * C11) + r2 * (C12 + r * C13)
    return _power_of_two(shifted), r + r2 * (low + r4 * (middle + r4 * high))


@compiled
def exp(x: float) -> float:
    """e^x; 0 below x = -708, where it would be subnormal, and infinity from x = 709 on."""
    power, less_one = _reduced(-708.0 if x < -708.0 else 709.0 if x > 709.0 else x)
    y = power + power * less_one
    return 0.0 if x < -708.0 else inf if x > 709.0 else y


@compiled
def tanh(x: float) -> float:
    """(e^{2x} - 1)/(e^{2x} + 1), with e^{2x} - 1 computed without cancellation; 1 to rounding past x = 22."""
    power, less_one = _reduced(-44.0 if x < -22.0 else 44.0 if x > 22.0 else 2 * x)
    y = power * less_one + (power - 1)
    return y / (y + 2)


@compiled
def sigmoid(x: float) -> float:
    """1/(1 + e^{-x})."""
    return 1 / (1 + exp(-x))


@compiled
def softplus(x: float) -> float:
    """log(1 + e^x)."""
    return max(x, 0.0) + np.log1p(exp(-abs(x)))


@compiled
def relu(x: float) -> float:
    """max(x, 0); NaN stays NaN."""
    return 0.0 if x < 0.0 else x


@compiled
def positive(x: float) -> float:
    """1 for x > 0, else 0."""
    return 1.0 if x > 0.0 else 0.0
