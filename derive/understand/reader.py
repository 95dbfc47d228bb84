"""What the parts of the elaboration share: what is known of a name, where a tree stands, the state of a page and of a
statement while they are read, and what they ask each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Protocol

from derive.kernel.index import Index, letter
from derive.kernel.terms import Axes, Derivative, Ref, Term
from derive.reading.errors import ReadError
from derive.reading.tree import Nabla, Node, Partial, Script, Span, Symbol, walk
from derive.understand.extents import Extents
from derive.understand.names import Name, Names
from derive.understand.recall import Recall
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


class Reads(Protocol):
    """What the parts of the elaboration ask of each other."""

    def read(self, node: Node, scope: Scope) -> list[Typed]: ...
    def factor(self, factors: list[Node], ops: list[str], n: int, scope: Scope) -> tuple[list[Typed], int]: ...
    def factors(self, factors: list[Node], ops: list[str], scope: Scope) -> list[Typed]: ...
    def quantity(self, name: Name, known: Known, span: Span) -> Typed: ...
    def special(self, name: Name, node: Node, follows: Node | None) -> tuple[list[Typed], int] | None: ...
    def applied_whole(self, base: str, of: Typed) -> Typed: ...
    def quotient(self, over: list[Typed], under: list[Typed]) -> list[Typed]: ...
    def power(self, of: Typed, exponent: Index) -> Typed: ...
    def transposed(self, of: Typed) -> Typed: ...
    def picked(self, of: Typed, script: Node) -> Typed: ...
    def layouts(self, of: Typed, u: Ref, v: Ref) -> list[Typed]: ...
    def linked(self, left: Typed, right: Typed) -> list[Typed]: ...


@dataclass(frozen=True)
class Begun:
    """A statement that is half read: its number and head, what its indices are where it leaves them out, the letters
    that it has so far and the derivatives of its head."""

    here: int
    head: Node | None
    defaults: dict[str, Index]
    own: frozenset[str]
    entries: dict[str, Index]
    chained: dict[str, str]
    derivatives: frozenset[Derivative]


@dataclass
class Reader(Reads):
    """What is known while the formulas of one page are read: of the page, and of the statement numbered `here`, which
    scopes its letters."""

    names: Names
    known: dict[str, Known]
    extents: Extents
    split: Split
    functions: dict[str, str]
    defaults: dict[str, Index] = field(default_factory=lambda: {"step": letter("t"), "layer": letter("l")})
    denominator: bool = False
    numbers: bool = False  # what has no index is a number
    summation: bool = False
    samples_below: bool | None = True  # the samples of a batch are its rows; None where nothing says so
    tight: bool = False  # ⊙ binds tighter than juxtaposition
    here: int = -1
    head: Node | None = None  # of the statement
    is_head: bool = True  # whether what is read now is the head
    own: frozenset[str] = frozenset()  # the letters of steps in the head of a statement
    entries: dict[str, Index] = field(default_factory=dict)  # letters that pick entries, with the extents they run over
    chained: dict[str, str] = field(default_factory=dict)  # letters of chains, with their family
    derivatives: tuple[set[Derivative], set[Derivative]] = field(default_factory=lambda: (set(), set()))  # written
    # with ∂, not d: in the head of the statement, and in its other sides
    standing: dict[str, str] = field(default_factory=dict)  # a name for any parameter, and which one it is now
    results: dict[str, str] = field(default_factory=dict)  # what the open functions of several arguments define
    made: dict[str, tuple[Ref, tuple[Term, ...]]] = field(default_factory=dict)  # … and the legend defines; by what
    paths: dict[str, tuple[Term, str, str]] = field(default_factory=dict)  # δ^{h, future}: the loss, h, the word
    activations: dict[str, str] = field(default_factory=dict)  # the function that makes all of a quantity
    sizes: frozenset[str] = frozenset()  # letters that the legend calls sizes
    target: str = ""  # of the loss, where it has one alone
    mixed: set[int] = field(default_factory=set)  # the statements that have ⊙ beside juxtaposition
    recall: Recall | None = None  # what was read of this statement, while variants of it are tried

    def enter(self, statement: int, head: Node) -> None:
        """Begin a statement: its letters are its own, and an index that it leaves out is that of its head; the last
        layer, where nothing else stands in the statement: ∇_a C = a^L - y."""
        self.here, self.entries, self.chained, self.recall = statement, {}, {}, None
        self.head, self.is_head = head, True
        for written in self.derivatives:
            written.clear()
        self.defaults = {"step": letter("t"), "layer": letter("l")}
        seen: dict[str, Index] = {}
        for part in walk(head):
            if isinstance(part, Symbol | Script) and (name := self.names.read(part, None, statement)) is not None:
                for family, index in self.split(statement, name)[1].items():
                    seen.setdefault(family, index)
        if isinstance(head, Nabla | Partial) and "layer" not in seen:
            sides = next((f.sides for f in self.names.formulas if f.number == statement), ())
            layers = {
                self.split(statement, name)[1].get("layer")
                for side in sides
                for name in self.names.inside(side, statement)
            } - {None}
            seen |= {"layer": letter("L")} if layers == {letter("L")} else {}
        self.defaults |= {family: index for family, index in seen.items() if family in self.defaults}
        self.own = frozenset(seen["step"].names) if "step" in seen else frozenset()

    def begun(self) -> Begun:
        """Where the reading of a statement stands, to `resume` it there."""
        letters = dict(self.entries), dict(self.chained)
        return Begun(self.here, self.head, self.defaults, self.own, *letters, frozenset(self.derivatives[0]))

    def resume(self, begun: Begun, recall: Recall) -> None:
        """Go on with a statement where it stood; what is read is kept in `recall`."""
        self.here, self.head, self.defaults, self.own = begun.here, begun.head, begun.defaults, begun.own
        self.entries, self.chained, self.recall = dict(begun.entries), dict(begun.chained), recall
        for written in self.derivatives:
            written.clear()
        self.derivatives[0].update(begun.derivatives)

    def key(self, name: Name) -> str:
        """The quantity that a mention speaks of."""
        return self.split(self.here, name)[0]
