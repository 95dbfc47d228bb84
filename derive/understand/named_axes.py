"""Axes with names: what tells the axes of a reading apart where no order does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from derive.kernel.index import Index, letter
from derive.kernel.terms import Axes, Fold, Ref, Term
from derive.understand.typed import Misfit, Typed

Role = tuple[Ref, bool] | None  # of an axis: of which derivative's quantity, and whether it is the one differentiated


@dataclass(frozen=True)
class Named(Typed):
    """A term whose axes have names (in `rows`) and, in derivatives, the quantity that they belong to."""

    roles: tuple[Role, ...] = ()
    source: str = ""  # the quantity that it is

    def under(self, term: Term, bound: str) -> Typed:
        """The Σ or Π of the term over a letter. Raises Misfit for a Π of matrices that are no Jacobians."""
        if isinstance(term, Fold) and term.op == "prod" and self.chain is None and len(self.rows) > 1:
            raise Misfit("a Π of matrices, in scalar notation")
        roles = tuple(None if role is not None and bound in role[0].letters else role for role in self.roles)
        return replace(self, term=term, chain=None, roles=roles)


def names_of(axes: Iterable[Index]) -> Axes:
    """The names of axes with these extents."""
    found: list[Index] = []
    for axis in axes:
        name = str(axis)
        while letter(name) in found:
            name += "'"
        found.append(letter(name))
    return tuple(found)


def chain_roles(chain: tuple[Ref, Ref]) -> tuple[tuple[Ref, bool], tuple[Ref, bool]]:
    """What the axes of ∂u/∂v belong to: those of u, and those of v."""
    return (chain[0], True), (chain[1], False)


def plain(name: Index) -> str:
    """The extent of an axis of this name."""
    return str(name).rstrip("'")


def chained(quantity: str) -> str:
    """How what is kept says that a Jacobian outside can be chained through a quantity."""
    return f"∂{quantity}"
