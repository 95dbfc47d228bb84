"""What a check found, in words for people."""

from __future__ import annotations

from derive.check.results import Range


def in_words(found: Range) -> str:
    """For which steps and sizes something is known."""
    when = f", for {found.when}" if found.when else ""
    steps = "every T" if found.steps == "all" else f"T = {', '.join(map(str, found.steps))}"
    if found.sizes == "all":
        return f"proved for {steps} and every size{when}"
    sizes = [", ".join(f"{name} = {size}" for name, size in tried.items()) for tried in found.sizes if tried]
    return f"tried: {'; '.join([steps, *sizes])}{when}"
