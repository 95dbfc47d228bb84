"""Single slips: a claim with one thing in it changed, as an author's hand would."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from .claims import Claim
from .layouts import repeated
from .networks import Network
from .terms import (
    ONE,
    Add,
    Chain,
    ChainProd,
    D,
    Diag,
    Fn,
    Had,
    Mul,
    Neg,
    Num,
    Pow,
    Q,
    StepProd,
    StepSum,
    Term,
    Tr,
    UnitSum,
    add,
    edits,
    had,
    mul,
    neg,
    walk,
)

# Slips that are true under an assumption that a reader may grant, and name: a share of one step, or one path alone.
EXCUSABLE = {"sum", "recurrent", "term"}


@dataclass(frozen=True)
class Slips:
    """All single slips on a page: `like` are the names that might be confused with each other, by name. Where repeated
    indices are summed without a sign, the sign of a sum cannot be lost."""

    network: Network
    like: Mapping[str, tuple[str, ...]]
    components: bool = False
    summation: bool = False

    def of(self, claim: Claim) -> Iterator[tuple[str, Claim]]:
        """The kind of each slip, and the claim with it in its last side."""
        side = claim.sides[-1]
        found: dict[Term, str] = {}
        for kind, new in edits(side, self.node):
            if new != side and new not in found and well_formed(new):
                found[new] = kind
        for new, kind in found.items():
            yield kind, replace(claim, sides=(*claim.sides[:-1], new))

    def node(self, term: Term) -> Iterator[tuple[str, Term]]:
        match term:
            case Tr(x):
                yield "transpose", x
            case Q() if not self.components and term.name in self.network.parameters:
                if "1" not in self.network.shapes[term.name]:
                    yield "transpose", Tr(term)
            case Add():
                yield from self.sums(term)
            case Mul():
                yield from self.products(term)
            case Had(factors):
                for i in range(len(factors)):
                    yield "factor", had(*factors[:i], *factors[i + 1 :])
                    yield "doubled", Had((*factors[: i + 1], *factors[i:]))
                    if i + 1 < len(factors):
                        joined = Mul((factors[i], factors[i + 1]))
                        yield "entrywise", had(*factors[:i], joined, *factors[i + 2 :])
            case Neg(x):
                yield "sign", x
            case D(_, v) if v.at and v.at[0].letter:
                for by in (-1, 1):
                    yield "index", replace(term, v=replace(v, at=(v.at[0] + by, *v.at[1:])))
            case Fn(name, x, True):
                yield "prime", Fn(name, x)
            case StepSum(_, first, last, body):
                if not self.summation:
                    yield "sum", body
                yield "bound", replace(term, first=first + 1)
                yield "bound", replace(term, last=last - 1)
            case StepProd(_, first, last) | ChainProd(_, first, last):
                yield "bound", replace(term, first=first + 1)
                yield "bound", replace(term, last=last - 1)
            case Chain(factors):
                for i, factor in enumerate(factors):
                    if isinstance(factor, ChainProd) and len(factors) > 1:
                        yield (
                            "bound",
                            replace(
                                term, factors=(*factors[:i], replace(factor, first=factor.first + 1), *factors[i + 1 :])
                            ),
                        )
        if isinstance(term, Q):
            yield from self.quantity(term)

    def quantity(self, q: Q) -> Iterator[tuple[str, Term]]:
        if q.at and q.at[0].letter:
            for by in (-1, 1):
                yield "index", replace(q, at=(q.at[0] + by, *q.at[1:]))
        for other in self.like.get(q.name, ()):
            yield "quantity", replace(q, name=other)
        if self.components and q.name in self.network.parameters and len(q.entry) == 2:
            yield "transpose", replace(q, entry=q.entry[::-1])

    def sums(self, term: Add) -> Iterator[tuple[str, Term]]:
        terms = term.terms
        for i, part in enumerate(terms):
            yield "sign", Add((*terms[:i], neg(part), *terms[i + 1 :]))
            rest = (*terms[:i], *terms[i + 1 :])
            kind = "recurrent" if _ahead(part) else "term"
            if part != ONE and rest != (ONE,):
                yield kind, add(*rest)
        if len(terms) == 2 and terms[0] == ONE and isinstance(terms[1], Neg) and isinstance(terms[1].x, Pow):
            yield "square", Pow(Add((ONE, Neg(terms[1].x.x))), 2)
            yield "square", Add((ONE, Neg(terms[1].x.x)))

    def products(self, term: Mul) -> Iterator[tuple[str, Term]]:
        factors = term.factors
        for i, factor in enumerate(factors):
            rest = (*factors[:i], *factors[i + 1 :])
            if not isinstance(factor, Num):
                yield "factor", mul(*rest)
            if isinstance(factor, Diag) or (self.components and not isinstance(factor, D | Num)):
                yield "doubled", Mul((*factors[: i + 1], *factors[i:]))
        if len(factors) >= 2 and isinstance(factors[-1], Tr):
            yield (
                "outer",
                mul(*factors[:-2], factors[-1].x, Tr(factors[-2])) if not isinstance(factors[-2], Tr) else term,
            )
        if not self.components and len(factors) >= 2 and isinstance(factors[0], Tr):
            yield "order", Mul((*factors[1:], factors[0]))
        if self.components:
            entries = [i for i, f in enumerate(factors) if isinstance(f, Q | D) and len(_entry(f)) == 1]
            for i, j in pairwise(entries):
                first, second = factors[i], factors[j]
                swapped = list(factors)
                swapped[i], swapped[j] = _with(first, _entry(second)), _with(second, _entry(first))
                yield "outer", Mul(tuple(swapped))


def _entry(term: Term) -> tuple[str, ...]:
    return term.entry if isinstance(term, Q) else term.v.entry if isinstance(term, D) and not term.u.entry else ()


def _with(term: Term, entry: tuple[str, ...]) -> Term:
    if isinstance(term, D):
        return replace(term, v=replace(term.v, entry=entry))
    assert isinstance(term, Q)
    return replace(term, entry=entry)


def _ahead(part: Term) -> bool:
    """Whether a term comes from the next step."""
    return any(isinstance(q, Q) and any(a.shift > 0 for a in q.at) for q in walk(part))


def well_formed(term: Term) -> bool:
    """No transpose of a transpose, and no sum without a sign whose letter is not repeated any more."""
    for node in walk(term):
        if isinstance(node, UnitSum) and node.silent and not repeated(node.letter, node.body):
            return False
        if isinstance(node, Tr) and isinstance(node.x, Tr):
            return False
    return True
