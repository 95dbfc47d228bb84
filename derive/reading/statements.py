r"""Blocks -> statements: which equalities a page claims.

A statement is a chain A = B = C with the head A. Statements are separated by a comma, a semicolon, \quad, a line break or a
break that the legend declares. After ⇒ or ∴ a bare side continues the chain and X = Y begins a new one; a bare side before ⇒
is only an announcement. A bracket with a relation in it is a side note, a statement of its own. A block that begins with = or
⇒ goes on with the last chain of the block before it. A block without any relation is a fragment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from lark import Token

from derive.reading.blocks import Block
from derive.reading.conditions import INDEX_LETTERS, is_condition, read_condition, split
from derive.reading.errors import ReadError
from derive.reading.legend import Legend
from derive.reading.parser import DEPTH, parse_tokens
from derive.reading.repairs import Repair, apply_repairs
from derive.reading.tokens import tokenize
from derive.reading.tree import Node, Sequence, Span

_REL = frozenset(["REL"])
_BOUNDARIES = frozenset("SEP COMMA AND NEWLINE ARROW REASON TEXT IF".split())
_GOES_ON = frozenset("PLUS MINUS OP".split())
_TRAILING = frozenset("DOT COMMA SEP NEWLINE AMP TEXT".split())
_BRACE = re.compile(r"\\(begin|end)\b|\\.|[{}]", re.S)


@dataclass(frozen=True)
class Side:
    """One side of a chain: its tree, its source, and where that stands in the LaTeX of block number `block`."""

    node: Node
    latex: str
    span: Span
    block: int


@dataclass(frozen=True)
class Statement:
    """A chain: sides[0] is the head, and relations[i] stands before sides[i + 1].

    `continues` says that the head was written earlier and is not repeated here: sides[0].block tells where.
    `condition` is a Relation or a Sequence of them; `is_note` marks a side note in brackets.
    """

    sides: tuple[Side, ...]
    relations: tuple[str, ...]
    condition: Node | None = None
    is_note: bool = False
    continues: bool = False


@dataclass(frozen=True)
class BlockReading:
    """What a block says. `errors` tell what could not be read; `announcements` are the bare sides before a ⇒."""

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


@dataclass
class _Chain:
    """A statement while it is read; `head` is None where it could not be read."""

    head: Side | None
    sides: list[Side] = field(default_factory=list)
    relations: list[str] = field(default_factory=list)
    condition: list[Node] = field(default_factory=list)
    is_note: bool = False
    continues: bool = False


@dataclass
class _Piece:
    """A stretch between separators; `before` is the kind of what separates it, `mark` that separator's text."""

    before: str
    mark: str
    tokens: list[Token]
    after: str = ""


def read_statements(blocks: Iterable[Block], legend: Legend) -> list[BlockReading]:
    """The statements of each block, in order. Never raises: what is not understood is among the errors of its block."""
    readings = []
    last: _Chain | None = None
    for block in blocks:
        reader = _BlockReader(block, legend, last)
        readings.append(reader.read())
        last = reader.last
    return readings


