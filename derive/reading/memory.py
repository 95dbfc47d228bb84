"""What was read of a page's blocks, kept for the next version of the page: most of them stay as they are."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypeVar

from lark import Token

from derive.reading.block import Block
from derive.reading.chains import BlockReader, Chain
from derive.reading.definitions import Macros, defined
from derive.reading.errors import ReadError
from derive.reading.legend import Legend
from derive.reading.readings import BlockReading
from derive.reading.tokens import tokenize

Lexed = tuple[list[Token], Macros, ReadError | None]
KEPT = 4096
K = TypeVar("K")
V = TypeVar("V")


@dataclass
class Memory:
    """The tokens and the readings of blocks under one legend, by their LaTeX and by what else they depend on."""

    legend: Legend
    _lexed: dict[tuple[str, frozenset[str]], tuple[Macros, Lexed]] = field(default_factory=dict)
    _read: dict[tuple[str, int, type, frozenset[str]], tuple[Macros, Chain | None, BlockReading, Chain | None]] = field(
        default_factory=dict
    )

    def lexed(self, block: Block, names: frozenset[str]) -> Lexed:
        """The tokens of a block and its macros, or why it has none."""
        key = (block.latex, names)
        known = self._lexed.get(key)
        if known is None or known[0] != block.macros:
            known = block.macros, self._tokens(block, names)
            _keep(self._lexed, key, known)
        return known[1]

    def _tokens(self, block: Block, names: frozenset[str]) -> Lexed:
        try:
            macros = defined(block.latex, block.macros)
            return tokenize(block.latex, self.legend.words, macros=macros, names=names), macros, None
        except ReadError as error:
            return [], block.macros, error

    def read(
        self, block: Block, lexed: Lexed, indices: frozenset[str], before: Chain | None
    ) -> tuple[BlockReading, Chain | None]:
        """What a block says, and the chain that the next one may go on with."""
        tokens, macros, error = lexed
        if error is not None:
            return BlockReading(block, errors=(error,)), Chain(None)
        key = (block.latex, block.number, type(block), indices)
        known = self._read.get(key)
        if known is None or known[0] != macros or known[1] != before:
            reader = BlockReader(block, self.legend, macros, indices, before)
            known = macros, before, reader.read(tokens), reader.last
            _keep(self._read, key, known)
        return replace(known[2], block=block), known[3]


def _keep(kept: dict[K, V], key: K, value: V) -> None:
    if len(kept) >= KEPT:
        kept.clear()
    kept[key] = value
