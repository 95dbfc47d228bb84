"""The language of claims: a closed set of terms, each an array with named extents along positional axes.

Everything bilinear is one operation, `Einsum`: matrix product, ⊙, outer product, transpose, diagonal, trace and the sum
of all entries. Whoever builds a term has settled every reading: nothing here depends on how a formula was written.
The set stands in one file: who reads it has read all that a claim can say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain

from derive.kernel.index import Comparison, Condition, Index
from derive.once import Hashed, once

Axes = tuple[Index, ...]
SCALAR: Axes = ()


class Malformed(ValueError):
    """A term whose parts do not fit: a mistake of whoever built it."""


@dataclass(frozen=True, eq=False)
class Term(Hashed):
    """An array; `axes` are the extents of its axes."""

    @once
    def axes(self) -> Axes:
        raise Malformed(type(self).__name__)

    @once
    def parts(self) -> tuple[Term, ...]:
        """The terms directly inside."""
        return tuple(value for value in self._values if isinstance(value, Term))

    @once
    def indices(self) -> tuple[Index, ...]:
        """The indices that stand in it directly."""
        return tuple(value for value in self._values if isinstance(value, Index))

    @once
    def _values(self) -> tuple[object, ...]:
        return tuple(_flat(self._key[1:]))

    @once
    def letters(self) -> frozenset[str]:
        """The free letters in it, names of sizes included."""
        found = frozenset[str]().union(*(part.letters for part in self.parts))
        return found.union(*(index.names for index in self.indices))

    @once
    def sorted_letters(self) -> tuple[str, ...]:
        return tuple(sorted(self.letters))

    @once
    def constant(self) -> bool:
        """Whether it reads no quantity."""
        return all(part.constant for part in self.parts)

    @once
    def atoms(self) -> tuple[Term, ...]:
        """The quantities, derivatives and indicators in it, itself included, each once, in the order of `walk`."""
        own = (self,) if isinstance(self, Ref | Derivative | Indicator) else ()
        return tuple(dict.fromkeys(chain(own, *(part.atoms for part in self.parts))))

    @once
    def reach(self) -> int:
        """The largest number in the indices in it."""
        inside = [part.reach for part in self.parts]
        return max([*inside, *(abs(index.constant) for index in self.indices)], default=0)


def _flat(value: object) -> Iterator[object]:
    if isinstance(value, tuple):
        for item in value:
            yield from _flat(item)
    elif isinstance(value, Comparison):
        yield from (value.left, value.right)
    else:
        yield value


@dataclass(frozen=True, eq=False)
class Number(Term):
    value: Fraction
    axes = SCALAR


@dataclass(frozen=True, eq=False)
class Numeral(Term):
    """An index, or a size, as a number."""

    index: Index
    axes = SCALAR


@dataclass(frozen=True, eq=False)
class Ref(Term):
    """A quantity at indices; `extents` are those of its axes there."""

    name: str
    at: tuple[Index, ...] = ()
    extents: Axes = SCALAR
    constant = False

    @once
    def axes(self) -> Axes:
        return self.extents


@dataclass(frozen=True, eq=False)
class Entry(Term):
    """The part of an array at some places: `picks` has an index, counted from 1, or None (all) for each axis."""

    of: Term
    picks: tuple[Index | None, ...]

    @once
    def axes(self) -> Axes:
        if len(self.picks) != len(self.of.axes):
            raise Malformed(f"{len(self.picks)} places in an array of {len(self.of.axes)} axes")
        return tuple(axis for axis, pick in zip(self.of.axes, self.picks, strict=True) if pick is None)


@dataclass(frozen=True, eq=False)
class Add(Term):
    """The sum of arrays of the same axes."""

    terms: tuple[Term, ...]

    @once
    def axes(self) -> Axes:
        found = {term.axes for term in self.terms}
        if len(found) != 1:
            raise Malformed("a sum of arrays of different axes")
        return found.pop()


@dataclass(frozen=True, eq=False)
class Einsum(Term):
    """Σ over the labels that are not in `out` of the product of the entries: operand i has the axes `labels[i]`.

    The labels of one operand are distinct small letters, and every label of `out` is one of an operand's: diagonals and
    broadcasts are made with `Identity` and `Ones`.
    """

    operands: tuple[Term, ...]
    labels: tuple[str, ...]
    out: str

    @once
    def parts(self) -> tuple[Term, ...]:
        return self.operands

    @once
    def indices(self) -> tuple[Index, ...]:
        return ()

    @once
    def extents(self) -> dict[str, Index]:
        """The extent that each label runs over. Raises Malformed where two axes of one label differ."""
        found: dict[str, Index] = {}
        for operand, labels in zip(self.operands, self.labels, strict=True):
            if len(labels) != len(operand.axes) or len(set(labels)) < len(labels) or not set(labels) <= set(LABELS):
                raise Malformed(f"the labels {labels!r} on {len(operand.axes)} axes")
            for label, axis in zip(labels, operand.axes, strict=True):
                if found.setdefault(label, axis) != axis:
                    raise Malformed(f"{found[label]} beside {axis}")
        return found

    @once
    def axes(self) -> Axes:
        if not set(self.out) <= self.extents.keys() or len(set(self.out)) < len(self.out):
            raise Malformed(f"nothing has the axes {self.out!r}")
        return tuple(self.extents[label] for label in self.out)


@dataclass(frozen=True, eq=False)
class Power(Term):
    """Entry by entry, to a rational power or, for whole numbers, to an index."""

    of: Term
    exponent: Fraction | Index

    @once
    def axes(self) -> Axes:
        return self.of.axes


@dataclass(frozen=True, eq=False)
class Apply(Term):
    """A function of one number, entry by entry, differentiated `order` times. A name without a rule in `functions.py`
    is a function of which nothing is known, another one at other indices `at`."""

    function: str
    of: Term
    order: int = 0
    at: tuple[Index, ...] = ()

    @once
    def axes(self) -> Axes:
        return self.of.axes


@dataclass(frozen=True, eq=False)
class Opaque(Term):
    """An array that depends in an unknown way on whole arrays; with `by`, its Jacobian by that argument, the axes of
    the argument last."""

    function: str
    arguments: tuple[Term, ...]
    extents: Axes
    by: int | None = None

    @once
    def axes(self) -> Axes:
        return self.extents if self.by is None else (*self.extents, *self.arguments[self.by].axes)


def row_axes(rank: int) -> int:
    """How many axes of a factor of a Π are rows: half of them, where there are as many for columns."""
    return rank // 2 if rank % 2 == 0 else 0


@dataclass(frozen=True, eq=False)
class Fold(Term):
    """Σ or Π of `body` for `letter` from `low` to `high`; empty where they have crossed.

    A Π of matrices is their product, the lowest index on the left or, `falling`, on the right, and their extents may
    depend on the letter; so is that of Jacobians of matrices, with as many axes for rows as for columns. Of other
    arrays it is taken entry by entry.
    """

    op: str  # 'sum' or 'prod'
    letter: str
    low: Index
    high: Index
    body: Term
    falling: bool = False

    @once
    def axes(self) -> Axes:
        axes = self.body.axes
        if self.op == "prod" and len(axes) == 2:
            first, last = (self.high, self.low) if self.falling else (self.low, self.high)
            return (axes[0].put({self.letter: first}), axes[1].put({self.letter: last}))
        if any(self.letter in axis.names for axis in axes):
            raise Malformed(f"the axes depend on {self.letter}")
        return axes

    @once
    def letters(self) -> frozenset[str]:
        return (self.body.letters - {self.letter}) | self.low.names | self.high.names

    @property
    def rows(self) -> int:
        """How many axes of the factors of a Π are rows; 0 where they are multiplied entry by entry."""
        return row_axes(len(self.axes)) if self.op == "prod" else 0


@dataclass(frozen=True, eq=False)
class Build(Term):
    """The array whose place `letter`, from 1 to `extent` along a new first axis, holds `body`."""

    letter: str
    extent: Index
    body: Term

    @once
    def axes(self) -> Axes:
        return (self.extent, *self.body.axes)

    @once
    def letters(self) -> frozenset[str]:
        return (self.body.letters - {self.letter}) | self.extent.names


@dataclass(frozen=True, eq=False)
class Choice(Term):
    """The first branch whose condition is met."""

    branches: tuple[tuple[Condition, Term], ...]

    @once
    def axes(self) -> Axes:
        return Add(self.parts).axes


@dataclass(frozen=True, eq=False)
class Indicator(Term):
    """1 where the condition is met, else 0."""

    condition: Condition
    axes = SCALAR


@dataclass(frozen=True, eq=False)
class Identity(Term):
    """The identity matrix."""

    extent: Index

    @once
    def axes(self) -> Axes:
        return (self.extent, self.extent)


@dataclass(frozen=True, eq=False)
class Ones(Term):
    """The array of ones."""

    extents: Axes

    @once
    def axes(self) -> Axes:
        return self.extents


@dataclass(frozen=True, eq=False)
class Join(Term):
    """Arrays one after the other along an axis."""

    pieces: tuple[Term, ...]
    axis: int

    @once
    def axes(self) -> Axes:
        rest = {axes[: self.axis] + axes[self.axis + 1 :] for axes in (piece.axes for piece in self.pieces)}
        if len(rest) != 1:
            raise Malformed("joined arrays whose other axes differ")
        total = Index()
        for piece in self.pieces:
            total = total.plus(piece.axes[self.axis])
        return (*self.pieces[0].axes[: self.axis], total, *self.pieces[0].axes[self.axis + 1 :])


@dataclass(frozen=True, eq=False)
class Slice(Term):
    """The places from `start` (counted from 0) to before `stop` along an axis."""

    of: Term
    axis: int
    start: Index
    stop: Index

    @once
    def axes(self) -> Axes:
        axes = self.of.axes
        return (*axes[: self.axis], self.stop.plus(self.start, -1), *axes[self.axis + 1 :])


TOTAL, STEP, OWN, ALONG, WITHIN = "total", "step", "own", "along", "within"


@dataclass(frozen=True, eq=False)
class Derivative(Term):
    """∂of/∂wrt, the axes of `of` first; `through` says which definitions the derivative follows.

    TOTAL: every one. STEP: those of quantities at the step of `of`, what stands at other steps held. OWN: that of `of`
    alone, the quantities in it held. ALONG: those of the quantities named in `along`. WITHIN: every one, but nothing
    that a quantity of one step reads of another step. With `uses`, `wrt` counts only
    where a quantity of that step reads it: the copy of a parameter that one step uses, or one path out of a state.
    """

    of: Term
    wrt: Ref
    through: str = TOTAL
    along: frozenset[str] = frozenset()
    uses: Index | None = None

    @once
    def axes(self) -> Axes:
        return (*self.of.axes, *self.wrt.axes)


LABELS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Quantity:
    """What a name stands for, at the indices `letters`.

    `cases` are its definitions, the first whose condition is met counts; where none is, its value is given: a
    parameter, an input, an initial state. `step` tells which index is the step. `kind` says what given values may be:
    'real', 'simplex' and 'one-hot' (of targets, along the axis `over`), or 'zero'.
    """

    name: str
    letters: tuple[str, ...] = ()
    axes: Axes = SCALAR
    cases: tuple[tuple[Condition, Term], ...] = field(default=())
    step: int | None = None
    kind: str = "real"
    over: int = -1

    @once
    def reads(self) -> frozenset[str]:
        """The quantities that its definitions read."""
        return frozenset(part.name for _, term in self.cases for part in term.atoms if isinstance(part, Ref))


System = Mapping[str, Quantity]
