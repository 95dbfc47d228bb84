"""What a check found, in words for people."""

from __future__ import annotations

from derive.check.results import Range


def in_words(found: Range) -> str:
    """For which steps and sizes something is known."""
    when = f", for {found.when}" if found.when else ""
    if found.steps == "all" and found.sizes == "all":
        return f"proved for every T and every size{when}"
    said = []
    if found.steps != "all":
        said.append("T = " + ", ".join(map(str, found.steps)))
    if found.sizes != "all":
        said += [", ".join(f"{name} = {size}" for name, size in sizes.items()) for sizes in found.sizes if sizes]
    return f"tried: {'; '.join(said)}{when}"
