"""The derivation of a page's network: its equations, the errors backwards, and every gradient, one of them in full."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from derive.algebra.chain import Adjoints, adjoints
from derive.algebra.model import Model
from derive.algebra.notation import TABLE
from derive.algebra.scalar import Gradient, ScalarForm
from derive.report import decided, scalar, vector
from derive.report.document import Block, Details, Formula, Inline, Paragraph, Section, Slot
from derive.report.parameters import chosen
from derive.report.subject import Subject
from derive.report.text import formula, paragraph, text
from derive.report.word import letters
from derive.typeset.formula import Quoted

HEADINGS = {  # of the built-in network, in the notes' order
    "W_ya": "Weights to the output",
    "b_y": "Bias of the output",
    "W_aa": "Weights through time",
    "b_a": "Bias of the hidden state",
    "W_ax": "Weights from the input",
}


def sections(subject: Subject, full: bool) -> Section:
    """The derivation, with every gradient in full or only the one that `chosen` names, which has the figure of its
    paths. Raises decided.Refuted where exact arithmetic does not confirm it."""
    model = subject.model
    assert model is not None
    derived = adjoints(model)
    form = ScalarForm(model) if subject.scalar else None
    names = [name for name in HEADINGS if form is not None] or [
        name for name in model.names if name in {*derived.summands, *derived.once}
    ]
    scalars = {name: form.gradient(name) for name in names} if form is not None else {}
    best = chosen(model, names)
    others = tuple(_gradient(derived, name, subject, scalars.get(name)) for name in names if name != best)
    return Section(
        ("The derivation",),
        "derivation",
        tuple(_results(derived, names, subject)),
        (
            _network(subject, model, form),
            Section(("The derivative of each equation",), "local", tuple(_local(model, scalars))),
            Section(
                (f"The errors, backwards{' through time' if model.states else ''}",), "deltas", vector.deltas(derived)
            ),
            _with_paths(_gradient(derived, best, subject, scalars.get(best))),
            *(others if full else map(_folded, others)),
            Section(("What was decided exactly",), "decided", decided.statements(subject, model)),
        ),
    )


def _results(derived: Adjoints, names: list[str], subject: Subject) -> Iterator[Block]:
    model = derived.model
    if subject.apart:
        told: list[Inline] = [piece for latex in subject.apart for piece in (", ", Quoted(latex))]
        left = "it is" if len(subject.apart) == 1 else "they are"
        yield Paragraph(("The loss does not depend on ", *told[1:], f": {left} left out."))
    if subject.batch:
        yield paragraph(
            "The page's values have samples beside their steps. What follows, the loss too, is of one of them."
        )
    yield paragraph(
        f"Vectors are {subject.vectors}, a gradient has its parameter's shape, a Jacobian ∂u/∂v has u's index first, "
        "and ⊙, powers, quotients and functions act entry by entry. The errors δ run backwards{}:",
        " through time" if model.states else "",
    )
    yield formula(*vector.errors(derived))
    summed = f"one sum over the {model.over}" if not model.loss.once else "this"
    yield paragraph(f"With them every gradient is {summed}:")
    yield formula(*(vector.final(derived, name) for name in names))


def _network(subject: Subject, model: Model, form: ScalarForm | None) -> Section:
    word = () if subject.word is None else (Details(("The word as vectors",), letters(subject.word)),)
    if form is None:
        return Section(("The network",), "network", (*vector.network(model), *word))
    forms = (
        Section(("Scalar form",), "network-scalar", scalar.network(form, subject.steps)),
        Section(("Vector form",), "network-vector", vector.network(model)),
    )
    return Section(("The network",), "network", word, forms)


def _local(model: Model, scalars: dict[str, Gradient]) -> Iterator[Block]:
    yield from vector.local(model)
    if scalars:
        yield Details(("Every factor in scalar form",), scalar.local(scalars.values()))


def _gradient(derived: Adjoints, name: str, subject: Subject, form: Gradient | None) -> Section:
    """One gradient: the scalar form as the notes derive it, then the vector form."""
    anchor = name.lower().replace("_", "-")
    theta = derived.model.parameter(name)
    result = formula(vector.final(derived, name), *((form.final,) if form is not None else ()))
    if form is None:
        title = text("The gradient by ", theta)
        return Section(title, f"gradient-{anchor}", (result, *vector.gradient(derived, name, subject.steps)))
    told = paragraph("Of the loss by {}, {}, in vector and in scalar form:", theta, TABLE[name].meaning)
    return Section(
        (HEADINGS[name],),
        anchor,
        (told, result),
        (
            Section(("Scalar form",), f"{anchor}-scalar", scalar.gradient(form, subject.steps)),
            Section(("Vector form",), f"{anchor}-vector", vector.gradient(derived, name, subject.steps)),
        ),
    )


def _with_paths(section: Section) -> Section:
    return replace(section, blocks=(*section.blocks, Slot("paths")))


def _folded(section: Section) -> Section:
    """A gradient with its result, the derivation folded."""
    result = next(block for block in section.blocks if isinstance(block, Formula))
    inner = tuple(block for part in section.sections for block in part.blocks)
    rest = tuple(block for block in section.blocks if block is not result)
    return Section(section.title, section.anchor, (result, Details(("The derivation",), inner or rest)))


def missing(subject: Subject) -> Section:
    """Why there is no derivation."""
    return Section(("The derivation",), "derivation", (paragraph("Nothing is derived: {}.", subject.missing),))
