"""The scalar form of the notes: the target's output unit and one hidden unit, so that every array is one function of t.

The factors are read off the model's own equations: each is a local derivative (`derive.pullback`) at size one. What that
leaves out (the other output units, which unit is the target at which step) is stated where the form is printed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

import sympy
from sympy import Expr, Function, Product, Sum, Symbol

from derive.array import Array, Parameter, Softmax, Value, t, walk
from derive.chain import delta, paths
from derive.entries import SYMBOLIC
from derive.evaluate import Entries, Field, evaluate
from derive.model import Model
from derive.pullback import Leaf, pullback
from derive.unroll import unroll
from derive.written import Equality, Partial, Plus, Times, equality, signed, split

T = Symbol("T", integer=True, positive=True)
V = Symbol("V", integer=True, positive=True)
i, j, k, m = sympy.symbols("i j k m", integer=True, positive=True)
eta = Symbol("eta", positive=True)
loss = Symbol("L", real=True)

ONE: defaultdict[str, int] = defaultdict(lambda: 1)


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
        each = unit.replace(lambda e: isinstance(e, sympy.core.function.AppliedUndef), lambda e: e.func(*e.args, j))
        return sympy.exp(unit) / Sum(sympy.exp(each), (j, 1, V))
    if any(isinstance(part, Softmax) for part in walk(array)):
        raise ValueError("a softmax inside another operation has no scalar form")

    def leaf(node: Leaf, field: Field) -> Entries:
        return [name(node)]

    return evaluate(array, ONE, leaf, SYMBOLIC)[0]


@dataclass(frozen=True)
class Link:
    """One factor of a chain: ∂u/∂v and what it is."""

    partial: Partial
    value: Expr

    def at(self, step: Expr | int) -> Link:
        """The same factor at another step."""
        return Link(at(self.partial, step), at(self.value, step))

    @property
    def equality(self) -> Equality:
        return equality(self.partial, self.value)


def at(expression: Expr, step: Expr | int) -> Expr:
    """The expression with `step` put for t."""
    return expression.xreplace({t: sympy.sympify(step)})


@dataclass(frozen=True)
class Scalar:
    """A model in scalar form. Values named in `inlined` are written out inside the equation that reads them, as the
    notes write net_a inside the tanh."""

    model: Model
    inlined: frozenset[str] = frozenset({"net_a"})

    def definition(self, value: str) -> Equality:
        """The equation of a value, the inlined ones put in; the loss for the target's unit."""
        equation = self.model.equation(value)
        side = scalar(equation.expression)
        for other in self.inlined:
            inner = self.model.equation(other)
            side = side.xreplace({name(inner.value): scalar(inner.expression)})
        return equality(name(equation.value), side)

    def total(self, steps: int | None = None) -> Equality:
        """L = Σ_t L(t), and written out where the number of steps is given."""
        each = name(self.model.loss.value)
        return equality(loss, over_steps(each), *written_out(each, steps))

    def local(self, of: Value, wrt: Leaf) -> Expr:
        """∂⁺u/∂v at size one, for a value u at step t and a leaf v of its equation."""
        equation = self.model.equation(of.name)
        seed = delta(equation.value)
        adjoint = pullback(equation, seed)[wrt]
        return sympy.factor_terms(scalar(adjoint).xreplace({name(seed): sympy.S.One}))

    def gradient(self, parameter: str) -> Gradient:
        """The derivation of ∂L/∂θ. Raises ValueError for a model with several paths from L(t) to θ within one step."""
        return Gradient(self, parameter)

    def links(self, values: tuple[Leaf, ...]) -> tuple[Link, ...]:
        """The factors along a path at generic steps, those through inlined values multiplied together."""
        found: list[Link] = []
        start, value = values[0], sympy.S.One
        for of, wrt in zip(values, values[1:], strict=False):
            assert isinstance(of, Value)
            value = value * self.local(of.at(t), _relative(wrt, of))
            if wrt.name not in self.inlined:
                direct = isinstance(wrt, Parameter) and start.name in {state.name for state in self.model.states}
                found.append(Link(Partial(name(start), name(wrt), direct), at(value, start.step)))  # type: ignore[union-attr]
                start, value = wrt, sympy.S.One
        return tuple(found)


