"""Which function σ is where custom alone says that it is the sigmoid: tanh, where the page's words name that one and
no sigmoid, and its formulas have slopes 1 - h² of h = σ(z) and none h(1 - h)."""

from __future__ import annotations

from derive.reading.tree import Group, Node, Number, Product, Script, Sum, Symbol, walk
from derive.understand.statement import Convention
from derive.understand.symbols import CUSTOMS, Symbols

SIGMA = "sigma"


def meant_by_sigma(symbols: Symbols, words: str | None) -> list[Convention]:
    """Takes in what σ is by the words of the page, 'tanh' or None, and by its slopes."""
    if words != "tanh" or symbols.functions.get(SIGMA) != CUSTOMS[SIGMA] or slopes(symbols) != {2}:
        return []
    symbols.functions[SIGMA] = words
    return [Convention("the function σ", words, "used")]


def slopes(symbols: Symbols) -> set[int]:
    """The powers of activated quantities, h = σ(z), that the page takes from 1. Empty where it has a tanh."""
    sides = [(s.number, side) for s in symbols.statements for side in s.sides]
    if any(isinstance(node, Symbol) and node.name == "tanh" for _, side in sides for node in walk(side)):
        return set()
    heads = [(s.number, s.sides[0]) for s in symbols.statements if any(map(_is_activated, s.sides[1:]))]
    activated = {symbols.key(head, number) for number, head in heads} - {None}
    found = set()
    for number, side in sides:
        for node in walk(side):
            match node:
                case Sum(_, (Number(_, 1), of), (1, -1)):
                    base, power = _squared(of)
                    if symbols.key(base, number) in activated:
                        found.add(power)
    return found


def _is_activated(side: Node) -> bool:
    match side:
        case Product(_, (Symbol(_, name), Group()), _):
            return name == SIGMA
    return False


def _squared(node: Node) -> tuple[Node, int]:
    """What is squared, h of h_t^2 and of (h^{(t)})^2, and 2; the tree itself and 1 where it is no square."""
    match node:
        case Script(span, base, None, Number(_, value), 0) if value == 2:
            return base.body if isinstance(base, Group) else base, 2
        case Script(span, base, below, Number(_, value), 0) if value == 2:
            return Script(span, base, below), 2
    return node, 1
