"""A symbol with its scripts as a term: a quantity at its indices, an entry of it, or what needs no explanation."""

from __future__ import annotations

from dataclasses import replace

from derive.kernel.index import Comparison, Index, letter
from derive.kernel.rewriting import number
from derive.kernel.terms import Apply, Derivative, Entry, Indicator, Number, Numeral, Ref, Term
from derive.reading.errors import ReadError
from derive.reading.tree import Group, Node, Product, Relation, Script, Sequence, Span, Symbol, walk
from derive.reading.tree import Number as Numbered
from derive.reading.vocabulary import GREEK
from derive.understand import conditions, shares
from derive.understand.letters import STEPS
from derive.understand.mentions import bracket_index, linear, size_of
from derive.understand.names import Name
from derive.understand.reader import Known, Open, Reader, Scope, Unexplained
from derive.understand.scripts import operated, runs_over, scripted
from derive.understand.slices import sliced
from derive.understand.typed import CUSTOM, Misfit, Typed


def symbol(at: Reader, node: Symbol | Script, follows: Node | None, scope: Scope) -> tuple[list[Typed], int]:
    """A symbol with its scripts, and how many factors it takes: a quantity, an index or size as a number, I, 1,
    Kronecker's δ, or a group with a power."""
    name = at.names.read(node, follows, at.here)
    if name is None:
        assert isinstance(node, Script)
        return scripted(at, node, scope), 1
    known = at.known.get(at.key(name))
    if known is not None and at.names.is_kronecker(name, at.here) and known.chains:
        known = None  # δ_{ij} beside a δ of the page that has steps or layers
    if known is None:
        special = at.special(name, node, follows)
        if special is None:
            raise Unexplained(name.name, node.span)
        return special
    reading = at.quantity(name, known, node.span)
    beyond = follows if name.taken == 1 else None
    if known.role == "loss" and isinstance(beyond, Group) and beyond.bracket == "(":
        return [operated(at, _at_arguments(at, name, beyond, reading), name)], 2  # L_t(y_t, ŷ_t): what it depends on
    is_word = len(name.name) > 1 and name.name.isalpha() and name.name not in GREEK and not name.mention.items
    word = name.name if is_word else ""
    is_call = word and isinstance(beyond, Group) and beyond.bracket == "(" and known.role != "loss"
    if is_call and beyond is not None and all(p.name != word for p in walk(beyond) if isinstance(p, Symbol)):
        raise ReadError(f"a bracket after {word}, which may be a function: write the sign of a product", beyond.span)
    if isinstance(beyond, Group | Script) and (part := sliced(at, operated(at, reading, name), beyond)) is not None:
        return [part], 2
    if beyond is not None and bracket_index(beyond) is not None:
        raise ReadError("a square bracket after a name: write an index below, or the sign of a product", node.span)
    return [operated(at, one, name) for one in _either_way(reading, name)], name.taken


def _either_way(reading: Typed, name: Name) -> list[Typed]:
    """A quantity; the W_i of a matrix is a column, as in W_i^⊤ x, or the row that it stands for."""
    is_row = isinstance(reading.term, Entry) and len(reading.term.of.axes) == 2 and reading.rows and not reading.cols
    if not is_row or {slot.place for slot in name.slots} != {"sub"} or "T" in name.operations:
        return [reading]
    return [reading, replace(reading, rows=(), cols=reading.rows)]


def _at_arguments(at: Reader, name: Name, bracket: Group, reading: Typed) -> Typed:
    """A loss with what it depends on: that of the step at which its arguments stand, ℓ(o_t, y_t), where it carries none
    itself.

    Raises ReadError for a number, and for arguments of which none stands at the step of the loss."""
    if isinstance(bracket.body, Numbered):
        raise ReadError("what a loss depends on is no number", bracket.span)
    stepped = at.known.get(f"{at.key(name)}[step]")
    steps = []
    for part in walk(bracket):
        if isinstance(part, Symbol | Script) and (inner := at.names.read(part, None, at.here)) is not None:
            steps += [index for family, index in at.split(at.here, inner)[1].items() if family == "step"]
    own = at.split(at.here, name)[1].get("step")
    if own is not None and steps and own not in steps:
        raise ReadError("what a loss depends on stands at its own step", bracket.span)
    if stepped is None or len({index.letters for index in steps}) != 1:  # L({x_1, …, x_T}) is of all steps
        return reading
    return Typed(Ref(stepped.name, (next((index for index in steps if not index.constant), steps[0]),)))


