"""Why a network of a page becomes no model: errors that name the formula that is to blame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from derive.judge.checker import Checker
from derive.kernel.rewriting import walk as parts
from derive.kernel.terms import Opaque, Quantity
from derive.reading import ReadError
from derive.understand.customs import LOSSES
from derive.understand.statement import Statement
from derive.understand.system import NOT_BUILT


class Located(ReadError):
    """An error that names its equation already."""


@dataclass(frozen=True)
class Faults:
    """What is wrong with one network of a page, and where."""

    checker: Checker

    def at(self, statement: Statement, reason: str) -> Located:
        """An error at a formula."""
        written = self.checker.written
        chain = written.chains.get(statement.number)
        if chain is None:
            return Located(f"{written.document.path}: an equation of the legend: {reason}")
        formula = f"{chain.sides[0].latex} = {chain.sides[1].latex}"
        return Located(f"{written.document.path}:{written.line(statement.number)}: {formula}: {reason}")

    def of(self, key: str, reason: str) -> Located:
        """An error at the formula that defines a quantity."""
        page = self.checker.page
        known = {number for number, _ in page.choice.network} | page.failures.keys()
        defining = (s for s in page.statements if s.number in known and self._head(s) == key)
        statement = next(defining, None)
        if statement is None and not key.endswith("[step]"):
            return self.of(f"{key}[step]", reason)
        if statement is None:
            return self._nowhere(f"{key.removesuffix('[step]')}: {reason}")
        return self.at(statement, reason)

    def without_loss(self) -> Located:
        """What is wrong with the formula of the loss, or that there is none."""
        page = self.checker.page
        for statement in page.statements:
            head = page.symbols.whole(statement.sides[0], statement.number)
            if head is not None and head.mention.base in LOSSES and statement.number in page.failures:
                return self._failed(statement)
        return self._nowhere("no formula says what the loss is: state it on the page, or in the legend's [network]")

    def without_definition(self, key: str, quantity: Quantity, latex: Mapping[str, str]) -> Located:
        """What is wrong with the formula of a loss, or where the page speaks of one and says nowhere what it is."""
        page = self.checker.page
        if left_out(key.removesuffix("[step]"), quantity):  # of which the page speaks alone
            key = key.removesuffix("[step]")
        failed = (s for s in page.statements if s.number in page.failures and self._head(s) == key)
        if (statement := next(failed, None)) is not None:
            return self._failed(statement)
        loss = latex[key] + (" of a step" if key.endswith("[step]") else "")
        reason = f"no formula says what the loss {loss} is: state it on the page, or in the legend's [network]"
        return self.where_spoken(key, reason)

    def where_spoken(self, key: str, reason: str) -> Located:
        """An error at the first formula that speaks of a quantity."""
        spoken = next((s for s in self.checker.page.statements if key in self._spoken(s)), None)
        return self._nowhere(reason) if spoken is None else self.at(spoken, reason)

    def _failed(self, statement: Statement) -> Located:
        """Why a formula could not be read: where it is built of what could not be read, the first of that."""
        page = self.checker.page
        network = {number for number, _ in page.choice.network}
        if page.failures[statement.number] == NOT_BUILT:
            failed = (s for s in page.statements if page.failures.get(s.number, NOT_BUILT) != NOT_BUILT)
            statement = next((s for s in failed if s.number in network), statement)
        return self.at(statement, page.failures[statement.number])

    def _head(self, statement: Statement) -> str | None:
        """The quantity that a formula begins with."""
        page = self.checker.page
        head = page.symbols.whole(statement.sides[0], statement.number)
        return None if head is None else page.elaborator.split(statement.number, head)[0]

    def _spoken(self, statement: Statement) -> set[str]:
        """The quantities in a formula."""
        at = self.checker.page.elaborator
        names = (name for side in statement.sides for name in at.names.inside(side, statement.number))
        return {at.split(statement.number, name)[0] for name in names}

    def _nowhere(self, reason: str) -> Located:
        return Located(f"{self.checker.written.document.path}: {reason}")


def left_out(loss: str, quantity: Quantity) -> bool:
    """Whether a quantity is made of a loss of which no formula says what it is."""
    terms = (part for _, term in quantity.cases for part in parts(term))
    return any(isinstance(part, Opaque) and part.function == f"loss {loss}" for part in terms)
