r"""The number of steps by another name: T_x where a page has no other, or what a legend says, `'\tau' = T`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import pairwise

from derive.reading.tree import Big, Frac, Node, Product, Relation, Script, Symbol, mapped, walk
from derive.understand.names import LOSSES

Formulas = Sequence[tuple[Node, ...]]


def last_renamer(formulas: Formulas, named: Collection[str]) -> Callable[[tuple[Node, ...]], tuple[Node, ...]]:
    """What puts T for the names of the number of steps of these formulas. T_x is one where no other T stands beside
    it."""
    trees = [node for sides in formulas for side in sides for node in walk(side)]
    below = {node for node in trees if _is_count(node)}
    bare = sum(isinstance(node, Symbol) and node.name == "T" for node in trees)
    inside = sum(_is_count(node) for node in trees)
    transposes = sum(isinstance(node, Script) and node.sup == Symbol((0, 0), "T") for node in trees)
    names = set(named) | ({_name(*below)} if len(below) == 1 and bare == inside + transposes else set())
    if bare == transposes:
        names |= _of_losses(trees)
    return lambda sides: tuple(_renamed(side, names) for side in sides) if names else sides


def _of_losses(trees: list[Node]) -> set[str]:
    r"""The letter up to which the losses of all samples are summed, N of \frac{1}{N} \sum_{n=1}^N \ell_n, where it only
    counts: it stands above Σ and below a fraction, and nowhere else."""
    found = set[str]()
    for node in trees:
        for pair in pairwise(node.factors) if isinstance(node, Product) else ():
            match pair:
                case (
                    Big(_, "sum", Relation(_, index, "=", _), Symbol(_, name, "")),
                    Script(_, Symbol(_, of, "")) as loss,
                ):
                    found |= {name} if of in LOSSES and index in walk(loss) else set()
    counts = [node.upper for node in trees if isinstance(node, Big)]
    counts += [node.denominator for node in trees if isinstance(node, Frac)]
    for name in list(found):
        stands = sum(isinstance(node, Symbol) and node.name == name for node in trees)
        if stands != sum(isinstance(node, Symbol) and node.name == name for node in counts):
            found.discard(name)
    return found if len(found) == 1 else set()


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
        case Script(_, Symbol(_, name, ""), Symbol(_, below, ""), None, 0):
            return f"{name}_{below}"
    return ""


def _renamed(node: Node, names: set[str]) -> Node:
    if _name(node) in names:
        return Symbol(node.span, "T")
    return mapped(node, lambda part: _renamed(part, names))
