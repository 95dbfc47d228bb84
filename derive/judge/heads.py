"""How the derivatives on the left of a chain are read, where ∂ may be direct or total: in one way for all links of the
chain, and for a name of such a derivative in one way for the whole page. A = B = C says B = C."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

from derive.check.assumptions import ASSUMPTIONS
from derive.judge.choices import Head
from derive.judge.decide import Judge
from derive.judge.trial import FAILURES, Network
from derive.judge.written import Written
from derive.kernel.index import Condition
from derive.kernel.terms import Derivative, Quantity, Ref
from derive.reading.tree import Partial
from derive.understand.page import Understanding
from derive.understand.statement import EQUALITIES, Statement


class Chained(Network, Protocol):
    """A network whose statements are chains of a page; `judges` are those of its system."""

    written: Written
    judges: dict[tuple[object, ...], Judge]


@dataclass
class Heads:
    """The readings of the heads of a network's chains. `asked` are the statements that tell what a name for a
    derivative means."""

    network: Chained
    asked: set[int] = field(default_factory=set)

    @property
    def page(self) -> Understanding:
        return self.network.page

    @property
    def judge(self) -> Judge:
        return self.network.judge

    def settle_names(self, statements: list[Statement]) -> None:
        """Read each name for a direct or a total derivative, K_t = ∂h_t/∂b, for the whole page as the first claim needs
        it that holds so."""
        for key in [key for key, quantity in self.page.system.items() if self.is_either(quantity)]:
            quantity = self.page.system[key]
            [(condition, term)] = quantity.cases
            assert isinstance(term, Derivative)
            links = [link for statement in statements for link in self.links_of(statement, key)]
            self.asked |= {statement.number for statement, _ in links}
            ways = [term.through, *self.judge.otherwise(term, self.judge.steps)]
            defining = next((s for s in statements if self.defines(s, key, term)), None)
            for statement, n in links if defining is not None else ():
                found = next(
                    (way for way in ways if self.holds_with(quantity, condition, term, way, statement, n)), None
                )
                if found is not None:
                    break
                self.put(quantity)

    def is_either(self, quantity: Quantity) -> bool:
        """Whether a quantity is the derivative of a part of the recurrence by a parameter."""
        if len(quantity.cases) != 1 or not isinstance(term := quantity.cases[0][1], Derivative):
            return False
        by = self.page.system.get(term.wrt.name)
        is_recurrent = isinstance(term.of, Ref) and term.of.name in self.judge.recurrent
        return is_recurrent and by is not None and not by.letters

    def links_of(self, statement: Statement, key: str) -> Iterator[tuple[Statement, int]]:
        """The claims of a statement that begins with a name."""
        at = self.page.elaborator
        name = at.names.read(statement.sides[0], None, statement.number)
        if name is not None and at.split(statement.number, name)[0] == key:
            yield from ((statement, n) for n in self.links(statement))

    def defines(self, statement: Statement, key: str, term: Derivative) -> bool:
        """Whether a statement says that a name is a derivative, written with ∂ and not with d."""
        at = self.page.elaborator
        name = at.names.read(statement.sides[0], None, statement.number)
        if name is None or at.split(statement.number, name)[0] != key:
            return False
        for n, side in enumerate(statement.sides[1:], 1):
            if self.page.defines(statement, n) and isinstance(side, Partial):
                return side.direct is None
        return False

    def holds_with(
        self, quantity: Quantity, condition: Condition, term: Derivative, way: str, statement: Statement, n: int
    ) -> bool:
        """Whether a link holds where a name is a derivative that is followed so."""
        self.put(replace(quantity, cases=((condition, replace(term, through=way)),)))
        return self.holds(statement, n)

    def put(self, quantity: Quantity) -> None:
        """Have a name mean something else from now on."""
        self.page.system = {**self.page.system, quantity.name: quantity}
        self.network.judges.clear()

    def head_of(self, statement: Statement) -> Head | None:
        """How the derivatives on the left of a chain are read where they serve several links: so that most of them
        hold, and where that leaves a choice, the first ones. None where nothing is to be chosen."""
        chained = [(part, self.links(part)) for part in self.continued(statement)]
        if sum(len(links) for _, links in chained) < 2 or statement.number in self.network.formulas.statements:
            return None
        elaborator = self.page.elaborator
        elaborator.enter(statement.number, statement.sides[0])
        ways: list[Head] = []
        try:
            for left in self.network.formulas.put_in(elaborator.side(statement.sides[0])):
                ways += [way for way in self.judge.heads(left.term, self.judge.steps) if way not in ways]
        except FAILURES:
            return None
        if len(ways) < 2:
            return None
        holding = False
        for part, links in chained:
            standing = [self.standing(part, links, way) for way in ways]
            best = max((sum(found), found) for found in standing)
            ways = [way for way, found in zip(ways, standing, strict=True) if (sum(found), found) == best]
            holding = holding or best[0] > 0
        return ways[0] if holding else None

    def continued(self, statement: Statement) -> list[Statement]:
        """The statements that one goes on with, which begins with =, and itself."""
        chain = self.network.written.chains.get(statement.number)
        place = next((k for k, other in enumerate(self.page.statements) if other is statement), 0)
        if chain is None or not chain.continues or not place:
            return [statement]
        return [*self.continued(self.page.statements[place - 1]), statement]

    def is_continued(self, statement: Statement) -> bool:
        """Whether the statement after one goes on with its chain."""
        place = next(
            (k for k, other in enumerate(self.page.statements) if other is statement),
            len(self.page.statements),
        )
        after = self.page.statements[place + 1 : place + 2]
        chains = [self.network.written.chains.get(other.number) for other in after]
        return any(chain is not None and chain.continues for chain in chains)

    def links(self, statement: Statement) -> list[int]:
        """The sides of a statement that claim to be equal to its head."""
        sides = enumerate(statement.relations, 1)
        return [n for n, relation in sides if relation in EQUALITIES and not self.page.defines(statement, n)]

    def standing(self, statement: Statement, links: list[int], way: Head) -> list[bool]:
        """Which links of a chain hold with its head read so."""
        self.judge.head = way
        try:
            return [self.holds(statement, n) for n in links]
        finally:
            self.judge.head = None

    def holds(self, statement: Statement, n: int, allowed: Collection[str] = ASSUMPTIONS) -> bool:
        """Whether a link holds, in a reading that assumes nothing but what is allowed."""
        try:
            decision = self.network.decision(statement, n)
        except FAILURES:
            return False
        return decision.verdict == "holds" and {*decision.notes} & {*ASSUMPTIONS} <= {*allowed}
