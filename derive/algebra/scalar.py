"""The scalar form of the notes: the target's output unit and one hidden unit, every array one function of t.

The factors are read off the model's own equations: each is a local derivative (`derive.algebra.pullback`) at size
one. What that leaves out (the other output units, which unit is the target at which step) is said where the form is
printed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import sympy
from sympy import Expr, Function, Product, Sum, Symbol
from sympy.core.function import AppliedUndef

from derive.algebra.array import Array, Parameter, Softmax, Value, t, walk
from derive.algebra.chain import delta, paths
from derive.algebra.entries import SYMBOLIC
from derive.algebra.evaluate import evaluate
from derive.algebra.model import Model
from derive.algebra.pullback import Leaf, pullback
from derive.algebra.series import T, i, k, m, read_by, shifted, through_time
from derive.algebra.unroll import unroll
from derive.algebra.written import Equality, Partial, Plus, Times, equality, signed, split
from derive.kernel.field import Entries, Field

V = Symbol("V", integer=True, positive=True)
j = Symbol("j", integer=True, positive=True)
eta = Symbol("eta", positive=True)
loss = Symbol("L", real=True)


def name(leaf: Leaf) -> Expr:
    """A leaf in scalar form: a(t) is a function of the step, a parameter a symbol."""
    if isinstance(leaf, Parameter):
        return Symbol(leaf.name, real=True)
    applied: Expr = Function(leaf.name, real=True)(leaf.step)
    return applied


def scalar(array: Array) -> Expr:
    """An array expression with every array read as one number; the sum under a softmax runs over the output units j.

    Raises ValueError for a softmax inside another operation.
    """
    if isinstance(array, Softmax):
        unit = scalar(array.operand)
        each = unit.replace(lambda e: isinstance(e, AppliedUndef), lambda e: e.func(*e.args, j))
        return sympy.exp(unit) / Sum(sympy.exp(each), (j, 1, V))
    if any(isinstance(part, Softmax) for part in walk(array)):
        raise ValueError("a softmax inside another operation has no scalar form")

    def leaf(node: Leaf, field: Field) -> Entries:
        return [name(node)]

    return evaluate(array, defaultdict(lambda: 1), leaf, SYMBOLIC)[0]


def at(expression: Expr, step: Expr | int) -> Expr:
    """The expression with `step` put for t."""
    return expression.xreplace({t: sympy.sympify(step)})


def over_steps(summand: Expr, steps: int | None = None) -> Expr:
    """Σ_t of the summand, a sign in front of it; with `steps` written out term by term."""
    if steps is not None:
        return Plus(*(at(summand, step) for step in range(1, steps + 1)))
    number, rest = split(summand)
    return number * Sum(rest, (t, 1, T))


@dataclass(frozen=True)
class Factor:
    """One factor of a chain: ∂u/∂v and what it is."""

    partial: Partial
    value: Expr

    def at(self, step: Expr | int) -> Factor:
        """The same factor at another step."""
        return Factor(at(self.partial, step), at(self.value, step))


def product(factors: Iterable[Factor]) -> Expr:
    """The factors' values, multiplied and cancelled."""
    return sympy.Mul(*(factor.value for factor in factors))


