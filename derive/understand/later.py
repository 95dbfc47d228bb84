r"""The losses of all later or earlier steps as one name, L_{>t} beside L_t: the sum that it stands for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from derive.reading.tree import Big, Node, Number, Product, Relation, Script, Sum, Symbol, mapped, walk
from derive.understand.customs import LOSSES

LETTERS = ("s", "i", "j", "k", "tau", "m", "n")


def later_losses_writer(formulas: Sequence[tuple[Node, ...]]) -> Callable[[tuple[Node, ...]], tuple[Node, ...]]:
    """What writes such names as sums, where these formulas have the loss of a step by the same letter."""
    trees = {node for sides in formulas for side in sides for node in walk(side)}
    losses = {
        node
        for node in trees
        if isinstance(node, Script) and isinstance(node.sub, Symbol)
        if isinstance(node.base, Symbol) and node.base.name in LOSSES
    }
    spoken = {node.name for node in trees if isinstance(node, Symbol)}
    letter = next((name for name in LETTERS if name not in spoken), None)

    def written(node: Node) -> Node:
        match node:
            case Script(span, base, Relation(_, Symbol(_, "", ""), op, Symbol() as step), None, 0, None):
                if op in BOUNDS and letter is not None and replace(node, sub=step) in losses:
                    each = Symbol(span, letter)
                    low, high = BOUNDS[op](step)
                    sign = Big(span, "sum", Relation(span, each, "=", low), high)
                    return Product(span, (sign, Script(span, base, each)), ("",))
        return mapped(node, written)

    return lambda sides: tuple(map(written, sides))


def _next_to(step: Symbol, sign: int) -> Node:
    """t + 1 or t - 1."""
    return Sum(step.span, (step, Number(step.span, Fraction(1))), (1, sign))


def _end(step: Symbol) -> Node:
    return Symbol(step.span, "T")


def _start(step: Symbol) -> Node:
    return Number(step.span, Fraction(1))


BOUNDS: dict[str, Callable[[Symbol], tuple[Node, Node]]] = {
    "gt": lambda step: (_next_to(step, 1), _end(step)),
    "ge": lambda step: (step, _end(step)),
    "lt": lambda step: (_start(step), _next_to(step, -1)),
    "le": lambda step: (_start(step), step),
}
