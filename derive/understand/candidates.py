"""Which sides of a page's statements could define which quantity."""

from __future__ import annotations

from dataclasses import dataclass

from derive.reading.tree import Dots, Group, Node, Number, Partial, Product, Script, Sequence, Sum, Symbol
from derive.reading.tree import walk as nodes
from derive.understand.adjoints import is_adjoint
from derive.understand.calls import arguments
from derive.understand.forms import has_derivative, is_only_named, is_written_out, same_calls, same_sums
from derive.understand.increments import is_increment
from derive.understand.names import Name
from derive.understand.remarks import is_list
from derive.understand.shares import free_steps
from derive.understand.statement import EQUALITIES, Side, Statement
from derive.understand.symbols import Symbols

NAMED = "named"  # of a side that only names a loss, L_t = L(y_t, g(h_t)) = -y_t^T log ŷ_t


@dataclass(frozen=True)
class Candidate:
    """`head = side` as a definition, by side `n` of a statement. By its kind it would be an equation of the 'network',
    or say with derivatives what a name is: a 'derivative', a 'share' built on other such names, a 'recursion'; or a
    'constant'."""

    statement: Statement
    head: Node
    side: Node
    kind: str
    n: int

    @property
    def number(self) -> int:
        return self.statement.number

    @property
    def place(self) -> Side:
        return self.statement.number, self.n

    @property
    def is_told(self) -> bool:
        return self.statement.is_told


Candidates = dict[str, list[Candidate]]


def candidates(symbols: Symbols) -> tuple[Candidates, set[Side]]:
    """For each quantity the sides that could define it; and those that only name a loss."""
    found: Candidates = {}
    named: set[Side] = set()
    inner: Candidates = {}  # z of h = σ(z) = σ(W x)
    backwards: Candidates = {}
    for statement in symbols.statements:
        head, number = statement.sides[0], statement.number
        name = symbols.whole(head, number)
        for n, (side, relation) in enumerate(zip(statement.sides[1:], statement.relations, strict=True), 1):
            if relation not in EQUALITIES:
                continue
            for earlier in statement.sides[:n]:
                summands = same_sums(earlier, side)
                key = symbols.key(summands[0], number) if summands is not None else None
                if summands is not None and key is not None and _kind(symbols, key, summands[1], number) == "network":
                    found.setdefault(key, []).append(Candidate(statement, *summands, "network", n))
            for k, earlier in enumerate(statement.sides[1:n], 1):
                called = same_calls(earlier, side)
                if k == n - 1 and symbols.whole(earlier, number) is not None:
                    called = None if is_list(earlier, side) else (earlier, side)  # h = y = …
                argument = symbols.whole(called[0], number) if called is not None else None
                if is_only_named(statement.sides[k:]):
                    continue
                if called is not None and argument is not None and symbols.is_quantity(argument):
                    key = symbols.split(number, argument)[0]
                    if _kind(symbols, key, called[1], number) == "network":
                        inner.setdefault(key, []).append(Candidate(statement, *called, "network", n))
            if name is not None and symbols.is_quantity(name):
                kind = _of_side(symbols, statement, name, n)
                if kind == NAMED:
                    named.add((number, n))
                elif kind:
                    key = symbols.split(number, name)[0]
                    found.setdefault(key, []).append(Candidate(statement, head, side, kind, n))
            other = symbols.whole(side, number) if name is None and has_derivative(head) else None
            if other is not None and symbols.is_quantity(other) and not _is_unit(symbols, head, other, number):
                key = symbols.split(number, other)[0]
                backwards.setdefault(key, []).append(Candidate(statement, side, head, "derivative", n))
    for key, options in inner.items():
        found.setdefault(key, options)
    _extend(found, backwards, symbols)
    return found, named


def _is_unit(symbols: Symbols, head: Node, name: Name, number: int) -> bool:
    """Whether a name after a derivative is Kronecker's δ, of which one index stands above and one below the ∂."""
    if not isinstance(head, Partial) or not symbols.names.is_kronecker(name, number):
        return False
    above, below = (
        {n for x in symbols.names.inside(part, number) for s in x.slots for n in s.index.names}
        for part in (head.of, head.wrt)
    )
    first, second = (slot.index.names for slot in name.slots)
    return any(one <= above and other <= below for one, other in ((first, second), (second, first)))


