r"""Functions that have the letter of what they make: `a_i^l = a(z_i^l)` beside `a'(z_i^l)`, `y_i = y(x_i)`.

Where a formula says that a letter with scripts is this letter before a bracket, the letter stands for a function
wherever it has no scripts and a bracket follows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from derive.reading.tree import Group, Node, Number, Product, Script, Symbol, mapped
from derive.understand.customs import LOSSES
from derive.understand.letters import COUNTERS, STEPS

FUNCTION = "function "  # what the name of such a function begins with
Formula = tuple[Node, ...]


def namesakes_marker(formulas: Sequence[Formula]) -> Callable[[Formula], Formula]:
    """What gives the functions of these formulas names of their own."""
    letters = {name for sides in formulas for side in sides[1:] if (name := _made_by_its_own(sides[0], side))}

    def marked(node: Node) -> Node:
        node = mapped(node, marked)
        if not isinstance(node, Product):
            return node
        factors = list(node.factors)
        for n, (factor, follows, op) in enumerate(zip(factors, factors[1:], node.ops, strict=False)):
            if _is_call(factor, follows, op) and _letter(factor) in letters:
                factors[n] = _renamed(factor)
        return replace(node, factors=tuple(factors))

    return (lambda sides: tuple(map(marked, sides))) if letters else lambda sides: sides


def is_namesake(name: str) -> bool:
    """Whether a name is that of such a function."""
    return name.startswith(FUNCTION)


def _made_by_its_own(head: Node, side: Node) -> str:
    """The letter of a_i = a(…); '' for other formulas."""
    match head, side:
        case Script(_, Symbol(_, name, ""), _, _, 0), Product(_, (Symbol() as function, Group() as bracket), (op,)):
            is_own = _is_call(function, bracket, op) and _letter(function) == name
            return name if is_own and name not in LOSSES else ""  # L_t = L(y_t, ŷ_t) is read anyway
    return ""


def _is_call(function: Node, follows: Node, op: str) -> bool:
    """Whether a letter without scripts stands before its argument, and not before a step, a(t)."""
    of = follows.base if isinstance(follows, Script) else follows
    if op or not isinstance(of, Group) or of.bracket != "(" or not _letter(function):
        return False
    is_step = isinstance(of.body, Symbol) and of.body.name in STEPS | COUNTERS | {"T", "L"}
    return not is_step and not isinstance(of.body, Number)


def _letter(node: Node) -> str:
    """The letter of a and a'; '' for what has scripts."""
    match node:
        case Symbol(_, name, "") | Script(_, Symbol(_, name, ""), None, None, _, None):
            return name
    return ""


def _renamed(node: Node) -> Node:
    if isinstance(node, Script):
        return replace(node, base=_renamed(node.base))
    assert isinstance(node, Symbol)
    return replace(node, name=FUNCTION + node.name)
