"""Where the pictures stand in the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from derive.report.document import Document, Figure, Paragraph, Section

PLACES = {"network": "network", "w-aa": "paths"}  # section: figure
TRAINING = ("loss-curves", "probabilities", "path-map")


def illustrate(document: Document, figures: Mapping[str, Figure]) -> Document:
    """The document with its pictures: two in the sections they belong to, the others in a section on training."""
    told = (
        "The derived gradients, used: gradient descent on the word from several random starts, and the same with the "
        "gradients that the assumptions of the notes leave over. The edits of the derivation are those that the "
        "verdicts are decided with; the forward pass is never changed.",
    )
    training = Section("Training", "training", (Paragraph(told), *(figures[name] for name in TRAINING)))
    return replace(document, sections=(*(_with_figure(section, figures) for section in document.sections), training))


def _with_figure(section: Section, figures: Mapping[str, Figure]) -> Section:
    if section.anchor not in PLACES:
        return section
    return replace(section, blocks=(*section.blocks, figures[PLACES[section.anchor]]))
