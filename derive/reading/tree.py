"""The syntax tree of what people write: what the grammar alone can tell, before the legend says what a name means.

The grammar never decides whether `a(t-1)` is the state at t-1 or a product, nor how far a Σ reaches: a product is a
flat list of factors in their written order, and `derive.check` resolves it with the legend.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from derive.once import Hashed, once

Span = tuple[int, int]  # offsets into the LaTeX of the block
NOWHERE: Span = (0, 0)  # for a tree that nobody wrote


@dataclass(frozen=True, eq=False)
class Node(Hashed):
    """A piece of a formula; `span` is where it stands in the block's LaTeX and takes no part in comparisons."""

    span: Span = field(compare=False, repr=False)

    @once
    def inner(self) -> tuple[Node, ...]:
        """The trees directly inside it."""
        return tuple(_within([getattr(self, name) for name in self.__dataclass_fields__]))


def _within(values: Iterable[object]) -> Iterator[Node]:
    for value in values:
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from _within(value)


@dataclass(frozen=True, eq=False)
class Number(Node):
    value: Fraction


@dataclass(frozen=True, eq=False)
class Symbol(Node):
    r"""A letter or a word: `a`, `W`, `eta` (\eta), `net` (\text{net}), `tanh` (\tanh, \operatorname{tanh} or tanh).

    `accent` is '' or one of the values of vocabulary.ACCENTS, several of them from the outermost inwards: 'hat vec' for
    \hat{\vec y}. `font` is 'bold', 'cal', 'bb', 'frak', 'roman' or '', and takes no part in comparisons.
    A Greek letter goes by its command's name; \ell is 'ell', \mathbb{1} is 'one'.
    """

    name: str
    accent: str = ""
    font: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, eq=False)
class Script(Node):
    r"""A base with sub- and superscripts: `w_{aa}`, `h_{t-1}`, `a^{(t)}`, `W^\top`, `\sigma'(z)`, `(\hat y_t)_k`.

    The scripts are ordinary trees (`aa` is a Product of two Symbols, `(t)` a Group, words in \text are Words where they
    are no name); ^T and ^\top are Symbol('T') and Symbol('top'). Scripts are nested as they were written, {X_a}_b; a
    step in brackets with a transpose or a number after it is a script inside another: a^{(t)T} is {a^{(t)}}^T. `left`
    stands before the base, {}_S w.
    """

    base: Node
    sub: Node | None = None
    sup: Node | None = None
    primes: int = 0
    left: Node | None = None


@dataclass(frozen=True, eq=False)
class Group(Node):
    """A bracketed expression; `bracket` is '(', '[', '{' (visible braces), '|', '||' (a norm) or 'langle'."""

    body: Node
    bracket: str


@dataclass(frozen=True, eq=False)
class Sequence(Node):
    r"""What commas or semicolons separate inside a bracket or a script: `i, j`, `x, h; w`, `x_1, \ldots, x_T`."""

    items: tuple[Node, ...]


@dataclass(frozen=True, eq=False)
class Slice(Node):
    """`a:b` inside a bracket or a script, as in `W[:, a:]`; an end that is not written is None."""

    start: Node | None
    stop: Node | None


@dataclass(frozen=True, eq=False)
class Dots(Node):
    r"""\cdots, \ldots, …: a factor of a Product, a term of a Sum or an item of a Sequence, where they stand."""


@dataclass(frozen=True, eq=False)
class Words(Node):
    """A side of a statement, a script, or the condition of a case that is words alone; `text` is what they say."""

    text: str


@dataclass(frozen=True, eq=False)
class Product(Node):
    r"""Factors in their written order.

    `ops[i]` stands between factors i and i+1: '' (juxtaposed), '*', 'cdot', 'times', 'odot' (\circ too), 'otimes', '/'.
    """

    factors: tuple[Node, ...]
    ops: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Sum(Node):
    """Signed terms: `signs[i]` is +1 or -1 for `terms[i]`; a single term with sign -1 is a negation."""

    terms: tuple[Node, ...]
    signs: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Frac(Node):
    numerator: Node
    denominator: Node


@dataclass(frozen=True, eq=False)
class Partial(Node):
    r"""∂u/∂v in every spelling: \frac{\partial u}{\partial v}, \frac{d u}{d v}, \partial u / \partial v, \partial_v u.

    `of` is any expression: ∂/∂v reaches over the bracket that follows it, else over the rest of its product. `direct`
    is True for ∂⁺ (\partial^{+}), False for d, the total derivative, and None for ∂, where direct or total is for the
    check to choose. `forgotten` is 'numerator' or 'denominator' where no ∂ stands there, as in \frac{\partial z}{h}.
    """

    of: Node
    wrt: Node
    direct: bool | None = None
    forgotten: str = ""


@dataclass(frozen=True, eq=False)
class Nabla(Node):
    r"""\nabla_W L: the gradient of `of`, which has the shape of `wrt`."""

    wrt: Node
    of: Node


@dataclass(frozen=True, eq=False)
class Big(Node):
    r"""The sign of a \sum or \prod alone, a factor of its Product; what it reaches over is resolved later.

    `lower` is the whole subscript: a Relation (t=1, k \le i), a Symbol (t), a Sequence, or None.
    """

    op: str  # 'sum' or 'prod'
    lower: Node | None = None
    upper: Node | None = None


@dataclass(frozen=True, eq=False)
class Relation(Node):
    r"""A relation inside a bracket, a subscript, a condition or an evaluation bar: `t=1`, `i \ne j`, `k \le i`.

    Where nothing stands on its left, as in y_{<t}, `left` is Symbol('').
    """

    left: Node
    op: str  # '=', 'ne', 'lt', 'le', 'gt', 'ge', 'in', or another of derive.reading.vocabulary.RELATIONS
    right: Node


@dataclass(frozen=True, eq=False)
class Range(Node):
    r"""`1, \ldots, T` in a condition, as in Relation(t, 'in', Range(1, T)); it may also run down: T, T-1, …, 1."""

    first: Node
    last: Node


@dataclass(frozen=True, eq=False)
class At(Node):
    r"""An expression with an evaluation bar: \left. … \right|_{t=1}."""

    body: Node
    where: Node


@dataclass(frozen=True, eq=False)
class Matrix(Node):
    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True, eq=False)
class Cases(Node):
    """Branches of a cases environment: (value, condition), the condition None for 'otherwise'."""

    branches: tuple[tuple[Node, Node | None], ...]


def walk(node: Node) -> Iterator[Node]:
    """The tree and every tree inside it."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.inner))


def core(node: Node) -> Symbol | None:
    """The letter of a name without its scripts; None for other trees."""
    while isinstance(node, Script):
        node = node.base
    return node if isinstance(node, Symbol) else None


def mapped(node: Node, change: Callable[[Node], Node]) -> Node:
    """The tree with every tree directly inside it changed; itself where none is."""

    def within(value: object) -> object:
        if isinstance(value, Node):
            return change(value)
        return tuple(within(item) for item in value) if isinstance(value, tuple) else value

    if not node.inner:
        return node
    old = {name: getattr(node, name) for name in node.__dataclass_fields__ if name != "span"}
    new = {name: within(value) for name, value in old.items()}
    if all(map(_same, old.values(), new.values())):
        return node
    return type(node)(node.span, **new)


def _same(old: object, new: object) -> bool:
    """Whether nothing in a field was changed."""
    if isinstance(old, tuple) and isinstance(new, tuple):
        return all(map(_same, old, new))
    return old is new


def spanning(first: Node, last: Node) -> Span:
    """Where the piece from one tree to another stands."""
    return (first.span[0], last.span[1])
