"""The heads of chains: A = B = C has one head, and one reading of its ∂ serves all its links."""

from __future__ import annotations

from dataclasses import dataclass, replace

from derive.check import terms
from derive.check.compare import Claimed
from derive.check.decide import Judge
from derive.check.resolve import Resolver
from derive.check.terms import Index, Term
from derive.reading import ReadError, Side
from derive.reading.tree import Node, Span

EQUALITIES = ("=", ":=", "equiv", "gets")


@dataclass(frozen=True)
class Link:
    """One later side of a chain, the relation before it, and the conditions of its statement."""

    relation: str
    side: Side
    conditions: tuple[terms.Truth, ...]


@dataclass
class Heads:
    """Settles how the heads of a page are read; `own` are the quantities that the page introduces, `last` the head of
    the last chain with its links, statement by statement."""

    resolver: Resolver
    judge: Judge
    own: dict[Node, tuple[tuple[str, ...], Term]]
    last: tuple[Side, list[list[Link]]] | None = None

    def meant(self, left: Term) -> Term:
        """What a name of the notes' own stands for, where its ∂ can still be read in two ways: its links settle it."""
        if isinstance(left, terms.Own):
            letters, body = self.own[left.key]
            if len(self.judge.heads(body)) > 1 and left.indices == tuple(Index(0, ((name, 1),)) for name in letters):
                return body
        return left

    def fix(self, key: Node, taken: frozenset[Span]) -> None:
        """Reads the ∂ in a quantity of the notes' own so, from now on."""

        def fixed(part: Term) -> Term:
            if isinstance(part, terms.Deriv) and self.judge.is_ambiguous(part):
                return replace(part, direct=part.span in taken)
            return part

        letters, body = self.own[key]
        self.own[key] = letters, terms.rebuilt(body, fixed)
        self.resolver.forget()
        self.judge.forget()

    def settled(self, head: Side, left: Term, links: list[Link], named: bool) -> frozenset[Span] | None:
        """How the ∂ of a head are read where it serves several links, so that most of them hold, the first ones where
        that leaves a choice; None where none holds, or where it serves one link alone and has no name to be used by."""
        before = self.last[1] if self.last is not None and self.last[0] == head else []
        self.last = head, [*before, links]
        ways = self.judge.heads(left)
        if len(ways) == 1 or (sum(map(len, self.last[1])) < 2 and not named):
            return None
        holding = 0
        for together in self.last[1]:
            found = {way: [self.standing(left, link, way) for link in together] for way in ways}
            best = max((held.count(2), held.count(1), held) for held in found.values())
            ways = [way for way in ways if (found[way].count(2), found[way].count(1), found[way]) == best]
            holding += sum(best[2])
        return ways[0] if holding else None

    def standing(self, left: Term, link: Link, way: frozenset[Span]) -> int:
        """How a link stands with its head read so: 2 where it holds, 1 under assumptions, else 0."""
        try:
            right = self.resolver.term(link.side.node)
        except ReadError:
            return 0
        decision = self.judge.decide(Claimed(assigned(left, right), right, link.conditions, way))
        return 0 if link.relation not in EQUALITIES or not decision.holds else 1 if decision.assumptions else 2


def assigned(left: Term, right: Term) -> Term:
    """The left side of an assignment θ = θ + …: the new value of the parameter, θ + Δθ."""
    if isinstance(left, terms.Ref) and left.step is None and left.is_array:
        return terms.Add(left.span, (left, terms.Change(left.span, left.name)), (1, 1))
    return left
