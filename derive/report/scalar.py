"""What the report says in the scalar form of the notes: the target's output unit, one hidden unit."""

from __future__ import annotations

import sympy

from derive.array import Value
from derive.report.document import Block
from derive.report.text import formula, paragraph
from derive.scalar import Gradient, Scalar, T, i, k, m, name, t

STEPS = 4  # steps written out one by one
WRITTEN = 8  # the longest sum over t written out

NUMBERS = {"net_y": "1", "y": "2", "L": "3", "a": "4"}  # the notes' own numbers


def network(form: Scalar, steps: int) -> tuple[Block, ...]:
    """Equations (1) to (4) and the loss of the run."""
    y, target, x = (name(Value((), letter, t)) for letter in ("y", "target", "x"))
    blocks: list[Block] = [formula(form.definition(value), number=number) for value, number in NUMBERS.items()]
    blocks.append(formula(form.total(steps if steps <= WRITTEN else None)))
    return (
        paragraph(
            "In the scalar form of the notes there is one hidden unit, and ",
            y,
            " is the probability of the target letter: the row of the output that belongs to the target at step ",
            t,
            ". Of the sum in the loss only that row is left, since ",
            target,
            " is 1 there and 0 elsewhere. Equation (4) reads ",
            x,
            "; the notes' copy of it has the hidden state in that place.",
        ),
        *blocks,
    )


def local(form: Scalar) -> tuple[Block, ...]:
    """The factors from which every gradient is built."""
    recurrent = [form.gradient(p.name) for p in form.model.parameters]
    known = dict.fromkeys(factor for gradient in recurrent for factor in gradient.factors)
    return (
        paragraph("The same in scalar form, for the target's row and one hidden unit; every factor used below:"),
        formula(*known),
    )


def gradient(derivation: Gradient, steps: int) -> tuple[Block, ...]:
    """The derivation of one gradient, in the order of the notes."""
    return through_time(derivation, steps) if derivation.recurrence else within_step(derivation, steps)


def within_step(d: Gradient, steps: int) -> tuple[Block, ...]:
    """W_ya and b_y: every use of θ acts on the loss of its own step alone."""
    target = name(Value((), "target", t))
    return (
        paragraph("The loss is a sum over the steps, and so is its derivative."),
        formula(d.total(steps if steps <= WRITTEN else None)),
        paragraph("At one step ", d.theta, " acts through the logit alone, so that the chain rule has one path."),
        formula(d.chain_rule),
        paragraph("Its factors:"),
        formula(*d.factors),
        paragraph("Substituted, cancelled, and with ", target, " = 1 for the target's unit:"),
        formula(d.substituted),
        paragraph(_written_out(steps)),
        formula(*(d.at_step(step) for step in range(1, min(steps, STEPS) + 1))),
        paragraph(
            "Summed over the steps. The rows of different targets are different rows: as one number the sum is "
            "right only where the same letter is the target at every step; the vector form below keeps the rows apart."
        ),
        formula(d.closed),
        *update(d),
    )


def through_time(d: Gradient, steps: int) -> tuple[Block, ...]:
    """W_aa, b_a and W_ax: every use of θ acts on its own step and on all later ones."""
    assert d.recurrence is not None
    state, earlier = d.recurrence.partial.of, d.recurrence.partial.wrt
    each: list[Block] = [formula(d.at_step(step)) for step in range(1, min(steps, STEPS) + 1)]
    return (
        paragraph("The loss is a sum over the steps, and so is its derivative."),
        formula(d.total(steps if steps <= WRITTEN else None)),
        paragraph("The chain rule down to the hidden state:"),
        formula(d.chain_rule),
        paragraph(
            "Its last factor is the derivative through every path. ",
            state,
            " uses ",
            d.theta,
            " directly, which is ∂⁺, and once more through ",
            earlier,
            ", which used it a step before:",
        ),
        formula(d.recursion),
        paragraph("The notes write ∂ for both. The factors:"),
        formula(*d.factors),
        paragraph(_written_out(steps), " A term for every use of ", d.theta, ", from the latest to the first:"),
        *each,
        paragraph(
            "In general, with ",
            i,
            " the step of the loss, ",
            k,
            " the step at which ",
            d.theta,
            " is used, and ",
            m,
            " the steps between them (an empty product is 1):",
        ),
        formula(d.closed),
        paragraph(
            "Two assumptions are in this form, beside the single hidden unit: the error comes back from the target's output "
            "unit alone, though the softmax ties all of them together, and ",
            sympy.Symbol("W_ya"),
            " is that unit's weight. The vector form below assumes neither.",
        ),
        *update(d),
    )


def update(d: Gradient) -> tuple[Block, ...]:
    """Δθ = -η ∂L/∂θ and θ ← θ + Δθ."""
    return paragraph("A step of gradient descent:"), formula(d.change, d.update)


def _written_out(steps: int) -> str:
    shown = min(steps, STEPS)
    if shown == 1:
        return "At the only step, t = 1:"
    which = "At t = " + ", ".join(map(str, range(1, shown))) + f" and {shown}"
    return which + (f" (of {steps} steps):" if shown < steps else ":")
