"""The report's content in the order of the notes: the network, the derivatives of its equations, each gradient."""

from __future__ import annotations

from derive.algebra.chain import Adjoints, adjoints
from derive.algebra.model import Model, elman
from derive.algebra.notation import TABLE
from derive.algebra.pullback import Leaf
from derive.algebra.scalar import Gradient, ScalarForm, name
from derive.algebra.series import T
from derive.report import decided, scalar, vector
from derive.report.document import Block, Document, Section, Table
from derive.report.text import formula, paragraph, text
from derive.report.word import letters
from numeric.words import Word, printable

HEADINGS = {  # in the notes' order
    "W_ya": "Weights to the output",
    "b_y": "Bias of the output",
    "W_aa": "Weights through time",
    "b_a": "Bias of the hidden state",
    "W_ax": "Weights from the input",
}
RECURRENT = ("W_aa", "b_a", "W_ax")


def build(word: Word, hidden: int) -> Document:
    """The derivation for a word and H = `hidden`. Raises Refuted where exact arithmetic does not confirm it."""
    model = elman()
    form, derived, steps = ScalarForm(model), adjoints(model), len(word.X)
    derivations = {parameter: form.gradient(parameter) for parameter in HEADINGS}
    return Document(
        f"Back-propagation through time on the word {printable(word.text)}",
        summary(derived, derivations, word),
        (
            Section(
                "The network",
                "network",
                (*letters(word), quantities(model, {"H": hidden, "V": len(word.vocabulary)})),
                (
                    Section("Scalar form", "network-scalar", scalar.network(form, steps)),
                    Section("Vector form", "network-vector", vector.network(model)),
                ),
            ),
            Section(
                "The derivative of each equation", "local", (*vector.local(model), *scalar.local(derivations.values()))
            ),
            Section("The errors, backwards through time", "deltas", vector.deltas(derived)),
            *(gradient(derived, derivation, steps) for derivation in derivations.values()),
            Section("What was decided exactly", "decided", decided.statements(model, word, hidden)),
        ),
    )


def summary(derived: Adjoints, derivations: dict[str, Gradient], word: Word) -> tuple[Block, ...]:
    """The five gradients in final form."""
    return (
        paragraph(
            "A network with one hidden layer reads {} and learns to answer {}, a letter at a step. These are the "
            "gradients of its loss with respect to its five parameters, exact for any number of hidden units, letters "
            "and steps (here {} = {}). The errors δ run backwards through time:",
            *(printable(word.text[:-1]), printable(word.text[1:]), T, str(len(word.X))),
        ),
        formula(*vector.errors(derived)),
        paragraph("With them every gradient is one sum over the steps:"),
        formula(*(vector.final(derived, parameter) for parameter in HEADINGS)),
        vector.layout(),
        paragraph(
            "In the scalar form of the notes (one hidden unit; the target's output unit, and its error alone) the "
            "terms through time belong to {}, {} and {} alike:",
            *(derivations[parameter].theta for parameter in RECURRENT),
        ),
        formula(*(derivation.final for derivation in derivations.values())),
    )


def quantities(model: Model, sizes: dict[str, int]) -> Table:
    """What every letter stands for, and its shape."""
    rows = []
    parts: tuple[Leaf, ...] = (*model.inputs, *(equation.value for equation in model.equations), *model.parameters)
    for part in parts:
        shape = " × ".join(part.shape) or "number"
        here = " × ".join(str(sizes[dimension]) for dimension in part.shape) or "1"
        rows.append(tuple(map(text, (name(part), part, TABLE[part.name].meaning, shape, here))))
    return Table(tuple(map(text, ("scalar form", "vector form", "meaning", "shape", "here"))), tuple(rows))


def gradient(derived: Adjoints, derivation: Gradient, steps: int) -> Section:
    """One gradient: the scalar form as the notes derive it, then the vector form."""
    parameter = derivation.parameter
    anchor = parameter.lower().replace("_", "-")
    return Section(
        HEADINGS[parameter],
        anchor,
        (paragraph("The gradient with respect to {}, {}.", derivation.theta, TABLE[parameter].meaning),),
        (
            Section("Scalar form", f"{anchor}-scalar", scalar.gradient(derivation, steps)),
            Section("Vector form", f"{anchor}-vector", vector.gradient(derived, parameter, steps)),
        ),
    )
