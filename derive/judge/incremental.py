"""A page that is checked again and again while it is written: what stays is not read and not decided again.

`Session.recheck` answers fast: where only right sides of claims changed, within what the page was understood to say,
these alone are decided. `Session.check` understands the page anew; it is the same as a check of the page by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count

from derive.check.results import Claim, Edit, Notes, Place
from derive.judge import collector
from derive.judge.page import Page, memories, read, stated, understood
from derive.reading import BlockReading, Document, Legend
from derive.reading import Statement as Chain
from derive.reading.block import Block

NEW = 1_000_000  # the numbers of statements that were not there at the last whole check begin here


@dataclass
class Session:
    """The checks of one page under one legend (None: the page is read from itself)."""

    legend: Legend | None = None
    _page: Page | None = None
    _found: list[list[Claim] | None] = field(default_factory=list)  # of each formula; None while it cannot be read
    _rough: set[int] = field(default_factory=set)  # those that were not decided thoroughly

    def __post_init__(self) -> None:
        self._remembered = memories(self.legend)
        self._numbers = count(NEW)

    def check(self, document: Document) -> Notes:
        """Every equality of the page with its verdict. Raises ReadError for a legend that cannot be meant."""
        *_, notes = self.stages(document)
        return notes

    def stages(self, document: Document) -> Iterator[Notes]:
        """The same while it goes on: at first what the page was understood to say, then the verdicts on one formula
        after the other, and at last all of it. One that is left before its end changes nothing here."""
        with collector.seldom():
            page = understood(document, self.legend, self._remembered)
            said = page.said()
            yield said
            found: list[list[Claim]] = []
            for claims in page.decided():
                found.append(claims)
                yield page.told(said, len(found) - 1, [claims])
            self._page, self._found, self._rough = page, [*found], set()
            yield page.notes(found)

    @collector.seldom()
    def recheck(self, document: Document, thorough: bool = False) -> Notes | None:
        """The same, fast, where nothing but right sides of claims changed since the last check; else None, and `check`
        is what remains. The verdicts are those within the network and the conventions that the page had then: what a
        claim contributes to these, `check` finds. Unless it is `thorough`, no mend is searched for what changed and no
        range is proved: so a claim without shapes that fit is `unreadable` or `unknown` for now."""
        page = self._page
        if page is None or not _alike(page.document, document):
            return None
        readings, inline = read(document, *self._remembered)
        old, new = [*page.inline, *page.readings], [*inline, *readings]
        changed = _changed(page, old, new)
        if changed is None:
            return None
        self._page = None  # until all of it is done
        found = [
            [_moved(claim, page.document, a.block, document, b.block) for claim in claims or ()]
            for a, b, claims in zip(old, new, self._found, strict=True)
        ]
        page.document = document
        page.written = replace(page.written, document=document, chains=dict(page.written.chains))
        kept: list[list[Claim] | None] = [*found]
        base = []
        first = 0
        for n, (a, b) in enumerate(zip(old, new, strict=True)):
            numbers = range(first, first + len(a.statements))
            first += len(a.statements)
            if n in changed and not b.statements:  # while it is written it cannot be read: it comes back
                kept[n], found[n] = None, []
                base.append(replace(a, block=b.block))
                continue
            base.append(b)
            if n in changed or self._found[n] is None:
                for k, chain in zip(numbers, b.statements, strict=True):
                    if page.chains[k][1] != chain and not self._admitted(page, k, chain):
                        return None
        for network in page.checkers:
            network.turn_to(page.written, thorough)
        first = 0
        for n, reading in enumerate(base):
            numbers = range(first, first + len(reading.statements))
            first += len(reading.statements)
            anew = n in changed or self._found[n] is None or (thorough and n in self._rough)
            if kept[n] is not None and anew:
                self._rough = self._rough - {n} if thorough else self._rough | {n}
                claims = [claim for k in numbers for claim in page.claims(page.statements[k], page.chains[k][1])]
                kept[n] = found[n] = claims
        page.inline, page.readings = inline, readings
        notes = page.notes(found)
        page.inline, page.readings = base[: len(inline)], base[len(inline) :]
        self._page, self._found = page, kept
        return notes

    def _admitted(self, page: Page, n: int, chain: Chain) -> bool:
        """Puts a changed statement in the place of the old one, with a number of its own; False where it would change
        what the page is understood to say."""
        block, before = page.chains[n][0], page.statements[n]
        sides = page.plain.written(tuple(side.node for side in chain.sides))
        statement = stated(next(self._numbers), block, sides, chain, page.plain.condition(chain.condition))
        network = page.checkers[page.places[before.number]]
        if network.other is not None or not network.page.symbols.admit(statement):
            return False
        network.said_before[statement.number] = network.said_before[before.number]
        definitions = network.page.choice.definitions
        definitions |= {(statement.number, k) for number, k in definitions if number == before.number}
        page.chains[n], page.statements[n] = (block, chain), statement
        page.places[statement.number] = page.places[before.number]
        page.written.chains[statement.number] = chain
        del page.written.chains[before.number]
        if before.number in page.written.inline:
            page.written = replace(page.written, inline=page.written.inline | {statement.number})
        statements = network.page.statements
        statements[next(k for k, s in enumerate(statements) if s.number == before.number)] = statement
        return True


def _alike(old: Document, new: Document) -> bool:
    """Whether two documents have the same blocks but for what stands in them."""
    pairs = [*zip(old.blocks, new.blocks, strict=False), *zip(old.inline, new.inline, strict=False)]
    return (
        old.kind == new.kind
        and (len(old.blocks), len(old.inline)) == (len(new.blocks), len(new.inline))
        and all(a.macros == b.macros and a.environment == b.environment and a.cell == b.cell for a, b in pairs)
    )


def _changed(page: Page, old: list[BlockReading], new: list[BlockReading]) -> set[int] | None:
    """The formulas whose claims have other right sides, or cannot be read; None where anything else is different."""
    found = set()
    first = 0
    for n, (a, b) in enumerate(zip(old, new, strict=True)):
        numbers = range(first, first + len(a.statements))
        first += len(a.statements)
        if a.statements == b.statements:
            if a.alone != b.alone:
                return None
            continue
        found.add(n)
        if not b.statements and b.errors:
            if not all(_claims(page, k, frozenset(range(len(page.statements[k].sides)))) for k in numbers):
                return None
            continue
        if len(a.statements) != len(b.statements):
            return None
        for k, before, after in zip(numbers, a.statements, b.statements, strict=True):
            if before.relations != after.relations or before.condition != after.condition:
                return None
            sides = enumerate(zip(before.sides, after.sides, strict=True))
            other = frozenset(side for side, (x, y) in sides if x.node != y.node)
            if 0 in other or not _claims(page, k, other):
                return None
    return found


def _claims(page: Page, n: int, sides: frozenset[int]) -> bool:
    """Whether some sides of a statement only claim: they define nothing, state no shape, fix no data, settle no
    name and no chain goes on with them."""
    statement = page.statements[n]
    network = page.checkers[page.places[statement.number]]
    choice = network.page.choice
    said = choice.definitions | choice.restated | choice.rivals.keys()
    return (
        not any((statement.number, k) in said for k in sides)
        and statement.number not in network.formulas.statements
        and not statement.memberships
        and statement.number not in network.heads.asked
        and not network.heads.is_continued(statement)
        and not any(k and network.remark(statement, k) for k in sides)
    )


def _moved(claim: Claim, old: Document, before: Block, new: Document, after: Block) -> Claim:
    """A claim of a block that stayed, where it stands now."""
    if claim.place is None or before.latex != after.latex:
        return claim

    def there(line: int, column: int) -> tuple[int, int]:
        return new.place(after, old.offset(before, line, column))

    place, edit = claim.place, claim.edit
    moved = Place(*there(place.line, place.column), *there(place.end_line, place.end_column), after.cell)
    if edit is not None:
        ends = (*there(edit.line, edit.column), *there(edit.end_line, edit.end_column))
        edit = Edit(*ends, edit.replacement)
    return replace(claim, place=moved, edit=edit)
