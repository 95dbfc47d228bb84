r"""Samples that are the columns of a matrix: `A^{[l]}` beside `a^{[l](i)}`, X beside `x^{(i)}`, dZ beside `dZ^{(i)}`.

A page that has both speaks of one array: a letter with the number of a sample is a row of it, and the capital is it
transposed. What is made of the same samples alone, Z = W X + b, is written for each of them: b has none. The parameters
of such a page stand on the left of its matrices, W X; else nothing is said of them here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from derive.reading.tree import Big, Group, Nabla, Node, Partial, Product, Script, Sum, Symbol, core, mapped, walk
from derive.reading.tree import Sequence as Listing
from derive.understand.customs import LOSSES
from derive.understand.increments import MARKS
from derive.understand.left_out import TRANSPOSED
from derive.understand.letters import STEPS

Formula = tuple[Node, ...]
Key = tuple[str, str]  # a capital, and its accent but for the d of dZ
PARAMETERS = frozenset(("W", "w", "theta", "Theta"))


def columns_writer(formulas: Sequence[Formula]) -> Callable[[Formula], Formula]:
    """What writes the matrices of samples of these formulas, and their columns, as one array each."""
    mentions = [part for sides in formulas for side in sides for part in _mentions(side)]
    stacked = stacked_matrices(formulas)
    if not stacked:
        return lambda sides: sides

    def is_matrix(node: Node) -> bool:
        return _key(node) in stacked and _is_whole(node)

    def written(node: Node) -> Node:
        if isinstance(node, Partial) and is_matrix(node.wrt) and _letter(node.of) in LOSSES:
            return _transposed(replace(node, of=written(node.of)))
        if _is_transposed(node) and isinstance(node, Script):
            of = node.base.body if isinstance(node.base, Group) else node.base
            if is_matrix(of):
                return of
            if isinstance(of, Partial) and is_matrix(of.wrt) and _letter(of.of) in LOSSES:
                return replace(of, of=written(of.of))
        if is_matrix(node):
            return _transposed(node)
        if _key(node) in stacked and _has_sample(node):
            return _capital(node)
        return mapped(node, written)

    letters = Counter(name for part in mentions if _key(part) in stacked for name in _bracketed(part) if name.islower())
    sample = max(letters, key=lambda name: (letters[name], name))

    def of_one(node: Node) -> Node:
        """A tree with the number of a sample at its matrices."""
        if is_matrix(node):
            return _raised(node, Group(node.span, Symbol(node.span, sample), "("))
        return replace(node, base=of_one(node.base)) if isinstance(node, Script) else mapped(node, of_one)

    def stands_apart(node: Node) -> bool:
        """Whether each column of a tree is made of the same columns of its matrices, as those of W A + b are."""
        if _key(node) is not None:
            return is_matrix(node) or _key(node) not in stacked
        is_whole = _is_transposed(node) or (isinstance(node, Group) and node.bracket == "||")  # A^T, ‖A‖
        if isinstance(node, Big | Partial | Nabla) or (is_whole and any(map(is_matrix, _parts(node)))):
            return False
        pairs = zip(node.factors, node.factors[1:], node.ops, strict=False) if isinstance(node, Product) else ()
        multiplied = any(is_matrix(before) and is_matrix(after) and not op for before, after, op in pairs)
        return not multiplied and all(map(stands_apart, _outside_scripts(node)))

    def of_each(sides: Formula) -> Formula:
        head = sides[0]
        of = core(head)
        if of is not None and is_matrix(head) and set(MARKS).isdisjoint(of.accent.split()):
            sides = tuple(head if _lists_columns(side, head) else side for side in sides)
            sides = tuple(map(of_one, sides)) if all(map(stands_apart, sides)) else sides
        return tuple(map(written, sides))

    return of_each


def stacked_matrices(formulas: Sequence[Formula]) -> set[Key]:
    """The matrices of these formulas whose columns are samples, where parameters stand on their left."""
    mentions = [part for sides in formulas for side in sides for part in _mentions(side)]
    sampled = {key for part in mentions if (key := _key(part)) is not None and _has_sample(part)}
    whole = {key for part in mentions if (key := _key(part)) is not None and _is_whole(part)}
    stepped = {key for part in mentions if (key := _key(part)) is not None and _has_step(part)}
    stacked = (sampled & whole) - stepped  # J^{(i)} beside J^{(t)} is at another step
    together = [{*_of_samples(sides)} for sides in formulas]
    for _ in together:  # A and X of Z = W A + b and A^{[0]} = X, where Z has samples
        stacked |= set[Key]().union(*(keys for keys in together if keys & stacked)) & whole
    votes = {vote for sides in formulas for side in sides for vote in _sides_of_parameters(side, stacked)}
    return stacked if votes == {"left"} else set()


def samples_are_an_axis(formulas: Sequence[Formula]) -> bool:
    """Whether such matrices stand where none of their samples does, X in X (A - Y)^T."""
    stacked, writer = stacked_matrices(formulas), columns_writer(formulas)
    mentions = (part for sides in map(writer, formulas) for side in sides for part in _mentions(side))
    return any(_key(part) in stacked and _is_whole(part) for part in mentions)


def _mentions(node: Node) -> Iterator[Node]:
    """The letters of a tree, but for those in scripts, each with what stands on it."""
    if _key(node) is not None:
        yield node
        return
    for part in _outside_scripts(node):
        yield from _mentions(part)


def _outside_scripts(node: Node) -> tuple[Node, ...]:
    """What stands directly inside a tree, but for scripts."""
    return (node.base,) if isinstance(node, Script) else tuple(node.inner)


def _parts(node: Node) -> Iterator[Node]:
    """A tree with all that is inside it, but for scripts: the L of W^{[L]} is no matrix."""
    yield node
    for part in _outside_scripts(node):
        yield from _parts(part)


def _key(node: Node) -> Key | None:
    """The matrix to which a letter belongs, capital or not; None for what is no letter, or is transposed or primed,
    and for T."""
    if isinstance(node, Script) and (node.primes or _is_transposed(node)):
        return None
    base = node.base if isinstance(node, Script) else node
    if not isinstance(base, Symbol) or len(base.name) != 1 or not base.name.isalpha() or base.name == "T":
        return None
    return base.name.upper(), " ".join(part for part in base.accent.split() if part not in MARKS)


def _bracketed(node: Node) -> Iterator[str]:
    """The letters that stand alone, or before a number, in round brackets above a letter."""
    above = node.sup if isinstance(node, Script) else None
    for part in walk(above) if above is not None else ():
        if isinstance(part, Group) and part.bracket == "(":
            body = part.body.terms[0] if isinstance(part.body, Sum) else part.body
            yield from [body.name] if isinstance(body, Symbol) and len(body.name) == 1 else []


def _has_sample(node: Node) -> bool:
    """Whether the number of a sample stands above a letter, in round brackets."""
    return any(name.islower() for name in _bracketed(node))


def _has_step(node: Node) -> bool:
    return not STEPS.isdisjoint(_bracketed(node))


def _is_whole(node: Node) -> bool:
    """Whether a capital stands without a sample, and without an entry."""
    base = node.base if isinstance(node, Script) else node
    is_capital = isinstance(base, Symbol) and base.name.isupper()
    return is_capital and not _has_sample(node) and not (isinstance(node, Script) and node.sub is not None)


def _of_samples(sides: Formula) -> Iterator[Key]:
    """The capitals of an equation that have the same samples: its sides, what functions are applied to and what stands
    behind parameters, Z and A of Z = W A + b."""
    parts = [part for side in sides for part in _parts(side)]
    products = [part.factors for part in parts if isinstance(part, Product)]
    found = [*sides, *(part.body for part in parts if isinstance(part, Group))]
    found += [after for f in products for before, after in pairwise(f) if _letter(before) in PARAMETERS]
    for node in found:
        if (key := _key(node)) is not None and _is_whole(node) and key[0] not in PARAMETERS:
            yield key


def _is_transposed(node: Node) -> bool:
    return isinstance(node, Script) and node.sub is None and not node.primes and node.sup in TRANSPOSED


def _transposed(node: Node) -> Node:
    base = node if isinstance(node, Symbol | Script) else Group(node.span, node, "(")
    return Script(node.span, base, None, replace(TRANSPOSED[0], span=node.span))


def _lists_columns(node: Node, matrix: Node) -> bool:
    """Whether a side is a matrix, column by column: (a^{(1)}, …, a^{(m)})."""
    items = node.body.items if isinstance(node, Group) and isinstance(node.body, Listing) else ()
    return {*map(_key, items)} - {None} == {_key(matrix)}


def _raised(node: Node, above: Node) -> Node:
    """A letter with more above it."""
    if not isinstance(node, Script):
        return Script(node.span, node, None, above)
    return replace(node, sup=above if node.sup is None else Product(node.span, (node.sup, above), ("",)))


def _capital(node: Node) -> Node:
    if isinstance(node, Script):
        return replace(node, base=_capital(node.base))
    assert isinstance(node, Symbol)
    return replace(node, name=node.name.upper())


def _letter(node: Node) -> str:
    """The letter of a name, with its argument or without: J and J(W, b), and W of (W^{[2]})^T."""
    if isinstance(node, Product):
        node = node.factors[0]
    while isinstance(node, Script | Group):
        node = node.base if isinstance(node, Script) else node.body
    return node.name if isinstance(node, Symbol) else ""


def _sides_of_parameters(side: Node, stacked: set[Key]) -> Iterator[str]:
    """On which side of a matrix of samples parameters stand, or would: samples are summed over in X dZ^T, or X^T dZ."""

    def is_matrix(node: Node) -> bool:
        return _key(node) in stacked and _is_whole(node)

    for product in (part for part in _parts(side) if isinstance(part, Product)):
        for before, after in pairwise(product.factors):
            if _letter(before) in PARAMETERS and is_matrix(after):
                yield "left"
            if _letter(after) in PARAMETERS and is_matrix(before):
                yield "right"
            turned = [_is_transposed(node) and any(map(is_matrix, _parts(node))) for node in (before, after)]
            if turned == [False, True] and any(map(is_matrix, _parts(before))):
                yield "left"
            if turned == [True, False] and any(map(is_matrix, _parts(after))):
                yield "right"
