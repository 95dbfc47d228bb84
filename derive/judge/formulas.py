"""Formulas of functions decided, and the meanings that they give."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from derive.judge.decide import Decision, Judge
from derive.kernel.field import Undecidable
from derive.kernel.index import Unbound
from derive.kernel.terms import Malformed, Quantity, Term, walk
from derive.reading import ReadError
from derive.understand import functions
from derive.understand.page import Statement
from derive.understand.typed import Misfit, Typed


@dataclass
class Formulas:
    """The formulas of functions on a page: which statements they are, and what they say of the page's functions.

    `unread` are functions that a formula defines which could not be read: nothing is known of them."""

    key: bytes
    statements: dict[int, str] = field(default_factory=dict)  # with the letter of each
    known: dict[str, str] = field(default_factory=dict)
    bodies: dict[str, Term] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, statements: list[Statement], key: bytes) -> Formulas:
        found = cls(key)
        for statement in statements:
            name = functions.local_letter(statement.sides)
            if name is not None and all(relation in ("=", ":=", "equiv") for relation in statement.relations):
                found.statements[statement.number] = name
                found.learn(statement)
        return found

    def learn(self, statement: Statement) -> None:
        """Give a function the meaning that a formula says."""
        function = functions.defined(statement.sides)
        if function is None or function in self.known or function in self.bodies:
            return
        try:
            readings = self.readings(statement, 1)
        except (ReadError, Misfit, Malformed):
            self.unread.add(function)
            return
        judge = Judge(functions.SYSTEM, self.key)
        for name, term in functions.CANDIDATES:
            try:
                if judge.decide([Typed(term)], readings, (), ()).verdict == "holds":
                    self.known[function] = name
                    return
            except (Undecidable, Unbound, Malformed):
                continue
        if functions.is_plain(readings[0].term):
            self.bodies[function] = readings[0].term
        else:
            self.unread.add(function)

    def readings(self, statement: Statement, n: int) -> list[Typed]:
        """The readings of one side."""
        at = functions.elaborator(statement.sides, self.statements[statement.number], self.known)
        at.enter(0, statement.sides[0])
        return self.put_in(at.side(statement.sides[n]))

    def put_in(self, readings: list[Typed]) -> list[Typed]:
        """Readings with the page's own functions put in."""
        return [replace(r, term=functions.expanded(r.term, self.bodies)) for r in readings]

    def put_into(self, quantity: Quantity) -> Quantity:
        """A quantity whose definitions have the page's own functions put in."""
        cases = tuple((condition, functions.expanded(term, self.bodies)) for condition, term in quantity.cases)
        return replace(quantity, cases=cases)

    def is_definition(self, statement: Statement, n: int) -> bool:
        """Whether one side of a formula says what its function is."""
        return n == 1 and functions.defined(statement.sides) is not None

    def decision(self, statement: Statement, n: int) -> Decision:
        """The verdict on one link of such a formula. Raises ReadError or Misfit where it cannot be read."""
        lefts, rights = self.readings(statement, 0), self.readings(statement, n)
        spoken = {part.function for side in lefts + rights for part in walk(side.term) if hasattr(part, "function")}
        if spoken & self.unread:
            return Decision("unknown", reason=f"what {', '.join(sorted(spoken & self.unread))} is could not be read")
        return self.judge.decide(lefts, rights, (), ())

    @property
    def judge(self) -> Judge:
        """The judge of formulas, which speak of no network."""
        return Judge(functions.SYSTEM, self.key)
