r"""Sums of products of array entries, Σ c · Σ_{i j …} W_{ij} h_j …, in a normal form that does not depend on any size.

A monomial is a tensor network: atoms (arrays of which nothing is known) with labels on their axes, some of them open
(the axes of the result), the others summed over the whole of their axis.

**Theorem (sizes).** Two terms with the same normal form are equal at every size, for all values of the atoms at which
both are defined.

*Proof.* Every step from a term to its normal form is an equality that holds at every size, for all values of the atoms:
the laws of a commutative ring for the entries, the renaming of summed labels, and these rules, i and j being labels:

- Σ_i δ_{ij} X_i = X_j, and δ_{ii} = 1 (not summed);
- Σ_i 1 = n for an axis of n places, where n stays a letter;
- a_i^m a_i^n = a_i^{m+n}, where a_i is not zero if m or n is negative;
- Σ_i a_i = s(a), a letter that stands for this sum; s(y) = 1 for y on the simplex (a softmax sums to s(e)/s(e) = 1);
- v² = 1 - v' for tanh, v² = v - v' and 1/v = (1 - v)/v' for σ, v' being the derivative as an atom of its own;
- y_i y_j = δ_{ij} y_i for a one-hot y, whatever other targets are;
- for the places of a block, E_{ik} = 1 where i is the place k of it: E_{ik} E_{il} = δ_{kl} E_{ik}, E_{ik} E_{jk} =
  δ_{ij} E_{ik}, Σ_i E_{ik} = 1, and E_{ik} E'_{il} = 0 for blocks that do not overlap.

Nothing is evaluated and no size is tried. What this loses is completeness alone: two equal terms may keep different
normal forms, and are then not proved. ∎
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import prod

from derive.kernel.index import Index
from derive.kernel.terms import LABELS

Place = tuple[int, tuple[int, ...]]  # an atom with its labels
Factor = tuple[Place, int]  # with its power
Powers = dict[Place, int]
Monomial = tuple[tuple[int, ...], tuple[Factor, ...]]  # the extents of the summed labels 0, 1, …, and the factors
Network = dict[Monomial, Fraction | int]
DELTA = 0  # the atom of the identity matrix
LETTER = -1000  # open axis k has the label -1 - k; the labels from here down are those of component letters
SLOPES = ("tanh", "sigmoid")  # the rules of functions
LIMIT = 12_000  # monomials made in one attempt: past it nothing is decided
ONE: Network = {((), ()): 1}


class Refused(Exception):
    """What is outside the language of proofs. It never decides anything."""


class Networks:
    """The arithmetic of networks; atoms and extents are numbered by what they stand for."""

    def __init__(self) -> None:
        self._atoms: dict[Hashable, int] = {"delta": DELTA}
        self._rules: list[str] = ["delta"]
        self._blocks: dict[int, tuple[Index, Index]] = {}
        self._extents: dict[Index, int] = {}
        self._sizes: list[Index] = []
        self._made = 0

    def atom(self, name: Hashable, rule: str = "") -> int:
        """The number of an atom; `rule` is 'tanh', 'sigmoid', 'simplex', 'one-hot' or none."""
        if name not in self._atoms:
            self._atoms[name] = len(self._rules)
            self._rules.append(rule)
        return self._atoms[name]

    def extent(self, index: Index) -> int:
        if index not in self._extents:
            self._extents[index] = len(self._sizes)
            self._sizes.append(index)
        return self._extents[index]

    # Networks of one atom

    def array(self, atom: int, rank: int, over: int = -1) -> Network:
        """The axis `over` is the last of the atom."""
        labels = axes(rank)
        if rank > 1:
            labels = (*labels[:over], *labels[over:][1:], labels[over])
        return {((), (((atom, labels), 1),)): 1}

    def scalar(self, name: Hashable) -> Network:
        return self.array(self.atom(name), 0)

    def identity(self, rank: int) -> Network:
        """The derivative of an array by itself: its axes twice."""
        return self._normal(1, [((DELTA, (-1 - k, -1 - k - rank)), 1) for k in range(rank)])

    def block(self, start: Index, width: Index) -> Network:
        """1 where the first axis is at a place of a block, counted by the second."""
        atom = self.atom(("block", start, width), "block")
        self._blocks[atom] = start, start.plus(width)
        return self.array(atom, 2)

    def size(self, index: Index) -> Network:
        """The extent of an axis as a number."""
        letters = [scaled(self.scalar(("size", letter)), c) for letter, c in index.letters]
        return added([number(index.constant), *letters])

    def captured(self, network: Network, rank: int, name: Hashable, rule: str = "") -> Network:
        """An atom that stands for a function of the array, entry by entry; the letters in it become axes."""
        found = {x for (_, factors) in network for (_, ls), _ in factors for x in ls if x <= LETTER}
        letters = sorted(found, reverse=True)  # as their array would have them: σ(z_j) is an entry of σ(z)
        named = {x: -1 - rank - k for k, x in enumerate(letters)}
        key = frozenset(self.relabelled(network, named).items())
        atom = self.atom((name, rank + len(letters), key), rule)
        return {((), (((atom, axes(rank) + tuple(letters)), 1),)): 1}

    # Arithmetic

    def einsum(
        self, operands: Sequence[Network], labels: Sequence[str], out: str, extents: Mapping[str, Index]
    ) -> Network:
        """Σ over the labels outside `out` of the product of the entries."""
        names = {label: -1 - k for k, label in enumerate(out)}
        summed = [label for label in extents if label not in names]
        names |= {label: k for k, label in enumerate(summed)}
        base = [self.extent(extents[label]) for label in summed]
        result: Network = {}
        for parts in product(*(operand.items() for operand in operands)):
            coefficient: Fraction | int = 1
            widths, factors = list(base), list[Factor]()
            for ((inner, these), c), own in zip(parts, labels, strict=True):
                coefficient *= c
                shift = len(widths)
                widths += inner
                for (atom, ls), n in these:
                    moved = [x + shift if x >= 0 else names[own[-1 - x]] if x > LETTER else x for x in ls]
                    factors.append(((atom, tuple(moved)), n))
            self._collect(result, coefficient, dict(enumerate(widths)), factors)
        return result

    def times(self, left: Network, right: Network, rank: int) -> Network:
        """Entry by entry."""
        return self.einsum([left, right], [LABELS[:rank]] * 2, LABELS[:rank], {})

    def power(self, network: Network, n: int, rank: int) -> Network:
        """Entry by entry, to a whole power. Raises Refused for the reciprocal of what may be zero."""
        if n < 0:
            return self.power(self._inverse(network, rank), -n, rank)
        result = ONE
        for _ in range(n):
            result = self.times(result, network, rank)
        return result

    def _inverse(self, network: Network, rank: int) -> Network:
        items = list(network.items())
        if not items or any(
            self._rules[atom] in ("delta", "one-hot", "block") for (_, fs), _ in items[:1] for (atom, _), _ in fs
        ):
            raise Refused("a division by zero")
        if len(items) == 1 and not items[0][0][0]:
            [((_, factors), c)] = items
            return self._normal(c if c in (1, -1) else Fraction(1) / c, [(key, -n) for key, n in factors])
        if len(items) == 2:  # 1/(c - c v) = v / (c v') for σ
            for ((widths, factors), c), (constant, d) in (items, items[::-1]):
                if constant == ((), ()) and c == -d and not widths and len(factors) == 1:
                    [((atom, labels), n)] = factors
                    if n == 1 and self._rules[atom] == "sigmoid":
                        return self._normal(Fraction(1) / d, [((atom, labels), 1), ((self._slope(atom), labels), -1)])
        return self.captured(network, rank, "reciprocal")

    def relabelled(
        self, network: Network, names: Mapping[int, int], summed: Mapping[int, Index] | None = None
    ) -> Network:
        """With other open labels; those in `summed` are summed over their axis."""
        result: Network = {}
        for (widths, factors), c in network.items():
            inner = dict(enumerate(widths))
            to = dict(names)
            for label, extent in (summed or {}).items():
                to[label] = len(inner)
                inner[len(inner)] = self.extent(extent)
            moved = [((atom, tuple(to.get(x, x) for x in ls)), n) for (atom, ls), n in factors]
            self._collect(result, c, inner, moved)
        return result

    # Normal forms

    def _slope(self, atom: int) -> int:
        return self.atom(("slope", atom))

    def _normal(self, coefficient: Fraction | int, factors: list[Factor]) -> Network:
        result: Network = {}
        self._collect(result, coefficient, {}, factors)
        return result

    def _collect(
        self, into: Network, coefficient: Fraction | int, widths: dict[int, int], factors: Iterable[Factor]
    ) -> None:
        """Add a monomial, in its normal form."""
        work = [(coefficient, widths, factors)]
        while work:
            self._made += 1
            if self._made > LIMIT:
                raise Refused("too many terms")
            c, widths, factors = work.pop()
            powers, widths = self._merged(widths, factors)
            split = self._split(powers)
            if split is not None:
                work += [(c * d, dict(widths), fs) for d, fs in split]
                continue
            bare = self._summed(widths, powers)
            if bare:
                kept = {x: w for x, w in widths.items() if x not in bare}
                sizes = [list(self.size(self._sizes[widths[x]]).items()) for x in bare]
                for parts in product(*sizes):
                    more = [factor for ((_, fs), _) in parts for factor in fs]
                    work.append((c * prod(d for _, d in parts), kept, [*powers.items(), *more]))
                continue
            monomial = self._named(widths, powers)
            total = into.get(monomial, 0) + c
            if total:
                into[monomial] = total
            else:
                into.pop(monomial, None)

    def _merged(self, widths: dict[int, int], factors: Iterable[Factor]) -> tuple[Powers, dict[int, int]]:
        """Labels that δ identifies are one, and equal factors a power."""
        parent: dict[int, int] = {}

        def find(x: int) -> int:
            while x in parent:
                x = parent[x]
            return x

        rest = []
        for (atom, labels), n in factors:
            if atom == DELTA:
                low, high = sorted((find(labels[0]), find(labels[1])))
                if low != high:
                    parent[high] = low  # an open label stays rather than a summed one
            else:
                rest.append(((atom, labels), n))
        powers: Powers = {}
        for (atom, labels), n in rest:
            key = (atom, tuple([find(x) for x in labels])) if parent else (atom, labels)
            powers[key] = powers.get(key, 0) + n
        for x in parent:
            if x < 0:
                powers[DELTA, (find(x), x)] = 1
        if parent:
            widths = {x: w for x, w in widths.items() if x not in parent}
        return ({key: n for key, n in powers.items() if n} if 0 in powers.values() else powers), widths

    def _split(self, powers: Powers) -> list[tuple[int, list[Factor]]] | None:
        """The sum that a rule of one atom makes of a monomial, if any applies."""
        units: list[Place] = []
        for key, n in powers.items():
            atom, labels = key
            rule = self._rules[atom]
            if rule in ("", "delta", "simplex") or (n == 1 and rule in SLOPES):
                continue
            rest = [item for item in powers.items() if item[0] != key]
            slope = (self._slope(atom), labels) if rule in SLOPES else key
            if rule == "tanh" and n > 1:
                return [(1, [*rest, (key, n - 2)]), (-1, [*rest, (key, n - 2), (slope, 1)])]
            if rule == "sigmoid" and n > 1:
                return [(1, [*rest, (key, n - 1)]), (-1, [*rest, (key, n - 2), (slope, 1)])]
            if rule == "sigmoid" and n < 0:
                return [(1, [*rest, (key, n + 1), (slope, -1)]), (-1, [*rest, (key, n + 2), (slope, -1)])]
            if rule in ("one-hot", "block"):
                if n < 0:
                    raise Refused("a division by zero")
                if n > 1:
                    return [(1, [*rest, (key, 1)])]
                for other in units:
                    found = self._met(key, other)
                    if found is not None:
                        return [(1, [*rest, *(((DELTA, pair), 1) for pair in found)])] if found else []
                units.append(key)
        return None

    def _met(self, key: Place, other: Place) -> list[tuple[int, int]] | None:
        """The labels that are the same where neither of two arrays of zeros and ones is zero, if one of them then says
        no more than the other; none where one of them always is zero."""
        (atom, labels), (beside, places) = key, other
        if atom == beside and self._rules[atom] == "one-hot" and labels[:-1] == places[:-1]:
            return [(labels[-1], places[-1])]
        if self._rules[atom] == self._rules[beside] == "block":
            if atom == beside and (labels[0] == places[0] or labels[1] == places[1]):
                return list(zip(labels, places, strict=True))
            (start, stop), (begin, end) = self._blocks[atom], self._blocks[beside]
            apart = any(positive(gap) for gap in (begin.plus(stop, -1), start.plus(end, -1)))
            if labels[0] == places[0] and apart:
                return []
        return None

    def _summed(self, widths: dict[int, int], powers: Powers) -> list[int]:
        """Arrays that a label sums alone become letters; the labels that nothing has any more."""
        while True:
            seen: dict[int, list[tuple[tuple[int, tuple[int, ...]], int]]] = {x: [] for x in widths}
            for key, n in powers.items():
                for x in key[1]:
                    if x >= 0:
                        seen[x].append((key, n))
            alone = next((found[0][0] for found in seen.values() if len(found) == 1 and found[0][1] == 1), None)
            if alone is None:
                return [x for x, found in seen.items() if not found]
            atom, labels = alone
            place = next(k for k, x in enumerate(labels) if x >= 0 and len(seen[x]) == 1)
            del powers[alone], widths[labels[place]]
            rule = self._rules[atom]
            if not (rule in ("simplex", "one-hot") and place == len(labels) - 1) and not (
                rule == "block" and not place
            ):
                total = (self.atom(("sum", atom, place)), labels[:place] + labels[place + 1 :])
                powers[total] = powers.get(total, 0) + 1
                if not powers[total]:
                    del powers[total]

    def _named(self, widths: dict[int, int], powers: Powers) -> Monomial:
        """The monomial with its summed labels numbered by where they stand, as far as that tells them apart."""
        if not widths:
            return (), tuple(sorted(powers.items()))
        colour = dict(widths)
        count = 0
        while True:
            places: dict[int, list[tuple[object, ...]]] = {x: [] for x in widths}
            for (atom, labels), n in powers.items():
                around = tuple(colour.get(x, x) for x in labels)
                for k, x in enumerate(labels):
                    if x >= 0:
                        places[x].append((atom, n, k, around))
            signs = {x: (colour[x], sorted(found)) for x, found in places.items()}
            ranks: list[tuple[int, list[tuple[object, ...]]]] = []
            for sign in sorted(signs.values()):
                if not ranks or ranks[-1] != sign:
                    ranks.append(sign)
            colour = {x: ranks.index(sign) for x, sign in signs.items()}
            if len(ranks) == len(widths):
                break
            if len(ranks) == count:  # one of several that nothing tells apart goes first
                tied = min(x for x in widths if sum(c == colour[x] for c in colour.values()) > 1)
                colour = {x: 2 * c + (x != tied) for x, c in colour.items()}
            count = len(ranks)
        order = sorted(widths, key=colour.__getitem__)
        factors = [((atom, tuple(colour.get(x, x) for x in labels)), n) for (atom, labels), n in powers.items()]
        return tuple(widths[x] for x in order), tuple(sorted(factors))


def positive(gap: Index) -> bool:
    """Whether an index is no less than 0 for all sizes."""
    return gap.constant >= 0 and all(c >= 0 for _, c in gap.letters)


def axes(rank: int) -> tuple[int, ...]:
    """The labels of the axes of an array."""
    return tuple(-1 - k for k in range(rank))


def number(value: Fraction | int) -> Network:
    return {((), ()): int(value) if value.denominator == 1 else value} if value else {}


def added(networks: Iterable[Network]) -> Network:
    total: Network = {}
    for network in networks:
        for monomial, c in network.items():
            total[monomial] = total.get(monomial, 0) + c
    return {monomial: c for monomial, c in total.items() if c}


def scaled(network: Network, by: Fraction | int) -> Network:
    by = int(by) if by.denominator == 1 else by
    return {monomial: c * by for monomial, c in network.items()} if by else {}
