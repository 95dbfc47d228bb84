r"""A sum over one axis as NumPy has it: `np.sum(dZ, axis=1, keepdims=True)` is dZ 1, and `np.sum(dZ, axis=0)` 1ᵀ dZ.

Another argument leaves the formula as it stands.
"""

from __future__ import annotations

from itertools import accumulate, pairwise

from lark import Token

from derive.reading.lexeme import changed, lexeme
from derive.reading.vocabulary import DEPTH

CALLED = "np.sum"
AXES = {"axis=0": 0, "axis=1": 1}
IDLE = frozenset(("keepdims=True", "keepdims=False"))  # a column or row is a vector here


def with_array_sums(tokens: list[Token]) -> list[Token]:
    """The tokens with products with ones for such sums."""
    written: list[Token] = []
    index = 0
    while index < len(tokens):
        opening = _opening(tokens, index)
        call = _call(tokens, opening) if opening else None
        if call is None:
            written.append(tokens[index])
            index += 1
            continue
        end, body, axis = call
        place = (tokens[index].start_pos or 0, tokens[end].end_pos or 0)
        ones = lexeme("NAME", "one", place)
        turned = [ones, lexeme("SUP", "^", place), lexeme("NAME", "top", place)]
        inner = [changed(tokens[opening], span=place), *with_array_sums(body), changed(tokens[end], span=place)]
        written += [*inner, ones] if axis == 1 else [*turned, *inner]
        index = end + 1
    return written


def _opening(tokens: list[Token], start: int) -> int:
    """Where the bracket of a call that begins at `start` opens; 0 where none begins."""
    spelled = ""
    for index in range(start, min(start + len(CALLED) + 1, len(tokens))):
        if spelled == CALLED:
            return index if tokens[index].type == "OPEN" and tokens[index] == "(" else 0
        spelled += tokens[index]
        if not CALLED.startswith(spelled):
            break
    return 0


def _call(tokens: list[Token], opening: int) -> tuple[int, list[Token], int] | None:
    """Where a call ends, what it sums, and over which axis; None where an argument says something else."""
    depths = [*accumulate(DEPTH.get(token.type, 0) for token in tokens[opening:])]
    if 0 not in depths:
        return None
    end = opening + depths.index(0)
    commas = [
        opening + n for n, depth in enumerate(depths[: end - opening]) if depth == 1 and tokens[opening + n] == ","
    ]
    options = {"".join(tokens[comma + 1 : stop]) for comma, stop in pairwise([*commas, end])}
    axes = [AXES[option] for option in options & AXES.keys()]
    if len(axes) != 1 or not options - AXES.keys() <= IDLE:
        return None
    return end, tokens[opening + 1 : commas[0]], axes[0]
