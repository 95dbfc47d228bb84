r"""Products and sums along the names of axes, in scalar notation.

A product runs along axes of one name; what is not kept is summed. Jacobians are chained through what they share, in
whatever order they stand, and a matrix beside the vector that it multiplies in the network is applied to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import permutations

from derive.kernel.index import Index, letter
from derive.kernel.rewriting import number as constant
from derive.kernel.rewriting import walk
from derive.kernel.terms import LABELS, Add, Einsum, Ones, Quantity, Ref, Term
from derive.understand.elaborate import Elaborator
from derive.understand.named_axes import Named, Role, chain_roles, chained, names_of, plain
from derive.understand.typed import ALONE, Misfit, Typed, joined

ALL = "every axis"  # among what is kept: nothing is summed
FIRST = Index(1)


def pairs(system: Mapping[str, Quantity]) -> frozenset[tuple[str, str]]:
    """The matrices of a network with the vectors that they multiply."""
    found = set()
    for quantity in system.values():
        for _, term in quantity.cases:
            for part in walk(term):
                if isinstance(part, Einsum) and len(part.operands) == 2:
                    (a, b), (of_matrix, of_vector) = part.operands, part.labels
                    if isinstance(a, Ref) and isinstance(b, Ref) and len(of_matrix) == 2 and of_vector == of_matrix[1]:
                        found.add((a.name, b.name))
    return frozenset(found)


@dataclass
class NamedProducts(Elaborator):
    """Multiplies and adds readings by the names of their axes. The axes of `singletons` have one entry, those along the
    target `one_hot` are that of its step; `pairs` are the matrices of the network with the vectors they multiply."""

    pairs: frozenset[tuple[str, str]] = frozenset()
    singletons: frozenset[str] = frozenset()
    one_hot: Ref | None = None

    def roles(self, of: Typed) -> tuple[Role, ...]:
        """What each axis of a reading belongs to."""
        if of.chain is not None:
            whole = [(role, axis) for role in chain_roles(of.chain) for axis in role[0].axes]
            return tuple(role for role, axis in whole if not self.is_single(axis) and not self.is_output(axis))
        return of.roles if isinstance(of, Named) else (None,) * len(of.rows)

    def is_single(self, axis: Index) -> bool:
        return axis == FIRST or str(axis) in self.singletons

    def is_output(self, axis: Index) -> bool:
        return self.one_hot is not None and axis == self.one_hot.axes[0]

    def multiplied(self, factors: list[Typed], keep: frozenset[str]) -> Typed:
        """The product of readings, each axis that is not in `keep` summed, and noted where one factor alone has it.
        Raises Misfit where a Jacobian is chained with nothing."""
        if len(factors) == 1:
            return factors[0]
        factors = self.linked_all(self.applied(factors))
        sources = joined(constant(1), (), (), *factors)
        rows = tuple(dict.fromkeys(name for factor in factors for name in factor.rows))
        labels = dict(zip(rows, LABELS, strict=False))
        roles: dict[Index, Role] = {}
        for factor in factors:
            for name, role in zip(factor.rows, self.roles(factor), strict=True):
                roles[name] = role if roles.get(name, role) == role else None
        if ALL not in keep:
            linked = [name for name in rows if (role := roles[name]) is not None and chained(role[0].name) in keep]
            claimed = {plain(name) for name in linked}
            kept = [name for name in rows if name in linked or (str(name) in keep and plain(name) not in claimed)]
            for name in rows:
                if name not in kept and (role := roles[name]) is not None:
                    raise Misfit(f"a Jacobian is chained with nothing through {role[0].name}")
        else:
            kept = list(rows)
        operands = tuple(factor.term for factor in factors)
        spelled = tuple("".join(labels[name] for name in factor.rows) for factor in factors)
        term = Einsum(operands, spelled, "".join(labels[name] for name in kept))
        names = names_of(letter(plain(name)) for name in kept)
        alone = any(sum(name in factor.rows for factor in factors) == 1 for name in rows if name not in kept)
        notes = (*sources.notes, ALONE) if alone else sources.notes
        return Named(term, names, (), notes, sources.cost, roles=tuple(roles[name] for name in kept))

    def applied(self, factors: list[Typed]) -> list[Typed]:
        """The factors with the matrices of the network applied to the vectors that they multiply in it."""
        found = factors[:1]
        for factor in factors[1:]:
            matrix = found[-1]
            names = tuple(of.source if isinstance(of, Named) else "" for of in (matrix, factor))
            if names in self.pairs and len(matrix.rows) == 2 and len(factor.rows) == 1:
                term = Einsum((matrix.term, factor.term), ("ab", "b"), "a")
                found[-1] = self.composed(term, matrix, factor)
            else:
                found.append(factor)
        return found

    def composed(self, term: Term, *sources: Typed, roles: tuple[Role, ...] | None = None) -> Named:
        """A term made of others, with the names of its axes."""
        all_of = joined(term, (), (), *sources)
        names = names_of(term.axes)
        return Named(term, names, (), all_of.notes, all_of.cost, roles=roles or (None,) * len(names))

    def linked_all(self, factors: list[Typed]) -> list[Typed]:
        """The factors with every two Jacobians chained that share a variable, whatever their order."""
        factors = list(factors)
        while True:
            pairs = ((i, k) for i, k in permutations(range(len(factors)), 2))
            found = next(((i, k, one) for i, k in pairs if (one := self.contracted(factors[i], factors[k]))), None)
            if found is None:
                return factors
            i, k, one = found
            factors = [one if n == min(i, k) else factor for n, factor in enumerate(factors) if n != max(i, k)]

    def contracted(self, left: Typed, right: Typed) -> Typed | None:
        """∂u/∂v ∂v/∂w, summed over the entries of v; None where they share nothing."""
        mine, theirs = self.roles(left), self.roles(right)
        by = {role[0] for role in mine if role is not None and not role[1]}
        shared = next((role[0] for role in theirs if role is not None and role[1] and role[0] in by), None)
        if shared is None:
            return None
        inner = [n for n, role in enumerate(mine) if role == (shared, False)]
        outer = [n for n, role in enumerate(theirs) if role == (shared, True)]
        a = LABELS[: len(mine)]
        b = "".join(a[inner[outer.index(n)]] if n in outer else LABELS[len(mine) + n] for n in range(len(theirs)))
        out = "".join(label for n, label in enumerate(a) if n not in inner)
        out += "".join(label for n, label in enumerate(b) if n not in outer)
        kept = [role for n, role in enumerate(mine) if n not in inner]
        kept += [role for n, role in enumerate(theirs) if n not in outer]
        return self.composed(Einsum((left.term, right.term), (a, b), out), left, right, roles=tuple(kept))

    def added(self, terms: list[Typed], signs: tuple[int, ...]) -> Typed:
        """The sum of terms, each spread over the axes that others have."""
        rows = tuple(dict.fromkeys(name for term in terms for name in term.rows))
        widest = max(terms, key=lambda term: len(term.rows))
        if set(rows) != set(widest.rows):
            raise Misfit("the terms of a sum have different axes")
        rows = widest.rows
        labels = dict(zip(rows, LABELS, strict=False))
        out = "".join(labels.values())
        spread = []
        for term, sign in zip(terms, signs, strict=True):
            mine = "".join(labels[name] for name in term.rows)
            rest = tuple(axis for name, axis in zip(rows, widest.term.axes, strict=True) if name not in term.rows)
            operands: list[tuple[Term, str]] = [(term.term, mine)]
            if rest:
                operands.append((Ones(rest), "".join(label for label in out if label not in mine)))
            if sign < 0:
                operands.append((constant(-1), ""))
            is_same = len(operands) == 1 and mine == out
            factors, spelled = zip(*operands, strict=True)
            spread.append(term.term if is_same else Einsum(factors, spelled, out))
        of_terms = [self.roles(term) for term in terms if term.rows == rows]
        alike = len(of_terms) == len(terms) and all(other == of_terms[0] for other in of_terms)
        roles = of_terms[0] if alike else None
        total = self.composed(Add(tuple(spread)) if len(spread) > 1 else spread[0], *terms, roles=roles)
        return replace(total, rows=rows)
