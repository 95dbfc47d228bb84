"""A formula of the page as a quantity of the kernel: what it defines, at a generic step and layer."""

from __future__ import annotations

from dataclasses import replace

from derive.kernel.index import Index, letter
from derive.kernel.rewriting import mapped, put, walk
from derive.kernel.terms import Build, Derivative, Quantity, Ref, Term
from derive.understand.adjoints import CANONICAL, HERE, is_adjoint
from derive.understand.candidates import Candidate
from derive.understand.elaborate import Elaborator
from derive.understand.layouts import NO_LAYOUT
from derive.understand.reader import Known
from derive.understand.symbols import Symbols
from derive.understand.typed import CUSTOM, Misfit, Typed, filled, opened, transposed


def defined_by(
    of: Candidate, key: str, symbols: Symbols, elaborator: Elaborator, tight: bool = False
) -> list[Quantity]:
    """What a formula defines, in each of its readings, the plainest first; the layout becomes known. Raises ReadError
    or Misfit."""
    elaborator.enter(of.number, of.head)
    name = symbols.whole(of.head, of.number)
    assert name is not None
    _, chains, picks = symbols.split(of.number, name)
    elaborator.tight = tight and of.kind == "network"
    try:
        sides = elaborator.side(of.side, frozenset(n for index in picks for n in index.names))
    finally:
        elaborator.tight = False
    sides = [elaborator.laid_out(reading) for reading in sides]
    known = elaborator.known.get(key)
    if known is not None and "T" in name.operations:
        known = replace(known, rows=known.cols, cols=known.rows)
    readings = _fitting(sides, known, len(picks))
    if "T" in name.operations:
        readings = [transposed(reading) for reading in readings]
    return [_quantity(key, chains, picks, reading, symbols, elaborator) for reading in readings]


def case_of(of: Candidate, picks: list[Index], elaborator: Elaborator) -> Term:
    """The array that a formula says a quantity is at one place, by its entries where the head picks some: a^0 = x,
    a^L_i = …. Raises ReadError or Misfit."""
    elaborator.enter(of.number, of.head)
    reading = elaborator.side(of.side, frozenset(n for index in picks for n in index.names))[0]
    return _built(opened(reading, (), ()) if picks and reading.wild else reading, picks, elaborator).term


def at_one_place(of: Candidate, symbols: Symbols, elaborator: Elaborator) -> list[Term]:
    """What a formula says a quantity is at one place, δ^L = …, in each of its readings. Raises ReadError or Misfit."""
    elaborator.enter(of.number, of.head)
    name = symbols.whole(of.head, of.number)
    assert name is not None
    picks = symbols.split(of.number, name)[2]
    sides = elaborator.side(of.side, frozenset(n for index in picks for n in index.names))
    return [_built(reading, picks, elaborator).term for reading in sides if not reading.wild]


def _fitting(readings: list[Typed], known: Known | None, picks: int) -> list[Typed]:
    """The readings that have the layout of what they define, or of an entry of it where letters pick one. Raises Misfit
    where none has."""
    found = []
    for reading in readings:
        if known is None or known.rows is None or known.cols is None or (picks and reading.wild):
            found.append(opened(reading, (), ()) if reading.wild else reading)
            continue
        rows, cols = (tuple(axis.put(HERE) for axis in axes) for axes in (known.rows, known.cols))
        if picks:
            if len(reading.rows + reading.cols) + picks == len(rows + cols):
                found.append(reading)
        elif reading.wild:
            found.append(opened(reading, rows, cols))
        elif reading.is_scalar and (rows or cols):
            found.append(filled(reading, rows, cols))
        elif len(reading.rows) == len(rows) and len(reading.cols) == len(cols):
            found.append(reading)
    if not found:
        raise Misfit("its sides differ in shape")
    return found


def _quantity(
    key: str, chains: dict[str, Index], picks: list[Index], reading: Typed, symbols: Symbols, elaborator: Elaborator
) -> Quantity:
    """What a head with these indices is by one reading of its formula."""
    known = elaborator.known.get(key)
    reading = _built(reading, picks, elaborator)
    term = reading.term
    free = [n for n in term.letters if elaborator.chained.get(n) == "step"]
    alone = known is None and not chains and len(free) == 1  # δ = ŷ_t - y_t: its step is left out
    if alone:
        chains = {"step": letter(free[0])}
    letters, families = {}, {}
    for family, index in chains.items():
        names = [n for n, _ in index.letters if isinstance(n, str)]
        if len(names) == 1 and names[0] not in symbols.ends:
            letters[names[0]] = letter(CANONICAL[family], -index.constant)
            families[names[0]] = letter(family, -index.constant)
        elif is_adjoint(key) and (family == "step" or not isinstance(term, Derivative)):
            raise Misfit(f"what it is at one {family.partition('#')[0]} says nothing of the others")
        else:
            term = _generalized(term, family, index)
            families |= {name: letter(family, -index.constant) for name in names}
    if known is None:
        rows, cols = (tuple(axis.put(families) for axis in axes) for axes in (reading.rows, reading.cols))
        known = Known(key, tuple(sorted(chains)), rows, cols, custom=CUSTOM in reading.notes)
        known.at = chains["step"] if alone else None
        elaborator.known[key] = known
    term = put(term, {n: i for n, i in letters.items() if i != letter(n)})
    if known.rows is None or known.cols is None:
        raise Misfit(NO_LAYOUT)
    axes = tuple(axis.put(HERE) for axis in known.rows + known.cols)
    slots = tuple(CANONICAL[family] for family in known.chains)
    here = tuple(map(letter, slots))
    if any(isinstance(part, Ref) and (part.name, part.at) == (key, here) for part in walk(term)):
        raise Misfit(f"{key} is defined by itself")
    step = known.chains.index("step") if "step" in known.chains else 0 if known.chains else None
    return Quantity(key, slots, axes, (((), term),), step)


def _built(reading: Typed, picks: list[Index], elaborator: Elaborator) -> Typed:
    """The array whose entries at these letters a reading is."""
    term, rows, cols = reading.term, reading.rows, reading.cols
    for pick in reversed(picks):
        if len(pick.letters) != 1 or pick.constant:
            raise Misfit("one entry is defined alone")
        extent = elaborator.entries.get(str(pick))
        if extent is None:
            raise Misfit(f"nothing says how far {pick} runs")
        term, rows = Build(str(pick), extent, term), (extent, *rows)
    if len(picks) == len(rows) == 2:
        rows, cols = rows[:1], rows[1:]  # the entries of a matrix
    return replace(reading, term=term, rows=rows, cols=cols)


def _generalized(term: Term, family: str, index: Index) -> Term:
    """A definition given at one step, h_1 = … h_0 or h_T = … h_{T-1}, at a generic one."""
    shift = letter(CANONICAL[family]).plus(index, -1)
    here = {name: letter(CANONICAL[family], -index.constant) for name in index.names}

    def moved(part: Term) -> Term:
        if isinstance(part, Ref):
            at = tuple(i.plus(shift) if set(i.names) == set(index.names) else i for i in part.at)
            return replace(part, at=at, extents=tuple(axis.put(here) for axis in part.extents))
        return mapped(part, moved)

    return moved(term)
