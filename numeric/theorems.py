"""What is exactly zero in the gradients of a word, decided in exact arithmetic: no error can be relative to zero."""

from __future__ import annotations

from dataclasses import dataclass

from derive.algebra.chain import backward
from derive.algebra.model import elman
from derive.algebra.pullback import Leaf
from derive.algebra.unroll import unroll
from derive.algebra.values import random_point
from derive.kernel.exact import PRIME
from derive.kernel.field import Entries
from numeric.words import Word, printable

POINTS = 2  # random points; each has a chance below 2⁻⁵⁰ to show a zero that is none


@dataclass(frozen=True)
class Theorem:
    """A statement about the gradients of one word, and whether it holds at random points modulo a prime."""

    statement: str
    holds: bool


def theorems(word: Word, hidden: int) -> list[Theorem]:
    """Return the zeros of the gradients on this word with H = `hidden`, each derived from the derived expressions.

    The column of ∂L/∂W_ax for a letter that is never an input is zero, as x(t) never selects it. And softmax is blind
    to a shift of its argument, so that ∂L/∂net_y(t) sums to zero over the letters: with it every column of ∂L/∂W_ya,
    and ∂L/∂b_y.
    """
    points = [_gradients(word, hidden, seed) for seed in range(POINTS)]
    V = len(word.vocabulary)

    def zero(name: str, columns: int, chosen: slice, summed: bool) -> bool:
        """Whether the chosen columns of a gradient vanish, or their sums do, at every point."""
        taken = [gradients[name][column::columns] for gradients in points for column in range(columns)[chosen]]
        return all(sum(column) % PRIME == 0 if summed else not any(column) for column in taken)

    unused = [j for j, letter in enumerate(word.vocabulary) if letter not in word.text[:-1]]
    return [
        *(
            Theorem(
                f"the column of ∂L/∂W_ax for {printable(word.vocabulary[j])}, which is never an input, is 0",
                zero("W_ax", V, slice(j, j + 1), summed=False),
            )
            for j in unused
        ),
        Theorem("every column of ∂L/∂W_ya sums to 0", zero("W_ya", hidden, slice(None), summed=True)),
        Theorem("∂L/∂b_y sums to 0", zero("b_y", 1, slice(None), summed=True)),
    ]


def _gradients(word: Word, hidden: int, seed: int) -> dict[str, Entries]:
    """The gradients on the word at random weights, as residues in row-major order."""
    graph = unroll(elman(), len(word.X))
    sizes = {"H": hidden, "V": len(word.vocabulary), "T": len(word.X)}
    values: dict[Leaf, Entries] = {
        value.at(step): [int(entry) for entry in row]
        for value, rows in zip(graph.model.inputs, (word.X, word.Y), strict=True)
        for step, row in enumerate(rows, start=1)
    }
    point = random_point(graph, sizes, seed, zero_start=True, values=values)
    for value in graph.values:  # in order, so that a long word needs no deep recursion
        point.value(value)
    derived = backward(graph)
    for adjoint, expression in derived.adjoints.items():
        values[adjoint] = point.evaluate(expression)
    return {name: point.evaluate(derived.gradient(name)) for name in derived.terms}
