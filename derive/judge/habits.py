"""How a page writes what an edit adds: its marks of transposes, of ⊙ and of diag."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

TRANSPOSE = re.compile(r"\^\s*(?:\{\s*)?(\\top|\\intercal|\\mathsf\{?T\}?|\\mathrm\{T\}|T)(?![a-zA-Z])")
INSIDE = re.compile(r"\^\{[^{}]+?(?:\\top|\\intercal|T)\s*\}")  # a^{(t)T}
BOUNDS = re.compile(
    r"\\(?:sum|prod)(?:\\limits)?\s*_(?:\{[^{}]*\}|\S)\s*\^\s*(?:\{[^{}]*\}|\S)"
)  # its T is no transpose
DIAGONAL = re.compile(r"\\(?:text|mathrm|operatorname)\{diag\}|\\diag(?![a-zA-Z])")
HADAMARD = re.compile(r"\\(odot|circ)(?![a-zA-Z])")


@dataclass(frozen=True)
class Habits:
    """The marks of a page, without their ^, and its word for diag where it has one; `inside` says that a transpose
    stands in the script beside an index."""

    transpose: str = r"\top"
    hadamard: str = r"\odot"
    inside: bool = False
    diagonal: str | None = None

    @classmethod
    def of(cls, text: str) -> Habits:
        """The habits of a page, the commonest of each."""
        marks = Counter(match[1] for match in TRANSPOSE.finditer(BOUNDS.sub("", text)))
        signs = Counter(match[0] for match in HADAMARD.finditer(text))
        return cls(
            marks.most_common(1)[0][0] if marks else r"\top",
            signs.most_common(1)[0][0] if signs else r"\odot",
            INSIDE.search(text) is not None,
            diagonal[0] if (diagonal := DIAGONAL.search(text)) is not None else None,
        )
