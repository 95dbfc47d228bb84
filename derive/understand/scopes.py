r"""Several networks on one page: where one plainly begins, and to which of them each statement belongs.

A network begins with a run of formulas that define again, by other trees, what the page defined before: at least two
quantities, or one beside what was given so far; the run reads nothing of the earlier network but what it defines
itself. Under another heading it may go on from the earlier network, where it says anew what the loss is and something
else; or another cell begins there by the same letters, h_t of an LSTM after h_t of an RNN, of other parameters. Whether
such formulas only write out what holds already is for the caller to decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from derive.kernel.index import Index
from derive.reading.tree import Number
from derive.understand.customs import LOSSES
from derive.understand.forms import has_derivative
from derive.understand.remarks import is_list
from derive.understand.statement import EQUALITIES, Statement
from derive.understand.symbols import Symbols


@dataclass(frozen=True)
class Said:
    """What a statement says of names. `head` is what it defines at `at`, by the tree `side`; `reads` has every name on
    its other sides, `mentions` all of them, each with whether it carries a step; `parameters` those that do not."""

    head: str | None
    at: tuple[str, ...]
    stepped: bool
    side: str
    reads: frozenset[str]
    mentions: frozenset[tuple[str, bool]]
    parameters: frozenset[str]
    derives: bool
    remark: bool


@dataclass
class Part:
    """A network: the statement where it begins, what it defines at which indices, and what it reads."""

    first: int
    heads: dict[str, dict[tuple[str, ...], str]] = field(default_factory=dict)
    stepped: dict[str, set[bool]] = field(default_factory=dict)
    given: dict[str, set[bool]] = field(default_factory=dict)  # what it reads, with whether it carries a step
    defining: list[int] = field(default_factory=list)  # the statements that define something
    again: list[int] = field(default_factory=list)  # the statements that define something anew
    is_cell: bool = False  # by letters of the network before it, but with parameters of its own
    kept: list[int] = field(default_factory=list)  # those of the network before it that it goes on from

    def changes(self, said: Said) -> bool:
        """Whether a statement defines otherwise what is defined here."""
        assert said.head is not None
        known = self.heads.get(said.head)
        if known is None:
            return False
        if said.at in known:
            return known[said.at] != said.side
        return not _is_loss(said.head) and said.stepped not in self.stepped[said.head]

    def parameters(self, sayings: list[Said]) -> frozenset[str]:
        """What its definitions read that carries no step."""
        return frozenset[str]().union(*(sayings[k].parameters for k in [*self.kept, *self.defining]))

    def take(self, said: Said) -> None:
        if said.head is not None and not said.derives:
            self.heads.setdefault(said.head, {}).setdefault(said.at, said.side)
            self.stepped.setdefault(said.head, set()).add(said.stepped)
        for name, stepped in said.mentions:
            if name in said.reads:
                self.given.setdefault(name, set()).add(stepped)


def divided(symbols: Symbols, statements: list[Statement], headings: Mapping[int, str]) -> tuple[list[Part], list[int]]:
    """The networks of a page, in order, and for each statement the one that it belongs to. The headings are those of
    the statements in displays."""
    sayings = [_said(symbols, statement) for statement in statements]
    parts = [Part(0)]
    places = []
    above = [headings.get(statement.number, "") for statement in statements]
    n = 0
    while n < len(sayings):
        run = _run(sayings, n, above)
        current = parts[-1]
        changed = [k for k in run if sayings[k].head is not None and current.changes(sayings[k])]
        heads = {sayings[k].head for k in run}
        given = {h for h in heads if h is not None and h not in current.heads and h in current.given}
        reads = frozenset[str]().union(*(sayings[k].reads for k in run))
        anew = {sayings[k].head for k in changed}
        own = frozenset[str]().union(*(sayings[k].parameters for k in run))
        elsewhere = above[n] not in {"", *(above[k] for k in current.defining if sayings[k].head in anew)}
        before = current.parameters(sayings)
        both = {head for head in heads if head is not None and head in current.heads}
        one = {name for name in (*heads, *current.heads, *own, *before) if name is not None} - both
        apart = not (reads & current.heads.keys()) - heads
        if apart and ((anew and len(anew) + len(given) >= 2) or _otherwise(current, [sayings[k] for k in run])):
            current = Part(n, again=changed)
            parts.append(current)
        elif len(anew) > 1 and elsewhere and any(head is not None and _is_loss(head) for head in anew):
            current = Part(n, again=changed, kept=_read(sayings, [*current.kept, *current.defining], run))
            parts.append(current)
        elif (
            elsewhere
            and (apart and anew and len(heads) > 2)
            and 2 * len(own & before) < len(own)
            and not any(_of_either(sayings[k], both, one) for k in range(n, len(sayings)) if above[k] != above[n])
        ):
            current = Part(n, again=changed, is_cell=True)
            parts.append(current)
        for k in run or [n]:
            current.take(sayings[k])
            if k in run and sayings[k].head is not None:
                current.defining.append(k)
            places.append(len(parts) - 1)
        n += max(len(run), 1)
    names = [part.parameters(sayings) | {*part.heads, *(sayings[k].head or "" for k in part.kept)} for part in parts]
    of = names if any(part.is_cell for part in parts) else [frozenset[str]() for _ in parts]
    return parts, [_belongs(said, place, parts, of) for said, place in zip(sayings, places, strict=True)]


def _read(sayings: list[Said], before: list[int], run: list[int]) -> list[int]:
    """The definitions before a run that it goes on from: of what it reads and does not define, and of what these
    read."""
    own = {sayings[k].head for k in run}
    needed = frozenset[str]().union(*(sayings[k].reads for k in run))
    found: list[int] = []
    while more := [k for k in before if k not in found and sayings[k].head in needed and sayings[k].head not in own]:
        found += more
        needed = needed.union(*(sayings[k].reads for k in more))
    return found


def _otherwise(part: Part, run: list[Said]) -> bool:
    """Whether what a network is given, but its loss, stands in it never with a step, and here always, or the other way
    round."""
    found: dict[str, set[bool]] = {}
    for said in run:
        for name, stepped in said.mentions:
            if name in said.reads and not _is_loss(name):
                found.setdefault(name, set()).add(stepped)
    return any(name in part.given and not steps & part.given[name] for name, steps in found.items())


def _run(sayings: list[Said], first: int, headings: list[str]) -> list[int]:
    """The definitions that stand together from a statement on; one that comes again begins another run, and so does
    another heading."""
    found: list[int] = []
    so_far = Part(first)
    under = headings[first]
    for n in range(first, len(sayings)):
        said = sayings[n]
        if said.derives or (said.head is None and not said.remark) or (under and headings[n] not in ("", under)):
            break
        under = under or headings[n]
        if said.head is not None and (said.at in so_far.heads.get(said.head, {}) or so_far.changes(said)):
            break
        so_far.take(said)
        found.append(n)
    return found if any(sayings[n].head is not None for n in found) else []


def _of_either(said: Said, both: set[str], one: set[str]) -> bool:
    """Whether a derivative speaks of what both of two networks define, and of nothing that only one of them has."""
    names = {name for name, _ in said.mentions if not _is_loss(name)}
    return said.derives and bool(names & both) and not names & one


def _is_loss(name: str) -> bool:
    return name.split("_")[0] in LOSSES


def _belongs(said: Said, place: int, parts: list[Part], of: list[frozenset[str]]) -> int:
    """The network whose quantities carry steps where the statement's do, and whose names it speaks of: its own
    place, else the nearest before."""

    def misfits(n: int) -> int:
        others = frozenset[str]().union(*of[: place + 1]) - of[n]
        return sum(name in others and not _is_loss(name) for name, _ in said.mentions) + sum(
            1
            for name, stepped in said.mentions
            if name in parts[n].stepped and stepped not in parts[n].stepped[name] and not _is_loss(name)
        )

    return min(range(place, -1, -1), key=misfits)


def _said(symbols: Symbols, statement: Statement) -> Said:
    number = statement.number
    head = symbols.whole(statement.sides[0], number)
    side = statement.sides[1] if len(statement.sides) > 1 else statement.sides[0]
    equality = bool(statement.relations) and statement.relations[0] in EQUALITIES
    remark = not equality or isinstance(side, Number) or is_list(statement.sides[0], side)
    remark = remark or (head is not None and symbols.is_example(head, number, side))
    mentions = set()
    reads = set()
    parameters = set()
    for k, tree in enumerate(statement.sides):
        for name in symbols.names.inside(tree, number):
            chains, _ = symbols.families.split(number, name)
            mentions.add((name.name, bool(chains)))
            if k:
                reads.add(name.name)
                if not chains and symbols.is_quantity(name):
                    parameters.add(name.name)
    derives = any(has_derivative(tree) for tree in statement.sides)
    told = (frozenset(reads), frozenset(mentions), frozenset(parameters))
    if head is None or remark or not symbols.is_quantity(head):
        return Said(None, (), False, "", *told, derives, remark)
    chains, picks = symbols.families.split(number, head)
    at = tuple(_shape(symbols, index) for index in (*chains.values(), *picks))
    return Said(head.name, at, bool(chains), str(side), *told, derives, False)


def _shape(symbols: Symbols, index: Index) -> str:
    """A literal or last index as it stands, every other as one of many."""
    return str(index) if not index.letters or index.names & symbols.ends else "*"
