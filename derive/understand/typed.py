"""Terms with their layout: which axes are rows and which are columns, and the readings of products.

A column has rows only, a row has columns only, a number has none; a Jacobian ∂u/∂v has the axes of u for rows and those
of v for columns. Matrices multiply in the written order, and a transpose that is written counts. Every other reading of
a juxtaposition is a choice, which costs and is noted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from derive.kernel.index import Index
from derive.kernel.rewriting import number
from derive.kernel.terms import LABELS, Add, Axes, Einsum, Identity, Number, Ones, Power, Ref, Term
from derive.understand.extents import Extents

ENTRYWISE, DIAGONAL, SPREAD, REVERSED = "entry-by-entry", "vector-for-diagonal", "number-for-array", "reversed-chain"
IDENTITY = "one-for-identity"
BY_VALUE, CUSTOM, OWN_ROW = "value-form", "name-by-custom", "own-row"
COMPONENT, TRUE_CLASS, TURNED = "entry-for-array", "true-class", "turned-gradient"
ALONE = "units-that-nothing-sums"
COSTS = {ENTRYWISE: 3, DIAGONAL: 5, SPREAD: 1, REVERSED: 2, IDENTITY: 2, BY_VALUE: 2}


class Misfit(ValueError):
    """Shapes that do not fit under any reading: never by itself a refutation."""


@dataclass(frozen=True)
class Typed:
    """A term, its rows and columns (together its axes, in this order), and the choices made on the way to it.

    `chain` says that it is the derivative of one quantity by another, in the order of their axes, or in the opposite
    order where it is `turned`, as a Jacobian in denominator layout. `wild` is 'I', a matrix, '1', a number or an array,
    or '1T', a row of ones, whose extents are still open; or 'columns', a column again and again, b 1ᵀ.
    """

    term: Term
    rows: Axes = ()
    cols: Axes = ()
    notes: tuple[str, ...] = ()
    cost: int = 0
    chain: tuple[Ref, Ref] | None = None
    wild: str = ""
    turned: bool = False

    @property
    def is_scalar(self) -> bool:
        return not self.rows and not self.cols

    @property
    def is_number(self) -> bool:
        return isinstance(self.term, Number)

    def noted(self, *notes: str) -> Typed:
        """With choices made."""
        return replace(self, notes=self.notes + notes, cost=self.cost + sum(COSTS.get(n, 1) for n in notes))

    def with_term(self, term: Term, rows: Axes, cols: Axes) -> Typed:
        return Typed(term, rows, cols, self.notes, self.cost)

    def under(self, term: Term, bound: str) -> Typed:
        """The Σ or Π of the term over a letter."""
        return self.with_term(term, self.rows, self.cols)


def joined(term: Term, rows: Axes, cols: Axes, *sources: Typed) -> Typed:
    """A term made of others, with all their choices."""
    notes = tuple(note for source in sources for note in source.notes)
    return Typed(term, rows, cols, notes, sum(source.cost for source in sources))


def transposed(of: Typed) -> Typed:
    """Rows for columns."""
    n, m = len(of.rows), len(of.cols)
    names = LABELS[: n + m]
    if not n or not m:
        return replace(of, rows=of.cols, cols=of.rows, chain=None)
    return of.with_term(Einsum((of.term,), (names,), names[n:] + names[:n]), of.cols, of.rows)


def natural(of: Typed) -> Term:
    """The term of a derivative, the axes of what is differentiated first."""
    if not of.turned or of.chain is None:
        return of.term
    n, m = (len(part.axes) for part in of.chain)
    names = LABELS[: n + m]
    return Einsum((of.term,), (names,), names[m:] + names[:m])


def diagonal(of: Typed) -> Typed:
    """The diagonal matrix of a vector, or the diagonal of a square matrix as a column."""
    axes = of.rows + of.cols
    if len(axes) == 1:
        return of.with_term(Einsum((of.term, Identity(axes[0])), ("a", "ab"), "ab"), axes, axes)
    if len(of.rows) == len(of.cols) == 1:
        return of.with_term(Einsum((of.term, Identity(axes[0])), ("ab", "ab"), "a"), of.rows, ())
    raise Misfit("a diagonal of neither a vector nor a matrix")


def filled(of: Typed, rows: Axes, cols: Axes) -> Typed:
    """A number as an array with this entry everywhere."""
    axes = rows + cols
    if not axes:
        return of
    return of.with_term(Einsum((of.term, Ones(axes)), ("", LABELS[: len(axes)]), LABELS[: len(axes)]), rows, cols)


def opened(of: Typed, rows: Axes, cols: Axes) -> Typed:
    """A wild term with its extents settled by what stands beside it."""
    if of.wild == "I" and len(rows) == 1 and rows == cols:
        return of.with_term(Identity(rows[0]), rows, cols)
    if of.wild == "1T":
        if rows or len(cols) != 1:
            raise Misfit("a row of ones beside what is no row")
        return of.with_term(Ones(cols), (), cols)
    if of.wild == "columns":
        if rows != of.rows or len(cols) != 1:
            raise Misfit("equal columns beside what has no such columns")
        return of.with_term(Einsum((of.term, Ones(cols)), ("a", "b"), "ab"), rows, cols)
    if of.wild == "1":
        return of.with_term(Ones(rows + cols), rows, cols) if rows + cols else of.with_term(number(1), (), ())
    raise Misfit("an identity that is not square")


def total(parts: list[Typed], signs: list[int], extents: Extents) -> Typed:
    """The sum of terms of one layout; a number is spread over the others, a column over the columns of a matrix."""
    shaped = [part for part in parts if not part.is_scalar and not part.wild]
    head = max(shaped, key=lambda part: len(part.rows) + len(part.cols), default=None)
    if head is None:
        parts = [opened(part, (), ()) if part.wild == "1" else part for part in parts]
        if any(part.wild for part in parts):
            raise Misfit("an identity matrix beside numbers")
    else:
        parts = [_fitted(part, head, extents) for part in parts]
    rows, cols = (parts[0].rows, parts[0].cols) if head is None else (head.rows, head.cols)
    added = [part.term if sign > 0 else _negated(part) for part, sign in zip(parts, signs, strict=True)]
    return joined(_add(added), rows, cols, *parts)


def with_identities(parts: list[Typed]) -> list[list[Typed]]:
    """A sum as it stands; and, beside a square matrix, with the identity for a 1."""
    square = any(len(part.rows) == len(part.cols) == 1 and part.rows == part.cols for part in parts)
    ones = [part.is_number and part.term == number(1) for part in parts]
    if not square or not any(ones):
        return [parts]
    identities = [replace(p, wild="I").noted(IDENTITY) if one else p for p, one in zip(parts, ones, strict=True)]
    return [parts, identities]


def _negated(part: Typed) -> Term:
    """Minus a term; its layout gives the axes, for those of the term may not agree before all extents are found."""
    labels = LABELS[: len(part.rows + part.cols)]
    return Einsum((number(-1), part.term), ("", labels), labels)


def _add(parts: list[Term]) -> Term:
    return parts[0] if len(parts) == 1 else Add(tuple(parts))


def _fitted(part: Typed, head: Typed, extents: Extents) -> Typed:
    """A summand in the layout of the largest one."""
    if part.wild:
        is_alike = part.wild == "columns" and extents.alike(part.rows, head.rows)
        return opened(replace(part, rows=head.rows) if is_alike else part, head.rows, head.cols)
    if len(part.rows) == len(head.rows) and extents.alike(part.rows + part.cols, head.rows + head.cols):
        return part
    if part.is_scalar:
        spread = filled(part, head.rows, head.cols)
        square = len(head.rows) == 1 and extents.equal(head.rows, head.cols)
        return spread.noted(SPREAD) if square or not part.is_number else spread
    axes = head.rows + head.cols
    if len(axes) == 2:
        if len(part.rows) == 1 and not part.cols and extents.alike(part.rows, axes[:1]):
            return part.with_term(Einsum((part.term, Ones(axes[1:])), ("a", "b"), "ab"), head.rows, head.cols)
        if len(part.cols) == 1 and not part.rows and extents.alike(part.cols, axes[1:]):
            return part.with_term(Einsum((part.term, Ones(axes[:1])), ("b", "a"), "ab"), head.rows, head.cols)
    raise Misfit("the terms of a sum differ in shape")


def product(left: Typed, right: Typed, op: str, extents: Extents) -> Iterator[Typed]:
    """The readings of a product, the plainest first."""
    if left.wild or right.wild:
        yield from _wild(left, right, op, extents)
        return
    if left.is_scalar or right.is_scalar:
        number = left if left.is_scalar else right
        is_spread = op == "odot" and left.is_scalar != right.is_scalar and not number.term.constant  # y ⊙ log a
        yield _scaled(left, right).noted(SPREAD) if is_spread else _scaled(left, right)
        return
    n = len(left.cols)
    fits = op != "odot" and n == len(right.rows) and (n == 0 or extents.alike(left.cols, right.rows))
    if fits and (n or (left.rows and right.cols)):
        yield _contracted(left, right, n)
    alike = len(left.rows) == len(right.rows) and extents.alike(left.rows + left.cols, right.rows + right.cols)
    if alike:
        names = LABELS[: len(left.rows + left.cols)]
        entrywise = joined(Einsum((left.term, right.term), (names, names), names), left.rows, left.cols, left, right)
        yield entrywise if op in ("odot", "*", "otimes") else entrywise.noted(ENTRYWISE)
    if op == "otimes" and not left.cols and not right.cols:
        yield joined(Einsum((left.term, right.term), ("a", "b"), "ab"), left.rows, right.rows, left, right)
    if op == "odot":
        yield from _spread(left, right, extents)
    if op in ("", "cdot", "*", "odot"):
        yield from _diagonals(left, right, extents)


def multiple(scalar: Term, array: Term) -> Term:
    """An array, each of its entries times a number."""
    names = LABELS[: len(array.axes)]
    return Einsum((scalar, array), ("", names), names)


def _scaled(left: Typed, right: Typed) -> Typed:
    of, by = (right, left) if left.is_scalar else (left, right)
    names = LABELS[: len(of.rows + of.cols)]
    operands = (left.term, right.term) if left.is_scalar else (right.term, left.term)
    return joined(Einsum(operands, ("", names), names), of.rows, of.cols, left, right) if by else of


def _contracted(left: Typed, right: Typed, n: int) -> Typed:
    r, c = len(left.rows), len(right.cols)
    rows, middle, cols = LABELS[:r], LABELS[r : r + n], LABELS[r + n : r + n + c]
    term = Einsum((left.term, right.term), (rows + middle, middle + cols), rows + cols)
    return joined(term, left.rows, right.cols, left, right)


def _spread(left: Typed, right: Typed, extents: Extents) -> Iterator[Typed]:
    """A column ⊙ a matrix of as many rows, taken column by column (and a row, row by row)."""
    for small, large in ((left, right), (right, left)):
        axes = large.rows + large.cols
        if len(axes) != 2 or len(small.rows + small.cols) != 1:
            continue
        place = 0 if small.rows else 1
        if extents.alike(small.rows + small.cols, axes[place : place + 1]):
            term = Einsum((small.term, large.term), ("ab"[place], "ab"), "ab")
            yield joined(term, large.rows, large.cols, left, right).noted(SPREAD)


def _diagonals(left: Typed, right: Typed, extents: Extents) -> Iterator[Typed]:
    """A vector that stands for its diagonal matrix beside a matrix."""
    for vector, matrix, first in ((left, right, True), (right, left, False)):
        if len(vector.rows + vector.cols) != 1 or not matrix.rows or not matrix.cols:
            continue
        axis = vector.rows + vector.cols
        beside = matrix.rows if first else matrix.cols
        if len(beside) == 1 and extents.alike(axis, beside):
            d = diagonal(vector)
            pair = (d, matrix) if first else (matrix, d)
            yield _contracted(*pair, 1).noted(DIAGONAL)


def _wild(left: Typed, right: Typed, op: str, extents: Extents) -> Iterator[Typed]:
    """A product with an identity, or with ones, of extents that are still open."""
    wild, other, first = (left, right, True) if left.wild else (right, left, False)
    if "columns" in (left.wild, right.wild):
        if other.is_scalar and not other.wild:
            yield replace(_scaled(left, right), wild="columns")
        return
    if wild.wild == "1T" and not first and len(other.rows) == 1 and not other.cols and op in ("", "cdot", "times"):
        yield replace(other, wild="columns", chain=None)
        return
    if not other.wild and op in ("", "cdot", "times"):  # A 1, the sums of the rows of A; 1ᵀ A, of its columns
        beside = other.rows if first else other.cols
        by_row = not first and wild.wild == "1T" and not other.rows  # u 1ᵀ of a row u, where 1 is a row too
        if len(beside) == 1 and (by_row or ((wild.wild == "1T") == first and (wild.wild == "1T" or other.rows))):
            ones = Typed(Ones(beside), (), beside) if first else Typed(Ones(beside), beside, ())
            yield _contracted(*((ones, other) if first else (other, ones)), 1)
    if wild.wild == "I" and not other.wild:
        yield other
    elif wild.wild == "1":
        yield joined(other.term, other.rows, other.cols, other) if not other.wild else replace(other)
        if other.rows and not other.cols and not first and not other.wild:
            return
    elif other.wild == "I":
        yield wild


def power(of: Typed, exponent: Fraction | Index, extents: Extents) -> Typed:
    """To a power: of a number or a vector entry by entry, of a square matrix by repeated multiplication where the
    exponent is a whole number over 1, else entry by entry."""
    return of.with_term(Power(of.term, exponent), of.rows, of.cols)
