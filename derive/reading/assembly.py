r"""What a formula is put together from while it is parsed: scripts on their bases, and the spellings of a derivative.

Marks (a ∂ or ∇ that waits for what it applies to, invisible braces, …) live only here; a finished tree holds none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from lark import Token

from derive.reading.errors import ReadError
from derive.reading.tree import (
    At,
    Big,
    Group,
    Nabla,
    Node,
    Number,
    Partial,
    Product,
    Relation,
    Script,
    Sequence,
    Span,
    Sum,
    Symbol,
)
from derive.reading.vocabulary import INDEX_LETTERS


def place(item: Token | Node) -> Span:
    """Where a token or a node stands."""
    if isinstance(item, Node):
        return item.span
    return (item.start_pos or 0, item.end_pos or 0)


def over(first: Token | Node, last: Token | Node) -> Span:
    """The span from the first to the last."""
    return (place(first)[0], place(last)[1])


@dataclass(frozen=True)
class Mark(Node):
    """∂ or ∇, by the name of its command, waiting for what it applies to."""

    symbol: str
    direct: bool | None = None
    wrt: Node | None = None


@dataclass(frozen=True)
class Differential(Node):
    """∂u, above or below a fraction bar."""

    of: Node
    direct: bool | None


@dataclass(frozen=True)
class Operator(Node):
    """∂/∂v or d/dv waiting for its bracket."""

    wrt: Node
    direct: bool | None


@dataclass(frozen=True)
class Braced(Node):
    """What stands in invisible braces."""

    body: Node


@dataclass(frozen=True)
class Attachment(Node):
    """A subscript, exponent, prime or evaluation bar: `kind` is 'sub', 'sup', 'prime' or 'at'."""

    kind: str
    value: Node


@dataclass(frozen=True)
class Bar(Node):
    """What stands before a plain evaluation bar: clear only where that is a single factor."""

    body: Node
    where: Node


def finished(node: Node) -> Node:
    """`node` where a whole expression is meant. Raises ReadError for a derivative that is not finished."""
    if isinstance(node, Braced):
        return node.body
    if isinstance(node, Bar):
        return At(node.span, node.body, node.where)
    if isinstance(node, Mark | Differential | Operator):
        raise ReadError(r"a derivative is not finished: write \frac{\partial u}{\partial v} or \nabla_v u", node.span)
    return node


def holds_relation(node: Node) -> bool:
    """Whether a bracket's content is a relation, or a list with one."""
    return isinstance(node, Relation) or (isinstance(node, Sequence) and any(map(holds_relation, node.items)))


def is_indicator(node: Node) -> bool:
    """Whether a relation in brackets may follow: 1[i = j]."""
    return (isinstance(node, Symbol) and node.name in ("one", "I")) or (isinstance(node, Number) and node.value == 1)


def attach(base: Node, script: Attachment) -> Node:
    """`base` with one more subscript, exponent, prime or evaluation bar. Raises ReadError for a second of a kind."""
    span = (base.span[0], script.span[1])
    if isinstance(base, Bar):
        raise ReadError("something stands on an evaluation bar: write brackets", script.span)
    if isinstance(base, Big | Mark):
        return _attach_to_sign(base, script, span)
    if script.kind == "at":
        return Bar(span, finished(base), script.value)
    if isinstance(base, Braced):
        if not isinstance(base.body, Symbol | Script | Number | Group):
            raise ReadError("invisible braces under an index or exponent: write brackets", base.span)
        taken = isinstance(base.body, Script) and script.kind != "prime" and getattr(base.body, script.kind) is not None
        base = Script(base.span, base.body) if taken else base.body  # {h^{(t)}}^2
    if script.kind == "sup" and (parts := _transposed(script)) is not None:  # h^{(t)\\top}
        return attach(Script(span, attach(base, parts[0])), parts[1])
    scripted = base if isinstance(base, Script) else Script(base.span, base)
    if script.kind == "prime":
        return replace(scripted, span=span, primes=scripted.primes + 1)
    if script.kind == "sub" and scripted.sub is None:
        return replace(scripted, span=span, sub=script.value)
    if script.kind == "sup" and scripted.sup is None:
        return replace(scripted, span=span, sup=script.value)
    raise ReadError("a second index or exponent: write brackets around the first", script.span)


