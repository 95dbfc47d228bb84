"""A text as training data: its characters as numbers, cut into parallel streams of windows."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.files import read_file
from derive.plural import counted
from numeric.errors import InputError

Array = NDArray[Any]
CODE_POINTS = 0x110000


@dataclass(frozen=True, eq=False)
class Text:
    """Characters (code points after NFC) as places in a vocabulary, which is in code point order.

    `digest` tells two texts apart.
    """

    vocabulary: str
    indices: Array
    digest: str

    @cached_property
    def unigram_entropy(self) -> float:
        """-Σ p log p over the characters' frequencies p, in nats: the least loss of who knows those alone."""
        p = np.bincount(self.indices) / len(self.indices)
        return float(-np.sum(p * np.log(p)))


def encode(text: str) -> Text:
    """Return `text` after NFC as a `Text`. The numbers take one or two bytes a character for all but vast vocabularies.

    Raises InputError for a text in which nothing can be predicted: it is empty, or has one distinct character.
    """
    text = unicodedata.normalize("NFC", text)
    if not text:
        raise InputError("the text is empty")
    points = np.frombuffer(text.encode("utf-32-le"), "<u4")
    occurring = np.flatnonzero(np.bincount(points, minlength=CODE_POINTS))
    if len(occurring) < 2:
        raise InputError(f"the text has one distinct character, {text[0]!r}, so that there is nothing to learn")
    places = np.zeros(CODE_POINTS, np.min_scalar_type(len(occurring) - 1))
    places[occurring] = np.arange(len(occurring))
    return Text("".join(map(chr, occurring)), places[points], hashlib.sha256(points.data).hexdigest())


def read(path: Path) -> Text:
    """Return the text in a UTF-8 file. Raises InputError if it cannot be read or learned, naming the file."""
    try:
        text = read_file(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError(f"{path} is not UTF-8 text (byte {error.start}, line {line}): save it as UTF-8") from error
    try:
        return encode(text)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


@dataclass(frozen=True, eq=False)
class Streams:
    """A text as `batch` streams, read side by side in windows of `window` steps; one pass reads each stream once.

    What does not fill a last window is left out of a pass, before or behind the streams: the pass chooses its `offset`
    from 0 to `spare`, so that in time all is read. Raises InputError for a text without one window for each stream.
    """

    text: Text
    batch: int
    window: int

    def __post_init__(self) -> None:
        if self.windows < 1:
            raise InputError(
                f"a text of {counted(len(self.text.indices), 'character')} is too short: a batch of {self.batch} with "
                f"windows of {counted(self.window, 'step')} needs {self.batch * self.window + 1} (each character "
                "predicts the next one); "
                f"take a smaller --window{' or --batch' if self.batch > 1 else ''}"
            )

    @property
    def windows(self) -> int:
        """The windows of a stream in one pass."""
        return (len(self.text.indices) - 1) // (self.batch * self.window)

    @property
    def spare(self) -> int:
        return len(self.text.indices) - 1 - self.batch * self.window * self.windows

    def at(self, offset: int, window: int) -> tuple[Array, Array]:
        """The inputs and the targets of a window (the first is 0), T×B: a column for each stream."""
        length = self.windows * self.window
        first = offset + window * self.window + length * np.arange(self.batch)
        places = first + np.arange(self.window)[:, None]
        return self.text.indices[places], self.text.indices[places + 1]
