"""A report put together: what it comes to, the notes, the derivation, training, symbols, and where it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from derive.algebra.notation import using
from derive.report import derivation, notes, symbols
from derive.report.document import Block, Details, Document, Figure, Paragraph, Section, Slot
from derive.report.subject import Subject

IN_SHORT = (
    "The network, the derivative of each of its equations, the gradients of its loss, and what training does with them."
)
TRAINING = (
    "The derived gradients, used: gradient descent from several random starts, and the same with what slips leave of "
    "the gradients. Only the way back is changed, never the network."
)
Provenance = tuple[tuple[str, str], ...]


def compose(subject: Subject, full: bool = False) -> Document:
    """The report without its figures. Raises Refuted where exact arithmetic does not confirm the derivation."""
    with using(subject.letters):
        found = symbols.symbols(subject)
        derived = derivation.missing(subject) if subject.model is None else derivation.sections(subject, full)
        training = (Paragraph((TRAINING,)), Slot("slips"), Slot("probabilities"), Slot("path-map"))
        sections = [derived, Section(("Training",), "training", training), symbols.section(subject, found)]
        lead: list[Block] = [Paragraph((IN_SHORT,))]
        if subject.notes is not None:
            lead = list(notes.opening(subject.notes))
            sections.insert(0, notes.section(subject.notes, _legend(subject)))
        return Document(subject.title, (*lead, Slot("network")), tuple(sections), found, full=full)


def _legend(subject: Subject) -> str:
    return f"the legend {subject.legend.name.rsplit('/', 1)[-1]}" if subject.legend is not None else "the page"


def illustrate(document: Document, pictures: Mapping[str, Figure], provenance: Provenance = ()) -> Document:
    """The report with its figures in their places, numbered in the order in which they stand; a section that would
    have had nothing but figures is left out where there are none."""
    numbers = iter(range(1, len(pictures) + 1))

    def filled(blocks: Iterable[Block]) -> tuple[Block, ...]:
        found: list[Block] = []
        for block in blocks:
            if isinstance(block, Slot) and block.name in pictures:
                found.append(replace(pictures[block.name], number=next(numbers)))
            elif isinstance(block, Details):
                found.append(replace(block, blocks=filled(block.blocks)))
            elif not isinstance(block, Slot):
                found.append(block)
        return tuple(found)

    def section(found: Section) -> Section:
        blocks = filled(found.blocks)
        return replace(found, blocks=blocks, sections=tuple(map(section, found.sections)))

    lead = filled(document.lead)
    drawn = [part for part in document.sections if part.anchor != "training" or _has_figures(part, pictures)]
    return replace(document, lead=lead, sections=tuple(map(section, drawn)), provenance=provenance)


def _has_figures(section: Section, pictures: Mapping[str, Figure]) -> bool:
    return any(isinstance(block, Slot) and block.name in pictures for block in section.blocks)


def build(subject: Subject, pictures: Mapping[str, Figure], full: bool = False) -> Document:
    """The whole report. Raises Refuted where exact arithmetic does not confirm the derivation."""
    return illustrate(compose(subject, full), pictures)