def _transposed(script: Attachment) -> tuple[Attachment, Attachment] | None:
    """An exponent like (t)⊤ as the step and the transpose."""
    value = script.value
    if not (isinstance(value, Product) and len(value.factors) == 2 and isinstance(value.factors[0], Group)):
        return None
    step, transpose = value.factors
    if transpose not in (Symbol((0, 0), "top"), Symbol((0, 0), "T")):
        return None
    return replace(script, value=step), replace(script, value=transpose)


def _attach_to_sign(base: Big | Mark, script: Attachment, span: Span) -> Node:
    r"""The bounds of a \sum, the index of a ∇, the + of a ∂⁺."""
    if isinstance(base, Big):
        if script.kind == "sub" and base.lower is None:
            return replace(base, span=span, lower=script.value)
        if script.kind == "sup" and base.upper is None:
            return replace(base, span=span, upper=script.value)
        raise ReadError(f"\\{base.op} takes one bound below and one above", script.span)
    if script.kind == "sub" and base.wrt is None:
        return replace(base, span=span, wrt=script.value)
    if base.symbol == "partial" and script.kind == "sup" and script.value == Symbol(span, "plus"):
        return replace(base, span=span, direct=True)
    raise ReadError(r"only first derivatives are read: \partial with nothing above it but +, \nabla_v", script.span)


def flat(children: list[Any]) -> tuple[list[Node], list[str]]:
    """Factors and the operators between them; a product in invisible braces joins the product around it."""
    factors: list[Node] = []
    ops: list[str] = []
    op = ""
    for child in children:
        if isinstance(child, Token):
            op = str(child)
            continue
        if factors:
            ops.append(op)
            op = ""
        body = child.body if isinstance(child, Braced) else child
        if isinstance(child, Braced) and isinstance(body, Sum) and len(children) > 1:
            raise ReadError("a sum in invisible braces beside a factor: write brackets", child.span)
        if isinstance(child, Braced) and isinstance(body, Product) and len(children) > 1:
            factors.extend(body.factors)
            ops.extend(body.ops)
        else:
            factors.append(body)
    return factors, ops


# Derivatives


def is_d(node: Node) -> bool:
    """Whether this is a d that may stand for ∂."""
    return isinstance(node, Symbol) and node.name == "d" and not node.accent


def differential(node: Node) -> Node | None:
    """u, if `node` is d u."""
    if not (isinstance(node, Product) and is_d(node.factors[0]) and node.ops[0] == ""):
        return None
    if len(node.factors) == 2:
        return node.factors[1]
    return Product(over(node.factors[1], node.factors[-1]), node.factors[1:], node.ops[1:])


def variable(node: Node) -> Node:
    """`node` if a derivative can be taken with respect to it: one symbol, with its index. Raises ReadError if not."""
    factors = node.factors if isinstance(node, Product) else (node,)
    if isinstance(factors[0], Symbol | Script) and all(isinstance(factor, Group) for factor in factors[1:]):
        return node
    raise ReadError("a derivative is taken with respect to one symbol, with its index", node.span)


def _is_index(node: Node) -> bool:
    """Whether a bracket's content can only be an index: t, 3, t-1."""
    if isinstance(node, Sum):
        return all(_is_index(term) for term in node.terms)
    return isinstance(node, Number) or (isinstance(node, Symbol) and node.name in INDEX_LETTERS | {"T"})


