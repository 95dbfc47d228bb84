"""Terms walked through, changed and put together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from operator import is_

from derive.kernel.index import Index
from derive.kernel.terms import LABELS, Axes, Build, Einsum, Entry, Fold, Malformed, Number, Ones, Term


def walk(term: Term) -> Iterator[Term]:
    """The term and every term inside it."""
    waiting = [term]
    while waiting:
        term = waiting.pop()
        yield term
        waiting.extend(reversed(term.parts))


def put(term: Term, letters: Mapping[str, Index]) -> Term:
    """The term with indices put for free letters (none of them may be bound inside)."""
    letters = {name: index for name, index in letters.items() if name in term.letters}
    if not letters:
        return term

    def moved(value: object) -> object:
        if isinstance(value, Term):
            return put(value, letters)
        if isinstance(value, Index):
            return value.put(letters)
        if isinstance(value, tuple):
            return tuple(moved(item) for item in value)
        if hasattr(value, "put"):
            return value.put(letters)
        return value

    if isinstance(term, Fold | Build):
        inner = {name: index for name, index in letters.items() if name in term.body.letters - {term.letter}}
        if any(term.letter in index.names for index in inner.values()):
            raise Malformed(f"the letter {term.letter} is bound here")
        body = put(term.body, inner)
        if isinstance(term, Build):
            return replace(term, extent=term.extent.put(letters), body=body)
        return replace(term, low=term.low.put(letters), high=term.high.put(letters), body=body)
    return type(term)(*[moved(getattr(term, name)) for name in term.__dataclass_fields__])


def whole_of(term: Term) -> Term:
    """What a term is an entry of, or the term itself."""
    while isinstance(term, Entry):
        term = term.of
    return term


def mapped(term: Term, change: Callable[[Term], Term]) -> Term:
    """The term with every term directly inside it changed; itself where none is."""

    def within(value: object) -> object:
        if isinstance(value, Term):
            return next(new)
        return tuple(map(within, value)) if type(value) is tuple else value

    changed = [change(part) for part in term.parts]
    if all(map(is_, changed, term.parts)):
        return term
    new = iter(changed)
    return type(term)(*[within(getattr(term, name)) for name in term.__dataclass_fields__])


def replaced(term: Term, new: Mapping[Term, Term]) -> Term:
    """The term with others in the place of some of its parts."""
    if term in new:
        return new[term]
    return mapped(term, lambda part: replaced(part, new)) if new else term


def number(value: Fraction | int) -> Number:
    return Number(Fraction(value))


def scale(term: Term, by: Term) -> Term:
    """The array times a number."""
    labels = LABELS[: len(term.axes)]
    return Einsum((by, term), ("", labels), labels)


def minus(term: Term) -> Term:
    return scale(term, number(-1))


def broadcast(term: Term, axes: Axes) -> Term:
    """A number as an array of these axes, all entries equal."""
    labels = LABELS[: len(axes)]
    return Einsum((term, Ones(axes)), ("", labels), labels) if axes else term
