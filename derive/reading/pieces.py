"""The tokens of a block, cut into the pieces that its separators set apart, and each piece rid of its side notes."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from lark import Token

from derive.reading.assembly import over
from derive.reading.conditions import is_condition
from derive.reading.errors import ReadError
from derive.reading.lexeme import changed
from derive.reading.parser import split
from derive.reading.remarks import OPEN_END, is_words
from derive.reading.vocabulary import DEPTH, NAMING

_BOUNDARIES = frozenset(["SEP", "COMMA", "AND", "NEWLINE", "ARROW", "REASON", "LABEL", "IF"])
_WEIGHT = {"ARROW": 3, "REASON": 3, "IF": 3, "COMMA": 2}  # of separators in a row, the one that says most counts
_TRAILING = frozenset(["DOT", "COMMA"])
_ENDING = frozenset(["NAME", "RBRACE", "CLOSE", "PRIME"])  # of what can stand before the sign of a product
_BEGINNING = frozenset(["NAME", "ACCENT", "FRAC", "PARTIAL", "NABLA", "BIG", "OPEN", "LBRACE"])  # … and behind it


@dataclass
class Piece:
    """A stretch of tokens with the separators `before` and `after` it, None at the ends of the block."""

    before: Token | None
    tokens: list[Token]
    after: Token | None = None
    lists: bool | None = field(default=None, repr=False)  # whether a comma goes on with it; found out once

    def is_after(self, kind: str) -> bool:
        """Whether a separator of this kind stands before the piece."""
        return self.before is not None and self.before.type == kind


def cut(tokens: list[Token], indices: frozenset[str]) -> list[Piece]:
    """The pieces of a block; lines that go on and lists of values are in one piece."""
    parts, marks = split(_with_implications(_without_alignment(tokens)), _BOUNDARIES)
    pieces = [Piece(None, parts[0])]
    for mark, part in zip(marks, parts[1:], strict=True):
        last = pieces[-1]
        if last.tokens:
            pieces.append(Piece(mark, part))
        elif last.before is None or _weight(mark) >= _weight(last.before):
            last.before, last.tokens = mark, part
        else:
            last.tokens = part
    joined: list[Piece] = []
    for piece in pieces:
        if joined and _goes_on(joined[-1], piece, indices):
            if piece.before is not None and piece.before.type in ("COMMA", "AND"):
                joined[-1].tokens.append(piece.before)
            joined[-1].tokens += piece.tokens
        else:
            joined.append(piece)
    for piece, following in pairwise(joined):
        piece.after = following.before
    for piece in joined:
        while piece.tokens and piece.tokens[-1].type in _TRAILING:
            piece.tokens.pop()
        piece.tokens = _with_products(piece.tokens)
    numbers = [(p.is_after("SEP") or p.is_after("COMMA")) and _is_number(p.tokens) for p in joined]
    return [piece for piece, number in zip(joined, numbers, strict=True) if piece.tokens and not number]


def _with_implications(tokens: list[Token]) -> list[Token]:
    """With the arrow between two equalities, or at the start of a line, as one that separates: a = b → c = d."""
    found = set()
    parts = split(tokens, _BOUNDARIES)[0]
    for part in parts:
        relations = split(part, frozenset(["REL"]))[1]
        for n, relation in enumerate(relations):
            follows = "=" in relations[:n] or (part[0] is relation and part is not parts[0])
            if relation == "to" and follows and ("=" in relations[n + 1 :] or len(part) == 1):
                found.add(id(relation))
    return [changed(token, "ARROW") if id(token) in found else token for token in tokens]


def _with_products(tokens: list[Token]) -> list[Token]:
    """With the sign of a product for a dot between two factors of the last side, which stands as near to the one as to
    the other: p_j.p_i, and V . h."""
    last = max((n for n, token in enumerate(tokens) if token.type == "REL"), default=-1)
    found = list(tokens)
    for n in range(last + 2, len(tokens) - 1):
        before, dot, after = tokens[n - 1 : n + 2]
        is_even = (before.end_pos == dot.start_pos) == (dot.end_pos == after.start_pos)
        if dot.type == "DOT" and is_even and before.type in _ENDING and after.type in _BEGINNING:
            found[n] = changed(dot, "OP", "cdot")
    return found


def _weight(mark: Token) -> int:
    return 2 if mark in (":", ";", *NAMING) else _WEIGHT.get(mark.type, 1)


def _without_alignment(tokens: list[Token]) -> list[Token]:
    """Without the & of an align, which stand outside every bracket: one that aligns nothing separates columns."""
    columns, marks = split(tokens, frozenset(["AMP"]))
    kept = columns[0]
    for mark, column in zip(marks, columns[1:], strict=True):
        before = kept[-1].type if kept else "NEWLINE"
        if before not in OPEN_END | {"NEWLINE"} and column and column[0].type != "REL":
            kept.append(changed(mark, "SEP"))
        kept += column
    return kept


def _goes_on(previous: Piece, piece: Piece, indices: frozenset[str]) -> bool:
    """Whether `piece` belongs to the formula, or the list of values, before it."""
    if piece.before is None or not previous.tokens or not piece.tokens:
        return False
    if piece.before.type in ("COMMA", "AND"):
        if previous.lists is None:
            previous.lists = previous.is_after("IF") or is_condition(previous.tokens, indices)
        bare = all(token.type != "REL" for token in piece.tokens)
        return previous.lists and (bare or (piece.is_after("AND") and is_condition(piece.tokens, indices)))
    if piece.before.type not in ("SEP", "NEWLINE") or piece.before in (";", ":") or is_words(previous.tokens):
        return False
    if previous.tokens[-1].type in OPEN_END:
        return True
    first = piece.tokens[0].type
    if previous.is_after("IF") or first not in OPEN_END or _is_number(piece.tokens):
        return False
    return first != "REL" or not (has_relation(previous.tokens) or _is_number(previous.tokens))


def _is_number(tokens: list[Token]) -> bool:
    """(1), (3a), (*), --- (1): the number of an equation."""
    start = next((i for i, token in enumerate(tokens) if token.type not in ("MINUS", "DOTS")), len(tokens))
    kinds = [token.type for token in tokens[start:]] if len(tokens) - start < 5 else []
    if kinds[:1] != ["OPEN"] or kinds[-1] != "CLOSE":
        return False
    return kinds[1:-1] in (["NUM"], ["NUM", "NAME"], ["NUM", "PRIME"]) or [str(t) for t in tokens[start + 1 : -1]] == [
        "*"
    ]


def has_relation(tokens: list[Token]) -> bool:
    """Whether a relation or an arrow stands anywhere but in an index or exponent."""
    before = ""
    in_script: list[bool] = []
    for token in tokens:
        change = DEPTH.get(token.type, 0)
        if change > 0:
            in_script.append(before in ("SUB", "SUP", "SUBSTACK") or (bool(in_script) and in_script[-1]))
        elif change < 0 and in_script:
            in_script.pop()
        elif token.type in ("REL", "ARROW") and not (in_script and in_script[-1]):
            return True
        before = token.type
    return False


def without_notes(tokens: list[Token]) -> tuple[list[Token], list[list[Token]]]:
    """A piece without its side notes, the brackets at its top level that hold a relation; and what these hold.

    A bracket close behind a name holds its argument. Raises ReadError for one that may be either.
    """
    kept: list[Token] = []
    notes = []
    index = 0
    while index < len(tokens):
        end = _closing(tokens, index)
        inside = tokens[index + 1 : end]
        before = kept[-1] if kept else None
        factor = before is not None and before.type == "OP"  # ⊙ (z > 0)
        indicator = factor or (
            before is not None and (before in ("one", "1", "I") or _is_argument(before, tokens[index]))
        )
        if tokens[index].type == "OPEN" and _is_note(inside) and not indicator:
            if before is not None and tokens[index] == "(" and before.type in ("NAME", "RBRACE", "PRIME", "BIG"):
                place = over(tokens[index], tokens[end])
                raise ReadError(r"a relation in brackets after a name: separate a note with \quad", place)
            after = tokens[end + 1] if end + 1 < len(tokens) else None
            if after is not None and after.type != "REL" and before is not None and before.type != "REL":
                raise ReadError("a note inside a formula: put it at the end", over(tokens[index], tokens[end]))
            notes.append([token for token in inside if token.type not in ("REASON", "IF", "ARROW")])
        else:
            kept += tokens[index : end + 1]
        index = end + 1
    return kept, notes


def _is_argument(name: Token, bracket: Token) -> bool:
    """Whether a bracket touches the name before it: p(y = 1)."""
    return name.type == "NAME" and bracket == "(" and name.end_pos == bracket.start_pos


def _is_note(inside: list[Token]) -> bool:
    return _is_related(inside) or (bool(inside) and inside[0].type == "IF")


def _is_related(tokens: list[Token]) -> bool:
    return bool(split(tokens, frozenset(["REL"]))[1])


def _closing(tokens: list[Token], start: int) -> int:
    """The index of the token that closes what the one at `start` opens; `start` itself if that opens nothing."""
    depth = 0
    for index in range(start, len(tokens)):
        depth += DEPTH.get(tokens[index].type, 0)
        if depth <= 0:
            return index
    return len(tokens) - 1
