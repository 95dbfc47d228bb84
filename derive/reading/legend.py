"""The legend of a page: what its symbols mean. How it is written in a file is in legend_file.py."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cached_property

from derive.reading.parser import parse
from derive.reading.repairs import Repair
from derive.reading.tokens import Words
from derive.reading.tree import Node

_NAMED = re.compile(r"(?:\\(?:text|mathrm|operatorname)\s*\{\s*([A-Za-z]{2,})\s*\}|([A-Za-z]{2,}))\s*(.*)", re.A | re.S)
_LETTER = re.compile(r"_?\s*\{?\s*([A-Za-z])\s*\}?", re.A)


@dataclass(frozen=True)
class Entry:
    """What one symbol of the page means.

    `shape` holds the names of sizes (or numbers), () for a scalar and None where the legend does not say; `time` is
    whether the symbol takes a time index; `at_time` is what it means with one, where that is something else. `kind` is
    what a target may be, 'one-hot', 'distribution', 'binary' or 'real', where the legend says it.
    """

    spelling: str
    means: str
    role: str
    shape: tuple[str | int, ...] | None = None
    time: bool = False
    at_time: str | None = None
    kind: str | None = None


@dataclass(frozen=True)
class Network:
    """A network of the legend's own: its equations in the page's LaTeX, and the spelling of the loss of one step."""

    equations: tuple[str, ...]
    loss: str | None = None


@dataclass(frozen=True)
class Planted:
    """A slip that a page is known to hold."""

    block: int
    what: str
    mend: str


@dataclass(frozen=True)
class Legend:
    """The meaning of a page. `name` is the file's name or that of the built-in legend."""

    name: str
    title: str = ""
    notation: str = "scalar"
    layout: str = "column"
    network: str | Network = "elman"
    word: str | None = None
    T: int | None = None
    sizes: tuple[dict[str, int], ...] = field(default=(), hash=False)
    entries: tuple[Entry, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    repairs: tuple[Repair, ...] = ()
    planted: tuple[Planted, ...] = ()
    definitions: tuple[tuple[str, str], ...] = ()  # (name, expression), for what a page says in words
    functions: tuple[tuple[str, str], ...] = ()  # (letter, the function that it is), 'open' for any
    families: tuple[tuple[str, str], ...] = ()  # (index letter, 'steps', 'layers', 'samples' or 'entries')
    conventions: tuple[tuple[str, str], ...] = ()  # (name, value)

    @cached_property
    def words(self) -> Words:
        """The names of several letters, for the parser."""
        return _words([entry.spelling for entry in self.entries] + [alias for alias, _ in self.aliases])

    @property
    def prose(self) -> Legend:
        """What of it the formulas in running text are read with: the repairs that are theirs."""
        return Legend("", repairs=tuple(replace(r, blocks=r.inline) for r in self.repairs if r.inline))

    @cached_property
    def symbols(self) -> dict[Node, Entry]:
        """Every spelling, aliases too, as a tree -> its entry."""
        table = {parse(entry.spelling, self.words): entry for entry in self.entries}
        return table | {parse(alias, self.words): table[parse(of, self.words)] for alias, of in self.aliases}

    @cached_property
    def indices(self) -> frozenset[str]:
        r"""The names of the indices, a Greek one by its command: t, tau."""
        stated = frozenset(letter.lstrip("\\") for letter, _ in self.families)
        return stated | {entry.spelling.lstrip("\\") for entry in self.entries if entry.role == "index"}

    @cached_property
    def names(self) -> frozenset[str]:
        """The names, as in `indices`, of the symbols that are no index."""
        return frozenset(entry.spelling.lstrip("\\") for entry in self.entries if entry.role != "index")

    def find(self, node: Node) -> Entry | None:
        """The entry of a symbol as it stands in a tree, without time index, transpose or prime; None if unknown."""
        return self.symbols.get(node)


def _words(spellings: list[str]) -> Words:
    r"""The words in spellings like `net_y`, `net y`, `\text{net}y` and `loss`, with the letter that belongs to each."""
    words = set()
    for match in filter(None, (_NAMED.fullmatch(spelling.strip()) for spelling in spellings)):
        letter = _LETTER.fullmatch(match[3])
        if letter or not match[3] or match[3][0] in "_^":
            words.add((match[1] or match[2], letter[1] if letter else ""))
    return frozenset(words)
