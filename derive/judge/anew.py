"""Formulas that say anew what a quantity is, beside its definition: L = a^T x in one example, L = x^T x in the next.

A claim that fails by the definition, and holds by such a formula in its place, may speak of the latter. The formula
itself, which differs from the definition, may then be no wrong claim but another definition.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Protocol

from derive.judge.decide import Decision, Judge
from derive.judge.doubts import ANOTHER, reached
from derive.judge.formulas import Formulas
from derive.kernel.compare import Free
from derive.kernel.field import Undecidable
from derive.kernel.index import Condition, Unbound, letter
from derive.kernel.rewriting import put
from derive.kernel.terms import Malformed, Ref, Term
from derive.reading import ReadError
from derive.reading.tree import Symbol
from derive.understand.forms import has_derivative
from derive.understand.page import Understanding
from derive.understand.statement import Statement
from derive.understand.typed import Misfit, Typed

# the readings of both sides, what is free, and where
Pairs = tuple[list[Typed], list[Typed], tuple[Free, ...], Condition]


@dataclass(frozen=True)
class Anew:
    """What a statement says a quantity is, in the quantity's own indices, and whether it fails, or is in doubt."""

    number: int
    key: str
    term: Term
    fails: bool


class Links(Protocol):
    """What the links of a page's chains are decided by."""

    @property
    def page(self) -> Understanding: ...
    @property
    def formulas(self) -> Formulas: ...
    @property
    def judge(self) -> Judge: ...
    @property
    def said_by_others(self) -> list[Anew]: ...
    @property
    def other_definitions(self) -> dict[int, str]: ...
    def is_equation(self, statement: Statement) -> bool: ...
    def decision(self, statement: Statement, n: int) -> Decision: ...


def formulas_anew(links: Links) -> list[Anew]:
    """The equations of a page that do not hold, of names that another equation of the network defines."""
    return [anew for statement in links.page.statements for anew in _formula(links, statement)]


def _formula(links: Links, statement: Statement) -> Iterator[Anew]:
    names = [isinstance(side, Symbol) for side in statement.sides]
    first = names.index(False) - 1 if names[:2] == [True, True] and False in names else 0  # Error = E = …
    is_said = links.page.defines(statement, first + 1) or (statement.number, first + 1) in links.page.choice.rivals
    statement = replace(statement, sides=statement.sides[first:], relations=statement.relations[first:])
    head, system = statement.sides[0], links.page.system
    if is_said or not links.is_equation(statement):
        return
    at = links.page.elaborator
    try:
        at.enter(statement.number, head)
        term = at.side(head)[0].term
        known = system.get(term.name) if isinstance(term, Ref) else None
        if not isinstance(term, Ref) or known is None or not known.cases:
            return
        own = {name: letter(to) for index, to in zip(term.at, known.letters, strict=True) for name in index.names}
        if any(letter(name) not in term.at for name in own) or len(own) < len(term.at):
            return
        verdict = links.decision(statement, 1).verdict
        if verdict not in ("fails", "unknown"):
            return
        at.enter(statement.number, head)
        readings = links.formulas.put_in(at.side(statement.sides[1], frozenset(at.entries)))
    except (ReadError, Misfit, Malformed, Undecidable, Unbound):
        return
    for reading in readings:
        if reading.term.axes == term.axes:
            yield Anew(statement.number, term.name, put(reading.term, own), verdict == "fails")
            return


def by_another(links: Links, statement: Statement, claim: Pairs) -> str:
    """The quantity by another formula of which a claim with derivatives holds; '' for none."""
    if not any(map(has_derivative, statement.sides)):
        return ""
    others = (anew for anew in links.said_by_others if anew.key in _names(links, claim))
    return next((anew.key for anew in others if _holds(links, anew, claim)), "")


def by_the_first_alone(links: Links, statement: Statement, claim: Pairs) -> str:
    """The quantity of which the page gives another definition before a statement, by which its claim, that holds by the
    first, does not; '' for none."""
    places = {s.number: place for place, s in enumerate(links.page.statements)}
    before = [anew for anew in links.said_by_others if places[anew.number] < places.get(statement.number, len(places))]
    others = (anew for anew in before if anew.number in links.other_definitions and anew.key in _names(links, claim))
    return next((anew.key for anew in others if not _holds(links, anew, claim)), "")


def definitions_among(links: Links) -> dict[int, str]:
    """Those of the statements that say anew what a quantity is by which alone some claim with derivatives holds, and
    their quantities: they are definitions, and no wrong claims."""
    found: dict[int, str] = {}
    for statement in links.page.statements:
        for n in range(1, len(statement.sides)) if any(map(has_derivative, statement.sides)) else ():
            with suppress(ReadError, Misfit, Malformed, Undecidable, Unbound):
                reason = links.decision(statement, n).reason
                others = (anew for anew in links.said_by_others if anew.fails)
                found |= {anew.number: anew.key for anew in others if reason == ANOTHER.format(anew.key)}
    return found


def _names(links: Links, claim: Pairs) -> frozenset[str]:
    lefts, rights, *_ = claim
    return reached((reading.term for reading in lefts + rights), links.page.system)


def _holds(links: Links, anew: Anew, claim: Pairs) -> bool:
    """Whether a claim holds by a formula in place of the definition."""
    quantity = replace(links.judge.system[anew.key], cases=(((), anew.term),))
    judge = links.judge.over({**links.judge.system, anew.key: quantity})
    try:
        return judge.decide(*claim).verdict == "holds"
    except (Undecidable, Malformed, Unbound):
        return False
