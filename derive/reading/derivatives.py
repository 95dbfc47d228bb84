r"""The spellings of a derivative: \frac{\partial u}{\partial v}, ∂u/∂v on one line, ∂/∂v before what it applies to,
\nabla_v u, \partial_v u; with factors or a sum around a ∂ in the fraction; and with a ∂ forgotten. For ∂ people
write d, and δ, where it stands above and below."""

from __future__ import annotations

from fractions import Fraction

from derive.reading.assembly import Differential, Differentials, Mark, Operator, finished, over
from derive.reading.errors import ReadError
from derive.reading.steps import is_transpose
from derive.reading.tree import (
    Big,
    Frac,
    Group,
    Nabla,
    Node,
    Number,
    Partial,
    Product,
    Script,
    Sequence,
    Span,
    Sum,
    Symbol,
)
from derive.reading.vocabulary import FUNCTIONS, INDEX_LETTERS


def is_d(node: Node) -> bool:
    """Whether this is a d that may stand for ∂."""
    return _sign(node) == "d"


def _sign(node: Node) -> str:
    """What may begin a derivative: ∂ or ∇, "d" or "delta"; "" for other trees."""
    if isinstance(node, Mark):
        return "∂"
    return node.name if isinstance(node, Symbol) and node.name in ("d", "delta") and not node.accent else ""


# In a fraction


def differential(node: Node, sign: str = "d") -> Differential | None:
    """`node` as d u, with a \\sum or a number before it or without; `sign` stands for the d."""
    factors = node.factors if isinstance(node, Product) else ()
    start = next((i for i, factor in enumerate(factors) if not isinstance(factor, Big | Number)), len(factors))
    if not isinstance(node, Product) or start >= len(factors) - 1 or _sign(factors[start]) != sign or node.ops[start]:
        return None
    of = joined(list(factors), list(node.ops), start + 1, len(factors))
    return Differential(node.span, of, False if sign == "d" else None, factors[:start], node.ops[:start])


def _is_upright(node: Node) -> bool:
    r"""Whether the d of a differential is \mathrm{d}, which is no factor."""
    return isinstance(node, Product) and any(
        isinstance(f, Symbol) and is_d(f) and f.font == "roman" for f in node.factors
    )


def quotient(span: Span, above: Node, below: Node) -> Node | None:
    """The derivative that a fraction is, None where it is none."""
    if (whole := _of_deltas(span, above, below)) is not None:
        return whole
    under = below if isinstance(below, Differential) else differential(below)
    if isinstance(above, Differential | Differentials) and _is_name(below):
        return _each(span, above, Differential(below.span, below, None), "denominator")
    if under is None:
        upright = differential(above)
        if upright is not None and _is_upright(above) and _is_name(below):
            return _each(span, upright, Differential(below.span, below, None), "denominator")
        return None
    upper = above if isinstance(above, Differential | Differentials) else None
    if under.direct is False:  # d over d alone
        upper = upper if upper is not None else differential(above)
        if upper is None:
            return Operator(span, variable(under.of), False) if is_d(above) and not under.before else None
        return _each(span, upper, under)
    if upper is not None:
        return _each(span, upper, under)
    if isinstance(above, Mark) and above.symbol == "partial" and above.wrt is None and not under.before:
        return Operator(span, variable(under.of), above.direct or under.direct)
    if _is_name(above):
        return _each(span, Differential(above.span, above, None), under, "numerator")
    return None


def _of_deltas(span: Span, above: Node, below: Node) -> Node | None:
    """δu/δv, or δ/δv; None for other fractions."""
    upper, under = differential(above, "delta"), differential(below, "delta")
    if under is not None and upper is not None:
        return _each(span, upper, under)
    return Operator(span, variable(under.of), None) if under is not None and _sign(above) == "delta" else None


