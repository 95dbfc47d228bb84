"""Numbers with their nouns, in what the commands and the report say."""

from collections.abc import Sequence


def counted(number: int, noun: str) -> str:
    """Return "1 step" for 1 and the noun "step", "3 steps" for 3; the noun has a regular plural."""
    return f"{number} {noun if number == 1 else noun + 's'}"


def at_lines(lines: Sequence[int]) -> str:
    """Return "at line 24", or "at lines 24, 29"."""
    return f"at line{'' if len(lines) == 1 else 's'} {', '.join(map(str, lines))}"
