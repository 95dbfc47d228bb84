"""What stands below and above a bracket, or a name: transposes, powers, the indices of an entry."""

from __future__ import annotations

from fractions import Fraction

from derive.kernel.index import Index
from derive.kernel.rewriting import number
from derive.kernel.terms import LABELS, Apply, Einsum, Entry, Fold, Power
from derive.reading.errors import ReadError
from derive.reading.steps import is_transpose
from derive.reading.tree import Group, Node, Number, Product, Relation, Script, Sequence, Symbol
from derive.understand import conditions, shares
from derive.understand.mentions import linear, rational
from derive.understand.names import Name
from derive.understand.reader import Reader, Scope
from derive.understand.typed import Misfit, Typed


def scripted(at: Reader, node: Script, scope: Scope) -> list[Typed]:
    """A bracket with a power, a transpose or the indices of an entry."""
    if node.primes or node.left is not None:
        raise ReadError("a prime on a bracket", node.span)
    if isinstance(node.base, Group) and node.base.bracket == "||":
        return _square_norm(at, node, node.base, scope)
    if isinstance(node.base, Number) and node.base.value == 1 and node.sub is None and is_transpose(node.sup):
        return [Typed(number(1), wild="1T")]  # no one transposes the number
    if node.base == Number(node.span, Fraction(1)) and isinstance(node.sub, Relation) and node.sup is None:
        return [conditions.indicator(at, node.sub)]  # 1_{i = j}
    share = shares.scripted(at, node, scope)
    if share is not None:
        return share
    readings = at.read(node.base, scope)
    if node.sub is not None:
        readings = [at.picked(reading, node.sub) for reading in readings]
    if node.sup is None:
        return readings
    if is_transpose(node.sup):
        return [at.transposed(reading) for reading in readings]
    exponent, fraction = linear(node.sup), rational(node.sup)
    if exponent is not None:
        return [at.power(reading, exponent) for reading in readings]
    if fraction is not None:
        halves = fraction.denominator == 2
        terms = [Apply("sqrt", r.term) if halves else r.term for r in readings]
        raised = fraction * 2 if halves else fraction
        return [r.with_term(Power(term, raised), r.rows, r.cols) for r, term in zip(readings, terms, strict=True)]
    raise ReadError("an exponent that is neither a number nor a transpose", node.sup.span)


def operated(at: Reader, reading: Typed, name: Name) -> Typed:
    """A quantity with the transposes and powers of its name."""
    for operation in name.operations:
        reading = at.transposed(reading) if isinstance(operation, str) else at.power(reading, operation)
    if name.primes:
        raise ReadError("a primed quantity that nothing explains", name.mention.node.span)
    return reading


def power(at: Reader, of: Typed, exponent: Index) -> Typed:
    """To a power: of a square matrix a product, of everything else entry by entry. A letter as exponent makes a matrix
    square, a number does not: (Z - Y)^2."""
    is_square = at.extents.alike if exponent.letters else at.extents.equal
    if len(of.rows) == len(of.cols) == 1 and is_square(of.rows, of.cols):
        if not exponent.letters and exponent.constant < 0:
            raise ReadError("the inverse of a matrix is not decided", (0, 0))
        return of.with_term(Fold("prod", "#", Index(1), exponent, of.term), of.rows, of.cols)
    if exponent.letters and set(exponent.names) <= at.names.letters | {"t", "T"}:
        raise ReadError("an index above a bracket: write what it says of it", (0, 0))
    raised = exponent if exponent.letters else Fraction(exponent.constant)
    return of.with_term(Power(of.term, raised), of.rows, of.cols)


def norm(of: Typed) -> Typed:
    """‖u‖, that of a matrix over all its entries."""
    names = LABELS[: len(of.rows + of.cols)]
    return of.with_term(Apply("sqrt", Einsum((of.term, of.term), (names, names), "")), (), ())


def _square_norm(at: Reader, node: Script, base: Group, scope: Scope) -> list[Typed]:
    """‖u‖² and ‖u‖₂²; ‖u‖ alone with a 2 below it is the same norm, and so is that of Frobenius, ‖A‖_F."""
    two, frobenius = Number((0, 0), Fraction(2)), Symbol((0, 0), "F")
    if node.sub not in (None, two, frobenius) or node.sup not in (None, two):
        raise ReadError("of norms only the Euclidean one and that of Frobenius are read", node.span)
    inside = at.read(base.body, scope)
    if node.sub == two and any(inner.rows and inner.cols for inner in inside):
        raise ReadError("the norm of a matrix with a 2 below it is not read", node.span)
    readings = [norm(inner) for inner in inside]
    if node.sup is None:
        return readings
    return [r.with_term(r.term.of, (), ()) for r in readings if isinstance(r.term, Apply)]


def picked(at: Reader, of: Typed, script: Node) -> Typed:
    """(u v^T)_{ij}: entries of an expression."""
    match script:
        case Sequence(_, parts) | Product(_, parts):
            found = [linear(part) for part in parts]
        case _:
            found = [linear(script)]
    axes = of.rows + of.cols
    picks = [pick for pick in found if pick is not None]
    if len(picks) != len(found):
        raise ReadError("a subscript of a bracket that picks no entry", script.span)
    if len(picks) != len(axes):
        raise Misfit("as many subscripts of a bracket as it has axes pick an entry")
    for pick, axis in zip(picks, axes, strict=True):
        runs_over(at, pick, axis)
    return of.with_term(Entry(of.term, tuple(picks)), (), ())


def runs_over(at: Reader, pick: Index, axis: Index) -> None:
    """Note that the letter of an entry runs over an axis. Raises Misfit where it already runs over another."""
    if len(pick.letters) == 1 and not pick.constant:
        [(name, _)] = pick.letters
        assert isinstance(name, str)
        if not at.extents.same(at.entries.setdefault(name, axis), axis):
            raise Misfit(f"{name} runs over two axes of different extents")
