"""Syntax trees -> terms: what only the legend can settle.

`a(t-1)` and `a[t-1]` are the state at t-1 because `a` takes a time index; Σ reaches over the rest of its product, Π up
to the last factor that holds its index; `tanh` takes the bracket that follows; a matrix beside the vector that the
network multiplies it with is their product."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from derive.check import terms
from derive.check.axes import matrix_vector_pairs
from derive.check.names import FUNCTIONS, TRANSPOSES, Names, is_operation
from derive.check.terms import Index, Term
from derive.model import Model
from derive.reading import Legend
from derive.reading.errors import ReadError
from derive.reading.legend import Entry
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

NORMS = r"of norms only the square of the Euclidean one is read, \|u\|^2 or \|u\|_2^2"
_NOWHERE = (0, 0)


def resolver(legend: Legend, model: Model, implicit: str | None) -> Resolver:
    """The resolver of a page about a network."""
    values = {v.name for v in model.inputs} | {e.name for e in model.equations}
    return Resolver(legend, values, {p.name for p in model.parameters}, matrix_vector_pairs(model), implicit=implicit)


@dataclass
class Resolver(Names):
    """Resolves the trees of one page. `values` and `parameters` are the network's names, `pairs` its matrices with the
    vectors that they multiply; `implicit` is the letter that a quantity written without its time index takes; `wide`
    makes every Π reach to the end of its product."""

    values: Collection[str]
    parameters: Collection[str]
    pairs: frozenset[tuple[str, str]]
    implicit: str | None = None
    wide: bool = False

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

    def widely(self, node: Node) -> Term | None:
        """The term with every Π reaching to the end of its product, as vector notation has it in ∏ diag(1 - h_i^2) W,
        or None where that is the same."""
        if self.legend.notation == "scalar" or not any(isinstance(part, Big) for part in walk(node)):
            return None
        self.forget()
        self.wide = True
        try:
            term = self.term(node)
        finally:
            self.wide = False
            self.forget()
        return None if term == self.term(node) else term

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
        """1ᵀ u, and for rows u 1ᵀ, as the sum of the entries of u."""
        ones = [isinstance(f, terms.Flip) and f.of == terms.Num(f.span, Fraction(1)) for f in factors]
        if not any(ones):
            return factors, ops
        row = self.legend.layout == "row"
        at = len(factors) - 1 if row else 0
        if len(factors) < 2 or not ones[at] or sum(ones) > 1:
            raise ReadError("a vector of ones is read at the end of a product that it sums up", factors[0].span)
        summed, between = (factors[:-1], ops[:-1]) if row else (factors[1:], ops[1:])
        span = (summed[0].span[0], summed[-1].span[1])
        body = summed[0] if len(summed) == 1 else terms.Mul(span, tuple(summed), tuple(between))
        return [terms.Fold(span, "sum", None, None, None, body)], []

    def matrix_vector(self, factors: list[Term], ops: list[str]) -> tuple[list[Term], list[str]]:
        """In scalar notation, w_aa a(t-1) and the like as one factor: the matrix-vector product."""
        if self.legend.notation != "scalar":
            return factors, ops
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
            end = len(factors) if self.wide else holds[-1] + 1
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
        named = self.name_of(node)
        if named is not None and named[0] == "diag" and isinstance(following, Group):
            return terms.Diagonal(_over(node, following), self.term(following)), i + 2
        known = self.entry(Symbol(_NOWHERE, named[0])) if named is not None else None
        if named is not None and known is not None and known[0].role == "function":
            named = (known[0].means, *named[1:])
        if named is not None and named[0] in FUNCTIONS and (known is None or known[0].role == "function"):
            return self.function(node, named, factors, i)
        if isinstance(node, Symbol) and node.name == "Delta" and following is not None:
            return self.change(node, following), i + 2
        if isinstance(node, Script) and node.base == Symbol(_NOWHERE, "e") and node.sup is not None and not node.sub:
            return terms.Apply(node.span, "exp", self.term(node.sup)), i + 1
        if self.is_indicator(node, following):
            if isinstance(node, Script) and node.sub is not None:
                return self.truth(node.sub), i + 1
            assert isinstance(following, Group)
            return self.truth(following.body), i + 2
        return self.quantity(node, following, i)

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
        if sup is not None and _rational(sup) == -1:
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
        return (self.power(term, sup) if sup is not None else term), end

    def change(self, node: Node, parameter: Node) -> Term:
        found = self.entry(parameter)
        if found is None or found[0].role != "parameter":
            raise ReadError("Δ is read before a parameter", parameter.span)
        return terms.Change(_over(node, parameter), found[0].means)

    def is_indicator(self, node: Node, following: Node | None) -> bool:
        base = node.base if isinstance(node, Script) else node
        if not isinstance(base, Symbol) or self.entry(node) is not None:
            return False
        sub = node.sub if isinstance(node, Script) else None
        if base.name == "one":
            return isinstance(sub, Relation) or (isinstance(following, Group) and isinstance(following.body, Relation))
        return False

    def quantity(self, node: Node, following: Node | None, i: int) -> tuple[Term, int]:
        """A quantity of the network or of the notes' own, with its indices, power and transpose."""
        base = node.base if isinstance(node, Script) else node
        if isinstance(node, Script) and isinstance(base, Group) and base.bracket == "||":
            return self.squared_norm(node, base), i + 1
        if isinstance(node, Script) and isinstance(base, Group | Script | Matrix | Partial):
            return self.scripted(self.term(base), node), i + 1
        if isinstance(node, Script) and isinstance(base, Number):
            if isinstance(node.sub, Relation):
                return self.truth(node.sub), i + 1
            return self.scripted(self.term(base), node), i + 1
        found = self.entry(node)
        if found is None:
            return self.unnamed(node, following, i)
        entry, scripts = found
        above, below = list[Index](), list[Index]()
        rest: list[tuple[str, Node]] = []
        for kind, script in scripts:
            raised = entry.time and (isinstance(script, Group) or self.is_step(script))
            index = self.indices(script) if kind == "sub" or raised else None
            if index is None:
                rest.append((kind, script))
            elif kind == "sup" and below and not isinstance(script, Group) and not index[0].names & self.times:
                raise self.unclear(entry, node.span)  # h_k^i
            else:
                (below if kind == "sub" else above).extend(index)
        end = i + 1
        span = node.span
        bracket = following.base if isinstance(following, Script) and following.sub is None else following
        if entry.time and not above and not rest and isinstance(bracket, Group) and bracket.bracket in ("(", "["):
            index = self.indices(bracket.body)
            if index is not None and following is not None:
                self.check_step(below, index[0], bracket)
                above += index
                end, span = i + 2, _over(node, following)
                if isinstance(following, Script) and following.sup is not None and not following.primes:
                    rest.append(("sup", following.sup))
        steps = self.step_first(entry, above + below, span)
        term: Term = self.reference(entry, steps, span)
        if isinstance(node, Script) and node.primes:
            raise ReadError("a primed quantity that no legend explains", node.span)
        for kind, script in rest:
            if kind == "sub":
                raise ReadError("a subscript that is neither an index nor part of a name the legend knows", script.span)
            term = self.power(term, script)
        return term, end

    def step_first(self, entry: Entry, indices: list[Index], span: Span) -> list[Index]:
        """The indices of a quantity, the step before the components. Raises ReadError where the step stands later."""
        if entry.time and any(index.names & self.times for index in indices[1:]):
            raise self.unclear(entry, span)
        return indices

    def unclear(self, entry: Entry, span: Span) -> ReadError:
        example = rf"{entry.spelling}_{{t,i}} or {entry.spelling}_i^{{(t)}}"
        return ReadError(f"which index is the step is not clear: write {example} for component i at step t", span)

    def check_step(self, below: Collection[Index], step: Index, bracket: Node) -> None:
        """Raises ReadError where a bracket after h_i may be a factor, as in h_t (T-t)."""
        if any(index.names & (self.times | step.names) for index in below):
            raise ReadError(r"what this bracket belongs to is not clear: write \cdot before a factor", bracket.span)

    def reference(self, entry: Entry, indices: list[Index], span: Span) -> Term:
        name = entry.means
        if entry.role in ("index", "size"):
            size = entry.role == "size" and name != "T"
            return terms.IndexNum(span, Index(0, (), ((name, 1),)) if size else Index(0, ((name, 1),)))
        if entry.role == "rate":
            return terms.Ref(span, "eta")
        if indices and entry.at_time is not None:
            name = entry.at_time
        if name in self.values:
            if not indices and self.implicit is not None:
                indices = [Index(0, ((self.implicit, 1),))]
            if not indices:
                raise ReadError(f"{entry.spelling} stands without its time index", span)
            term: Term = terms.Ref(span, name, indices[0])
            return terms.Component(span, term, tuple(indices[1:])) if indices[1:] else term
        if name in self.parameters:
            term = terms.Ref(span, name)
            return terms.Component(span, term, tuple(indices)) if indices else term
        if name == "loss" and not indices:
            return terms.Ref(span, "loss")
        raise ReadError(f"the legend gives {entry.spelling} the meaning {name}, which is not in the network", span)

    def unnamed(self, node: Node, following: Node | None, i: int) -> tuple[Term, int]:
        """A name of the notes' own, an index as a number, or Kronecker's δ."""
        bare = self.index(node)
        if bare is not None:
            return terms.IndexNum(node.span, bare), i + 1
        candidates: list[tuple[Node, int]] = [(node, i + 1)]
        if isinstance(following, Group) and following.bracket in ("(", "[") and self.indices(following.body):
            joined = Product(_over(node, following), (node, following), ("",))
            candidates.insert(0, (joined, i + 2))
        for candidate, end in candidates:
            stripped = self._without_power(candidate)
            key = self.own_key(stripped[0])
            if key is not None and key[0] in self.own:
                if self.is_kronecker(candidate, key[0], key[1]):
                    continue
                count = len(self.own[key[0]])
                if len(key[1]) < count:
                    raise ReadError("it stands without its index", candidate.span)
                term: Term = terms.Own(candidate.span, key[0], key[1][:count])
                if len(key[1]) > count:
                    if isinstance(candidate, Product) and (inner := self.own_key(node)) is not None:
                        self.check_step(inner[1], key[1][0], candidate.factors[1])
                    term = terms.Component(candidate.span, term, key[1][count:])
                return (self.power(term, stripped[1]) if stripped[1] is not None else term), end
        if isinstance(node, Script) and node.base == Symbol(_NOWHERE, "delta") and node.sub is not None:
            pair = self.indices(node.sub)
            if pair is not None and len(pair) == 2 and node.sup is None:
                return terms.Truth(node.span, pair[0], "=", pair[1]), i + 1
        raise ReadError("a symbol that no legend explains", node.span)

    def is_kronecker(self, node: Node, key: Node, indices: tuple[Index, ...]) -> bool:
        """Whether δ_{ik} is Kronecker's although the notes use δ: two letters side by side, no step first."""
        bare = node.factors[0] if isinstance(node, Product) else node
        steps = {self.implicit, *self.own[key]}
        return (
            isinstance(bare, Script)
            and key == Symbol(_NOWHERE, "delta")
            and isinstance(bare.sub, Product)
            and len(indices) == 2
            and not any(letter in steps for letter, _ in indices[0].letters)
        )

    def _without_power(self, node: Node) -> tuple[Node, Node | None]:
        if isinstance(node, Script) and is_operation(node.sup):
            bare = replace(node, sup=None)
            return (bare if bare.sub is not None else bare.base), node.sup
        return node, None

    def squared_norm(self, node: Script, norm: Group) -> Term:
        two = Number(_NOWHERE, Fraction(2))
        if node.sup != two or node.sub not in (None, two) or node.primes:
            raise ReadError(NORMS, node.span)
        return terms.SquaredNorm(node.span, self.term(norm.body))

    def scripted(self, term: Term, node: Script) -> Term:
        """A bracket with scripts: a component below, a power, a transpose or a step above."""
        if node.primes:
            raise ReadError("a prime on a bracket", node.span)
        if node.sub is not None:
            indices = self.indices(node.sub)
            if indices is None:
                raise ReadError("a component is written with index letters", node.sub.span)
            term = terms.Component(node.span, term, indices)
        return self.power(term, node.sup) if node.sup is not None else term

    def power(self, term: Term, sup: Node) -> Term:
        span = (term.span[0], sup.span[1])
        if isinstance(sup, Symbol) and sup.name in TRANSPOSES:
            return terms.Flip(span, term)
        exponent = _rational(sup)
        if exponent is None:
            raise ReadError("an exponent that is neither a number nor a transpose", sup.span)
        if abs(exponent) > 64:
            raise ReadError("an exponent over 64", sup.span)
        return terms.Pow(span, term, exponent)


def _rational(node: Node) -> Fraction | None:
    match node:
        case Number(_, value):
            return value
        case Sum(_, (inner,), (sign,)):
            a = _rational(inner)
            return None if a is None else sign * a
        case Group(_, body, _):
            return _rational(body)
        case Product(_, (over, under), ("/",)):
            return _rational(Frac(node.span, over, under))
        case Frac(_, over, under):
            a, b = _rational(over), _rational(under)
            return a / b if a is not None and b else None
    return None


def _over(first: Node, last: Node) -> Span:
    return (first.span[0], last.span[1])


def _mentions(node: Node, letter: str) -> bool:
    """Whether a letter occurs anywhere in a tree."""
    return any(isinstance(part, Symbol) and part.name == letter for part in walk(node))


def walk(node: Node) -> Iterator[Node]:
    """The tree and every tree inside it."""
    yield node
    for inner in inside(node):
        yield from walk(inner)


def inside(node: Node) -> list[Node]:
    """The trees directly inside a tree."""
    found: list[Node] = []

    def collect(value: object) -> None:
        if isinstance(value, Node):
            found.append(value)
        elif isinstance(value, tuple):
            for item in value:
                collect(item)

    for name in node.__dataclass_fields__:
        collect(getattr(node, name))
    return found
