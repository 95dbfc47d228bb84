r"""Σ and Π: how far they reach, over which letters they run and from where to where, and what they leave out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from derive.kernel.index import Condition, Index, Width, letter
from derive.kernel.rewriting import put
from derive.kernel.terms import LABELS, Derivative, Einsum, Fold, Indicator, Opaque, Ref, Term
from derive.reading.errors import ReadError
from derive.reading.tree import Big, Group, Node, Partial, Product, Symbol, mapped, walk
from derive.understand import products
from derive.understand.contraction import contracted
from derive.understand.customs import base_letter
from derive.understand.extents import HERE
from derive.understand.hypotheses import PARAMETERS
from derive.understand.letters import binders, comparisons, excluded, unread_bound
from derive.understand.mentions import size_of
from derive.understand.reader import Reader, Scope
from derive.understand.typed import REVERSED, Misfit, Typed, multiple


def big(at: Reader, node: Big, rest: list[Node], ops: list[str], scope: Scope) -> tuple[list[Typed], int]:
    """Σ or Π over what follows. Raises ReadError where what stands below or above it is not understood."""
    unread = unread_bound(node)
    without = excluded(node)
    if unread is not None or (without and node.op != "sum"):
        what = {"sum": "Σ", "prod": "Π"}.get(node.op, node.op)
        raise ReadError(f"the bounds of this {what} are not read: write the first and the last index", node.span)
    bound = list(binders(node))
    reach = len(rest)
    if node.op == "prod" and bound:
        holding = [k for k, part in enumerate(rest) if {name for name, _, _ in bound} & mentioned(part)]
        reach = max(holding, default=len(rest) - 1) + 1
    inner = scope
    for name, low, high in bound:
        inner = inner.binding(name, None if low is None or high is None else (low, high))
    names = [name for name, _, _ in bound]
    entries, chained = dict(at.entries), dict(at.chained)
    for name in names:  # inside it is another letter than outside
        at.entries.pop(name, None)
        at.chained.pop(name, None)
    bodies = products.product(at, rest[:reach], ops[: reach - 1], inner)
    if node.op == "prod" and reach < len(rest) and are_parameters(at, rest[reach:], ops[reach - 1 :]):
        return reaching_on(at, node, rest, ops, scope, reach), len(rest) + 1
    if not bound:
        return [summed for body in bodies for summed in summed_out(at, body, scope)], reach + 1
    if without:
        bodies = [only_where(tuple(without), body) for body in bodies]
    for name, low, high in reversed(bound):
        folds = [fold for body in bodies for fold in folded(at, node, name, low, high, body, scope)]
        bodies = [product for fold in folds for product in orders(at, node, fold)]
    at.entries = {n: axis for n, axis in at.entries.items() if n not in names} | entries
    at.chained = {n: family for n, family in at.chained.items() if n not in names} | chained
    return bodies, reach + 1


def only_where(condition: Condition, body: Typed) -> Typed:
    """A term where a condition holds, and nought elsewhere."""
    return body.with_term(multiple(Indicator(condition), body.term), body.rows, body.cols)


def are_parameters(at: Reader, factors: list[Node], ops: list[str]) -> bool:
    """Whether factors are arrays given once for all steps, each beside the one before, or with a dot between them."""
    names = [at.names.read(factor, None, at.here) for factor in factors]
    known = [at.known.get(at.key(name)) if name is not None else None for name in names]
    return {*ops} <= {"", "cdot"} and all(about is not None and not about.chains for about in known)


def reaching_on(at: Reader, node: Big, rest: list[Node], ops: list[str], scope: Scope, reach: int) -> list[Typed]:
    r"""Π over what has its letter, as \prod_i \mathrm{diag}(1 - h_i^2) W, and over the parameters after it too: as
    the product of all, which is what pages mean where it fits, or as one that ends before them."""
    whole = Group(node.span, Product(node.span, tuple(rest), tuple(ops)), "(")
    inner = Group(node.span, Product(node.span, tuple(rest[:reach]), tuple(ops[: reach - 1])), "(")
    found = []
    for body, tail in ((whole, []), (inner if reach > 1 else rest[0], rest[reach:])):
        with suppress(Misfit):
            first, _ = big(at, node, [body], [], scope)
            factors = [first, *(at.factor([part], [], 0, scope)[0] for part in tail)]
            found += products.chain(at, factors, [""] * len(tail))
    return found


def mentioned(node: Node) -> set[str]:
    return {part.name for part in walk(node) if isinstance(part, Symbol)}


def summed_out(at: Reader, body: Typed, scope: Scope) -> list[Typed]:
    """A Σ without a letter: over the letters of entries that only stand under it, over all entries where a number is
    meant, as of parameters alone, over the samples of a batch, or over the free steps."""
    own = sorted(body.term.letters & at.entries.keys() - scope.keep - scope.bound.keys())
    if own and body.is_scalar:
        for name in own:
            fold = Fold("sum", name, Index(1), at.extents.resolved(at.entries[name]), body.term)
            body = body.with_term(contracted(fold) if at.extents.settled else fold, (), ())
        return [body]
    names = LABELS[: len(body.rows + body.cols)]
    found = [body.with_term(Einsum((body.term,), (names,), ""), (), ())]
    letters = {base_letter(part.name) for part in body.term.atoms if isinstance(part, Ref)}
    if len(body.rows) == len(body.cols) == 1 and not letters <= PARAMETERS:
        kept, rows, cols = ("b", (), body.cols) if at.samples_below else ("a", body.rows, ())
        found.insert(0, body.with_term(Einsum((body.term,), ("ab",), kept), rows, cols))
    free = [n for n in body.term.letters - at.own - scope.bound.keys() if at.chained.get(n) == "step"]
    if len(free) == 1:
        term = Fold("sum", free[0], Index(1), letter("T"), body.term)
        found.append(body.with_term(term, body.rows, body.cols))
    return found


def folded(
    at: Reader, node: Big, name: str, low: Index | None, high: Index | None, body: Typed, scope: Scope
) -> list[Typed]:
    """The readings of Σ or Π for one letter, the plainest first. Bounds that are not written are all steps, or all
    entries. Raises ReadError for bounds that say nothing, or that have crossed."""
    if high is not None and low is None:  # Σ_j^C runs to C from the first
        low = Index(1)
    if name in at.entries and high is not None and low == Index(1):
        at.extents.same(at.entries[name], high)
        named(at, high, at.entries[name])
        high = at.extents.resolved(high)
    if low is None or high is None:
        if name in at.entries:
            low, high = low or Index(1), high or at.entries[name]
        elif name in at.chained:
            last = letter("L" if at.chained[name].startswith("layer") else "T")
            low, high = low or Index(1), high or last
        else:
            raise ReadError(f"nothing says how far {name} runs", node.span)
    if node.op == "prod" and at.chained.get(name) == "step":  # k and t of Π_{j=k+1}^t are steps too
        for other in low.names | high.names:
            if other not in at.entries and str(other)[:1].islower():
                at.chained.setdefault(other, "step")
    if low.plus(high, -1) == Index(1):
        kind = "sum" if node.op == "sum" else "product"
        raise ReadError(f"a {kind} from {low} to {high} is empty, or else runs down: write what it holds", node.span)
    return [one(at, node, name, low, high, body, falls) for falls in falling(at, low, high, scope)]


def one(at: Reader, node: Big, name: str, low: Index, high: Index, body: Typed, falls: bool) -> Typed:
    """Σ or Π for one letter that runs up or, where it `falls`, down: Π from t to k + 1 has its factors in this
    order."""
    if falls:
        low, high = high, low
    falling = falls
    term = body.term
    chain: tuple[Term, Term] | None = None
    is_whole = node.op == "sum" and low == Index(1) and high == at.entries.get(name)
    if is_whole and body.is_scalar and at.extents.settled:
        return body.with_term(contracted(Fold("sum", name, low, high, term)), (), ())
    if node.op == "sum" and body.chain is not None and not body.chain[0].axes and name not in body.chain[1].letters:
        chain = (Ref("Σ"), body.chain[1])  # Σ_i ∂L_i/∂h, the derivative of a sum of numbers
    if node.op == "prod" and body.chain is not None:
        (u, v) = body.chain
        if u.name == v.name and put(u, {name: letter(name, -1)}) == v:
            falling = True
            chain = (put(u, {name: high}), put(u, {name: low.plus(-1)}))
        elif u.name == v.name and put(v, {name: letter(name, 1)}) == u:
            falling = True
            chain = (put(u, {name: high}), put(v, {name: low}))
        elif u.name == v.name and put(u, {name: letter(name, 1)}) == v:  # the letter counts how far back
            chain = (put(u, {name: low}), put(v, {name: high}))
        if chain is not None:
            falling = falling != body.turned and len(u.axes) > 0
    falling = falling and node.op == "prod"
    result = body.under(Fold(node.op, name, low, high, term, falling), name)
    if chain is not None and isinstance(chain[0], Ref) and isinstance(chain[1], Ref):
        return replace(result, chain=(chain[0], chain[1]), turned=body.turned)
    return result


def falling(at: Reader, low: Index, high: Index, scope: Scope) -> tuple[bool, ...]:
    """Whether a letter runs down from the lower bound to the upper one; both, where their letters leave it open and
    the bounds look so, as in Π from t to k + 1."""
    down = low.plus(high, -1)
    if not down.letters:
        return (down.constant > 1,)
    if is_never_below_zero(down, scope) or is_positive(at, down):
        return (True,)
    if down.constant < 0 and len(down.letters) > 1 and not is_never_below_zero(Index(1).plus(down, -1), scope):
        return (True, False)
    return (False,)


def is_never_below_zero(index: Index, scope: Scope) -> bool:
    """Whether an index is never below 0 for all values of its letters: those that Σ and Π around it bind have their
    bounds, T and the other sizes are at least 1, and all others are steps from 1 to T."""
    for _ in range(len(scope.bound) + 2):
        letters: dict[str, Index] = {}
        for name, times in index.letters:
            if not isinstance(name, str):
                return False
            bounds = scope.bound.get(name)
            if bounds is not None:
                letters[name] = bounds[0] if times > 0 else bounds[1]
            elif name[:1].isupper():
                if times < 0:
                    return False
            else:
                letters[name] = Index(1) if times > 0 else letter("T")
        index = index.put(letters)
        if not letters:
            break
    sizes = dict(index.letters)
    least = index.constant + sum(sizes.values())
    return least >= 0 and all(isinstance(name, str) and name[:1].isupper() and n > 0 for name, n in sizes.items())


def orders(at: Reader, node: Big, folded: Typed) -> list[Typed]:
    """A Π of matrices that only have a name, or for which the same Π of Jacobians stands in the formula, in the order
    in which its index runs and, noted, in the other, which is that of a chain. What dots abbreviate (they have the
    place of their bounds) is written out in its order."""
    fold = folded.term
    if not isinstance(fold, Fold) or fold.op != "prod" or fold.falling or folded.chain is not None:
        return [folded]
    is_written = node.lower is not None and node.lower.span == node.span
    if is_written or len(folded.rows) != 1 or len(folded.cols) != 1:
        return [folded]
    if not isinstance(fold.body, Ref | Derivative | Opaque) and not is_of_jacobians(at, node):
        return [folded]
    other = replace(folded, term=replace(fold, falling=True), cost=folded.cost + 1)
    return [folded, other.noted(REVERSED)]


def is_of_jacobians(at: Reader, node: Big) -> bool:
    r"""Whether the formula has the same Π, with these bounds, of one derivative; or a Π of what the page says that a
    derivative across one step is, \prod_i D_i V beside ∂h_t/∂h_{t-1} = D_t V."""
    sides = next((f.sides for f in at.names.formulas if f.number == at.here), ())
    for part in (part for side in sides for part in walk(side) if isinstance(part, Product) and node in part.factors):
        body = part.factors[part.factors.index(node) + 1 :]
        if len(part.factors) == 2 and isinstance(body[0], Partial):
            return True
        inner = body[0].body if len(body) == 1 and isinstance(body[0], Group) else part
        body = inner.factors if isinstance(inner, Product) and inner is not part else body
        if any(body == factors for name, _, _ in binders(node) for factors in across_one_step(at, name)):
            return True
    return False


def across_one_step(at: Reader, name: str) -> Iterator[tuple[Node, ...]]:
    """The factors of what the page says that ∂h_t/∂h_{t-1} is, for any h, with another letter for t."""
    for formula in at.names.formulas:
        head = formula.sides[0]
        if not isinstance(head, Partial) or len(formula.sides) < 2:
            continue
        pair = [at.names.read(tree, None, formula.number) for tree in (head.of, head.wrt)]
        if None in pair or len({name.name for name in pair if name is not None}) != 1:
            continue
        chains = [at.split(formula.number, one)[1].get("step") for one in pair if one is not None]
        here, before = chains
        if here is not None and before == here.plus(Index(-1)) and len(here.letters) == 1 and not here.constant:
            [(letter_, _)] = here.letters
            for side in formula.sides[1:]:
                if isinstance(side, Product):
                    yield tuple(renamed(factor, str(letter_), name) for factor in side.factors)


def renamed(node: Node, old: str, new: str) -> Node:
    """A tree with another letter for one of its."""
    if isinstance(node, Symbol):
        return replace(node, name=new) if (node.name, node.accent) == (old, "") else node
    return mapped(node, lambda part: renamed(part, old, new))


def is_positive(at: Reader, index: Index) -> bool:
    """Whether the condition of the statement says that an index is never below 0."""
    condition = next((f.condition for f in at.names.formulas if f.number == at.here), None)
    for found in comparisons(condition):
        least = {"lt": 1, "le": 0, "gt": 1, "ge": 0}.get(found.op)
        small, large = (found.right, found.left) if found.op in ("gt", "ge") else (found.left, found.right)
        rest = index.plus(large.plus(small, -1), -1)
        if least is not None and not rest.letters and rest.constant + least >= 0:
            return True
    return False


def named(at: Reader, size: Index, extent: Index) -> None:
    """A letter that the page has nowhere but above a Σ over entries, m of Σ_{j=1}^m, is the name of their number."""
    if len(size.letters) != 1 or size.constant or not at.extents.settled:
        return
    [(name, times)] = size.letters
    sizes = {n for known in at.known.values() for axis in (known.rows or ()) + (known.cols or ()) for n in axis.names}
    arrays = {key for key, known in at.known.items() if known.rows is not None}
    if isinstance(name, Width) and len(name.at.names) == 1 and name.name not in sizes | arrays:  # s_{l+1}
        here = {next(iter(name.at.names)): letter(HERE, -name.at.constant)}
        at.extents.solutions.setdefault(name.name, extent.put(here))
    if not isinstance(name, str) or times != 1 or name in sizes | {"T", "L"} | at.chained.keys() | at.entries.keys():
        return
    bigs = (part for f in at.names.formulas for side in f.sides for part in walk(side) if isinstance(part, Big))
    if any(big.upper is not None and size_of(big.upper) == size for big in bigs):
        at.extents.solutions.setdefault(name, extent)


__all__ = ["big"]
