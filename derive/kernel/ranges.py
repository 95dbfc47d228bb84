"""What holds for every number of steps and every size: a claim whose sides have one normal form on every chain.

The theorem on steps is in `chains.py`, that on sizes in `networks.py`, the sums over paths in `paths.py`. What is
outside their language is refused, and so is what differs on a chain: neither says anything about the claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product

from derive.kernel import rewriting, terms
from derive.kernel.chains import START, SUM, Narrow, Windows, chains
from derive.kernel.compare import Claim, Free
from derive.kernel.index import Comparison, Condition, Index, letter
from derive.kernel.networks import Networks, Refused
from derive.kernel.on_chain import Results
from derive.kernel.paths import Paths
from derive.kernel.recursions import Counter, Graph, Recursion, picks, references
from derive.kernel.terms import Derivative, Fold, Identity, Ref, System, Term
from derive.kernel.ways import Bound, Match

CHAINS = 2000  # past which nothing is decided
REACH = 12  # steps around a point
WIDER = 8  # times that a window is widened


@dataclass(frozen=True)
class Proof:
    """The claim holds for every T ≥ 1 and every size ≥ 1, for all values of T and its free letters that meet `when`.
    `chains` were compared, with at most `sums` letters of sums."""

    when: Condition
    sums: int
    chains: int


@dataclass(frozen=True)
class Refusal:
    """Why nothing is said of the numbers of steps and sizes that were not tried."""

    reason: str


def prove(claim: Claim, system: System, limit: int = CHAINS) -> Proof | Refusal:
    """Whether a claim holds at every number of steps and every size; a refusal decides nothing. More chains than
    `limit` are not compared."""
    return attempts(claim, system, True, limit)


def attempts(claim: Claim, system: System, matching: bool, limit: int = CHAINS) -> Proof | Refusal:
    """Values of linear recursions from the start are atoms first, then sums over their recursion; without `matching`,
    no product is compared with those of another recursion."""
    reasons: list[Exception] = []
    tried = set()
    for linear in (False, True):
        try:
            prover = Prover(claim, system, linear, matching, limit)
            if prover.expanded in tried:
                break
            tried.add(prover.expanded)
            return prover.proof()
        except (NotSame, Refused) as reason:
            reasons.append(reason)
    return Refusal(str(next((reason for reason in reasons if isinstance(reason, NotSame)), reasons[0])))


class NotSame(Exception):
    """Normal forms that differ on a chain."""


class Prover:
    """One attempt at one claim."""

    def __init__(self, claim: Claim, system: System, linear: bool, matching: bool, limit: int = CHAINS) -> None:
        self.limit = limit
        self.claim = replace(claim, left=normal(claim.left), right=normal(claim.right))
        self.system = {
            name: replace(quantity, cases=tuple((when, normal(term)) for when, term in quantity.cases))
            for name, quantity in system.items()
        }
        self.graph = Graph(self.system)
        self.steps = tuple(
            f for f in claim.free if not picks(claim.left, f.letter) and not picks(claim.right, f.letter)
        )
        self.names = tuple(free.letter for free in self.steps)
        self.end = self._end()
        self.condition: Condition = (
            tuple(
                comparison
                for free in self.steps
                for comparison in (
                    Comparison(letter(free.letter), "ge", free.low),
                    Comparison(letter(free.letter), "le", free.high),
                )
            )
            + claim.condition
        )
        self.is_fixed = any(c.op == "=" and c.left == letter(self.end) and not c.right.letters for c in claim.condition)
        self.expanded, self.whole = self._unfolding(linear)
        self.networks = Networks()
        self.shared: Results = {}
        self.matching = matching
        self._matched: dict[Fold | Recursion, Match | None] = {}

    def proof(self) -> Proof:
        """Raises Refused or NotSame."""
        for free in self.steps:
            self._inside(free)
        counter = Counter(self.graph, self.expanded, self.whole)
        sums = max(counter.value(self.claim.left), counter.value(self.claim.right))
        narrow, wide = self._windows(False), self._windows(True)
        try:
            return Proof(self.claim.condition, sums, self._widened(narrow, sums))
        except NotSame:
            if narrow == wide:
                raise
            return Proof(self.claim.condition, sums, self._widened(wide, sums))

    def _widened(self, windows: Windows, sums: int) -> int:
        """The number of chains compared, with wider windows where that is needed."""
        for _ in range(WIDER):
            try:
                return self._compared(windows, sums)
            except Narrow as narrow:
                low, high = windows[narrow.name]
                wider = (low - 1, high) if narrow.side < 0 else (low, high + 1)
                windows = {**windows, narrow.name: wider}
        raise Refused("comparisons of steps far from each other")

    def _compared(self, windows: Windows, sums: int) -> int:
        """The number of chains on which the sides are the same. Raises NotSame, Refused."""
        count, far = 0, False
        for number in range(sums + 1):
            for chain in chains(self.names, self.end, windows, number):
                paths = Paths(
                    self.graph, chain, self.end, self.networks, self.expanded, self.whole, self._match, self.shared
                )
                bound: Bound = {name: x for name, x in chain.points if name in self.names}
                if not paths.met(self.condition, bound):
                    continue
                for free in self.claim.free:
                    if free.letter not in self.names:
                        bound[free.letter] = paths.place(free.low, free.high, bound)
                if paths.value(self.claim.left, bound) != paths.value(self.claim.right, bound):
                    raise NotSame("no proof was found")
                count, far = count + 1, far or chain.clock(chain.end)[0] > 0
                if count > self.limit:
                    raise Refused("too many orders of steps")
        if not count or not (far or self.is_fixed):
            raise Refused("the condition leaves finitely many numbers of steps")
        return count

    # The points of a claim

    def _end(self) -> str:
        """The name of the last step. Raises Refused where there are two."""
        parts = [part for term in self._read() for part in rewriting.walk(term)]
        folds = [part for part in parts if isinstance(part, Fold)]
        bounds = [index for f in folds if not picks(f.body, f.letter) for index in (f.low, f.high)]
        bounds += [index for free in self.steps for index in (free.low, free.high)]
        bounds += [index for c in self.claim.condition for index in (c.left, c.right)]
        letters = {f.letter for f in folds} | set(self.names)
        letters |= {letter for quantity in self.system.values() for letter in quantity.letters}
        letters |= {part.letter for part in parts if isinstance(part, terms.Build)}
        letters |= {free.letter for free in self.claim.free}
        refs = [part for part in parts if isinstance(part, Ref)]
        bounds += [index for ref in refs for index in ref.at]
        names = {name for index in bounds for name in index.names} - letters
        end = min(names, default="T")
        if len(names) > 1 or end in letters:
            raise Refused("two kinds of steps")
        return end

    def _read(self) -> Iterator[Term]:
        """The sides and the definitions of all that they depend on."""
        yield from (self.claim.left, self.claim.right)
        near = {ref.name for side in (self.claim.left, self.claim.right) for ref in references(side)}
        for name in near.union(*(self.graph.reach[name] for name in near)):
            yield from (term for _, term in self.system[name].cases)

    def _inside(self, free: Free) -> None:
        """Raises Refused for a free letter that can lie outside 0 … T."""
        for index, sign, point in ((free.low, 1, None), (free.high, -1, self.end)):
            names = [name for name, c in index.letters if c == 1]
            known = (
                names == [point] or (len(names) == 1 and names[0] in self.names) or (sign == 1 and not index.letters)
            )
            if not known or len(index.letters) > 1 or sign * index.constant < 0:
                raise Refused(f"a step {free.letter} outside 0 … {self.end}")

    def _windows(self, wide: bool) -> Windows:
        """The steps A and what is compared around S: what the claim compares and, if `wide`, all that it reads."""
        found = {name: (0, 0) for name in (START, self.end, *self.names, SUM)}

        def add(index: Index, compared: bool) -> None:
            names = [name for name, _ in index.letters]
            kind = START if not names else names[0] if names[0] in (self.end, *self.names) else SUM
            if len(names) <= 1 and (compared or (wide and kind != SUM)) and (not names or isinstance(names[0], str)):
                low, high = found[str(kind)]
                found[str(kind)] = (min(low, index.constant), max(high, index.constant))

        sides = (self.claim.left, self.claim.right)
        for term in self._read():
            for index, compared in _steps(term):
                if term in sides or not index.names - {self.end}:
                    add(index, compared)
        for c in (*self.condition, *(c for q in self.system.values() for condition, _ in q.cases for c in condition)):
            constant = Index(c.left.constant - c.right.constant)
            for index in (
                c.left,
                c.right,
                *(Index(constant.constant, (one,)) for one in c.left.letters if len(c.left.letters) > 1),
            ):
                if not index.names - {self.end, *self.names}:
                    add(index, True)
        if max(max(-low, high) for low, high in found.values()) > REACH:
            raise Refused("steps far from the first and the last")
        return found

    # Recursions

    def _unfolding(self, linear: bool) -> tuple[frozenset[str], frozenset[str]]:
        """The quantities whose values are sums over their recursion, and those whose values are atoms."""
        algebra = Graph(self.system, outside_functions=True)
        expanded, whole = set[str](), set[str]()
        for name in self.system:
            inner, outer = algebra.recursion(name), self.graph.recursion(name)
            if inner and name in inner.states:
                whole_one = outer is None or outer.names != inner.names or not (linear or inner.back == -1)
                (whole if whole_one else expanded).add(name)
        return frozenset(expanded), frozenset(whole)

    def _match(self, of: Fold | Recursion) -> Match | None:
        """The recursion whose Jacobians a Π, or another recursion, multiplies."""
        if of not in self._matched:
            self._matched[of] = None
            if self.matching:
                found = self._of_product(of) if isinstance(of, Fold) else self._of_recursion(of)
                self._matched[of] = next(found, None)
        return self._matched[of]

    def _cuts(self, extent: Index) -> Iterator[Ref]:
        """The vectors through which all paths of a recursion from the start pass at each step, at step m."""
        for name, quantity in self.system.items():
            recursion = self.graph.recursion(name)
            if not recursion or recursion.back != 1 or len(recursion.states) > 1 or quantity.axes != (extent,):
                continue
            if name in recursion.states or not _cyclic(self.graph, recursion.names - {name}):
                yield Ref(name, (letter("m"),), quantity.axes)

    def _same(self, left: Term, right: Term, first: int) -> bool:
        """Whether two terms are the same at all steps m from `first` to T."""
        claim = Claim(left, right, (Free("m", Index(first), letter(self.end)),))
        return isinstance(attempts(claim, self.system, False), Proof)

    def _of_product(self, fold: Fold) -> Iterator[Match]:
        others = fold.body.letters & {*self.names, self.end}
        bound = {part.letter for part in rewriting.walk(fold.body) if isinstance(part, Fold)}
        if len(fold.axes) != 2 or fold.axes[0] != fold.axes[1] or others or bound & {fold.letter, "m"}:
            return
        orders = (True, False) if fold.letter not in fold.body.letters else (fold.falling,)
        for cut, falling in product(self._cuts(fold.axes[0]), orders):
            jacobian = _flipped(_jacobian(cut, 1), not falling)
            for shift, first in product((0, 1, -1), (1, 2)):
                if self._same(rewriting.put(fold.body, {fold.letter: letter("m", -shift)}), jacobian, first):
                    yield Match(cut.name, shift, first, not falling)

    def _of_recursion(self, recursion: Recursion) -> Iterator[Match]:
        [name, *more] = recursion.states
        quantity = self.system[name]
        if more or name not in self.expanded:
            return
        rank = len(quantity.axes)
        rows, columns = terms.LABELS[:rank], terms.LABELS[rank : 2 * rank]

        def beside(place: int, factor: Term) -> Term:
            """A matrix on one axis, the identity on the others."""
            factors = [factor if k == place else Identity(axis) for k, axis in enumerate(quantity.axes)]
            return terms.Einsum(
                tuple(factors), tuple(a + b for a, b in zip(rows, columns, strict=True)), rows + columns
            )

        if (
            recursion.back == 1
            and rank
            and self._same(
                _jacobian(Ref(name, (letter("m"),), quantity.axes), 1), beside(-1, Identity(quantity.axes[0])), 1
            )
        ):
            yield Match(None, 0, 1, False)
        for place, axis in enumerate(quantity.axes):
            for cut in self._cuts(axis):
                if cut.name in self.expanded and recursion.back == 1:
                    continue
                jacobian = _flipped(_jacobian(cut, 1), recursion.back == -1)
                for shift, first in product((0, 1, -1), (1, 2)):
                    own = _jacobian(Ref(name, (letter("m", -shift),), quantity.axes), recursion.back)
                    if self._same(own, beside(place, jacobian), first):
                        yield Match(cut.name, shift, first, recursion.back == -1, place)


def _jacobian(of: Ref, back: int) -> Term:
    """∂q_m/∂q_{m - back}."""
    return Derivative(of, Ref(of.name, (of.at[0].plus(-back),), of.extents))


def _flipped(matrix: Term, transposed: bool) -> Term:
    return terms.Einsum((matrix,), ("ij",), "ji") if transposed else matrix


def normal(term: Term) -> Term:
    """With the letter of each Σ and Π over steps moved: it is the latest step that is read with it."""
    term = rewriting.mapped(term, normal)
    return _moved(term) if isinstance(term, Fold) and not picks(term.body, term.letter) else term


def _moved(fold: Fold) -> Term:
    """A Σ from the other end where it reads h_{T-k}; the factors of a power W^{T-k} numbered k+1, …, T; and every
    other letter the latest step that is read with it."""
    name, low, high, body = fold.letter, fold.low, fold.high, fold.body
    read = [index for part in rewriting.walk(body) if isinstance(part, Ref) for index in part.at]
    if fold.op == "sum" and {c for index in read for one, c in index.letters if one == name} == {-1}:
        other = low.plus(high).plus(letter(name), -1)
        return normal(replace(fold, body=rewriting.put(body, {name: other})))
    if fold.op == "prod" and name not in body.letters:
        count = high.plus(low, -1).plus(1)
        back = Index(0, tuple((inner, -c) for inner, c in count.letters if c < 0))
        return replace(fold, low=back.plus(1), high=count.plus(back))
    by = max((index.constant for index in read if index.names == {name}), default=0)
    body = rewriting.put(body, {name: letter(name, -by)}) if by else body
    return replace(fold, low=low.plus(by), high=high.plus(by), body=body)


def _cyclic(graph: Graph, names: Iterable[str]) -> bool:
    left = set(names)
    while left:
        free = {name for name in left if not graph.reads[name] & left}
        if not free:
            return True
        left -= free
    return False


def _steps(term: Term, compared: bool = False) -> Iterator[tuple[Index, bool]]:
    """The indices of steps in a term, and whether they are compared with others or only read at."""
    match term:
        case Ref(_, at):
            yield from ((index, compared) for index in at)
        case Derivative(of, wrt, _, _, uses):
            yield from _steps(of, True)
            yield from _steps(wrt, True)
            yield from ((index, True) for index in (uses,) if index is not None)
        case Fold(op, name, low, high, body):
            if not picks(body, name):
                yield low.plus(-int(op == "prod")), True
                yield high, True
            inner = name if op == "prod" else None
            yield from (found for found in _steps(body, compared) if inner not in found[0].names)
        case terms.Choice() | terms.Indicator():
            yield from ((index, True) for index in term.indices)
            for part in term.parts:
                yield from _steps(part, compared)
        case _:
            for part in term.parts:
                yield from _steps(part, compared)
