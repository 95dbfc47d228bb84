"""Syntax trees -> terms: what only the legend can settle.

Σ reaches over the rest of its product, Π up to the last factor that holds its index; `tanh` takes the bracket that
follows; a matrix beside the vector that the network multiplies it with is their product."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from derive.algebra.model import Model
from derive.check import terms
from derive.check.axes import matrix_vector_pairs
from derive.check.names import FUNCTIONS
from derive.check.symbols import Symbols, power, rational
from derive.check.terms import Term
from derive.reading import Legend
from derive.reading.errors import ReadError
from derive.reading.tree import (
    NOWHERE,
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
    spanning,
    walk,
)

NORMS = r"of norms only the square of the Euclidean one is read, \|u\|^2 or \|u\|_2^2"


def resolver(legend: Legend, model: Model, implicit: str | None) -> Resolver:
    """The resolver of a page about a network."""
    values = {v.name for v in model.inputs} | {e.name for e in model.equations}
    return Resolver(legend, values, {p.name for p in model.parameters}, matrix_vector_pairs(model), implicit=implicit)


@dataclass
class Resolver(Symbols):
    """Resolves the trees of one page. `pairs` are the network's matrices with the vectors that they multiply."""

    pairs: frozenset[tuple[str, str]]

    def __post_init__(self) -> None:
        self._terms: dict[int, tuple[Node, Term]] = {}  # by identity: the variants of a side share most of it

    def term(self, node: Node) -> Term:
        """The term of a whole side. Raises ReadError for a symbol that no legend explains, with its place."""
        known = self._terms.get(id(node))
        if known is None:
            known = self._terms[id(node)] = node, self._term(node)
        return known[1]

    def forget(self) -> None:
        """Drops the terms kept so far: names may have changed their meaning."""
        self._terms.clear()

    def _term(self, node: Node) -> Term:
        match node:
            case Number(span, value):
                return terms.Num(span, value)
            case Symbol() | Script():
                return self.factor([node], 0)[0]
            case Group(_, body, bracket):
                if bracket == "|":
                    raise ReadError("an absolute value is outside what the check knows", node.span)
                if bracket == "||":
                    raise ReadError(NORMS, node.span)
                if bracket == "langle":
                    raise ReadError(r"angle brackets are read around a step alone, h^{\langle t\rangle}", node.span)
                return self.term(body)
            case Sum(span, parts, signs):
                return terms.Add(span, tuple(self.term(part) for part in parts), signs)
            case Product(_, factors, ops):
                return self.product(list(factors), list(ops))
            case Frac(span, over, under):
                return terms.Div(span, self.term(over), self.term(under))
            case Partial(span, forgotten=place) if place:
                raise ReadError(rf"no ∂ stands in the {place}: write \frac{{\partial u}}{{\partial v}}", span)
            case Partial(span, of, wrt, direct):
                return terms.Deriv(span, self.term(of), self.term(wrt), direct)
            case Nabla(span, wrt, of):
                return terms.Deriv(span, self.term(of), self.term(wrt))
            case At(span, body, where):
                return self.bound(span, self.term(body), where)
            case Matrix(span, rows):
                return terms.Grid(span, tuple(tuple(self.term(cell) for cell in row) for row in rows))
            case Cases(span, branches):
                return terms.Choice(span, tuple((self.term(v), self.truth(c) if c else None) for v, c in branches))
        raise ReadError("this is no expression", node.span)

    def bound(self, span: Span, body: Term, where: Node) -> Term:
        for relation in where.items if isinstance(where, Sequence) else (where,):
            if not isinstance(relation, Relation) or relation.op != "=" or not isinstance(relation.left, Symbol):
                raise ReadError("an evaluation bar fixes indices: write |_{t=1}", where.span)
            body = terms.Bind(span, relation.left.name, self.need_index(relation.right), body)
        return body

    def truth(self, node: Node) -> terms.Truth:
        if not isinstance(node, Relation):
            raise ReadError("a condition compares two indices", node.span)
        return terms.Truth(node.span, self.need_index(node.left), node.op, self.need_index(node.right))

    def product(self, factors: list[Node], ops: list[str]) -> Term:
        """A flat list of factors, from left to right."""
        if "/" in ops:
            at = (
                len(ops) - 1 - ops[::-1].index("/")
            )  # a/b c is refused by nobody's convention: the divisor is one factor
            under, end = self.factor(factors, at + 1)
            over = self.product(factors[: at + 1], ops[:at])
            quotient = terms.Div((over.span[0], under.span[1]), over, under)
            if end == len(factors):
                return quotient
            if any(op == "" for op in ops[at + 1 : end]):
                raise ReadError("after a slash, what is divided by is not clear: write \\frac", under.span)
            rest = self.product(factors[end:], ops[end:])
            return terms.Mul((quotient.span[0], rest.span[1]), (quotient, rest), (ops[end - 1],))
        built: list[Term] = []
        between: list[str] = []
        i = 0
        while i < len(factors):
            if isinstance(factors[i], Big):
                term, end = self.fold(factors, ops, i)
            else:
                term, end = self.factor(factors, i, ops)
            if built:
                between.append(ops[i - 1])
            built.append(term)
            i = end
        built, between = self.entry_sum(built, between)
        built, between = self.matrix_vector(built, between)
        if len(built) == 1:
            return built[0]
        return terms.Mul((built[0].span[0], built[-1].span[1]), tuple(built), tuple(between))

    def entry_sum(self, factors: list[Term], ops: list[str]) -> tuple[list[Term], list[str]]:
        """1ᵀ u as the sum of the entries of u."""
        ones = [isinstance(f, terms.Flip) and f.of == terms.Num(f.span, Fraction(1)) for f in factors]
        if not any(ones):
            return factors, ops
        if len(factors) < 2 or not ones[0] or sum(ones) > 1:
            raise ReadError("a vector of ones is read at the beginning of a product that it sums up", factors[0].span)
        summed, between = factors[1:], ops[1:]
        span = (summed[0].span[0], summed[-1].span[1])
        body = summed[0] if len(summed) == 1 else terms.Mul(span, tuple(summed), tuple(between))
        return [terms.Fold(span, "sum", None, None, None, body)], []

    def matrix_vector(self, factors: list[Term], ops: list[str]) -> tuple[list[Term], list[str]]:
        """w_aa a(t-1) and the like as one factor: the matrix-vector product."""
        built, between = factors[:1], list[str]()
        for op, factor in zip(ops, factors[1:], strict=True):
            last = built[-1]
            if isinstance(last, terms.Ref) and isinstance(factor, terms.Ref) and (last.name, factor.name) in self.pairs:
                built[-1] = terms.Mul((last.span[0], factor.span[1]), (last, factor), ("matvec",))
            else:
                built.append(factor)
                between.append(op)
        return built, between

    def fold(self, factors: list[Node], ops: list[str], i: int) -> tuple[Term, int]:
        big = factors[i]
        assert isinstance(big, Big)
        letter, lower, upper = self.bounds(big)
        end = len(factors)
        if i + 1 == end:
            raise ReadError(f"a \\{big.op} over nothing", big.span)
        if big.op == "prod":
            holds = [k for k in range(i + 1, len(factors)) if letter is None or _mentions(factors[k], letter)]
            if not holds:
                raise ReadError("nothing after this Π holds its index", big.span)
            end = holds[-1] + 1
            for k in range(i + 1, end):
                if isinstance(factors[k], Big):
                    raise ReadError("a Π over a Σ: put what it covers in brackets", big.span)
        body = self.product(factors[i + 1 : end], ops[i + 1 : end - 1])
        span = (big.span[0], body.span[1])
        return terms.Fold(span, big.op, letter, lower, upper, body), end

    def factor(self, factors: list[Node], i: int, ops: list[str] | None = None) -> tuple[Term, int]:
        """The factor that begins at i, with the brackets and arguments that belong to it, and where it ends."""
        node = factors[i]
        following = factors[i + 1] if i + 1 < len(factors) and (ops is None or ops[i] == "") else None
        if not isinstance(node, Symbol | Script):
            return self.term(node), i + 1
        if isinstance(node, Script) and node.left is not None:
            raise ReadError("an index on the left of its symbol", node.left.span)
        named = self.name_of(node)
        if named is not None and named[0] == "diag" and isinstance(following, Group):
            return terms.Diagonal(spanning(node, following), self.term(following)), i + 2
        known = self.entry(Symbol(NOWHERE, named[0])) if named is not None else None
        if named is not None and known is not None and known[0].role == "function":
            named = (known[0].means, *named[1:])
        if named is not None and named[0] in FUNCTIONS and (known is None or known[0].role == "function"):
            return self.function(node, named, factors, i)
        if isinstance(node, Symbol) and node.name == "Delta" and following is not None:
            return self.change(node, following), i + 2
        if isinstance(node, Script) and node.base == Symbol(NOWHERE, "e") and node.sup is not None and not node.sub:
            return terms.Apply(node.span, "exp", self.term(node.sup)), i + 1
        if self.is_indicator(node, following):
            if isinstance(node, Script) and node.sub is not None:
                return self.truth(node.sub), i + 1
            assert isinstance(following, Group)
            return self.truth(following.body), i + 2
        if isinstance(node, Script) and isinstance(node.base, Group | Script | Matrix | Partial | Number):
            return self.scripted(node), i + 1
        term, taken = self.symbol(node, following)
        return term, i + taken

    def name_of(self, node: Node) -> tuple[str, int, Node | None] | None:
        """A bare name with its primes and its power: tanh, tanh', tanh^2."""
        if isinstance(node, Symbol) and not node.accent:
            return node.name, 0, None
        if isinstance(node, Script) and isinstance(node.base, Symbol) and not node.base.accent and node.sub is None:
            return node.base.name, node.primes, node.sup
        return None

    def function(
        self, node: Node, named: tuple[str, int, Node | None], factors: list[Node], i: int
    ) -> tuple[Term, int]:
        name, primes, sup = named
        if i + 1 == len(factors):
            raise ReadError(f"{name} of nothing", node.span)
        if primes > 1:
            raise ReadError("only first derivatives of a function are read", node.span)
        if sup is not None and rational(sup) == -1:
            reason = f"{name}^{{-1}} is the inverse function, which is outside what the check knows"
            raise ReadError(rf"{reason}: write 1/\{name}(…) if the reciprocal is meant", node.span)
        following = factors[i + 1]
        if isinstance(following, Group):
            argument, end = self.term(following), i + 2
        elif isinstance(following, Big):  # log Σ …
            argument, end = self.fold(factors, [""] * (len(factors) - 1), i + 1)
        elif isinstance(following, Script) and isinstance(following.base, Group) and following.sub is None:  # tanh(u)^2
            if sup is not None or following.primes:
                raise ReadError("a script after a function's argument that is no power", following.span)
            argument, end, sup = self.term(following.base), i + 2, following.sup
        else:
            argument, end = self.factor(factors, i + 1)
        term: Term = terms.Apply((node.span[0], argument.span[1]), FUNCTIONS[name], argument, primes)
        return (power(term, sup) if sup is not None else term), end

    def change(self, node: Node, parameter: Node) -> Term:
        found = self.entry(parameter)
        if found is None or found[0].role != "parameter":
            raise ReadError("Δ is read before a parameter", parameter.span)
        return terms.Change(spanning(node, parameter), found[0].means)

    def is_indicator(self, node: Node, following: Node | None) -> bool:
        base = node.base if isinstance(node, Script) else node
        if not isinstance(base, Symbol) or self.entry(node) is not None:
            return False
        sub = node.sub if isinstance(node, Script) else None
        if base.name == "one":
            return isinstance(sub, Relation) or (isinstance(following, Group) and isinstance(following.body, Relation))
        return False

    def squared_norm(self, node: Script, norm: Group) -> Term:
        two = Number(NOWHERE, Fraction(2))
        if node.sup != two or node.sub not in (None, two) or node.primes:
            raise ReadError(NORMS, node.span)
        return terms.SquaredNorm(node.span, self.term(norm.body))

    def scripted(self, node: Script) -> Term:
        """A bracket or a number with scripts: a component below, a power, a transpose or a step above; a norm's square;
        1_{i=j}."""
        if isinstance(node.base, Group) and node.base.bracket == "||":
            return self.squared_norm(node, node.base)
        if isinstance(node.base, Number) and isinstance(node.sub, Relation):
            return self.truth(node.sub)
        term = self.term(node.base)
        if node.primes:
            raise ReadError("a prime on a bracket", node.span)
        if node.sub is not None:
            indices = self.indices(node.sub)
            if indices is None:
                raise ReadError("a component is written with index letters", node.sub.span)
            term = terms.Component(node.span, term, indices)
        return power(term, node.sup) if node.sup is not None else term


def _mentions(node: Node, letter: str) -> bool:
    """Whether a letter occurs anywhere in a tree."""
    return any(isinstance(part, Symbol) and part.name == letter for part in walk(node))
