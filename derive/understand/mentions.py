"""Occurrences of symbols: a base with the items that stand in its scripts and brackets, in one list.

{X_a}_b, X_{a_b}, X_{a,b} and X_{ab} are the same list. What an item is, an index or a part of the name, is decided in
`indices.py`, by the whole page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from derive.kernel.index import Index, Width, letter
from derive.reading.steps import is_operation
from derive.reading.tree import (
    NOWHERE,
    Frac,
    Group,
    Node,
    Number,
    Product,
    Script,
    Sequence,
    Span,
    Sum,
    Symbol,
    Words,
    spanning,
)

BRACKETS = ("(", "[", "langle")


@dataclass(frozen=True)
class Item:
    """One thing in a script: `place` is 'sub', 'sup', 'arg' (a bracket after the name) or 'left'; `text` is what it
    says as a part of a name, `index` what it says as an index, or None where it cannot be one."""

    place: str
    text: str
    index: Index | None
    bracketed: bool = False

    @property
    def is_letter(self) -> bool:
        """Whether it is a single index letter."""
        index = self.index
        return index is not None and index.constant == 0 and len(index.letters) == 1 and index.letters[0][1] == 1

    @property
    def is_number(self) -> bool:
        return self.index is not None and not self.index.letters

    @property
    def is_shift(self) -> bool:
        """Whether it is a letter plus or minus something: t-1, T-i."""
        return self.index is not None and bool(self.index.letters) and not self.is_letter


@dataclass(frozen=True)
class Mention:
    """A symbol as it stands: `base` is its letter or word with its accent, `bracket` what follows as its argument."""

    base: str
    items: tuple[Item, ...]
    primes: int
    node: Node
    bracket: Node | None = None

    @property
    def span(self) -> Span:
        """Where it stands, with its argument."""
        return spanning(self.node, self.bracket or self.node)

    @property
    def pattern(self) -> tuple[int, ...]:
        """How many items stand in each place."""
        return tuple(sum(item.place == place for item in self.items) for place in ("sub", "sup", "arg", "left"))


def base_of(symbol: Symbol) -> str:
    r"""The name of a letter with its accent: 'y', 'hat y'."""
    return f"{symbol.accent} {symbol.name}" if symbol.accent else symbol.name


def mention(node: Node, bracket: Node | None = None) -> Mention | None:
    """The mention that a symbol or script is, with the bracket that follows where that is its argument; None for other
    trees."""
    items: list[Item] = []
    primes = 0
    core: Node = node
    layers: list[Script] = []
    while isinstance(core, Script | Group):
        if isinstance(core, Script):
            layers.append(core)
            core = core.base
        elif isinstance(core.body, Script) and core.body.sup is not None and layers and raised_alone(layers[-1]):
            return None  # (h^{(t)})^2: a power or a transpose of what stands in the bracket
        elif core.bracket == "(" and isinstance(core.body, Symbol | Script) and layers:
            core = core.body  # (\vec z)_{layer}
        else:
            return None
    if not isinstance(core, Symbol):
        return None
    for layer in reversed(layers):
        primes += layer.primes
        for place, script in (("left", layer.left), ("sub", layer.sub), ("sup", layer.sup)):
            if (
                place == "sup" and isinstance(script, Script) and is_primed_bracket(script)
            ):  # g^{[l]'}(z) is g'^{[l]}(z)
                primes += script.primes
                items += list(flattened(script.base, place))
            elif script is not None:
                items += list(flattened(script, place))
    if isinstance(bracket, Script):  # Y(t)_{ij}, X(k)^T
        items += list(flattened(bracket.base, "arg"))
        for place, script in (("sub", bracket.sub), ("sup", bracket.sup)):
            if script is not None:
                items += list(flattened(script, place))
    elif bracket is not None:
        items += list(flattened(bracket, "arg"))
    return Mention(base_of(core), tuple(items), primes, node, bracket)


def is_primed_bracket(script: Script) -> bool:
    """Whether a script is a bracket with primes behind it, and no more."""
    alone = script.sub is None and script.sup is None and script.left is None
    return alone and script.primes > 0 and isinstance(script.base, Group) and script.base.bracket in BRACKETS


def raised_alone(script: Script) -> bool:
    """Whether all that a script does is to raise to a number, or to transpose."""
    sup = script.sup
    if script.sub is not None or script.left is not None or script.primes:
        return False
    return is_operation(sup)


def flattened(node: Node, place: str, bracketed: bool = False) -> Iterator[Item]:
    """The items of a script, in their order."""
    match node:
        case Sequence(_, parts):
            for part in parts:
                yield from flattened(part, place, bracketed)
        case Group(_, body, bracket) if bracket in BRACKETS:
            yield from flattened(body, place, True)
        case Product(_, factors, ops) if is_word(factors, ops):
            yield Item(place, "".join(spelled(part) for part in factors), None, bracketed)
        case Product(_, factors, ops) if all(op == "" for op in ops):  # x_{1i}, two indices: entry i at step 1
            for part in factors:
                yield from flattened(part, place, bracketed)
        case Script(_, base, sub, sup) if linear(node) is None:
            yield from flattened(base, place, bracketed)
            for inner, where in ((sub, place), (sup, place)):
                if inner is not None:
                    yield from flattened(inner, where, bracketed)
            if node.primes:
                yield Item(place, "'" * node.primes, None, bracketed)
        case Words(_, text):
            yield Item(place, text, None, bracketed)
        case Sum(_, (*terms, Product(_, (index, Symbol() as sign), ("",))), signs) if turns(sign, after=index):
            yield from flattened(Sum(node.span, (*terms, index), signs), place, bracketed)  # W^{l + 1 \top}
            yield from flattened(sign, place)
        case _:
            yield Item(place, spelled(node), linear(node), bracketed)


def is_word(factors: tuple[Node, ...], ops: tuple[str, ...]) -> bool:
    """Whether letters make a word, L_{seq}: three or more, one of which counts nothing and follows one that may. The
    name comes first where indices follow it, W_{hij}."""
    names = [part.name for part in factors if isinstance(part, Symbol) and len(part.name) == 1 and not part.accent]
    if len(names) < max(3, len(factors)) or any(ops):
        return False
    counting = [name in CUSTOMARY or name.isupper() for name in names]
    return any(before and not after for before, after in pairwise(counting))


def turns(sign: Symbol, after: Node) -> bool:
    """Whether a symbol after the last term of an index transposes: 1T is no index of anybody's."""
    return sign.name in ("top", "intercal") or (sign.name == "T" and after == Number(NOWHERE, Fraction(1)))


