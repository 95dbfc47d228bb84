"""A network as data: its equations at a generic step t, its parameters and their shapes.

Another cell is another list of equations; nothing outside such a list knows what an Elman network is. A network of
layers alone is one whose equations read nothing of another step: its steps are samples.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

import sympy
from sympy import Expr

from derive.algebra.array import Array, Parameter, Shape, Value, last, log, softmax, t, tanh, total, walk

# Of u: its adjoint; the parts of it that come back to a step from the next one and from the one before, and what these
# begin with beyond the last step and the first; its logarithm.
ADJOINTS = ("delta_", "carried_", "returned_", "end_", "start_", "log_")
# Of u: u one step before and after, an input u as a value, u at step 1, what stands inside the function that gives u.
VALUES = ("lag_", "lead_", "copy_", "first_", "inner_")
DERIVED = ADJOINTS + VALUES


@dataclass(frozen=True)
class Equation:
    """`name`(t) = `expression`, whose leaves stand at t, t-1, t+1, …; or with `step` = `last` a value of the whole run,
    name(T), whose leaves stand at the last step or at step 1."""

    name: str
    expression: Array
    step: Expr = t

    @property
    def value(self) -> Value:
        """The left side, name(t)."""
        return Value(self.expression.shape, self.name, self.step)

    @property
    def once(self) -> bool:
        """Whether this is a value of the whole run."""
        return bool(self.step == last)

    @property
    def leaves(self) -> Iterator[Value | Parameter]:
        """What the right side reads."""
        return (leaf for leaf in walk(self.expression) if isinstance(leaf, Value | Parameter))


@dataclass(frozen=True)
class Model:
    """A network: equations in the order of evaluation, the last one the loss L(t) of one step.

    The loss of a run is `scale` · (L(1) + … + L(T)), or `scale` · L(T) where the loss is a value of the whole run, as
    in a network from many inputs to one output; `scale` may depend on the symbol `T` (1/T for a mean). An input of the
    whole run stands at `last`. `over` says what t counts: "steps", or "samples".
    A value that an equation reads before step 1, or after the last, is an initial state, zero unless said otherwise.
    Raises ValueError where a value has no equation and is no input, where the loss is not a scalar, where a value of
    the whole run and one of a step are mixed up, and for a name that is taken: two things of one name, or one that
    begins like those that the derivation gives (`DERIVED`).
    """

    name: str
    inputs: tuple[Value, ...]
    parameters: tuple[Parameter, ...]
    equations: tuple[Equation, ...]
    scale: Expr = field(default=sympy.Integer(1))
    over: str = "steps"

    reserved: ClassVar[tuple[str, ...]] = DERIVED

    def __post_init__(self) -> None:
        names = self.names
        known = {*names} - {parameter.name for parameter in self.parameters}
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"{self.name}: there are two of the name {name}")
            if name.startswith(self.reserved):
                raise ValueError(f"{self.name}: {name} begins like a name of the derivation: give it another one")
        steps = {value.name: value.step for value in (*self.inputs, *(equation.value for equation in self.equations))}
        for equation in self.equations:
            for leaf in equation.leaves:
                where = f"{leaf.name} in the equation of {equation.name}"
                if isinstance(leaf, Parameter):
                    if leaf not in self.parameters:
                        raise ValueError(f"{self.name}: {leaf.name} is not among the parameters")
                elif leaf.name not in known:
                    raise ValueError(f"{self.name}: {where} has no equation")
                elif not equation.once and steps[leaf.name] == last:
                    raise ValueError(f"{self.name}: {where} is a value of the whole run, which no step can read")
                elif equation.once and leaf.step not in ((last,) if steps[leaf.name] == last else (last, 1)):
                    raise ValueError(f"{self.name}: {where} stands neither at the last step nor at the first")
                elif not equation.once and not (leaf.step - t).is_Integer:
                    raise ValueError(f"{self.name}: {where} stands at the step {leaf.step}, which is not t, t-1, …")
        if self.loss.expression.shape:
            raise ValueError(f"{self.name}: the last equation must be the scalar loss of one step")

    @property
    def names(self) -> list[str]:
        """The names of its inputs, parameters and values."""
        found: list[Value | Parameter | Equation] = [*self.inputs, *self.parameters, *self.equations]
        return [part.name for part in found]

    @property
    def loss(self) -> Equation:
        return self.equations[-1]

    def equation(self, name: str) -> Equation:
        """The equation of a value. Raises KeyError for a name without one."""
        return next(equation for equation in self.equations if equation.name == name)

    def parameter(self, name: str) -> Parameter:
        return next(parameter for parameter in self.parameters if parameter.name == name)

    @cached_property
    def states(self) -> tuple[Value, ...]:
        """The values that some equation reads from another step, in order of appearance."""
        leaves = (leaf for equation in self.equations if not equation.once for leaf in equation.leaves)
        past = {leaf.name: leaf.at(t) for leaf in leaves if isinstance(leaf, Value) and leaf.step != t}
        return tuple(past.values())


def elman(scale: Expr | int = 1) -> Model:
    """The network of the notes, equations (1) to (4), with x(t) where (4) has a(t).

    x(t) and the target ŷ(t) are one-hot of dimension V, a(t) has dimension H, and a(0) = 0.
    """
    x, target = Value(("V",), "x", t, one_hot=True), Value(("V",), "target", t, one_hot=True)
    net_a, a = Value(("H",), "net_a", t), Value(("H",), "a", t)
    net_y, y = Value(("V",), "net_y", t), Value(("V",), "y", t)
    shapes: dict[str, Shape] = {
        "W_aa": ("H", "H"),
        "W_ax": ("H", "V"),
        "b_a": ("H",),
        "W_ya": ("V", "H"),
        "b_y": ("V",),
    }
    parameters = {name: Parameter(shape, name) for name, shape in shapes.items()}
    w_aa, w_ax, b_a, w_ya, b_y = parameters.values()
    return Model(
        "elman",
        (x, target),
        tuple(parameters.values()),
        (
            Equation("net_a", w_aa @ a.at(t - 1) + w_ax @ x + b_a),
            Equation("a", tanh(net_a)),
            Equation("net_y", w_ya @ a + b_y),
            Equation("y", softmax(net_y)),
            Equation("L", -total(target * log(y))),
        ),
        sympy.sympify(scale),
    )
