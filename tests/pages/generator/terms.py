"""Formulas of the generator's own: one tree that is both printed and evaluated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from functools import cache

ENDS = {"t": "T", "l": "L", "n": "N"}  # the first letter of a family and its last member


@dataclass(frozen=True)
class At:
    """An index: a letter ('' for a literal; T, L, N are the last step, layer, sample) and a constant."""

    letter: str
    shift: int = 0

    def __add__(self, by: int) -> At:
        return At(self.letter, self.shift + by)

    def __sub__(self, by: int) -> At:
        return self + -by

    def value(self, bound: Mapping[str, int]) -> int:
        return self.shift + (bound[self.letter] if self.letter else 0)


@dataclass(frozen=True)
class Term:
    """A formula. `+`, `-` and `@` are as in mathematics, `*` is the entrywise product."""

    def __add__(self, other: Term) -> Term:
        return add(self, other)

    def __sub__(self, other: Term) -> Term:
        return add(self, neg(other))

    def __neg__(self) -> Term:
        return neg(self)

    def __matmul__(self, other: Term) -> Term:
        return mul(self, other)

    def __mul__(self, other: Term) -> Term:
        return had(self, other)

    @property
    def T(self) -> Term:
        return tr(self)


@dataclass(frozen=True)
class Num(Term):
    value: Fraction

    @property
    def is_one(self) -> bool:
        return self.value == 1


@dataclass(frozen=True)
class IndexNumber(Term):
    """An index that stands as a number, as the N of 1/N or the T of T - 3."""

    at: At


@dataclass(frozen=True)
class SizeNumber(Term):
    """The size of an axis that stands as a number."""

    axis: str


@dataclass(frozen=True)
class Q(Term):
    """A quantity of the network (or a name of the page's own) at its indices; `entry` picks one of its entries."""

    name: str
    at: tuple[At, ...] = ()
    entry: tuple[str, ...] = ()


@dataclass(frozen=True)
class D(Term):
    """The derivative of u by v: through everything (total), or through u's own equation alone (direct)."""

    u: Q
    v: Q
    direct: bool = False


@dataclass(frozen=True)
class Chain(Term):
    """Derivatives ∂a/∂b ∂b/∂c …, contracted over what neighbours share."""

    factors: tuple[D | ChainProd, ...]


@dataclass(frozen=True)
class ChainProd(Term):
    """∂h_i/∂h_{i-1} multiplied over i, a part of a chain: contracted in the order that fits."""

    letter: str
    first: At
    last: At
    factor: D
    down: bool = False


@dataclass(frozen=True)
class Add(Term):
    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Neg(Term):
    x: Term


@dataclass(frozen=True)
class Mul(Term):
    """The matrix product in the written order; numbers and scalars may stand anywhere."""

    factors: tuple[Term, ...]


@dataclass(frozen=True)
class Had(Term):
    factors: tuple[Term, ...]


@dataclass(frozen=True)
class Tr(Term):
    x: Term


@dataclass(frozen=True)
class Diag(Term):
    x: Term


@dataclass(frozen=True)
class Fn(Term):
    """An entrywise function or, with `prime`, its derivative."""

    name: str
    x: Term
    prime: bool = False


@dataclass(frozen=True)
class Softmax(Term):
    """The softmax of every column (of every row where `rows`)."""

    x: Term
    rows: bool = False


@dataclass(frozen=True)
class Pow(Term):
    """An entrywise power."""

    x: Term
    n: int


@dataclass(frozen=True)
class Frac(Term):
    above: Term
    below: Term


@dataclass(frozen=True)
class Norm2(Term):
    """The sum of squares."""

    x: Term


@dataclass(frozen=True)
class Total(Term):
    """The sum of all entries."""

    x: Term


@dataclass(frozen=True)
class StepSum(Term):
    letter: str
    first: At
    last: At
    body: Term


@dataclass(frozen=True)
class StepProd(Term):
    """A matrix product over the steps first … last, its factors in this order or, where `down`, in the opposite one."""

    letter: str
    first: At
    last: At
    body: Term
    down: bool = False


@dataclass(frozen=True)
class UnitSum(Term):
    """A sum over the entries of an axis; `silent` where the page sums repeated indices without a sign."""

    letter: str
    body: Term
    silent: bool = False


@dataclass(frozen=True)
class Kron(Term):
    i: str
    j: str


ONE = Num(Fraction(1))
HALF = Num(Fraction(1, 2))


def add(*terms: Term) -> Term:
    flat = [part for term in terms for part in (term.terms if isinstance(term, Add) else (term,))]
    return flat[0] if len(flat) == 1 else Add(tuple(flat))


def neg(x: Term) -> Term:
    return x.x if isinstance(x, Neg) else Neg(x)


def _product(kind: type[Mul] | type[Had], factors: tuple[Term, ...]) -> Term:
    flat: list[Term] = []
    sign = False
    for factor in factors:
        if isinstance(factor, Neg):
            sign, factor = not sign, factor.x
        flat += factor.factors if isinstance(factor, kind) else (factor,)
    flat = [f for f in flat if f != ONE] or [ONE]
    whole = flat[0] if len(flat) == 1 else kind(tuple(flat))
    return neg(whole) if sign else whole


def mul(*factors: Term) -> Term:
    return _product(Mul, factors)


def had(*factors: Term) -> Term:
    return _product(Had, factors)


def tr(x: Term) -> Term:
    if isinstance(x, Tr):
        return x.x
    if isinstance(x, Diag | Num | IndexNumber):
        return x
    return neg(tr(x.x)) if isinstance(x, Neg) else Tr(x)


def square(x: Term) -> Term:
    return Pow(x, 2)


def children(term: Term) -> Iterator[tuple[str, int | None, Term]]:
    """The formulas directly inside, each with its field and, in a tuple, its place."""
    for name in _field_names(type(term)):
        value = getattr(term, name)
        if isinstance(value, Term):
            yield name, None, value
        elif isinstance(value, tuple) and value and isinstance(value[0], Term):
            yield from ((name, i, item) for i, item in enumerate(value))


@cache
def _field_names(kind: type[Term]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def put(term: Term, field: str, place: int | None, new: Term) -> Term:
    if place is None:
        return replace(term, **{field: new})
    old = getattr(term, field)
    return replace(term, **{field: (*old[:place], new, *old[place + 1 :])})


def walk(term: Term) -> Iterator[Term]:
    yield term
    for _, _, child in children(term):
        yield from walk(child)


def edits(term: Term, edit: Callable[[Term], Iterator[tuple[str, Term]]]) -> Iterator[tuple[str, Term]]:
    """Every formula with one node changed as `edit` says; what is differentiated, and by what, is no node."""
    yield from edit(term)
    if isinstance(term, D | Chain | ChainProd):
        return
    for field, place, child in children(term):
        for kind, new in edits(child, edit):
            yield kind, put(term, field, place, new)


def mapped(term: Term, change: Callable[[Term], Term]) -> Term:
    """The formula with every node changed, from the leaves up."""
    for field, place, child in children(term):
        new = mapped(child, change)
        if new is not child:
            term = put(term, field, place, new)
    return change(term)


def shifted(term: Term, letter: str, by: int) -> Term:
    """The formula with `letter + by` for a free step letter."""

    def change(node: Term) -> Term:
        if isinstance(node, Q):
            return replace(node, at=tuple(a + by if a.letter == letter else a for a in node.at))
        return node

    return mapped(term, change)


def renamed(term: Term, letters: Mapping[str, At]) -> Term:
    """The formula with other indices for free step letters."""

    def change(node: Term) -> Term:
        if isinstance(node, Q):
            return replace(node, at=tuple(letters[a.letter] + a.shift if a.letter in letters else a for a in node.at))
        return node

    return mapped(term, change)


def step_letters(term: Term) -> set[str]:
    """The free step letters, but for T, L and N."""
    if isinstance(term, Q):
        return {a.letter for a in term.at} - {"", *ENDS.values()}
    if isinstance(term, IndexNumber):
        return {term.at.letter} - {"", *ENDS.values()}
    inner = {letter for _, _, child in children(term) for letter in step_letters(child)}
    if isinstance(term, StepSum | StepProd | ChainProd):
        bounds = {term.first.letter, term.last.letter} - {"", *ENDS.values()}
        return (inner - {term.letter}) | bounds
    return inner


def unit_letters(term: Term) -> list[str]:
    """All letters of entries, free and summed, in the order of their appearance."""
    found: dict[str, None] = {}
    for node in walk(term):
        if isinstance(node, Q):
            found |= dict.fromkeys(node.entry)
        elif isinstance(node, Kron):
            found |= {node.i: None, node.j: None}
        elif isinstance(node, UnitSum):
            found |= {node.letter: None}
    return list(found)