def derivatives(factors: list[Node], ops: list[str]) -> tuple[list[Node], list[str]]:
    """Puts together, in a list of factors, ∇_v u, ∂u/∂v on one line, and ∂/∂v before its bracket."""
    if not any(isinstance(f, Mark | Operator) or is_d(f) for f in factors):
        return factors, ops
    built: list[Node] = []
    between: list[str] = []
    index = 0
    while index < len(factors):
        factor = factors[index]
        whole, end = _derivative(factors, ops, index)
        if isinstance(factor, Mark) and whole is factor and (built or "/" in ops):
            finished(factor)
        if built:
            between.append(ops[index - 1])
        built.append(whole)
        index = end
    return built, between


def _derivative(factors: list[Node], ops: list[str], start: int) -> tuple[Node, int]:
    """The derivative that begins at a factor, or else that factor, and where what follows begins."""
    first, after = factors[start], start + 1
    if isinstance(first, Mark) and (first.symbol == "nabla" or first.wrt is not None):
        end = _name_end(factors, ops, after)
        if first.wrt is None or end == after or ops[start]:
            raise ReadError(r"a gradient is written \nabla_v u, with one symbol for u", first.span)
        _check_end(factors, ops, end)
        span, of = over(first, factors[end - 1]), _joined(factors, ops, after, end)
        return Nabla(span, first.wrt, of) if first.symbol == "nabla" else Partial(
            span, of, first.wrt, first.direct
        ), end
    if isinstance(first, Operator):
        end = _operand_end(factors, ops, start)
        return Partial(over(first, factors[end - 1]), _joined(factors, ops, after, end), first.wrt, first.direct), end
    if isinstance(first, Mark) or is_d(first):
        slash = _name_end(factors, ops, after) - 1  # ops[slash] stands after the name
        below = slash + 2
        if after <= slash < len(factors) - 2 and not ops[start] and ops[slash] == "/" and not ops[below - 1]:
            end = _name_end(factors, ops, below)
            lower = factors[below - 1]
            alike = (isinstance(first, Mark) and isinstance(lower, Mark)) or (is_d(first) and is_d(lower))
            if alike and end > below:
                of, wrt = _joined(factors, ops, after, slash + 1), _joined(factors, ops, below, end)
                _check_end(factors, ops, end)
                direct = first.direct if isinstance(first, Mark) else False
                return Partial(over(first, factors[end - 1]), of, wrt, direct), end
    return first, after


def _operand_end(factors: list[Node], ops: list[str], start: int) -> int:
    """Where what ∂/∂v applies to ends: its bracket, or a sum or a name with its bracket that nothing follows."""
    first, rest = factors[start], factors[start + 1 :]
    if rest and not ops[start]:
        if isinstance(rest[0], Group):
            return start + 2
        named = isinstance(rest[0], Symbol | Script) and (
            len(rest) == 1 or (len(rest) == 2 and isinstance(rest[1], Group))
        )
        if isinstance(rest[0], Big) or named:
            return len(factors)
    raise ReadError(r"what ∂/∂v applies to is not clear: write \frac{\partial u}{\partial v}", first.span)


def _check_end(factors: list[Node], ops: list[str], end: int) -> None:
    """Refuses a bracket straight after a derivative: it may be a factor, or belong to the name before it."""
    if end < len(factors) and not ops[end - 1] and isinstance(factors[end], Group):
        raise ReadError(r"what this bracket belongs to is not clear: write \cdot before a factor", factors[end].span)


def _name_end(factors: list[Node], ops: list[str], start: int) -> int:
    """Where a name with the bracket of its index ends, if one starts here; otherwise `start`."""
    if start >= len(factors) or not isinstance(factors[start], Symbol | Script) or is_d(factors[start]):
        return start
    bracket = factors[start + 1] if start + 1 < len(factors) and ops[start] == "" else None
    return start + 2 if isinstance(bracket, Group) and _is_index(bracket.body) else start + 1


def _joined(factors: list[Node], ops: list[str], start: int, end: int) -> Node:
    if end - start == 1:
        return factors[start]
    return Product(over(factors[start], factors[end - 1]), tuple(factors[start:end]), tuple(ops[start : end - 1]))