def _each(span: Span, above: Differential | Differentials, below: Differential, forgotten: str = "") -> Node:
    """∂u/∂v, or a sum of them, with the other factors around."""
    if isinstance(above, Differentials):
        terms = tuple(_each(span, term, replace_before(below), forgotten) for term in above.terms)
        whole: Node = Sum(span, terms, above.signs)
    else:
        direct = True if below.direct else above.direct
        whole = Partial(span, above.of, variable(below.of), direct, forgotten)
        if above.before:
            whole = Product(span, (*above.before, whole), above.ops)
    if not below.before:
        return whole
    factors, ops = below.before, below.ops[:-1]
    size = factors[0] if len(factors) == 1 else Product(over(factors[0], factors[-1]), factors, ops)
    return Product(span, (Frac(span, Number(span, Fraction(1)), size), whole), ("",))


def replace_before(node: Differential) -> Differential:
    """∂u without the factors before it."""
    return Differential(node.span, node.of, node.direct)


def _is_name(node: Node) -> bool:
    """Whether this is one symbol, with its indices and brackets."""
    try:
        return variable(node) is node and not is_d(node)
    except ReadError:
        return False


def variable(node: Node) -> Node:
    """`node` if a derivative can be taken with respect to it: one symbol, with its index. Raises ReadError if not."""
    factors = node.factors if isinstance(node, Product) else (node,)
    if isinstance(factors[0], Symbol | Script) and all(_is_bracket(factor) for factor in factors[1:]):
        return node
    raise ReadError("a derivative is taken with respect to one symbol, with its index", node.span)


def _is_bracket(node: Node) -> bool:
    """Whether this is a bracket, perhaps with an index: the (t)_{ij} of Y(t)_{ij}."""
    return isinstance(node, Group) or (isinstance(node, Script) and isinstance(node.base, Group) and not node.primes)


# In a product


def derivatives(factors: list[Node], ops: list[str]) -> tuple[list[Node], list[str]]:
    """Puts together, in a list of factors, ∇_v u and ∂_v u, ∂u/∂v on one line, and ∂/∂v with what it applies to."""
    if not any(isinstance(f, Operator) or _sign(f) for f in factors):
        return factors, ops
    built: list[Node] = []
    between: list[str] = []
    index = 0
    while index < len(factors):
        whole, end = _derivative(factors, ops, index)
        if built:
            between.append(ops[index - 1])
        built.append(whole)
        index = end
    return built, between


def _argument(node: Node) -> Node | None:
    """The one name that a bracket holds; None for other trees."""
    return node.body if isinstance(node, Group) and isinstance(node.body, Symbol | Script) else None


def _derivative(factors: list[Node], ops: list[str], start: int) -> tuple[Node, int]:
    """The derivative that begins at a factor, or else that factor, and where what follows begins."""
    first, after = factors[start], start + 1
    if isinstance(first, Mark) and (first.symbol == "nabla" or first.wrt is not None):
        end = _operand_end(factors, ops, after)
        wrt = first.wrt or (_argument(factors[end - 1]) if end > after + 1 else None)  # ∇L(w) is ∇_w L(w)
        if wrt is None or end == after or ops[start]:
            raise ReadError(r"a gradient is written \nabla_v u, with one symbol for u", first.span)
        of = joined(factors, ops, after, end)
        span = over(first, of)
        if first.symbol == "nabla":
            return Nabla(span, wrt, of), end
        return Partial(span, of, wrt, first.direct), end
    if isinstance(first, Operator):
        if after == len(factors) or ops[start]:
            raise ReadError(r"what ∂/∂v applies to is missing: write \frac{\partial u}{\partial v}", first.span)
        end = after + 1 if isinstance(factors[after], Group) else _loss_end(factors, ops, after)
        end = end or _reach(factors, after)
        of = joined(factors, ops, after, end)
        return Partial(over(first, of), of, first.wrt, first.direct), end
    if sign := _sign(first):
        slash = name_end(factors, ops, after) - 1  # ops[slash] stands after the name
        below = slash + 2
        if after <= slash < len(factors) - 2 and not ops[start] and ops[slash] == "/" and not ops[below - 1]:
            end = name_end(factors, ops, below)
            lower = factors[below - 1]
            if _sign(lower) == sign and end > below:
                of, wrt = joined(factors, ops, after, slash + 1), joined(factors, ops, below, end)
                _check_end(factors, ops, end)
                direct = first.direct if isinstance(first, Mark) else False if sign == "d" else None
                return Partial(over(first, factors[end - 1]), of, wrt, direct), end
    return first, after


