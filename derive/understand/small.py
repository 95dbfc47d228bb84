r"""Small letters with numbers for entries of an array that has the capital: `w^h_1` and `u_{12}` of `W_h` and `U`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from derive.understand.names import Name, Names


def entries_in_small(names: Names, mentions: Iterable[tuple[int, Name]]) -> dict[str, str]:
    """The names of such entries without their numbers, each with the array. A small letter that stands without a number
    too, or an array that stands with one, is something else."""
    found: dict[str, str] = {}
    bare: dict[tuple[str, ...], set[str]] = {}
    numbered: dict[str, tuple[str, ...]] = {}
    for _, name in mentions:
        numbers = [item for item in name.mention.items if item.place == "sub" and item.is_number]
        if not numbers:
            bare.setdefault(_words(name.name), set()).add(name.name)
        elif not name.slots:
            stem = names.without_numbers(name.mention)
            numbered[stem] = _words(stem)
    for stem, words in numbered.items():
        capital = (words[0].capitalize(), *words[1:])
        arrays = bare.get(capital, set())
        is_other = words in bare or capital in numbered.values()
        if capital != words and len(arrays) == 1 and not is_other:
            found[stem] = next(iter(arrays))
    return found


def _words(name: str) -> tuple[str, ...]:
    return tuple(re.split(r"[_^@<\s]+", name))
