"""∂ and ∇: what is differentiated by what, the layouts of the derivative, and two of them chained."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest

from derive.kernel.index import Index
from derive.kernel.rewriting import replaced
from derive.kernel.terms import LABELS, Axes, Derivative, Einsum, Entry, Numeral, Ref, Term
from derive.reading.errors import ReadError
from derive.reading.tree import Group, Node, Product, Sequence
from derive.understand import calls
from derive.understand.reader import Reader, Scope, Unexplained
from derive.understand.references import is_copy
from derive.understand.typed import REVERSED, TURNED, Typed, joined, natural


def partial(at: Reader, of: Node, wrt: Node, direct: bool | None, scope: Scope) -> list[Typed]:
    """∂of/∂wrt in its layouts."""
    by_argument = calls.by_argument(at, of, wrt, scope)
    if by_argument is not None:
        return by_argument
    is_row, (ref, picks, uses) = _is_row(at, wrt), _variable(at, wrt)
    inner = scope.with_kept(frozenset(n for pick in picks if pick is not None for n in pick.names))
    found: list[Typed] = []
    for reading in at.read(of, inner)[:2]:
        core, chosen = reading.term, tuple[Index | None, ...]()
        if isinstance(core, Numeral):
            raise Unexplained(str(core.index), of.span)
        if isinstance(core, Entry):
            chosen, core = core.picks, core.of
        derivative = Derivative(core, ref, "step" if direct is True else "total", uses=uses)
        if direct is not False:
            at.derivatives[0 if at.is_head else 1].add(derivative)
        term: Term = derivative
        if picks or chosen:  # an entry of the whole derivative: its sweep serves all entries
            places = (*(chosen or (None,) * len(core.axes)), *(picks or (None,) * len(ref.axes)))
            term = Entry(term, places + (None,) * (len(core.axes) + len(ref.axes) - len(places)))
        plain = replace(reading, term=term, chain=None)
        if is_row:  # ∂u/∂v^⊤, whose rows are those of u in every layout
            chain = (core, ref) if isinstance(core, Ref) and not chosen and not at.denominator else None
            found.append(replace(plain, rows=reading.rows + reading.cols, cols=ref.axes, chain=chain))
        elif isinstance(core, Ref) and not chosen and not picks and uses is None:
            found += at.layouts(plain, core, ref)
        else:
            found += _laid_out(at, plain, ref, picks)
    return found


def _laid_out(at: Reader, of: Typed, ref: Ref, picks: tuple[Index | None, ...]) -> Iterator[Typed]:
    """The layouts of a derivative whose reading still has those of what is differentiated."""
    rest = tuple(axis for axis, pick in zip_longest(ref.axes, picks) if pick is None)
    axes = of.rows + of.cols
    if axes and (rest or not picks):
        yield _turned(of, axes, rest) if at.denominator and axes and rest else replace(of, rows=axes, cols=rest)
    elif rest:
        r = len(rest) if picks else len(at.known[ref.name].rows or ())
        yield replace(of, rows=rest[:r], cols=rest[r:])
        yield replace(of, rows=(), cols=rest, cost=of.cost + 1)
    else:
        yield of


def _variable(at: Reader, wrt: Node) -> tuple[Ref, tuple[Index | None, ...], Index | None]:
    """What a derivative is taken by: a quantity, or an entry or a row of it, or the copy of it that one step uses."""
    node, follows = wrt, None
    if isinstance(node, Product) and len(node.factors) == 2:
        node, follows = node.factors
    name = at.names.read(node, follows, at.here)
    if name is None or name.primes or (name.operations and not _is_row(at, wrt)):
        raise ReadError("a derivative by an expression", wrt.span)
    entry = _entry(follows) if follows is not None and name.taken == 1 else None
    known = at.known.get(at.standing.get(name.name, at.key(name)))
    if known is None:
        raise Unexplained(name.name, wrt.span)
    reading = at.quantity(name, known, wrt.span)
    term = reading.term if entry is None else at.picked(reading, entry).term
    if isinstance(term, Entry) and isinstance(term.of, Ref):
        return term.of, term.picks, None
    if not isinstance(term, Ref):
        raise ReadError("a derivative by a number", wrt.span)
    step = at.split(at.here, name)[1].get("step")
    if step is None or not is_copy(at, known, "step", step):
        return term, (), None
    for letter_name in step.names - {"T"}:
        at.chained.setdefault(letter_name, "step")
    return term, (), step


def _is_row(at: Reader, wrt: Node) -> bool:
    """Whether what a derivative is taken by is a vector, transposed."""
    name = at.names.read(wrt, None, at.here)
    known = at.known.get(at.key(name)) if name is not None and name.operations == ("T",) else None
    return known is not None and len(known.rows or ()) == 1 and not known.cols


def _entry(bracket: Node) -> Node:
    """The indices of W(i, j), an entry as programs write it. Nothing else that stands there is left out."""
    if isinstance(bracket, Group) and bracket.bracket == "(" and isinstance(bracket.body, Sequence):
        return bracket.body
    raise ReadError("a derivative by an expression", bracket.span)


def layouts(at: Reader, of: Typed, u: Ref, v: Ref) -> list[Typed]:
    """The layouts of a derivative ∂u/∂v, whose term has the axes of u, then those of v."""
    a, b = u.axes, v.axes
    if not a:
        r = _rows(at, v)
        own = replace(of, rows=b[:r], cols=b[r:], chain=(u, v))
        if not b:
            return [own]
        notes = (*of.notes, TURNED) if len(b) == 1 else of.notes
        flat = replace(of, rows=(), cols=b, notes=notes, cost=of.cost + 1, chain=(u, v))
        return [own, *([flat] if r else []), replace(flat, rows=b, cols=())]
    if not b:
        r = _rows(at, u)
        return [replace(of, rows=a[:r], cols=a[r:], chain=(u, v))]
    if not at.denominator:
        return [replace(of, rows=a, cols=b, chain=(u, v))]
    return [replace(_turned(of, a, b), chain=(u, v), turned=True)]


def _turned(of: Typed, a: Axes, b: Axes) -> Typed:
    """A derivative in denominator layout: with the axes of what it is taken by first."""
    names = LABELS[: len(a) + len(b)]
    return replace(of, term=Einsum((of.term,), (names,), names[len(a) :] + names[: len(a)]), rows=b, cols=a)


def _rows(at: Reader, ref: Ref) -> int:
    """How many axes of a quantity are its rows."""
    known = at.known.get(ref.name)
    return len(ref.axes) if known is None or known.rows is None else len(known.rows)


def linked(at: Reader, left: Typed, right: Typed) -> list[Typed]:
    """∂a/∂b ∂b/∂c as one derivative, in the order of the layout or, noted where arrays make a difference, in the
    other."""
    if left.chain is None or right.chain is None:
        return []
    for first, second in ((left, right), (right, left)):
        assert first.chain is not None and second.chain is not None
        (a, b), (again, c) = first.chain, second.chain
        if b != again:
            continue
        x, y, z = len(a.axes), len(b.axes), len(c.axes)
        notes = (REVERSED,) if (first is right) != at.denominator and y and (x or z) else ()
        rows, middle, cols = LABELS[:x], LABELS[x : x + y], LABELS[x + y : x + y + z]
        term = Einsum((natural(first), natural(second)), (rows + middle, middle + cols), rows + cols)
        return at.layouts(joined(term, (), (), left, right).noted(*notes), a, c)
    return []


def variants(term: Term, choices: dict[Derivative, str]) -> Term:
    """The term with some of its derivatives read otherwise."""
    return replaced(term, {d: replace(d, through=through) for d, through in choices.items()})