def _loss_end(factors: list[Node], ops: list[str], start: int) -> int:
    """Where a loss with a list of its arguments ends, J(W, b; x, y): a number, at which the reach of ∂/∂v ends; 0 for
    others."""
    letter, end = factors[start], name_end(factors, ops, start)
    is_loss = isinstance(letter, Symbol) and letter.name in ("J", "L", "C", "E", "ell")
    lists = (bracket.body for bracket in factors[start + 1 : end] if isinstance(bracket, Group))
    return end if is_loss and any(isinstance(body, Sequence) for body in lists) else 0


def _operand_end(factors: list[Node], ops: list[str], start: int) -> int:
    """Where what ∇_v or ∂_v applies to ends: a bracket, a name with its arguments, or a sum to the end."""
    first = start
    while first < len(factors) - 1 and not ops[first] and _is_function(factors[first]):
        first += 1  # log p(x)
    if first >= len(factors):
        return start
    if isinstance(factors[first], Group):
        end = first + 1
    elif isinstance(factors[first], Big):
        return _reach(factors, first)
    else:
        end = name_end(factors, ops, first)
        if end == first:
            return start
        is_turned = isinstance(node := factors[first], Script) and is_transpose(node.sup)
        if end < len(factors) and not ops[end - 1] and is_turned:
            return _reach(factors, first)  # ∇_x x^⊤ A x is that of the number
    _check_end(factors, ops, end)
    return end


def _is_function(node: Node) -> bool:
    base = node.base if isinstance(node, Script) else node
    return isinstance(base, Symbol) and base.name in FUNCTIONS


def _reach(factors: list[Node], start: int) -> int:
    """The end of a product over which a derivative reaches. Raises ReadError where another one reaches there too."""
    for factor, following in zip(factors[start:], [*factors[start + 1 :], None], strict=True):
        if isinstance(factor, Operator) or (isinstance(factor, Mark) and isinstance(following, Big)):
            raise ReadError("a derivative inside what another reaches over: write brackets", factor.span)
    return len(factors)


def _check_end(factors: list[Node], ops: list[str], end: int) -> None:
    """Refuses a bracket straight after a derivative: it may be a factor, or belong to the name before it."""
    if 0 < end < len(factors) and not ops[end - 1] and isinstance(factors[end], Group):
        raise ReadError(r"what this bracket belongs to is not clear: write \cdot before a factor", factors[end].span)


def name_end(factors: list[Node], ops: list[str], start: int) -> int:
    """Where a name with its index and arguments in brackets ends, if one starts here; otherwise `start`.

    A bracket belongs to the name where it holds an index or a list, or stands close to it.
    """
    if start >= len(factors) or not isinstance(factors[start], Symbol | Script) or is_d(factors[start]):
        return start
    end = start + 1
    while end < len(factors) and ops[end - 1] == "" and _is_bracket(factors[end]):
        body = factors[end].base.body if isinstance(factors[end], Script) else factors[end].body  # type: ignore[attr-defined]
        close = factors[end - 1].span[1] == factors[end].span[0]
        if not (_is_index(body) or isinstance(body, Sequence) or (close and end == start + 1)):
            break
        end += 1
    return end


def _is_index(node: Node) -> bool:
    """Whether a bracket's content can only be an index: t, 3, t-1."""
    if isinstance(node, Sum):
        return all(_is_index(term) for term in node.terms)
    return isinstance(node, Number) or (isinstance(node, Symbol) and node.name in INDEX_LETTERS | {"T"})


def joined(factors: list[Node], ops: list[str], start: int, end: int) -> Node:
    """The product of some of the factors. Raises ReadError for a derivative in them that is not finished."""
    if end - start == 1:
        return finished(factors[start])
    inner, between = derivatives(factors[start:end], ops[start : end - 1])
    if len(inner) == 1:
        return finished(inner[0])
    return Product(over(inner[0], inner[-1]), tuple(map(finished, inner)), tuple(between))