def _extend(found: Candidates, backwards: Candidates, symbols: Symbols) -> None:
    """With ∂L/∂h_t = δ_t, which defines δ where no equation of the network reads it and nothing defined it before."""
    network = [c for options in found.values() for c in options if c.kind == "network"]
    used = set[str]().union(*(symbols.inside(c.side, c.number) for c in network))
    places = {statement.number: n for n, statement in enumerate(symbols.statements)}
    for key, options in backwards.items():
        told = min((places[c.number] for c in found.get(key, [])), default=len(places))
        before = [c for c in options if places[c.number] < told]
        if key not in used and before:
            found.setdefault(key, []).extend(before)


def _of_side(symbols: Symbols, statement: Statement, name: Name, n: int) -> str:
    """The kind of a side as a definition of its head; '' for none."""
    head, side, number = statement.sides[0], statement.sides[n], statement.number
    key = symbols.split(number, name)[0]
    if any(isinstance(part, Dots) for part in nodes(side)) and not is_written_out(side):
        return ""  # h_t = tanh(… + W h_{t-1}), which leaves something out
    if symbols.key(side, number) == key:
        return ""  # w = W, two spellings of one quantity, or W^{(t)} = W, its copy
    if not name.slots and key in symbols.inside(side, number):
        return ""  # W = W + U: no recursion, nor a definition
    if _adds_to_itself(symbols, name, head, side, number):
        return ""  # b^{[l]} = b^{[l]} - α db^{[l]}
    if is_only_named(statement.sides[n:]):
        return NAMED
    kind = "constant" if symbols.is_example(name, number, side) else _kind(symbols, key, side, number)
    is_added = is_increment(name.mention.base) and "step" not in symbols.split(number, name)[1]
    if kind == "share" and is_added and free_steps(symbols.names, symbols.split, number, side):
        return ""  # ΔW = δ_t x_t^T is what step t adds
    is_first = all(
        is_unexplained(symbols, earlier, number) or is_only_named(statement.sides[k:])
        for k, earlier in enumerate(statement.sides[1:n], 1)
    )
    is_call = kind == "network" and arguments(side) is not None
    if is_first or statement.relations[n - 1] in (":=", "equiv") or kind == "derivative" or is_call:
        return kind
    return ""


def is_unexplained(symbols: Symbols, side: Node, number: int) -> bool:
    """Whether a side is a derivative by what stands nowhere else, or has a probability, p(y | x), or the entry of one
    class, log ŷ_c, that nothing else explains: it explains nothing."""
    if any(isinstance(part, Product) and _has_probability(part) for part in nodes(side)):
        return True
    wrt = symbols.whole(side.wrt, number) if isinstance(side, Partial) else None
    if wrt is not None:
        return wrt.name not in symbols.names.elsewhere
    return any(_is_of_one_class(symbols, name) for name in symbols.names.inside(side, number))


def _has_probability(product: Product) -> bool:
    """Whether a product has the factors p(y | x), p_θ(y | x) or P(y | x)."""
    pairs = zip(product.factors, product.factors[1:], product.ops, strict=False)
    return any(
        isinstance(letter := before.base if isinstance(before, Script) else before, Symbol)
        and letter.name in ("p", "P", "Pr")
        and isinstance(bracket, Group)
        and isinstance(bracket.body, Sequence)
        and not op
        for before, bracket, op in pairs
    )


def _is_of_one_class(symbols: Symbols, name: Name) -> bool:
    """Whether a name is that of something the page defines, with one letter more that is no index."""
    base = name.mention.base
    letters = [item for item in name.mention.items if item.place == "sub" and item.is_letter]
    return not name.slots and name.name == f"{base}_{letters[0].text}" and base in symbols.heads if letters else False


def _adds_to_itself(symbols: Symbols, name: Name, head: Node, side: Node, number: int) -> bool:
    """Whether a side is its head plus or minus something: of a step or layer in brackets, or less a derivative, as in
    W^l = W^l - η ∂L/∂W^l."""
    bracketed = all(slot.bracketed for slot in name.slots) and bool(symbols.split(number, name)[1])
    is_sum = isinstance(side, Sum) and len(side.terms) > 1 and side.terms[0] == head
    return is_sum and (bracketed or has_derivative(side))


def _kind(symbols: Symbols, key: str, side: Node, number: int) -> str:
    """What a side would be as a definition of a quantity."""
    if isinstance(side, Number):
        return "constant"
    names = [name for name in symbols.names.inside(side, number) if symbols.is_quantity(name)]
    keys = {symbols.split(number, name)[0] for name in names}
    if key in keys:
        return "recursion" if is_adjoint(key) or has_derivative(side) else "network"
    if has_derivative(side):
        return "derivative"
    return "share" if is_adjoint(key) or any(map(is_adjoint, keys)) else "network"
