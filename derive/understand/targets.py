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
from derive.kernel.rewriting import walk, whole_of
from derive.kernel.tensor import contracted
from derive.kernel.terms import Apply, Einsum, Entry, Malformed, Power, Quantity, Ref, Term

LAST = 3  # layer of the point at which conventions are chosen


def with_distributions(system: dict[str, Quantity]) -> list[str]:
    """Marks the targets of a softmax with cross-entropy as distributions, along the axis of the softmax; their
    names."""
    made = [name for name, quantity in system.items() if quantity.cases]
    outputs = {name: axis for name in made if (axis := sums_to_one(system, name)) is not None}
    layered = [name for name in made if name not in outputs and "l" in system[name].letters]
    last = outputs | {name: axis for name in layered if (axis := sums_to_one(system, name, LAST)) is not None}
    found = []
    for quantity in list(system.values()):
        for _, term in quantity.cases:
            for part in walk(term):
                for target, over in _against_log(part, outputs, last):
                    given = system.get(target)
                    if given is not None and not given.cases and given.kind == "real":
                        over = over if over < len(given.axes) else -1
                        system[target] = replace(given, kind="simplex", over=over)
                        found.append(target)
    return found


def sums_to_one(system: dict[str, Quantity], name: str, layer: int = 2) -> int | None:
    """The axis along which the entries of a quantity sum to one, in one layer: at a random point, which chooses a
    convention and proves nothing. None where there is none."""
    quantity = system[name]
    evaluator = somewhere(system)
    try:
        value = evaluator.quantity((name, tuple(layer if letter_ == "l" else 2 for letter_ in quantity.letters)))
    except (Undecidable, Unbound, Malformed):
        return None
    if not 1 <= len(value.shape) <= 2:
        return None
    names = "ab"[: len(value.shape)]
    for axis, summed in enumerate(names):
        sums = contracted([value], [names], names.replace(summed, ""), evaluator.field).data
        if all(total == 1 for total in sums):
            return axis
    return None


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


def _against_log(term: Term, outputs: dict[str, int], last: dict[str, int]) -> list[tuple[str, int]]:
    """The quantities that a product multiplies with the logarithm of a softmax, which may be one in the last layer
    alone, and the axis of that."""
    if not isinstance(term, Einsum):
        return []
    flat = [part for operand in term.operands for part in walk(operand)]
    logs = [part for part in flat if isinstance(part, Apply) and part.function == "log"]
    wholes = [whole_of(log.of) for log in logs]
    axes = [_normalised(of) if is_softmax(of) else _axis(_ref(of), outputs, last) for of in wholes]
    over = next((axis for axis in axes if axis is not None), None)
    if over is None:
        return []
    return [(ref.name, over) for operand in term.operands if (ref := _ref(operand)) is not None]


def _axis(ref: Ref | None, outputs: dict[str, int], last: dict[str, int]) -> int | None:
    """The axis along which a quantity sums to one where it stands."""
    if ref is None:
        return None
    return last.get(ref.name) if letter("L") in ref.at else outputs.get(ref.name)


def _normalised(term: Term) -> int:
    """The axis of a softmax."""
    assert isinstance(term, Einsum)
    powers, inverse = term.labels
    return next((n for n, label in enumerate(powers) if label not in inverse), -1)


def _ref(term: Term) -> Ref | None:
    while isinstance(term, Entry | Einsum):
        if isinstance(term, Einsum):
            if len(term.operands) != 1:
                return None
            term = term.operands[0]
        else:
            term = term.of
    return term if isinstance(term, Ref) else None
