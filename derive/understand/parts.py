r"""Names that a page gives to a part of another equation: `s_t = \tanh(U x_t + W s_{t-1})` with `h_t = U x_t + W
s_{t-1}` is `s_t = \tanh(h_t)`, or ∂s_t/∂h_t would be nothing.

A part is one where the terms are the same but for the order of sums. Whole right sides stay: two names for one
formula are two quantities. A function of one quantity alone is a part where its name would stand for nothing else:
`a_t = \tanh(c_t)` beside `h_t = o_t \odot \tanh(c_t)` on a page with ∂L/∂a_t.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from contextlib import suppress
from dataclasses import replace
from itertools import permutations

from derive.kernel.index import Index, letter
from derive.kernel.rewriting import mapped, put, walk
from derive.kernel.terms import Add, Apply, Build, Derivative, Einsum, Entry, Malformed, Quantity, Ref, Term
from derive.understand.entry_forms import entry_form


def with_named_parts(system: Mapping[str, Quantity], differentiated: Set[str] = frozenset()) -> dict[str, Quantity]:
    """The system in which every part that has a name of its own is read by that name; the page differentiates by some
    of them."""
    unread = differentiated - set[str]().union(*(quantity.reads for quantity in system.values()))
    named = {
        canonical(term): Ref(key, tuple(letter(n) for n in quantity.letters), quantity.axes)
        for key, quantity in system.items()
        if len(quantity.cases) == 1 and _is_telling(term := quantity.cases[0][1], 1 if key in unread else 2)
    }
    found = {
        key: replace(quantity, cases=tuple((c, _within(term, named, quantity.letters)) for c, term in quantity.cases))
        for key, quantity in system.items()
    }
    unread -= set[str]().union(*(quantity.reads for quantity in found.values()))
    for key in sorted(unread & found.keys()):
        found = _read_by_entries(found, key)
    return found


def _read_by_entries(system: dict[str, Quantity], key: str) -> dict[str, Quantity]:
    """The system in which a name that nothing reads is read wherever a part is what it is, entry by entry: z = W x + b
    beside a_j = σ(Σ_k W_{jk} x_k + b_j)."""
    quantity = system[key]
    if len(quantity.cases) != 1 or not _is_telling(term := quantity.cases[0][1], 2):
        return system
    ref = Ref(key, tuple(map(letter, quantity.letters)), quantity.axes)

    def named(part: Term) -> Term:
        for places in _places(part, ref):
            at = () if places else tuple(letter(f"axis {n}") for n in range(len(ref.axes)))
            with suppress(Malformed):  # a letter of the places is bound within
                if part.atoms and entry_form(part, at) == entry_form(term, places or at):
                    return Entry(ref, places) if places else ref
        return mapped(part, named)

    return {
        other: of if other == key else replace(of, cases=tuple((c, mapped(term, named)) for c, term in of.cases))
        for other, of in system.items()
    }


def _places(part: Term, ref: Ref) -> Iterator[tuple[Index, ...]]:
    """The places at which a part may be an entry of an array; none where it may be the array."""
    if part.axes == ref.axes:
        yield ()
    elif not part.axes:
        picks = (pick for entry in walk(part) if isinstance(entry, Entry) for pick in entry.picks if pick is not None)
        letters = sorted({name for pick in picks for name in pick.names})
        yield from permutations(map(letter, letters), len(ref.axes))


def by_what_they_name(term: Term, system: Mapping[str, Quantity]) -> Term:
    r"""A term in which what is differentiated by has its name where its formula stands:
    `\frac{\partial f(U x_t + W s_{t-1})}{\partial h_t}` is `\frac{\partial f(h_t)}{\partial h_t}`."""
    term = mapped(term, lambda part: by_what_they_name(part, system))
    if not isinstance(term, Derivative) or isinstance(term.of, Ref) or term.wrt in term.of.atoms:
        return term
    quantity = system.get(term.wrt.name)
    if quantity is None or len(quantity.cases) != 1 or not _is_telling(formula := quantity.cases[0][1], 2):
        return term
    here = put(formula, dict(zip(quantity.letters, term.wrt.at, strict=True)))
    return replace(term, of=_named(term.of, {canonical(here): term.wrt}, tuple(sorted(term.of.letters))))


def _is_telling(term: Term, least: int) -> bool:
    """Whether a formula is none that one writes by chance: it combines so many quantities, and takes no derivative."""
    parts = list(walk(term))
    if any(isinstance(part, Derivative) for part in parts) or not isinstance(term, Add | Einsum | Apply | Build):
        return False
    return sum(isinstance(part, Ref) for part in parts) >= least


def _within(term: Term, named: Mapping[Term, Ref], letters: tuple[str, ...]) -> Term:
    """The term with the parts inside it, not itself, read by name."""
    return mapped(term, lambda part: _named(part, named, letters))


def _named(term: Term, named: Mapping[Term, Ref], letters: tuple[str, ...]) -> Term:
    ref = named.get(canonical(term))
    if ref is not None and ref.axes == term.axes and ref.letters <= term.letters | set(letters):
        return ref
    return mapped(term, lambda part: _named(part, named, letters))


def canonical(term: Term) -> Term:
    """The term with its sums in one order."""
    term = mapped(term, canonical)
    if isinstance(term, Add):
        return Add(tuple(sorted(term.terms, key=repr)))
    return term
