"""The smallest single edit under which a wrong claim is proved: no other variant is proposed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from derive.check.assumptions import ASSUMPTIONS
from derive.judge.decide import SETTLED, Decision
from derive.judge.edits import Edit
from derive.judge.habits import Habits
from derive.judge.lost import Lost
from derive.judge.places import Finder
from derive.judge.slips import Slips
from derive.judge.trial import FAILURES, Network, Trial
from derive.judge.vocabulary import Vocabulary
from derive.judge.written import Written
from derive.kernel.compare import compare
from derive.kernel.field import Undecidable
from derive.reading import ReadError, Side, parse
from derive.reading.tree import Big, Node
from derive.reading.tree import walk as nodes
from derive.understand.elaborate import Elaborator
from derive.understand.letters import binders
from derive.understand.statement import Statement

EVALUATIONS = 1500  # of variants, in the search for one claim
LONGEST = 300  # nodes of a side that is searched


@dataclass(frozen=True)
class Mend:
    """The edit of a side under which its claim holds, and how it was decided."""

    edit: Edit
    decision: Decision

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What the mended claim is conditional on."""
        return tuple(note for note in ASSUMPTIONS if note in self.decision.notes)


@dataclass
class Mender:
    """Searches the mends of the claims of one network of a page, in the words of its formulas."""

    network: Network
    written: Written
    trial: type[Trial] = Trial

    @cached_property
    def habits(self) -> Habits:
        return Habits.of(self.written.document.text)

    @property
    def at(self) -> Elaborator:
        return self.network.page.elaborator

    @cached_property
    def sides(self) -> list[tuple[Node, Vocabulary]]:
        """The sides that the page writes, as trees, each with its words."""
        finder, here = Finder(self.at), self.at.here
        found = []
        for statement in self.network.page.statements:
            if statement.number in self.written.chains:
                self.at.here = statement.number
                for side, node in zip(self.written.chains[statement.number].sides, statement.sides, strict=True):
                    found.append((node, words := Vocabulary(finder)))
                    words.read(side, node)
        self.at.here = here
        return found

    def mend(self, statement: Statement, n: int, side: Side, allowed: frozenset[str]) -> Mend | None:
        """The first edit of side n with which the claim is proved, the plainest kind first; None where there is none
        within the bound of evaluations. Of choices of reading it may need those that are `allowed`."""
        node = statement.sides[n]
        if sum(1 for _ in nodes(node)) > LONGEST:
            return None
        trial = self.trial(self.network, statement, n)
        if not trial.begin():
            return None
        for edits in self.edits(statement, n, side, trial):
            found = self.first(edits, statement, n, side, trial, allowed)
            if found is not None:
                return found
        return None

    def first(
        self, edits: Iterator[Edit], statement: Statement, n: int, side: Side, trial: Trial, allowed: frozenset[str]
    ) -> Mend | None:
        """The first edit with which the claim is proved, of those that need no choice of reading if there is one."""
        second: Mend | None = None
        for edit in edits:
            if trial.spent >= EVALUATIONS:
                break
            cost = trial.cost(edit.node)
            if cost is None or (cost and second is not None) or not self.faithful(edit, side, statement.sides[n]):
                continue
            decision = self.proved(replaced(statement, n, edit.node), n, allowed)
            if decision is not None and not cost:
                return Mend(edit, decision)
            if decision is not None:
                second = Mend(edit, decision)
        return second

    def edits(self, statement: Statement, n: int, side: Side, trial: Trial) -> Iterator[Iterator[Edit]]:
        """The variants of a side: what changes it; then what puts something back, which takes longer to search."""
        node = statement.sides[n]
        bound = {name for part in nodes(node) if isinstance(part, Big) for name, _, _ in binders(part)}
        letters = frozenset(trial.letters | bound | {"T"})
        vocabulary = self.vocabulary(statement)
        slips = Slips(side, node, vocabulary.finder, self.habits, letters, vocabulary, trial.entries)
        yield slips.edits()
        yield Lost(slips, trial, statement.sides[0]).edits()

    def vocabulary(self, statement: Statement) -> Vocabulary:
        """The words of the page, those of the nearest formulas first."""
        at = next((k for k, (node, _) in enumerate(self.sides) if node is statement.sides[-1]), 0)
        found = Vocabulary(Finder(self.at))
        for k in sorted(range(len(self.sides)), key=lambda k: abs(k - at)):
            found.add(self.sides[k][1])
        return found

    def faithful(self, edit: Edit, side: Side, node: Node) -> bool:
        """Whether the edited LaTeX reads as the edited tree, where the LaTeX of the side can be read alone."""
        try:
            if parse(side.latex, frozenset(), side.macros) != node:
                return True
        except ReadError:
            return True
        try:
            return parse(edit.applied(side), frozenset(), side.macros) == edit.node
        except ReadError:
            return False

    def proved(self, statement: Statement, n: int, allowed: frozenset[str]) -> Decision | None:
        """The decision on a mended claim, where it is proved and says something."""
        try:
            decision = self.network.decision(statement, n)
        except FAILURES:
            return None
        claim = decision.claim
        if decision.verdict not in ("holds", "conditional") or claim is None:
            return None
        if set(decision.notes) - SETTLED - allowed:
            return None
        judge = self.network.judge
        judge = judge.over(decision.system or judge.system, decision.fixed)
        fresh = judge.fresh(judge.least_steps(claim))
        try:
            return decision if all(compare(claim, evaluator).equal for evaluator in fresh) else None
        except Undecidable:
            return None


def replaced(statement: Statement, n: int, node: Node) -> Statement:
    """A statement with another side."""
    return replace(statement, sides=(*statement.sides[:n], node, *statement.sides[n + 1 :]))
