"""The names of a page: what a symbol is with its scripts, its indices, and what is done with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from derive.kernel.index import Index
from derive.reading.steps import TRANSPOSES
from derive.reading.tree import Nabla, Node, Partial, Product, Script, walk
from derive.understand.letters import STEPS, bounds
from derive.understand.mentions import Item, Mention, mention, raised_alone
from derive.understand.slots import Formula, Key, Slots


@dataclass(frozen=True)
class Slot:
    """An index that a mention carries: `place` and `position` say where it stands."""

    index: Index
    place: str
    position: int
    bracketed: bool = False


@dataclass(frozen=True)
class Name:
    """A mention, understood: the name of what it is, its indices, and what is done with it."""

    name: str
    slots: tuple[Slot, ...]
    operations: tuple[Index | str, ...]  # in their order: 'T' for a transpose, an Index for a power
    primes: int
    mention: Mention
    taken: int = 1  # factors of a product: 2 with a bracket


@dataclass
class Names(Slots):
    """The names of one page."""

    def __post_init__(self) -> None:
        self._read: dict[tuple[int, int, int], tuple[Node, Node | None, Name | None]] = {}  # the nodes keep their ids
        self._inside: dict[tuple[int, int], tuple[Node, tuple[Name, ...]]] = {}
        super().__post_init__()

    def admit(self, formula: Formula) -> bool:
        """Whether a further formula mentions only what the page has in the same form, with no index of its own."""
        found = self.evidence[formula.number] = bounds(formula.sides, formula.condition)
        last = {name for name in found.last if name[:1].isupper() or "_" in name}
        known = self.letters | self.last | {"T", "L"}
        slots = {(base, place, position) for base, _, place, position in self.fillers}
        return (
            last <= self.last
            and found.letters <= known
            and all(
                self._is_operation(item)
                or ((key[0], *key[2:]) in slots and (not item.is_shift or not item.index or item.index.names <= known))
                for side in formula.sides
                for seen in self._mentions(side)
                for item, key in zip(seen.items, self._keys(seen), strict=True)
            )
        )

    def is_kronecker(self, name: Name, formula: int) -> bool:
        """Whether a name is Kronecker's δ: two indices below it that run over no steps or layers, and nothing else."""
        if name.name != "delta" or len(name.slots) != 2 or any(slot.place != "sub" for slot in name.slots):
            return False
        letters = frozenset().union(*(slot.index.names for slot in name.slots))
        return not letters & (STEPS | self.last | {"T", "L"} | self.running.get(formula, set()))

    def turn_to(self, formulas: list[Formula]) -> None:
        """Goes on with other formulas, each of which was admitted."""
        self.formulas = formulas
        self.__dict__.pop("elsewhere", None)

    def read(self, node: Node, follows: Node | None = None, formula: int = -1) -> Name | None:
        """What a symbol with its scripts is, `follows` being the next factor of its product; None for other trees."""
        key = (id(node), id(follows), formula)
        if key not in self._read:
            self._read[key] = (node, follows, self._understood(node, follows, formula))
        return self._read[key][2]

    def inside(self, node: Node, formula: int) -> tuple[Name, ...]:
        """Every name in a tree of a formula."""
        key = (id(node), formula)
        if key not in self._inside:
            self._inside[key] = node, tuple(self._within(node, formula))
        return self._inside[key][1]

    def _within(self, node: Node, formula: int) -> Iterator[Name]:
        if isinstance(node, Product):
            n = 0
            while n < len(node.factors):
                follows = node.factors[n + 1] if n + 1 < len(node.factors) and node.ops[n] == "" else None
                name = self.read(node.factors[n], follows, formula)
                if name is None or name.mention.base == "e":
                    yield from self.inside(node.factors[n], formula)
                else:
                    yield name
                n += 1 if name is None else name.taken
            return
        name = self.read(node, None, formula)
        if name is not None:
            yield name
            power = node.sup if name.mention.base == "e" and isinstance(node, Script) else None
            if power is not None and any(isinstance(part, Product) for part in walk(power)):  # e^{-w^T x}
                yield from self.inside(power, formula)
            return
        for part in (node.base,) if isinstance(node, Script) and raised_alone(node) else node.inner:
            yield from self.inside(part, formula)

    @cached_property
    def elsewhere(self) -> frozenset[str]:
        """The names that stand on the page otherwise than below a ∂."""

        def names(node: Node, number: int) -> Iterator[str]:
            if isinstance(node, Partial | Nabla):
                yield from names(node.of, number)
                return
            name = self.read(node, None, number)
            if name is not None:
                yield name.name
                return
            for part in node.inner:
                yield from names(part, number)

        return frozenset(name for f in self.formulas for side in f.sides for name in names(side, f.number))

    def _understood(self, node: Node, follows: Node | None, formula: int) -> Name | None:
        bracket = self._argument(node, follows)
        seen = mention(node, bracket)
        if seen is None:
            return None
        name = self._split(seen, formula, bracket is not None, ())
        numbers = _numbers(seen)
        if numbers and name.name not in self.explained:  # w_1^h is an entry of w^h where the legend knows that
            entry = self._split(seen, formula, bracket is not None, numbers)
            return entry if entry.name in self.explained else name
        return name

    def without_numbers(self, seen: Mention) -> str:
        """The name of a mention whose numbers are indices."""
        return self._split(seen, -1, False, _numbers(seen)).name

    def explain(self, names: Iterable[str]) -> None:
        """Note names that are explained elsewhere, as those of a legend are."""
        self.explained |= frozenset(names)
        self._read.clear()
        self._inside.clear()

    def _split(self, seen: Mention, formula: int, bracket: bool, entries: tuple[int, ...]) -> Name:
        """The name and the indices of a mention; `entries` are items that are taken for indices."""
        evidence = self.evidence.get(formula)
        parts: list[str] = []
        slots: list[Slot] = []
        operations: list[Index | str] = []
        for n, (item, key) in enumerate(zip(seen.items, self._keys(seen), strict=True)):
            indexed = n in entries or self.is_index_slot(key)
            bound = evidence is not None and item.is_letter and str(item.index) in evidence.bound
            if item.place == "sup" and (self._operates(item, key, indexed, slots) or self._is_power(seen.base, item)):
                operations.append("T" if item.text in TRANSPOSES else item.index or item.text)
            elif not self._is_word(item) and item.index and (bound or self._is_index(item, key, indexed)):
                slots.append(Slot(item.index, item.place, key[3], item.bracketed))
            else:
                mark = {"sub": "_", "sup": "^", "arg": "@", "left": "<"}[item.place]
                parts.append(mark + item.text)
        taken = 2 if bracket else 1
        return Name(seen.base + "".join(parts), tuple(slots), tuple(operations), seen.primes, seen, taken)

    def _is_power(self, base: str, item: Item) -> bool:
        """Whether an index above a letter is an exponent."""
        return base in self.powers and item.index is not None and not item.bracketed

    def _operates(self, item: Item, key: Key, indexed: bool, slots: list[Slot]) -> bool:
        if item.bracketed:
            return False
        if item.text in TRANSPOSES:
            if not indexed or item.text != "T" or any(slot.place == "sub" for slot in slots):
                return True
            return all(other.bracketed for _, other in self.fillers[key] if other.text not in TRANSPOSES)  # V^{(t)}
        if item.is_number:
            return not indexed or any(slot.place != "sup" and slot.index.names for slot in slots)
        return item.index is not None and len(item.index.letters) > 1


def _numbers(seen: Mention) -> tuple[int, ...]:
    """The places of the numbers below a mention."""
    return tuple(n for n, item in enumerate(seen.items) if item.place == "sub" and item.is_number)