@dataclass(frozen=True)
class ScalarForm:
    """A model in scalar form. Values named in `inlined` are written out inside the equation that reads them, as the
    notes write net_a inside the tanh."""

    model: Model
    inlined: frozenset[str] = frozenset({"net_a"})

    def definition(self, value: str) -> Equality:
        """The equation of a value, the inlined ones put in; the loss for the target's unit."""
        side = scalar(self.model.equation(value).expression)
        for equation in map(self.model.equation, self.inlined):
            side = side.xreplace({name(equation.value): scalar(equation.expression)})
        return equality(name(self.model.equation(value).value), side)

    def total(self, steps: int | None = None) -> Equality:
        """L = Σ_t L(t), and written out where the number of steps is given."""
        each = name(self.model.loss.value)
        return equality(loss, over_steps(each), *([over_steps(each, steps)] if steps else []))

    def local(self, of: Value, wrt: Leaf) -> Expr:
        """∂⁺u/∂v at size one, for a value u and a leaf v of its equation."""
        equation = self.model.equation(of.name)
        seed = delta(equation.value)
        adjoint = scalar(pullback(equation, seed)[read_by(of, wrt)])
        return at(sympy.factor_terms(adjoint.xreplace({name(seed): sympy.S.One})), of.step)

    def factors(self, path: Sequence[Leaf]) -> tuple[Factor, ...]:
        """The factors along a path, those through inlined values multiplied together."""
        states = {state.name for state in self.model.states}
        found: list[Factor] = []
        start, value = path[0], sympy.S.One
        for of, wrt in pairwise(path):
            assert isinstance(of, Value)
            value = value * self.local(of, wrt)
            if wrt.name not in self.inlined:
                direct = isinstance(wrt, Parameter) and start.name in states
                found.append(Factor(Partial(name(start), name(wrt), direct), value))
                start, value = wrt, sympy.S.One
        return tuple(found)

    def known(self, expression: Expr) -> Expr:
        """The expression for the target's unit, where ŷ = 1."""
        leaves = walk(self.model.loss.expression)
        targets = {leaf.name for leaf in leaves if isinstance(leaf, Value) and leaf.one_hot}
        number, rest = split(expression)
        ones = {e: sympy.S.One for e in rest.atoms(AppliedUndef) if e.func.__name__ in targets}
        return signed(number, rest.xreplace(ones))

    def gradient(self, parameter: str) -> Gradient:
        """The derivation of ∂L/∂θ."""
        return Gradient(self, parameter)


