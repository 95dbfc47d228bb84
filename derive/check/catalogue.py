"""The assumptions in words, and what it costs to make them."""

from __future__ import annotations

from derive.check.assumptions import (
    DIAGONAL,
    ENTRYWISE,
    LAST_LOSS,
    ONE_HOT,
    ONE_PATH,
    OWN_PATH,
    OWN_ROW,
    RECURRENT,
    SAME_TARGET,
    SCALAR_STATE,
    SHARE,
    SINGLE_PATH,
    TARGET_UNIT,
    THIS_WORD,
    TRUNCATED,
    VALUE_FORM,
    ZERO_START,
)

IN_WORDS = {
    ZERO_START: "the state before the first step is zero",
    ONE_HOT: "the entries of a target are 0, but for a single 1",
    TARGET_UNIT: "it speaks of one output unit only, the one that is the target at that step",
    SAME_TARGET: "the same output unit is the target at every step",
    SINGLE_PATH: "of the paths from the output back to the state, only the one through the target unit counts",
    LAST_LOSS: "the loss is that of the last step alone",
    ONE_PATH: "of the paths from the loss back to the state, only those through one step's use of it count",
    OWN_PATH: "a state reaches its later values through itself alone: what its gates read of it is held",
    SHARE: "the left side stands for the part that a single step gives to it",
    TRUNCATED: "nothing flows back through time: each loss sees its own step alone",
    SCALAR_STATE: "the state has a single unit, so that products commute",
    THIS_WORD: "inputs and targets are those of the word at hand",
    DIAGONAL: "a vector stands for the diagonal matrix with its entries",
    ENTRYWISE: "a product that is written like one of matrices is taken entry by entry",
    VALUE_FORM: "the derivative of an activation is written by its value: σ'(z) is z(1 - z) where z = σ(u)",
    RECURRENT: "what is differentiated by stands for the parameters of the recurrence, not for every one",
    OWN_ROW: "the derivative of an entry by its own row of the parameter stands for the whole one",
}

COST = {
    ZERO_START: "nothing is lost where the state starts at zero; a state that is carried in adds terms",
    ONE_HOT: "for targets that are distributions, or any numbers, it is wrong",
    TARGET_UNIT: "the other output units are left out, whose probabilities are errors too",
    SAME_TARGET: "where the target changes, the sum mixes the rows of several units in one",
    SINGLE_PATH: "the errors of the other output units never reach the hidden layer",
    LAST_LOSS: "the losses of the steps before are left out",
    ONE_PATH: "the paths through the other steps, or through the output, are left out",
    OWN_PATH: "the paths through the gates and the other states are left out",
    SHARE: "it is not the whole gradient: the sum over all steps is",
    TRUNCATED: "the terms through time are lost: no step learns from a later one",
    SCALAR_STATE: "with more hidden units the factors do not commute, and a matrix or a transpose is missing",
    THIS_WORD: "another word makes it wrong",
    DIAGONAL: "multiplied as it is written, a matrix would be a vector; write diag(…) or ⊙",
    ENTRYWISE: "multiplied as it is written, the shapes do not fit; write ⊙",
    VALUE_FORM: "read as written, the function is differentiated at its own value",
    RECURRENT: "for a parameter outside the recurrence terms are missing",
    OWN_ROW: "the whole derivative has an axis more; multiplied as it is written, the factor stands on the wrong side",
}