class _BlockReader:
    def __init__(self, block: Block, legend: Legend, before: _Chain | None) -> None:
        self.block = block
        self.legend = legend
        spelled = {entry.spelling.lstrip("\\") for entry in legend.entries if entry.role != "index"}
        self.indices = (INDEX_LETTERS - spelled) | {name.lstrip("\\") for name in legend.indices}
        self.before = before
        self.chains: list[_Chain] = []
        self.current: _Chain | None = None
        self.pending: list[Node] = []
        self.errors: list[ReadError] = []
        self.announced: list[str] = []
        self.last: _Chain | None = None  # the chain that the next block may continue

    def read(self) -> BlockReading:
        try:
            tokens = tokenize(self.block.latex, self.legend.words)
        except ReadError as error:
            self.last = _Chain(None)
            return BlockReading(self.block, errors=(error,))
        if not _has_relation(tokens):
            return BlockReading(self.block, fragment=True)
        tokens, repairs = apply_repairs(tokens, self.block.number, self.legend.repairs, self.legend.words)
        for piece in self.pieces(tokens):
            try:
                self.piece(piece)
            except ReadError as error:
                self.errors.append(error)
        own = [chain for chain in self.chains if not chain.is_note]
        self.last = own[-1] if own else _Chain(None) if self.errors else None
        return BlockReading(
            self.block, tuple(self.finished()), False, tuple(self.errors), repairs, tuple(self.announced)
        )

    def finished(self) -> list[Statement]:
        statements = []
        for chain in self.chains:
            if chain.head is not None and chain.sides:
                condition = chain.condition[0] if len(chain.condition) == 1 else None
                if len(chain.condition) > 1:
                    flat = [r for c in chain.condition for r in (c.items if isinstance(c, Sequence) else [c])]
                    condition = Sequence((flat[0].span[0], flat[-1].span[1]), tuple(flat))
                sides = (chain.head, *chain.sides)
                statements.append(Statement(sides, tuple(chain.relations), condition, chain.is_note, chain.continues))
        return statements

    # Pieces

    def pieces(self, tokens: list[Token]) -> list[_Piece]:
        """The block cut at its separators, and joined again where a line or a list goes on."""
        parts, marks = split(_without_alignment(tokens), _BOUNDARIES)
        cut = [_Piece("", "", parts[0])]
        for mark, part in zip(marks, parts[1:], strict=True):
            last = cut[-1]
            if last.tokens or last.before == "IF":
                last.after = str(mark)
                cut.append(_Piece(mark.type, str(mark), part))
            elif last.before not in ("ARROW", "REASON"):  # several separators in a row: the one that says most
                last.before, last.mark, last.tokens = mark.type, str(mark), part
            else:
                last.tokens = part
        pieces: list[_Piece] = []
        for piece in cut:
            previous = pieces[-1] if pieces else None
            if previous is not None and self.goes_on(previous, piece):
                if piece.before == "COMMA":
                    start = previous.tokens[-1].end_pos
                    previous.tokens.append(Token("COMMA", ",", start_pos=start, end_pos=start))
                if piece.before == "AND":
                    start = previous.tokens[-1].end_pos
                    previous.tokens.append(Token("AND", "and", start_pos=start, end_pos=start))
                previous.tokens += piece.tokens
                previous.after = piece.after
            else:
                pieces.append(piece)
        return [piece for piece in pieces if piece.tokens]

    def goes_on(self, previous: _Piece, piece: _Piece) -> bool:
        """Whether `piece` belongs to the formula or the list of values before it."""
        if not previous.tokens or not piece.tokens:
            return False
        if piece.before in ("COMMA", "AND"):
            listing = previous.before == "IF" or is_condition(previous.tokens, self.indices)
            bare = not any(token.type == "REL" for token in piece.tokens)
            return listing and (bare or (piece.before == "AND" and is_condition(piece.tokens, self.indices)))
        if piece.before in ("SEP", "NEWLINE", "TEXT") and piece.mark not in (";", ":"):
            ends_open = previous.tokens[-1].type in _GOES_ON | _REL
            return ends_open or (piece.tokens[0].type in _GOES_ON and previous.before != "IF")
        return False

    def piece(self, piece: _Piece) -> None:
        tokens = piece.tokens
        while tokens and tokens[-1].type in _TRAILING:
            tokens = tokens[:-1]
        if not tokens or (piece.before == "SEP" and _is_number_label(tokens)):
            return
        if piece.before == "IF" or (is_condition(tokens, self.indices) and (self.chains or piece.after)):
            self.condition(tokens, piece.after == ":")
            return
        tokens, notes = self.without_notes(tokens)
        if tokens:
            self.chain(piece, tokens)
        for note in notes:
            if is_condition(note, self.indices) or "DOTS" in [token.type for token in note]:
                self.condition(note, False)
            else:
                self.note(note)

    def condition(self, tokens: list[Token], ahead: bool) -> None:
        condition = read_condition(tokens, _span(tokens))
        if condition is not None:
            target = self.pending if ahead or self.current is None else self.current.condition
            target.append(condition)

    def without_notes(self, tokens: list[Token]) -> tuple[list[Token], list[list[Token]]]:
        """A piece without its side notes, the brackets at its top level that hold a relation, and the notes."""
        kept: list[Token] = []
        notes = []
        index = 0
        while index < len(tokens):
            end = _closing(tokens, index) if tokens[index].type == "OPEN" else index
            inside = tokens[index + 1 : end]
            before = kept[-1] if kept else None
            if end > index and _at_top(inside) and not (before is not None and before in ("one", "1", "I")):
                if before is not None and tokens[index] == "(" and before.type in ("NAME", "RBRACE", "PRIME", "BIG"):
                    raise ReadError(
                        "a relation in brackets after a name: separate a note with \\quad", _span(tokens[index:])
                    )
                notes.append(inside)
            else:
                kept += tokens[index : end + 1]
            index = end + 1
        return kept, notes

    # Chains

    def chain(self, piece: _Piece, tokens: list[Token]) -> None:
        stretches, signs = split(tokens, _REL)
        relations = [str(sign) for sign in signs]
        if not stretches[0]:
            chain = self.resumed(tokens)
            stretches = stretches[1:]
        elif not signs and piece.after in _ARROW_MARKS and piece.before != "ARROW":
            self.announced.append(self.source(tokens)[0])
            self.current = None
            return
        elif not signs:
            if piece.before != "ARROW" or (self.current is None and self.chains + self.errors + self.announced):
                raise ReadError(
                    "an expression without a relation: separate statements, and write = where it goes on", _span(tokens)
                )
            chain = self.resumed(tokens)
            relations = ["="]
        else:
            chain = self.current = _Chain(self.side(stretches[0]), condition=self.pending)
            self.pending = []
            self.chains.append(chain)
            stretches = stretches[1:]
        for relation, stretch in zip(relations, stretches, strict=True):
            side = self.side(stretch, signs[0] if signs else None)
            if side is not None:
                chain.sides.append(side)
                chain.relations.append(relation)

    def resumed(self, tokens: list[Token]) -> _Chain:
        """The chain that goes on: this block's, or the last one of the block before."""
        if self.current is not None:
            if self.current.head is None:
                raise ReadError("this continues a chain whose head could not be read", _span(tokens))
            return self.current
        before = self.before
        if before is None:
            raise ReadError("there is no chain before this for it to continue: write its left side", _span(tokens))
        if before.head is None:
            raise ReadError("this continues a chain of the block before, whose head could not be read", _span(tokens))
        chain = self.current = _Chain(before.head, condition=[*before.condition, *self.pending], continues=True)
        self.pending = []
        self.chains.append(chain)
        return chain

    def note(self, tokens: list[Token]) -> None:
        for part in split(tokens, frozenset(["COMMA", "REASON", "ARROW"]))[0]:
            if not part:
                continue
            stretches, signs = split(part, _REL)
            chain = _Chain(self.side(stretches[0], part[0]), is_note=True)
            self.chains.append(chain)
            for sign, stretch in zip(signs, stretches[1:], strict=True):
                side = self.side(stretch, sign)
                if side is not None:
                    chain.sides.append(side)
                    chain.relations.append(str(sign))

    def side(self, tokens: list[Token], near: Token | None = None) -> Side | None:
        """A side, or None where it could not be read: the error is noted."""
        try:
            if not tokens:
                raise ReadError("a side is missing beside this relation", _span([near]) if near is not None else None)
            latex, span = self.source(tokens)
            return Side(parse_tokens(tokens, span), latex, span, self.block.number)
        except ReadError as error:
            self.errors.append(error)
            return None

    def source(self, tokens: list[Token]) -> tuple[str, Span]:
        """The source of some tokens, which must be whole: replacing it must leave correct LaTeX."""
        span = _span(tokens)
        latex = self.block.latex[span[0] : span[1]]
        depth = 0
        for mark in _BRACE.finditer(latex):
            depth += {"{": 1, "begin": 1, "}": -1, "end": -1}.get(mark[1] or mark[0], 0)
            if depth < 0:
                break
        if depth != 0:
            raise ReadError("a box or an environment ends inside this side: let it hold whole sides", span)
        return latex, span


