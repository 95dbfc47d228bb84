r"""Small letters with numbers for entries of an array that has the capital: `w^h_1` and `u_{12}` of `W_h` and `U`; and
`w_1` and `x_1` of the vectors of `w^\top x`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from derive.reading.tree import Product, walk
from derive.understand.mentions import mention
from derive.understand.names import Name, Names


def entries_in_small(names: Names, mentions: Sequence[tuple[int, Name]]) -> dict[str, str]:
    """The names of such entries without their numbers, each with the array. A small letter that stands with indices and
    no number, w^l, is something else; and where x stands alone, so may be x_2, but x_{12} is no entry of a vector."""
    found: dict[str, str] = {}
    bare: dict[tuple[str, ...], set[str]] = {}
    numbered: dict[str, tuple[str, ...]] = {}
    indexed: set[tuple[str, ...]] = set()
    pairs: set[str] = set()
    for _, name in mentions:
        numbers = [item for item in name.mention.items if item.place == "sub" and item.is_number]
        if not numbers:
            bare.setdefault(_words(name.name), set()).add(name.name)
            indexed |= {_words(name.name)} if name.slots else set()
        elif not name.slots:
            stem = names.without_numbers(name.mention)
            numbered[stem] = _words(stem)
            pairs |= {stem} if len(numbers) > 1 else set()
    for stem, words in numbered.items():
        capital = (words[0].capitalize(), *words[1:])
        arrays = bare.get(capital, set())
        if capital != words and len(arrays) == 1 and words not in (indexed if stem in pairs else bare):
            found[stem] = next(iter(arrays))
    heads = [seen for f in names.formulas if (seen := mention(f.sides[0])) is not None and seen.items]
    turned = [name.mention for _, name in mentions if "T" in name.operations and name.mention.items]
    others = {names.without_numbers(seen) for seen in (*heads, *turned) if seen.pattern[0]}  # w_1^T x of a first layer
    return found | {stem: stem for stem in (_vectors(names) & numbered.keys()) - others}


def _vectors(names: Names) -> set[str]:
    r"""The names of both vectors of w^\top x, in small letters."""
    found = set[str]()
    trees = ((f.number, part) for f in names.formulas for side in f.sides for part in walk(side))
    for number, part in trees:
        for before, after in pairwise(part.factors) if isinstance(part, Product) else ():
            pair = [names.read(factor, None, number) for factor in (before, after)]
            small = [name for name in pair if name is not None and name.mention.base.islower()]
            if len(small) == 2 and small[0].operations == ("T",) and not small[1].operations:
                found |= {name.name for name in small}
    return found


def _words(name: str) -> tuple[str, ...]:
    return tuple(re.split(r"[_^@<\s]+", name))
