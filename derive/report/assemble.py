"""The report's content, in the order of the notes: the network, the derivatives of its equations, then each gradient."""

from __future__ import annotations

from sympy import Symbol

from derive.chain import Adjoints, adjoints
from derive.model import Model, elman
from derive.notation import TABLE
from derive.report import scalar, vector
from derive.report.document import Block, Document, Section, Table
from derive.report.text import formula, paragraph, text
from derive.report.word import letters, zeros
from derive.scalar import Scalar, name
from numeric.words import Word, printable

HEADINGS = {  # in the notes' order
    "W_ya": "Weights to the output",
    "b_y": "Bias of the output",
    "W_aa": "Weights through time",
    "b_a": "Bias of the hidden state",
    "W_ax": "Weights from the input",
}


def build(word: Word, hidden: int, notes: None = None) -> Document:
    """The report for a word and H = `hidden`; `notes` are the checked notes to set beside it, None for no notes."""
    model = elman()
    form, derived, steps = Scalar(model), adjoints(model), len(word.text) - 1
    return Document(
        f"Back-propagation through time on the word {printable(word.text)}",
        summary(model, derived, form, word),
        (
            Section(
                "The network",
                "network",
                (*letters(word), *quantities(model, {"H": hidden, "V": len(word.vocabulary)})),
                (
                    Section("Scalar form", "network-scalar", scalar.network(form, steps)),
                    Section("Vector form", "network-vector", vector.network(model)),
                ),
            ),
            Section("The derivative of each equation", "local", (*vector.local(model), *scalar.local(form))),
            Section("The errors, step by step backwards", "deltas", vector.deltas(model, derived)),
            *(gradient(model, derived, form, parameter, steps) for parameter in HEADINGS),
            Section("What is exactly zero", "zeros", zeros(word, hidden)),
        ),
    )


def summary(model: Model, derived: Adjoints, form: Scalar, word: Word) -> tuple[Block, ...]:
    """The five gradients in final form."""
    steps = len(word.text) - 1
    return (
        paragraph(
            f"A network with one hidden layer reads {printable(word.text[:-1])} and learns to answer "
            f"{printable(word.text[1:])}, a letter at a step. These are the gradients of its loss with respect to its five "
            "parameters, exact for any number of hidden units and letters and any number of steps (here ",
            Symbol("T"),
            f" = {steps}). The errors δ run backwards through time:",
        ),
        formula(*vector.errors(derived)),
        paragraph("With them every gradient is one sum over the steps:"),
        formula(*vector.final(model, derived)),
        vector.layout(),
        paragraph(
            "In the scalar form of the notes (one hidden unit, the target's output unit, its error alone), where the terms "
            "through time belong to all three of ",
            *_listed([Symbol(p) for p in ("W_aa", "b_a", "W_ax")]),
            ":",
        ),
        formula(*(form.gradient(parameter).final for parameter in HEADINGS)),
    )


def quantities(model: Model, sizes: dict[str, int]) -> tuple[Block, ...]:
    """What every letter stands for, with its shape."""
    parts = (*model.inputs, *(e.value for e in model.equations), *model.parameters)
    rows = []
    for part in parts:
        shape = " × ".join(part.shape) or "number"
        count = " × ".join(str(sizes[dimension]) for dimension in part.shape) or "1"
        rows.append((text(name(part)), text(part), text(TABLE[part.name].meaning), text(shape), text(count)))
    header = (text("scalar form"), text("vector form"), text("meaning"), text("shape"), text("here"))
    return (Table(header, tuple(rows)),)


def gradient(model: Model, derived: Adjoints, form: Scalar, parameter: str, steps: int) -> Section:
    """One gradient: the scalar form as the notes derive it, then the vector form."""
    derivation, anchor = form.gradient(parameter), parameter.lower().replace("_", "-")
    return Section(
        HEADINGS[parameter],
        anchor,
        (
            paragraph(
                f"The gradient of the loss with respect to ", derivation.theta, ", ", TABLE[parameter].meaning, "."
            ),
        ),
        (
            Section("Scalar form", f"{anchor}-scalar", scalar.gradient(derivation, steps)),
            Section("Vector form", f"{anchor}-vector", vector.gradient(model, derived, parameter, steps)),
        ),
    )


def _listed(symbols: list[Symbol]) -> list[Symbol | str]:
    return [part for symbol in symbols for part in (", ", symbol)][1:]
