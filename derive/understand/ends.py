r"""The number of steps by another name: T_x where a page has no other, or what a legend says, `'\tau' = T`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from derive.reading.tree import Node, Script, Symbol, mapped, walk

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
    return lambda sides: tuple(_renamed(side, names) for side in sides) if names else sides


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
