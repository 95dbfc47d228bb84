"""exp, tanh and the logistic function of `elementary`, in float32.

e^r - 1 is its Taylor series to r^7/7!, whose remainder at |r| ≤ ln(2)/2 is below 2^-26 of it.
"""

from __future__ import annotations

from math import factorial
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from numeric.engines.elementary import compiled

LOG2_E = np.float32(1.4426950408889634)
LN2_HIGH, LN2_LOW = np.float32(0.693359375), np.float32(-2.12194440054690583e-4)  # ln 2 = high + low, k·high is exact
SHIFT = np.float32(12582912 + 127)  # 1.5·2^23: adding it rounds to an integer, left (with the bias) in the lowest bits
C2, C3, C4, C5, C6, C7 = (np.float32(1 / factorial(n)) for n in range(2, 8))
ZERO, ONE, TWO, INFINITY = np.float32(0), np.float32(1), np.float32(2), np.float32(np.inf)
LEAST, MOST = np.float32(-87), np.float32(88)  # below and above, e^x is put to 0 and to infinity
FLAT = np.float32(10)  # where tanh is 1 to rounding


def _bits(typing: Any, shifted: Any) -> Any:
    """2^k, for k + SHIFT."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        bits = builder.bitcast(args[0], ir.IntType(32))
        return builder.bitcast(builder.shl(bits, ir.Constant(ir.IntType(32), 23)), ir.FloatType())

    return types.float32(types.float32), generate


_power_of_two = intrinsic(_bits)


@compiled
def _reduced(x: Any) -> tuple[Any, Any]:
    """2^k and e^r - 1."""
    shifted = x * LOG2_E + SHIFT
    k = shifted - SHIFT
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    r2 = r * r
    return _power_of_two(shifted), r + r2 * ((C2 + r * C3) + r2 * ((C4 + r * C5) + r2 * (C6 + r * C7)))


@compiled
def exp(x: Any) -> Any:
    """e^x; 0 below x = -87, where it would soon be subnormal, and infinity from x = 88 on."""
    power, less_one = _reduced(LEAST if x < LEAST else MOST if x > MOST else x)
    y = power + power * less_one
    return ZERO if x < LEAST else INFINITY if x > MOST else y


@compiled
def tanh(x: Any) -> Any:
    """(e^{2x} - 1)/(e^{2x} + 1), with e^{2x} - 1 computed without cancellation; 1 to rounding past x = 10."""
    power, less_one = _reduced(-TWO * FLAT if x < -FLAT else TWO * FLAT if x > FLAT else TWO * x)
    y = power * less_one + (power - ONE)
    return y / (y + TWO)


@compiled
def sigmoid(x: Any) -> Any:
    """1/(1 + e^{-x})."""
    return ONE / (ONE + exp(-x))
