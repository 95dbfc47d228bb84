"""A page: statements as trees, how it spells them, and what the check and NumPy say of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product as every

import numpy as np

from derive.check.results import Claim
from derive.judge.notes import check_document
from derive.reading import Document, Legend

from .formulas import At, D, Formula, Leaf, free, latex, readings
from .networks import World
from .values import Evaluator, Misfit, Missing, spread


@dataclass(frozen=True)
class Statement:
    """left = right, for every value of the free letters at which both sides exist; `when` (k < t, say) as text."""

    left: Formula
    right: Formula
    when: str = ""


@dataclass(frozen=True)
class Page:
    """How quantities are spelled, the legend, and the same network in floating point."""

    spelling: Mapping[str, str]
    vector: bool
    legend: Legend
    world: World
    statements: tuple[Statement, ...]
    adjoints: tuple[str, ...] = ()
    style: str = "_{{{}}}"
    unnamed: frozenset[str] = frozenset()

    def takes_script(self, name: str) -> bool:
        """Whether a power or a transpose can follow: h_t^2, but not a(t)^2, nor a second one on δ_t^h."""
        return self.vector and not name.startswith("delta_")

    def spell(self, name: str, at: str) -> str:
        if name.startswith("delta_"):
            return rf"\delta^{name.removeprefix('delta_')}" + self.style.format(at)
        return self.spelling.get(name, name) + (self.style.format(at) if at else "")

    def written(self, statement: Statement) -> str:
        return f"{latex(statement.left, self)} = {latex(statement.right, self)}{statement.when}"

    @cached_property
    def definitions(self) -> list[str]:
        return [
            latex(Leaf(f"delta_{name}", At("t")), self) + " = " + latex(D(Leaf("L"), Leaf(name, At("t"))), self)
            for name in self.adjoints
        ]

    def check(self, formulas: list[str]) -> list[Claim]:
        """The claim of each formula, on one page after the definitions and the statements of the page."""
        known = [*self.definitions, *map(self.written, self.statements)]
        text = "\n\n".join(f"$${formula}$$" for formula in (*known, *formulas))
        blocks = check_document(Document.read("page.md", text, "md"), self.legend).blocks
        assert all(len(block.claims) == 1 for block in blocks), [b.latex for b in blocks if len(b.claims) != 1]
        return [block.claims[0] for block in blocks[len(known) :]]

    def equal(self, statement: Statement) -> bool:
        """Whether the sides agree in floating point, the derivatives by a weight that nothing marks read so that they
        do."""
        sides = every(readings(statement.left), readings(statement.right))
        with np.errstate(all="ignore"):  # a slip may well divide by zero
            return any(self._agree(left, right, statement.when) for left, right in sides)

    def _agree(self, left: Formula, right: Formula, when: str) -> bool:
        letters, tried = sorted(free(left) | free(right)), False
        for values in every(range(1, self.world.T + 1), repeat=len(letters)):
            bound = dict(zip(letters, values, strict=True)) | {"T": self.world.T}
            if when and not bound["k"] < bound["t"]:
                continue
            evaluator = Evaluator(self.world, self.vector)
            try:
                a = evaluator.value(left, bound, evaluator.labels(left))
                b = evaluator.value(right, bound, frozenset(a.names))
            except Missing:
                continue
            except Misfit:
                return False
            tried = True
            if not self.vector and set(a.names) != set(b.names):
                return False
            entries = b.data if self.vector else spread(b, a.names)
            if np.shape(a.data) != np.shape(entries) or not np.allclose(a.data, entries, rtol=1e-9, atol=1e-12):
                return False
        return tried
