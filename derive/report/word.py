"""What the report says about the word at hand: its letters as one-hot data, and what is exactly zero on it."""

from __future__ import annotations

from sympy import Symbol

from derive.array import Value, t
from derive.report.document import Block, Table
from derive.report.text import paragraph, text
from derive.scalar import name
from numeric.theorems import theorems
from numeric.words import Word, printable


def letters(word: Word) -> tuple[Block, ...]:
    """The one-hot letters at each step."""
    x, target = name(Value(("V",), "x", t)), name(Value(("V",), "target", t))
    shown = [printable(letter) for letter in word.vocabulary]
    steps = len(word.text) - 1
    rows = tuple(
        (
            text(str(step)),
            text(printable(word.text[step - 1])),
            text(_bits(inputs)),
            text(printable(word.text[step])),
            text(_bits(targets)),
        )
        for step, (inputs, targets) in enumerate(zip(word.X, word.Y, strict=True), start=1)
    )
    return (
        paragraph(
            f"Each letter but the last is an input, each letter but the first a target. The word has {steps} "
            f"step{'s' if steps > 1 else ''} and {len(shown)} different letter{'s' if len(shown) > 1 else ''}, "
            f"in the order {', '.join(shown)}: ",
            Symbol("T"),
            f" = {steps} and ",
            Symbol("V"),
            f" = {len(shown)}.",
        ),
        Table((text(t), text("input"), text(x), text("target"), text(target)), rows),
    )


def zeros(word: Word, hidden: int) -> tuple[Block, ...]:
    """The exact zeros of the gradients on this word. Raises RuntimeError if one of them does not hold."""
    found = theorems(word, hidden)
    wrong = [theorem.statement for theorem in found if not theorem.holds]
    if wrong:
        raise RuntimeError(f"refuted on {word.text!r}: {'; '.join(wrong)}")
    return (
        paragraph(
            "Some gradients are zero for every choice of the parameters: an input that never occurs selects no column of the "
            "weights, and softmax does not change when all logits move together. These are theorems and not small numbers. "
            f"Each was decided for this word at H = {hidden}, in exact arithmetic modulo a prime at random points, when this "
            "report was made."
        ),
        Table(
            (text("statement"), text("decided")), tuple((text(theorem.statement), text("holds")) for theorem in found)
        ),
    )


def _bits(row: object) -> str:
    return " ".join(str(int(entry)) for entry in row)  # type: ignore[attr-defined]
