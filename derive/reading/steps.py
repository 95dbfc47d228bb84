"""How a page writes that a symbol stands at a step: h_t, h(t), h[t], h^{(t)}, h^t or h^{\\langle t\\rangle}."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from derive.reading.tree import Group, Node, Number, Product, Script, Symbol

TRANSPOSES = frozenset(("T", "top", "intercal"))


def first_style(nodes: Iterable[Node], timed: frozenset[Node]) -> str | None:
    """How these trees write the step of one of the `timed` symbols, by the first one in them; None where none has
    one."""
    waiting = list(nodes)
    for node in waiting:
        if style := step_style(node, timed):
            return style
        waiting += node.inner
    return None


def step_style(node: Node, timed: frozenset[Node]) -> str | None:
    """How a tree writes the step of one of the `timed` symbols, or None where it holds none."""
    match node:
        case Product(_, factors, _):
            for name, following in pairwise(factors):
                base = name.base if isinstance(name, Script) and name not in timed else name  # h_i(t)
                if base in timed and isinstance(following, Group) and following.bracket in ("(", "["):
                    return "paren" if following.bracket == "(" else "bracket"
        case Script(_, base, sub, sup, _) if base in timed:
            if isinstance(sup, Group):
                return "angle" if sup.bracket == "langle" else "sup"
            if sub is not None:
                return "sub"
            if sup is not None and not is_operation(sup):
                return "raised"
    return None


def is_operation(script: Node | None) -> bool:
    """Whether a superscript is a power or a transpose, and no part of a name."""
    return isinstance(script, Number) or is_transpose(script)


def is_transpose(script: Node | None) -> bool:
    """Whether a superscript says that what it stands at is transposed."""
    return isinstance(script, Symbol) and script.name in TRANSPOSES
