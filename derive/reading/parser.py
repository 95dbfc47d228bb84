r"""Tokens -> syntax tree, by the grammar: LALR, so that the time is linear in the length, and strict.

What the grammar alone cannot say is settled here where it is certain (∂u/∂v, ∇_W L, an accent over a scripted symbol) and
refused where it would be a guess.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput, UnexpectedToken
from lark.lexer import Lexer

from derive.reading.errors import ReadError, quote
from derive.reading.tokens import Words, tokenize
from derive.reading.tree import (
    At,
    Big,
    Cases,
    Frac,
    Group,
    Matrix,
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


def parse(latex: str, words: Words = frozenset()) -> Node:
    """The tree of one formula; `words` are the legend's names of several letters. Raises ReadError."""
    return parse_tokens(tokenize(latex, words), (0, len(latex)))


def parse_equation(latex: str, words: Words = frozenset()) -> tuple[Node, Node]:
    """The two sides of one equation, left = right. Raises ReadError, also where it holds no relation or several."""
    tokens = tokenize(latex, words)
    depth, signs = 0, []
    for index, token in enumerate(tokens):
        depth += DEPTH.get(token.type, 0)
        if token.type == "REL" and depth == 0:
            signs.append(index)
    if len(signs) != 1 or tokens[signs[0]] not in ("=", ":="):
        raise ReadError(f"{quote(latex)} is not one equation, left = right")
    end = len(latex)
    return parse_tokens(tokens[: signs[0]], (0, end)), parse_tokens(tokens[signs[0] + 1 :], (0, end))


DEPTH = dict.fromkeys(("OPEN", "LBRACE", "LNULL", "MATRIX", "CASES"), 1) | dict.fromkeys(
    ("CLOSE", "RBRACE", "REVAL", "ENDMATRIX", "ENDCASES"), -1
)


def parse_tokens(tokens: list[Token], span: Span) -> Node:
    """The tree of a stretch of tokens that stands at `span`. Raises ReadError with the place."""
    if not tokens:
        raise ReadError("a formula is missing here", span)
    try:
        tree = _lark().parse(_quiet(tokens))  # type: ignore[arg-type]  # our lexer takes tokens, not text
    except UnexpectedToken as error:
        raise _explain(error.token, tokens) from None
    except UnexpectedInput as error:  # the lexer yields tokens only; kept for completeness of the library's contract
        raise ReadError(f"not understood: {error}", span) from None
    assert isinstance(tree, Node)
    return tree


def _quiet(tokens: list[Token]) -> list[Token]:
    """Without the commas that end a branch of cases."""
    stops = ("AMP", "NEWLINE", "ENDCASES", "IF", "OTHERWISE")
    kept = []
    for token, follows in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type in ("COMMA", "DOT") and follows is not None and follows.type in stops:
            continue
        kept.append(token)
    return kept


class _GivenTokens(Lexer):
    """Lark's lexer interface over tokens that are there already."""

    def __init__(self, configuration: Any) -> None:
        pass

    def lex(self, lexer_state: Any, parser_state: Any = None) -> Iterator[Token]:  # type: ignore[override]
        yield from lexer_state


@cache
def _lark() -> Lark:
    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer=_GivenTokens, transformer=_Builder(), maybe_placeholders=True)


_REASONS = {
    "DOTS": "`…` leaves terms to be guessed: write the sum out, or use \\sum or \\prod",
    "TEXT": "words inside a formula: separate them with \\quad, or leave them out",
    "REASON": "words inside a formula: separate them with \\quad, or leave them out",
    "ARROW": "an arrow inside a formula",
    "IF": "a condition inside a formula: separate it with \\quad",
    "OTHERWISE": "`otherwise` outside of cases",
    "AND": "`and` inside a formula",
    "SEP": "a separator inside a formula: write the two parts as two statements",
    "DOT": "a full stop inside a formula",
    "NEWLINE": "a line break inside brackets",
    "AMP": "`&` outside of a matrix or cases",
    "REL": "a second relation inside one expression",
    "COMMA": "a comma where no list may stand",
    "CLOSE": "a bracket closes where something is still missing",
    "RBRACE": "a brace closes where something is still missing",
    "REVAL": "a bar closes where something is still missing",
    "OP": "an operator with nothing before it",
    "SUB": "a subscript on nothing",
    "SUP": "an exponent on nothing",
    "PRIME": "a prime on nothing",
    "EVAL": "an evaluation bar after nothing",
    "PLUS": "a sign where a factor is expected: put it in brackets",
    "MINUS": "a sign where a factor is expected: put it in brackets",
}


