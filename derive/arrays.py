"""Terms of the kernel as array expressions, their products over named axes opened (labelled.py)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace

import sympy
from sympy import Expr

from derive.algebra.array import (
    Array,
    Map,
    Total,
    constant,
    elementwise,
    slot,
    softmax,
    substitute,
)
from derive.algebra.functions import NAMED
from derive.kernel.index import Index
from derive.kernel.terms import (
    Add,
    Apply,
    Build,
    Einsum,
    Entry,
    Fold,
    Join,
    Number,
    Numeral,
    Ones,
    Opaque,
    Power,
    Ref,
    Slice,
    Term,
)
from derive.labelled import Labelled, combined, multiplied, ordered, spread, summed
from derive.reading import ReadError

SAMPLE = "samples"  # the axis that the array has not: each sample by itself


@dataclass
class Arrays:
    """Makes array expressions. `leaf` gives the array of a quantity, `number` that of an index as a number, `size` the
    name of an extent; extents in `samples` are axes that no array has; `block` names the part of a parameter that acts
    on a piece of a stack, and `joined` gives what is defined as a stack. Raises ReadError for what has no array."""

    leaf: Callable[[Ref], Array]
    number: Callable[[Index], Expr]
    size: Callable[[Index], str]
    samples: frozenset[Index] = frozenset()
    block: Callable[[Ref, Ref | None], str] = lambda of, by: of.name
    joined: Callable[[Term], Term] = lambda term: term
    count: int = field(default=0, init=False)
    extents: dict[str, Index] = field(default_factory=dict, init=False)
    letters: set[str] = field(default_factory=set, init=False)

    def array(self, term: Term) -> Array:
        """The array of a term, its axes in their order."""
        found = self.labelled(term)
        wanted = tuple(place for place in found.places if place != SAMPLE)
        if set(found.axes) != set(wanted):
            raise ReadError("an entry at a letter that nothing binds")
        return ordered(found, wanted).array

    def labelled(self, term: Term) -> Labelled:
        match term:
            case Number(value):
                return Labelled(constant(sympy.Rational(value.numerator, value.denominator)))
            case Numeral(index):
                return Labelled(constant(self.number(index)))
            case Ref():
                return self._of(self.leaf(term), term.axes)
            case Ones(extents):
                shape = tuple(self.size(extent) for extent in extents if extent not in self.samples)
                return self._of(constant(1, shape), extents)
            case Apply("sqrt", of, 0, _):
                return self._each(sympy.sqrt, self.labelled(of))
            case Apply(function, of, 0, _) if function in NAMED:
                return self._each(lambda u: NAMED[function](u), self.labelled(of))
            case Apply(function, _, 0, _) | Opaque(function, _, _, None):
                raise ReadError(f"the page leaves open which function {function} is: say it in its legend")
            case Power(of, exponent):
                if isinstance(exponent, Index) and exponent.letters:
                    raise ReadError("a power whose exponent is an index")
                number = exponent.constant if isinstance(exponent, Index) else exponent
                power = sympy.Rational(number.numerator, number.denominator)
                return self._each(lambda u: u**power, self.labelled(of))
            case Add(terms):
                return self._sum([self.labelled(part) for part in terms])
            case Einsum():
                return self._product(term)
            case Entry(of, picks):
                return self._entry(self.labelled(self.joined(of)), picks)
            case Build(letter, extent, body):
                return self._build(self.labelled(body), letter, extent)
            case Fold("sum", letter, Index(1, ()), high, body):
                return self._fold(body, letter, high)
            case Slice(of, axis, start, stop):
                return self._slice(self.joined(of), axis, start, stop)
        raise ReadError(f"{_WORDS.get(type(term).__name__, 'what stands in it')} is outside what can be run")

    # Axes

    def _of(self, array: Array, extents: tuple[Index, ...]) -> Labelled:
        places = tuple(SAMPLE if extent in self.samples else self._fresh(extent) for extent in extents)
        return Labelled(array, tuple(place for place in places if place != SAMPLE), places)

    def _fresh(self, extent: Index) -> str:
        self.count += 1
        name = f"axis {self.count}"
        self.extents[name] = extent
        return name

    def _entry(self, of: Labelled, picks: tuple[Index | None, ...]) -> Labelled:
        names, places = {}, []
        for place, pick in zip(of.places, picks, strict=True):
            if pick is None:
                places.append(place)
            elif place != SAMPLE:
                if pick.constant or len(pick.letters) != 1 or not isinstance(pick.letters[0][0], str):
                    raise ReadError(f"a single entry, that at {pick}, is outside what can be run")
                names[place] = pick.letters[0][0]
                self.letters.add(names[place])
                self.extents[names[place]] = self.extents[place]
        axes = tuple(names.get(axis, axis) for axis in of.axes)
        if len(set(axes)) < len(axes):
            raise ReadError("the diagonal of a matrix")
        return Labelled(of.array, axes, tuple(places))

    def _build(self, body: Labelled, letter: str, extent: Index) -> Labelled:
        if extent in self.samples:
            return replace(body, places=(SAMPLE, *body.places))
        new = self._fresh(extent)
        if letter not in body.axes:
            body = combined(
                body, Labelled(constant(1, (self.size(extent),)), (letter,)), frozenset((*body.axes, letter))
            )
        return Labelled(body.array, tuple(new if axis == letter else axis for axis in body.axes), (new, *body.places))

    def _fold(self, body: Term, letter: str, high: Index) -> Labelled:
        found = self._product(body, {letter}) if isinstance(body, Einsum) else self.labelled(body)
        if letter in found.axes:
            return summed(found, letter)
        if letter not in self.extents and high not in self.samples:
            raise ReadError("a sum inside an equation that is not over entries")
        return found

    # What is done to them

    def _each(self, rule: Callable[[Expr], Expr], of: Labelled) -> Labelled:
        return replace(of, array=elementwise(rule, of.array))

    def _sum(self, terms: list[Labelled]) -> Labelled:
        first = max(terms, key=lambda term: len(term.places))
        moved = [self._renamed(term, dict(zip(term.places, first.places, strict=False))) for term in terms]
        axes = tuple(dict.fromkeys(axis for term in moved for axis in term.axes))
        arrays = [ordered(spread(term, axes, self._size), axes).array for term in moved]
        return Labelled(elementwise(sympy.Add, *arrays), axes, first.places)

    def _size(self, axis: str) -> str:
        return self.size(self.extents[axis])

    def _renamed(self, of: Labelled, names: dict[str, str]) -> Labelled:
        names = {**names, SAMPLE: SAMPLE}
        axes, places = (tuple(names.get(axis, axis) for axis in found) for found in (of.axes, of.places))
        return Labelled(of.array, axes, places)

    def _product(self, term: Einsum, gone: Collection[str] = ()) -> Labelled:
        """The product, summed over what is not in it, and over the letters in `gone`."""
        places = tuple(SAMPLE if axis in self.samples else self._fresh(axis) for axis in term.axes)
        found = self._stacked(term)
        if found is not None:
            return found
        factors = list(self._factors(term, places))
        own = {axis for factor in factors for axis in factor.axes}
        letters = {axis for axis in own if axis in self.letters} - set(gone)
        result = multiplied(factors, frozenset(places) | letters)
        return Labelled(normalized(result.array), result.axes, places)

    def _factors(self, term: Einsum, places: tuple[str, ...]) -> Iterator[Labelled]:
        """The factors of a product with the names of their axes, products in it opened."""
        names = dict(zip(term.out, places, strict=True))
        for label, extent in term.extents.items():
            if label not in names:
                names[label] = SAMPLE if extent in self.samples else self._fresh(extent)
        for operand, labels in zip(map(self.joined, term.operands), term.labels, strict=True):
            inner = tuple(names[label] for label in labels)
            if isinstance(operand, Einsum) and self._stacked(operand) is None:
                yield from self._factors(operand, inner)
            else:
                found = self.labelled(operand)
                yield self._renamed(found, dict(zip(found.places, inner, strict=True)))

    def _stacked(self, term: Einsum) -> Labelled | None:
        """The product with a stack, W [h, x] as W_h h + W_x x; None where there is none."""
        operands = tuple(self.joined(operand) for operand in term.operands)
        for n, operand in enumerate(operands):
            if isinstance(operand, Join):
                pieces = self._pieces(replace(term, operands=operands), n, operand)
                return self._sum([self.labelled(part) for part in pieces])
        return None

    def _pieces(self, term: Einsum, n: int, join: Join) -> list[Term]:
        """The product with each piece of a stack, where the stack is summed over."""
        label = term.labels[n][join.axis]
        if label in term.out:
            raise ReadError("a stack that no matrix acts on")
        found: list[Term] = []
        start = Index()
        for piece in join.pieces:
            stop = start.plus(piece.axes[join.axis])
            parts: list[Term] = []
            for m, operand in enumerate(term.operands):
                sliced = m != n and label in term.labels[m]
                of = piece.operands[0] if isinstance(piece, Einsum) and len(piece.operands) == 1 else piece
                name = of if isinstance(of, Ref) else None
                parts.append(
                    piece
                    if m == n
                    else self._block(operand, term.labels[m].index(label), start, stop, name)
                    if sliced
                    else operand
                )
            found.append(replace(term, operands=tuple(parts)))
            start = stop
        return found

    def _block(self, of: Term, axis: int, start: Index, stop: Index, by: Ref | None) -> Term:
        """The part of a parameter that acts on one piece of a stack: a parameter of its own."""
        if isinstance(of, Einsum) and len(of.operands) == 1 and sorted(of.out) == sorted(of.labels[0]):
            inner = self._block(of.operands[0], of.labels[0].index(of.out[axis]), start, stop, by)
            return replace(of, operands=(inner,))
        if isinstance(of, Ref):
            axes = (*of.axes[:axis], stop.plus(start, -1), *of.axes[axis + 1 :])
            return replace(of, name=self.block(of, by), extents=axes)
        raise ReadError("a stack that no parameter acts on")

    def _slice(self, of: Term, axis: int, start: Index, stop: Index) -> Labelled:
        if isinstance(of, Join) and of.axis == axis:
            at = Index()
            for piece in of.pieces:
                end = at.plus(piece.axes[axis])
                if at == start and end == stop:
                    return self.labelled(piece)
                at = end
        raise ReadError("a part of an array")


def normalized(array: Array) -> Array:
    """An exponential divided by the sum of its entries as a softmax."""
    if not isinstance(array, Map) or len(array.shape) != 1:
        return array
    for n, operand in enumerate(array.operands):
        inner = operand.operand if isinstance(operand, Total) else None
        power = sympy.powsimp(inner.rule) if isinstance(inner, Map) else None
        if not isinstance(inner, Map) or not isinstance(power, sympy.exp):
            continue
        if any(part not in array.operands for part in inner.operands):
            continue
        exponent = substitute(power.args[0], tuple(slot(array.operands.index(part)) for part in inner.operands))
        if sympy.expand(array.rule - sympy.exp(exponent) / slot(n)) == 0:
            return softmax(Map.of(power.args[0], inner.operands, inner.shape))
    return array


_WORDS = {
    "Choice": "a definition by cases",
    "Indicator": "a condition as a number",
    "Identity": "an identity matrix",
    "Derivative": "a derivative",
    "Fold": "a sum or a product over steps",
    "Join": "a stack that no matrix acts on",
    "Apply": "a derivative of a function",
}
