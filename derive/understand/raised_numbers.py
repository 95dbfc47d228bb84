r"""Numbers above that count layers without brackets, `z^1 = W^1 x`, `z^2 = W^2 a^1`, on a page that says what z^1 is.

Nobody writes the first power, so a letter that stands with a 1 above it, and with no letter there, has no powers: what
stands above it is put in brackets, W^{(2)}.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import replace

from derive.reading.tree import Group, Node, Number, Product, Script, Symbol, mapped, walk

Formula = tuple[Node, ...]
NO_LAYERS = frozenset(("e", "I", "d"))


def raised_numbers_marker(formulas: Sequence[Formula]) -> Callable[[Formula], Formula]:
    """What puts such numbers of these formulas in brackets."""
    scripts = [part for sides in formulas for side in sides for part in walk(side) if isinstance(part, Script)]
    raised = {_base(part) for part in scripts if _is_one(part.sup)} - {""}
    is_said = any(isinstance(sides[0], Script) and _is_one(sides[0].sup) for sides in formulas if len(sides) > 1)
    names = raised - {_base(part) for part in scripts if _has_letter(part)} if is_said else set[str]()
    return lambda sides: tuple(_bracketed(side, names) for side in sides) if names else sides


def _is_one(node: Node | None) -> bool:
    return isinstance(node, Number) and node.value == 1


def _has_letter(script: Script) -> bool:
    """Whether a letter stands above that is no transpose."""
    above = script.sup
    return above is not None and any(isinstance(p, Symbol) and p.name not in ("T", "top") for p in walk(above))


def _base(script: Script) -> str:
    """The letter of a name; '' for others."""
    base = script.base
    is_letter = isinstance(base, Symbol) and base.name not in NO_LAYERS
    return f"{base.accent} {base.name}" if isinstance(base, Symbol) and is_letter else ""


def _bracketed(node: Node, names: Set[str]) -> Node:
    node = mapped(node, lambda part: _bracketed(part, names))
    match node:
        case Script(_, _, _, Number() as above) if _base(node) in names:
            return replace(node, sup=Group(above.span, above, "("))
        case Script(_, _, _, Product(_, (Number() as above, *rest)) as whole) if _base(node) in names:  # W^{2⊤}
            return replace(node, sup=replace(whole, factors=(Group(above.span, above, "("), *rest)))
    return node
