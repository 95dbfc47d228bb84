"""The single slips that people make, undone: every one-edit variant of a right side that adds nothing from elsewhere.

Each edit is made twice, on the tree (to decide it) and on the LaTeX (to show it). Kinds come in the order in which
they are tried, the plainest first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from derive.judge.edits import Edit
from derive.judge.factor_slips import FactorSlips
from derive.judge.function_slips import FunctionSlips
from derive.judge.index_slips import IndexSlips
from derive.judge.places import Place
from derive.judge.sum_slips import SumSlips


@dataclass(frozen=True)
class Slips(SumSlips, FactorSlips, IndexSlips, FunctionSlips):
    """The edits of one right side."""

    def edits(self) -> Iterator[Edit]:
        """Every variant, the plainest kind first."""
        pieces = list(self.finder.pieces(self.node))
        kinds: dict[str, Callable[[list[Place]], Iterator[Edit]]] = {
            "sign": self.signs,
            "transpose": self.transposes,
            "direct-for-total": self.derivatives,
            "slice": self.slices,
            "index": self.indices,
            "bound": self.bounds,
            "extra-factor": self.dropped,
            "order": self.orders,
            "product": self.products,
            "power": self.powers,
            "prime": self.primes,
            "quantity": self.quantities,
            "function": self.functions,
            "extra-term": self.terms,
            "brackets": self.brackets,
        }
        for name, kind in kinds.items():
            yield from (replace(edit, kind=edit.kind or name) for edit in kind(pieces))
