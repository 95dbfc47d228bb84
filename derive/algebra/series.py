"""Array expressions over all steps: Σ_t and Π_m of a generic term, Jacobians by name, and the closed double sum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from itertools import pairwise
from typing import TypeGuard

import sympy
from sympy import Expr, Symbol

from derive.algebra.array import (
    Array,
    Map,
    MatMul,
    Parameter,
    Shape,
    Value,
    add,
    at_step,
    constant,
    diag,
    matmul,
    rebuild,
    t,
    total,
    transpose,
    walk,
)
from derive.algebra.chain import Adjoints, delta, paths
from derive.algebra.model import Model
from derive.algebra.notation import WHOLE
from derive.algebra.pullback import Leaf, jacobian, pullback
from derive.algebra.unroll import unroll
from derive.algebra.written import Equality

T = Symbol("T")  # as in a model's scale
i, k, m = sympy.symbols("i k m", integer=True, positive=True)


@dataclass(frozen=True)
class Jacobian(Array):
    """∂u/∂v by name, or with `direct` ∂⁺u/∂v: u's index first. For a scalar u it has the shape of v."""

    of: Leaf
    wrt: Leaf
    direct: bool = False


@dataclass(frozen=True)
class Over(Array):
    """Σ or Π (`sign` is sum or prod) of a term whose leaves stand at `index`; a product runs from left to right."""

    sign: str
    index: Symbol
    lower: Expr
    upper: Expr
    term: Array

    @property
    def args(self) -> tuple[Array, ...]:
        return (self.term,)

    def with_args(self, args: tuple[Array, ...]) -> Array:
        return replace(self, term=args[0])


LOSS = Parameter((), WHOLE)  # the loss of the whole run, a name without a step


def partial(of: Leaf, wrt: Leaf, direct: bool = False) -> Jacobian:
    """∂u/∂v as a name."""
    return Jacobian(of.shape + wrt.shape, of, wrt, direct)


def total_over(term: Array, index: Symbol = t, lower: Expr | int = 1, upper: Expr = T) -> Array:
    """Σ of the term over the index."""
    return Over(term.shape, "sum", index, sympy.sympify(lower), upper, term)


def put(array: Array, index: Symbol, step: Expr) -> Array:
    """The expression with `step` for the index, in leaves and in bounds."""
    if isinstance(array, Value):
        return array.at(array.step.xreplace({index: step}))
    if isinstance(array, Over):
        lower, upper = (bound.xreplace({index: step}) for bound in (array.lower, array.upper))
        array = replace(array, lower=lower, upper=upper)
    return array.with_args(tuple(put(arg, index, step) for arg in array.args)) if array.args else array


def unrolled(array: Array, steps: int) -> Array:
    """The expression for T = `steps`, every Σ and Π written out in the operations of `derive.algebra.array` alone."""
    if isinstance(array, Map) and array.rule.has(T):
        array = replace(array, rule=array.rule.subs(T, steps))
    if not isinstance(array, Over):
        args = tuple(unrolled(arg, steps) for arg in array.args)
        return args[1] if isinstance(array, MatMul) and args[0] == identity(args[0].shape) else array.with_args(args)
    lower, upper = (int(bound.subs(T, steps)) for bound in (array.lower, array.upper))
    terms = [unrolled(put(array.term, array.index, sympy.Integer(n)), steps) for n in range(lower, upper + 1)]
    if array.sign == "sum":
        return add(*terms)
    return reduce(matmul, terms) if terms else identity(array.shape)


def identity(shape: Shape) -> Array:
    """The identity matrix, what an empty product is."""
    return diag(constant(1, shape[:1]))


def along(model: Model, values: Sequence[Leaf], adjoint: Array) -> Array:
    """The adjoint that arrives at the last of the values along this path alone, for the adjoint of the first."""
    for value, leaf in pairwise(values):
        assert isinstance(value, Value)
        equation = model.equation(value.name)
        seed = delta(equation.value)
        generic = at_step(pullback(equation, seed)[read_by(value, leaf)], value.step)
        adjoint = _replace(generic, seed.at(value.step), adjoint)
    return adjoint


def _replace(array: Array, old: Array, new: Array) -> Array:
    return rebuild(array, lambda leaf: new if leaf == old else leaf)


def read_by(value: Leaf, leaf: Leaf) -> Leaf:
    """The leaf as the value's equation reads it at a generic step."""
    return leaf.at(t + leaf.step - value.step) if isinstance(leaf, Value) and isinstance(value, Value) else leaf


@dataclass(frozen=True)
class ThroughTime:
    """The one path by which L(i) reaches the use of θ at step k, in three parts: from L(i) to the state s(i), from s(m)
    to s(m-1), and from s(k) to θ."""

    model: Model
    head: tuple[Leaf, ...]
    carry: tuple[Leaf, ...]
    use: tuple[Leaf, ...]

    @cached_property
    def error(self) -> Array:
        """∂L(i)/∂s(i) through step i alone."""
        return along(self.model, self.head, constant(1))

    @cached_property
    def jacobian(self) -> Array:
        """∂s(m)/∂s(m-1), the product of the local Jacobians."""
        return reduce(matmul, map(transpose, reversed(_transposed(self.model, self.carry))))

    @cached_property
    def transition(self) -> Array:
        """(∂s(m)/∂s(m-1))ᵀ, the local Jacobians transposed and in reverse order."""
        return reduce(matmul, _transposed(self.model, self.carry))

    def carried(self, transition: Array, error: Array) -> Array:
        """Π_{m=k+1}^{i} (∂s(m)/∂s(m-1))ᵀ times the error at s(i): what L(i) sends back to s(k)."""
        return matmul(Over(transition.shape, "prod", m, k + 1, i, transition), error)

    @cached_property
    def arriving(self) -> Equality:
        """∂L(i)/∂s(k): what L(i) sends back to step k, with the Jacobians by name and as they are."""
        (loss, *_, late), (later, *_, earlier), early = self.head, self.carry, self.use[0]
        named = self.carried(transpose(partial(later, earlier)), partial(loss, late))
        sides = (named, self.carried(self.transition, self.error))
        return Equality(partial(loss, early), sides, where=sympy.Le(k, i))

    @cached_property
    def double_sum(self) -> Array:
        """∂L/∂θ = Σ_i Σ_{k≤i} of the terms (i, k), times the loss's scale."""
        return total_over(total_over(self.term, k, 1, i), i) * self.model.scale

    @cached_property
    def term(self) -> Array:
        """The derivative of L(i) through the use of θ at step k alone."""
        inside = reduce(matmul, [*_transposed(self.model, self.use[:-1]), self.carried(self.transition, self.error)])
        return along(self.model, self.use[-2:], inside)


