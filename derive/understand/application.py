"""Functions with their arguments: entry by entry, softmax, diag and trace, and those of several arguments."""

from __future__ import annotations

from fractions import Fraction

from derive.kernel.index import Index
from derive.kernel.rewriting import broadcast, number
from derive.kernel.terms import LABELS, Add, Apply, Einsum, Entry, Opaque, Power, Ref, Term
from derive.reading.errors import ReadError
from derive.reading.tree import Group, Node, Script, Sequence, Symbol
from derive.understand import calls
from derive.understand.mentions import linear
from derive.understand.names import Name
from derive.understand.reader import Reader, Scope
from derive.understand.typed import BY_VALUE, Misfit, Typed, diagonal

ELEMENTWISE = {
    "tanh": "tanh", "sigmoid": "sigmoid", "exp": "exp", "log": "log", "ln": "log", "ReLU": "relu", "relu": "relu",
    "softplus": "softplus", "sigm": "sigmoid", "sqrt": "sqrt",
}  # fmt: skip
OF_WHOLE = ("diag", "Diag", "softmax", "tr")  # functions of arrays


def applied(
    at: Reader, node: Node, factors: list[Node], ops: list[str], n: int, scope: Scope
) -> tuple[list[Typed], int] | None:
    """A function with its argument, and how many factors of a product both are; None for what is no function."""
    name = at.names.read(node, None, at.here) if isinstance(node, Symbol | Script) else None
    if name is None or at.key(name) in at.known:
        return None
    base = name.mention.base
    follows = factors[n + 1] if n + 1 < len(factors) else None
    if base in OF_WHOLE:
        return _of_whole(at, name, node, follows if ops[n : n + 1] == [""] else None, scope)
    settled = at.functions.get(spelling(name)) if name.slots else None  # σ_l, σ_{L+1} in a legend
    known = ELEMENTWISE.get(base) or settled or at.functions.get(name.name) or at.functions.get(base)
    if known is None and base in (*calls.DIVERGENCES, calls.CHAIN_RULE, "max"):
        known = base
    if known is None:
        return None
    plain = name.name in (base, f"{base}_e") and not name.slots
    if known is ELEMENTWISE.get(base) and not plain and name.name not in at.functions:
        raise ReadError(f"what a script of {base} says is not understood", node.span)
    if follows is None:
        return None
    if isinstance(follows, Group) and (isinstance(follows.body, Sequence) or known in calls.LOSS_FUNCTIONS):
        items = follows.body.items if isinstance(follows.body, Sequence) else (follows.body,)
        return calls.called(at, known, [at.read(item, scope) for item in items], node.span), 2
    part = at.names.read(follows, None, at.here) if isinstance(follows, Script) else None
    component = part is not None and not part.operations  # tanh(x)^2 is no function of x^2
    script = follows if isinstance(follows, Script) and isinstance(follows.base, Group) and not component else None
    if script is not None or isinstance(follows, Group):
        inner, more = at.read(follows if script is None else script.base, scope), 1
    else:
        inner, more = at.factor(factors, ops, n + 1, scope)
    if known == "max":  # of the entries of an array: a number
        return [i.with_term(Opaque(known, (i.term,), ()), (), ()) for i in inner], 1 + more
    indices = tuple(slot.index for slot in name.slots) if settled is None else ()
    readings = [i.with_term(Apply(known, i.term, name.primes, indices), i.rows, i.cols) for i in inner]
    readings += [by_value for i in inner if (by_value := _by_value(at, known, i, name.primes)) is not None]
    for operation in name.operations:
        if isinstance(operation, Index) and operation.constant < 0:
            raise ReadError(f"an inverse of {base}, or a power of it? write it as a fraction", node.span)
        if isinstance(operation, Index):
            readings = [r.with_term(Power(r.term, Fraction(operation.constant)), r.rows, r.cols) for r in readings]
        else:
            readings = [at.transposed(r) for r in readings]
    return [r if script is None else _after(at, r, script) for r in readings], 1 + more


def spelling(name: Name) -> str:
    """A name with its indices as they are written: a function may be another one in each layer."""
    return name.name + "".join(f"[{slot.index}]" for slot in name.slots)


def _by_value(at: Reader, function: str, of: Typed, primes: int) -> Typed | None:
    """σ'(z) and tanh'(h) written by the value of the activation, z = σ(u): z(1 - z) and 1 - h²."""
    if primes != 1 or not isinstance(of.term, Ref) or at.activations.get(of.term.name) != function:
        return None
    names = LABELS[: len(of.term.axes)]
    square = Einsum((number(-1), of.term, of.term), ("", names, names), names)
    match function:
        case "tanh":
            slope: Term = Add((broadcast(number(1), of.term.axes), square))
        case "sigmoid":
            slope = Add((of.term, square))
        case _:
            return None
    return of.with_term(slope, of.rows, of.cols).noted(BY_VALUE)


def _after(at: Reader, reading: Typed, script: Script) -> Typed:
    """softmax(x)_i, f(x)^T, f(x)^2."""
    if script.sub is not None:
        reading = at.picked(reading, script.sub)
    if isinstance(script.sup, Symbol) and script.sup.name in ("T", "top"):
        return at.transposed(reading)
    if script.sup is not None:
        exponent = linear(script.sup)
        if exponent is None:
            raise ReadError("an exponent that is no number", script.sup.span)
        return at.power(reading, exponent)
    return reading


def _of_whole(at: Reader, name: Name, node: Node, follows: Node | None, scope: Scope) -> tuple[list[Typed], int]:
    """A function of an array."""
    base = name.mention.base
    if follows is None:
        raise ReadError(f"{base} of what?", node.span)
    if name.name != base or name.slots or name.operations or name.primes:
        raise ReadError(f"what a script of {base} says is not understood", node.span)
    inner = at.read(follows.base if isinstance(follows, Script) else follows, scope)
    readings, misfits = list[Typed](), list[Misfit]()
    for reading in inner:
        try:
            readings.append(at.applied_whole(base, reading))
        except Misfit as misfit:
            misfits.append(misfit)
    if not readings:
        raise misfits[0]
    return [_after(at, r, follows) if isinstance(follows, Script) else r for r in readings], 2


def of_whole(at: Reader, base: str, of: Typed) -> Typed:
    """diag, tr or softmax of a reading."""
    if base in ("diag", "Diag"):
        return diagonal(of)
    if base == "tr":
        if of.is_scalar:
            return of
        if len(of.rows) != 1 or len(of.cols) != 1:
            raise Misfit("the trace of what is no matrix")
        return of.with_term(Einsum((diagonal(of).term,), ("a",), ""), (), ())
    axes = of.rows + of.cols
    if not axes and isinstance(of.term, Entry) and sum(pick is not None for pick in of.term.picks) == 1:
        core, picks = of.term.of, of.term.picks  # softmax(x_i) is an entry of the softmax of x
        whole = at.applied_whole(base, of.with_term(core, core.axes, ()))
        return whole.with_term(Entry(whole.term, picks), (), ())
    if not axes:
        raise Misfit("the softmax of a number")
    if len(axes) > 1 and at.samples_below is None:
        raise Misfit("nothing says along which axis of a matrix its softmax is")
    names = LABELS[: len(axes)]
    along = len(axes) - 1 if at.samples_below else 0  # of a matrix of samples the axis that is not the samples'
    rest = names[:along] + names[along + 1 :]
    exponentials = Apply("exp", of.term)
    inverse = Power(Einsum((exponentials,), (names,), rest), Fraction(-1))
    return of.with_term(Einsum((exponentials, inverse), (names, rest), names), of.rows, of.cols)
