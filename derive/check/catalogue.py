"""The assumptions in words."""

from __future__ import annotations

from derive.check.points import (
    SAME_TARGET,
    SCALAR_STATE,
    SINGLE_PATH,
    TARGET_UNIT,
    THIS_WORD,
    TRUNCATED,
    ZERO_START,
)

IN_WORDS = {
    ZERO_START: "the state before the first step is zero",
    TARGET_UNIT: "it speaks of one output unit only, the one that is the target at that step",
    SAME_TARGET: "the same output unit is the target at every step",
    SINGLE_PATH: "of the paths from the output back to the state, only the one through the target unit counts",
    TRUNCATED: "nothing flows back through time: each loss sees its own step alone",
    SCALAR_STATE: "the state has a single unit, so that products commute",
    THIS_WORD: "inputs and targets are those of the word at hand",
}
