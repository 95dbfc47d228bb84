"""What the way in which a page uses its symbols says of its conventions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from derive.reading.tree import Big, Product
from derive.reading.tree import walk as nodes
from derive.understand.customs import base_letter
from derive.understand.forms import has_derivative
from derive.understand.hypotheses import PARAMETERS
from derive.understand.layouts import Equation
from derive.understand.symbols import Symbols

LONELY = 2  # statements that must miss a Σ


def sums_repeated_indices(symbols: Symbols) -> bool:
    """Whether repeated indices are summed: some letters of entries stand on one side alone, and no Σ binds them. One
    formula without a derivative tells it where no Σ of the page binds such a letter."""
    lonely = 0
    told = False  # by an equation
    summed = False  # by a Σ
    for statement in symbols.statements:
        if any(isinstance(n, Big) and n.lower is None for side in statement.sides for n in nodes(side)):
            continue  # Σ w_i x_i says what is summed
        bound = symbols.names.evidence[statement.number].bound
        free: list[set[str]] = []
        for side in statement.sides:
            letters = Counter[str]()
            for name in symbols.names.inside(side, statement.number):
                letters.update({n for index in symbols.split(statement.number, name)[2] for n in index.names})
            summed = summed or not bound.isdisjoint(letters)
            free.append({n for n, times in letters.items() if n not in bound and (times > 1 or not free)})
        if any(side - free[0] for side in free[1:]):
            lonely += 1
            told = told or not any(map(has_derivative, statement.sides))
    return lonely >= LONELY or (told and not summed)


def parameters_stand_right(symbols: Symbols, network: Sequence[Equation]) -> bool | None:
    """Whether values stand on the left of parameters, as rows of samples do; None where nothing says so, nor that they
    stand on the right. A value has a step, or an equation; on a page without steps, too, what has no letter of
    parameters and no derivative by it."""
    defined = {symbols.key(head, number) for number, head, _ in network}
    asked = symbols.differentiated
    right = 0
    for number, _, side in network:
        for node in nodes(side):
            if isinstance(node, Product):
                values = []
                for factor, follows in zip(node.factors, (*node.factors[1:], None), strict=True):
                    name = symbols.names.read(factor, follows, number)
                    if name is not None and symbols.is_quantity(name):
                        key, chains, _ = symbols.split(number, name)
                        other = key in asked or base_letter(name.name) in PARAMETERS
                        values.append("step" in chains or key in defined or not (symbols.carrying or other))
                right += sum(a - b for a, b in pairwise(values))
    return right > 0 if right else None
