r"""Formulas whose letters are their own: of softmax, `\mathrm{softmax}(x)_i = \frac{e^{x_i}}{\sum_j e^{x_j}}`, and
`y = \mathrm{softmax}(x)` with what is said of y_i, on a page whose network has other x_t and y_t; of an example with
arrays of letters, W = [j k; l m], on a page with other W^{[l]}.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from derive.reading.tree import Big, Cases, Group, Matrix, Node, Partial, Product, Script, Symbol
from derive.understand.application import ELEMENTWISE
from derive.understand.customs import FUNCTIONS
from derive.understand.forms import cells_of
from derive.understand.letters import STEPS
from derive.understand.names import Name
from derive.understand.statement import EQUALITIES, LEGEND, Statement
from derive.understand.symbols import Symbols

Pair = tuple[frozenset[str], frozenset[str]]
KNOWN = frozenset((*ELEMENTWISE, *FUNCTIONS, "e", "delta", "one"))
VALUE = "softmax value"


def asides(symbols: Symbols, statements: list[Statement]) -> tuple[list[Statement], list[Statement]]:
    """The statements that speak of softmax or of an example alone, and the equations that these are about, on a page
    with these symbols."""
    spoken = {s.number: list(_letters(s.sides)) for s in statements}
    arrays, cells = _example(statements, spoken)
    letters: set[str] = set()
    equations: list[Statement] = []

    def among(number: int, letters: set[str]) -> bool:
        """Whether a statement has these letters alone, and no steps."""
        said = spoken.get(number, [])
        return bool(said) and all(name in letters and not indices & (STEPS | {"T"}) for name, indices in said)

    for statement in statements:
        argument = _argument(statement.sides[0])
        if argument is not None and among(statement.number, {argument}):
            name = Symbol((0, 0), f"{VALUE} {argument}")
            call = Product((0, 0), (Symbol((0, 0), "softmax"), _bracketed(argument)), ("",))
            equations.append(Statement(-1 - statement.number, LEGEND, (name, call), ("=",)))
            letters.add(argument)
        elif (pair := _pair(statement)) is not None:
            said = {name for name, _ in spoken[statement.number]}
            rest = {s.number for s in symbols.statements if not among(s.number, said)}
            if _are_others(symbols, [symbols.whole(node, statement.number) for node in pair], rest):
                letters |= said

    def of_example(number: int) -> bool:
        """Whether a statement speaks of arrays of the example, and of nothing else."""
        names = {name for name, _ in spoken[number]}
        return not any(of for _, of in spoken[number]) and not names.isdisjoint(arrays) and names <= cells

    return [s for s in statements if among(s.number, letters) or of_example(s.number)], equations


def _example(statements: list[Statement], spoken: Mapping[int, list[tuple[str, frozenset[str]]]]) -> Pair:
    """The letters that stand for arrays of letters, W = [j k; l m], and these with those inside; none where none of the
    first has an index elsewhere on the page."""
    indexed = {name for said in spoken.values() for name, indices in said if indices}
    arrays: set[str] = set()
    inner: set[str] = set()
    for statement in statements:
        head, side = statement.sides[0], statement.sides[-1]
        cells = cells_of(side) if isinstance(side, Matrix) and len(statement.sides) == 2 else []
        letters = [cell.name for cell in cells if isinstance(cell, Symbol) and not cell.accent]
        if isinstance(head, Symbol) and len(letters) == len(set(letters)) == len(cells) > 1:
            arrays.add(head.name)
            inner |= set(letters)
    if arrays.isdisjoint(indexed):
        return frozenset(), frozenset()
    return frozenset(arrays), frozenset(arrays | inner)


def _bracketed(letter: str) -> Group:
    return Group((0, 0), Symbol((0, 0), letter), "(")


def _argument(head: Node) -> str | None:
    """The letter of softmax(x)_i and softmax(x_i)."""
    if not isinstance(head, Product) or len(head.factors) != 2 or not _is_softmax(head.factors[0]):
        return None
    of = head.factors[1]
    group = of.base if isinstance(of, Script) and of.sup is None else of
    body = group.body if isinstance(group, Group) else None
    if body is None or isinstance(of, Script) == isinstance(body, Script):
        return None
    core = body.base if isinstance(body, Script) else body
    return core.name if isinstance(core, Symbol) and not core.accent else None


def _is_softmax(node: Node) -> bool:
    return isinstance(node, Symbol) and node.name == "softmax"


def _pair(statement: Statement) -> tuple[Node, Node] | None:
    """The letters of y = softmax(x)."""
    if len(statement.sides) != 2 or statement.relations[0] not in EQUALITIES:
        return None
    match statement.sides:
        case (Symbol() as head, Product(_, (function, Group(_, Symbol() as of)), _)) if _is_softmax(function):
            return head, of
    return None


def _are_others(symbols: Symbols, pair: list[Name | None], numbers: set[int]) -> bool:
    """Whether two names are those of quantities of the network too, by these statements: both carry steps there, and no
    formula defines the first."""
    heads = [(s.number, symbols.whole(s.sides[0], s.number)) for s in symbols.statements]
    stepped, defined = (
        {
            name.name
            for number, name in found
            if number in numbers and name is not None and "step" in symbols.families.split(number, name)[0]
        }
        for found in (symbols.mentions, heads)
    )
    names = [name.name for name in pair if name is not None]
    return len(names) == 2 and stepped >= set(names) and names[0] not in defined


def _letters(sides: Iterable[Node]) -> Iterator[tuple[str, frozenset[str]]]:
    """The letters of formulas but functions, each with those of its scripts; '' for what no such formula has."""
    for node in sides:
        match node:
            case Symbol(_, name, accent):
                if accent or name not in KNOWN:
                    yield name if not accent else "", frozenset()
            case Script(_, Symbol(_, name, ""), sub, sup, 0) if name not in KNOWN:
                scripts = [part for part in (sub, sup) if part is not None]
                indices = frozenset(part.name for script in scripts for part in _symbols(script))
                yield name if len(scripts) == 1 else "", indices
            case Script(_, base, _, sup):
                yield from _letters([base])
                if sup is not None and isinstance(base, Symbol) and base.name == "e":
                    yield from _letters([sup])
            case Big():
                continue
            case Cases(_, branches):
                yield from _letters(value for value, _ in branches)
            case Partial(_, of, wrt):
                yield from _letters([of, wrt])
            case _:
                yield from _letters(node.inner)


def _symbols(node: Node) -> Iterator[Symbol]:
    if isinstance(node, Symbol):
        yield node
    for part in node.inner:
        yield from _symbols(part)
