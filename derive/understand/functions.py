r"""Formulas of functions, whose letters are their own: `\sigma(x) = \frac{1}{1 + e^{-x}}`, `\tanh'(x) = 1 -
\tanh^2(x)`.

A formula for a function that has no fixed meaning gives it one: that of a known function where both are equal, else
the formula itself, put in wherever the function is applied. Every other such formula is a claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

from derive.kernel.functions import KNOWN
from derive.kernel.rewriting import broadcast, mapped, number, walk
from derive.kernel.terms import LABELS, Add, Apply, Einsum, Number, Opaque, Power, Quantity, Ref, Term
from derive.reading.tree import Big, Frac, Group, Node, Partial, Product, Script, Sum, Symbol
from derive.reading.tree import Number as Digits
from derive.reading.tree import Sequence as Listing
from derive.understand.application import ELEMENTWISE
from derive.understand.customs import FUNCTIONS
from derive.understand.elaborate import Elaborator
from derive.understand.extents import Extents
from derive.understand.names import Name, Names
from derive.understand.reader import Known
from derive.understand.slots import Formula

ARGUMENT = "argument"  # the quantity that the letter of such a formula stands for
PLAIN = frozenset(
    (*ELEMENTWISE, *FUNCTIONS, "sigma", "varsigma", "f", "g", "phi", "varphi", "psi", "F", "G", "rho", "Phi")
)
WHOLE = frozenset(("softmax", "diag", "tr", "prod", "crossentropy"))


def local_letter(sides: tuple[Node, ...]) -> str | None:
    """The one letter of a formula that speaks of functions of one number only; None for other formulas."""
    if _head(sides[0]) is None:
        return None
    letters = set[str]()
    for side in sides:
        for found in _letters(side):
            if found is None:
                return None
            letters.add(found)
    return letters.pop() if len(letters) == 1 else None


def defined(sides: tuple[Node, ...]) -> str | None:
    """The function to which a formula gives a meaning: σ of σ(x) = …; None where it is a claim."""
    head = _head(sides[0])
    if head is None or isinstance(sides[0], Partial) or head.name in (*ELEMENTWISE, *FUNCTIONS):
        return None
    factor = sides[0].factors[0] if isinstance(sides[0], Product) else None
    return head.name if factor == head else None


def _head(node: Node) -> Symbol | None:
    """The function of f(x), f'(x) or df(x)/dx."""
    if isinstance(node, Partial):
        node = node.of
    if not isinstance(node, Product) or len(node.factors) != 2 or node.ops != ("",):
        return None
    function, bracket = node.factors
    if isinstance(function, Script) and function.sub is None and function.sup is None:
        function = function.base
    if not isinstance(function, Symbol) or function.name not in PLAIN - WHOLE:
        return None
    return function if isinstance(bracket, Group) and isinstance(bracket.body, Symbol) else None


def _letters(node: Node) -> Iterator[str | None]:
    """The letters of a formula but its functions; None for what has no place in one of one number."""
    match node:
        case Product(_, factors):
            for n, factor in enumerate(factors):
                core = factor.base if isinstance(factor, Script) and factor.sub is None else factor
                follows = factors[n + 1] if n + 1 < len(factors) else None
                if isinstance(follows, Script) and follows.sub is None:  # f(x)^2
                    follows = follows.base
                if isinstance(core, Symbol) and core.name in PLAIN - WHOLE and isinstance(follows, Group | Symbol):
                    continue
                yield from _letters(factor)
        case Symbol(_, name, accent):
            yield None if accent or name in PLAIN else name
        case Script(_, Symbol(_, "e", ""), None, exponent, 0) if exponent is not None:
            yield from _letters(exponent)
        case Script(_, base, None, Digits(), 0):
            yield from _letters(base)
        case Digits():
            return
        case Group() | Sum() | Frac() | Partial() | Listing():
            for part in node.inner:
                yield from _letters(part)
        case Big() | _:
            yield None


def elaborator(sides: tuple[Node, ...], name: str, functions: Mapping[str, str]) -> Elaborator:
    """Reads one such formula, its letter standing for a number."""
    names = Names([Formula(0, sides)])

    def split(number: int, seen: Name):  # type: ignore[no-untyped-def]
        return (ARGUMENT if seen.name == name else seen.name), {}, [slot.index for slot in seen.slots]

    extents = Extents()
    extents.settled = True
    known = {ARGUMENT: Known(ARGUMENT, (), (), ())}
    return Elaborator(names, known, extents, split, {**{f: f for f in PLAIN - WHOLE}, **functions})


SYSTEM = {ARGUMENT: Quantity(ARGUMENT)}
CANDIDATES: tuple[tuple[str, Term], ...] = tuple((name, Apply(name, Ref(ARGUMENT))) for name in sorted(KNOWN))


def expanded(term: Term, bodies: Mapping[str, Term]) -> Term:
    """The term with the page's own functions put in."""
    if not bodies:
        return term
    if isinstance(term, Apply) and term.function in bodies:
        body = bodies[term.function]
        for _ in range(term.order):
            body = derivative(body)
        return lifted(body, expanded(term.of, bodies))
    return mapped(term, lambda part: expanded(part, bodies))


def lifted(body: Term, argument: Term) -> Term:
    """A formula of one number, entry by entry of an array."""
    labels = LABELS[: len(argument.axes)]
    match body:
        case Ref():
            return argument
        case Number():
            return broadcast(body, argument.axes)
        case Add(terms):
            return Add(tuple(lifted(term, argument) for term in terms))
        case Einsum(operands):
            return Einsum(tuple(lifted(part, argument) for part in operands), (labels,) * len(operands), labels)
        case Power(of) | Apply(_, of):
            return replace(body, of=lifted(of, argument))
    raise ValueError(f"{type(body).__name__} in a formula of one number")


def derivative(body: Term) -> Term:
    """The derivative of a formula of one number by that number."""
    match body:
        case Ref():
            return number(1)
        case Number():
            return number(0)
        case Add(terms):
            return Add(tuple(derivative(term) for term in terms))
        case Einsum(operands):
            parts = [
                Einsum((*operands[:n], derivative(part), *operands[n + 1 :]), body.labels, "")
                for n, part in enumerate(operands)
            ]
            return Add(tuple(parts))
        case Power(of, Fraction() as exponent):
            return Einsum((number(exponent), Power(of, exponent - 1), derivative(of)), ("", "", ""), "")
        case Apply(_, of, order):
            return Einsum((replace(body, order=order + 1), derivative(of)), ("", ""), "")
    raise ValueError(f"{type(body).__name__} in a formula of one number")


def open_functions(found: Iterable[Term]) -> frozenset[str]:
    """The functions in some terms of which nothing is known."""
    parts = (part for term in found for part in walk(term))
    return frozenset(p.function for p in parts if isinstance(p, Opaque | Apply) and p.function not in KNOWN | {"sqrt"})


def is_plain(body: Term) -> bool:
    """Whether a term is one that can be put in and differentiated here."""
    match body:
        case Ref() | Number():
            return True
        case Add(parts) | Einsum(parts):
            return body.axes == () and all(is_plain(part) for part in parts)
        case Power(of, Fraction()) | Apply(_, of):
            return is_plain(of)
    return False


__all__ = ["CANDIDATES", "SYSTEM", "defined", "elaborator", "expanded", "is_plain", "local_letter", "open_functions"]
