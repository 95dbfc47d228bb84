"""What the targets of a page may be: entries that sum to one where the cross-entropy of a softmax is taken with them.

A logarithm alone says nothing: the targets of a binary or multi-label cross-entropy are any numbers.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from derive.kernel.exact import PRIME
from derive.kernel.field import Undecidable
from derive.kernel.gradients import Evaluator
from derive.kernel.index import Unbound, letter
from derive.kernel.points import random_point
from derive.kernel.rewriting import walk
from derive.kernel.tensor import contracted
from derive.kernel.terms import Apply, Einsum, Entry, Malformed, Power, Quantity, Ref, Term

LAST = 3  # layer of the point at which conventions are chosen


def with_distributions(system: dict[str, Quantity]) -> list[str]:
    """Marks the targets of a softmax with cross-entropy as distributions; their names."""
    made = [name for name, quantity in system.items() if quantity.cases]
    outputs = {name for name in made if sums_to_one(system, name)}
    last = {name for name in made if name in outputs or sums_to_one(system, name, LAST)}  # softmax in the last layer
    found = []
    for quantity in list(system.values()):
        for _, term in quantity.cases:
            for part in walk(term):
                for target in _against_log(part, outputs, last):
                    given = system.get(target)
                    if given is not None and not given.cases and given.kind == "real":
                        system[target] = replace(given, kind="simplex")
                        found.append(target)
    return found


def sums_to_one(system: dict[str, Quantity], name: str, layer: int = 2) -> bool:
    """Whether the entries of a quantity sum to one along an axis, in one layer: at a random point, which chooses a
    convention and proves nothing."""
    quantity = system[name]
    evaluator = somewhere(system)
    try:
        value = evaluator.quantity((name, tuple(layer if letter_ == "l" else 2 for letter_ in quantity.letters)))
    except (Undecidable, Unbound, Malformed):
        return False
    if not 1 <= len(value.shape) <= 2:
        return False
    names = "ab"[: len(value.shape)]
    for summed in names:
        sums = contracted([value], [names], names.replace(summed, ""), evaluator.field).data
        if all(total == 1 for total in sums):
            return True
    return False


def somewhere(system: dict[str, Quantity]) -> Evaluator:
    """The values of a system at one random point, for three steps and sizes of three: to choose conventions by."""
    sizes: dict[object, int] = {"T": 3, "L": LAST}
    for axis in (axis for q in system.values() for axis in q.axes):
        for letter_, _ in axis.letters:
            if isinstance(letter_, str):
                sizes.setdefault(letter_, 3)
            else:
                sizes |= {(letter_.name, place): 3 for place in range(-8, 12)}
    return Evaluator(random_point(system, sizes, PRIME, 1))


def is_softmax(term: Term) -> bool:
    """Whether a term is e^u / Σ e^u."""
    if not isinstance(term, Einsum) or len(term.operands) != 2:
        return False
    powers, inverse = term.operands
    return (
        isinstance(powers, Apply)
        and powers.function == "exp"
        and isinstance(inverse, Power)
        and inverse.exponent == Fraction(-1)
        and isinstance(inverse.of, Einsum)
        and inverse.of.operands == (powers,)
    )


def _against_log(term: Term, outputs: set[str], last: set[str]) -> list[str]:
    """The quantities that a product multiplies with the logarithm of a softmax."""
    if not isinstance(term, Einsum):
        return []
    flat = [part for operand in term.operands for part in walk(operand)]
    logs = [part for part in flat if isinstance(part, Apply) and part.function == "log"]
    refs = [ref for log in logs if (ref := _ref(log.of)) is not None]
    among = [ref.name in outputs or (ref.name in last and letter("L") in ref.at) for ref in refs]
    if not any(among) and not any(is_softmax(log.of) for log in logs):
        return []
    return [ref.name for operand in term.operands if (ref := _ref(operand)) is not None]


def _ref(term: Term) -> Ref | None:
    while isinstance(term, Entry | Einsum):
        if isinstance(term, Einsum):
            if len(term.operands) != 1:
                return None
            term = term.operands[0]
        else:
            term = term.of
    return term if isinstance(term, Ref) else None
