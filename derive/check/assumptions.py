"""The assumptions under which a claim can hold, by the names that verdicts and legends give them."""

ZERO_START, TARGET_UNIT, SAME_TARGET, SINGLE_PATH = "zero-start", "target-unit", "same-target", "single-path"
TRUNCATED, SCALAR_STATE, THIS_WORD = "truncated", "scalar-state", "this-word"
RECURRENT = "recurrent-parameter"
OF_NETWORKS = (ZERO_START, TARGET_UNIT, SAME_TARGET, SINGLE_PATH, TRUNCATED, SCALAR_STATE, THIS_WORD)
DIAGONAL, ENTRYWISE = "vector-for-diagonal", "entry-by-entry"
OF_READINGS = (DIAGONAL, ENTRYWISE, RECURRENT)  # true only if that is what is meant
ASSUMPTIONS = OF_NETWORKS + OF_READINGS
Assumptions = frozenset[str]
