"""The one edit that mends a failing claim, found by trial: a variant is proposed only where the check proves it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from derive.check import terms
from derive.check.compare import Claimed
from derive.check.decide import Judge
from derive.check.resolve import Resolver
from derive.check.slips import Edit, Slips, factor_texts, spots
from derive.reading import ReadError, Side, parse
from derive.reading.tree import Big, Node

FRESH = 2  # the first seed of the points at which an edit is tested again
LONGEST = 400  # nodes of a side that is searched
SUMS = 5  # Σ and Π of such a side
WORDS = 40  # factors of the page that are tried for a lost one
MEAN = r"\frac{1}{T}"
Variant = tuple[Edit, terms.Term]


@dataclass
class Suggester:
    """Finds edits for the failing claims of one page, whose `sides` it knows."""

    resolver: Resolver
    judge: Judge
    sides: Sequence[Side]

    @cached_property
    def vocabulary(self) -> list[tuple[str, Node]]:
        """The factors that the page uses, for the one that was lost."""
        found: dict[str, Node] = {}
        if any(entry.means == "T" and entry.role == "size" for entry in self.resolver.legend.entries):
            found[MEAN] = parse(MEAN)
        for side in self.sides:
            for text, node in factor_texts(self.resolver, side):
                found.setdefault(text, node)
            if len(found) >= WORDS:
                break
        return list(found.items())[:WORDS]

    def suggest(self, side: Side, claim: Claimed) -> Edit | None:
        """The first single edit of the right side under which the claim holds, else is conditional; None where
        there is none, or where the side is so long, or its sums so deep, that a search would take minutes."""
        nodes = [place.node for place in spots(side.node)]
        if len(nodes) > LONGEST or sum(isinstance(node, Big) for node in nodes) > SUMS:
            return None
        slips = Slips(self.resolver)
        tried: list[Variant] = []
        edits = self._resolved(slips.edits(side, claim.left.letters), tried)
        lost = (edit for text, factor in self.vocabulary for edit in slips.insertions(side, text, factor))
        for variants, assumed in ((edits, False), (tried, True), (self._resolved(lost, []), False)):
            for edit, right in variants:
                if self._mends(side, claim, edit, right, assumed):
                    return edit
        return None

    def _resolved(self, edits: Iterable[Edit], tried: list[Variant]) -> Iterator[Variant]:
        """The edits that mean something, each with its term; noted in `tried` as they are asked for."""
        for edit in edits:
            try:
                tried.append((edit, self.resolver.term(edit.node)))
            except ReadError:
                continue
            yield tried[-1]

    def _read(self, latex: str, side: Side) -> terms.Term | None:
        try:
            return self.resolver.term(parse(latex, self.resolver.legend.words, side.macros))
        except ReadError:
            return None

    def _mends(self, side: Side, claim: Claimed, edit: Edit, right: terms.Term, assumed: bool) -> bool:
        """Whether the claim then is proved, read back from the edited LaTeX and at fresh points."""
        if right == claim.left or not self.judge.plausible(replace(claim, right=right), assumed):
            return False
        latex = edit.applied(side)
        again = self._read(latex, side)
        if again is None:
            if self._read(side.latex, side) is not None:
                return False
            again = right  # the side itself needs the page's repairs, which act on whole blocks
        mended = replace(claim, right=again)
        decision = self.judge.decide(mended)
        if not decision.holds or (decision.assumptions and not assumed) or not self.judge.speaks(mended):
            return False
        fresh = self.judge.compare(
            mended, (decision.left, decision.right), frozenset(decision.assumptions), first_seed=FRESH
        )
        return fresh.kind == "equal"
