r"""Names that a page gives to a part of another equation: `s_t = \tanh(U x_t + W s_{t-1})` with `h_t = U x_t + W
s_{t-1}` is `s_t = \tanh(h_t)`, or ∂s_t/∂h_t would be nothing.

A part is one where the terms are the same but for the order of sums. Whole right sides stay: two names for one
formula are two quantities. A function of one quantity alone is a part where its name would stand for nothing else:
`a_t = \tanh(c_t)` beside `h_t = o_t \odot \tanh(c_t)` on a page with ∂L/∂a_t.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace

from derive.kernel.index import letter
from derive.kernel.rewriting import mapped, put, walk
from derive.kernel.terms import Add, Apply, Derivative, Einsum, Quantity, Ref, Term


def with_named_parts(system: Mapping[str, Quantity], differentiated: Set[str] = frozenset()) -> dict[str, Quantity]:
    """The system in which every part that has a name of its own is read by that name; the page differentiates by some
    of them."""
    unread = differentiated - set[str]().union(*(quantity.reads for quantity in system.values()))
    named = {
        canonical(term): Ref(key, tuple(letter(n) for n in quantity.letters), quantity.axes)
        for key, quantity in system.items()
        if len(quantity.cases) == 1 and _is_telling(term := quantity.cases[0][1], 1 if key in unread else 2)
    }
    return {
        key: replace(quantity, cases=tuple((c, _within(term, named, quantity.letters)) for c, term in quantity.cases))
        for key, quantity in system.items()
    }


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
    if any(isinstance(part, Derivative) for part in parts) or not isinstance(term, Add | Einsum | Apply):
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
