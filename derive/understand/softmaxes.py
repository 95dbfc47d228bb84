r"""What a page calls softmax: σ of `\sigma(z)_k = \frac{e^{z_k}}{\sum_j e^{z_j}}`, whose entry depends on all of z.

Where a formula says that the entry of a function of a vector is e^{z_k} over the sum of all, that function is softmax
wherever the page takes an entry of it, and wherever it applies it to this vector.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from derive.reading.tree import Big, Frac, Group, Node, Product, Script, Symbol, mapped, walk

SOFTMAX = "softmax"


def softmax_marker(formulas: Sequence[tuple[Node, ...]]) -> Callable[[tuple[Node, ...]], tuple[Node, ...]]:
    """What puts softmax for the functions of which these formulas say that they are softmax."""
    meant = {
        (entry[0], entry[1])
        for sides in formulas
        for side in sides
        if (entry := _entry(side)) is not None and any(_is_softmax(other, *entry[1:]) for other in sides)
    }
    functions = {function for function, _ in meant if function.name != SOFTMAX}

    def is_meant(function: Node, argument: Node) -> bool:
        pair = Product((0, 0), (function, argument), ("",))
        applied = isinstance(argument, Group) and argument.bracket == "(" and (function, argument.body) in meant
        return function in functions and (applied or _entry(pair) is not None)

    def marked(node: Node) -> Node:
        if isinstance(node, Product):
            factors = list(node.factors)
            for n, (function, argument) in enumerate(zip(node.factors, node.factors[1:], strict=False)):
                if isinstance(function, Symbol) and not node.ops[n] and is_meant(function, argument):
                    factors[n] = replace(function, name=SOFTMAX)
            node = replace(node, factors=tuple(factors))
        if isinstance(node, Script) and node.sub is not None and isinstance(node.base, Group):  # [σ(a)]_i
            match node.base.body:
                case Product(_, (Symbol() as function, Group(_, Symbol(), "(") as of), ("",)) if function in functions:
                    named = replace(node.base.body, factors=(replace(function, name=SOFTMAX), of))
                    node = replace(node, base=replace(node.base, body=named))
        return mapped(node, marked)

    return (lambda sides: tuple(map(marked, sides))) if functions else lambda sides: sides


def _entry(node: Node) -> tuple[Symbol, Symbol, Node] | None:
    """σ, z and k of σ(z)_k; None for other trees."""
    match node:
        case Product(
            _, (Symbol(_, _, "") as function, Script(_, Group(_, Symbol() as of, "("), sub, None, 0, None)), ("",)
        ) if sub is not None:
            return function, of, sub
    return None


def _is_softmax(node: Node, of: Symbol, at: Node) -> bool:
    """Whether a tree is e^{z_k} over the sum of all e^{z_j}."""
    match node:
        case Frac(_, over, Product(_, (Big(_, "sum") as total, *rest), (_, *ops))) if total.lower is not None:
            term = rest[0] if len(rest) == 1 else Product(node.span, tuple(rest), tuple(ops))
            summed = power(term)
            return (
                power(over) == Script((0, 0), of, at)
                and isinstance(summed, Script)
                and summed == Script((0, 0), of, summed.sub)
                and summed.sub != at
                and summed.sub in list(walk(total.lower))
            )
    return False


def power(node: Node) -> Node | None:
    """x of e^x and exp(x)."""
    match node:
        case Script(_, Symbol(_, "e", ""), None, power):
            return power
        case Product(_, (Symbol(_, "exp"), Group(_, body, "(")), ("",)):
            return body
    return None


__all__ = ["SOFTMAX", "power", "softmax_marker"]
