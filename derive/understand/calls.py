r"""Functions of several arguments that the page leaves open, and the product of a chain rule.

`f(x_t, h_{t-1}, w)` depends in an unknown way on whole arrays, and has the layout of what it defines; that of a loss
is a number. `\partial_w f(x_t, h_{t-1}, w)` is its derivative by that argument alone. `\text{prod}(A, B)` is the
product of two derivatives with whatever transposes fit.
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.kernel.index import letter
from derive.kernel.rewriting import number, put, walk
from derive.kernel.terms import Apply, Axes, Derivative, Einsum, Opaque, Ref, Term
from derive.reading.errors import ReadError
from derive.reading.tree import Group, Node, Product, Script, Sequence, Span, Symbol
from derive.understand.customs import LOSSES, base_letter
from derive.understand.reader import Open, Reader, Scope, Unexplained
from derive.understand.typed import Misfit, Typed, joined, product, transposed

DIVERGENCES = frozenset(("crossentropy", "CE", "cross_entropy"))  # of a prediction and a target
LOSS_FUNCTIONS = LOSSES | {"l"}
CHAIN_RULE = "prod"


def arguments(node: Node) -> tuple[Node, tuple[Node, ...]] | None:
    """The function and the arguments of a call with several: f(x, h; w); None for other trees."""
    if not isinstance(node, Product) or len(node.factors) != 2 or node.ops != ("",):
        return None
    head, bracket = node.factors
    if not isinstance(head, Symbol | Script) or not isinstance(bracket, Group) or bracket.bracket != "(":
        return None
    return (head, bracket.body.items) if isinstance(bracket.body, Sequence) else None


def called(at: Reader, function: str, readings: list[list[Typed]], span: Span) -> list[Typed]:
    """The readings of a function of several arrays."""
    if function == CHAIN_RULE:
        if len(readings) != 2:
            raise ReadError("a product of other than two derivatives", span)
        return list(_chained(at, *readings))
    heads = [argument[0] for argument in readings]
    if function == "max":
        others = [h for h in heads if h.term != number(0)]
        if len(heads) != 2 or len(others) != 1:
            raise ReadError("of maxima only that of a number and zero is read", span)
        return [others[0].with_term(Apply("relu", others[0].term), others[0].rows, others[0].cols)]
    made = _made(at, function, tuple(head.term for head in heads))
    if made is not None:
        known = at.known[made.name]
        return [joined(made, made.axes[: len(known.rows or ())], made.axes[len(known.rows or ()) :], *heads)]
    if function in DIVERGENCES and len(heads) == 2:
        return [_cross_entropy(at, heads)]
    rows, cols = layout(at, function, span)
    return [joined(Opaque(function, tuple(h.term for h in heads), rows + cols), rows, cols, *heads)]


def layout(at: Reader, function: str, span: Span) -> tuple[Axes, Axes]:
    """The rows and columns of an open function: those of what it defines."""
    if base_letter(function) in LOSS_FUNCTIONS and function not in at.results:
        return (), ()
    if function not in at.results:
        raise Unexplained(function, span)
    known = at.known[at.results[function]]
    if known.rows is None or known.cols is None:
        raise Open(known.name, 0)
    resolve = at.extents.resolved
    return tuple(map(resolve, known.rows)), tuple(map(resolve, known.cols))


def by_argument(at: Reader, of: Node, wrt: Node, scope: Scope) -> list[Typed] | None:
    """The derivative of an open function by one of its arguments; None where `wrt` is none of them."""
    call = arguments(of)
    if call is None:
        return None
    name = at.names.read(call[0], None, at.here)
    if name is None or at.key(name) in at.known or name.name not in at.functions:
        return None
    place = _place(at, call[1], wrt)
    if place is None:
        return None
    readings = at.read(of, scope)
    found = []
    for reading in readings:
        argument = at.read(call[1][place], scope)[0]
        if isinstance(reading.term, Ref) and isinstance(argument.term, Ref):
            direct = joined(Derivative(reading.term, argument.term, "step"), (), (), reading)
            found += at.layouts(direct, reading.term, argument.term)
            continue
        if not isinstance(reading.term, Opaque):
            return None
        term = Opaque(reading.term.function, reading.term.arguments, reading.term.extents, place)
        if reading.rows + reading.cols:
            found.append(joined(term, reading.rows + reading.cols, argument.rows + argument.cols, reading))
        else:
            own = joined(term, argument.rows, argument.cols, reading)
            found.append(own)
            if argument.rows:
                row = joined(term, (), argument.rows + argument.cols, reading)
                found.append(row.noted("row-gradient"))
    return found


def _made(at: Reader, function: str, arguments: tuple[Term, ...]) -> Ref | None:
    """What a function makes of its arguments, where the legend says what that is: h_k for f(x_k, h_{k-1}, w)."""
    if function not in at.made:
        return None
    ref, pattern = at.made[function]
    steps = {index for argument in arguments for part in walk(argument) if isinstance(part, Ref) for index in part.at}
    names = ref.letters & {"t", "l"}
    for index in [step.plus(shift) for step in steps for shift in (0, 1, -1)] or [letter("t")]:
        letters = dict.fromkeys(names, index)
        if tuple(put(argument, letters) for argument in pattern) == arguments:
            moved = put(ref, letters)
            assert isinstance(moved, Ref)
            return moved
    return None


def _place(at: Reader, items: tuple[Node, ...], wrt: Node) -> int | None:
    """Which argument a derivative is taken by: the one that is spelled alike, or the only one of that name."""
    for n, item in enumerate(items):
        if item == wrt:
            return n
    name = at.names.read(wrt, None, at.here)
    if name is None or name.slots:
        return None
    alike = [n for n, item in enumerate(items) if (m := at.names.read(item, None, at.here)) and m.name == name.name]
    return alike[0] if len(alike) == 1 else None


def _chained(at: Reader, lefts: list[Typed], rights: list[Typed]) -> Iterator[Typed]:
    """∂a/∂b and ∂b/∂c as one derivative, in either order; other factors with the transposes that fit."""
    for left in lefts:
        for right in rights:
            linked = at.linked(left, right)
            if linked:
                yield from linked
                continue
            for first, second in ((left, right), (right, left)):
                for a in (first, transposed(first)):
                    for b in (second, transposed(second)):
                        try:
                            yield from (p for p in product(a, b, "", at.extents) if p.cost == a.cost + b.cost)
                        except Misfit:
                            continue


def _cross_entropy(at: Reader, heads: list[Typed]) -> Typed:
    """-Σ y log ŷ; the prediction is what the network defines."""
    defined = [isinstance(h.term, Ref) and at.known[h.term.name].role != "target" for h in heads]
    prediction, target = heads if not defined[1] or defined[0] else heads[::-1]
    axes = prediction.rows + prediction.cols
    names = "abcdefgh"[: len(axes)]
    if not at.extents.alike(axes, target.rows + target.cols):
        raise Misfit("a loss of arrays of different shapes")
    term = Einsum((number(-1), target.term, Apply("log", prediction.term)), ("", names, names), "")
    return joined(term, (), (), *heads)
