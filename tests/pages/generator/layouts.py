"""From columns to rows and to components: the same claim as another author writes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from .claims import Claim
from .networks import Network, Shape
from .terms import (
    Add,
    Chain,
    ChainProd,
    D,
    Diag,
    Fn,
    Frac,
    Had,
    Kron,
    Mul,
    Neg,
    Norm2,
    Pow,
    Q,
    Softmax,
    StepProd,
    StepSum,
    Term,
    Total,
    Tr,
    UnitSum,
    add,
    had,
    mul,
    neg,
    tr,
    walk,
)


class Unwritable(Exception):
    """A formula that this way of writing has no words for."""


@dataclass
class Form:
    """How a page writes arrays: in rows, Jacobians with the index of v first (`denominator`), or by entries.

    `letters` are the entries' letters for each axis; with `summation` a repeated index is summed without a sign."""

    network: Network
    own: Mapping[str, Shape]
    rows: bool = False
    denominator: bool = False
    letters: Mapping[str, tuple[str, ...]] | None = None
    summation: bool = False
    used: set[str] = field(default_factory=set)
    axes: dict[str, str] = field(default_factory=dict)

    def claim(self, claim: Claim) -> Claim:
        sides = (claim.head, *claim.sides)
        if self.letters is None:
            flip = self.denominator if claim.jacobian else self.rows
            turned = [self.turned(side, flip) for side in sides]
            return replace(claim, head=turned[0], sides=tuple(turned[1:]))
        self.used, self.axes = set(), {}
        above, below = self.free(claim.head)
        axes = tuple(self.axes.items())
        written = []
        for side in sides:
            self.used = {letter for letter in (*above, *below) if letter}
            written.append(self.entry(side, above, below))
        return replace(claim, head=written[0], sides=tuple(written[1:]), axes=axes)

    def equation(self, head: Q, body: Term) -> tuple[Term, Term]:
        claim = self.claim(Claim("definition", head, (body,)))
        return claim.head, claim.sides[0]

    def entries(self, head: Q, body: Term) -> Term:
        """The body of a loss by entries, on a page of vectors; in rows the indices of a matrix change places."""
        return self.entry(body, (None,), (None,))

    # shapes

    def shape(self, term: Term) -> Shape:
        """The two axes of a formula in columns."""
        match term:
            case Q(name):
                return self.own[name] if name in self.own else self.network.shapes[name]
            case D(u, v):
                return self._derivative(u, v)
            case Chain(factors):
                first = factors[0]
                last = factors[-1]
                u = first.factor.u if isinstance(first, ChainProd) else first.u
                v = last.factor.v if isinstance(last, ChainProd) else last.v
                return self._derivative(u, v)
            case ChainProd(factor=factor):
                return self._derivative(factor.u, factor.v)
            case Add(terms):
                return next((s for part in terms if (s := self.shape(part)) != ("1", "1")), ("1", "1"))
            case Mul(factors):
                shapes = [s for factor in factors if (s := self.shape(factor)) != ("1", "1")]
                return (shapes[0][0], shapes[-1][1]) if shapes else ("1", "1")
            case Had(factors):
                return next((s for part in factors if (s := self.shape(part)) != ("1", "1")), ("1", "1"))
            case Tr(x):
                return self.shape(x)[::-1]
            case Diag(x):
                axis = next(a for a in self.shape(x) if a != "1")
                return axis, axis
            case Neg(x) | Fn(_, x) | Softmax(x) | Pow(x, _):
                return self.shape(x)
            case StepSum(body=body) | StepProd(body=body):
                return self.shape(body)
            case _:
                return "1", "1"

    def _derivative(self, u: Q, v: Q) -> Shape:
        above, below = self.shape(u), self.shape(v)
        return below if above == ("1", "1") else (above[0], below[0])

    def _tensor(self, u: Q, v: Q) -> bool:
        """Whether ∂u/∂v has more than two axes."""
        return self.shape(u) != ("1", "1") and (self.shape(v)[1] != "1" or self.shape(u)[1] != "1")

    # rows

    def turned(self, term: Term, flip: bool) -> Term:
        """The formula for a value of columns, or for its transpose, in the layout of the page."""
        match term:
            case Q():
                return term if self.rows == flip or self.shape(term) == ("1", "1") else tr(term)
            case D() | Chain() | ChainProd():
                factors = term.factors if isinstance(term, Chain) else (term,)
                first, last = factors[0], factors[-1]
                u = first.factor.u if isinstance(first, ChainProd) else first.u
                v = last.factor.v if isinstance(last, ChainProd) else last.v
                if self._tensor(u, v) or self.shape(v) == ("1", "1"):
                    return term
                if self.shape(u) == ("1", "1"):
                    return term if self.rows == flip else tr(term)
                return tr(term) if flip != self.denominator else term
            case Add(terms):
                return add(*(self.turned(part, flip) for part in terms))
            case Neg(x):
                return neg(self.turned(x, flip))
            case Mul(factors):
                parts = [self.turned(part, flip) for part in factors]
                if flip:
                    scalars = [p for p, f in zip(parts, factors, strict=True) if self.shape(f) == ("1", "1")]
                    arrays = [p for p, f in zip(parts, factors, strict=True) if self.shape(f) != ("1", "1")]
                    parts = scalars + arrays[::-1]
                return mul(*parts)
            case Had(factors):
                return had(*(self.turned(part, flip) for part in factors))
            case Tr(x):
                return self.turned(x, not flip)
            case Diag(x):
                return Diag(self.turned(x, self.rows))
            case Fn(x=x) | Pow(x=x):
                return replace(term, x=self.turned(x, flip))
            case Softmax(x):
                return Softmax(self.turned(x, flip), rows=flip)
            case Norm2(x) | Total(x):
                return replace(term, x=self.turned(x, self.rows))
            case StepSum(body=body):
                return replace(term, body=self.turned(body, flip))
            case StepProd(body=body):
                return replace(term, body=self.turned(body, flip), down=term.down != flip)
            case Frac(above, below):
                return Frac(self.turned(above, flip), self.turned(below, flip))
            case _:
                return term

    # components

    def fresh(self, axis: str) -> str | None:
        if axis == "1":
            return None
        assert self.letters is not None
        for letter in self.letters[axis]:
            if letter not in self.used:
                self.used.add(letter)
                self.axes[letter] = axis
                return letter
        raise Unwritable("out of letters")

    def free(self, head: Term) -> tuple[tuple[str | None, ...], tuple[str | None, ...]]:
        """Letters for the head: those above and below, of a gradient those of its rows and columns."""
        if isinstance(head, D) and self.shape(head.u) != ("1", "1"):
            above = tuple(self.fresh(axis) for axis in self.shape(head.u))
            below = tuple(self.fresh(axis) for axis in self.shape(head.v))
            if None in above and above[1] is None and below[1] is None:
                return above[:1], below[:1]
            return above, below
        shape = self.shape(head)
        return (self.fresh(shape[0]),), (self.fresh(shape[1]),)

    def entry(self, term: Term, above: tuple[str | None, ...], below: tuple[str | None, ...]) -> Term:
        """One entry of a formula: a number."""
        match term:
            case Q():
                return replace(term, entry=tuple(k for k in (*above, *below) if k))
            case D():
                return self._differential([term], above, below)
            case Chain(factors):
                return self._differential(list(factors), above, below)
            case ChainProd() | StepProd():
                raise Unwritable("a product over steps by entries")
            case Add(terms):
                return add(*(self._alone(part, above, below) for part in terms))
            case Neg(x):
                return neg(self.entry(x, above, below))
            case Mul(factors):
                return self._product(factors, above[0], below[0])
            case Had(factors):
                return mul(*(self.entry(part, above, below) for part in factors))
            case Tr(x):
                return self.entry(x, below, above)
            case Diag(x):
                vector = self.entry(x, above, (None,))
                return mul(vector, Kron(above[0], below[0]))  # type: ignore[arg-type]
            case Fn(x=x) | Pow(x=x):
                return replace(term, x=self.entry(x, above, below))
            case Softmax(x):
                letter = self.fresh(self.shape(x)[0])
                total = UnitSum(letter, Fn("exp", self.entry(x, (letter,), below)))  # type: ignore[arg-type]
                return Frac(Fn("exp", self.entry(x, above, below)), total)
            case Norm2(x):
                return self._summed(Pow(x, 2))
            case Total(x):
                return self._summed(x)
            case StepSum(body=body):
                return replace(term, body=self.entry(body, above, below))
            case Frac(over, under):
                return Frac(self.entry(over, above, below), under)
            case _:
                return term

    def _alone(self, term: Term, above: tuple[str | None, ...], below: tuple[str | None, ...]) -> Term:
        """A term of a sum: its letters are free again beside it."""
        saved = set(self.used)
        written = self.entry(term, above, below)
        self.used = saved
        return written

    def _summed(self, x: Term) -> Term:
        letters = [self.fresh(axis) for axis in self.shape(x)]
        body = self.entry(x, (letters[0],), (letters[1],))
        for letter in reversed(letters):
            if letter:
                body = self._sum(letter, body)
        return body

    def _sum(self, letter: str, body: Term) -> Term:
        return UnitSum(letter, body, self.summation and repeated(letter, body))

    def _differential(
        self, factors: list[D | ChainProd], above: tuple[str | None, ...], below: tuple[str | None, ...]
    ) -> Term:
        if any(isinstance(factor, ChainProd) for factor in factors):
            raise Unwritable("a product over steps by entries")
        if self.shape(factors[0].u) == ("1", "1"):  # type: ignore[union-attr]
            above, below = (), (*above, *below)
        left = tuple(k for k in above if k)
        last = tuple(k for k in below if k)
        parts, sums = [], []
        for i, factor in enumerate(factors):
            assert isinstance(factor, D)
            right = last
            if i + 1 < len(factors):
                right = tuple(k for axis in self.shape(factor.v) if (k := self.fresh(axis)))
                sums += right
            parts.append(D(replace(factor.u, entry=left), replace(factor.v, entry=right), factor.direct))
            left = right
        body = mul(*parts)
        for letter in reversed(sums):
            body = self._sum(letter, body)
        return body

    def _product(self, factors: tuple[Term, ...], i: str | None, j: str | None) -> Term:
        scalars = [self.entry(f, (None,), (None,)) for f in factors if self.shape(f) == ("1", "1")]
        arrays = [f for f in factors if self.shape(f) != ("1", "1")]
        moving = [f for f in arrays if not isinstance(f, Diag)]
        if not arrays:
            return mul(*scalars)
        places: list[str | None] = [i]
        for factor in moving[:-1]:
            places.append(self.fresh(self.shape(factor)[1]))
        places.append(j)
        parts, at = [], 0
        for factor in arrays:
            if isinstance(factor, Diag):
                parts.append(self.entry(factor.x, (places[at],), (None,)))
            else:
                parts.append(self.entry(factor, (places[at],), (places[at + 1],)))
                at += 1
        if not moving:
            parts.append(Kron(i, j))  # type: ignore[arg-type]
        body = mul(*scalars, *parts)
        for letter in reversed(places[1:-1]):
            if letter:
                body = self._sum(letter, body)
        return body


def letters_in(term: Term) -> Iterator[str]:
    for node in walk(term):
        if isinstance(node, Q):
            yield from node.entry
        elif isinstance(node, Kron):
            yield from (node.i, node.j)


def repeated(letter: str, body: Term) -> bool:
    """Whether a letter stands in two factors of every term, so that it is summed without a sign."""
    if isinstance(body, Add):
        return all(repeated(letter, part) for part in body.terms)
    if isinstance(body, Neg):
        return repeated(letter, body.x)
    if isinstance(body, UnitSum | StepSum):
        return repeated(letter, body.body)
    return isinstance(body, Mul) and sum(letter in set(letters_in(factor)) for factor in body.factors) >= 2
