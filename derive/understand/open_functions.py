"""Functions that the page leaves open: what they define, and what the legend's equation of the same quantity makes of
them."""

from __future__ import annotations

from collections.abc import Iterator

from derive.kernel.terms import Malformed, Ref
from derive.reading.errors import ReadError
from derive.reading.tree import Node, Symbol
from derive.reading.tree import walk as nodes
from derive.understand.application import ELEMENTWISE
from derive.understand.calls import arguments
from derive.understand.choice import Choice
from derive.understand.elaborate import Elaborator
from derive.understand.forms import applied_function
from derive.understand.statement import Side, Statement
from derive.understand.symbols import CUSTOMS, Symbols
from derive.understand.typed import Misfit


def complete(symbols: Symbols, choice: Choice) -> None:
    """The functions that the page leaves open where the legend's equation of the same quantity says which they are:
    tanh is f by h_t = f(W h_{t-1}) and h_t = tanh(W h_{t-1}). With a function that stays open, what the page says
    is a definition that the legend's completes."""
    for _, side, _, key in _rivals(symbols, choice):
        mine, theirs = applied_function(side), applied_function(choice.chosen[key].side)
        if mine in symbols.open_functions and theirs in ELEMENTWISE | CUSTOMS:
            symbols.functions[mine] = (CUSTOMS | ELEMENTWISE)[theirs]
    for _, side, place, _ in _rivals(symbols, choice):
        names = {part.name for part in nodes(side) if isinstance(part, Symbol)}
        is_open = bool(names & symbols.open_functions)
        if arguments(side) is not None or is_open:
            choice.opened.add(place)
        if arguments(side) is None and is_open:
            choice.definitions.add(place)


def _rivals(symbols: Symbols, choice: Choice) -> Iterator[tuple[Statement, Node, Side, str]]:
    """The sides that would define what the legend defines, with their statements and the quantities."""
    by_number = {statement.number: statement for statement in symbols.statements}
    for place, key in choice.rivals.items():
        statement = by_number[place[0]]
        yield statement, statement.sides[place[1]], place, key


def results(symbols: Symbols, choice: Choice) -> dict[str, str]:
    """What the open functions of several arguments define: h by h_t = f(x_t, h_{t-1}, w)."""
    found: dict[str, str] = {}
    for key, equation in choice.chosen.items():
        call = arguments(equation.side)
        name = symbols.names.read(call[0], None, equation.number) if call is not None else None
        if name is not None and equation.kind == "network":
            found.setdefault(name.name, key)
    return found


def note_what_they_make(elaborator: Elaborator, symbols: Symbols, choice: Choice) -> None:
    """What the functions that the page leaves open make of their arguments, where the legend defines it."""
    for statement, side, _, key in _rivals(symbols, choice):
        call = arguments(side)
        name = symbols.names.read(call[0], None, statement.number) if call is not None else None
        if call is None or name is None or key not in elaborator.known:
            continue
        elaborator.enter(statement.number, statement.sides[0])
        try:
            ref = elaborator.side(statement.sides[0])[0].term
            terms = tuple(elaborator.side(argument)[0].term for argument in call[1])
        except (ReadError, Misfit, Malformed):
            continue
        if isinstance(ref, Ref):
            elaborator.made[name.name] = (ref, terms)
