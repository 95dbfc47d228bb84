"""Formulas of functions decided, and the meanings that they give."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from derive.judge.decide import Decision, Judge
from derive.judge.doubts import ANOTHER, is_defined_in, with_function
from derive.kernel.field import Undecidable
from derive.kernel.index import Unbound
from derive.kernel.rewriting import walk
from derive.kernel.terms import Malformed, Quantity, Term
from derive.reading import ReadError
from derive.reading.tree import Symbol
from derive.reading.tree import walk as nodes
from derive.understand import functions
from derive.understand.statement import Statement
from derive.understand.symbols import CUSTOMS
from derive.understand.told_functions import OPEN
from derive.understand.typed import Misfit, Typed


@dataclass(frozen=True)
class Meanings:
    """What formulas say of functions: that they are known ones, or what to put in for them; of those that are `unread`,
    something that could not be read."""

    known: dict[str, str] = field(default_factory=dict)
    bodies: dict[str, Term] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()

    def of(self, function: str) -> object:
        """What is said of one function; None where nothing is."""
        return self.known.get(function, self.bodies.get(function, "unread" if function in self.unread else None))

    def but(self, function: str) -> Meanings:
        """All but what is said of one function."""
        known, bodies = ({k: v for k, v in said.items() if k != function} for said in (self.known, self.bodies))
        return Meanings(known, bodies, self.unread - {function})  # type: ignore[arg-type]

    def put_in(self, readings: list[Typed]) -> list[Typed]:
        """Readings with the page's own functions put in, and the known ones for those that are known in these."""
        return [replace(r, term=self.expanded(r.term)) for r in readings]

    def expanded(self, term: Term) -> Term:
        """A term with the page's own functions put in, and the known ones for those that are known in these."""
        if self.bodies:
            term = functions.expanded(term, self.bodies)
            for function, name in self.known.items():
                term = with_function(term, function, name)
        return term