def _relative(wrt: Leaf, of: Value) -> Leaf:
    return wrt.at(t + wrt.step - of.step) if isinstance(wrt, Value) else wrt


def over_steps(summand: Expr, index: Symbol = t, upper: Expr = T) -> Expr:
    """Σ over the steps, with a sign or number in front."""
    number, rest = split(summand)
    return number * Sum(rest, (index, 1, upper))


def written_out(summand: Expr, steps: int | None) -> list[Expr]:
    """The sum over t = 1, …, `steps` term by term, as a list of one side; none for None."""
    return [Plus(*(at(summand, step) for step in range(1, steps + 1)))] if steps else []


@dataclass(frozen=True)
class Gradient:
    """The derivation of one gradient in scalar form, each stage an equality of SymPy expressions."""

    form: Scalar
    parameter: str

    @property
    def theta(self) -> Symbol:
        return Symbol(self.parameter, real=True)

    @cached_property
    def chain(self) -> tuple[Link, ...]:
        """The factors from L(t) to the use of θ at t: the path that stays within the step."""
        found = paths(unroll(self.form.model, 1), 1, self.parameter)
        if len(found) != 1:
            raise ValueError(f"{self.form.model.name} has {len(found)} paths from L(t) to {self.parameter} in one step")
        return tuple(link.at(t) for link in self._generic(found[0].values, 1))

    @cached_property
    def recurrence(self) -> Link | None:
        """∂a(t)/∂a(t-1), or None for a parameter that no path through time reaches."""
        found = paths(unroll(self.form.model, 2), 2, self.parameter)
        if len(found) == 1:
            return None
        longest = max(found, key=lambda path: len(path.values))
        state = self.form.model.states[0].name
        links = self._generic(longest.values, 2)
        return next(link for link in links if link.partial.wrt.func.__name__ == link.partial.of.func.__name__ == state)

    def _generic(self, values: tuple[Leaf, ...], step: int) -> tuple[Link, ...]:
        moved = tuple(value.at(t + value.step - step) if isinstance(value, Value) else value for value in values)
        return self.form.links(moved)

    @property
    def head(self) -> tuple[Link, ...]:
        """The factors before the use of θ: ∂L(t)/∂y(t), ∂y(t)/∂net_y(t) and, for a recurrent θ, ∂net_y(t)/∂a(t)."""
        return self.chain[:-1]

    @property
    def use(self) -> Link:
        """The factor of the use itself, ∂⁺a(t)/∂θ or ∂net_y(t)/∂θ."""
        return self.chain[-1]

    def partial(self, step: Expr | int = t) -> Partial:
        """∂L(t)/∂θ."""
        return at(Partial(name(self.form.model.loss.value), self.theta), step)

    @property
    def whole(self) -> Partial:
        """∂L/∂θ."""
        return Partial(loss, self.theta)

    def total(self, steps: int | None = None) -> Equality:
        """∂L/∂θ = ∂L(1)/∂θ + … = Σ_t ∂L(t)/∂θ, the middle one where the number of steps is given."""
        return equality(self.whole, *written_out(self.partial(), steps), over_steps(self.partial()))

    def through_time(self, step: Expr | int, last: int = 1) -> Expr:
        """∂a(t)/∂θ in full: the direct use at every k from `step` down to 1, each carried to `step` by the recurrence."""
        return Plus(
            *(Times(*self.carry(step, use), self.use.at(use).partial) for use in range(int(step), last - 1, -1))
        )

    def carry(self, step: int | Expr, use: int) -> tuple[Expr, ...]:
        """∂a(i)/∂a(i-1) … ∂a(k+1)/∂a(k)."""
        assert self.recurrence is not None
        return tuple(self.recurrence.at(later).partial for later in range(int(step), use, -1))

    @cached_property
    def chain_rule(self) -> Equality:
        """∂L(t)/∂θ as the product of its factors; for a recurrent θ its last factor is the derivative through time."""
        last = self.use.partial if self.recurrence is None else Partial(self.use.partial.of, self.theta)
        return equality(self.partial(), Times(*(link.partial for link in self.head), last))

    @cached_property
    def recursion(self) -> Equality:
        """∂a(t)/∂θ = ∂⁺a(t)/∂θ + ∂a(t)/∂a(t-1) ∂a(t-1)/∂θ, for a recurrent θ."""
        assert self.recurrence is not None
        state = self.use.partial.of
        earlier = Partial(at(state, t - 1), self.theta)
        return equality(Partial(state, self.theta), Plus(self.use.partial, Times(self.recurrence.partial, earlier)))

    @property
    def factors(self) -> tuple[Equality, ...]:
        """What each factor is."""
        links = (*self.head, *((self.recurrence.at(m),) if self.recurrence else ()), self.use)
        return tuple(link.equality for link in links)

    @cached_property
    def substituted(self) -> Equality:
        """∂L(t)/∂θ, for a θ without recurrence: substituted, cancelled, and with ŷ(t) = 1."""
        product = Times(*(link.value for link in self.chain))
        simple = product.doit()
        return equality(self.partial(), product, simple, self.known(simple))

    def known(self, expression: Expr) -> Expr:
        """The expression for the target's unit, where ŷ = 1."""
        target = self.form.model.loss.expression
        one_hot = {leaf.name for leaf in walk(target) if isinstance(leaf, Value) and leaf.one_hot}
        number, rest = expression.as_coeff_Mul()
        return signed(number, rest.replace(lambda e: getattr(e.func, "__name__", "") in one_hot, lambda e: sympy.S.One))

    def at_step(self, step: int) -> Equality:
        """∂L/∂θ at one step: bracketed, expanded into paths, and with every factor substituted."""
        head = [link.at(step) for link in self.head]
        if self.recurrence is None:
            return equality(self.partial(step), at(self.substituted.sides[-1], step))
        front = [link.partial for link in head]
        uses = range(step, 0, -1)
        paths_ = Plus(*(Times(*front, *self.carry(step, use), self.use.at(use).partial) for use in uses))
        error = self.known(sympy.Mul(*(link.value for link in head)))
        terms = [
            Times(*(self.recurrence.at(later).value for later in range(step, use, -1)), self.use.at(use).value)
            for use in uses
        ]
        return equality(
            self.partial(step),
            Times(*front, self.through_time(step)),
            paths_,
            Times(error, Plus(*terms)),
        )

    @cached_property
    def closed(self) -> Equality:
        """∂L/∂θ in closed form: a sum over t, or the double sum over i and k with the product of ∂a(m)/∂a(m-1)."""
        if self.recurrence is None:
            return equality(self.whole, over_steps(self.partial()), over_steps(self.substituted.sides[-1]))
        front, use, carry = [link.at(i) for link in self.head], self.use.at(k), self.recurrence.at(m)
        named = Times(*(link.partial for link in front), Product(carry.partial, (m, k + 1, i)), use.partial)
        number, error = split(self.known(sympy.Mul(*(link.value for link in front))))
        inner = Sum(Times(Product(carry.value, (m, k + 1, i)), use.value), (k, 1, i))
        return equality(
            self.whole,
            Sum(Sum(named, (k, 1, i)), (i, 1, T)),
            number * Sum(Times(error, inner), (i, 1, T)),
        )

    @property
    def final(self) -> Equality:
        """∂L/∂θ and its closed form, without the stages between."""
        return equality(self.whole, self.closed.sides[-1])

    @property
    def change(self) -> Equality:
        """Δθ = -η ∂L/∂θ, substituted."""
        number, rest = split(self.closed.sides[-1])
        return equality(self.delta, -eta * self.whole, signed(-number, Times(eta, rest)))

    @property
    def delta(self) -> Symbol:
        return Symbol(f"Delta_{self.parameter}", real=True)

    @property
    def update(self) -> Equality:
        """θ ← θ + Δθ."""
        return Equality(self.theta, (Plus(self.theta, self.delta),), assigns=True)