def spelled(node: Node) -> str:
    """What a script says, as a part of a name."""
    match node:
        case Symbol():
            return base_of(node)
        case Number(_, value):
            return str(value)
        case Words(_, text):
            return text
    return " ".join(spelled(part) for part in node.inner)


def linear(node: Node) -> Index | None:
    """The index that a tree is: a sum of letters and whole numbers, or None."""
    match node:
        case Symbol(_, name, "") if len(name) == 1 or name in GREEK_INDICES:
            return letter(name)
        case Symbol(_, name, "") if name == "ell":
            return letter(name)
        case Script(_, Symbol(_, "T", ""), Symbol(_, below, ""), None, 0):  # T_x, the number of steps
            return letter(f"T_{below}")
        case Script(_, Symbol(_, name, ""), None, None, primes) if primes and len(name) == 1:  # t'
            return letter(name + "'" * primes)
        case Number(_, value) if value.denominator == 1:
            return Index(int(value))
        case Group(_, body, "("):
            return linear(body)
        case Sum(_, terms, signs):
            total = Index()
            for term, sign in zip(terms, signs, strict=True):
                part = linear(term)
                if part is None:
                    return None
                total = total.plus(part, sign)
            return total
        case Product(_, (Number(_, value), inner), ("",)) if value.denominator == 1:
            part = linear(inner)
            return None if part is None else Index().plus(part, int(value))
    return None


SIZES = frozenset(("n", "m", "d", "h", "p", "q", "s", "N", "M", "D", "H", "K", "P", "Q", "R", "S", "V", "C"))  # named


def size_of(node: Node) -> Index | None:
    """The number of entries that a tree says: a letter, T-1, the number n_x of inputs, n_{out} of outputs, that of a
    vocabulary, |V|, or the width n^{[l-1]} of a layer; None for other trees."""
    match node:
        case Group(_, Symbol(_, base, ""), "|"):
            return letter(f"|{base}|")
        case Script(_, Symbol(_, base, ""), Node() as below, None, 0, None) if base in SIZES and linear(below) is None:
            parts = below.factors if isinstance(below, Product) else (below,)
            return letter(f"{base}_{''.join(map(spelled, parts))}")
        case Script(_, Symbol(_, base, ""), Symbol(_, name, ""), None, 0, None) if (
            base in SIZES and name not in CUSTOMARY | {"L"}
        ):
            return letter(f"{base}_{name}")
        case Script(_, Symbol(_, base, ""), below, above, 0, None) if base in SIZES and None in (below, above):
            at = None if isinstance(above, Number) else below or above  # N^2 is a power
            layer = linear(at.body if isinstance(at, Group) else at) if at is not None else None
            return Index(0, ((Width(base, layer), 1),)) if layer is not None else None
    return linear(node)


def index_node(index: Index) -> Node:
    """An index as a tree."""
    terms: list[Node] = []
    signs: list[int] = []
    for name, coefficient in index.letters:
        symbol: Node = Symbol(NOWHERE, str(name))
        if isinstance(name, str) and name.startswith("T_"):
            symbol = Script(NOWHERE, Symbol(NOWHERE, "T"), Symbol(NOWHERE, name[2:]))
        if abs(coefficient) != 1:
            symbol = Product(NOWHERE, (Number(NOWHERE, Fraction(abs(coefficient))), symbol), ("",))
        terms.append(symbol)
        signs.append(1 if coefficient > 0 else -1)
    if index.constant or not terms:
        terms.append(Number(NOWHERE, Fraction(abs(index.constant))))
        signs.append(-1 if index.constant < 0 else 1)
    return terms[0] if len(terms) == 1 and signs[0] == 1 else Sum(NOWHERE, tuple(terms), tuple(signs))


CUSTOMARY = frozenset(["t", "i", "j", "k", "l", "m", "n", "p", "q", "r", "s", "tau", "ell"])
GREEK_INDICES = frozenset(("tau", "mu", "nu", "rho", "kappa", "iota", "lambda", "zeta", "xi"))


def bracket_index(node: Node) -> Index | None:
    """The index that a square bracket holds: a letter, with a number more or less; None for other trees."""
    group = node.base if isinstance(node, Script) else node
    index = linear(group.body) if isinstance(group, Group) and group.bracket == "[" else None
    one = index is not None and [times for _, times in index.letters] == [1]
    return index if one else None


def rational(node: Node) -> Fraction | None:
    """The number that a tree is, or None."""
    match node:
        case Number(_, value):
            return value
        case Frac(_, Number(_, above), Number(_, below)) | Product(_, (Number(_, above), Number(_, below)), ("/",)):
            return above / below if below else None
        case Group(_, body, "("):
            return rational(body)
        case Sum(_, (inner,), (sign,)):
            size = rational(inner)
            return None if size is None else sign * size
    return None
