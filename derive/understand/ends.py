r"""The number of steps by another name: T_x where a page has no other, or what a legend says, `'\tau' = T`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import pairwise

from derive.kernel.index import Index
from derive.reading.tree import Big, Frac, Group, Node, Product, Relation, Script, Symbol, mapped, walk
from derive.understand.columns import samples_are_an_axis
from derive.understand.customs import LOSSES
from derive.understand.forms import dimensions
from derive.understand.mentions import linear, spelled

Formulas = Sequence[tuple[Node, ...]]
STEP = Symbol((0, 0), "t")


def last_names(formulas: Formulas, named: Collection[str]) -> set[str]:
    """The names of the number of steps in these formulas, but T. T_x is one where no other T stands beside it."""
    trees = [node for sides in formulas for side in sides for node in walk(side)]
    below = {node for node in trees if _is_count(node)}
    bare = sum(isinstance(node, Symbol) and node.name == "T" for node in trees)
    inside = sum(_is_count(node) for node in trees)
    transposes = sum(isinstance(node, Script) and node.sup == Symbol((0, 0), "T") for node in trees)
    names = set(named) | ({_name(*below)} if len(below) == 1 and bare == inside + transposes else set())
    if bare == transposes and not samples_are_an_axis(formulas):
        names |= _of_losses(formulas, trees) or _in_words(trees)
    return names


def _in_words(trees: list[Node]) -> set[str]:
    r"""The name of several letters that ends all sums over steps, n_{seq} of \sum_{t=1}^{n_{seq}} l_t, where it stands
    nowhere but above Σ and below a fraction."""
    sums = [node for node in trees if isinstance(node, Big) and isinstance(node.lower, Relation)]
    found = {sign.upper for sign in sums if isinstance(sign.lower, Relation) and sign.lower.left == STEP}
    if len(found) != 1 or not isinstance(upper := found.pop(), Script) or not _name(upper):
        return set()
    ends = sum(sign.upper == upper for sign in sums)
    ends += sum(isinstance(node, Frac) and node.denominator == upper for node in trees)
    return {_name(upper)} if trees.count(upper) == ends else set()


def last_renamer(names: set[str]) -> Callable[[tuple[Node, ...]], tuple[Node, ...]]:
    """What puts T for these names."""
    return lambda sides: tuple(_renamed(side, names) for side in sides) if names else sides


def _of_losses(formulas: Formulas, trees: list[Node]) -> set[str]:
    r"""The letter up to which the losses of all samples are summed, or what stands at each step t, or the vectors
    x_i ∈ ℝ^d: N of \frac{1}{N} \sum_{n=1}^N \ell_n and τ of \sum_{t=1}^\tau L^{(t)}, where it only counts: above Σ,
    below a fraction, as the last place of what that index numbers, h^{(\tau)} beside h^{(t)}, and in t ≤ τ, but nowhere
    else."""
    found: dict[str, Node] = {}
    stated = [side for side, *spaces in formulas for space in spaces if {*dimensions(space)} - {Index(1)}]
    vectors = {side.base for side in stated if isinstance(side, Script)}
    for node in trees:
        factors = node.factors if isinstance(node, Product) else ()
        for n, factor in enumerate(factors):
            match factor:
                case Big(_, "sum", Relation(_, index, "=", _), Symbol(_, name, "")):
                    numbered = (part for of in factors[n + 1 :] for part in walk(of) if isinstance(part, Script))
                    of_vectors = any(part.base in vectors and part.sub == index for part in numbered)
                    if index == STEP or of_vectors or _is_loss(factors[n + 1 : n + 3], index):
                        found[name] = index
    places = [place for node in trees for place in _places(node)]
    counted = {(base, slot, of) for base, slot, item, _ in places for of in found.values() if item == of}
    uppers = [node.upper for node in trees if isinstance(node, Big) and node.upper is not None]
    under = [node.denominator for node in trees if isinstance(node, Frac)]
    compared = [(sides[0], sides[1]) for sides in formulas if len(sides) == 2]
    compared += [(node.left, node.right) for node in trees if isinstance(node, Relation)]
    for name, index in list(found.items()):
        ends = [item for base, slot, item, marked in places if marked or (base, slot, index) in counted]
        ends += [*uppers, *(node for node in under if isinstance(node, Symbol))]
        ends += [right for left, right in compared if left == index]
        if sum(_is_end(item, name) for item in ends) != sum(isinstance(n, Symbol) and n.name == name for n in trees):
            del found[name]
    return set(found) if len(found) == 1 else set()


def _is_loss(factors: Sequence[Node], index: Node) -> bool:
    """Whether these begin with a loss at an index, in its scripts or in brackets after it."""
    match factors:
        case (Script(_, Symbol(_, of, "")) as at, *_) | (Symbol(_, of, ""), Group() as at):
            return of in LOSSES and index in walk(at)
    return False


def _places(node: Node) -> Iterator[tuple[Symbol, str, Node, bool]]:
    """The names with what stands below and above them, or in brackets after them, without the brackets; and whether it
    is marked as an index, by a bracket above."""
    for symbol, bracket in pairwise(node.factors) if isinstance(node, Product) else ():
        if isinstance(symbol, Symbol) and isinstance(bracket, Group):
            yield symbol, "arg", bracket.body, False
    if isinstance(node, Script) and isinstance(node.base, Symbol):
        for slot, item in (("sub", node.sub), ("sup", node.sup)):
            if item is not None:
                bracketed = isinstance(item, Group)
                yield node.base, slot, item.body if isinstance(item, Group) else item, bracketed and slot == "sup"


def _is_end(item: Node, name: str) -> bool:
    """Whether an index is the last place, or one so many before or after it."""
    index = linear(item)
    return index is not None and index.letters == ((name, 1),)


def _is_count(node: Node) -> bool:
    """Whether a tree is T_x."""
    match node:
        case Script(_, Symbol(_, "T", ""), Symbol(_, below, ""), None, 0) if len(below) == 1:
            return below not in ("t", "i", "j", "k", "l", "m", "n")
    return False


def _name(node: Node) -> str:
    """How the name of a number of steps is spelled."""
    match node:
        case Symbol(_, name, ""):
            return name
        case Script(_, Symbol(_, name, ""), Symbol() | Product() as below, None, 0):
            return f"{name}_{spelled(below).replace(' ', '')}"
    return ""


def _renamed(node: Node, names: set[str]) -> Node:
    if _name(node) in names:
        return Symbol(node.span, "T")
    return mapped(node, lambda part: _renamed(part, names))
