"""What the report says in the scalar form of the notes: the target's output unit, one hidden unit."""

from __future__ import annotations

from collections.abc import Iterable

import sympy

from derive.algebra.array import Value, t
from derive.algebra.scalar import Gradient, ScalarForm, at, name
from derive.algebra.series import i, k, m
from derive.algebra.written import Equality
from derive.report.document import Block
from derive.report.text import formula, paragraph

STEPS = 4  # steps derived one by one
WRITTEN = 8  # the longest sum over t written out

NUMBERS = {"net_y": "1", "y": "2", "L": "3", "a": "4"}  # the notes' own numbers

y, target, x = (name(Value((), letter, t)) for letter in ("y", "target", "x"))


def network(form: ScalarForm, steps: int) -> tuple[Block, ...]:
    """Equations (1) to (4) and the loss of the run."""
    return (
        paragraph(
            "In the scalar form of the notes there is one hidden unit, and {} is the probability of the target "
            "letter: at each step {} the row of the output that belongs to the target. Of the sum in the loss only "
            "that row is left, since {} is 1 there and 0 elsewhere. Equation (4) reads {}, where the notes repeat the "
            "hidden state.",
            *(y, t, target, x),
        ),
        *(formula(form.definition(value), number=number) for value, number in NUMBERS.items()),
        formula(*(Equality(name(state.at(0)), (sympy.S.Zero,)) for state in form.model.states)),
        formula(form.total(_written(steps))),
    )


def local(derivations: Iterable[Gradient]) -> tuple[Block, ...]:
    """The factors from which every gradient is built."""
    found = dict.fromkeys(factor for derivation in derivations for factor in derivation.factors)
    return (
        paragraph("In scalar form, for the target's row and one hidden unit, every factor that is used below:"),
        formula(*found),
    )


def gradient(derivation: Gradient, steps: int) -> tuple[Block, ...]:
    """The derivation of one gradient, in the order of the notes."""
    return (
        paragraph("The loss is a sum over the steps, and so is its derivative."),
        formula(derivation.total(_written(steps))),
        *(_within_step(derivation, steps) if derivation.recurrence is None else _through_time(derivation, steps)),
        paragraph("A step of gradient descent:"),
        formula(derivation.change, derivation.update),
    )


def _within_step(d: Gradient, steps: int) -> tuple[Block, ...]:
    """W_ya and b_y: every use of θ acts on the loss of its own step alone."""
    return (
        paragraph("At one step {} acts through the logit alone, so that the chain rule has one path.", d.theta),
        formula(d.chain_rule),
        paragraph("Its factors:"),
        formula(*d.factors),
        paragraph("Substituted, cancelled, and with {} = 1 for the target's unit:", target),
        formula(d.substituted),
        paragraph(f"{_which(steps)}:"),
        formula(*(d.at_step(step) for step in range(1, min(steps, STEPS) + 1))),
        paragraph(
            "Summed over the steps. Different targets have different rows, so that as one number the sum is right "
            "only where the same letter is the target at every step; the vector form keeps the rows apart."
        ),
        formula(d.closed),
    )


def _through_time(d: Gradient, steps: int) -> tuple[Block, ...]:
    """W_aa, b_a and W_ax: every use of θ acts on its own step and on all later ones."""
    assert d.recurrence is not None
    first, start = d.use.at(1).value, at(d.state, 0)
    return (
        paragraph("The chain rule down to the hidden state:"),
        formula(d.chain_rule),
        paragraph(
            "Its last factor is the derivative through every path: {} uses {} itself, which is the direct derivative "
            "∂⁺, and it reads {}, which used {} before. The notes write ∂ for both. A derivation that stops at ∂⁺ "
            "loses every term through time.",
            *(d.state, d.theta, d.recurrence.partial.wrt, d.theta),
        ),
        formula(d.recursion),
        paragraph("The factors:"),
        formula(*d.factors),
        paragraph(f"{_which(steps)}, with a term for every use of {{}}, from the latest to the first:", d.theta),
        *(formula(d.at_step(step)) for step in range(1, min(steps, STEPS) + 1)),
        *([paragraph("Since {} = 0, the last term of each vanishes.", start)] if first.has(start) else []),
        paragraph(
            "In general, with {} the step of the loss, {} the step at which {} is used, and {} the steps after it up "
            "to the loss (an empty product is 1):",
            *(i, k, d.theta, m),
        ),
        formula(d.closed),
        paragraph(
            "Beside the single hidden unit this form assumes that the error comes back from the target's output unit "
            "alone, though softmax ties all units together, and that the same unit is the target at every step. The "
            "vector form assumes neither."
        ),
    )


def _written(steps: int) -> int | None:
    return steps if steps <= WRITTEN else None


def _which(steps: int) -> str:
    if steps == 1:
        return "At the only step"
    shown = min(steps, STEPS)
    which = "At t = " + ", ".join(map(str, range(1, shown))) + f" and {shown}"
    return f"{which} (of {steps} steps)" if shown < steps else which
