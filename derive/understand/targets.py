"""What the targets of a page may be: entries that sum to one where the cross-entropy of a softmax is taken with them.

A logarithm alone says nothing: the targets of a binary or multi-label cross-entropy are any numbers.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from derive.kernel.terms import Apply, Einsum, Entry, Power, Quantity, Ref, Term, walk


def with_distributions(system: dict[str, Quantity]) -> list[str]:
    """Marks the targets of a softmax with cross-entropy as distributions; their names."""
    outputs = {name for name, quantity in system.items() if any(is_softmax(term) for _, term in quantity.cases)}
    found = []
    for quantity in list(system.values()):
        for _, term in quantity.cases:
            for part in walk(term):
                for target in _against_log(part, outputs):
                    given = system.get(target)
                    if given is not None and not given.cases and given.kind == "real":
                        system[target] = replace(given, kind="simplex")
                        found.append(target)
    return found


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


def _against_log(term: Term, outputs: set[str]) -> list[str]:
    """The quantities that a product multiplies with the logarithm of a softmax."""
    if not isinstance(term, Einsum):
        return []
    flat = [part for operand in term.operands for part in walk(operand)]
    logs = [part for part in flat if isinstance(part, Apply) and part.function == "log"]
    if not any(is_softmax(log.of) or _name(log.of) in outputs for log in logs):
        return []
    return [name for operand in term.operands if (name := _name(operand)) is not None]


def _name(term: Term) -> str | None:
    while isinstance(term, Entry | Einsum):
        if isinstance(term, Einsum):
            if len(term.operands) != 1:
                return None
            term = term.operands[0]
        else:
            term = term.of
    return term.name if isinstance(term, Ref) else None
