"""Formulas of the tests' own: a tree, and its LaTeX in the spelling of a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from itertools import product as every
from typing import Any


@dataclass(frozen=True)
class At:
    """An index: a letter ('' for none) and a constant."""

    letter: str
    const: int = 0

    def text(self) -> str:
        if not self.letter:
            return str(self.const)
        return self.letter + (f"{self.const:+d}" if self.const else "")

    def value(self, bound: Mapping[str, int]) -> int:
        return self.const + (bound[self.letter] if self.letter else 0)


@dataclass(frozen=True)
class Formula:
    def parts(self) -> Iterator[tuple[str, int | None, Formula]]:
        """The formulas directly inside, each with its field and its place in it."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, Formula):
                yield field.name, None, value
            elif isinstance(value, tuple) and value and isinstance(value[0], Formula):
                yield from ((field.name, i, item) for i, item in enumerate(value))

    def put(self, name: str, i: int | None, new: Formula) -> Formula:
        if i is None:
            return replace(self, **{name: new})
        old = getattr(self, name)
        return replace(self, **{name: (*old[:i], new, *old[i + 1 :])})


@dataclass(frozen=True)
class Num(Formula):
    value: int


@dataclass(frozen=True)
class Leaf(Formula):
    name: str
    at: At | None = None


@dataclass(frozen=True)
class D(Formula):
    """A derivative."""

    of: Leaf
    wrt: Leaf
    direct: bool = False


@dataclass(frozen=True)
class Plus(Formula):
    terms: tuple[Formula, ...]
    signs: tuple[int, ...]


@dataclass(frozen=True)
class Times(Formula):
    """A product; `op` is '' (a matrix product in vector notation, by named axes in scalar), 'odot' or 'matvec'."""

    factors: tuple[Formula, ...]
    op: str = ""


@dataclass(frozen=True)
class Chain(Formula):
    """A product of derivatives by the chain rule, outermost first."""

    factors: tuple[Formula, ...]


@dataclass(frozen=True)
class Over(Formula):
    above: Formula
    below: Formula


@dataclass(frozen=True)
class Power(Formula):
    base: Formula
    exponent: int = 2


@dataclass(frozen=True)
class Fn(Formula):
    name: str
    argument: Formula


@dataclass(frozen=True)
class Flip(Formula):
    of: Formula


@dataclass(frozen=True)
class Diag(Formula):
    of: Formula


@dataclass(frozen=True)
class Big(Formula):
    """Σ or Π over a letter; with no letter the sum of all entries."""

    op: str
    letter: str
    low: At
    high: At
    body: Formula


def minus(*terms: Formula) -> Plus:
    """a - b - c, or -a."""
    return Plus(terms, (-1,)) if len(terms) == 1 else Plus(terms, (1, *(-1 for _ in terms[1:])))


def plus(*terms: Formula) -> Plus:
    return Plus(terms, (1,) * len(terms))


def spots(f: Formula) -> Iterator[tuple[Formula, Callable[[Formula], Formula]]]:
    """Every formula inside, with the function that puts another in its place."""
    yield f, lambda new: new
    for name, i, part in f.parts():
        for inner, put in spots(part):
            yield inner, lambda new, f=f, name=name, i=i, put=put: f.put(name, i, put(new))


def free(f: Formula) -> frozenset[str]:
    """The index letters that no Σ or Π inside binds, T left out."""
    inside = frozenset[str]().union(*(free(part) for _, _, part in f.parts()))
    if isinstance(f, Leaf) and f.at is not None:
        return frozenset({f.at.letter}) - {"", "T"}
    if isinstance(f, Big):
        return (inside - {f.letter}) | (frozenset({f.low.letter, f.high.letter}) - {"", "T"})
    return inside


def readings(f: Formula) -> Iterator[Formula]:
    """The formula with each derivative by a weight that nothing marks taken as total, or as direct."""
    if isinstance(f, D):
        yield f
        if not f.direct and f.wrt.at is None and f.of.name != "L":
            yield replace(f, direct=True)
        return
    parts = list(f.parts())
    for chosen in every(*(list(readings(part)) for _, _, part in parts)):
        read = f
        for (name, i, _), new in zip(parts, chosen, strict=True):
            read = read.put(name, i, new)
        yield read


# LaTeX

SUM, PRODUCT, ATOM = 0, 1, 2
FUNCTIONS = {"sigma": r"\sigma", "softmax": r"\mathrm{softmax}"}
BETWEEN = {"": " ", "matvec": " ", "odot": r" \odot "}


def latex(formula: Formula, page: Any, level: int = SUM) -> str:
    """The formula in a page's spelling, in brackets where it binds less than `level`."""
    text, own = _latex(formula, page)
    return text if own >= level else rf"\left( {text} \right)"


def _latex(formula: Formula, page: Any) -> tuple[str, int]:
    match formula:
        case Num(value):
            return str(value), ATOM
        case Leaf(name, at):
            return page.spell(name, at.text() if at else ""), ATOM
        case D(of, wrt, direct):
            mark = r"\partial^{+}" if direct else r"\partial"
            return rf"\frac{{{mark} {latex(of, page)}}}{{\partial {latex(wrt, page)}}}", ATOM
        case Plus(terms, signs):
            text = ("-" if signs[0] < 0 else "") + latex(terms[0], page, PRODUCT)
            for term, sign in zip(terms[1:], signs[1:], strict=True):
                text += (" - " if sign < 0 else " + ") + latex(term, page, PRODUCT)
            return text, SUM
        case Times(factors, op):
            return BETWEEN[op].join(_factor(f, page, op, i == len(factors) - 1) for i, f in enumerate(factors)), PRODUCT
        case Chain(factors):
            return " ".join(latex(f, page, ATOM) for f in factors), PRODUCT
        case Over(above, below):
            return rf"\frac{{{latex(above, page)}}}{{{latex(below, page)}}}", ATOM
        case Power(Leaf(name), exponent) if page.takes_script(name):
            return f"{latex(formula.base, page)}^{exponent}", ATOM
        case Power(base, exponent):
            return rf"\left( {latex(base, page)} \right)^{exponent}", ATOM
        case Fn(name, argument):
            return rf"{FUNCTIONS.get(name, chr(92) + name)}\left( {latex(argument, page)} \right)", ATOM
        case Flip(Leaf(name) as of) if page.takes_script(name):
            return latex(of, page) + r"^\top", ATOM
        case Flip(of):
            return rf"\left( {latex(of, page)} \right)^\top", ATOM
        case Diag(of):
            return rf"\mathrm{{diag}}\left( {latex(of, page)} \right)", ATOM
        case Big(op, letter, low, high, body):
            below = f"_{{{letter}={low.text()}}}^{{{high.text()}}}" if letter else ""
            return rf"\{op}{below} {latex(body, page, PRODUCT if op == 'sum' else ATOM)}", PRODUCT
    raise TypeError(formula)


def _factor(formula: Formula, page: Any, op: str, last: bool) -> str:
    """A factor: a product of another kind, or a Σ that something follows, stands in brackets."""
    if isinstance(formula, Times | Chain | Big) and not (last and isinstance(formula, Big) and op == ""):
        return rf"\left( {latex(formula, page)} \right)"
    return latex(formula, page, ATOM if not isinstance(formula, Big) else PRODUCT)
