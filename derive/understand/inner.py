r"""Products of vectors that are numbers: `z = w^\top x + b` and `z = \sum_i w_i x_i + b`, where the letters are small,
as in the neuron of a regression; also within its function, `\sigma(w^\top x + b)` and `e^{-\theta^\top x}`.

Capitals are matrices by custom: `W^\top x` is a vector. On a page with softmax the small letter may well be a matrix.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from derive.reading.tree import Big, Frac, Group, Node, Number, Product, Script, Sum, Symbol, walk
from derive.reading.vocabulary import GREEK
from derive.understand.names import Name, Names

Inner = tuple[int, Name, int]  # in a formula a name, and how many axes it has beside its indices
Factor = tuple[Name, int]  # a name, and how many axes it has beside its indices


def inner_products(
    equations: list[tuple[int, Node, Node]], names: Names, several: Collection[str] = ()
) -> Iterator[Inner]:
    """The vectors in such equations (each a number, its head and its right side) and what is a number there, with the
    number of the equation and the axes that they have beside their indices. Vectors of which the page has `several`, as
    h_j ∈ ℝ^d, are no entries."""
    with_softmax = any(
        isinstance(part, Symbol) and part.name == "softmax" for _, _, side in equations for part in walk(side)
    )
    turned = {str(factor) for _, _, side in equations for factor in _after_capitals(side)}
    for number, head, side in equations:
        if str(head) in turned:  # V c is a matrix with a vector
            continue
        inner = [*_arguments(side)]
        terms = tuple(term for tree in inner or [side] for term in (tree.terms if isinstance(tree, Sum) else (tree,)))
        products = [_entries(number, term, names, several) or _vectors(number, head, term, names) for term in terms]
        if any(axes for product in products for _, axes in product) and with_softmax:
            continue
        if any(products):
            yield from ((number, name, axes) for product in products for name, axes in product)
            rest = [head, *(term for term, product in zip(terms, products, strict=True) if not product)]
            numbers = [names.read(term, None, number) for term in rest if isinstance(term, Symbol | Script)]
            yield from ((number, name, 0) for name in numbers if name is not None and not name.operations)


def _after_capitals(side: Node) -> Iterator[Node]:
    for product in (part for part in walk(side) if isinstance(part, Product)):
        for before, after, op in zip(product.factors, product.factors[1:], product.ops, strict=False):
            if op == "" and isinstance(before, Symbol) and len(before.name) == 1 and before.name.isupper():
                yield after


def _arguments(side: Node) -> Iterator[Node]:
    """What the one function of a side is taken of, where the side is this function, or 1/(1 + e^{-z})."""
    match side:
        case Product(_, (Symbol() | Script(_, Symbol()), Group(_, body, "(" | "[")), ("",)):
            yield body
        case Frac(_, Number(), Sum(_, (Number(), Script(_, Symbol(_, "e", ""), None, Node() as power)))):
            whole = isinstance(power, Sum) and len(power.terms) == 1  # -(w^T x + b)
            body = power.terms[0] if isinstance(power, Sum) and whole else power
            yield body.body if isinstance(body, Group) else body


def _entries(number: int, term: Node, names: Names, several: Collection[str]) -> tuple[Factor, ...]:
    """w_i and x_i of Σ_i w_i x_i; none for other trees."""
    big, *entries = _factors(term)
    if not isinstance(big, Big) or big.op != "sum" or len(entries) != 2:
        return ()
    found = tuple((name, 0) for factor in entries if (name := names.read(factor, None, number)) is not None)
    names_of = [name for name, _ in found]  # n_t^⊤ is a vector
    are_entries = all(n.slots and not n.operations and _is_small(n) and n.name not in several for n in names_of)
    return found if len(found) == 2 and are_entries else ()


def _factors(tree: Node) -> list[Node]:
    """The factors of a product, and of what it has in brackets."""
    if isinstance(tree, Group):
        return _factors(tree.body)
    return [f for part in tree.factors for f in _factors(part)] if isinstance(tree, Product) else [tree]


def _vectors(number: int, head: Node, term: Node, names: Names) -> tuple[Factor, ...]:
    """w and x of w^⊤ x, or of z^{(i)} = w^⊤ X^{(i)}; none for other trees."""
    if not isinstance(term, Product) or len(term.factors) not in (2, 3) or any(term.ops):
        return ()
    row, column, *bracket = term.factors
    first = names.read(row, None, number)
    second = names.read(column, bracket[0] if bracket else None, number)
    if first is None or second is None or second.taken != 1 + len(bracket) or first.slots:
        return ()
    if first.operations != ("T",) or second.operations or second.primes:
        return ()
    made = names.read(head, None, number)
    of_one = made is not None and any(slot.place == "sup" and slot in made.slots for slot in second.slots)
    return ((first, 1), (second, 1)) if _is_small(first) and (_is_small(second) or of_one) else ()


def _is_small(name: Name) -> bool:
    """Whether a name is a small letter."""
    return (len(name.mention.base) == 1 or name.mention.base in GREEK) and name.mention.base.islower()


__all__ = ["inner_products"]
