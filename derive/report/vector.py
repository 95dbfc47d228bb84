"""What the report says in vector form, for any H and V: Jacobians, deltas, outer products and the double sum."""

from __future__ import annotations

import sympy

from derive.algebra.array import Array, Parameter, Value, constant, t, walk
from derive.algebra.chain import Adjoints, delta
from derive.algebra.model import Model
from derive.algebra.pullback import jacobian, pullback
from derive.algebra.scalar import eta
from derive.algebra.series import (
    LOSS,
    T,
    ThroughTime,
    by_deltas,
    by_name,
    i,
    k,
    m,
    partial,
    put,
    through_time,
    unrolled,
)
from derive.algebra.written import Equality, equality
from derive.report.document import Block, Details, Paragraph, Table
from derive.report.text import formula, paragraph, text

STEPS = 4  # the terms (i, k) shown run up to this step
WRITTEN = 8  # the longest sum over t written out


def layout() -> Paragraph:
    """The convention, stated beside every group of vector formulas."""
    return paragraph(
        "Layout: vectors are columns; a gradient has its parameter's shape; a Jacobian ∂u/∂v has u's index first; ⊙, "
        "powers, quotients and functions act entry by entry."
    )


def network(model: Model) -> tuple[Block, ...]:
    """The equations for any H and V."""
    inside = model.equation("net_a").value
    return (
        paragraph("In vector form, for any H and V; {} is our name for what stands inside the tanh:", inside),
        formula(*model.equations, *(Equality(state.at(0), (constant(0, state.shape),)) for state in model.states)),
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
            "Each equation is differentiated once, at a generic step and by itself. ∂⁺ is the direct derivative, "
            "through the equation of the numerator alone; ∂ is the derivative through every path. In vector form:"
        ),
        formula(*found),
        layout(),
    )


def deltas(derived: Adjoints) -> tuple[Block, ...]:
    """The backward pass: every named adjoint from those after it."""
    values = [derived.model.equation(equation.name.removeprefix("delta_")).value for equation in derived.equations]
    chains = [
        equality(delta(value), by_name(derived, value), derived.seeded(equation.expression))
        for value, equation in zip(values, derived.equations, strict=True)
    ]
    leaves = (leaf for equation in derived.equations for leaf in walk(equation.expression))
    later = dict.fromkeys(leaf for leaf in leaves if isinstance(leaf, Value) and leaf.step == t + 1)
    return (
        paragraph("δ is the derivative of the whole loss with respect to a value, through every path from there:"),
        formula(*(equality(delta(value), partial(LOSS, value)) for value in values)),
        paragraph(
            "It collects a term from every equation that reads the value, and is computed from the last step back to "
            "the first:"
        ),
        *map(formula, chains),
        paragraph(
            "In the first of these the softmax Jacobian meets a one-hot target, whose entries sum to 1, and the "
            "quotient cancels. Nothing comes back from beyond the last step:"
        ),
        formula(*(Equality(leaf.at(leaf.step.xreplace({t: T})), (constant(0, leaf.shape),)) for leaf in later)),
        layout(),
    )


def errors(derived: Adjoints) -> list[Equality]:
    """Every δ from those after it: the backward pass in short."""
    return [equality(equation.value, derived.seeded(equation.expression)) for equation in derived.equations]


def final(derived: Adjoints, parameter: str) -> Equality:
    """∂L/∂θ in its final form."""
    return equality(partial(LOSS, derived.model.parameter(parameter)), by_deltas(derived, parameter)[0])


def gradient(derived: Adjoints, parameter: str, steps: int) -> tuple[Block, ...]:
    """∂L/∂θ by deltas, for a recurrent θ also as the double sum over paths, and its update."""
    theta = derived.model.parameter(parameter)
    head, change = partial(LOSS, theta), Parameter(theta.shape, f"Delta_{theta.name}")
    summed, plain = by_deltas(derived, parameter)
    written = [unrolled(summed, steps)] if steps <= WRITTEN else []
    path = through_time(derived.model, parameter)
    return (
        paragraph("By deltas, a term for each step in the shape of {}, {}:", theta, " × ".join(theta.shape)),
        formula(equality(head, summed, *written, *([plain] if plain != summed else []))),
        *(_by_paths(path, head, steps) if path else ()),
        paragraph("A step of gradient descent:"),
        formula(equality(change, head * -eta), Equality(theta, (theta + change,), assigns=True)),
        layout(),
    )


def _by_paths(path: ThroughTime, head: Array, steps: int) -> tuple[Block, ...]:
    last = min(steps, STEPS)
    pairs = [(late, early) for late in range(1, last + 1) for early in range(late, 0, -1)]
    rows = tuple((text(str(late)), text(str(early)), text(_term(path, late, early))) for late, early in pairs)
    return (
        paragraph(
            "By paths: the error of step {} travels back from {} to {} through one Jacobian a step. The product runs "
            "from left to right, the factor of the smallest {} first.",
            *(i, path.head[-1], path.use[0], m),
        ),
        formula(equality(partial(path.carry[0], path.carry[-1]), path.jacobian), path.arriving),
        paragraph("Every pair of a loss at {} and a use at {} ≤ {} gives one term:", i, k, i),
        formula(equality(head, path.double_sum)),
        Details(
            text("The terms (", i, ", ", k, ") one by one", f", to step {last} of {steps}" if last < steps else ""),
            (Table((text(i), text(k), text("term")), rows),),
        ),
    )


def _term(path: ThroughTime, late: int, early: int) -> Array:
    """The term (i, k) with its product written out."""
    return unrolled(put(put(path.term, i, sympy.Integer(late)), k, sympy.Integer(early)), late)
