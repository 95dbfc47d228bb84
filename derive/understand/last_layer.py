r"""The last layer by its number: n_l of `a^{(n_l)}`, where it is no width of a layer, is L."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from derive.reading.tree import Big, Node, Script, Symbol, mapped, walk
from derive.understand.forms import dimensions

COUNT = Script((0, 0), Symbol((0, 0), "n"), Symbol((0, 0), "l"))  # of layers


def last_layer_renamer(formulas: Sequence[tuple[Node, ...]]) -> Callable[[tuple[Node, ...]], tuple[Node, ...]]:
    """What puts L for n_l, where it stands above symbols, and neither above Σ nor in ℝ^{n_l}."""
    trees = [node for sides in formulas for side in sides for node in walk(side)]
    above = any(COUNT in walk(node.sup) for node in trees if isinstance(node, Script) and node.sup is not None)
    spaces = [space for _, *others in formulas for space in others if dimensions(space)]
    is_width = any(isinstance(node, Big) and node.upper == COUNT for node in trees)
    is_width = is_width or any(COUNT in walk(space) for space in spaces)
    return lambda sides: tuple(_renamed(side) for side in sides) if above and not is_width else sides


def _renamed(node: Node) -> Node:
    return Symbol(node.span, "L") if node == COUNT else mapped(node, _renamed)
