"""Derivatives of terms at a point, by reverse accumulation over the quantities that a term reads.

The adjoint of a quantity is Σ over what reads it of (adjoint of the reader) · ∂reader/∂quantity, the quantities taken
in the reverse of the order in which they are computed (Linnainmaa 1970; Griewank and Walther 2008, algorithm 3.6). One
sweep gives the derivatives of one term by everything that it reads, in time linear in the number of steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from math import prod

from derive.kernel import terms
from derive.kernel.field import Scalars, Undecidable
from derive.kernel.index import Bound
from derive.kernel.tensor import Shape, Tensor, added, block, contracted, filled, identity
from derive.kernel.terms import ALONG, STEP, TOTAL, WITHIN, Derivative, Term
from derive.kernel.values import Instance, Point, Values

Shares = dict[Instance, list[tuple[Instance | None, Tensor]]]  # for each quantity what each of its readers gives it
Pull = Callable[..., None]
LEAD = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass
class Sweep:
    """A sweep that goes back as far as it is asked to: `ahead` are the quantities that it has still to pass, the next
    one last, `places` where all of them stood, and `shares` what was given to each so far. `within`: no quantity of one
    step gives anything to another step."""

    lead: Shape
    shares: Shares
    ahead: list[Instance]
    places: dict[Instance, int]
    within: bool


class Evaluator(Values):
    """Values and derivatives of terms at one point."""

    def __init__(self, point: Point, field: Scalars | None = None, base: Values | None = None) -> None:
        super().__init__(point, field, base)
        self._sweeps: dict[object, Sweep] = {}

    def derivative(self, term: Derivative, bound: Bound) -> Tensor:
        """The value of ∂of/∂wrt: zero where `of` does not depend on it."""
        wrt = self.instance(term.wrt, bound)
        lead, shape = self.shape(term.of.axes, bound), self.shape(term.wrt.axes, bound)
        uses = None if term.uses is None else term.uses.at(bound)
        key = (self.key(term.of, bound), term.through, term.along)
        if key not in self._sweeps:
            self._sweeps[key] = self._begin(term, bound)
        try:
            shares = self._advance(self._sweeps[key], wrt)
        except Exception:
            del self._sweeps[key]  # it stands half-way, and would give too little
            raise
        found = [
            share for reader, share in shares if uses is None or (reader is not None and self.step(reader) == uses)
        ]
        return added(found, self.field) if found else filled(lead + shape, self.field.number(0))

    def step(self, instance: Instance) -> int | None:
        place = self.point.system[instance[0]].step
        return None if place is None else instance[1][place]

    def _begin(self, term: Derivative, bound: Bound) -> Sweep:
        """The sweep back from `term.of` over every quantity that the derivative follows."""
        lead = self.shape(term.of.axes, bound)
        shares: Shares = {}
        self._pull(term.of, bound, identity(lead, self.field), lead, None, shares)
        core = term.of
        while isinstance(core, terms.Entry):
            core = core.of
        own = self.instance(core, bound) if isinstance(core, terms.Ref) else None
        step = None if own is None else self.step(own)

        def follows(instance: Instance) -> bool:
            if term.through in (TOTAL, WITHIN) or instance == own:
                return True
            if term.through == STEP and own is not None:
                return self.step(instance) in (None, step)
            return term.through == ALONG and instance[0] in term.along

        ahead = self.order(list(shares), follows)
        return Sweep(
            lead, shares, ahead, {instance: place for place, instance in enumerate(ahead)}, term.through == WITHIN
        )

    def _advance(self, sweep: Sweep, wrt: Instance) -> list[tuple[Instance | None, Tensor]]:
        """What the sweep gives to a quantity, after it has come as far back: what reads it comes after it."""
        place = sweep.places.get(wrt, -1)
        while len(sweep.ahead) > place + 1:
            instance = sweep.ahead.pop()
            definition = self.definition(instance)
            if definition is not None and instance in sweep.shares:
                adjoint = added([share for _, share in sweep.shares[instance]], self.field)
                given: Shares = {} if sweep.within else sweep.shares
                self._pull(*definition, adjoint, sweep.lead, instance, given)
                for read in given if sweep.within else ():
                    if None in (self.step(instance), self.step(read)) or self.step(instance) == self.step(read):
                        sweep.shares.setdefault(read, []).extend(given[read])
        return sweep.shares.get(wrt, [])

    def _pull(
        self, term: Term, bound: Bound, adjoint: Tensor, lead: Shape, reader: Instance | None, shares: Shares
    ) -> None:
        """Add to `shares` what an adjoint (the axes `lead`, then those of the term) gives to what a term reads."""

        def pull(inner: Term, share: Tensor, at: Bound = bound) -> None:
            self._pull(inner, at, share, lead, reader, shares)

        if term.constant:
            return
        match term:
            case terms.Ref():
                shares.setdefault(self.instance(term, bound), []).append((reader, adjoint))
            case terms.Entry(of, picks):
                shape = self.shape(of.axes, bound)
                places, _ = self.places(shape, picks, bound)
                pull(of, self._scattered(adjoint, lead, shape, places))
            case terms.Add(parts):
                for part in parts:
                    pull(part, adjoint)
            case terms.Einsum():
                self._pull_einsum(term, bound, adjoint, lead, pull)
            case terms.Power(of, exponent):
                n = self.exponent(exponent, bound)
                if n == 0:
                    return
                base = self.value(of, bound)
                factor = self.field.number(n)
                powers = [self.field.mul((factor, self.field.power(entry, Fraction(n - 1)))) for entry in base.data]
                pull(of, self._times(adjoint, Tensor(base.shape, powers), lead))
            case terms.Apply(function, of, order, at):
                slope = self.value(terms.Apply(function, of, order + 1, at), bound)
                pull(of, self._times(adjoint, slope, lead))
            case terms.Opaque(function, arguments, extents, None):
                for i, argument in enumerate(arguments):
                    if not argument.constant:
                        jacobian = self.value(terms.Opaque(function, arguments, extents, i), bound)
                        pull(argument, self._chained(adjoint, jacobian, lead))
            case terms.Fold():
                self._pull_fold(term, bound, adjoint, lead, pull)
            case terms.Build(letter, extent, body):
                for place in range(extent.at(bound)):
                    places = block(adjoint.shape, len(lead), place, place + 1)
                    share = Tensor(lead + adjoint.shape[len(lead) + 1 :], [adjoint.data[i] for i in places])
                    pull(body, share, {**bound, letter: place + 1})
            case terms.Choice():
                pull(self.branch(term, bound), adjoint)
            case terms.Join(pieces, axis):
                start = 0
                for piece in pieces:
                    shape = self.shape(piece.axes, bound)
                    places = block(adjoint.shape, len(lead) + axis, start, start + shape[axis])
                    pull(piece, Tensor(lead + shape, [adjoint.data[i] for i in places]))
                    start += shape[axis]
            case terms.Slice(of, axis, start_at, stop_at):
                shape = self.shape(of.axes, bound)
                places = block(shape, axis, start_at.at(bound), stop_at.at(bound))
                pull(of, self._scattered(adjoint, lead, shape, places))
            case _:
                raise Undecidable("a derivative of a derivative")

    def _pull_einsum(self, term: terms.Einsum, bound: Bound, adjoint: Tensor, lead: Shape, pull: Pull) -> None:
        values: dict[int, Tensor] = {}
        head = LEAD[: len(lead)]
        for k, (operand, labels) in enumerate(zip(term.operands, term.labels, strict=True)):
            if operand.constant:
                continue
            tensors, names = [adjoint], [head + term.out]
            for n, other in enumerate(term.operands):
                if n != k:
                    if n not in values:
                        values[n] = self.value(other, bound)
                    tensors.append(values[n])
                    names.append(term.labels[n])
            alone = "".join(label for label in labels if not any(label in name for name in names))
            if alone:  # summed in this operand alone: every entry gets the same
                tensors.append(filled(tuple(term.extents[label].at(bound) for label in alone), self.field.number(1)))
                names.append(alone)
            pull(operand, contracted(tensors, names, head + labels, self.field))

    def _pull_fold(self, fold: terms.Fold, bound: Bound, adjoint: Tensor, lead: Shape, pull: Pull) -> None:
        places = [{**bound, fold.letter: i} for i in self.range(fold, bound)]
        if fold.op == "sum":
            for place in places:
                pull(fold.body, adjoint, place)
            return
        if not places:
            return
        if fold.falling:
            places.reverse()
        values = [self.value(fold.body, place) for place in places]
        before = accumulate(values[:-1], self.product)
        after = list(accumulate(values[:0:-1], lambda right, left: self.product(left, right)))[::-1]
        head, rank, n = LEAD[: len(lead)], len(fold.axes), fold.rows
        rows, inner, cols = terms.LABELS[:n], terms.LABELS[n:rank], terms.LABELS[rank : rank + n]
        for place, left, right in zip(places, [None, *before], [*after, None], strict=True):
            share = adjoint  # of a product A M B by M: Aᵀ · adjoint · Bᵀ
            if left is not None:
                names, out = ([rows + cols, rows + inner], inner + cols) if n else ([inner, inner], inner)
                share = contracted([share, left], [head + names[0], names[1]], head + out, self.field)
            if right is not None:
                names, out = ([rows + cols, inner + cols], rows + inner) if n else ([inner, inner], inner)
                share = contracted([share, right], [head + names[0], names[1]], head + out, self.field)
            pull(fold.body, share, place)

    def _times(self, adjoint: Tensor, slope: Tensor, lead: Shape) -> Tensor:
        """Entry by entry, for each of the leading axes."""
        data = slope.data * prod(lead)
        return Tensor(adjoint.shape, [self.field.mul(pair) for pair in zip(adjoint.data, data, strict=True)])

    def _chained(self, adjoint: Tensor, jacobian: Tensor, lead: Shape) -> Tensor:
        inner = len(adjoint.shape) - len(lead)
        head, middle = LEAD[: len(lead)], terms.LABELS[:inner]
        tail = terms.LABELS[inner : len(jacobian.shape)]
        return contracted([adjoint, jacobian], [head + middle, middle + tail], head + tail, self.field)

    def _scattered(self, adjoint: Tensor, lead: Shape, shape: Shape, places: list[int]) -> Tensor:
        """The entries at some places of a larger array, zero elsewhere."""
        zero = self.field.number(0)
        data = []
        for n in range(prod(lead)):
            row = [zero] * prod(shape)
            for k, place in enumerate(places):
                row[place] = adjoint.data[n * len(places) + k]
            data += row
        return Tensor(lead + shape, data)
