r"""Σ over a letter of entries as the contraction that it is: `\sum_k A_{ik} B_{kj}` is entry (i, j) of A B.

Summing entry by entry, every term is evaluated for each value of every letter around it; as a contraction once.
"""

from __future__ import annotations

from dataclasses import replace

from derive.kernel.index import Index, letter
from derive.kernel.terms import Add, Apply, Derivative, Einsum, Entry, Fold, Identity, Indicator, Ones, Power, Term

PLACE = "a"  # the label of the axis that a letter becomes


def contracted(fold: Fold) -> Term:
    """A sum over all entries as a contraction; the sum itself where it is more than that."""
    if fold.op != "sum" or fold.low != Index(1) or fold.body.axes:
        return fold
    along = _along(fold.body, fold.letter, fold.high)
    return fold if along is None else Einsum((along,), (PLACE,), "")


def _along(term: Term, name: str, extent: Index) -> Term | None:
    """The array of a scalar's values for all values of a letter; None where the letter does more than pick entries."""
    if name not in term.letters:
        return Einsum((term, Ones((extent,))), ("", PLACE), PLACE)
    match term:
        case Entry(of, picks):
            return _entry(of, picks, name, extent)
        case Einsum(operands, labels, "") if not any(labels):
            return _product(operands, name, extent)
        case Einsum((inner,), (labels,), "") if len(labels) == 1 and isinstance(inner, Einsum):
            return _inner_sum(inner, name, extent)
        case Add(parts):
            arrays = [_along(part, name, extent) for part in parts]
            return None if None in arrays else Add(tuple(array for array in arrays if array is not None))
        case Apply(_, of, _, at) if not any(name in index.names for index in at):
            inside = _along(of, name, extent)
            return None if inside is None else replace(term, of=inside)
        case Power(of, exponent) if not isinstance(exponent, Index):
            inside = _along(of, name, extent)
            return None if inside is None else Power(inside, exponent)
        case Indicator((comparison,)) if comparison.op == "=":
            for mine, other in ((comparison.left, comparison.right), (comparison.right, comparison.left)):
                if mine == letter(name) and name not in other.names:
                    return Entry(Identity(extent), (None, other))
    return None


def _entry(of: Term, picks: tuple[Index | None, ...], name: str, extent: Index) -> Term | None:
    places = [n for n, pick in enumerate(picks) if pick is not None and name in pick.names]
    if name in of.letters:
        if places or not isinstance(of, Derivative) or of.of.axes or name in of.wrt.letters:
            return None
        inside = _along(of.of, name, extent)
        return None if inside is None else Entry(replace(of, of=inside), (None, *picks))
    if len(places) != 1 or picks[places[0]] != letter(name) or of.axes[places[0]] != extent or None in picks:
        return None
    return Entry(of, tuple(None if n == places[0] else pick for n, pick in enumerate(picks)))


def _product(operands: tuple[Term, ...], name: str, extent: Index) -> Term | None:
    arrays, labels = [], []
    for operand in operands:
        holds = name in operand.letters
        array = _along(operand, name, extent) if holds else operand
        if array is None:
            return None
        arrays.append(array)
        labels.append(PLACE if holds else "")
    return Einsum(tuple(arrays), tuple(labels), PLACE)


def _inner_sum(inner: Einsum, name: str, extent: Index) -> Term | None:
    """A sum inside, which is a contraction already: its factors with one more axis."""
    if inner.out != PLACE or not set(inner.labels) <= {PLACE, ""}:
        return None
    arrays, labels = [], []
    for operand, label in zip(inner.operands, inner.labels, strict=True):
        if name not in operand.letters:
            arrays.append(operand)
            labels.append(label and "b")
            continue
        if not label:
            array, new = _along(operand, name, extent), PLACE
        elif isinstance(operand, Entry) and operand.picks.count(None) == 1 and name not in operand.of.letters:
            places = [n for n, pick in enumerate(operand.picks) if pick == letter(name)]
            shared = any(pick is not None and pick != letter(name) and name in pick.names for pick in operand.picks)
            if len(places) != 1 or shared or operand.of.axes[places[0]] != extent:
                return None
            free = operand.picks.index(None)
            array = Entry(operand.of, tuple(None if n == places[0] else pick for n, pick in enumerate(operand.picks)))
            new = "ba" if free < places[0] else "ab"
        else:
            return None
        if array is None:
            return None
        arrays.append(array)
        labels.append(new)
    return Einsum(tuple(arrays), tuple(labels), PLACE)
