r"""Cases that running text makes: `If $i = j$:` before a display states that this is so in the formula that follows,
and `where $i \neq j$` after one in that formula."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from derive.reading.block import Inline
from derive.reading.conditions import INEQUALITIES
from derive.reading.prose import is_supposing
from derive.reading.readings import BlockReading, Statement
from derive.reading.tree import Relation, Script, Symbol, Words, spanning, walk

_LEADS = re.compile(  # a sentence that begins so, right behind a display too
    r"(?:^|[.:;,\n]|(?:\\\]|\$\$)\s*(?=(?-i:[A-Z])))"
    r"(?:[\s*_#>\-\d]|and\b|now\b)*(?:if|when|for|case)\b[\s*_:\d\w]{0,16}$",
    re.I,
)
_TRAILS = re.compile(r"[ ,;\\\])$]*\n?[ ,;]*\b(?:where|for|with)\b[ \n]*[\\($`]*")  # the sentence goes on
_PROVES = re.compile(r"[\W\d_]*(?:proof|beweis|preuve)\b[\W_]*", re.I)  # of what was just said
_UNDONE = re.compile(r"\b(?:otherwise|else|unless|except|not)\b|\n\s*#", re.I)  # the words after it speak of others
FAR = 200  # characters between a case and its formula


def with_cases(
    cells: Mapping[int | None, str], blocks: list[BlockReading], inline: list[BlockReading]
) -> tuple[list[BlockReading], list[BlockReading]]:
    """What blocks and formulas in running text say, `cells` being the texts in which they stand: the formula after a
    case says it of this case, with those that go on with its chain, and the case itself states nothing."""
    order = sorted((*blocks, *inline), key=lambda reading: (reading.block.cell or 0, reading.block.start))
    changed = {id(old): new for old, new in _told(cells, order)}
    return [changed.get(id(r), r) for r in blocks], [changed.get(id(r), r) for r in inline]


def _told(cells: Mapping[int | None, str], order: list[BlockReading]) -> Iterator[tuple[BlockReading, BlockReading]]:
    """The readings that a case changes, each with what it becomes."""
    case: Relation | Words | None = None
    for n, reading in enumerate(order):
        if case is not None:
            before, case = case, case if any(s.continues for s in _first(order[n + 1 : n + 2])) else None
            yield reading, replace(reading, statements=tuple(_in_case(s, before) for s in reading.statements))
            continue
        found = _case(reading)
        if found is None and (restriction := _restriction(reading)):
            case = restriction
            continue
        shown = order[n - 1] if n and not isinstance(order[n - 1].block, Inline) else None
        follows = found is not None and shown is not None and _follows(cells, shown, reading, found)
        if (
            found is not None
            and shown is not None
            and follows
            and not _leads(cells, reading, order[n + 1 : n + 2], found)
        ):
            yield shown, replace(shown, statements=tuple(_in_case(s, found) for s in shown.statements))
            yield reading, replace(reading, statements=(), fragment=True)
            if n + 1 < len(order) and _is_proved(cells, shown, reading, order[n + 1]):
                case = found
            continue
        if found is None or n + 1 == len(order) or not _first(order[n + 1 : n + 2]):
            continue
        here, following = reading.block, order[n + 1].block
        between = cells[here.cell][here.end : following.start]
        is_led = _LEADS.search(here.before if isinstance(here, Inline) else "")
        spoken = [statement for statement in order[n + 1].statements if _speaks_of(statement, found)]
        if here.cell == following.cell and is_led and spoken and len(between) < FAR and not _UNDONE.search(between):
            yield reading, replace(reading, statements=(), fragment=True)
            case = found


def _follows(cells: Mapping[int | None, str], before: BlockReading, reading: BlockReading, case: Relation) -> bool:
    r"""Whether a case stands right behind the display of which it speaks, where $i \neq k$."""
    here = reading.block
    if here.cell != before.block.cell or not any(_speaks_of(s, case) for s in before.statements[:1]):
        return False
    return _TRAILS.fullmatch(cells[here.cell][before.block.end : here.start]) is not None


def _leads(cells: Mapping[int | None, str], case: BlockReading, following: list[BlockReading], said: Relation) -> bool:
    """Whether a formula stands right behind a case, and speaks of it."""
    for after in following:
        here = case.block
        between = cells[here.cell][here.end : after.block.start] if here.cell == after.block.cell else "elsewhere"
        touches = not re.search(r"\w|\n\s*\n|\.", between)
        return touches and any(_speaks_of(statement, said) for statement in after.statements[:1])
    return False


def _is_proved(cells: Mapping[int | None, str], said: BlockReading, case: BlockReading, proof: BlockReading) -> bool:
    """Whether a formula is the proof of what was said in a case."""
    here = case.block
    if here.cell != proof.block.cell or not proof.statements:
        return False
    same = proof.statements[0].sides[0].node == said.statements[0].sides[0].node
    return same and _PROVES.fullmatch(cells[here.cell][here.end : proof.block.start]) is not None


def _first(readings: Iterable[BlockReading]) -> tuple[Statement, ...]:
    return next((reading.statements[:1] for reading in readings), ())


def _case(reading: BlockReading) -> Relation | None:
    """The i = j or i ≠ j that a formula in running text is."""
    if not isinstance(reading.block, Inline) or len(reading.statements) != 1:
        return None
    [statement] = reading.statements
    if statement.relations not in (("=",), ("ne",)) or not all(isinstance(s.node, Symbol) for s in statement.sides):
        return None
    first, second = (side.node for side in statement.sides)
    return Relation(spanning(first, second), first, statement.relations[0], second)


def _restriction(reading: BlockReading) -> Words | None:
    """The comparison that a formula in running text is behind if or when, and that is no case: x > 0."""
    here = reading.block
    if not isinstance(here, Inline) or len(reading.statements) != 1 or not is_supposing(here.before):
        return None
    [statement] = reading.statements
    return Words(statement.sides[0].span, here.latex) if INEQUALITIES.issuperset(statement.relations) else None


def _speaks_of(statement: Statement, case: Relation) -> bool:
    """Whether both letters of a case are indices at the head of a statement."""
    indices = {
        part
        for node in walk(statement.sides[0].node)
        if isinstance(node, Script)
        for script in (node.sub, node.sup)
        if script is not None
        for part in walk(script)
    }
    return all(letter in indices for letter in (case.left, case.right))


def _in_case(statement: Statement, case: Relation | Words) -> Statement:
    told = statement.condition is None and (isinstance(case, Words) or _speaks_of(statement, case))
    return replace(statement, condition=case) if told else statement
