"""Where recursions end: what they read before the first step or layer, or after the last, is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from derive.kernel.index import Comparison, Condition, Index, letter
from derive.kernel.rewriting import walk
from derive.kernel.terms import Derivative, Quantity, Ref


def end_recursions(system: dict[str, Quantity]) -> None:
    """Where a recursion ends: what it reads before the first step or layer, or after the last, is given."""
    reads: dict[str, set[tuple[str, int, int]]] = {}
    for key, quantity in system.items():
        reads[key] = set()
        for _, term in quantity.cases:
            for part in walk(term):
                if isinstance(part, Ref):
                    for place, index in enumerate(part.at):
                        for slot in quantity.letters:
                            if dict(index.letters).get(slot) == 1 and len(index.letters) == 1 and index.constant:
                                reads[key].add((part.name, index.constant, place))
                    if not any(index.constant for index in part.at):
                        reads[key].add((part.name, 0, 0))
    reach = closure({key: {name for name, _, _ in found} for key, found in reads.items()})
    for key in list(system):
        quantity = system[key]
        if not quantity.cases or key not in reach.get(key, set()):
            continue
        conditions: list[Comparison] = []
        for reader, found in reads.items():
            if key not in reach.get(reader, set()) or reader not in reach.get(key, set()):
                continue
            for name, offset, place in found:
                if name == key and offset and place < len(quantity.letters):
                    here = letter(quantity.letters[place])
                    last = letter("T" if quantity.letters[place] == "t" else "L")
                    first = Index(0 if _starts_at_zero(system, quantity, place) else 1)
                    conditions.append(Comparison(here, "ge", first) if offset < 0 else Comparison(here, "le", last))
        if conditions and not any(isinstance(p, Derivative) for _, term in quantity.cases for p in walk(term)):
            guard: Condition = tuple(dict.fromkeys(conditions))
            cases = []
            for condition, term in quantity.cases:
                fixed = {c.left for c in condition if c.op == "="}  # h_0 = … says what it is there
                cases.append(((*condition, *(g for g in guard if g.left not in fixed)), term))
            system[key] = replace(quantity, cases=tuple(cases))


def _starts_at_zero(system: Mapping[str, Quantity], quantity: Quantity, place: int) -> bool:
    """Whether what a quantity reads at its own place has an equation of its own at place 0, a_0 = w x_0 + b beside
    h_t = tanh(a_t): then the network runs there too."""
    own = tuple(letter(name) for name in quantity.letters)
    beside = {
        part.name
        for _, term in quantity.cases
        for part in walk(term)
        if isinstance(part, Ref) and part.at == own and part.name in system
    }
    return any(
        Comparison(letter(system[name].letters[place]), "=", Index(0)) in condition
        and any(isinstance(part, Ref) and Index(0) in part.at for part in walk(term))
        for name in beside
        for condition, term in system[name].cases
    )


Reads = Mapping[str, frozenset[str]]  # of each quantity, others


def read_by(system: Mapping[str, Quantity], elsewhere: bool = True) -> Reads:
    """What the definitions of each quantity read, at its own step and layer or `elsewhere`."""
    if elsewhere:
        return {key: quantity.reads for key, quantity in system.items()}
    refs = {
        key: [part for _, term in quantity.cases for part in term.atoms if isinstance(part, Ref)]
        for key, quantity in system.items()
    }
    return {
        key: frozenset(ref.name for ref in found if not any(index.constant for index in ref.at))
        for key, found in refs.items()
    }


def closure(reads: Mapping[str, Iterable[str]]) -> Reads:
    """What each name reads, directly or not."""
    return _closed(frozenset((key, frozenset(names)) for key, names in reads.items()))


@lru_cache(maxsize=64)
def _closed(reads: frozenset[tuple[str, frozenset[str]]]) -> Reads:
    found = {key: set(names) for key, names in reads}
    changed = True
    while changed:
        changed = False
        for names in found.values():
            more = set().union(*(found.get(name, set()) for name in names)) - names
            if more:
                names |= more
                changed = True
    return {key: frozenset(names) for key, names in found.items()}
