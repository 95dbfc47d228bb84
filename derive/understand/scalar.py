r"""Scalar notation: formulas that write arrays as numbers, whose products run along the names of axes.

An axis is named by its extent, the second of two alike with a prime. What the left side of a claim lacks is summed
(where one factor alone has it, a claim so read is never right). The axes of `singletons` have one entry, and where the
target `one_hot` is given, every array with an axis of output units is the entry of the target at its own step, or else
at the step of the claim.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import islice, product

from derive.kernel.index import Index, letter
from derive.kernel.rewriting import broadcast
from derive.kernel.rewriting import number as constant
from derive.kernel.terms import LABELS, Einsum, Entry, Power, Ref, Term
from derive.reading.tree import Big, Node, Partial, Script, Span, Symbol
from derive.reading.tree import walk as nodes
from derive.understand.named_axes import Named, Role, chain_roles, chained, names_of
from derive.understand.named_products import ALL, FIRST, NamedProducts
from derive.understand.names import Name
from derive.understand.products import BEAM
from derive.understand.reader import Known, Scope, Unexplained
from derive.understand.typed import Misfit, Typed, natural

SAME_TARGET = "the target of all steps"


@dataclass
class ScalarElaborator(NamedProducts):
    """Elaborates formulas in scalar notation; those of its legend, `told`, are in vector notation."""

    told: frozenset[int] = frozenset()
    _whole: int = 0  # how deep within a derivative, which is taken of and by whole arrays
    _step: Index | None = None  # of which the statement speaks
    _names_in: dict[int, tuple[Node, frozenset[str]]] = field(default_factory=dict)
    _around: Scope = field(default_factory=Scope)

    @property
    def is_told(self) -> bool:
        return self.here in self.told

    # Sides

    def enter(self, statement: int, head: Node) -> None:
        super().enter(statement, head)
        indices = (self.split(statement, name)[1].get("step") for name in self.names.inside(head, statement))
        self._step = next((index for index in indices if index is not None), None)
        self._names_in = {}

    def side(self, node: Node, keep: frozenset[str] = frozenset()) -> list[Typed]:
        if self.is_told:
            return super().side(node, keep)
        self.is_head = node is self.head
        if self.is_head:
            return self.read(node, Scope(keep | {ALL}))
        if self.head is None:
            raise Misfit("a side of no statement")
        try:
            self.is_head = True
            head = self.read(self.head, Scope(keep | {ALL}))[0]
        except Unexplained:  # it is being defined
            return self.read(node, Scope(keep | {ALL}))
        finally:
            self.is_head = False
        kept = frozenset(map(str, head.rows)) | {chained(role[0].name) for role in self.roles(head) if role is not None}
        found = [self.like(reading, head) for reading in self.read(node, Scope(keep | kept))]
        fitting = [reading for reading in found if reading is not None]
        if not fitting:
            raise Misfit("its two sides differ in their axes")
        return fitting

    def part(self, node: Node) -> list[Typed]:
        return self.read(node, Scope(frozenset((ALL,))))

    def laid_out(self, of: Typed) -> Typed:
        return of if self.is_told else Typed(of.term, of.term.axes, (), of.notes, of.cost)

    def like(self, reading: Typed, head: Typed) -> Typed | None:
        """A reading with its axes in the order of those of the head; None where they are others."""
        if reading.is_number and reading.term == constant(0):
            return replace(head, term=broadcast(reading.term, head.term.axes), notes=reading.notes)
        if set(reading.rows) != set(head.rows):
            return None
        if reading.rows == head.rows:
            return reading
        labels = LABELS[: len(reading.rows)]
        out = "".join(labels[reading.rows.index(name)] for name in head.rows)
        return Named(Einsum((reading.term,), (labels,), out), head.rows, (), reading.notes, reading.cost)

    # Axes

    def named(self, of: Typed, roles: tuple[Role, ...], scope: Scope, own: tuple[Index | None, ...]) -> Named:
        """A reading by the names of its axes; `own` are the steps of those along output units."""
        axes = of.term.axes
        term = of.term
        kept = [n for n, axis in enumerate(axes) if not self.is_single(axis) and not self.is_output(axis)]
        if not self._whole and len(kept) < len(axes):
            labels = LABELS[: len(axes)]
            units = [n for n, axis in enumerate(axes) if self.is_output(axis)]
            if units:
                operands = [term, *(self.unit(own[n], scope) for n in units)]
                out = "".join(label for n, label in enumerate(labels) if n not in units)
                term = Einsum(tuple(operands), (labels, *(labels[n] for n in units)), out)
            if any(self.is_single(axis) for axis in term.axes):
                term = Entry(term, tuple(FIRST if self.is_single(axis) else None for axis in term.axes))
        elif self._whole:
            kept = list(range(len(axes)))
        names = names_of(axes[n] for n in kept)
        return Named(term, names, (), of.notes, of.cost, of.chain, roles=tuple(roles[n] for n in kept))

    def unit(self, own: Index | None, scope: Scope) -> Term:
        """The target, one-hot, at a step: that of the array itself, of the claim, or of the sum around it."""
        assert self.one_hot is not None
        step = own or self._step
        if step is None:
            steps = [name for name in scope.bound if self.chained.get(name) == "step"]
            step = letter(steps[0]) if steps else None
        if step is None:
            return Ref(SAME_TARGET, (), self.one_hot.axes)
        return replace(self.one_hot, at=(step,))

    def quantity(self, name: Name, known: Known, span: Span) -> Typed:
        found = super().quantity(name, known, span)
        if self.is_told:
            return found
        step = self.split(self.here, name)[1].get("step")
        if step is None and "step" in known.chains:
            step = self.defaults["step"]
        n = len(found.term.axes)
        return replace(self.named(found, (None,) * n, self._around, (step,) * n), source=known.name)

    def read(self, node: Node, scope: Scope) -> list[Typed]:
        with self.within(scope):
            return super().read(node, scope)

    def factor(self, factors: list[Node], ops: list[str], n: int, scope: Scope) -> tuple[list[Typed], int]:
        with self.within(scope):
            return super().factor(factors, ops, n, scope)

    @contextmanager
    def within(self, scope: Scope) -> Iterator[None]:
        """Where what is read now stands."""
        before, self._around = self._around, scope
        try:
            yield
        finally:
            self._around = before

    # Products

    def names_in(self, node: Node) -> frozenset[str]:
        """The axes that a tree may have, whatever is summed in it, and what its Jacobians may be chained through."""
        if id(node) not in self._names_in:
            self._names_in[id(node)] = node, self._axes_in(node)
        return self._names_in[id(node)][1]

    def _axes_in(self, node: Node) -> frozenset[str]:
        if isinstance(node, Big) and node.lower is None:
            return frozenset()
        keys = {self.key(name) for name in self.names.inside(node, self.here)}
        found: set[str] = set()
        for known in filter(None, map(self.known.get, keys)):
            axes = (known.rows or ()) + (known.cols or ())
            found |= set(map(str, names_of(a for a in axes if not self.is_single(a) and not self.is_output(a))))
        if any(isinstance(part, Partial) for part in nodes(node)):
            found |= {f"{name}'" for name in found} | {chained(key) for key in keys}
        return frozenset(found)

    def factors(self, factors: list[Node], ops: list[str], scope: Scope) -> list[Typed]:
        if self.is_told:
            return super().factors(factors, ops, scope)
        mine = [self.names_in(factor) for factor in factors]
        parts: list[list[Typed]] = []
        n = 0
        while n < len(factors):
            own = self.reach(factors, n)
            others = frozenset().union(*(names for k, names in enumerate(mine) if not n <= k < own))
            readings, taken = self.factor(factors, ops, n, scope.with_kept(others))
            parts.append(readings)
            n += taken
        chosen = islice(product(*parts), BEAM)
        return [self.multiplied(list(readings), scope.keep) for readings in chosen]

    def reach(self, factors: list[Node], n: int) -> int:
        """Where what factor n takes to itself ends: a Σ all that follows, a function its argument."""
        node = factors[n]
        if isinstance(node, Big) and node.op == "sum":
            return len(factors)
        name = self.names.read(node, None, self.here) if isinstance(node, Symbol | Script) else None
        return n + 1 if name is None or self.key(name) in self.known else n + 2

    def sum(self, parts: tuple[Node, ...], signs: tuple[int, ...], scope: Scope) -> list[Typed]:
        if self.is_told:
            return super().sum(parts, signs, scope)
        found = []
        for terms in islice(product(*(self.read(part, scope) for part in parts)), BEAM):
            found.append(self.added(list(terms), signs))
        return found

    def quotient(self, over: list[Typed], under: list[Typed]) -> list[Typed]:
        if self.is_told:
            return super().quotient(over, under)
        found = []
        for a, b in islice(product(over, under), BEAM):
            inverse = b.with_term(Power(b.term, Fraction(-1)), b.rows, ())
            found.append(self.multiplied([a, inverse], frozenset((ALL,))))
        return found

    def power(self, of: Typed, exponent: Index) -> Typed:
        if self.is_told:
            return super().power(of, exponent)
        power: Fraction | Index = exponent if exponent.letters else Fraction(exponent.constant)
        return of.with_term(Power(of.term, power), of.rows, ())

    def transposed(self, of: Typed) -> Typed:
        """Of a matrix its transpose; numbers and vectors stand and lie alike."""
        if self.is_told:
            return super().transposed(of)
        if len(of.rows) > 2:
            raise Misfit("the transpose of what is no matrix")
        if len(of.rows) < 2:
            return of
        roles = tuple(None if role is None else (role[0], not role[1]) for role in reversed(self.roles(of)))
        return self.composed(Einsum((of.term,), ("ab",), "ba"), of, roles=roles)

    # Derivatives

    def partial(self, of: Node, wrt: Node, direct: bool | None, scope: Scope) -> list[Typed]:
        if self.is_told:
            return super().partial(of, wrt, direct, scope)
        self._whole += 1
        try:
            found = super().partial(of, wrt, direct, scope)[:1]
        finally:
            self._whole -= 1
        return [self.by_names(reading, scope) for reading in found]

    def by_names(self, of: Typed, scope: Scope) -> Typed:
        """A derivative by the names of its axes."""
        roles: tuple[Role, ...] = (None,) * len(of.term.axes)
        if of.chain is not None:
            roles = tuple(role for role in chain_roles(of.chain) for _ in role[0].axes)
            of = replace(of, term=natural(of), turned=False)
        steps = tuple(None if role is None else self.step_of(role[0]) for role in roles)
        return self.named(of, roles, scope, steps)

    def step_of(self, ref: Ref) -> Index | None:
        """The step at which a quantity stands."""
        known = self.known[ref.name]
        return ref.at[known.chains.index("step")] if "step" in known.chains else None

    def layouts(self, of: Typed, u: Ref, v: Ref) -> list[Typed]:
        if self.is_told:
            return super().layouts(of, u, v)
        return [replace(of, rows=u.axes + v.axes, cols=(), chain=(u, v))]

    def picked(self, of: Typed, script: Node) -> Typed:
        if self.is_told:
            return super().picked(of, script)
        found = super().picked(replace(of, rows=of.term.axes, cols=()), script)
        return self.composed(found.term, found)
