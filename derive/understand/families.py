"""Families of indices: which slots run over steps or layers, and which pick entries of arrays.

Slots of the page and letters of each statement that stand together are one class (union and find). A class is a chain,
of steps or layers, where something in it is shifted by a number or is a customary letter of steps; it is one of entries
where one of its arrays also stands bare. A merge that would make a class both is refused: what remains is an index left
out, h_m for h_{t,m}.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from derive.kernel.index import Index
from derive.understand.customs import LOSSES
from derive.understand.letters import STEPS
from derive.understand.names import Name, Slot

STEP, LAYER = "step", "layer"
LEGEND = "legend "  # before the names of a legend
Place = tuple[str, str, int]  # name, place, position among the slots of that place
Node = Place | tuple[int, str]  # or a letter of a statement


@dataclass
class Families:
    """The families of a page, from its mentions (each with the number of its statement)."""

    mentions: list[tuple[int, Name]]
    last: frozenset[str] = frozenset()  # letters of last steps and layers: T, L
    stated: Mapping[str, str] = field(default_factory=dict)  # letters that a legend calls steps, layers, …
    legend: frozenset[int] = frozenset()  # the statements of a legend: it may write a step where the page has none
    parameters: frozenset[str] = frozenset()  # names that no formula defines, by which a loss is differentiated
    vectors: frozenset[str] = frozenset()  # names with one index of which the page says the shape: x_i ∈ ℝ^d
    parent: dict[Node, Node] = field(default_factory=dict)
    chains: set[Node] = field(default_factory=set)
    entries: set[Node] = field(default_factory=set)
    tops: set[Node] = field(default_factory=set)  # slots in which the last layer, L, stands

    def __post_init__(self) -> None:
        self._split: dict[tuple[int, int], tuple[Name, dict[str, Index], list[Index]]] = {}  # the names keep their ids
        below = (name.name for _, name in self.mentions if {s.place for s in name.slots if is_step(s)} == {"sub"})
        self._lowered = frozenset(below)
        links = self._links()
        by_sample = self._reads_whole_arrays()
        samples, columns = self._samples(links), self._columns()
        indices = [(number, slot.index) for number, name in self.mentions for slot in name.slots]
        shifted = {(n, index.letters) for n, index in indices if len(index.letters) == 1 and index.constant}
        for number, name in self.mentions:
            for place, slot in zip(self.places(number, name), name.slots, strict=True):
                index = slot.index
                if len(index.letters) == 1 and ((number, index.letters) in shifted or index.constant):
                    self.chains.add(place)
                if name.name in self.vectors and len(name.slots) == 1:
                    self.chains.add(place)
                if any(self.stated.get(name) in ("steps", "layers") for name in index.names):
                    self.chains.add(place)
                if index.names & (STEPS | {"T"}) or any(n.startswith("T_") for n in index.names) or place[1] == "arg":
                    self.chains.add(place)
                if "L" in index.names:
                    self.chains.add(place)
                    self.tops.add(place)
                alone = name.mention.base in LOSSES and len(name.slots) == 1 and name.name not in columns
                if alone and (by_sample or not index.letters or place in samples):
                    self.chains.add(place)
        self._raised_first: set[str] = set()
        shapes: dict[str, list[set[Place]]] = {}
        for number, name in self.mentions:
            if number not in self.legend:
                shapes.setdefault(name.name, []).append(set(self.places(number, name)))
        for key, name_places in shapes.items():
            slots = [{place for _, place, _ in found} for found in name_places]
            if {"sup"} in slots and {"sub"} not in slots:  # x^{(i)} is a row: x_j^{(i)} is the entry i, j
                self._raised_first.add(key)
            for place in set().union(*name_places) - self.chains:
                if any(place not in other for other in name_places):
                    self.entries.add(place)
        self._roots = (set(self.chains), set(self.entries))  # of the classes of chains, and of those of entries
        for link in sorted(links, key=lambda link: (link[1] not in self.entries, link[1] not in self.chains)):
            self._merge(*link)
        for place in [node for node in self.parent if len(node) == 3 and node[0].startswith(LEGEND)]:
            own = (place[0].removeprefix(LEGEND), *place[1:])
            self._see(own)
            self._merge(place, own)

    def _links(self) -> list[tuple[Node, Node]]:
        """Every letter of a statement with the slots that it fills there; all of them are nodes from now on."""
        links: list[tuple[Node, Node]] = []
        for number, name in self.mentions:
            for place, slot in zip(self.places(number, name), name.slots, strict=True):
                self._see(place)
                for letter in slot.index.names - self.last - {"T"}:
                    self._see((number, letter))
                    links.append(((number, letter), place))
        return links

    def _samples(self, links: Iterable[tuple[Node, Node]]) -> set[Place]:
        """The slots of what counts samples, were all that is linked one class: a parameter stands beside their letters,
        and none carries them, as in o_n = Θ x_n + b. What counts units stands below a weight too."""
        if not self.parameters:
            return set()
        self._roots = (set(), set())
        for link in links:
            self._merge(*link)
        root = {node: self.find(node) for node in self.parent}
        self.parent = {node: node for node in self.parent}
        letters: dict[int, set[Node]] = {}
        for node in (node for node in root if len(node) == 2):
            letters.setdefault(node[0], set()).add(root[node])
        beside, carried = set[Node](), set[Node]()
        for number, name in self.mentions:
            if name.name in self.parameters:
                own = {root[place] for place in self.places(number, name)}
                carried |= own
                beside |= letters.get(number, set()) - own
        return {node for node in root if len(node) == 3 and root[node] in beside - carried}

    def _columns(self) -> set[str]:
        """The names that stand with a letter that picks one of the rows or columns of a matrix, L^{(i)} with A^{(i)}
        beside A: samples that are an axis."""
        bare = ((name.name, name.mention.base) for _, name in self.mentions if not name.slots)
        whole = {name for name, base in bare if base.isupper() and base not in LOSSES}  # E beside E^{(i)} is a sum
        raised = [(n, name.name, s.index.names) for n, name in self.mentions for s in name.slots if s.place == "sup"]
        picking = {(number, letter) for number, name, letters in raised if name in whole for letter in letters}
        return {name for number, name, letters in raised if any((number, letter) in picking for letter in letters)}

    def _reads_whole_arrays(self) -> bool:
        """Whether what carries an index stands beside a matrix that carries none, as in z_n = W x_n + b: the index of a
        loss is then that of a sample, which is a step of its own."""
        indexed, whole = set[int](), set[int]()
        for number, name in self.mentions:
            base = name.mention.base
            if name.slots and base not in LOSSES:
                indexed.add(number)
            elif not name.slots and len(base) == 1 and base.isupper() and base not in LOSSES | self.last | {"T", "N"}:
                whole.add(number)
        return bool(indexed & whole)

    def admit(self, number: int, names: Iterable[Name]) -> bool:
        """Whether the names of a further statement, with a number of its own, have known slots alone, filled as they
        are elsewhere; its letters belong to their families from now on."""
        for name in names:
            for place, slot in zip(self.places(number, name), name.slots, strict=True):
                letters = slot.index.names - self.last - {"T"}
                shifted = len(slot.index.letters) == 1 and slot.index.constant
                if place not in self.parent or ((shifted or letters & STEPS) and not self.is_chain(place)):
                    return False
                for node in [(number, letter) for letter in letters]:
                    if node not in self.parent:
                        self.parent[node] = self.find(place)
                    elif self.find(node) != self.find(place):
                        return False
        return True

    def places(self, number: int, name: Name) -> list[Place]:
        """Where the slots of a mention stand, on the page or in its legend. What stands below a name whose step is
        raised is another slot than the one where its step stands elsewhere: h_i^{(t)} beside h_t."""
        found = places(name)
        if name.name in self._lowered and any(slot.place == "sup" and is_step(slot) for slot in name.slots):
            unit = [slot.place == "sub" and not is_step(slot) for slot in name.slots]
            found = [(n, "unit", k) if own else (n, place, k) for own, (n, place, k) in zip(unit, found, strict=True)]
        return [(LEGEND + place[0], *place[1:]) for place in found] if number in self.legend else found

    def _see(self, node: Node) -> None:
        self.parent.setdefault(node, node)

    def find(self, node: Node) -> Node:
        while self.parent[node] != node:
            self.parent[node] = self.parent[self.parent[node]]
            node = self.parent[node]
        return node

    def _merge(self, left: Node, right: Node) -> None:
        a, b = self.find(left), self.find(right)
        chains, entries = self._roots
        if a == b or ({a, b} & chains and {a, b} & entries):
            return
        self.parent[a] = b
        for roots in self._roots:
            if a in roots:
                roots.add(b)

    def is_chain(self, place: Place) -> bool:
        """Whether a slot runs over steps or layers."""
        return place in self.parent and self.find(place) in self._roots[0]

    def running(self) -> dict[int, set[str]]:
        """The letters of each statement that run over steps or layers."""
        chains = self._roots[0]
        found: dict[int, set[str]] = {}
        for node in self.parent:
            if len(node) == 2 and self.find(node) in chains:
                found.setdefault(node[0], set()).add(node[1])
        return found

    def family(self, place: Place) -> str:
        """The family of a chain's slot: 'step', or 'layer' where its letters say so."""
        root = self.find(place)
        letters = {node[1] for node in self.parent if len(node) == 2 and self.find(node) == root}
        kinds = {self.stated[letter] for letter in letters & self.stated.keys()}
        if kinds & {"steps", "layers"}:
            return LAYER if "layers" in kinds else STEP
        layered = letters & {"l", "ell"} or any(self.find(other) == root for other in self.tops)
        return LAYER if layered and not letters & STEPS else STEP

    def split(self, number: int, name: Name) -> tuple[dict[str, Index], list[Index]]:
        """The indices of a mention: those of chains by their family, and those of entries in their order."""
        key = (number, id(name))
        if key in self._split:
            return self._split[key][1:]
        chains: dict[str, Index] = {}
        picks: list[Index] = []
        above: list[Index] = []
        for place, slot in zip(self.places(number, name), name.slots, strict=True):
            letters = [(number, n) for n in slot.index.names if (number, n) in self.parent]
            foreign = any(self.find(node) in self._roots[1] for node in letters)
            if self.is_chain(place) and not foreign:
                family = self.family(place)
                chains[family if family not in chains else family + "#2"] = slot.index
            elif slot.place == "sup" and name.name in self._raised_first:
                above.append(slot.index)
            else:
                picks.append(slot.index)
        self._split[key] = (name, chains, above + picks)
        return chains, above + picks


def is_step(slot: Slot) -> bool:
    """Whether a customary letter of steps stands in a slot."""
    return bool(slot.index.names & STEPS)


def places(name: Name) -> list[Place]:
    """Where the slots of a mention stand."""
    counts: dict[str, int] = {}
    found = []
    for slot in name.slots:
        found.append((name.name, slot.place, counts.get(slot.place, 0)))
        counts[slot.place] = counts.get(slot.place, 0) + 1
    return found


__all__ = ["Families", "Slot", "places"]
