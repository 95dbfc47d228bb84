"""The one edit that mends a failing claim, found by trial: a variant is proposed only where the check proves it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from derive.check import terms
from derive.check.decide import Claimed, Judge
from derive.check.resolve import Resolver
from derive.check.slips import Edit, Slips, factor_texts
from derive.reading import ReadError, Side, parse
from derive.reading.tree import Node

FRESH = 2  # the first seed of the points at which an edit is tested again
WORDS = 40  # factors of the page that are tried for a lost one


@dataclass
class Suggester:
    """Finds edits for the failing claims of one page; `learn` tells it the page's factors."""

    resolver: Resolver
    judge: Judge
    vocabulary: dict[str, Node] = field(default_factory=dict)

    def learn(self, sides: Iterable[Side]) -> None:
        """Takes the factors of some sides into the vocabulary."""
        for side in sides:
            for text, node in factor_texts(self.resolver, side):
                if len(self.vocabulary) < WORDS:
                    self.vocabulary.setdefault(text, node)

    def suggest(self, side: Side, claim: Claimed) -> str | None:
        """The right side after the first single edit under which the claim holds, else is conditional; None where there
        is none."""
        slips = Slips(self.resolver, self.vocabulary)
        letters = terms.free_letters(claim.left)
        edits = self._resolved(slips.edits(side, letters))
        for edit, right in edits:
            mended = self._mended(side, claim, edit, right, assumed=False)
            if mended is not None:
                return mended
        for edit, right in self._resolved(slips.insertions(side)):
            mended = self._mended(side, claim, edit, right, assumed=False)
            if mended is not None:
                return mended
        for edit, right in edits:
            mended = self._mended(side, claim, edit, right, assumed=True)
            if mended is not None:
                return mended
        return None

    def _resolved(self, edits: Iterable[Edit]) -> list[tuple[Edit, terms.Term]]:
        found = []
        for edit in edits:
            try:
                found.append((edit, self.resolver.term(edit.node)))
            except ReadError:
                continue
        return found

    def _mended(self, side: Side, claim: Claimed, edit: Edit, right: terms.Term, assumed: bool) -> str | None:
        """The edited LaTeX, where the claim then is proved, read back from that LaTeX and at fresh points."""
        if right == claim.left or not self.judge.plausible(Claimed(claim.left, right, claim.conditions), assumed):
            return None
        latex = edit.applied(side)
        try:
            again = self.resolver.term(parse(latex, self.resolver.legend.words))
        except ReadError:
            again = right  # the side needs the page's repairs, which act on whole blocks
        mended = Claimed(claim.left, again, claim.conditions)
        decision = self.judge.decide(mended.left, mended.right, mended.conditions)
        if not decision.holds or (decision.assumptions and not assumed):
            return None
        fresh = self.judge.compare(
            mended, (decision.left, decision.right), frozenset(decision.assumptions), first_seed=FRESH
        )
        return latex if fresh.kind == "equal" else None


