"""A legend as facts beside those of the page: its equations come first, its shapes and names before any evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from derive.kernel.index import Index, letter
from derive.reading import Entry, Legend, ReadError, parse
from derive.reading.parser import parse_equation
from derive.reading.tree import Node
from derive.understand.builtin import elman
from derive.understand.reader import Known

ROLES = {"loss": "loss", "total_loss": "loss", "input": "input", "target": "target", "value": "value"}
FUNCTIONS = {"sigma": "sigmoid"}
KINDS = {"one-hot": "one-hot", "distribution": "simplex"}


@dataclass
class Facts:
    """What a legend says: equations (left, right), index letters with their families, the layout of symbols, other
    spellings, functions, the names of the number of steps, and conventions."""

    equations: list[tuple[Node, Node]] = field(default_factory=list)
    letters: frozenset[str] = frozenset()
    families: dict[str, str] = field(default_factory=dict)
    layouts: list[tuple[Node, Known]] = field(default_factory=list)
    aliases: list[tuple[Node, Node]] = field(default_factory=list)
    functions: list[tuple[Node, str]] = field(default_factory=list)
    steps: frozenset[str] = frozenset()
    last: int | None = None
    kinds: list[tuple[Node, str]] = field(default_factory=list)
    conventions: dict[str, str] = field(default_factory=dict)
    stated: frozenset[str] = frozenset()  # those conventions that the page itself states, in words
    is_builtin: bool = False  # whether it names the built-in network, whose shapes are all known
    sizes: dict[str, str] = field(default_factory=dict)  # the sizes by the letters of the page
    scalar: bool = False  # whether the page writes its arrays as numbers
    word: str = ""  # what the page is about, where it is one word

    def without_equations(self) -> Facts:
        """What is said of letters and shapes, for a network that is not the legend's."""
        layouts = [(tree, known) for tree, known in self.layouts if known.role != "loss"]
        return replace(self, equations=[], layouts=layouts, aliases=[], functions=[])

    def with_words(self, words: Mapping[str, str]) -> Facts:
        """With conventions that the page states in words; what a legend says goes before."""
        stated = frozenset(words.keys() - self.conventions.keys())
        return replace(self, conventions={**words, **self.conventions}, stated=stated)


def facts(legend: Legend | None, page: Iterable[Node] = ()) -> Facts:
    """The facts of a legend; none without one. The trees of its `page` say how the page writes steps. Raises ReadError
    for a spelling or an equation that cannot be read."""
    if legend is None:
        return Facts()

    def tree(spelling: str) -> Node:
        return parse(spelling, legend.words)

    found = Facts(letters=legend.indices, last=legend.T, conventions=dict(legend.conventions))
    found.families = {name.lstrip("\\"): kind for name, kind in legend.families}
    found.scalar, found.word = legend.notation == "scalar", legend.word or ""
    equations = elman(legend, page) if isinstance(legend.network, str) else legend.network.equations
    if isinstance(legend.network, str):
        found.is_builtin = True
        found.conventions.setdefault("vectors", f"{legend.layout}s")
    found.equations = [parse_equation(equation, legend.words) for equation in equations]
    found.equations += [(tree(name), tree(expression)) for name, expression in legend.definitions]
    row = found.conventions.get("vectors", "rows" if legend.layout == "row" else "") == "rows"
    named: dict[tuple[str, str | None], Node] = {}
    for entry in legend.entries:
        if entry.role == "size" and entry.means == "T":
            found.steps |= {entry.spelling.lstrip("\\")}
        elif entry.role == "size":
            found.sizes[entry.spelling.lstrip("\\")] = entry.means
        if entry.role in ("index", "size"):
            continue
        if entry.role == "function":
            found.functions.append((tree(entry.spelling), FUNCTIONS.get(entry.means, entry.means)))
            continue
        found.layouts.append((tree(entry.spelling), known(entry, row)))
        if entry.kind is not None:
            found.kinds.append((tree(entry.spelling), KINDS.get(entry.kind, "real")))
        first = named.setdefault((entry.means, entry.at_time), tree(entry.spelling))
        if first != tree(entry.spelling):
            found.aliases.append((tree(entry.spelling), first))
    if found.scalar:
        apart(found)
    axes = {str(size) for entry in legend.entries for size in entry.shape or ()}
    found.sizes = {letter: size for letter, size in found.sizes.items() if size in axes}
    found.functions += [(tree(name), FUNCTIONS.get(function, function)) for name, function in legend.functions]
    found.aliases += [(tree(alias), tree(of)) for alias, of in legend.aliases]
    return found


def apart(found: Facts) -> None:
    """Tells the axes of inputs from those of outputs where a page in scalar notation, whose products run along axes of
    one name, gives them one size. Which of them the axes of a parameter are, its equation says."""
    sizes = {
        role: {axis for _, known in found.layouts if known.role == role for axis in known.rows or ()}
        for role in ("input", "target")
    }
    for size in sizes["input"] & sizes["target"]:
        of_inputs = letter(f"{size} of inputs")
        for n, (tree, known) in enumerate(found.layouts):
            if known.role == "input":
                rows = tuple(of_inputs if axis == size else axis for axis in known.rows or ())
                found.layouts[n] = tree, replace(known, rows=rows)
            elif not known.role and size in (known.rows or ()) + (known.cols or ()):
                found.layouts[n] = tree, replace(known, rows=None, cols=None)


def known(entry: Entry, row: bool) -> Known:
    """What an entry says of its symbol: its role and, where it has a shape, its layout."""
    result = Known("", (), role=ROLES.get(entry.role, ""))
    if entry.shape is not None:
        axes = tuple(Index(size) if isinstance(size, int) else letter(size) for size in entry.shape)
        if len(axes) == 2 and axes.count(Index(1)) == 1:  # 1 x m is a row, m x 1 a column
            result.rows, result.cols = ((), axes[1:]) if axes[0] == Index(1) else (axes[:1], ())
        elif axes and all(axis == Index(1) for axis in axes):
            result.rows, result.cols = (), ()
        elif len(axes) == 1 and row:
            result.rows, result.cols = (), axes
        else:
            result.rows, result.cols = axes[:1], axes[1:]
    return result


__all__ = ["Facts", "ReadError", "facts", "known"]
