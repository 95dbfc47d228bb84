"""Symbols with their indices and scripts -> terms: a quantity of the network, a name of the notes' own, an index.

`a(t-1)` and `a[t-1]` are the state at t-1 because `a` takes a time index; what stands above is a step, a power or a
transpose."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from fractions import Fraction

from derive.check import terms
from derive.check.names import Names
from derive.check.terms import Index, Term
from derive.reading.errors import ReadError
from derive.reading.legend import Entry
from derive.reading.steps import TRANSPOSES, is_operation
from derive.reading.tree import NOWHERE, Frac, Group, Node, Number, Product, Script, Span, Sum, Symbol, spanning


@dataclass
class Symbols(Names):
    """The terms of the symbols of one page. `values` and `parameters` are the network's names; `implicit` is the letter
    that a quantity written without its time index takes."""

    values: Collection[str]
    parameters: Collection[str]
    implicit: str | None = field(default=None, kw_only=True)

    def symbol(self, node: Node, following: Node | None) -> tuple[Term, int]:
        """What a symbol stands for with its indices, power and transpose, and how many factors that takes: two where
        the bracket that follows is its index."""
        found = self.entry(node)
        if found is None:
            return self.unnamed(node, following)
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
        taken = 1
        span = node.span
        bracket = following.base if isinstance(following, Script) and following.sub is None else following
        powers = all(kind == "sup" for kind, _ in rest)  # h^2(t)
        if entry.time and not above and powers and isinstance(bracket, Group) and bracket.bracket in ("(", "["):
            index = self.indices(bracket.body)
            if index is not None and following is not None:
                self.check_step(below, index[0], bracket)
                above += index
                taken, span = 2, spanning(node, following)
                if isinstance(following, Script) and following.sup is not None and not following.primes:
                    rest.append(("sup", following.sup))
        steps = self.step_first(entry, above + below, span)
        term: Term = self.reference(entry, steps, span)
        if isinstance(node, Script) and node.primes:
            raise ReadError("a primed quantity that no legend explains", node.span)
        for kind, script in rest:
            if kind == "sub":
                raise ReadError("a subscript that is neither an index nor part of a name the legend knows", script.span)
            term = power(term, script)
        return term, taken

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

    def unnamed(self, node: Node, following: Node | None) -> tuple[Term, int]:
        """A name of the notes' own, an index as a number, or Kronecker's δ."""
        bare = self.index(node)
        if bare is not None:
            return terms.IndexNum(node.span, bare), 1
        candidates: list[tuple[Node, int]] = [(node, 1)]
        if isinstance(following, Group) and following.bracket in ("(", "[") and self.indices(following.body):
            joined = Product(spanning(node, following), (node, following), ("",))
            candidates.insert(0, (joined, 2))
        for candidate, taken in candidates:
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
                return (power(term, stripped[1]) if stripped[1] is not None else term), taken
        if isinstance(node, Script) and node.base == Symbol(NOWHERE, "delta") and node.sub is not None:
            pair = self.indices(node.sub)
            if pair is not None and len(pair) == 2 and node.sup is None:
                return terms.Truth(node.span, pair[0], "=", pair[1]), 1
        raise ReadError("a symbol that no legend explains", node.span)

    def is_kronecker(self, node: Node, key: Node, indices: tuple[Index, ...]) -> bool:
        """Whether δ_{ik} is Kronecker's although the notes use δ: two letters side by side, no step first."""
        bare = node.factors[0] if isinstance(node, Product) else node
        steps = {self.implicit, *self.own[key]}
        return (
            isinstance(bare, Script)
            and key == Symbol(NOWHERE, "delta")
            and isinstance(bare.sub, Product)
            and len(indices) == 2
            and not any(letter in steps for letter, _ in indices[0].letters)
        )

    def _without_power(self, node: Node) -> tuple[Node, Node | None]:
        if isinstance(node, Script) and is_operation(node.sup):
            bare = replace(node, sup=None)
            return (bare if bare.sub is not None else bare.base), node.sup
        return node, None


def power(term: Term, sup: Node) -> Term:
    """A term with a number or the sign of the transpose above it."""
    span = (term.span[0], sup.span[1])
    if isinstance(sup, Symbol) and sup.name in TRANSPOSES:
        return terms.Flip(span, term)
    exponent = rational(sup)
    if exponent is None:
        raise ReadError("an exponent that is neither a number nor a transpose", sup.span)
    if abs(exponent) > 64:
        raise ReadError("an exponent over 64", sup.span)
    return terms.Pow(span, term, exponent)


def rational(node: Node) -> Fraction | None:
    """The number that a tree is, or None where it is none."""
    match node:
        case Number(_, value):
            return value
        case Sum(_, (inner,), (sign,)):
            a = rational(inner)
            return None if a is None else sign * a
        case Group(_, body, _):
            return rational(body)
        case Product(_, (over, under), ("/",)):
            return rational(Frac(node.span, over, under))
        case Frac(_, over, under):
            a, b = rational(over), rational(under)
            return a / b if a is not None and b else None
    return None