@dataclass(frozen=True)
class Gradient:
    """The derivation of one gradient in scalar form, each stage an equality of SymPy expressions."""

    form: ScalarForm
    parameter: str

    @property
    def theta(self) -> Symbol:
        return Symbol(self.parameter, real=True)

    @cached_property
    def chain(self) -> tuple[Factor, ...]:
        """The factors from L(t) to the use of θ at t. Raises ValueError where several paths stay within the step."""
        found = paths(unroll(self.form.model, 1), 1, self.parameter)
        if len(found) != 1:
            raise ValueError(f"{self.form.model.name} has {len(found)} paths from L(t) to {self.parameter} in one step")
        return self.form.factors(shifted(found[0].values, t - 1))

    @property
    def head(self) -> tuple[Factor, ...]:
        """The factors before the use of θ: ∂L(t)/∂y(t), ∂y(t)/∂net_y(t) and, for a recurrent θ, ∂net_y(t)/∂a(t)."""
        return self.chain[:-1]

    @property
    def use(self) -> Factor:
        """The factor of the use itself, ∂⁺a(t)/∂θ or ∂net_y(t)/∂θ."""
        return self.chain[-1]

    @cached_property
    def recurrence(self) -> Factor | None:
        """∂a(t)/∂a(t-1); None for a θ whose uses act on their own step alone. Raises ValueError for several paths."""
        path = through_time(self.form.model, self.parameter)
        if path is None:
            return None
        later, *_, earlier = values = shifted(path.carry, t - m)
        return Factor(Partial(name(later), name(earlier)), product(self.form.factors(values)))

    @property
    def state(self) -> Expr:
        """a(t), where a recurrent θ is used."""
        return self.use.partial.of

    def partial(self, step: Expr | int = t) -> Expr:
        """∂L(t)/∂θ."""
        return at(Partial(name(self.form.model.loss.value), self.theta), step)

    @property
    def whole(self) -> Partial:
        """∂L/∂θ."""
        return Partial(loss, self.theta)

    def total(self, steps: int | None = None) -> Equality:
        """∂L/∂θ = ∂L(1)/∂θ + … = Σ_t ∂L(t)/∂θ, the middle one where the number of steps is given."""
        each = self.partial()
        return equality(self.whole, *([over_steps(each, steps)] if steps else []), over_steps(each))

    @property
    def chain_rule(self) -> Equality:
        """∂L(t)/∂θ as the product of its factors; for a recurrent θ the last one is the derivative through time."""
        last = self.use.partial if self.recurrence is None else Partial(self.state, self.theta)
        return equality(self.partial(), Times(*(factor.partial for factor in self.head), last))

    @property
    def recursion(self) -> Equality:
        """∂a(t)/∂θ = ∂⁺a(t)/∂θ + ∂a(t)/∂a(t-1) ∂a(t-1)/∂θ, for a recurrent θ."""
        assert self.recurrence is not None
        through = Partial(self.state, self.theta)
        return equality(through, Plus(self.use.partial, Times(self.recurrence.partial, at(through, t - 1))))

    @property
    def factors(self) -> tuple[Equality, ...]:
        """What each factor is."""
        between = () if self.recurrence is None else (self.recurrence.at(m),)
        return tuple(equality(factor.partial, factor.value) for factor in (*self.head, *between, self.use))

    @cached_property
    def substituted(self) -> Equality:
        """∂L(t)/∂θ for a θ without recurrence: substituted, cancelled, and with ŷ(t) = 1."""
        simple = product(self.chain)
        return equality(
            self.partial(), Times(*(factor.value for factor in self.chain)), simple, self.form.known(simple)
        )

    def at_step(self, step: int) -> Equality:
        """∂L(t)/∂θ at one step: for a recurrent θ in brackets, as a sum over paths, and substituted."""
        if self.recurrence is None:
            return equality(self.partial(step), at(self.substituted.sides[-1], step))
        head = [factor.at(step) for factor in self.head]
        front = [factor.partial for factor in head]
        carried = [
            (*(self.recurrence.at(later) for later in range(step, use, -1)), self.use.at(use))
            for use in range(step, 0, -1)
        ]
        names = [[factor.partial for factor in path] for path in carried]
        return equality(
            self.partial(step),
            Times(*front, Plus(*(Times(*path) for path in names))),
            Plus(*(Times(*front, *path) for path in names)),
            Times(
                self.form.known(product(head)),
                Plus(*(Times(*(factor.value for factor in path)) for path in carried)),
            ),
        )

    @cached_property
    def closed(self) -> Equality:
        """∂L/∂θ in closed form: a sum over t, or the double sum over i and k with the product of ∂a(m)/∂a(m-1)."""
        if self.recurrence is None:
            return equality(self.whole, over_steps(self.partial()), over_steps(self.substituted.sides[-1]))
        head, use, carry = [factor.at(i) for factor in self.head], self.use.at(k), self.recurrence.at(m)
        between = (m, k + 1, i)
        named = Times(*(factor.partial for factor in head), Product(carry.partial, between), use.partial)
        number, error = split(self.form.known(product(head)))
        uses = Sum(Times(Product(carry.value, between), use.value), (k, 1, i))
        return equality(self.whole, Sum(Sum(named, (k, 1, i)), (i, 1, T)), number * Sum(Times(error, uses), (i, 1, T)))

    @property
    def final(self) -> Equality:
        """∂L/∂θ and its closed form, without the stages between."""
        return equality(self.whole, self.closed.sides[-1])

    @property
    def change(self) -> Equality:
        """Δθ = -η ∂L/∂θ, and substituted."""
        number, rest = split(self.closed.sides[-1])
        return equality(self._change, -eta * self.whole, signed(-number, Times(eta, rest)))

    @property
    def update(self) -> Equality:
        """θ ← θ + Δθ."""
        return Equality(self.theta, (Plus(self.theta, self._change),), assigns=True)

    @property
    def _change(self) -> Symbol:
        return Symbol(f"Delta_{self.parameter}", real=True)