def _explain(token: Token, tokens: list[Token]) -> ReadError:
    if token.type == "$END":
        last = tokens[-1]
        return ReadError("the formula breaks off: something is missing after this", _place(last))
    if token.type == "BAD":
        return ReadError(str(token), _place(token))
    return ReadError(_REASONS.get(token.type, f"{quote(token)} is not expected here"), _place(token))


def _place(item: Token | Node) -> Span:
    if isinstance(item, Node):
        return item.span
    return (item.start_pos or 0, item.end_pos or 0)


def _over(first: Token | Node, last: Token | Node) -> Span:
    return (_place(first)[0], _place(last)[1])


# Marks that live only while a formula is being built.


@dataclass(frozen=True)
class _Mark(Node):
    """∂ or ∇ waiting for what it applies to."""

    symbol: str
    direct: bool = False
    wrt: Node | None = None


@dataclass(frozen=True)
class _Differential(Node):
    """∂u, above or below a fraction bar."""

    of: Node
    direct: bool


@dataclass(frozen=True)
class _Operator(Node):
    """∂/∂v waiting for its bracket."""

    wrt: Node
    direct: bool


@dataclass(frozen=True)
class _Braced(Node):
    """What stands in invisible braces."""

    body: Node


@dataclass(frozen=True)
class _Scripting(Node):
    kind: str  # 'sub', 'sup', 'prime' or 'at'
    value: Node | None


@dataclass(frozen=True)
class _Bar(Node):
    """A plain evaluation bar: clear only behind a single factor."""

    body: Node
    where: Node | None


@dataclass(frozen=True)
class _Branch(Node):
    value: Node
    condition: Node | None


def _finished(node: Node) -> Node:
    """`node` where a whole expression is meant; an unfinished derivative is an error."""
    if isinstance(node, _Braced):
        return node.body
    if isinstance(node, _Bar) and node.where is not None:
        return At(node.span, node.body, node.where)
    if isinstance(node, _Mark | _Differential | _Operator):
        raise ReadError(r"a derivative is not finished: write \frac{\partial u}{\partial v} or \nabla_v u", node.span)
    return node


def _is_index(node: Node) -> bool:
    """Whether a bracket's content can be an index: t, 3, t-1."""
    if isinstance(node, Sum):
        return all(_is_index(term) for term in node.terms)
    return isinstance(node, Number) or (isinstance(node, Symbol) and len(node.name) == 1)


def _is_d(node: Node) -> bool:
    return node == Symbol((0, 0), "d")


