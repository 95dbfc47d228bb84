r"""What a formula is put together from while it is parsed: marks, scripts on their bases, flat products.

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
    Frac,
    Group,
    Matrix,
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
    """∂u, above or below a fraction bar, after the factors that stand before it there."""

    of: Node
    direct: bool | None
    before: tuple[Node, ...] = ()
    ops: tuple[str, ...] = ()


@dataclass(frozen=True)
class Differentials(Node):
    """∂u + ∂v, above a fraction bar."""

    terms: tuple[Differential, ...]
    signs: tuple[int, ...]


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
    if isinstance(node, Mark | Differential | Differentials | Operator):
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
        if not isinstance(base.body, Symbol | Script | Number | Group | Partial | Frac | Matrix):
            raise ReadError("invisible braces under an index or exponent: write brackets", base.span)
        taken = isinstance(base.body, Script) and script.kind != "prime" and getattr(base.body, script.kind) is not None
        base = Script(base.span, base.body) if taken else base.body  # {h^{(t)}}^2
    if script.kind == "sup" and (parts := _stepped(script)) is not None:  # h^{(t)\\top}, a^{<t>2}
        return attach(Script(span, attach(base, parts[0])), parts[1])
    scripted = base if isinstance(base, Script) else Script(base.span, base)
    if script.kind == "prime":
        return replace(scripted, span=span, primes=scripted.primes + 1)
    if script.kind == "sub" and scripted.sub is None:
        return replace(scripted, span=span, sub=script.value)
    if script.kind == "sup" and scripted.sup is None:
        return replace(scripted, span=span, sup=script.value)
    raise ReadError("a second index or exponent: write brackets around the first", script.span)


def _stepped(script: Attachment) -> tuple[Attachment, Attachment] | None:
    """An exponent like (t)⊤ or <t>2 as the step, and the transpose or the power."""
    value = script.value
    if not (isinstance(value, Product) and len(value.factors) == 2 and isinstance(value.factors[0], Group)):
        return None
    step, rest = value.factors
    if value.ops != ("",) or not (rest in (Symbol((0, 0), "top"), Symbol((0, 0), "T")) or isinstance(rest, Number)):
        return None
    return replace(script, value=step), replace(script, value=rest)


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