@dataclass
class Formulas:
    """The formulas of functions on a page: which statements they are, and what they say of the page's functions.

    `said` is what each formula and those before it say: a list of functions calls each of them f. Of a function that
    is `several` ones the network knows nothing, and `again` are the formulas that say another thing than the first. The
    `doubted` functions are those of which a formula that could not be read may say something else."""

    key: bytes
    statements: set[int] = field(default_factory=set)
    behind_names: set[int] = field(default_factory=set)  # y = f(x) = x^2
    said: dict[int, Meanings] = field(default_factory=dict)
    meanings: Meanings = field(default_factory=Meanings)
    again: set[int] = field(default_factory=set)
    several: set[str] = field(default_factory=set)
    doubted: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, statements: list[Statement], key: bytes, unread: list[str]) -> Formulas:
        """The formulas among the statements of a page, in its order, beside LaTeX that is `unread`."""
        found = cls(key)
        now = Meanings()
        for statement in statements:
            part = _behind_name(statement)
            name = functions.local_letter(part.sides)
            function = functions.defined(part.sides)
            if name is None and function is not None and part is statement:
                found.doubted.add(function)
            if name is None or any(relation not in ("=", ":=", "equiv") for relation in part.relations):
                continue
            if function is not None:
                before = now.of(function)
                now = found.learned(part, function, now)
                if before is not None and now.of(function) != before:
                    found.several.add(function)
                    found.again.add(statement.number)
            if part is statement:
                found.statements.add(statement.number)
                found.said[statement.number] = now
            else:
                found.behind_names.add(statement.number)
        for function in found.several:
            now = now.but(function)
        found.meanings = replace(now, unread=now.unread | found.several)
        said = {*now.known, *now.bodies}
        found.doubted |= {name for name in said if any(is_defined_in(name, latex) for latex in unread)}
        return found

    @property
    def known(self) -> dict[str, str]:
        """The functions of the network that are known ones."""
        return self.meanings.known

    @property
    def unread(self) -> frozenset[str]:
        """The functions of the network that a formula defines which could not be read, or several do."""
        return self.meanings.unread

    def learned(self, statement: Statement, function: str, so_far: Meanings) -> Meanings:
        """What is known of functions after a formula that gives one its meaning."""
        rest = so_far.but(function)
        unread = replace(rest, unread=rest.unread | {function})
        try:
            readings = self.readings(statement, 1, rest)
        except (ReadError, Misfit, Malformed):
            return unread
        judge = Judge(functions.SYSTEM, self.key)
        for name, term in functions.CANDIDATES:
            try:
                if judge.decide([Typed(term)], readings, (), ()).verdict == "holds":
                    return replace(rest, known={**rest.known, function: name})
            except (Undecidable, Unbound, Malformed):
                continue
        if functions.is_plain(readings[0].term):
            return replace(rest, bodies={**rest.bodies, function: readings[0].term})
        return unread

    def readings(self, statement: Statement, n: int, said: Meanings) -> list[Typed]:
        """The readings of one side."""
        at = functions.elaborator(statement.sides, functions.local_letter(statement.sides) or "", said.known)
        at.enter(0, statement.sides[0])
        return said.put_in(at.side(statement.sides[n]))

    def put_in(self, readings: list[Typed]) -> list[Typed]:
        """Readings with the page's own functions put in."""
        return self.meanings.put_in(readings)

    def put_into(self, quantity: Quantity) -> Quantity:
        """A quantity whose definitions have the page's own functions put in."""
        return replace(quantity, cases=tuple((c, self.meanings.expanded(term)) for c, term in quantity.cases))

    def is_definition(self, statement: Statement, n: int) -> bool:
        """Whether one side of a formula says what its function is."""
        if statement.number in self.again:
            return False
        if statement.number in self.behind_names:
            return n == 2
        return n == 1 and statement.number in self.statements and functions.defined(statement.sides) is not None

    def decision(self, statement: Statement, n: int) -> Decision:
        """The verdict on one link of such a formula. Raises ReadError or Misfit where it cannot be read. Where no
        formula says what a function is, σ is the logistic one, and nothing refutes what is said of another."""
        said = self.said[statement.number]
        if n == 1 and statement.number in self.again:
            return Decision("unknown", reason=ANOTHER.format(functions.defined(statement.sides)))
        lefts, rights = self.readings(statement, 0, said), self.readings(statement, n, said)
        spoken = {part.function for side in lefts + rights for part in walk(side.term) if hasattr(part, "function")}
        if spoken & said.unread:
            return Decision("unknown", reason=f"what {', '.join(sorted(spoken & said.unread))} is could not be read")
        decision = self.judge.decide(lefts, rights, (), ())
        if decision.verdict == "fails" and (doubted := self.doubted & names_of(statement)):
            return Decision("unknown", reason=f"a formula of {min(doubted)} could not be read")
        unsaid = functions.open_functions(reading.term for reading in lefts + rights)
        if decision.verdict == "holds":
            return decision
        if not unsaid:
            other = next((f for f in self.several & names_of(statement) if self.is_of_another(statement, n, f)), "")
            reason = f"it may speak of another {other} than the formulas before"
            return Decision("unknown", reason=reason) if other else decision
        for name, _ in functions.CANDIDATES if len(unsaid) == 1 else ():
            as_guessed = self.guessed(statement, n, said, min(unsaid), name)
            if as_guessed.verdict == "holds" and unsaid == {"sigma"} and name == CUSTOMS["sigma"]:
                return as_guessed
            if as_guessed.verdict == "holds":
                return Decision("unknown", reason=f"it holds where {min(unsaid)} is {name}, which no formula says")
            if unsaid == {"sigma"} and name == CUSTOMS["sigma"]:
                decision = as_guessed
        if unsaid == {"sigma"}:
            return decision
        return Decision("unknown", reason=f"no formula says what {', '.join(sorted(unsaid))} is")

    def is_of_another(self, statement: Statement, n: int, function: str) -> bool:
        """Whether one link holds where a function is a known one that no formula of the page says it is."""
        said = self.said[statement.number].but(function)
        given = {meanings.known.get(function) for meanings in self.said.values()}
        others = (name for name, _ in functions.CANDIDATES if name not in given)
        return any(self.guessed(statement, n, said, function, name).verdict == "holds" for name in others)

    def guessed(self, statement: Statement, n: int, said: Meanings, function: str, name: str) -> Decision:
        """The verdict on one link where a function is a known one."""
        guess = replace(said, known={**said.known, function: name})
        return self.judge.decide(self.readings(statement, 0, guess), self.readings(statement, n, guess), (), ())

    @property
    def judge(self) -> Judge:
        """The judge of formulas, which speak of no network."""
        return Judge(functions.SYSTEM, self.key)


def _behind_name(statement: Statement) -> Statement:
    """What a formula says of a function behind a name for its value, f(x) = x^2 of y = f(x) = x^2; else itself."""
    head, *sides = statement.sides
    if not isinstance(head, Symbol) or len(sides) < 2 or functions.defined(tuple(sides)) not in OPEN:
        return statement
    return replace(statement, sides=tuple(sides), relations=statement.relations[1:])


def names_of(statement: Statement) -> set[str]:
    """The symbols of a statement."""
    return {part.name for side in statement.sides for part in nodes(side) if isinstance(part, Symbol)}
