"""What the way in which a page uses its symbols says of its conventions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from derive.reading.tree import Big, Product
from derive.reading.tree import walk as nodes
from derive.understand.layouts import Equation
from derive.understand.symbols import Symbols

LONELY = 2  # statements that must miss a Σ


def sums_repeated_indices(symbols: Symbols) -> bool:
    """Whether repeated indices are summed: some letters of entries stand on one side alone, and no Σ binds them."""
    lonely = 0
    for statement in symbols.statements:
        if any(isinstance(n, Big) and n.lower is None for side in statement.sides for n in nodes(side)):
            continue  # Σ w_i x_i says what is summed
        bound = symbols.names.evidence[statement.number].bound
        free: list[set[str]] = []
        for side in statement.sides:
            letters = Counter[str]()
            for name in symbols.names.inside(side, statement.number):
                letters.update({n for index in symbols.split(statement.number, name)[2] for n in index.names})
            free.append({n for n, times in letters.items() if n not in bound and (times > 1 or not free)})
        lonely += any(side - free[0] for side in free[1:])
    return lonely >= LONELY


def parameters_stand_right(symbols: Symbols, network: Iterable[Equation]) -> bool:
    """Whether quantities of a step stand on the left of what has no step, as rows of samples do."""
    right = 0
    for number, _, side in network:
        for node in nodes(side):
            if isinstance(node, Product):
                stepped = []
                for factor, follows in zip(node.factors, (*node.factors[1:], None), strict=True):
                    name = symbols.names.read(factor, follows, number)
                    if name is not None and symbols.is_quantity(name):
                        stepped.append("step" in symbols.split(number, name)[1])
                right += sum(a - b for a, b in pairwise(stepped))
    return right > 0