def special(at: Reader, name: Name, node: Node, follows: Node | None) -> tuple[list[Typed], int] | None:
    """What needs no explanation."""
    base = name.mention.base
    below = node.sub if isinstance(node, Script) else None
    if at.names.is_kronecker(name, at.here):
        first, second = (slot.index for slot in name.slots)
        return [_equal(first, second)], 1
    if base in ("one", "1", "I") and isinstance(follows, Group) and isinstance(follows.body, Relation | Sequence):
        return [conditions.indicator(at, follows.body)], 2
    if base == "one" and isinstance(below, Relation):
        return [conditions.indicator(at, below)], 1
    if base == "one" and isinstance(below, Product | Sequence):
        pair = [linear(part) for part in (below.factors if isinstance(below, Product) else below.items)]
        if len(pair) == 2 and pair[0] is not None and pair[1] is not None:
            return [_equal(pair[0], pair[1])], 1
    if base == "e" and isinstance(node, Script) and node.sup is not None:
        argument = at.read(node.sup, Scope())
        return [a.with_term(Apply("exp", a.term), a.rows, a.cols) for a in argument], 1
    if base == "I" and not name.slots:
        return [Typed(number(1), wild="I")], 1
    if base == "one" and not name.slots:
        return [Typed(number(1), wild="1T" if "T" in name.operations else "1")], 1
    index = size_of(node.base if isinstance(node, Script) and name.operations and below is None else node)  # N of N^2
    if index is not None and _is_index(at, index):
        return [operated(at, Typed(Numeral(index)), name)], 1
    if index is not None and index.names and index.names <= at.sizes | at.names.counts:
        return [operated(at, Typed(Numeral(at.extents.resolved(index))), name)], 1
    return None


def _equal(first: Index, second: Index) -> Typed:
    """1 where two indices are equal, else 0."""
    return Typed(Indicator((Comparison(first, "=", second),)))


def _is_index(at: Reader, index: Index) -> bool:
    """Whether it is one of the page, the last step T among them."""
    is_known = index.names <= at.names.letters or bool(index.names & (at.names.last | {"T"}))
    return len(index.letters) == 1 and (is_known or str(index).startswith("T_"))


def quantity(at: Reader, name: Name, known: Known, span: Span) -> Typed:
    """A quantity at its indices, or an entry of it."""
    if known.constant is not None:
        return Typed(Number(known.constant))
    _, chains, picks = at.split(at.here, name)
    if known.rows is None or known.cols is None:
        if at.extents.settled:
            raise Unexplained(known.name, span)
        raise Open(known.name, max(known.least, len(picks)))
    if any(family not in chains and family not in at.defaults for family in known.chains):
        raise Misfit(f"an index of {known.name} is left out")
    left_out = at.defaults if known.at is None else {**at.defaults, "step": known.at}
    places = {family: chains[family] if family in chains else left_out[family] for family in known.chains}
    for family, index in places.items():
        for letter_name in index.names - at.names.last:  # h^{(N)}: the last layer is no free one
            at.chained.setdefault(letter_name, family)
    axes = tuple(at.extents.resolved(axis.put(places)) for axis in known.rows + known.cols)
    ref: Term = Ref(known.name, tuple(places.values()), axes)
    if known.name in at.paths:
        loss, by, word = at.paths[known.name]
        ref = Derivative(loss, Ref(by, tuple(places.values()), axes), uses=letter(shares.WORD + word))
    others = (pair for pair in chains.items() if pair[0] not in known.chains)
    picks = [*picks, *(index for family, index in others if not is_copy(at, known, family, index))]
    notes = (CUSTOM,) if known.custom else ()
    if not picks:
        rows = len(known.rows)
        return Typed(ref, axes[:rows], axes[rows:], notes)
    if len(picks) > len(axes):
        raise Misfit(f"{known.name} has {len(axes)} axes and {len(picks)} indices")
    for pick, axis in zip(picks, axes, strict=False):
        runs_over(at, pick, axis)
    rest = axes[len(picks) :]
    entry = Entry(ref, (*picks, *(None for _ in rest)))
    return Typed(entry, rest, (), notes) if len(rest) < 2 else Typed(entry, rest[:1], rest[1:], notes)


def is_copy(at: Reader, known: Known, family: str, index: Index) -> bool:
    """Whether an index of what is given once for all steps says which step uses it: W^{(t)}."""
    steps = STEPS | {"T"} | {n for n, of in at.chained.items() if of == "step"}
    return family == "step" and "step" not in known.chains and bool(index.names) and index.names <= steps
