r"""Small letters with numbers for entries of an array that has the capital: `w^h_1` and `u_{12}` of `W_h` and `U`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from derive.understand.names import Name, Names


def entries_in_small(names: Names, mentions: Iterable[tuple[int, Name]]) -> dict[str, str]:
    """The names of such entries without their numbers, each with the array. A small letter that stands with indices and
    no number, w^l, is something else."""
    found: dict[str, str] = {}
    bare: dict[tuple[str, ...], set[str]] = {}
    numbered: dict[str, tuple[str, ...]] = {}
    indexed: set[tuple[str, ...]] = set()
    for _, name in mentions:
        numbers = [item for item in name.mention.items if item.place == "sub" and item.is_number]
        if not numbers:
            bare.setdefault(_words(name.name), set()).add(name.name)
            indexed |= {_words(name.name)} if name.slots else set()
        elif not name.slots:
            stem = names.without_numbers(name.mention)
            numbered[stem] = _words(stem)
    for stem, words in numbered.items():
        capital = (words[0].capitalize(), *words[1:])
        arrays = bare.get(capital, set())
        if capital != words and len(arrays) == 1 and words not in indexed:
            found[stem] = next(iter(arrays))
    return found


def _words(name: str) -> tuple[str, ...]:
    return tuple(re.split(r"[_^@<\s]+", name))