def _transposed(model: Model, values: Sequence[Leaf]) -> list[Array]:
    """The Jacobians along a path of vectors, transposed, the last one first."""
    found: list[Array] = []
    for value, leaf in pairwise(values):
        wrt = read_by(value, leaf)
        assert isinstance(value, Value) and isinstance(wrt, Value)
        found.insert(0, transpose(at_step(jacobian(model.equation(value.name), wrt), value.step)))
    return found


def through_time(model: Model, parameter: str) -> ThroughTime | None:
    """The path through time to a parameter, None where there is none. Raises ValueError where there are several, or
    where a value on it is no vector."""
    found = paths(unroll(model, 2), 2, parameter)
    if len(found) < 2:
        return None
    if model.loss.once:
        raise ValueError(f"{model.name}: its loss stands at the end of the run alone")
    if len(found) > 2:
        raise ValueError(f"{model.name}: several paths lead from one step to the step before it")
    values = max((path.values for path in found), key=len)
    if any(len(value.shape) != 1 for value in values[1:-1]):
        raise ValueError(f"{model.name}: a value on the path to {parameter} is no vector")
    state = model.states[0].name
    late, early = (n for n, value in enumerate(values) if value.name == state)
    return ThroughTime(
        model,
        shifted(values[: late + 1], i - 2),
        shifted(values[late : early + 1], m - 2),
        shifted(values[early:], k - 1),
    )


def shifted(values: Sequence[Leaf], by: Expr) -> tuple[Leaf, ...]:
    """The same path a number of steps later."""
    return tuple(value.at(value.step + by) if isinstance(value, Value) else value for value in values)


def by_deltas(derived: Adjoints, parameter: str) -> tuple[Array, Array]:
    """∂L/∂θ = Σ_t of its summand in the deltas, and with those deltas put in that need no other delta (y - ŷ)."""
    plain = {
        equation.value: derived.seeded(equation.expression)
        for equation in derived.equations
        if not any(is_delta(leaf) for leaf in walk(derived.seeded(equation.expression)))
    }

    def put_in(array: Array) -> Array:
        return rebuild(array, lambda leaf: plain.get(leaf, leaf))  # type: ignore[call-overload]

    summand, once = (
        derived.seeded(found[parameter]) if parameter in found else None for found in (derived.summands, derived.once)
    )
    parts = [total_over(summand), total_over(put_in(summand))] if summand is not None else None
    ends = [once, put_in(once)] if once is not None else None
    if parts is None or ends is None:
        first, second = parts or ends or [constant(0, derived.model.parameter(parameter).shape)] * 2
        return first, second
    return parts[0] + ends[0], parts[1] + ends[1]


BEYOND = frozenset((T + 1, sympy.Integer(0)))


def at_the_ends(derived: Adjoints) -> list[Equality]:
    """The errors of states that values of the whole run read, at the step where these read them: there nothing comes
    from beyond, and they get more."""
    found = []
    for (name, step), more in derived.ends.items():
        equation = next(e for e in derived.equations if e.name == f"delta_{name}")
        here = put(equation.expression, t, step)
        kept = rebuild(here, lambda leaf: constant(0, leaf.shape) if is_delta(leaf) and leaf.step in BEYOND else leaf)
        found.append(Equality(equation.value.at(step), (derived.seeded(kept + more),)))
    return found


def is_delta(leaf: Array) -> TypeGuard[Value]:
    """Whether a leaf is the adjoint of a value."""
    return isinstance(leaf, Value) and leaf.name.startswith("delta_")


def _chained(local: Jacobian, adjoint: Array) -> Array:
    """What the adjoint of u sends back to v: (∂u/∂v)ᵀ ū, where u or v is a number a product or a sum."""
    if not local.of.shape:
        return local * adjoint
    return transpose(local) @ adjoint if local.wrt.shape else total(local * adjoint)


def by_name(derived: Adjoints, value: Value) -> Array:
    """dL/du as the sum over the values that read u of their Jacobian, by name and transposed, times their adjoint."""
    model, named = derived.model, {equation.name for equation in derived.equations}
    terms: list[Array] = []
    for equation in model.equations:
        for leaf in pullback(equation, delta(equation.value)):
            if isinstance(leaf, Value) and leaf.name == value.name:
                reader = equation.value.at(t + t - leaf.step)
                local = partial(reader, value, direct=True)
                if equation is model.loss:
                    terms.append(local * model.scale)
                else:
                    known = delta(reader).name in named
                    terms.append(_chained(local, delta(reader) if known else by_name(derived, equation.value)))
    return add(*terms)
