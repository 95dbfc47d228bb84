"""The assumptions under which a claim can hold, by the names that verdicts and legends give them."""

ZERO_START, TARGET_UNIT, SAME_TARGET, SINGLE_PATH = "zero-start", "target-unit", "same-target", "single-path"
TRUNCATED, SCALAR_STATE, THIS_WORD = "truncated", "scalar-state", "this-word"
ONE_HOT, LAST_LOSS, ONE_PATH, SHARE = "one-hot-target", "last-step-loss", "one-path", "share-of-step"
OWN_PATH = "own-path"
OF_NETWORKS = (
    ZERO_START, TARGET_UNIT, SAME_TARGET, SINGLE_PATH, ONE_HOT, LAST_LOSS, ONE_PATH, OWN_PATH, SHARE, TRUNCATED,
    SCALAR_STATE, THIS_WORD,
)  # fmt: skip
DIAGONAL, VALUE_FORM, ENTRYWISE = "vector-for-diagonal", "value-form", "entry-by-entry"
RECURRENT, OWN_ROW = "recurrent-parameter", "own-row"
OF_READINGS = (DIAGONAL, VALUE_FORM, ENTRYWISE, RECURRENT, OWN_ROW)  # true only if that is what is meant
ASSUMPTIONS = OF_NETWORKS + OF_READINGS
PARTIAL = frozenset((LAST_LOSS, ONE_PATH, OWN_PATH, SHARE, TRUNCATED, THIS_WORD))  # under which something is left out:
# a loss, a path, a step; or another word
Assumptions = frozenset[str]
