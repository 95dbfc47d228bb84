"""The assumptions in words, and what it costs to make them."""

from __future__ import annotations

from derive.check.assumptions import (
    DIAGONAL,
    ENTRYWISE,
    RECURRENT,
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
    DIAGONAL: "a vector stands for the diagonal matrix with its entries",
    ENTRYWISE: "a product that is written like one of matrices is taken entry by entry",
    RECURRENT: "what is differentiated by stands for the parameters of the recurrence, not for every one",
}

COST = {
    ZERO_START: "nothing is lost where the state starts at zero; a state that is carried in adds terms",
    TARGET_UNIT: "the other output units are left out, whose probabilities are errors too",
    SAME_TARGET: "where the target changes, the sum mixes the rows of several units in one",
    SINGLE_PATH: "the errors of the other output units never reach the hidden layer",
    TRUNCATED: "the terms through time are lost: no step learns from a later one",
    SCALAR_STATE: "with more hidden units the factors do not commute, and a matrix or a transpose is missing",
    THIS_WORD: "another word makes it wrong",
    DIAGONAL: "multiplied as it is written, a matrix would be a vector; write diag(…) or ⊙",
    ENTRYWISE: "multiplied as it is written, the shapes do not fit; write ⊙",
    RECURRENT: "for a parameter outside the recurrence terms are missing",
}
