"""What the parts of the elaboration share: what is known of a name, where a tree stands, what they ask each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Protocol

from derive.kernel.index import Index
from derive.kernel.terms import Axes, Ref, Term
from derive.reading.errors import ReadError
from derive.reading.tree import Node, Span
from derive.understand.extents import Extents
from derive.understand.names import Name, Names
from derive.understand.typed import Typed


class Unexplained(ReadError):
    """A symbol that nothing explains: `symbol` is its name."""

    def __init__(self, symbol: str, span: Span) -> None:
        super().__init__(f"nothing on the page says what {symbol} is", span)
        self.symbol = symbol


class Open(Exception):
    """A symbol whose layout is not known yet, while layouts are found out."""

    def __init__(self, symbol: str, least: int) -> None:
        super().__init__(symbol)
        self.symbol, self.least = symbol, least


@dataclass
class Known:
    """What is known of a name: the families of its chain indices and its layout (None while it is not known).

    `layer` is the letter that stands for its layer in the extents.
    """

    name: str
    chains: tuple[str, ...] = ()
    rows: Axes | None = None
    cols: Axes | None = None
    role: str = ""
    constant: Fraction | None = None
    least: int = 0  # the number of axes that its entries need
    most: int | None = None  # and what they leave no room for
    custom: bool = False  # what it is only a custom says
    at: Index | None = None  # the step where the page writes none


Split = Callable[[int, Name], tuple[str, dict[str, Index], list[Index]]]
"""For a mention in a statement: the key of the quantity, its chain indices by family, and the entries it picks."""


@dataclass
class Scope:
    """Where a tree stands: the letters bound around it with their ranges, and those that must not be summed."""

    keep: frozenset[str] = frozenset()
    bound: dict[str, tuple[Index, Index] | None] = field(default_factory=dict)

    @cached_property
    def key(self) -> tuple[object, ...]:
        """What tells it from others."""
        return self.keep, *self.bound.items()

    def with_kept(self, letters: frozenset[str]) -> Scope:
        return Scope(self.keep | letters, self.bound)

    def binding(self, name: str, around: tuple[Index, Index] | None) -> Scope:
        return Scope(self.keep | {name}, {**self.bound, name: around})


class Reader(Protocol):
    """What reads the trees of one page into terms."""

    names: Names
    known: dict[str, Known]
    extents: Extents
    functions: dict[str, str]
    results: dict[str, str]
    entries: dict[str, Index]
    chained: dict[str, str]
    own: frozenset[str]
    defaults: dict[str, Index]
    target: str
    samples_below: bool
    made: dict[str, tuple[Ref, tuple[Term, ...]]]
    here: int

    def key(self, name: Name) -> str: ...
    def read(self, node: Node, scope: Scope) -> list[Typed]: ...
    def product(self, factors: list[Node], ops: list[str], scope: Scope) -> list[Typed]: ...
    def factor(self, factors: list[Node], ops: list[str], n: int, scope: Scope) -> tuple[list[Typed], int]: ...
    def chain(self, factors: list[list[Typed]], ops: list[str]) -> list[Typed]: ...
    def layouts(self, of: Typed, u: Ref, v: Ref) -> list[Typed]: ...
    def linked(self, left: Typed, right: Typed) -> list[Typed]: ...


__all__ = ["Known", "Open", "Reader", "Scope", "Split", "Unexplained"]
