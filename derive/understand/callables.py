"""Which letters of a page are functions: those that stand before a bracket, or with a prime."""

from __future__ import annotations

from collections.abc import Iterable

from derive.reading.tree import Group, Node, Product, Script, Symbol
from derive.reading.tree import walk as nodes
from derive.reading.vocabulary import GREEK
from derive.understand.application import ELEMENTWISE
from derive.understand.customs import FUNCTIONS, LOSSES, OPEN_FUNCTIONS
from derive.understand.families import Families
from derive.understand.names import Name, Names
from derive.understand.namesakes import is_namesake
from derive.understand.statement import Statement

LETTERS = OPEN_FUNCTIONS | LOSSES


def callables(statements: Iterable[Statement], names: Names, families: Families) -> set[str]:
    """The names of functions. A loss that also stands alone is none: L = Σ L_t beside L_t = L(y_t, ŷ_t); nor is what a
    formula defines at every step: a gate f_t beside f'(z). A letter that is none by custom is one where the page has
    both θ(a) and θ'(a), or says what S(x) is and has S(z) too, and it never stands otherwise."""
    called: set[str] = set()
    alone: set[str] = set()
    gates: set[str] = set()
    others: dict[tuple[str, bool], int] = {}  # calls of other letters, with a prime or without
    spoken: dict[str, int] = {}
    arguments: dict[str, set[str]] = {}
    told: set[str] = set()  # by S(x) = … x …
    statements = list(statements)

    def see(node: Node, follows: Node | None, number: int) -> None:
        name = names.read(node, follows, number)
        if name is None:
            return
        if name.mention.base not in LETTERS and not is_namesake(name.mention.base):
            if isinstance(follows, Group) and follows.bracket == "(" and not name.slots and name.taken == 1:
                key = name.name, bool(name.primes)
                others[key] = others.get(key, 0) + 1
                arguments.setdefault(name.name, set()).add(str(follows.body))
            return
        if name.taken == 2:  # G(t) is no call
            alone.add(name.name)
            return
        bracket = follows.base if isinstance(follows, Script) else follows
        chains, picks = families.split(number, name)
        is_call = isinstance(bracket, Group) and bracket.bracket == "(" and "step" not in chains and not picks
        (called if is_call or name.primes else alone).add(name.name)

    for statement in statements:
        head = names.read(statement.sides[0], None, statement.number)
        if head is not None and not head.primes and "step" in families.split(statement.number, head)[0]:
            gates.add(head.name)
        match statement.sides[0]:
            case Product(_, (function, Group(_, Symbol() as x))):
                named = names.read(function, None, statement.number)
                of_one = (
                    {part.name for part in nodes(side) if isinstance(part, Symbol)} for side in statement.sides[1:]
                )
                if named is not None and any(x.name in read <= ELEMENTWISE.keys() | {x.name, "e"} for read in of_one):
                    told.add(named.name)
        for side in statement.sides:
            for node in nodes(side):
                if isinstance(node, Product):
                    for factor, follows in zip(node.factors, (*node.factors[1:], None), strict=True):
                        see(factor, follows, statement.number)
            whole = names.read(side, None, statement.number)
            if whole is not None and whole.mention.base in LETTERS and not whole.primes:
                alone.add(whole.name)
            for seen in names.inside(side, statement.number):
                spoken[seen.name] = spoken.get(seen.name, 0) + 1
    own = {n for n, primed in others if primed and spoken[n] == others[n, True] + others.get((n, False), -1)}
    own |= {n for n in told if len(arguments.get(n, ())) > 1 and spoken[n] == others.get((n, False))}
    return (called | own) - (alone & LOSSES) - gates


def unexplained(statements: Iterable[Statement], names: Names, mentions: Iterable[tuple[int, Name]]) -> set[str]:
    """The words that stand nowhere but before a bracket, as the names of functions do: LayerNorm(a_t); and an
    expectation, E[x]."""
    called: dict[str, int] = {}
    for statement in statements:
        for node in (node for side in statement.sides for node in nodes(side) if isinstance(node, Product)):
            for factor, follows, op in zip(node.factors, node.factors[1:], node.ops, strict=False):
                bracket = follows.base if isinstance(follows, Script) else follows
                if op or not isinstance(bracket, Group) or not isinstance(factor, Symbol):
                    continue
                if _is_word(factor) if bracket.bracket == "(" else (factor.name, bracket.bracket) == ("E", "["):
                    called[factor.name] = called.get(factor.name, 0) + 1
    for base, is_plain in ((name.mention.base, name.taken == 1 and not name.slots) for _, name in mentions):
        if base in called:
            called[base] = called[base] - 1 if is_plain else -1
    return {word for word, times in called.items() if times == 0}


def _is_word(symbol: Symbol) -> bool:
    is_known = symbol.name in GREEK | FUNCTIONS | LETTERS
    return len(symbol.name) > 1 and not symbol.accent and not is_known
