"""What the report says in vector form, for any H and V: Jacobians, deltas, sums of outer products and the double sum."""

from __future__ import annotations

import sympy

from derive.array import Array, Parameter, Value, constant, t, walk
from derive.chain import Adjoints, delta
from derive.model import Model
from derive.pullback import jacobian, pullback
from derive.report.document import Block, Details, Paragraph, Table
from derive.report.text import formula, paragraph, text
from derive.scalar import eta
from derive.series import LOSS, T, ThroughTime, by_deltas, by_name, i, k, m, partial, put, through_time, unrolled
from derive.written import Equality, equality

STEPS = 4  # the terms (i, k) written out run up to this step
WRITTEN = 8  # the longest sum over t written out


def layout() -> Paragraph:
    """The convention, stated beside every group of vector formulas."""
    return paragraph(
        "Layout: vectors are columns; a gradient has its parameter's shape; a Jacobian ∂u/∂v has u's index first; "
        "⊙, powers, quotients and functions act entry by entry."
    )


def network(model: Model) -> tuple[Block, ...]:
    """The equations for any H and V."""
    inside = model.equation("net_a").value
    return (
        paragraph("In vector form, for any H and V. ", inside, " is our name for what stands inside the tanh:"),
        formula(*model.equations),
        layout(),
    )


def local(model: Model) -> tuple[Block, ...]:
    """The Jacobian of every equation, each through that equation alone."""
    found: list[Equality] = []
    for equation in model.equations:
        for leaf in pullback(equation, delta(equation.value)):
            if isinstance(leaf, Value) and leaf not in model.inputs:
                vector = bool(equation.expression.shape)
                known = jacobian(equation, leaf) if vector else pullback(equation, constant(1))[leaf]
                found.append(equality(partial(equation.value, leaf, direct=True), known))
    return (
        paragraph(
            "Each equation is differentiated once, at a generic step and by itself: ∂⁺ is the direct derivative, through "
            "the equation of the numerator alone; ∂ is the derivative through every path. In vector form:"
        ),
        formula(*found),
        layout(),
    )


def deltas(model: Model, derived: Adjoints) -> tuple[Block, ...]:
    """The backward pass: every named adjoint from those after it."""
    chains = [
        formula(
            equality(delta(value), partial(LOSS, value), by_name(derived, value), derived.seeded(equation.expression))
        )
        for equation in derived.equations
        for value in [model.equation(equation.name.removeprefix("delta_")).value]
    ]
    leaves = (leaf for equation in derived.equations for leaf in walk(equation.expression))
    later = dict.fromkeys(leaf for leaf in leaves if isinstance(leaf, Value) and leaf.step == t + 1)
    return (
        paragraph(
            "δ(t) is the derivative of the whole loss with respect to a value of step t, through every path from there. It "
            "collects a term from every equation that reads the value, and is computed from the last step to the first:"
        ),
        *chains,
        paragraph(
            "In the first line the softmax Jacobian meets a one-hot target, whose entries sum to 1, and the quotient cancels. "
            "Nothing comes back from beyond the last step:"
        ),
        formula(*(Equality(leaf.at(leaf.step.xreplace({t: T})), (constant(0, leaf.shape),)) for leaf in later)),
        layout(),
    )


def gradient(model: Model, derived: Adjoints, parameter: str, steps: int) -> tuple[Block, ...]:
    """∂L/∂θ by deltas, for a recurrent θ also as the double sum over paths, and its update."""
    theta = model.parameter(parameter)
    head = partial(LOSS, theta)
    summed, plain = by_deltas(derived, parameter)
    written = [unrolled(summed, steps)] if 1 < steps <= WRITTEN else []
    path = through_time(model, parameter)
    return (
        paragraph(
            "By deltas, a term for each step in the shape of ", theta, ", which is ", " × ".join(theta.shape), ":"
        ),
        formula(equality(head, summed, *written, *([plain] if plain != summed else []))),
        *(_by_paths(path, head, steps) if path else ()),
        formula(*update(theta, head)),
        layout(),
    )


def errors(derived: Adjoints) -> list[Equality]:
    """Every δ from those after it, the backward pass in short."""
    return [
        equality(Value(equation.expression.shape, equation.name, t), derived.seeded(equation.expression))
        for equation in derived.equations
    ]


def final(model: Model, derived: Adjoints) -> list[Equality]:
    """The gradients in their final form."""
    return [equality(partial(LOSS, theta), by_deltas(derived, theta.name)[0]) for theta in model.parameters]


def update(theta: Parameter, head: Array) -> tuple[Equality, Equality]:
    """Δθ = -η ∂L/∂θ and θ ← θ + Δθ."""
    change = Parameter(theta.shape, f"Delta_{theta.name}")
    return equality(change, head * -eta), Equality(theta, (theta + change,), assigns=True)


def _by_paths(path: ThroughTime, head: Array, steps: int) -> tuple[Block, ...]:
    last = min(steps, STEPS)
    rows = tuple(
        (text(str(late)), text(str(early)), text(_term(path, late, early)))
        for late in range(1, last + 1)
        for early in range(late, 0, -1)
    )
    until = f", steps 1 to {last} of {steps}" if last < steps else ""
    return (
        paragraph(
            "By paths: the error of step ",
            i,
            " travels back from ",
            path.head[-1],
            " to ",
            path.use[0],
            " through one Jacobian a step; the factor of the smallest ",
            m,
            " stands on the left.",
        ),
        formula(equality(partial(path.carry[0], path.carry[-1]), path.jacobian), path.arriving),
        paragraph("Every pair of a loss ", i, " and a use ", k, " ≤ ", i, " gives one term:"),
        formula(equality(head, path.double_sum)),
        Details(
            text("The terms (", i, ", ", k, ") one by one", until), (Table((text(i), text(k), text("term")), rows),)
        ),
    )


def _term(path: ThroughTime, late: int, early: int) -> Array:
    """The term (i, k) with its product written out."""
    return unrolled(put(put(path.term, i, sympy.Integer(late)), k, sympy.Integer(early)), late)
