"""What a check found, in words for people."""

from __future__ import annotations

from derive.check.results import Range


def in_words(found: Range) -> str:
    """For which steps and sizes something is known."""
    when = f", for {found.when}" if found.when else ""
    steps = f"every {found.last}" if found.steps == "all" else f"{found.last} = {', '.join(map(str, found.steps))}"
    runs = [steps] if found.last else []
    if found.sizes == "all":
        runs += ["every number of layers"] if found.layered else []
        return f"proved for {' and '.join([*filter(None, [', '.join(runs)]), 'every size'])}{when}"
    sizes = [", ".join(f"{name} = {size}" for name, size in tried.items()) for tried in found.sizes if tried]
    return f"tried: {'; '.join([*runs, *sizes]) or 'at single numbers'}{when}"
