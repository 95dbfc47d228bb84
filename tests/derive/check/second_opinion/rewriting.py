"""One formula in many ways: rewrites that keep its value, and slips that change it.

Rewrites are proposed by rules that know nothing of shapes; what NumPy does not confirm is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from .formulas import (
    At,
    Big,
    Chain,
    D,
    Diag,
    Flip,
    Fn,
    Formula,
    Leaf,
    Num,
    Over,
    Plus,
    Power,
    Times,
    free,
    minus,
    plus,
    spots,
)
from .page import Page, Statement

Change = tuple[str, Formula]

MEANINGS: dict[str, Callable[[At | None], Formula]] = {
    "delta_o": lambda at: minus(Leaf("p", at), Leaf("y", at)),
    "delta_h": lambda at: D(Leaf("L"), Leaf("h", at)),
    "delta_z": lambda at: D(Leaf("L"), Leaf("z", at)),
    "delta_n": lambda at: D(Leaf("L"), Leaf("n", at)),
    "h": lambda at: Fn("tanh", Leaf("z", at)),
    "c": lambda at: Fn("tanh", Leaf("n", at)),
    "u": lambda at: Fn("sigma", Leaf("v", at)),
    "r": lambda at: Fn("sigma", Leaf("q", at)),
    "p": lambda at: Fn("softmax", Leaf("o", at)),
}


def rewrites(f: Formula, page: Page) -> Iterator[Change]:
    """Other ways to write a formula, by rules at its top."""
    yield from _by_kind(f, page)
    if isinstance(f, Plus | Times | Over | Big):
        yield "a double negation", minus(minus(f))
        yield "halves", Times((Over(Num(1), Num(2)), plus(f, f)))
    if isinstance(f, Leaf) and f.name in MEANINGS and page.vector:
        yield "a name replaced by its meaning", MEANINGS[f.name](f.at)


def _by_kind(f: Formula, page: Page) -> Iterator[Change]:
    match f:
        case Plus(terms, signs):
            if len(terms) > 1:
                yield "a sum in another order", Plus(terms[::-1], signs[::-1])
            if len(terms) > 2:
                yield "a sum in brackets", Plus((Plus(terms[:2], signs[:2]), *terms[2:]), (1, *signs[2:]))
            match f:
                case Plus((Num(1), Power(a, 2)), (1, -1)):
                    op = "odot" if page.vector else ""
                    yield "1 - a² as (1 - a)(1 + a)", Times((minus(Num(1), a), plus(Num(1), a)), op)
        case Power(a, 2):
            yield "a power as a product", Times((a, a), "odot" if page.vector else "")
        case Times(factors, op) if op != "matvec":
            if op == "odot" or not page.vector:
                yield "factors in another order", Times(factors[::-1], op)
            if page.vector and op == "":
                yield "(AB)ᵀ = BᵀAᵀ", Flip(Times(tuple(map(_flipped, factors[::-1]))))
            if op == "odot" and len(factors) == 2:
                yield "u ⊙ v as diag(u) v", Times((Diag(factors[0]), factors[1]))
            if op == "" and isinstance(factors[0], Diag):
                rest = factors[1] if len(factors) == 2 else Times(factors[1:])
                yield "diag(u) v as u ⊙ v", Times((factors[0].of, rest), "odot")
            if len(factors) > 2:
                yield "factors in brackets", Times((Times(factors[:2], op), *factors[2:]), op)
                yield "factors in brackets on the right", Times((factors[0], Times(factors[1:], op)), op)
            for i, factor in enumerate(factors):
                if isinstance(factor, Plus):
                    spread = (Times((*factors[:i], term, *factors[i + 1 :]), op) for term in factor.terms)
                    yield "a product expanded", Plus(tuple(spread), factor.signs)
        case Chain((*some, Big("prod", letter, At("", low), At("", high), body))):
            yield "Π written out", Chain((*some, *(at_step(body, letter, n) for n in range(high, low - 1, -1))))
        case Over(above, below):
            yield "a fraction as a product", Times((above, Over(Num(1), below)), "odot" if page.vector else "")
            if isinstance(above, Plus):
                yield "a fraction split", Plus(tuple(Over(term, below) for term in above.terms), above.signs)
        case Fn("tanh", a):
            up, down = Fn("exp", a), Fn("exp", minus(a))
            yield "tanh by exp", Over(minus(up, down), plus(up, down))
            yield "tanh by σ", minus(Times((Num(2), Fn("sigma", Times((Num(2), a))))), Num(1))
            yield "tanh is odd", minus(Fn("tanh", minus(a)))
        case Fn("sigma", a):
            yield "σ by exp", Over(Num(1), plus(Num(1), Fn("exp", minus(a))))
            yield "σ(-a) = 1 - σ(a)", minus(Num(1), Fn("sigma", minus(a)))
        case Fn("log", Leaf("p", at)):
            net = Leaf("o", at)
            whole = Big("sum", "", At(""), At(""), Fn("exp", net))
            yield "log softmax", minus(net, Fn("log", whole))
        case Fn("softmax", a):
            yield "softmax by exp", Over(Fn("exp", a), Big("sum", "", At(""), At(""), Fn("exp", a)))
        case Diag(Plus(terms, signs)):
            yield "diag of a sum", Plus(tuple(map(Diag, terms)), signs)
        case Big("sum", letter, low, high, body) if letter:
            yield from _sums(letter, low, high, body, page)
        case Big("prod", letter, low, high, body):
            other = At("m" if letter != "m" and not page.vector else "i" if letter != "i" else "k")
            if other.letter not in free(f):
                yield "a letter renamed", Big("prod", other.letter, low, high, renamed(body, letter, other))
            shorter = Big("prod", letter, low, At(high.letter, high.const - 1), body)
            yield "the last factor apart", Chain((renamed(body, letter, high), shorter))


def _sums(letter: str, low: At, high: At, body: Formula, page: Page) -> Iterator[Change]:
    for other in "tki":
        if other not in free(body) | {low.letter, high.letter}:
            yield "a letter renamed", Big("sum", other, low, high, renamed(body, letter, At(other)))
    less, more = At(high.letter, high.const - 1), At(low.letter, low.const + 1)
    ends = renamed(body, letter, low), renamed(body, letter, high)
    yield "the last term apart", plus(Big("sum", letter, low, less, body), ends[1])
    yield "the first term apart", plus(ends[0], Big("sum", letter, more, high, body))
    yield "a sum shifted", Big("sum", letter, At(low.letter, low.const - 1), less, renamed(body, letter, At(letter, 1)))
    if (low, high) == (At("", 1), At("T")) and page.legend.T == 4:
        yield "T = 4 written out", plus(*(renamed(body, letter, At("", n)) for n in range(1, 5)))
    if isinstance(body, Plus) and len(body.terms) > 1:
        yield "Σ of each term", Plus(tuple(Big("sum", letter, low, high, term) for term in body.terms), body.signs)
    if isinstance(body, Big) and body.op == "sum" and body.high == At(letter) and high.letter == "T":
        swapped = Big("sum", letter, At(body.letter), high, body.body)
        yield "a double sum in the other order", Big("sum", body.letter, low, high, swapped)


def at_step(f: Formula, letter: str, n: int) -> Formula:
    return renamed(f, letter, At("", n))


def _flipped(f: Formula) -> Formula:
    return f.of if isinstance(f, Flip) else Flip(f)


def renamed(f: Formula, letter: str, new: At) -> Formula:
    """The formula with an index expression for a letter."""

    def moved(at: At) -> At:
        return At(new.letter, new.const + at.const) if at.letter == letter else at

    if isinstance(f, Leaf) and f.at is not None:
        return replace(f, at=moved(f.at))
    if isinstance(f, Big):
        if f.letter == letter:
            return f
        f = replace(f, low=moved(f.low), high=moved(f.high))
    for name, i, part in list(f.parts()):
        f = f.put(name, i, renamed(part, letter, new))
    return f


# Slips


def slips(f: Formula, page: Page) -> Iterator[Change]:
    """Single faults at the top of a formula."""
    match f:
        case Plus(terms, signs):
            for i in range(len(terms)):
                yield "a sign", Plus(terms, (*signs[:i], -signs[i], *signs[i + 1 :]))
                if len(terms) > 1:
                    kept = Plus((*terms[:i], *terms[i + 1 :]), (*signs[:i], *signs[i + 1 :]))
                    yield "a term dropped", kept
        case Times(factors, op) if op != "matvec":
            for i, factor in enumerate(factors):
                rest = (*factors[:i], *factors[i + 1 :])
                yield "a factor dropped", rest[0] if len(rest) == 1 else Times(rest, op)
                yield "a factor doubled", Times((*factors[: i + 1], factor, *factors[i + 1 :]), op)
                if page.vector and op == "" and i:
                    swapped = (*factors[: i - 1], factors[i], factors[i - 1], *factors[i + 1 :])
                    yield "matrix factors in the wrong order", Times(swapped)
            yield "a foreign factor", Times((*factors, Leaf("h", At("t")) if "t" in free(f) else Num(3)), op)
        case Chain(factors) if len(factors) > 1:
            for i in range(len(factors)):
                yield "a derivative dropped", Chain((*factors[:i], *factors[i + 1 :]))
        case Power(a, n):
            yield "an exponent", Power(a, n + 1)
            yield "an exponent", a
        case Num(n) if n:
            yield "a coefficient", Num(n + 1)
        case Flip(a):
            yield "a transpose lost", a
        case Fn(name, a):
            yield "a function lost", a
            yield "a function applied twice", Fn(name, f)
        case Over(a, b):
            yield "a fraction upside down", Over(b, a)
        case D(of, wrt, direct) if wrt.at is None and of.name != "L":
            yield "direct for total", replace(f, direct=not direct)
        case Big(op, letter, low, high, body) if letter:
            for const in (-1, 1):
                yield "a bound moved", replace(f, low=At(low.letter, low.const + const))
                yield "a bound moved", replace(f, high=At(high.letter, high.const + const))
            yield "a factor lost with its Σ" if op == "sum" else "a Π lost", renamed(body, letter, high)
        case Leaf(name, at):
            yield from _leaves(name, at, page)


def _leaves(name: str, at: At | None, page: Page) -> Iterator[Change]:
    axes = page.world.axes.get(name, "")
    if at is not None:
        for const in (-1, 1):
            yield "an index moved", Leaf(name, At(at.letter, at.const + const))
        if at.letter == "k":
            yield "an index replaced", Leaf(name, At("t", at.const))
        elif at.letter == "t":
            yield "an index replaced", Leaf(name, At("T", at.const))
    others = [n for n, a in page.world.axes.items() if a == axes and n != name and len(a) > 0]
    for other in others:
        timed = at is not None
        if (other in page.world.weights) != timed and other not in page.unnamed:
            yield "another quantity", Leaf(other, at)
    if page.vector and axes and (len(axes) == 2 or at is not None):
        yield "a transpose added", Flip(Leaf(name, at))


def everywhere(
    rule: Callable[[Formula, Page], Iterator[Change]], statement: Statement, page: Page
) -> Iterator[tuple[str, Statement]]:
    """The statement with its right side changed in one place."""
    for part, put in spots(statement.right):
        for kind, new in rule(part, page):
            right = put(new)
            if right != statement.right and all(map(_sound, (inner for inner, _ in spots(right)))):
                yield kind, replace(statement, right=right)


def _sound(f: Formula) -> bool:
    """A derivative is of a quantity by a quantity, and a chain is made of derivatives."""
    if isinstance(f, D):
        return isinstance(f.of, Leaf) and isinstance(f.wrt, Leaf)
    links = (link.body if isinstance(link, Big) else link for link in (f.factors if isinstance(f, Chain) else ()))
    return all(isinstance(link, D) for link in links)
