r"""Blocks -> statements: which equalities a page claims.

A statement is a chain A = B = C with the head A. Statements are separated by a comma, a semicolon, \quad, a line break
or a break that the legend declares. After ⇒ or ∴ a bare side continues the chain and X = Y begins a new one; a bare
side before ⇒ is only an announcement. A bracket with a relation in it, or what follows `since` or `where`, is a side
note: a statement of its own. A block that begins with = or ⇒ goes on with the last chain of the block before it. A
block without any relation is a fragment, and is not parsed any further.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from lark import Token

from derive.reading.assembly import over, place
from derive.reading.blocks import Block
from derive.reading.conditions import is_condition, read_condition
from derive.reading.definitions import Macros, defined, uses_macros
from derive.reading.errors import ReadError
from derive.reading.legend import Legend
from derive.reading.parser import parse_tokens, split
from derive.reading.pieces import Piece, cut, has_relation, without_notes
from derive.reading.repairs import Repair, apply_repairs
from derive.reading.tokens import tokenize
from derive.reading.tree import Node, Sequence, Span
from derive.reading.vocabulary import INDEX_LETTERS

_REL = frozenset(["REL"])
_NESTING = re.compile(r"\\(begin|end)\b|\\.|[{}]", re.S)


@dataclass(frozen=True)
class Side:
    """One side of a chain: its tree, its source, and where that stands in the LaTeX of block number `block`; `macros`
    are the commands that the page defines."""

    node: Node
    latex: str
    span: Span
    block: int
    macros: Macros = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Statement:
    """A chain: sides[0] is the head, and relations[i] stands before sides[i + 1].

    `condition` is a Relation or a Sequence of them. `is_note` marks a side note. `continues` says that the head was
    written earlier and is not repeated here: sides[0].block tells where.
    """

    sides: tuple[Side, ...]
    relations: tuple[str, ...]
    condition: Node | None = None
    is_note: bool = False
    continues: bool = False


@dataclass(frozen=True)
class BlockReading:
    """What a block says: its statements, what of it could not be read, the repairs that were made, and the bare sides
    before a ⇒, which only announce."""

    block: Block
    statements: tuple[Statement, ...] = ()
    fragment: bool = False
    errors: tuple[ReadError, ...] = ()
    repairs: tuple[Repair, ...] = ()
    announcements: tuple[str, ...] = ()

    @property
    def error(self) -> ReadError | None:
        """The first of the errors."""
        return self.errors[0] if self.errors else None


def read_statements(blocks: Iterable[Block], legend: Legend) -> list[BlockReading]:
    """The statements of each block, in order. Never raises: what is not understood is among the errors of its block."""
    readings = []
    last: _Chain | None = None
    for block in blocks:
        reader = _BlockReader(block, legend, last)
        readings.append(reader.read())
        last = reader.last
    return readings


@dataclass
class _Chain:
    """A statement while it is read; `head` is None where it could not be read."""

    head: Side | None
    sides: list[Side] = field(default_factory=list)
    relations: list[str] = field(default_factory=list)
    conditions: list[Node] = field(default_factory=list)
    is_note: bool = False
    continues: bool = False

    def statement(self) -> Statement | None:
        if self.head is None or not self.sides:
            return None
        conditions = [r for c in self.conditions for r in (c.items if isinstance(c, Sequence) else [c])]
        condition = conditions[0] if conditions else None
        if len(conditions) > 1:
            condition = Sequence(over(conditions[0], conditions[-1]), tuple(conditions))
        sides = (self.head, *self.sides)
        return Statement(sides, tuple(self.relations), condition, self.is_note, self.continues)


class _BlockReader:
    def __init__(self, block: Block, legend: Legend, before: _Chain | None) -> None:
        self.block = block
        self.legend = legend
        self.macros = block.macros
        self.tokens: list[Token] = []  # of the block, where it uses macros
        self.indices = (INDEX_LETTERS - legend.names) | legend.indices
        self.before = before
        self.chains: list[_Chain] = []
        self.current: _Chain | None = None
        self.ahead: list[Node] = []  # conditions written before their statement
        self.errors: list[ReadError] = []
        self.announced: list[str] = []
        self.last: _Chain | None = None  # the chain that the next block may go on with

    def read(self) -> BlockReading:
        try:
            self.macros = defined(self.block.latex, self.block.macros)
            tokens = tokenize(self.block.latex, self.legend.words, macros=self.macros)
        except ReadError as error:
            self.last = _Chain(None)
            return BlockReading(self.block, errors=(error,))
        if not has_relation(tokens):
            return BlockReading(self.block, fragment=True)
        tokens, repairs = apply_repairs(tokens, self.block.number, self.legend.repairs, self.legend.words)
        if uses_macros(self.block.latex, self.macros):
            self.tokens = tokens
        for piece in cut(tokens, self.indices):
            try:
                self.piece(piece)
            except ReadError as error:
                self.errors.append(error)
        own = [chain for chain in self.chains if not chain.is_note]
        self.last = own[-1] if own else _Chain(None) if self.errors else None
        statements = tuple(s for s in (chain.statement() for chain in self.chains) if s is not None)
        empty = not statements and not self.errors
        return BlockReading(self.block, statements, empty, tuple(self.errors), repairs, tuple(self.announced))

    def piece(self, piece: Piece) -> None:
        tokens = piece.tokens
        if piece.is_after("IF") or (is_condition(tokens, self.indices) and (self.chains or piece.after is not None)):
            return self.condition(tokens, ahead=piece.after == ":")
        if piece.is_after("REASON"):
            return self.note(tokens)
        tokens, notes = without_notes(tokens)
        if tokens:
            self.chain(piece, tokens)
        for note in notes:
            if is_condition(note, self.indices) or not split(note, _REL)[1]:
                self.condition(note, ahead=False)
            else:
                self.note(note)
        return None

    def condition(self, tokens: list[Token], ahead: bool) -> None:
        condition = read_condition(tokens)
        if condition is not None:
            target = self.ahead if ahead or self.current is None else self.current.conditions
            target.append(condition)

    def note(self, tokens: list[Token]) -> None:
        for part in split(tokens, frozenset(["COMMA", "ARROW"]))[0]:
            stretches, signs = split(part, _REL)
            if signs:
                self.begin(stretches, signs, is_note=True)

    def chain(self, piece: Piece, tokens: list[Token]) -> None:
        stretches, signs = split(tokens, _REL)
        if not signs:
            if piece.after is not None and piece.after.type == "ARROW" and not piece.is_after("ARROW"):
                self.announced.append(self.source(tokens)[0])
                self.current = None
                return
            if not piece.is_after("ARROW"):
                place = over(tokens[0], tokens[-1])
                raise ReadError("an expression without a relation: write = where a chain goes on", place)
            self.extend(self.resumed(tokens), [tokens], [Token("REL", "=")])
        elif not stretches[0]:
            self.extend(self.resumed(tokens), stretches[1:], signs)
        else:
            self.current = self.begin(stretches, signs, is_note=False)

    def begin(self, stretches: list[list[Token]], signs: list[Token], is_note: bool) -> _Chain:
        """A new chain, with its head."""
        chain = _Chain(self.side(stretches[0], signs[0]), is_note=is_note)
        if not is_note:
            chain.conditions, self.ahead = self.ahead, []
        self.chains.append(chain)
        if chain.head is not None:
            self.extend(chain, stretches[1:], signs)
        return chain

    def resumed(self, tokens: list[Token]) -> _Chain:
        """The chain that goes on here: this block's, or the last one of the block before. Raises ReadError if none."""
        place = over(tokens[0], tokens[-1])
        if self.current is None:
            if self.before is None or self.chains or self.errors or self.announced:
                raise ReadError("no chain stands before this for it to go on with: write its left side", place)
            head, conditions = self.before.head, [*self.before.conditions, *self.ahead]
            self.current = _Chain(head, conditions=conditions, continues=True)
            self.ahead = []
            self.chains.append(self.current)
        if self.current.head is None:
            raise ReadError("this goes on with a chain whose head could not be read: mend that first", place)
        return self.current

    def extend(self, chain: _Chain, stretches: list[list[Token]], signs: list[Token]) -> None:
        for sign, stretch in zip(signs, stretches, strict=True):
            side = self.side(stretch, sign)
            if side is not None:
                chain.sides.append(side)
                chain.relations.append(str(sign))

    def side(self, tokens: list[Token], sign: Token) -> Side | None:
        """A side, or None where it could not be read: then the error is noted."""
        try:
            if not tokens:
                raise ReadError("a side is missing beside a relation: write it", over(sign, sign))
            latex, span = self.source(tokens)
            node = parse_tokens(tokens, span)
            if isinstance(node, Sequence):
                raise ReadError("a list where one expression is meant: write statements of their own", span)
            return Side(node, latex, span, self.block.number, self.macros)
        except ReadError as error:
            self.errors.append(error)
            return None

    def source(self, tokens: list[Token]) -> tuple[str, Span]:
        """The source of some tokens. Raises ReadError unless it is whole: replacing it must leave correct LaTeX."""
        starts, ends = zip(*map(place, tokens), strict=True)  # a page's own command may begin with its argument
        span = min(starts), max(ends)
        own = {id(token) for token in tokens}
        for token in self.tokens:
            start, end = place(token)
            if max(start, span[0]) < min(end, span[1]) and id(token) not in own:
                raise ReadError("a command of the page holds more than this side: write it out", span)
        latex = self.block.latex[span[0] : span[1]]
        depth = 0
        for mark in _NESTING.finditer(latex):
            depth += {"{": 1, "begin": 1, "}": -1, "end": -1}.get(mark[1] or mark[0], 0)
            if depth < 0:
                break
        if depth != 0:
            raise ReadError("a box or an environment ends inside this side: let it hold whole sides", span)
        return latex, span
