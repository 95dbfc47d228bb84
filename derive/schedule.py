"""The order of an array program: what is a loop, what runs at all steps at once, and when.

All definitions form one graph of reads between values at neighbouring steps. Its cycles are the recurrences, and each
becomes a loop over t; everything else runs at all steps at once. (Loop distribution: Allen and Kennedy, "Automatic
translation of Fortran programs to vector form", 1987.)
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from derive.algebra.array import Array, t
from derive.algebra.model import Equation
from derive.program import Block, reads

Definitions = dict[str, Array]  # name -> right side at step t


def dependencies(names: Iterable[str], definitions: Definitions) -> set[str]:
    """The defined ones of these names, and all that they depend on at any step."""
    found: set[str] = set()
    ahead = [name for name in names if name in definitions]
    while ahead:
        if (name := ahead.pop()) not in found:
            found.add(name)
            ahead.extend(leaf.name for leaf in reads(definitions[name]) if leaf.name in definitions)
    return found


def cycles(definitions: Definitions) -> dict[str, frozenset[str]]:
    """For each value that depends on itself at another step: all those with which it does so."""
    reach = {
        name: dependencies((leaf.name for leaf in reads(expression)), definitions)
        for name, expression in definitions.items()
    }
    return {
        name: frozenset(other for other in reach[name] if name in reach[other])
        for name in definitions
        if name in reach[name]
    }


def blocks(definitions: Definitions) -> tuple[Block, ...]:
    """The definitions in blocks: each recurrence in a loop, all else at all steps at once and as early as it can be."""
    recurrent = cycles(definitions)

    @cache
    def place(name: str) -> int:
        """Even for what runs at all steps at once, odd for loops."""
        group = recurrent.get(name, frozenset([name]))
        before = {leaf.name for n in group for leaf in reads(definitions[n])} & definitions.keys() - group
        at = max((place(other) + (other in recurrent) for other in before), default=0)
        return at + 1 if name in recurrent else at

    def direction(name: str) -> int:
        cycle = recurrent.get(name, frozenset())
        return int(sum({t - leaf.step for n in cycle for leaf in reads(definitions[n]) if leaf.name in cycle}))

    ordered = _in_order(definitions, recurrent)
    keys = sorted({(place(name), direction(name)) for name in ordered})
    return tuple(
        Block(way, tuple(Equation(n, definitions[n]) for n in ordered if (place(n), direction(n)) == (at, way)))
        for at, way in keys
    )


def _in_order(definitions: Definitions, recurrent: dict[str, frozenset[str]]) -> list[str]:
    """The names, each after those that it reads, but for a recurrence's reads at other steps; what a loop carries back
    comes last in it, after those that read it from the step before."""
    ordered: dict[str, None] = {}

    def place(name: str) -> None:
        if name not in ordered:
            for leaf in reads(definitions[name]):
                if leaf.name in definitions and (leaf.step == t or leaf.name not in recurrent.get(name, ())):
                    place(leaf.name)
            ordered[name] = None

    for name in sorted(definitions, key=lambda name: name.startswith("carried_")):
        place(name)
    return list(ordered)
