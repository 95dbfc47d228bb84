"""The tokens of one block -> its chains, and what of it is a condition, a note, a remark or an error."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from lark import Token

from derive.reading.assembly import over, place
from derive.reading.block import Block
from derive.reading.conditions import INEQUALITIES, is_condition, read_condition, worded
from derive.reading.definitions import Macros, uses_macros
from derive.reading.errors import WORDS, ReadError
from derive.reading.inline_cases import with_inline_cases
from derive.reading.legend import Legend
from derive.reading.parser import parse_tokens, split
from derive.reading.pieces import Piece, cut, has_relation, without_notes
from derive.reading.prose import is_restricting
from derive.reading.readings import BlockReading, Side, Statement
from derive.reading.remarks import clauses, denied_lines, is_quoted, is_text, is_words, outside, said, without_remarks
from derive.reading.repairs import apply_repairs
from derive.reading.tree import Big, Node, Sequence, Span, Symbol, Words, walk
from derive.reading.vocabulary import EQUALITIES, NAMING

_REL = frozenset(["REL"])
_NESTING = re.compile(r"\\(begin|end)\b|\\.|[{}]", re.S)


@dataclass
class Chain:
    """A statement while it is read; `head` is None where it could not be read."""

    head: Side | None
    sides: list[Side] = field(default_factory=list)
    relations: list[str] = field(default_factory=list)
    conditions: list[Node] = field(default_factory=list)
    is_note: bool = False
    continues: bool = False

    def statement(self, indices: frozenset[str]) -> Statement | None:
        if self.head is None or not self.sides:
            return None
        conditions = [r for c in self.conditions for r in (c.items if isinstance(c, Sequence) else [c])]
        conditions = [worded(c, self.head.node, indices) if isinstance(c, Words) else c for c in conditions]
        condition = conditions[0] if conditions else None
        if len(conditions) > 1:
            condition = Sequence(over(conditions[0], conditions[-1]), tuple(conditions))
        sides = (self.head, *self.sides)
        return Statement(sides, tuple(self.relations), condition, self.is_note, self.continues)


def _is_said_beside(piece: Piece) -> bool:
    """Whether a formula only says what a name is, as h of `= A, set h = W x`: what goes on is the one before."""
    return piece.is_after("SEP") and str(piece.before) in NAMING


class BlockReader:
    def __init__(
        self, block: Block, legend: Legend, macros: Macros, indices: frozenset[str], before: Chain | None
    ) -> None:
        self.block = block
        self.legend = legend
        self.macros = macros
        self.tokens: list[Token] = []  # of the block, where it uses macros
        self.indices = indices
        self.before = before
        self.chains: list[Chain] = []
        self.current: Chain | None = None
        self.ahead: list[Node] = []  # conditions written before their statement
        self.listed: list[list[Token]] = []  # bare names before a comma, u of u, v ∈ S
        self.errors: list[ReadError] = []
        self.announced: list[str] = []
        self.remarks: list[Words] = []
        self.last: Chain | None = None  # the chain that the next block may go on with

    def read(self, tokens: list[Token]) -> BlockReading:
        unread = next((token for token in tokens if token.type == "BAD"), None)
        if not has_relation(tokens) and unread is None:
            return BlockReading(self.block, fragment=True, alone=self.alone(tokens))
        tokens, repairs = apply_repairs(tokens, self.block.number, self.legend.repairs, self.legend.words)
        if uses_macros(self.block.latex, self.macros):
            self.tokens = tokens
        denied = denied_lines(tokens)
        if any(is_words(line) for line, _ in denied):
            return BlockReading(self.block, errors=tuple(error for _, error in denied), repairs=repairs)
        pieces = cut(with_inline_cases(tokens), self.indices)
        if len(pieces) == 1 and pieces[0].lists and any(token.type == "COMMA" for token in pieces[0].tokens):
            return BlockReading(self.block, fragment=True, repairs=repairs, alone=self.alone(pieces[0].tokens))
        spoiled = {id(token): error for line, error in denied for token in line}
        for piece in pieces:
            try:
                denial = next((spoiled[id(token)] for token in piece.tokens if id(token) in spoiled), None)
                if denial is not None:
                    self.deny(piece, denial)
                else:
                    self.piece(piece)
            except ReadError as error:
                self.errors.append(error)
        self.unlisted()
        own = [chain for chain in self.chains if not chain.is_note]
        self.last = own[-1] if own else Chain(None) if self.errors else None
        statements = tuple(s for s in (chain.statement(self.indices) for chain in self.chains) if s is not None)
        if not statements and unread is not None and not self.errors:
            self.errors.append(ReadError(str(unread), place(unread)))
        return BlockReading(
            self.block,
            statements,
            not statements and not self.errors,
            tuple(self.errors),
            repairs,
            tuple(self.announced),
            tuple(self.remarks),
        )

    def alone(self, tokens: list[Token]) -> Side | None:
        """The one expression or range of a block without a statement; None where it is none, or cannot be read."""
        parts = [part for part in split(tokens, frozenset(["SEP", "NEWLINE", "LABEL", "AMP"]))[0] if part]
        while parts and parts[0] and parts[0][-1].type in ("DOT", "COMMA"):
            parts[0].pop()
        if len(parts) != 1 or not parts[0]:
            return None
        try:
            latex, span = self.source(parts[0])
            condition = read_condition(parts[0]) if is_condition(parts[0], self.indices) else None
            node = condition if condition is not None else parse_tokens(parts[0], span)
            return Side(node, latex, span, self.block.number, self.macros)
        except ReadError:
            return None

    def deny(self, piece: Piece, error: ReadError) -> None:
        """Spoils what stands in a line with words that except or deny, and the chain that it goes on with."""
        if error not in self.errors:
            self.errors.append(error)
        stretches, signs = split(piece.tokens, _REL)
        worded = any(token.type == "TEXT" for token in stretches[0])
        begins = signs and stretches[0] and not worded and not is_condition(piece.tokens, self.indices)
        if not begins and self.current is not None:
            self.current.head = None
        self.ahead = []
        self.current = Chain(None)
        self.chains.append(self.current)

    def piece(self, piece: Piece) -> None:
        if len(piece.tokens) > 2 and self.is_bracketed_in_words(piece.tokens):
            return self.note(piece.tokens[1:-1])
        tokens, remarks = without_remarks(piece.tokens)
        if is_words(tokens) and (tokens[0].type == "TEXT" or not piece.is_after("ARROW")):
            remarks, tokens = [tokens, *remarks], []
        if tokens:
            self.formula(piece, tokens)
        for remark in remarks:
            self.remark(remark, ahead=piece.after == ":")
        return None

    def is_bracketed_in_words(self, tokens: list[Token]) -> bool:
        r"""Whether a piece is a note whose bracket is opened and closed by words: \text{(because } z = W x \text{)}."""
        ends = (self.block.latex[slice(*place(token))] for token in (tokens[0], tokens[-1]))
        first, last = (text.partition("{")[2].strip("} ") for text in ends)
        is_worded = tokens[0].type == "TEXT" and tokens[-1].type in ("TEXT", "BAD")
        return is_worded and first.startswith("(") and ")" not in first and last == ")"

    def remark(self, tokens: list[Token], ahead: bool) -> None:
        r"""Words beside a formula; (\text{need } y_t; t = 1) may hold a condition too."""
        inside = tokens[1:-1] if tokens[0].type == "OPEN" else tokens
        for part in clauses(inside):
            if is_condition(part, self.indices):
                self.condition(part, ahead=False)
            elif any(token.type == "REL" for token in part):
                raise ReadError(WORDS, over(part[0], part[-1]))
            elif part:
                span = over(part[0], part[-1])
                words = Words(span, said(part, self.block.latex[slice(*span)]))
                self.remarks.append(words)
                if is_restricting(words.text):
                    target = self.ahead if ahead or self.current is None else self.current.conditions
                    target.append(words)

    def formula(self, piece: Piece, tokens: list[Token]) -> None:
        related = is_condition(tokens, self.indices)
        if piece.is_after("IF") or (related and (self.chains or piece.after is not None)):
            return self.condition(tokens, ahead=piece.after == ":")
        if piece.is_after("REASON") and not (related and piece.before in ("where", "with")):
            return self.condition(tokens, ahead=False) if self.restricts(tokens) else self.note(tokens)
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

    def restricts(self, tokens: list[Token]) -> bool:
        r"""Whether a note gives a number to what has an index of a sum before it: \sum_i \log p_i where y_i = 1."""
        (head, *others), signs = split(tokens, _REL)
        trees = [side.node for side in (self.current.sides if self.current is not None else ())]
        below = [
            node.lower for tree in trees for node in walk(tree) if isinstance(node, Big) and node.lower is not None
        ]
        bound = {part.name for lower in below for part in walk(lower) if isinstance(part, Symbol)}
        lowered = {str(token) for before, token in pairwise(head) if before.type in ("SUB", "LBRACE")}
        return signs == ["="] and [token.type for token in others[0]] == ["NUM"] and not bound.isdisjoint(lowered)

    def note(self, tokens: list[Token]) -> None:
        for part in split(tokens, frozenset(["COMMA", "ARROW"]))[0]:
            stretches, signs = split(part, _REL)
            if signs:
                self.begin(stretches, signs, is_note=True)

    def unlisted(self) -> None:
        """Notes bare names before a comma that no membership follows."""
        for tokens in self.listed:
            place = over(tokens[0], tokens[-1])
            self.errors.append(ReadError("an expression without a relation: write = where a chain goes on", place))
        self.listed = []

    def chain(self, piece: Piece, tokens: list[Token]) -> None:
        stretches, signs = split(tokens, _REL)
        if any(
            x.type == "TEXT" for side in stretches for x in outside(side) if not is_quoted(side) and not is_text(side)
        ):
            self.current = Chain(None)
            self.chains.append(self.current)
            raise ReadError(WORDS, over(tokens[0], tokens[-1]))
        if (
            not signs
            and piece.after is not None
            and piece.after.type in ("COMMA", "AND")
            and not piece.is_after("ARROW")
        ):
            self.listed.append(tokens)
            return
        if signs[:1] == ["in"]:
            for name in self.listed:  # u, v ∈ S
                self.begin([name, *stretches[1:]], signs, is_note=False)
            self.listed = []
        self.unlisted()
        if not signs:
            waits = piece.after is not None and (piece.after.type == "ARROW" or piece.after == "underbrace")
            if waits and not piece.is_after("ARROW"):
                self.announced.append(self.source(tokens)[0])
                self.current = None
                return
            if not piece.is_after("ARROW"):
                place = over(tokens[0], tokens[-1])
                raise ReadError("an expression without a relation: write = where a chain goes on", place)
            self.extend(self.resumed(tokens), [tokens], [Token("REL", "=")])
        elif not stretches[0]:
            self.current = self.extend(self.resumed(tokens), stretches[1:], signs)
        else:
            if self.current is not None and INEQUALITIES.issuperset(signs):  # f'(x) = 1, x > 0
                self.restrict(self.current, tokens)
            begun = self.begin(stretches, signs, is_note=False)
            if self.current is None or not _is_said_beside(piece):
                self.current = begun

    def restrict(self, chain: Chain, tokens: list[Token]) -> None:
        """Keeps a comparison of what a chain speaks of as its condition, that no one reads."""
        sides = chain.sides if chain.head is None else (chain.head, *chain.sides)
        spoken = {part.name for side in sides for part in walk(side.node) if isinstance(part, Symbol)}
        if not spoken.isdisjoint(map(str, tokens)):
            span = over(tokens[0], tokens[-1])
            chain.conditions.append(Words(span, self.block.latex[slice(*span)]))

    def begin(self, stretches: list[list[Token]], signs: list[Token], is_note: bool) -> Chain:
        """A new chain, with its head."""
        chain = Chain(self.side(stretches[0], signs[0]), is_note=is_note)
        if not is_note:
            chain.conditions, self.ahead = self.ahead, []
        self.chains.append(chain)
        return self.extend(chain, stretches[1:], signs) if chain.head is not None else chain

    def resumed(self, tokens: list[Token]) -> Chain:
        """The chain that goes on here: this block's, or the last one of the block before. Raises ReadError if none."""
        place = over(tokens[0], tokens[-1])
        if self.current is None:
            if self.before is None or self.chains or self.errors or self.announced:
                raise ReadError("no chain stands before this for it to go on with: write its left side", place)
            head, conditions = self.before.head, [*self.before.conditions, *self.ahead]
            self.current = Chain(head, conditions=conditions, continues=True)
            self.ahead = []
            self.chains.append(self.current)
        if self.current.head is None:
            raise ReadError("this goes on with a chain whose head could not be read: mend that first", place)
        return self.current

    def extend(self, chain: Chain, stretches: list[list[Token]], signs: list[Token]) -> Chain:
        r"""The chain that goes on after these sides: what is equal to the last side of u \approx v is v, and not u."""
        for sign, stretch in zip(signs, stretches, strict=True):
            side = self.side(stretch, sign)
            if sign in EQUALITIES and chain.relations and chain.relations[-1] not in (*EQUALITIES, "in"):
                chain = Chain(chain.sides[-1], is_note=chain.is_note, conditions=chain.conditions)
                self.chains.append(chain)
            if side is not None:
                chain.sides.append(side)
                chain.relations.append(str(sign))
        return chain

    def side(self, tokens: list[Token], sign: Token) -> Side | None:
        """A side, or None where it could not be read: then the error is noted."""
        try:
            if not tokens:
                raise ReadError("a side is missing beside a relation: write it", over(sign, sign))
            latex, span = self.source(tokens)
            worded = is_text(tokens) or is_quoted(tokens)
            node = Words(span, said(tokens, latex)) if worded else parse_tokens(tokens, span)
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
