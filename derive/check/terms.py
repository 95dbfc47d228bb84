"""What a formula says once the legend has spoken: the terms that the check evaluates.

Every term keeps its place in the block's LaTeX, by which readings and edits refer to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from functools import cached_property
from types import MappingProxyType

from derive.reading.tree import Node, Span
from derive.reading.vocabulary import GREEK


@dataclass(frozen=True)
class Index:
    """An integer expression in index letters: const + Σ c·letter, such as t-1. T is one of the letters; `sizes` holds
    the network's other sizes."""

    const: int = 0
    letters: tuple[tuple[str, int], ...] = ()
    sizes: tuple[tuple[str, int], ...] = ()

    def at(self, bound: Mapping[str, int], sizes: Mapping[str, int] = MappingProxyType({})) -> int:
        """Its value. Raises KeyError for a letter that is not bound, and for a size that is not known."""
        of_sizes = sum(c * sizes[size] for size, c in self.sizes)
        return self.const + sum(c * bound[letter] for letter, c in self.letters) + of_sizes

    def plus(self, other: Index, factor: int = 1) -> Index:
        """self + factor · other."""
        letters, sizes = Counter(dict(self.letters)), Counter(dict(self.sizes))
        for counts, more in ((letters, other.letters), (sizes, other.sizes)):
            for name, c in more:
                counts[name] += factor * c
        linear = (tuple(sorted((name, c) for name, c in counts.items() if c)) for counts in (letters, sizes))
        return Index(self.const + factor * other.const, *linear)

    def __str__(self) -> str:
        """Its LaTeX: t-1, 3, T."""
        text = ""
        for name, c in (*self.letters, *self.sizes):
            letter = f"\\{name}" if name in GREEK else name
            text += ("-" if c < 0 else "+" if text else "") + (str(abs(c)) if abs(c) != 1 else "") + letter
        if self.const or not text:
            text += f"{'+' if self.const > 0 and text else ''}{self.const}"
        return text

    @property
    def names(self) -> frozenset[str]:
        return frozenset(letter for letter, _ in self.letters)


@dataclass(frozen=True)
class Term:
    span: Span = field(compare=False, repr=False)

    @cached_property
    def children(self) -> tuple[Term, ...]:
        """The terms directly inside."""
        return tuple(child for name in _parts(self) for child in _terms(getattr(self, name)))

    @cached_property
    def letters(self) -> frozenset[str]:
        """The index letters that nothing inside binds."""
        values = (getattr(self, name) for name in _parts(self))
        items = (item for value in values for item in (value if isinstance(value, tuple) else (value,)))
        own = frozenset[str]().union(*(item.names for item in items if isinstance(item, Index)))
        inside = frozenset[str]().union(*(child.letters for child in self.children))
        bound = getattr(self, "letter", None)
        return own | (inside - {bound} if bound is not None else inside)

    @cached_property
    def derivatives(self) -> tuple[Deriv, ...]:
        """The derivatives inside, this one too."""
        own = (self,) if isinstance(self, Deriv) else ()
        return own + tuple(d for child in self.children for d in child.derivatives)


@dataclass(frozen=True)
class Num(Term):
    value: Fraction


@dataclass(frozen=True)
class IndexNum(Term):
    """An index or a size used as a number, as in 1/T."""

    index: Index


@dataclass(frozen=True)
class Ref(Term):
    """A quantity of the network: a value at a step, a parameter, or the total loss (name 'loss'); or the rate 'eta'."""

    name: str
    step: Index | None = None

    @property
    def is_array(self) -> bool:
        """Whether it is an array of the network, a value or a parameter."""
        return self.name not in ("loss", "eta")


@dataclass(frozen=True)
class Own(Term):
    """A quantity that the notes introduced: its name without indices, and its indices."""

    key: Node
    indices: tuple[Index, ...]


@dataclass(frozen=True)
class Component(Term):
    """One entry of an array: (h_t)_k, W_{ij}."""

    of: Term
    indices: tuple[Index, ...]


@dataclass(frozen=True)
class Add(Term):
    terms: tuple[Term, ...]
    signs: tuple[int, ...]


@dataclass(frozen=True)
class Mul(Term):
    """Factors in their written order with what stands between them ('', 'odot', 'otimes', 'cdot', …)."""

    factors: tuple[Term, ...]
    ops: tuple[str, ...]


@dataclass(frozen=True)
class Div(Term):
    over: Term
    under: Term


@dataclass(frozen=True)
class Pow(Term):
    base: Term
    exponent: Fraction


@dataclass(frozen=True)
class Apply(Term):
    """A function of one argument, entry by entry; `order` counts the primes. softmax works on the whole vector."""

    function: str
    argument: Term
    order: int = 0


@dataclass(frozen=True)
class Deriv(Term):
    """∂u/∂v, direct or total where the notes say so (∂⁺, d); where they say neither, None, the reading does."""

    of: Term
    wrt: Term
    direct: bool | None = None


@dataclass(frozen=True)
class Change(Term):
    """Δθ = -η ∂L/∂θ."""

    parameter: str


@dataclass(frozen=True)
class Flip(Term):
    """The transpose."""

    of: Term


@dataclass(frozen=True)
class Diagonal(Term):
    of: Term


@dataclass(frozen=True)
class SquaredNorm(Term):
    """‖u‖² of a vector: the sum of the squares of its entries."""

    of: Term


@dataclass(frozen=True)
class Fold(Term):
    """Σ or Π of the body over `letter` from lower to upper (None: every step, or every entry of a component index);
    with no letter, the sum of all entries."""

    op: str
    letter: str | None
    lower: Index | None
    upper: Index | None
    body: Term


@dataclass(frozen=True)
class Bind(Term):
    """The body with an index letter fixed: \\left. … \\right|_{t=1}."""

    letter: str
    index: Index
    body: Term


@dataclass(frozen=True)
class Truth(Term):
    """1 where a relation between indices holds, else 0: δ_{ij}, 1_{i=j}."""

    left: Index
    op: str
    right: Index


@dataclass(frozen=True)
class Choice(Term):
    """cases: the value of the first branch whose condition holds."""

    branches: tuple[tuple[Term, Truth | None], ...]


@dataclass(frozen=True)
class Grid(Term):
    """A matrix written out."""

    rows: tuple[tuple[Term, ...], ...]


_PARTS: dict[str, tuple[str, ...]] = {}


def _parts(term: Term) -> tuple[str, ...]:
    """The fields of a term that may hold terms or indices."""
    kind = type(term).__name__
    if kind not in _PARTS:
        own = (f.name for f in fields(term))
        _PARTS[kind] = tuple(name for name in own if name not in ("span", "ops", "signs", "name", "key"))
    return _PARTS[kind]


def _terms(value: object) -> Iterator[Term]:
    if isinstance(value, Term):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _terms(item)


def rebuilt(term: Term, change: Callable[[Term], Term]) -> Term:
    """The term with every term inside it changed, the innermost first, and then itself."""

    def inside(value: object) -> object:
        if isinstance(value, Term):
            return rebuilt(value, change)
        return tuple(inside(item) for item in value) if isinstance(value, tuple) else value

    return change(replace(term, **{name: inside(getattr(term, name)) for name in _parts(term)}))  # type: ignore[arg-type]


def walk(term: Term) -> Iterator[Term]:
    """The term and everything inside it."""
    yield term
    for child in term.children:
        yield from walk(child)
