"""The word at hand as data: its letters, one-hot, step by step."""

from __future__ import annotations

from derive.algebra.array import Value, t
from derive.algebra.scalar import V, name
from derive.algebra.series import T
from derive.report.document import Block, Table
from derive.report.text import paragraph, text
from numeric.words import Array, Word, printable


def letters(word: Word) -> tuple[Block, ...]:
    """What the network reads and what it should answer at each step."""
    x, target = name(Value(("V",), "x", t)), name(Value(("V",), "target", t))
    shown = [printable(letter) for letter in word.vocabulary]
    pairs = zip(word.text[:-1], word.X, word.text[1:], word.Y, strict=True)
    rows = tuple(
        tuple(map(text, (str(step), printable(letter), _bits(one), printable(answer), _bits(other))))
        for step, (letter, one, answer, other) in enumerate(pairs, start=1)
    )
    return (
        paragraph(
            "Each letter but the last is an input, each letter but the first a target. The entries of the one-hot "
            "vectors stand for {}, in this order: {} = {} and {} = {}.",
            *(", ".join(shown), T, str(len(rows)), V, str(len(shown))),
        ),
        Table((text(t), text("input"), text(x), text("target"), text(target)), rows),
    )


def _bits(row: Array) -> str:
    return " ".join(str(int(entry)) for entry in row)
