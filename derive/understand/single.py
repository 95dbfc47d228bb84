"""Formulas where arrays have a single entry: there every reading of a product, and every layout, is the same number.

What fails there fails under all readings. Classes keep their axis: of a single class a softmax says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from derive.kernel.index import Index, Width
from derive.kernel.points import last_layers
from derive.kernel.rewriting import number, walk
from derive.kernel.terms import Apply, Einsum, Entry, Fold, Power, Quantity, Ref, Term
from derive.reading.tree import Node, Span
from derive.understand.elaborate import Elaborator
from derive.understand.names import Name
from derive.understand.reader import Known, Scope
from derive.understand.typed import Typed

FIRST = Index(1)


def singletons(system: Mapping[str, Quantity]) -> frozenset[str]:
    """The extents of a system that may be 1: all but those along which something is normalised, of a softmax or of
    targets."""
    axes = {name for quantity in system.values() for axis in quantity.axes for name in axis.names}
    targets = [q for q in system.values() if q.kind in ("simplex", "one-hot") and q.axes]
    kept = {name for target in targets for name in target.axes[target.over].names}
    for quantity in system.values():
        for _, term in quantity.cases:
            for part in walk(term):
                if isinstance(part, Power) and part.exponent == -1:
                    kept |= {name for inner in walk(part.of) for name in normalised(inner)}
    return frozenset(axes - kept - last_layers(system) - {"t", "l", "T"})


def normalised(term: Term) -> frozenset[str]:
    """The extents over which a term sums exponentials."""
    if not any(isinstance(part, Apply) and part.function == "exp" for part in walk(term)):
        return frozenset()
    match term:
        case Einsum(_, _, out):
            return frozenset(name for label, axis in term.extents.items() if label not in out for name in axis.names)
        case Fold("sum", _, _, high):
            return frozenset(high.names)
    return frozenset()


@dataclass
class SingleEntry(Elaborator):
    """Elaborates formulas with a number for every array whose extents are in `singletons`."""

    singletons: frozenset[str] = frozenset()
    _whole: int = field(default=0)  # how deep within a derivative, which is taken of and by whole arrays

    def is_singleton(self, axis: Index) -> bool:
        if axis == FIRST:
            return True
        if axis.constant or len(axis.letters) != 1 or axis.letters[0][1] != 1:
            return False
        part = axis.letters[0][0]
        return (part.name if isinstance(part, Width) else part) in self.singletons

    def squeezed(self, of: Typed) -> Typed:
        """A reading without the axes of one entry."""
        picks = tuple(FIRST if self.is_singleton(axis) else None for axis in of.rows + of.cols)
        if self._whole or not any(picks) or of.wild:
            return of
        rows, cols = (tuple(axis for axis in axes if not self.is_singleton(axis)) for axes in (of.rows, of.cols))
        return replace(of, term=Entry(of.term, picks), rows=rows, cols=cols)

    def quantity(self, name: Name, known: Known, span: Span) -> Typed:
        return self.squeezed(super().quantity(name, known, span))

    def partial(self, of: Node, wrt: Node, direct: bool | None, scope: Scope) -> list[Typed]:
        self._whole += 1
        try:
            found = super().partial(of, wrt, direct, scope)
        finally:
            self._whole -= 1
        return [self.squeezed(reading) for reading in found]

    def linked(self, left: Typed, right: Typed) -> list[Typed]:
        return super().linked(unsqueezed(left), unsqueezed(right))

    def layouts(self, of: Typed, u: Ref, v: Ref) -> list[Typed]:
        return [self.squeezed(reading) for reading in super().layouts(of, u, v)]

    def special(self, name: Name, node: Node, follows: Node | None) -> tuple[list[Typed], int] | None:
        """I and 1 are the number 1."""
        found = super().special(name, node, follows)
        if found is None:
            return None
        return [Typed(number(1)) if reading.wild else reading for reading in found[0]], found[1]

    def applied_whole(self, base: str, of: Typed) -> Typed:
        """A diagonal matrix of one entry, and its trace, are that entry."""
        if of.is_scalar and base in ("diag", "Diag", "tr"):
            return of
        return super().applied_whole(base, of)


def unsqueezed(of: Typed) -> Typed:
    """The derivative that a reading is the single entry of."""
    if of.chain is None or not isinstance(of.term, Entry):
        return of
    return replace(of, term=of.term.of)