class _Builder(Transformer[Token, Node]):
    """One method for each rule of the grammar; called while parsing, so that nothing recurses."""

    def start(self, children: list[Any]) -> Node:
        return _finished(children[0])

    def body(self, children: list[Any]) -> Node:
        items = tuple(c for c in children if isinstance(c, Node))
        if len(items) == 1:
            return items[0]
        flat: list[Node] = []
        for item in items:
            flat.extend(
                item.items if isinstance(item, Sequence) and isinstance(item.items[0], Relation) else [_finished(item)]
            )
        return Sequence(_over(items[0], items[-1]), tuple(flat))

    def item(self, children: list[Any]) -> Node:
        if len(children) == 1:
            return children[0]  # type: ignore[no-any-return]
        links = tuple(
            Relation(_over(left, right), _finished(left), str(sign), _finished(right))
            for left, sign, right in zip(children[::2], children[1::2], children[2::2], strict=False)
        )
        return links[0] if len(links) == 1 else Sequence(_over(links[0], links[-1]), links)

    def sign(self, children: list[Any]) -> Token:
        return children[0]  # type: ignore[no-any-return]

    def expression(self, children: list[Any]) -> Node:
        first, terms, between = children[0], children[1::2], children[2::2]
        signs = tuple(-1 if sign is not None and sign.type == "MINUS" else 1 for sign in (first, *between))
        if len(terms) == 1 and signs[0] == 1:
            return terms[0]  # type: ignore[no-any-return]
        return Sum(_over(first or terms[0], terms[-1]), tuple(_finished(term) for term in terms), signs)

    # Factors

    def product(self, children: list[Any]) -> Node:
        factors, ops = _derivatives(*_flat(children))
        if isinstance(factors[-1], Big):
            raise ReadError(f"a \\{factors[-1].op} over nothing", factors[-1].span)
        if len(factors) == 1:
            return factors[0]
        if isinstance(factors[0], _Mark) and "/" not in ops:  # ∂u above or below a fraction bar
            of = self.product([x for pair in zip(factors[1:], [*ops[1:], ""], strict=True) for x in pair if x != ""])
            return _Differential(_over(factors[0], factors[-1]), of, factors[0].direct)
        for before, factor in zip(factors, factors[1:], strict=False):
            if isinstance(factor, Group) and _holds_relation(factor.body) and not _is_indicator(before):
                raise ReadError("a relation inside a bracket of a product: make it a statement of its own", factor.span)
            if isinstance(factor, _Bar):
                raise ReadError(r"what the bar covers is not clear: write \left. … \right|_{…}", factor.span)
        return Product(_over(factors[0], factors[-1]), tuple(_finished(factor) for factor in factors), tuple(ops))

    def scripted(self, children: list[Any]) -> Node:
        base = children[0]
        for script in children[1:]:
            base = _attach(base, script)
        return base  # type: ignore[no-any-return]

    def sub(self, children: list[Any]) -> Node:
        return _Scripting(_over(children[0], children[-1]), "sub", _finished(children[-1]))

    def sup(self, children: list[Any]) -> Node:
        return _Scripting(_over(children[0], children[-1]), "sup", _finished(children[-1]))

    def prime(self, children: list[Any]) -> Node:
        return _Scripting(_place(children[0]), "prime", None)

    def at(self, children: list[Any]) -> Node:
        return _Scripting(_over(children[0], children[-1]), "at", _finished(children[-1]))

    # Atoms

    def number(self, children: list[Any]) -> Node:
        return Number(_place(children[0]), Fraction(str(children[0])))

    def name(self, children: list[Any]) -> Node:
        return Symbol(_place(children[0]), str(children[0]))

    def big(self, children: list[Any]) -> Node:
        return Big(_place(children[0]), str(children[0]))

    def partial(self, children: list[Any]) -> Node:
        return _Mark(_place(children[0]), "partial")

    def nabla(self, children: list[Any]) -> Node:
        return _Mark(_place(children[0]), "nabla")

    def accent(self, children: list[Any]) -> Node:
        accent, under = children[0], _finished(children[1])
        base = under.base if isinstance(under, Script) else under
        if not isinstance(base, Symbol) or base.accent:
            raise ReadError("an accent is read over a single symbol only", _over(accent, under))
        marked = Symbol(_over(accent, under), base.name, str(accent))
        return replace(under, base=marked) if isinstance(under, Script) else marked

    def fraction(self, children: list[Any]) -> Node:
        span = _over(children[0], children[-1])
        above, below = children[1], children[2]
        if isinstance(below, _Differential):
            if isinstance(above, _Differential):
                return Partial(span, above.of, _variable(below.of), above.direct or below.direct)
            if isinstance(above, _Mark) and above.symbol == "partial":
                return _Operator(span, _variable(below.of), above.direct or below.direct)
        elif _starts_with_d(below) and (_starts_with_d(above) or _is_d(above)):
            wrt = _variable(_without_d(below))
            return _Operator(span, wrt, False) if _is_d(above) else Partial(span, _without_d(above), wrt)
        return Frac(span, _finished(above), _finished(below))

    def group(self, children: list[Any]) -> Node:
        opening, body, closing = children
        body = _finished(body)
        span = _over(opening, closing)
        if isinstance(body, Matrix) and opening in ("(", "["):
            return replace(body, span=span)
        return Group(span, body, str(opening))

    def braced(self, children: list[Any]) -> Node:
        return _Braced(_over(children[0], children[-1]), _finished(children[1]))

    def inner(self, children: list[Any]) -> Node:
        return children[1]  # type: ignore[no-any-return]

    def evaluated(self, children: list[Any]) -> Node:
        return At(_over(children[0], children[-1]), _finished(children[1]), _finished(children[-1]))

    def substack(self, children: list[Any]) -> Node:
        lines = [c for c in children if isinstance(c, Node)]
        return self.body(lines)

    # Matrices and cases

    def row(self, children: list[Any]) -> Node:
        cells = tuple(_finished(c) for c in children if isinstance(c, Node))
        return Sequence(_over(cells[0], cells[-1]), cells)

    def matrix(self, children: list[Any]) -> Node:
        rows = tuple(c.items for c in children if isinstance(c, Sequence))
        span = _over(children[0], children[-1])
        if len({len(row) for row in rows}) != 1:
            raise ReadError("the rows of this matrix differ in length", span)
        return Matrix(span, rows)

    def otherwise(self, children: list[Any]) -> Node:
        return _Branch(_over(children[0], children[-1]), _finished(children[0]), None)

    def when(self, children: list[Any]) -> Node:
        return _Branch(_over(children[0], children[-1]), _finished(children[0]), children[-1])

    def condition(self, children: list[Any]) -> Node:
        return self.body(children)

    def cases(self, children: list[Any]) -> Node:
        branches = tuple((c.value, c.condition) for c in children if isinstance(c, _Branch))
        return Cases(_over(children[0], children[-1]), branches)


