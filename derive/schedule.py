"""The order of an array program: what is a loop, what runs at all steps at once, and when.

All definitions form one graph of reads between values at neighbouring steps. Its cycles are the recurrences, and each
becomes a loop over t; everything else runs at all steps at once. (Loop distribution: Allen and Kennedy, "Automatic
translation of Fortran programs to vector form", 1987.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from derive.algebra.array import Array, at_step, last, t
from derive.algebra.model import Equation
from derive.program import Block, reads

Definitions = dict[str, Array]  # name -> right side at step t


def dependencies(names: Iterable[str], definitions: Definitions, ends: Mapping[str, str] | None = None) -> set[str]:
    """The defined ones of these names, and all that they depend on at any step; `ends` are as in `Program`."""
    found: set[str] = set()
    ahead = [name for name in names if name in definitions]
    while ahead:
        if (name := ahead.pop()) not in found:
            found.add(name)
            ahead.extend(leaf.name for leaf in reads(definitions[name]) if leaf.name in definitions)
            ahead.extend([ends[name]] if ends and name in ends else [])
    return found


def is_once(array: Array) -> bool:
    """Whether the expression stands at the last step alone, or at the first."""
    return any(not leaf.step.has(t) for leaf in reads(array))


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


def blocks(definitions: Definitions, ends: Mapping[str, str]) -> tuple[Block, ...]:
    """The definitions in blocks: each recurrence in a loop, values of the whole run by themselves, all else at all
    steps at once and as early as it can be."""
    recurrent = cycles(definitions)
    once = {name for name, expression in definitions.items() if is_once(expression)}
    apart = once | recurrent.keys()

    @cache
    def place(name: str) -> int:
        """Even for what runs at all steps at once, odd for loops and for values of the whole run."""
        group = recurrent.get(name, frozenset([name]))
        before = {leaf.name for n in group for leaf in reads(definitions[n])} & definitions.keys() - group
        before |= {ends[n] for n in group if n in ends}
        at = max((place(other) + (other in apart and not {other, name} <= once) for other in before), default=0)
        return at + 1 if name in apart and at % 2 == 0 else at

    def direction(name: str) -> int:
        cycle = recurrent.get(name, frozenset())
        return int(sum({t - leaf.step for n in cycle for leaf in reads(definitions[n]) if leaf.name in cycle}))

    ordered = _in_order(definitions, recurrent)
    keys = {name: (place(name), -direction(name), name in once) for name in ordered}
    return tuple(
        Block(-way, tuple(Equation(n, at_step(definitions[n], t, of=last)) for n in ordered if keys[n] == key), single)
        for key in sorted(set(keys.values()))
        for _, way, single in [key]
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
