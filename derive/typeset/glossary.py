"""The symbols in a formula: each piece of its MathML that is one carries the class of its entry in the glossary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, tostring

from derive.typeset.formula import Mark, Quoted
from derive.typeset.mathml import Unconvertible, tree, width
from derive.typeset.prose import prose

ROLES = {  # of a legend's entries, in words
    "input": "an input",
    "target": "the target",
    "value": "a value of the network",
    "parameter": "a parameter",
    "loss": "the loss of one step",
    "total_loss": "the loss",
    "rate": "the learning rate",
    "size": "a size, or the number of steps",
    "index": "an index",
    "function": "a function",
}
UNDERSTOOD = {  # and what the check says of a symbol that nobody explained
    "defined": "defined by the page",
    "data": "given at every step",
    "loss": "the loss",
    "unknown": "nothing says what it is",
}
RANKS = ("number", "vector", "matrix")  # where a size has no name
Key = tuple[str, ...]  # the siblings that make up a symbol
_SCRIPTS = frozenset(["msub", "msup", "msubsup"])


@dataclass(frozen=True)
class Symbol:
    """A symbol of the page or of the derivation: its LaTeX, what it means, its shape ('' for none), and where that is
    said. `spellings` are the other ways in which it is written; `index` says that it counts steps or units."""

    latex: str
    meaning: tuple[str | Quoted, ...]
    shape: str = ""
    source: str = ""
    spellings: tuple[str, ...] = ()
    index: bool = False


def explained(meaning: str) -> tuple[str | Quoted, ...]:
    """What the check says that a symbol is, for readers."""
    return prose(UNDERSTOOD.get(meaning) or ROLES.get(meaning, meaning))


def sized(shape: tuple[str, ...] | None) -> str:
    """A shape for readers; '' for none."""
    if shape is None:
        return ""
    unnamed = "?" in shape or not shape
    return RANKS[len(shape)] if unnamed and len(shape) < len(RANKS) else " × ".join(shape)


class Glossary:
    """The symbols of a report; symbol n has the class gn."""

    def __init__(self, symbols: Sequence[Symbol]) -> None:
        self.symbols = symbols
        self._found: dict[tuple[str, bool, tuple[Mark, ...]], tuple[str, float, list[int]]] = {}
        known: dict[Key, tuple[int, bool]] = {}
        for number, symbol in enumerate(symbols, start=1):
            for latex in (symbol.latex, *symbol.spellings):
                try:
                    key = tuple(map(_key, _siblings(tree(latex, False))))
                except Unconvertible:
                    continue
                known.setdefault(key, (number, symbol.index))
        self._names = {key: number for key, (number, index) in known.items() if not index}
        self._indices = {key: number for key, (number, index) in known.items() if index and len(key) == 1}
        self._longest = max(map(len, self._names), default=0)

    def formula(self, latex: str, display: bool, marks: tuple[Mark, ...] = ()) -> tuple[str, float, list[int]]:
        """The formula as MathML, its width in em, and the numbers of its symbols. Raises Unconvertible."""
        key = (latex, display, marks)
        if key not in self._found:
            root = tree(latex, display, marks)
            found: dict[int, None] = {}
            for child in [*root]:
                self._name(child, found) if child.tag != "mrow" else self._row(child, found)
            self._found[key] = tostring(root, encoding="unicode"), width(root), list(found)
        return self._found[key]

    def _row(self, row: Element, found: dict[int, None]) -> None:
        """Name the symbols among the children of a row, the longest first."""
        place = 0
        while place < len(row):
            children = [*row]
            for count in range(min(self._longest, len(children) - place), 0, -1):
                group = children[place : place + count]
                number = self._names.get(tuple(map(_key, group)))
                if number is not None:
                    self._class(self._wrapped(row, place, group), number, found)
                    break
            else:
                self._name(children[place], found)
            place += 1

    def _wrapped(self, row: Element, place: int, group: list[Element]) -> Element:
        if len(group) == 1:
            return group[0]
        wrapper = Element("mrow")
        for child in group:
            row.remove(child)
            wrapper.append(child)
        row.insert(place, wrapper)
        return wrapper

    def _class(self, element: Element, number: int, found: dict[int, None]) -> None:
        element.set("class", " ".join(filter(None, (element.get("class"), f"g{number}"))))
        found[number] = None

    def _name(self, element: Element, found: dict[int, None]) -> None:
        """Name the symbols in one element: the whole of it, its base with what hangs on it, or what is inside."""
        number = self._names.get((_key(element),))
        if number is not None:
            self._class(element, number, found)
        elif element.tag in _SCRIPTS:
            base, *scripts = element
            named = self._named_with_script(element)
            if named is not None:
                self._class(element, named, found)
                scripts = scripts[1:]
            else:
                self._row(base, found) if base.tag == "mrow" else self._name(base, found)
            for script in scripts:
                raised = script is element[-1] and element.tag != "msub"
                self._row(script, found) if raised and len(script) else self._index(script, found)
        elif len(element):
            self._row(element, found)
        else:
            self._index(element, found)

    def _named_with_script(self, element: Element) -> int | None:
        """A name that has an index, under a transpose or a power."""
        if element.tag != "msubsup":
            return None
        return self._names.get((f"msub({_key(element[0])},{_key(element[1])})",))

    def _index(self, script: Element, found: dict[int, None]) -> None:
        """Name the indices in a script: t in h_{t-1}, and not the a in W_{aa}."""
        number = self._indices.get((_key(script),))
        if number is not None:
            self._class(script, number, found)
        elif any(part.tag in ("mo", "mn") for part in script):
            for part in script:
                self._index(part, found)


def _siblings(root: Element) -> list[Element]:
    children = [*root]
    while len(children) == 1 and children[0].tag == "mrow":
        children = [*children[0]]
    return children


def _key(element: Element) -> str:
    """An element by what it shows: rows of one are their child, spaces are nothing."""
    if element.tag == "mrow" and len(element) == 1:
        return _key(element[0])
    if len(element):
        return f"{element.tag}({','.join(_key(child) for child in element if child.tag != 'mspace')})"
    return f"{element.tag}:{element.text or ''}"