def _attach(base: Node, script: _Scripting) -> Node:
    """`base` with one more sub- or superscript, prime or evaluation bar."""
    span = (base.span[0], script.span[1])
    if script.kind == "at":
        return _Bar(span, _finished(base), script.value)
    if isinstance(base, Big):
        if script.kind == "sub" and base.lower is None:
            return replace(base, span=span, lower=script.value)
        if script.kind == "sup" and base.upper is None:
            return replace(base, span=span, upper=script.value)
        raise ReadError(f"\\{base.op} with a second bound", script.span)
    if isinstance(base, _Mark):
        if base.symbol == "nabla" and script.kind == "sub" and base.wrt is None:
            return replace(base, span=span, wrt=script.value)
        if base.symbol == "partial" and script.kind == "sup" and script.value == Symbol(span, "plus"):
            return replace(base, span=span, direct=True)
        raise ReadError(
            "only first derivatives are read: \\partial with nothing above but +, \\nabla with one index", span
        )
    if isinstance(base, _Braced):
        if not isinstance(base.body, Symbol | Script | Number | Group):
            raise ReadError("invisible braces under an index or exponent: write brackets", base.span)
        base = base.body
    if not isinstance(base, Script):
        base = Script(base.span, base)
    if script.kind == "prime":
        return replace(base, span=span, primes=base.primes + 1)
    if getattr(base, script.kind) is None:
        return replace(base, span=span, **{script.kind: script.value})
    raise ReadError(
        "a second " + {"sub": "subscript", "sup": "exponent"}[script.kind] + ": write brackets", script.span
    )


def _flat(children: list[Any]) -> tuple[list[Node], list[str]]:
    """Factors and the operators between them; a product in invisible braces joins the product around it."""
    factors: list[Node] = []
    ops: list[str] = []
    op = ""
    alone = len(children) == 1
    for child in children:
        if isinstance(child, Token | str):
            op = str(child)
            continue
        if factors:
            ops.append(op)
            op = ""
        if isinstance(child, _Braced):
            body = child.body
            if isinstance(body, Sum) and not alone:
                raise ReadError("a sum in invisible braces beside a factor: write brackets", child.span)
            if isinstance(body, Product):
                factors.extend(body.factors)
                ops.extend(body.ops)
                continue
            child = body
        factors.append(child)
    return factors, ops


