"""A word as training data: each letter but the last is an input, each letter but the first a target."""

import unicodedata
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from numeric.errors import InputError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Word:
    """A word of at least two letters (code points after NFC) and its one-hot form, T steps over V letters."""

    text: str

    def __post_init__(self) -> None:
        """Normalise `text`; raise `InputError` (a ValueError) if it cannot be learned."""
        text = unicodedata.normalize("NFC", self.text)
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            raise InputError("the word is not valid Unicode text: check the terminal's encoding")
        if len(text) < 2:
            found = f"{text!r} has one" if text else "an empty word has none"
            raise InputError(f"a word needs two letters or more, an input and its target: {found}")
        object.__setattr__(self, "text", text)

    @cached_property
    def vocabulary(self) -> str:
        """The V different letters in order of first appearance: HELO for HELLO."""
        return "".join(dict.fromkeys(self.text))

    @cached_property
    def X(self) -> Array:
        """The inputs, T×V: row t-1 is the one-hot x(t), letter t of HELL."""
        return self._one_hot(self.text[:-1])

    @cached_property
    def Y(self) -> Array:
        """The targets, T×V: row t-1 is the one-hot ŷ(t), letter t of ELLO."""
        return self._one_hot(self.text[1:])

    def _one_hot(self, letters: str) -> Array:
        rows = np.zeros((len(letters), len(self.vocabulary)))
        rows[np.arange(len(letters)), [self.vocabulary.index(letter) for letter in letters]] = 1
        return rows


def printable(text: str) -> str:
    """Return `text` for a terminal or a figure, with what cannot be printed (a newline, an escape) as its code."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)
