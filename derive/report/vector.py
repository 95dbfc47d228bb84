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
    at_the_ends,
    by_deltas,
    by_name,
    i,
    is_delta,
    k,
    m,
    partial,
    put,
    total_over,
    unrolled,
)
from derive.algebra.written import Equality, equality
from derive.report.document import Block, Details, Table
from derive.report.parameters import path_of
from derive.report.text import formula, paragraph, text

STEPS = 4  # the terms (i, k) shown run up to this step
WRITTEN = 8  # the longest sum over t written out


def network(model: Model) -> tuple[Block, ...]:
    """The equations for any sizes."""
    inner = [equation.value for equation in model.equations if equation.name.startswith("net_")]
    named = ", ".join(["{}"] * len(inner[:-1])) + " and {}" * (len(inner) > 1) if len(inner) != 1 else "{}"
    ours = f"; {named} {'is' if len(inner) == 1 else 'are'} what the next equation takes" if inner else ""
    starts = (Equality(state.at(0), (constant(0, state.shape),)) for state in model.states)
    loss = model.loss.value
    whole = equality(LOSS, (loss if model.loss.once else total_over(loss)) * model.scale)
    stated = model.loss.once and model.scale == 1  # the page's own loss
    return (
        paragraph(f"For any sizes{_everywhere(model)}{ours}:", *inner),
        formula(*model.equations, *starts, *(() if stated else (whole,))),
    )


def _everywhere(model: Model) -> str:
    """At which steps the equations hold."""
    if all(equation.once for equation in model.equations):
        return ""
    return f", {'for every sample' if model.over == 'samples' else 'at every step'}"


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
            f"Each equation is differentiated once, at a generic {model.over[:-1]} and by itself. ∂⁺ is the direct "
            "derivative, through the equation of the numerator alone; ∂ is the derivative through every path. In "
            "vector form:"
        ),
        formula(*found),
    )


def deltas(derived: Adjoints) -> tuple[Block, ...]:
    """The backward pass: every named adjoint from those after it."""
    values = [derived.model.equation(equation.name.removeprefix("delta_")).value for equation in derived.equations]
    chains = [
        equality(delta(value), by_name(derived, value), derived.seeded(equation.expression))
        for value, equation in zip(values, derived.equations, strict=True)
    ]
    leaves = (leaf for equation in derived.equations for leaf in walk(equation.expression))
    later = dict.fromkeys(leaf for leaf in leaves if is_delta(leaf) and leaf.step == t + 1)
    ends = [Equality(leaf.at(leaf.step.xreplace({t: T})), (constant(0, leaf.shape),)) for leaf in later]
    beyond = (paragraph("Nothing comes back from beyond the last step:"), formula(*ends)) if ends else ()
    return (
        paragraph("δ is the derivative of the whole loss with respect to a value, through every path from there:"),
        formula(*(equality(delta(value), partial(LOSS, value)) for value in values)),
        paragraph(
            "It collects a term from every equation that reads the value, and is computed from the last step back to "
            "the first:"
            if ends
            else "It collects a term from every equation that reads the value:"
        ),
        *map(formula, chains),
        *([paragraph(_CANCELS)] if _cancels(derived) else []),
        *beyond,
        *_ends(derived),
    )


def _ends(derived: Adjoints) -> tuple[Block, ...]:
    found = at_the_ends(derived)
    told = paragraph("Where the answer of the whole run reads a state, more arrives:")
    return (told, formula(*found)) if found else ()


_CANCELS = (
    "In the first of these the softmax Jacobian meets a one-hot target, whose entries sum to 1, and the quotient "
    "cancels."
)


def _cancels(derived: Adjoints) -> bool:
    """Whether the first error is a prediction less its one-hot target."""
    first = derived.seeded(derived.equations[0].expression)
    values = [leaf for leaf in walk(first) if isinstance(leaf, Value)]
    targets = [leaf for leaf in values if leaf.one_hot]
    return len(targets) == 1 and any(first == value - targets[0] for value in values if value != targets[0])


def errors(derived: Adjoints) -> list[Equality]:
    """Every δ from those after it: the backward pass in short."""
    short = [equality(equation.value, derived.seeded(equation.expression)) for equation in derived.equations]
    return [*short, *at_the_ends(derived)]


def final(derived: Adjoints, parameter: str) -> Equality:
    """∂L/∂θ in its final form."""
    return equality(partial(LOSS, derived.model.parameter(parameter)), by_deltas(derived, parameter)[0])


def gradient(derived: Adjoints, parameter: str, steps: int) -> tuple[Block, ...]:
    """∂L/∂θ by deltas, for a recurrent θ also as the double sum over paths, and its update."""
    theta = derived.model.parameter(parameter)
    head, change = partial(LOSS, theta), Parameter(theta.shape, f"Delta_{theta.name}")
    summed, plain = by_deltas(derived, parameter)
    written = [unrolled(summed, steps)] if steps <= WRITTEN else []
    path = path_of(derived.model, parameter)
    return (
        paragraph(
            f"By deltas, a term for each {derived.model.over[:-1]} in the shape of {{}}, {{}}:",
            theta,
            " × ".join(theta.shape) or "a number",
        ),
        formula(equality(head, summed, *written, *([plain] if plain != summed else []))),
        *(_by_paths(path, head, steps) if path else ()),
        paragraph("A step of gradient descent:"),
        formula(equality(change, head * -eta), Equality(theta, (theta + change,), assigns=True)),
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
