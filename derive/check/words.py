"""What a check found, in words for people."""

from __future__ import annotations

from collections.abc import Sequence

from derive.check.results import Range


def in_words(found: Range) -> str:
    """For which steps and sizes something is known."""
    when = f", for {found.when}" if found.when else ""
    steps = f"every {found.last}" if found.steps == "all" else f"{found.last} = {', '.join(map(str, found.steps))}"
    runs = [steps] if found.last else []
    if found.sizes == "all":
        runs += ["every number of layers"] if found.layered else []
        return f"proved for {listed([*runs, 'every size'])}{when}"
    sizes = [", ".join(f"{name} = {size}" for name, size in tried.items()) for tried in found.sizes if tried]
    return f"tried: {'; '.join([*runs, *sizes]) or 'at single numbers'}{when}"


def listed(things: Sequence[str]) -> str:
    """Things in a sentence: a; a and b; a, b and c."""
    *before, last = things
    return f"{', '.join(before)} and {last}" if before else last
