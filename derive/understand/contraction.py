"""Σ over the letter of an entry as a contraction of whole axes: Σ_m V_{lm} h_m is the entry l of V h.

A sum that is written entry by entry then costs what the product of the arrays costs, and not one evaluation for every
value of all its letters.
"""

from __future__ import annotations

from derive.kernel.index import Index, letter
from derive.kernel.terms import LABELS, Einsum, Entry, Fold, Term


def summed(name: str, extent: Index, body: Term) -> Term:
    """Σ of `body` for the letter `name` from 1 to `extent`, an axis."""
    contracted = _contracted(name, body)
    return contracted if contracted is not None else Fold("sum", name, Index(1), extent, body)


def _contracted(name: str, body: Term) -> Term | None:
    """The contraction that a sum is; None where the letter stands elsewhere than as the place of an entry."""
    operands, labels = _factors(body)
    used = set("".join(labels))
    fresh = next(label for label in LABELS if label not in used)
    found: list[tuple[Term, str]] = []
    for operand, own in zip(operands, labels, strict=True):
        if name not in operand.letters:
            found.append((operand, own))
            continue
        if not isinstance(operand, Entry) or name in operand.of.letters:
            return None
        picks, names, rest = [], "", iter(own)
        for pick in operand.picks:
            if pick == letter(name):
                picks.append(None)
                names += fresh
            elif pick is not None and name in pick.names:
                return None
            else:
                picks.append(pick)
                names += next(rest) if pick is None else ""
        if names.count(fresh) > 1:
            return None
        found.append((operand.of if all(pick is None for pick in picks) else Entry(operand.of, tuple(picks)), names))
    if not any(fresh in names for _, names in found):
        return None
    return Einsum(tuple(term for term, _ in found), tuple(names for _, names in found), "")


def _factors(body: Term) -> tuple[list[Term], list[str]]:
    """The factors of a scalar product, those of products within it too, with labels that are their own."""
    if not isinstance(body, Einsum) or body.out:
        return [body], [""]
    operands: list[Term] = []
    labels: list[str] = []
    taken: set[str] = set()
    renamed: dict[str, str] = {}
    for label in dict.fromkeys("".join(body.labels)):
        renamed[label] = next(free for free in LABELS if free not in taken)
        taken.add(renamed[label])
    for operand, own in zip(body.operands, body.labels, strict=True):
        names = "".join(renamed[label] for label in own)
        inner = _factors(operand) if not own and isinstance(operand, Einsum) and not operand.out else None
        if inner is None:
            operands.append(operand)
            labels.append(names)
            continue
        again: dict[str, str] = {}
        for label in dict.fromkeys("".join(inner[1])):
            again[label] = next(free for free in LABELS if free not in taken)
            taken.add(again[label])
        operands += inner[0]
        labels += ["".join(again[label] for label in names) for names in inner[1]]
    return operands, labels
