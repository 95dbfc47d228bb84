r"""Blocks -> statements: which equalities a page claims.

A statement is a chain A = B = C with the head A. Statements are separated by a comma, a semicolon, \quad, a line break
or a break that the legend declares. After ⇒ or ∴ a bare side continues the chain and X = Y begins a new one; a bare
side before ⇒ is only an announcement. A bracket with a relation in it, or what follows `since` or `where`, is a side
note: a statement of its own. A block that begins with = or ⇒ goes on with the last chain of the block before it. A
block without any relation is a fragment: its tree is kept where it is a single expression.

Words are never dropped from a formula: alone, or in brackets at the end of a statement, they are a remark; beside a
term they make the statement an error, and words that except or deny do so with their whole line.
"""

from __future__ import annotations

from collections.abc import Iterable

from derive.reading.block import Block, Inline
from derive.reading.chains import Chain
from derive.reading.conditions import index_letters
from derive.reading.joining import spelled_words
from derive.reading.legend import Legend
from derive.reading.memory import Memory
from derive.reading.readings import BlockReading


def read_statements(
    blocks: Iterable[Block], legend: Legend | None = None, memory: Memory | None = None
) -> list[BlockReading]:
    """The statements of each block, in order. Never raises: what is not understood is among the errors of its block.

    A legend gives names of several letters and the repairs; what is a statement, a list or a condition is the page's
    own to say. A `memory` of earlier versions of the page, of the same legend, spares to read again what stayed.
    """
    memory = memory if memory is not None else Memory(legend if legend is not None else Legend(""))
    blocks = list(blocks)
    names = spelled_words(block.latex for block in blocks)
    lexed = [memory.lexed(block, names) for block in blocks]
    indices = index_letters([tokens for tokens, *_ in lexed])
    readings = []
    last: Chain | None = None
    for block, found in zip(blocks, lexed, strict=True):
        reading, last = memory.read(block, found, indices, None if isinstance(block, Inline) else last)
        readings.append(reading)
    return readings