_ARROW_MARKS = frozenset(
    "Rightarrow implies Longrightarrow iff Leftrightarrow Longleftrightarrow therefore so hence thus then gives".split()
)


def _span(tokens: list[Token]) -> Span:
    return (tokens[0].start_pos or 0, tokens[-1].end_pos or 0)


def _without_alignment(tokens: list[Token]) -> list[Token]:
    """Without the & of an align, which stand outside every bracket."""
    parts, _ = split(tokens, frozenset(["AMP"]))
    return [token for part in parts for token in part]


def _at_top(tokens: list[Token]) -> bool:
    """Whether a relation stands outside every bracket."""
    return bool(split(tokens, _REL)[1])


def _has_relation(tokens: list[Token]) -> bool:
    """Whether a relation or an arrow stands outside every bracket, or at the top of a bracket that stands there."""
    if split(tokens, frozenset(["REL", "ARROW"]))[1]:
        return True
    index = 0
    while index < len(tokens):
        if DEPTH.get(tokens[index].type, 0) > 0:
            end = _closing(tokens, index)
            if tokens[index].type == "OPEN" and _at_top(tokens[index + 1 : end]):
                return True
            index = end
        index += 1
    return False


def _closing(tokens: list[Token], start: int) -> int:
    """The index of the token that closes what the one at `start` opens."""
    depth = 0
    for index in range(start, len(tokens)):
        depth += DEPTH.get(tokens[index].type, 0)
        if depth == 0:
            return index
    return len(tokens) - 1


def _is_number_label(tokens: list[Token]) -> bool:
    """(1), (3a), (*): the number of an equation."""
    return (
        2 < len(tokens) < 5
        and tokens[0].type == "OPEN"
        and tokens[-1].type == "CLOSE"
        and (tokens[1].type == "NUM" or tokens[1] == "*")
        and (len(tokens) == 3 or tokens[2].type in ("NAME", "PRIME"))
    )
