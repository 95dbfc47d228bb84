r"""The cross-entropy that is written like a product of numbers: `E_t = -y_t \log p_t`, where p_t is a softmax.

A loss is a number and a softmax is a vector, so the product is the sum over all entries: `\sum y_t \odot \log p_t`. So
it is below a Σ whose letter stands nowhere, `E_t = -\sum_i y_t \log p_t`. And so are those of
`L = -(y \log a + (1 - y) \log(1 - a))` and of `(y - a)^2`, where a is the last layer or the page has products with
capitals, W x: a may have one unit or more, and were it a number, all that it is made of would be. The Σ of a cost over
samples, `\sum_i y^{(i)} \log a^{(i)}`, is none over units.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from derive.reading.tree import (
    Big,
    Frac,
    Group,
    Nabla,
    Node,
    Number,
    Partial,
    Product,
    Relation,
    Script,
    Sum,
    Symbol,
    mapped,
    walk,
)
from derive.reading.vocabulary import GREEK
from derive.understand.classes import LOGARITHMS
from derive.understand.customs import LOSSES
from derive.understand.forms import is_line
from derive.understand.hypotheses import is_sample
from derive.understand.left_out import TRANSPOSED
from derive.understand.softmaxes import SOFTMAX, power
from derive.understand.statement import Convention

SUMMED = Convention(
    "products", "a product or square of arrays that a loss is made of is summed over its entries", "used"
)
Pair = tuple[Node, Node]  # a target and the softmax whose logarithm it is multiplied with
LAYERS = (Symbol((0, 0), "l"), Symbol((0, 0), "ell"))
LAST = Symbol((0, 0), "L")
TIMES = frozenset(("", "cdot", "times", "*"))


def entropies_writer(formulas: Sequence[tuple[Node, ...]]) -> Callable[[tuple[Node, ...]], tuple[Node, ...]]:
    """What writes such losses as sums over all entries, where these formulas say that one is meant."""
    probabilities = {sides[0] for sides in formulas for side in sides[1:] if _is_softmax(side)}
    meant = {
        pair
        for head, *sides in formulas
        for side in sides
        if _is_loss(head) and (pair := _only(side)) is not None and pair[1] in probabilities
    }

    layers = {base for sides in formulas for side in sides for node in walk(side) if (base := _below(node)) is not None}

    def is_last(node: Node) -> bool:
        return isinstance(node, Script) and node.base in layers and node.sup is not None and LAST in walk(node.sup)

    last = {head for head, *sides in formulas for side in sides if isinstance(head, Symbol) and is_last(side)}
    is_of_arrays = any(map(_is_of_arrays, formulas))
    plain = [
        side
        for head, *sides in formulas
        for side in sides
        if _is_loss(head) and not any(isinstance(part, Partial | Nabla) for part in walk(side)) and _sums_samples(side)
    ]
    outputs = {
        of
        for side in plain
        for part in walk(side)
        if isinstance(part, Product)
        for _, (_, of) in _likelihoods(part)
        if of in last or is_last(of) or is_of_arrays
    }
    single = {
        head for head, *sides in formulas for side in sides if _begins_turned(side) or is_line(side)
    }  # o = V^T h, or o ∈ ℝ
    squares = {part for side in plain for part in walk(side) if is_of_arrays and _is_square(part)}
    squares = {square for square in squares if single.isdisjoint(walk(square))}

    def written(node: Node) -> Node:
        if isinstance(node, Product):
            factors, ops = list(node.factors), list(node.ops)
            places = {n for n, pair in _pairs(node) if pair in meant}
            places |= {n for n, (_, of) in _likelihoods(node) if of in outputs}
            for n in sorted(places, reverse=True):
                total = Big(node.span, "sum", None, None)
                body = Product(node.span, (total, *factors[n : n + 3]), ("", "odot", ""))
                first = n - 1 if n and _is_idle(factors[n - 1], node) else n
                factors[first : n + 3] = [Group(node.span, body, "(")]
                del ops[first : n + 2]
            node = replace(node, factors=tuple(factors), ops=tuple(ops))
        if node in squares:
            return Group(node.span, Product(node.span, (Big(node.span, "sum", None, None), node), ("",)), "(")
        return mapped(node, written)

    return (lambda sides: tuple(map(written, sides))) if meant or outputs or squares else lambda sides: sides


def _is_softmax(node: Node) -> bool:
    """Whether a tree is softmax of something, and no entry of it: e^z over the sum of its entries too."""
    match node:
        case Product(_, (Symbol(_, name, ""), Group(_, _, _)), ("",)):
            return name == SOFTMAX
        case Frac(_, over, Product(_, (Big(_, "sum", Symbol(_, letter)), term), ("",))):
            of, summed = power(over), power(term)
            return of is not None and summed is not None and letter not in _letters(of) and letter in _letters(summed)
    return False


def _letters(node: Node) -> list[str]:
    return [part.name for part in walk(node) if isinstance(part, Symbol)]


def _is_idle(sign: Node, side: Node) -> bool:
    """Whether a tree is the sign of a Σ over a letter of which nothing in this side speaks."""
    name = _summed(sign) if isinstance(sign, Big) and sign.op == "sum" else ""
    return bool(name) and _letters(side).count(name) == 1


def _sums_samples(side: Node) -> bool:
    """Whether each Σ of a side runs over samples: its letter stands in raised brackets alone, a^{[2](i)}."""
    raised = [
        part.body.name
        for script in walk(side)
        if isinstance(script, Script) and script.sup is not None
        for part in walk(script.sup)
        if isinstance(part, Group) and part.bracket == "(" and isinstance(part.body, Symbol)
    ]
    names = [_summed(part) for part in walk(side) if isinstance(part, Big)]
    said = _letters(side)
    return all(name in raised and said.count(name) == raised.count(name) + names.count(name) for name in names)


def _summed(sign: Big) -> str:
    """The letter that a Σ runs over; '' where there is none."""
    name = sign.lower.left if isinstance(sign.lower, Relation) else sign.lower
    return name.name if isinstance(name, Symbol) else ""


def _is_loss(node: Node) -> bool:
    base = node.base if isinstance(node, Script) else node
    return isinstance(base, Symbol) and base.name in LOSSES


def _only(side: Node) -> Pair | None:
    """The pair in a side with one logarithm and no Σ that says something; None for others."""
    parts = list(walk(side))
    logarithms = sum(isinstance(part, Symbol) and part.name in LOGARITHMS for part in parts)
    if logarithms != 1 or any(isinstance(part, Big) and not _is_idle(part, side) for part in parts):
        return None
    return next((pair for part in parts if isinstance(part, Product) for _, pair in _pairs(part)), None)


def _pairs(product: Product) -> Iterator[tuple[int, Pair]]:
    r"""y_t and \hat y_t of y_t \log \hat y_t with the place of y_t in a product."""
    factors, ops = product.factors, product.ops
    for n, (target, function, argument) in enumerate(zip(factors, factors[1:], factors[2:], strict=False)):
        if isinstance(function, Symbol) and function.name in LOGARITHMS and ops[n] in TIMES and not ops[n + 1]:
            of = argument.body if isinstance(argument, Group) else argument
            if _scripts(target) == _scripts(of) is not None:
                yield n, (target, of)


def _likelihoods(product: Product) -> Iterator[tuple[int, Pair]]:
    """y and a of y log a, and 1 - y and a of (1 - y) log(1 - a), with the place of the first factor in a product."""
    factors, ops = product.factors, product.ops
    for n, (target, function, argument) in enumerate(zip(factors, factors[1:], factors[2:], strict=False)):
        if isinstance(function, Symbol) and function.name in LOGARITHMS and ops[n] in TIMES and not ops[n + 1]:
            of = argument.body if isinstance(argument, Group) else argument
            if isinstance(of, Sum) and of.signs == (1, -1) and isinstance(of.terms[0], Number):
                of = of.terms[1]
            if not _is_turned(target):
                yield n, (target, of)


def _is_turned(node: Node) -> bool:
    """Whether a name is transposed: with a column behind it, it is the sum already."""
    above = node.sup if isinstance(node, Script) else None
    return above is not None and any(part in TRANSPOSED for part in walk(above))


def _begins_turned(node: Node) -> bool:
    """Whether a side begins as v^T x does, which may be one number."""
    if isinstance(node, Sum):
        node = node.terms[0]
    return isinstance(node, Product) and _is_turned(node.factors[0])


def _is_square(node: Node) -> bool:
    """Whether a tree is (y - a)^2, of names."""
    match node:
        case Script(
            _, Group(_, Sum(_, (Symbol() | Script(), Symbol() | Script()), signs), "("), None, Number(_, power), 0
        ):
            return signs == (1, -1) and power == 2
    return False


def _is_of_arrays(sides: tuple[Node, ...]) -> bool:
    """Whether a formula says that something is a product with a capital, W x + b: it has several entries. The X^{(i)}
    of w^T X^{(i)} is one sample."""
    head, *others = sides
    parts = (node for side in others for node in walk(side) if isinstance(node, Product))
    factors = (factor for part in parts for factor in part.factors)
    letters = (_letter(of) for of in factors if not isinstance(of, Script) or not is_sample(of.sup))
    return bool(_letter(head)) and not _is_loss(head) and any(map(_is_capital, letters))


def _is_capital(name: str) -> bool:
    return name[:1].isupper() and (len(name) == 1 or name in GREEK) and name not in LOSSES


def _letter(node: Node) -> str:
    base = node.base if isinstance(node, Script) else node
    return base.name if isinstance(base, Symbol) else ""


def _below(node: Node) -> Node | None:
    """The letter of a^{l-1}: it has layers; None for other trees."""
    if not isinstance(node, Script) or node.sup is None:
        return None
    shifted = any(
        isinstance(part, Sum) and part.signs == (1, -1) and part.terms[0] in LAYERS for part in walk(node.sup)
    )
    return node.base if shifted else None


def _scripts(node: Node) -> tuple[Node | None, Node | None] | None:
    """What stands below and above a name; None for other trees."""
    match node:
        case Symbol():
            return None, None
        case Script(_, Symbol(), sub, sup, 0, None):
            return sub, sup
    return None


__all__ = ["entropies_writer"]