def _derivatives(factors: list[Node], ops: list[str]) -> tuple[list[Node], list[str]]:
    """Puts together, in a list of factors, ∇_v u, ∂u/∂v on one line, and ∂/∂v before its bracket."""
    if not any(isinstance(f, _Mark | _Operator) or _is_d(f) for f in factors):
        return factors, ops
    built: list[Node] = []
    between: list[str] = []
    index = 0

    def variable(start: int) -> int:
        """Where a name and the bracket of its index end, if they start at `start`."""
        end = start
        if end < len(factors) and isinstance(factors[end], Symbol | Script):
            end += 1
            if end < len(factors) and ops[end - 1] == "" and isinstance(factors[end], Group):
                end += _is_index(factors[end].body)  # type: ignore[attr-defined]
        return end

    def joined(start: int, end: int) -> Node:
        if end - start == 1:
            return factors[start]
        return Product(_over(factors[start], factors[end - 1]), tuple(factors[start:end]), tuple(ops[start : end - 1]))

    while index < len(factors):
        factor, end = factors[index], index + 1
        if isinstance(factor, _Mark) and factor.symbol == "nabla":
            after = variable(end)
            if factor.wrt is None or after == end or ops[index]:
                raise ReadError(r"a gradient is written \nabla_v u, with one symbol for u", factor.span)
            factor, end = Nabla(_over(factor, factors[after - 1]), factor.wrt, joined(end, after)), after
        elif isinstance(factor, _Operator):
            following = factors[end] if end < len(factors) else None
            if not isinstance(following, Group) or ops[index]:
                raise ReadError(r"what ∂/∂v applies to is not clear: write \frac{\partial u}{\partial v}", factor.span)
            factor, end = Partial(_over(factor, following), following, factor.wrt, factor.direct), end + 1
        elif isinstance(factor, _Mark) or _is_d(factor):
            above = variable(end)
            if end < above < len(factors) - 1 and not ops[index] and ops[above - 1] == "/":
                lower = factors[above]
                below = variable(above + 1)
                same = (isinstance(lower, _Mark) and isinstance(factor, _Mark)) or (_is_d(lower) and _is_d(factor))
                if same and below > above + 1 and not ops[above]:
                    direct = isinstance(factor, _Mark) and factor.direct
                    span = _over(factor, factors[below - 1])
                    factor, end = Partial(span, joined(end, above), joined(above + 1, below), direct), below
        if isinstance(factor, _Mark) and (built or "/" in ops):
            _finished(factor)
        if built:
            between.append(ops[index - 1])
        built.append(factor)
        index = end
    return built, between


def _starts_with_d(node: Node) -> bool:
    return isinstance(node, Product) and _is_d(node.factors[0]) and node.ops[0] == ""


def _without_d(node: Node) -> Node:
    assert isinstance(node, Product)
    if len(node.factors) == 2:
        return node.factors[1]
    return Product(_over(node.factors[1], node), node.factors[1:], node.ops[1:])


def _variable(node: Node) -> Node:
    """`node` if a derivative can be taken with respect to it: a symbol, with its index."""
    bare = node.factors[0] if isinstance(node, Product) else node
    indices = node.factors[1:] if isinstance(node, Product) else ()
    if isinstance(bare, Symbol | Script) and all(isinstance(g, Group) and _is_index(g.body) for g in indices):
        return node
    raise ReadError("a derivative is taken with respect to one symbol, with its index", node.span)


def _holds_relation(node: Node) -> bool:
    return isinstance(node, Relation) or (
        isinstance(node, Sequence) and any(isinstance(i, Relation) for i in node.items)
    )


def _is_indicator(node: Node) -> bool:
    return (isinstance(node, Symbol) and node.name in ("one", "I")) or (isinstance(node, Number) and node.value == 1)
