"""Which letters of a page are functions: those that stand before a bracket, or with a prime."""

from __future__ import annotations

from collections.abc import Iterable

from derive.reading.tree import Group, Node, Product, Script
from derive.reading.tree import walk as nodes
from derive.understand.families import Families
from derive.understand.names import LOSSES, OPEN_FUNCTIONS, Names
from derive.understand.statement import Statement

LETTERS = OPEN_FUNCTIONS | LOSSES


def callables(statements: Iterable[Statement], names: Names, families: Families) -> set[str]:
    """The names of functions. A loss that also stands alone is none: L = Σ L_t beside L_t = L(y_t, ŷ_t)."""
    called: set[str] = set()
    alone: set[str] = set()

    def see(node: Node, follows: Node | None, number: int) -> None:
        name = names.read(node, follows, number)
        if name is None or name.mention.base not in LETTERS:
            return
        if name.taken == 2:  # G(t) is no call
            alone.add(name.name)
            return
        bracket = follows.base if isinstance(follows, Script) else follows
        chains, picks = families.split(number, name)
        is_call = isinstance(bracket, Group) and bracket.bracket == "(" and "step" not in chains and not picks
        (called if is_call or name.primes else alone).add(name.name)

    for statement in statements:
        for side in statement.sides:
            for node in nodes(side):
                if isinstance(node, Product):
                    for factor, follows in zip(node.factors, (*node.factors[1:], None), strict=True):
                        see(factor, follows, statement.number)
            whole = names.read(side, None, statement.number)
            if whole is not None and whole.mention.base in LETTERS and not whole.primes:
                alone.add(whole.name)
    return called - (alone & LOSSES)
