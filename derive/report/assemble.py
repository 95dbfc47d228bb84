"""A report put together: what it comes to, the notes, the derivation, training, symbols, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from derive.algebra.notation import using
from derive.report import derivation, notes, symbols
from derive.report.document import Block, Document, Figure, Paragraph, Section
from derive.report.subject import Subject

TRAINING = ("slips", "probabilities", "path-map")  # figures, in this order
IN_SHORT = (
    "The network, one derivative of each of its equations, the gradients of its loss, and what training does with them."
)


def build(
    subject: Subject, pictures: Mapping[str, Figure], provenance: tuple[tuple[str, str], ...] = (), full: bool = False
) -> Document:
    """The report. Raises Refuted where exact arithmetic does not confirm the derivation."""
    with using(subject.letters):
        found = symbols.symbols(subject)
        derived = (
            derivation.missing(subject)
            if subject.model is None
            else derivation.sections(subject, full, pictures.get("paths"))
        )
        training = tuple(pictures[name] for name in TRAINING if name in pictures)
        sections = [derived]
        lead: list[Block] = [Paragraph((IN_SHORT,))]
        if subject.notes is not None:
            lead = list(notes.opening(subject.notes))
            sections.insert(0, notes.section(subject.notes, _legend(subject)))
        lead += [pictures["network"]] if "network" in pictures else []
        if training:
            sections.append(Section("Training", "training", (Paragraph((_TOLD,)), *training)))
        sections.append(symbols.section(subject, found))
        return _numbered(Document(subject.title, tuple(lead), tuple(sections), found, provenance, full))


_TOLD = (
    "The derived gradients, used: gradient descent from several random starts, and the same with what slips leave of "
    "the gradients. Only the way back is changed, never the network."
)


def _legend(subject: Subject) -> str:
    return f"the legend {subject.legend.name.rsplit('/', 1)[-1]}" if subject.legend is not None else "the page"


def _numbered(document: Document) -> Document:
    """The document with its figures numbered in the order in which they stand."""
    count = 0

    def block(found: Block) -> Block:
        nonlocal count
        if not isinstance(found, Figure):
            return found
        count += 1
        return replace(found, number=count)

    def section(found: Section) -> Section:
        blocks = tuple(map(block, found.blocks))
        return replace(found, blocks=blocks, sections=tuple(map(section, found.sections)))

    lead = tuple(map(block, document.lead))
    return replace(document, lead=lead, sections=tuple(map(section, document.sections)))
