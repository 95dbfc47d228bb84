r"""Samples that are the columns of a matrix: `A^{[l]}` beside `a^{[l](i)}`, X beside `x^{(i)}`, dZ beside `dZ^{(i)}`.

A page that has both speaks of one array: a letter with the number of a sample is a row of it, and the capital is it
transposed. What is made of the same samples alone, Z = W X + b, is written for each of them: b has none. The parameters
of such a page stand on the left of its matrices, W X; else nothing is said of them here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
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
    writer = _writer(formulas)
    return writer.written if writer is not None else lambda sides: sides


def samples_are_an_axis(formulas: Sequence[Formula]) -> bool:
    """Whether such matrices stand where none of their samples does, X in X (A - Y)^T."""
    writer = _writer(formulas)
    if writer is None:
        return False
    mentions = (part for sides in map(writer.written, formulas) for side in sides for part in _mentions(side))
    return any(_is_matrix(part, writer.stacked) for part in mentions)


def _writer(formulas: Sequence[Formula]) -> _Writer | None:
    """What writes the matrices of these formulas whose columns are samples, where parameters stand on their left; None
    where there are none."""
    mentions = [part for sides in formulas for side in sides for part in _mentions(side)]
    sampled = {key for part in mentions if (key := _key(part)) is not None and _has_sample(part)}
    whole = {key for part in mentions if (key := _key(part)) is not None and _is_whole(part)}
    stepped = {key for part in mentions if (key := _key(part)) is not None and _has_step(part)}
    stacked = (sampled & whole) - stepped  # J^{(i)} beside J^{(t)} is at another step
    letters = Counter(name for part in mentions if _key(part) in stacked for name in _bracketed(part) if name.islower())
    together = [{*_of_samples(sides)} for sides in formulas]
    for _ in together:  # A and X of Z = W A + b and A^{[0]} = X, where Z has samples
        stacked |= set[Key]().union(*(keys for keys in together if keys & stacked)) & whole
    votes = {vote for sides in formulas for side in sides for vote in _sides_of_parameters(side, stacked)}
    return _Writer(stacked, max(letters, key=lambda name: (letters[name], name))) if votes == {"left"} else None


@dataclass(frozen=True)
class _Writer:
    """`stacked` are the matrices whose columns are samples, `sample` is the letter that counts these."""

    stacked: Set[Key]
    sample: str

    def written(self, sides: Formula) -> Formula:
        """A formula with the transposed matrices, or, where it says what each sample is made of, for one of them."""
        head = sides[0]
        of = core(head)
        if of is not None and _is_matrix(head, self.stacked) and set(MARKS).isdisjoint(of.accent.split()):
            sides = tuple(head if _lists_columns(side, head) else side for side in sides)
            sides = tuple(map(self._of_one, sides)) if all(map(self._stands_apart, sides)) else sides
        return tuple(map(self._turned, sides))

    def _turned(self, node: Node) -> Node:
        """A tree with the transposed matrices, and their rows for their columns."""
        if isinstance(node, Partial) and _is_matrix(node.wrt, self.stacked) and _letter(node.of) in LOSSES:
            return _transposed(replace(node, of=self._turned(node.of)))
        if _is_transposed(node) and isinstance(node, Script):
            of = node.base.body if isinstance(node.base, Group) else node.base
            if _is_matrix(of, self.stacked):
                return of
            if isinstance(of, Partial) and _is_matrix(of.wrt, self.stacked) and _letter(of.of) in LOSSES:
                return replace(of, of=self._turned(of.of))
        if _is_matrix(node, self.stacked):
            return _transposed(node)
        if _key(node) in self.stacked and _has_sample(node):
            return _capital(node)
        return mapped(node, self._turned)

    def _of_one(self, node: Node) -> Node:
        """A tree with the number of a sample at its matrices."""
        if _is_matrix(node, self.stacked):
            return _raised(node, Group(node.span, Symbol(node.span, self.sample), "("))
        return replace(node, base=self._of_one(node.base)) if isinstance(node, Script) else mapped(node, self._of_one)

    def _stands_apart(self, node: Node) -> bool:
        """Whether each column of a tree is made of the same columns of its matrices, as those of W A + b are."""
        if (key := _key(node)) is not None:
            return key not in self.stacked or _is_whole(node)
        is_whole = _is_transposed(node) or (isinstance(node, Group) and node.bracket == "||")  # A^T, ‖A‖
        if isinstance(node, Big | Partial | Nabla) or (is_whole and _has_matrix(node, self.stacked)):
            return False
        pairs = zip(node.factors, node.factors[1:], node.ops, strict=False) if isinstance(node, Product) else ()
        multiplied = any(all(_is_matrix(of, self.stacked) for of in pair) and not op for *pair, op in pairs)
        return not multiplied and all(map(self._stands_apart, _outside_scripts(node)))


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


def _sides_of_parameters(side: Node, stacked: Set[Key]) -> Iterator[str]:
    """On which side of a matrix of samples parameters stand, or would: samples are summed over in X dZ^T, or X^T dZ."""
    for product in (part for part in _parts(side) if isinstance(part, Product)):
        for before, after in pairwise(product.factors):
            if _letter(before) in PARAMETERS and _is_matrix(after, stacked):
                yield "left"
            if _letter(after) in PARAMETERS and _is_matrix(before, stacked):
                yield "right"
            if _has_matrix(before, stacked) and _has_matrix(after, stacked):
                turned = [_is_transposed(before), _is_transposed(after)]
                yield from ["left"] if turned == [False, True] else ["right"] if turned == [True, False] else []


def _is_matrix(node: Node, stacked: Set[Key]) -> bool:
    return _key(node) in stacked and _is_whole(node)


def _has_matrix(node: Node, stacked: Set[Key]) -> bool:
    return any(_is_matrix(part, stacked) for part in _parts(node))
