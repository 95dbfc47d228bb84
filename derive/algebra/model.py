"""A recurrent network as data: its equations at a generic step t, its parameters and their shapes.

Another cell is another list of equations; nothing outside such a list knows what an Elman network is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import sympy
from sympy import Expr

from derive.algebra.array import Array, Parameter, Shape, Value, log, softmax, t, tanh, total, walk

DERIVED = ("delta_", "carried_", "log_")  # of u: its adjoint, the adjoint that comes back to a step, its logarithm


@dataclass(frozen=True)
class Equation:
    """`name`(t) = `expression`, whose leaves stand at t, t-1, …"""

    name: str
    expression: Array

    @property
    def value(self) -> Value:
        """The left side, name(t)."""
        return Value(self.expression.shape, self.name, t)


@dataclass(frozen=True)
class Model:
    """A network: equations in the order of evaluation, the last one the loss L(t) of one step.

    The loss of a run is `scale` · (L(1) + … + L(T)); `scale` may depend on the symbol `T` (1/T for a mean).
    A value that an equation reads before step 1 is an initial state, zero unless said otherwise.
    Raises ValueError where a value has no equation and is no input, where the loss is not a scalar, and for a name that
    is taken: two things of one name, or one that begins like those that the derivation gives (`DERIVED`).
    """

    name: str
    inputs: tuple[Value, ...]
    parameters: tuple[Parameter, ...]
    equations: tuple[Equation, ...]
    scale: Expr = field(default=sympy.Integer(1))

    def __post_init__(self) -> None:
        values = [value.name for value in self.inputs] + [equation.name for equation in self.equations]
        known, names = set(values), values + [parameter.name for parameter in self.parameters]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"{self.name}: there are two of the name {name}")
            if name.startswith(DERIVED):
                raise ValueError(f"{self.name}: {name} begins like a name of the derivation: give it another one")
        for equation in self.equations:
            for leaf in walk(equation.expression):
                if isinstance(leaf, Value) and leaf.name not in known:
                    raise ValueError(f"{self.name}: {leaf.name} in the equation of {equation.name} has no equation")
                if isinstance(leaf, Parameter) and leaf not in self.parameters:
                    raise ValueError(f"{self.name}: {leaf.name} is not among the parameters")
        if self.loss.expression.shape:
            raise ValueError(f"{self.name}: the last equation must be the scalar loss of one step")

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
        """The values that some equation reads from an earlier step, in order of appearance."""
        leaves = (leaf for equation in self.equations for leaf in walk(equation.expression))
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
