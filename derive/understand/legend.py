"""A legend as facts beside those of the page: its equations come first, its shapes and names count before any evidence."""

from __future__ import annotations

from dataclasses import dataclass, field

from derive.kernel.index import Index, letter
from derive.reading import Legend, ReadError, parse
from derive.reading.parser import parse_equation
from derive.reading.tree import Node
from derive.understand.elaborate import Known

ROLES = {"loss": "loss", "total_loss": "loss", "input": "input", "target": "target", "value": "value"}
FUNCTIONS = {"tanh": "tanh", "sigmoid": "sigmoid", "relu": "relu", "exp": "exp", "log": "log"}


@dataclass
class Facts:
    """What a legend says: equations (left, right), index letters, the layout of symbols, other spellings, functions."""

    equations: list[tuple[Node, Node]] = field(default_factory=list)
    letters: frozenset[str] = frozenset()
    layouts: list[tuple[Node, Known]] = field(default_factory=list)
    aliases: list[tuple[Node, Node]] = field(default_factory=list)
    functions: list[tuple[Node, str]] = field(default_factory=list)


def facts(legend: Legend | None) -> Facts:
    """The facts of a legend; none without one. Raises ReadError for a spelling or an equation that cannot be read."""
    if legend is None:
        return Facts()
    found = Facts(letters=legend.indices)
    if not isinstance(legend.network, str):
        found.equations = [parse_equation(equation, legend.words) for equation in legend.network.equations]
    for entry in legend.entries:
        tree = parse(entry.spelling, legend.words)
        if entry.role in ("index", "size", "rate"):
            continue
        if entry.role == "function":
            found.functions.append((tree, FUNCTIONS.get(entry.means, entry.means)))
            continue
        known = Known("", (), role=ROLES.get(entry.role, ""))
        if entry.shape is not None:
            axes = tuple(Index(size) if isinstance(size, int) else _size(size) for size in entry.shape)
            one_row = len(axes) == 1 and legend.layout == "row"
            known.rows, known.cols = ((), axes) if one_row else (axes[:1], axes[1:])
        found.layouts.append((tree, known))
    found.aliases = [(parse(alias, legend.words), parse(of, legend.words)) for alias, of in legend.aliases]
    return found


def _size(text: str) -> Index:
    return Index(int(text)) if text.isdigit() else letter(text)


__all__ = ["Facts", "ReadError", "facts"]
