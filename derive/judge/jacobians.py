"""Which indices come first in the Jacobians of a page: u's in ∂u/∂v or, in denominator layout, v's. Its claims say."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol

from derive.reading.tree import Partial
from derive.reading.tree import walk as nodes
from derive.understand.page import Understanding
from derive.understand.statement import Statement

SLIPS = 3  # claims in a layout for each that is a slip where it is the page's


class Decided(Protocol):
    """A network whose formulas are decided."""

    page: Understanding

    def verdict(self, statement: Statement) -> str: ...
    def is_loss(self, key: str) -> bool: ...
    def is_entry(self, statement: Statement) -> bool: ...


@dataclass
class Layout:
    """The layout of a network's Jacobians: 'denominator' or 'numerator' where a legend has `told` it. `alone` are the
    formulas that hold in denominator layout only, and those that hold in the usual one only. It `is_clear` where there
    is one of these, or it is told."""

    network: Decided
    told: str | None = None
    statements: list[Statement] = field(default_factory=list)
    alone: dict[bool, list[int]] = field(default_factory=dict)
    is_clear: bool = False

    def settle(self, statements: list[Statement]) -> bool:
        """Whether it is denominator layout: where two claims about a derivative alone say so that hold in that layout
        only, and no more than a slip says otherwise."""
        page, self.statements = self.network.page, statements
        if self.told is not None:
            self.is_clear, page.elaborator.denominator = True, self.told == "denominator"
            return page.elaborator.denominator
        self.alone = {False: [], True: []}
        for statement in statements:
            is_defined = any(page.defines(statement, n) for n in (1, 2))
            is_asked = isinstance(statement.sides[0], Partial) and self.has_jacobians(statement) and not is_defined
            if is_asked and not self.network.is_entry(statement):
                usual, other = (self.holds(statement, denominator) for denominator in (False, True))
                if usual != other:
                    self.alone[other].append(statement.number)
        self.is_clear = bool(self.alone[False])
        page.elaborator.denominator = len(self.alone[True]) >= max(2, SLIPS * len(self.alone[False]))
        return page.elaborator.denominator

    def has_jacobians(self, statement: Statement) -> bool:
        """Whether a formula has derivatives of anything but losses, whose layout may be one or the other."""
        derivatives = [node for side in statement.sides for node in nodes(side) if isinstance(node, Partial)]
        keys = [self.network.page.symbols.key(node.of, statement.number) for node in derivatives]
        return any(key is None or not self.network.is_loss(key) for key in keys)

    def holds(self, statement: Statement, denominator: bool) -> bool:
        """Whether a formula holds in one of both layouts."""
        elaborator, settled = self.network.page.elaborator, self.network.page.elaborator.denominator
        elaborator.denominator = denominator
        try:
            return self.network.verdict(statement) == "holds"
        finally:
            elaborator.denominator = settled

    @cached_property
    def is_needed(self) -> bool:
        """Whether some formula of the page holds in the usual layout only."""
        derived = [statement for statement in self.statements if self.has_jacobians(statement)]
        return any(self.holds(s, False) and not self.holds(s, True) for s in derived)

    def is_open(self, statement: Statement, n: int) -> bool:
        """Whether a link that fails would hold in denominator layout, which nothing on the page rules out."""
        if self.is_clear or self.network.page.elaborator.denominator or not self.has_jacobians(statement):
            return False
        link = replace(statement, sides=(statement.sides[0], statement.sides[n]), relations=("=",), memberships=())
        return self.holds(link, True) and not self.is_needed
