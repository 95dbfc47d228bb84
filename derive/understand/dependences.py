r"""What a page differentiates and no formula of it defines is any function of what it is differentiated by: f_t of
`\frac{\partial f_t}{\partial c_{t-1}}`, in a claim that holds whatever f_t is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from derive.kernel.index import Index, letter
from derive.kernel.terms import Opaque, Quantity, Ref
from derive.understand.guards import closure, read_by

Place = tuple[str, Mapping[str, Index]]  # a quantity and the indices of its chains
ORDER = 8  # arguments of one such function at most


def any_functions(
    pairs: Sequence[tuple[Place, Place]], system: Mapping[str, Quantity]
) -> dict[str, tuple[Quantity, tuple[str, ...]]]:
    """The quantities that are given at every step and differentiated, as functions of what they are differentiated by
    at this step or an earlier one, and what that is in words; `pairs` are what is differentiated, and by what, each at
    its indices."""
    now = {name: set(read) for name, read in read_by(system, elsewhere=False).items()}
    found: dict[str, list[Ref]] = {}
    for (name, at), (by, there) in pairs:
        quantity, argument = system.get(name), system.get(by)
        if quantity is None or argument is None or quantity.cases or name == by or len(quantity.letters) != 1:
            continue
        slot = quantity.letters[0]
        lag = _lag(at, there) if argument.letters else 0
        if quantity.step != 0 or lag is None or lag > 0 or len(argument.letters) > 1 or "step" not in at:
            continue
        if lag == 0 and name in closure(now).get(by, frozenset()):
            continue  # what it is made of
        index = (letter(slot, lag),) if argument.letters else ()
        axes = tuple(axis.put(dict(zip(argument.letters, index, strict=True))) for axis in argument.axes)
        term = Ref(by, index, axes)
        terms = found.setdefault(name, [])
        if term not in terms and len(terms) < ORDER:
            terms.append(term)
            if lag == 0:
                now[name].add(by)
    return {
        name: (
            replace(system[name], cases=(((), Opaque(name, tuple(terms), system[name].axes)),)),
            tuple(f"{term.name} at {term.at[0]}" if term.at and term.at[0].constant else term.name for term in terms),
        )
        for name, terms in found.items()
    }


def _lag(at: Mapping[str, Index], there: Mapping[str, Index]) -> int | None:
    """How many steps later the second place is; None where their letters differ, or one has no step."""
    if "step" not in at or "step" not in there:
        return None
    gap = there["step"].plus(at["step"], -1)
    return None if gap.letters else gap.constant


__all__ = ["Place", "any_functions"]
