"""A claim as it is meant under assumptions: its sides, the quantities it speaks of, and the extents that are given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from derive.kernel.compare import Claim
from derive.kernel.index import Index, letter
from derive.kernel.rewriting import put, replaced, walk
from derive.kernel.terms import Derivative, Einsum, Fold, Opaque, Quantity, Ref, Term
from derive.understand.guards import closure, read_by

FIRST, LAST = Index(1), letter("T")


@dataclass(frozen=True)
class Assumed:
    """A claim and its system under the assumptions `names`, with `fixed` extents; `open` are the derivatives that the
    left side writes with ∂. `word` is what the page is about, where it is one word."""

    claim: Claim
    system: Mapping[str, Quantity]
    open: frozenset[Derivative]
    names: tuple[str, ...] = ()
    fixed: Mapping[str, int] = field(default_factory=dict)
    word: str = ""

    @property
    def derivatives(self) -> list[Derivative]:
        """Those of the left side that may stand for less."""
        found = dict.fromkeys(part for part in walk(self.claim.left) if isinstance(part, Derivative))
        return [d for d in found if d in self.open and d.uses is None]

    def put(self, old: Derivative, new: Derivative) -> Assumed:
        """With another derivative on the left."""
        claim = replace(self.claim, left=replaced(self.claim.left, {old: new}))
        return replace(self, claim=claim)

    def is_parameter(self, name: str) -> bool:
        """Whether a quantity is given once, for all steps."""
        quantity = self.system[name]
        return not quantity.cases and not quantity.letters

    def summed(self, name: str) -> Fold | None:
        """The sum over all steps that a quantity is, but for a factor."""
        quantity = self.system[name]
        if quantity.letters or quantity.axes or len(quantity.cases) != 1 or quantity.cases[0][0]:
            return None
        folds = [p for p in outside(quantity.cases[0][1]) if isinstance(p, Fold)]
        if len(folds) != 1 or (folds[0].op, folds[0].low, folds[0].high) != ("sum", FIRST, LAST):
            return None
        return folds[0]

    def is_open(self, name: str) -> bool:
        """Whether a quantity is taken for a sum over all steps of what is any function at each, as a loss that the page
        leaves open is; not where the page says that it is a sum."""
        fold = self.summed(name)
        body = self.system[fold.body.name] if fold is not None and isinstance(fold.body, Ref) else None
        terms = [term for _, term in body.cases] if body is not None else []
        return bool(terms) and all(isinstance(term, Opaque) and term.function == f"loss {name}" for term in terms)

    def at_step(self, name: str, step: Index) -> Term | None:
        """What one step gives to a quantity that is a sum over all steps."""
        fold = self.summed(name)
        if fold is None:
            return None
        return replaced(self.system[name].cases[0][1], {fold: put(fold.body, {fold.letter: step})})


def in_recurrence(system: Mapping[str, Quantity]) -> frozenset[str]:
    """The quantities that depend on themselves at other steps."""
    return frozenset(key for key, names in closure(read_by(system)).items() if key in names)


def outside(term: Term) -> Iterator[Term]:
    """The term and, where it is a product with numbers, its factors."""
    yield term
    if isinstance(term, Einsum):
        for operand in term.operands:
            yield from outside(operand)
