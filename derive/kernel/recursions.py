"""Which quantities of a system are defined through themselves, step by step, and how many sums over steps a term hides.

A recursion is a set of quantities that all reach each other. Each of them has one index, the step, and reads the others
at its own step or at one neighbour, the one before (`back` = 1) or the one after (-1), always the same. What is read at
the neighbour is its *state*: every path from step to step passes the Jacobian of the state by that of the neighbour.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from derive.kernel import rewriting, terms
from derive.kernel.index import Index
from derive.kernel.networks import Refused
from derive.kernel.terms import System, Term


@dataclass(frozen=True)
class Recursion:
    names: frozenset[str]
    states: tuple[str, ...]
    back: int


class Graph:
    """Who reads whom. With `along`, only what these quantities read; `outside_functions`, only what is read by sums and
    products, not in the arguments of functions."""

    def __init__(self, system: System, along: frozenset[str] | None = None, outside_functions: bool = False) -> None:
        self.system = system
        self.key = (along, outside_functions)
        self.reads: Mapping[str, frozenset[str]] = {
            name: frozenset(ref.name for _, term in quantity.cases for ref in references(term, outside_functions))
            if along is None or name in along
            else frozenset()
            for name, quantity in system.items()
        }
        self._recursions: dict[str, Recursion | None] = {}
        self._along: dict[frozenset[str], Graph] = {}
        self._reaching: dict[tuple[Term, str], bool] = {}

    def along(self, names: frozenset[str]) -> Graph:
        """The graph of what these quantities read."""
        if names not in self._along:
            self._along[names] = Graph(self.system, names)
        return self._along[names]

    @cached_property
    def reach(self) -> Mapping[str, frozenset[str]]:
        """What a quantity depends on, at any step; itself only where it is defined through itself."""
        found = dict(self.reads)
        changed = True
        while changed:
            changed = False
            for name, names in found.items():
                wider = names.union(*(found.get(inner, frozenset()) for inner in names))
                if wider != names:
                    found[name], changed = wider, True
        return found

    def reaches(self, term: Term, name: str) -> bool:
        """Whether a term depends on a quantity, at any step."""
        if (term, name) not in self._reaching:
            found = any(ref.name == name or name in self.reach[ref.name] for ref in references(term))
            self._reaching[term, name] = found
        return self._reaching[term, name]

    def recursion(self, name: str) -> Recursion | None:
        """The recursion that a quantity is part of. Raises Refused for one that is not of one step."""
        if name not in self._recursions:
            names = frozenset(m for m in self.reach[name] if name in self.reach.get(m, ()))
            self._recursions[name] = self._stepwise(names) if name in names else None
        return self._recursions[name]

    def _stepwise(self, names: frozenset[str]) -> Recursion:
        states: dict[str, int] = {}
        for name in sorted(names):
            quantity = self.system[name]
            if len(quantity.letters) != 1:
                raise Refused(f"{name}, which is defined through itself, has not one index")
            for _, term in quantity.cases:
                for ref in references(term, self.key[1]):
                    if ref.name not in names:
                        continue
                    if len(ref.at) != 1:
                        raise Refused(f"{name} reads {ref.name}, which has not one index")
                    offset = ref.at[0].plus(Index(0, ((quantity.letters[0], 1),)), -1)
                    if offset.letters or abs(offset.constant) > 1:
                        raise Refused(f"{name} reads {ref.name} at {ref.at[0]}")
                    if offset.constant:
                        states[ref.name] = -offset.constant
                        if len(set(states.values())) > 1:
                            raise Refused("a recursion in both directions")
        if not states:
            raise Refused(f"{min(names)} is defined by itself")
        self._same_step(names)
        return Recursion(names, tuple(sorted(states)), next(iter(states.values())))

    def _same_step(self, names: frozenset[str]) -> None:
        """Raises Refused where quantities of one step are defined by each other."""
        left = {
            name: {
                ref.name
                for _, term in self.system[name].cases
                for ref in references(term, self.key[1])
                if ref.name in names and not ref.at[0].constant
            }
            for name in names
        }
        while left:
            free = [name for name, reads in left.items() if not reads & left.keys()]
            if not free:
                raise Refused(f"{min(left)} is defined by itself")
            for name in free:
                del left[name]


class Counter:
    """The most letters of sums over steps in one monomial of a term, those of paths and of recursions included.

    `expanded` are the quantities whose values are written as sums over their recursion, `whole` those whose values are
    atoms; `steps` tells whether derivatives follow recursions from step to step."""

    def __init__(self, graph: Graph, expanded: frozenset[str], whole: frozenset[str], steps: bool = True) -> None:
        self.graph, self.expanded, self.whole, self.steps = graph, expanded, whole, steps
        self._open: set[str] = set()
        self._values: dict[str, int] = {}
        self._paths: dict[tuple[str, str], int] = {}

    def value(self, term: Term) -> int:
        """Raises Refused for a function, a power or a Π of a sum over steps."""
        match term:
            case terms.Ref(name):
                return self._quantity(name)
            case terms.Einsum(operands):
                return sum(self.value(operand) for operand in operands)
            case terms.Power(of, exponent):
                inner = self.value(of)
                if inner and (isinstance(exponent, Index) or exponent.denominator != 1 or exponent < 0):
                    raise Refused("a power of a sum over steps")
                return inner * int(exponent) if not isinstance(exponent, Index) and inner else 0
            case terms.Apply() | terms.Opaque():
                if any(self.value(part) for part in term.parts):
                    raise Refused("a function of a sum over steps")
                return 0
            case terms.Fold(op, letter, _, _, body):
                inner = self.value(body)
                if op == "prod" and inner:
                    raise Refused("a product of sums over steps")
                return inner + int(op == "sum" and not picks(body, letter))
            case terms.Derivative(of, wrt, through, along):
                if through == terms.TOTAL:
                    return self.slope(of, wrt.name)
                if through != terms.ALONG:
                    return Counter(self.graph, self.expanded, self.whole, False).slope(of, wrt.name)
                along_only = Counter(self.graph.along(along), self.expanded, self.whole)
                own = [case for ref in references(of) for _, case in self.graph.system[ref.name].cases]
                return self.value(of) + max(
                    along_only.value(case) + along_only.slope(case, wrt.name) for case in (of, *own)
                )
        return max((self.value(part) for part in term.parts), default=0)

    def _quantity(self, name: str) -> int:
        """Raises Refused for a recursion with sums over steps, but in what a linear one adds at each step."""
        if name in self.whole or name in self._open:
            return 0
        if name in self._values:
            return self._values[name]
        self._open.add(name)
        recursion = self.graph.recursion(name)
        cases = [term for _, term in self.graph.system[name].cases]
        count = max((self.value(term) for term in cases), default=0)
        if (
            recursion
            and count
            and (
                not self.expanded.intersection(recursion.states)
                or any(self._coefficient(term, recursion.names) for term in cases)
            )
        ):
            raise Refused("a recursion with sums over steps")
        self._open.discard(name)
        count += name in self.expanded
        if not self._open:  # what is open counts nothing where it is read again
            self._values[name] = count
        return count

    def _coefficient(self, term: Term, names: frozenset[str]) -> int:
        """The letters in what a linear term multiplies some quantities by."""
        if not any(ref.name in names for ref in references(term)) or isinstance(term, terms.Ref):
            return 0
        match term:
            case terms.Einsum(operands):
                counts = [0 if any(r.name in names for r in references(o)) else self.value(o) for o in operands]
                return sum(counts) + max(self._coefficient(operand, names) for operand in operands)
            case terms.Add() | terms.Choice() | terms.Join() | terms.Slice() | terms.Entry():
                return max(self._coefficient(part, names) for part in term.parts)
        return 1

    def slope(self, term: Term, to: str) -> int:
        """Those of the derivative of a term by a quantity."""
        if not self.graph.reaches(term, to):
            return 0
        match term:
            case terms.Ref(name):
                return self.path(name, to)
            case terms.Einsum(operands):
                counts = [self.value(operand) for operand in operands]
                return max(sum(counts) - n + self.slope(o, to) for n, o in zip(counts, operands, strict=True))
            case terms.Power(of):
                return self.value(term) + self.slope(of, to)
            case terms.Fold("sum", letter, _, _, body):
                return self.slope(body, to) + int(not picks(body, letter))
            case terms.Fold():
                raise Refused("the derivative of a product over steps")
            case terms.Derivative():
                raise Refused("a derivative of a derivative")
        return self.value(term) * isinstance(term, terms.Opaque) + max(self.slope(part, to) for part in term.parts)

    def path(self, name: str, to: str) -> int:
        """Those of the sums over paths from one quantity to another."""
        if name == to or to not in self.graph.reach[name]:
            return 0
        if (name, to) not in self._paths:
            recursion = self.graph.recursion(name)
            names = recursion.names if recursion else frozenset([name])
            cases = [term for member in sorted(names) for _, term in self.graph.system[member].cases]
            if recursion and self.steps:
                if any(self.value(term) for term in cases):
                    raise Refused("a recursion with sums over steps")
                outside = [ref.name for term in cases for ref in references(term) if ref.name not in names]
                further = max((self.path(other, to) for other in outside), default=0)
                self._paths[name, to] = 0 if to in names else 1 + further
            else:
                self._paths[name, to] = 0
                self._paths[name, to] = max(self.slope(term, to) for term in cases)
        return self._paths[name, to]


def references(term: Term, outside_functions: bool = False) -> Iterator[terms.Ref]:
    """The quantities in a term, those that a derivative is taken by left out."""
    match term:
        case terms.Ref():
            yield term
        case terms.Derivative():
            yield from references(term.of)
        case terms.Apply(function, _, order) if outside_functions and (function != "log" or not order):
            return
        case terms.Opaque() if outside_functions:
            return
        case _:
            for part in term.parts:
                yield from references(part, outside_functions)


def picks(term: Term, letter: str) -> bool:
    """Whether a letter picks entries, and so runs over the places of an axis rather than over steps."""
    return any(
        isinstance(part, terms.Entry) and any(pick is not None and letter in pick.names for pick in part.picks)
        for part in rewriting.walk(term)
    )
