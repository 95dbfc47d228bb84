"""Slips of indices and names: another step, another bound, another quantity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from derive.judge.edits import Edit, Edits, with_another
from derive.judge.places import Place
from derive.judge.writing import Piece, index_text, raised
from derive.kernel.index import Index, letter
from derive.reading.tree import (
    Big,
    Node,
    Relation,
    Symbol,
    walk,
)
from derive.understand.adjoints import is_adjoint
from derive.understand.letters import binders
from derive.understand.mentions import index_node, linear


@dataclass(frozen=True)
class IndexSlips(Edits):
    """The edits of the indices and the names of a side."""

    def moved(self, index: Index) -> Iterator[Index]:
        """Other indices for one: moved by one, with another letter, without its shift, shifted the other way."""
        yield from (index.plus(-1), index.plus(1))
        if index.constant and index.letters:
            yield Index(0, index.letters)
        for name, coefficient in index.letters:
            for other in sorted(self.letters - index.names):
                if coefficient == 1 and isinstance(name, str):
                    yield index.put({name: letter(other)})
        if not index.letters:
            yield from (letter(name) for name in sorted(self.letters))
        elif not index.constant:
            yield from (Index(1), Index(0))
        else:
            yield index.plus(-2 * index.constant)

    def reindexed(self, place: Place, index: Index) -> Edit:
        """Another index in a place."""
        old, text = self.text(place.span), index_text(index)
        alone = self.text((place.span[0] - 1, place.span[0])) in ("_", "^")
        braced = f"{{{text}}}" if len(text) > 1 and (alone or old.startswith("{")) else text
        return self.replaced(place, Piece(index_node(index), braced))

    def indices(self, pieces: list[Place]) -> Iterator[Edit]:
        for place, name in self.finder.names(self.node):
            step = self.finder.at.split(self.finder.at.here, name)[1].get("step")
            for found, index in self.finder.indices(place, name):
                of_entry = str(index) in self.entries
                for new in self.moved(index):
                    if of_entry and str(new) not in self.entries:
                        continue
                    if not of_entry and new.names & self.entries:
                        continue
                    yield replace(self.reindexed(found, new), kind="time-index" if index == step else "")

    def bounds(self, pieces: list[Place]) -> Iterator[Edit]:
        for place in pieces:
            big = place.nodes[0]
            if not isinstance(big, Big):
                continue
            path = (*place.path, big)
            ends = [Place((big.upper,), path)] if big.upper is not None else []
            if isinstance(big.lower, Relation):
                ends.append(Place((big.lower.right,), (*path, big.lower)))
            for word in self.words.bigs.values():  # as the page writes it elsewhere
                other = word.node
                if not isinstance(other, Big) or other.op != big.op or other == big:
                    continue
                if {name for name, *_ in binders(other)} == {name for name, *_ in binders(big)}:
                    yield self.replaced(place, word)
            bound = {part.name for part in walk(big.lower) if isinstance(part, Symbol)} if big.lower else set()
            for end in ends:
                index = linear(end.node)
                if index is not None:
                    for new in self.moved(index):
                        if not new.names & (bound - index.names) and not new.names & self.entries:
                            yield self.reindexed(end, new)

    # Quantities

    def quantities(self, pieces: list[Place]) -> Iterator[Edit]:
        """One quantity for another that has as many axes and the same indices."""
        at = self.finder.at
        for place, name in self.finder.names(self.node):
            known = at.known.get(at.key(name))
            if known is None or known.rows is None or known.cols is None or known.constant is not None:
                continue
            indices = list(self.finder.indices(place, name))
            for key, word in self.words.names.items():
                other = at.known.get(key)
                if other is None or other is known or other.rows is None or other.cols is None:
                    continue
                axes = len(known.rows + known.cols), len(other.rows + other.cols)
                if is_adjoint(key) != is_adjoint(at.key(name)):
                    continue  # ŷ - y for δ is another way to say it, no slip
                if axes[0] != axes[1] or known.chains != other.chains or len(indices) != len(word.indices):
                    continue
                new = word.at([index for _, index in indices])
                for operation in name.operations:
                    if isinstance(operation, str):
                        new = raised(new, self.habits.transpose, self.habits.inside)
                    else:
                        new = raised(new, str(operation), False)
                if all(isinstance(o, str) or (not o.letters and o.constant > 0) for o in name.operations):
                    yield self.replaced(place, new)
        yield from self.parameters()

    def parameters(self) -> Iterator[Edit]:
        """One parameter for another wherever it stands, as in the derivatives of a chain rule for each step."""
        at = self.finder.at
        found: dict[Node, list[Place]] = {}
        for place, name in self.finder.names(self.node):
            known = at.known.get(at.key(name))
            is_alone = len(place.nodes) == 1 and not name.slots and not name.operations
            if is_alone and known is not None and known.rows is not None and not known.chains:
                found.setdefault(place.node, []).append(place)
        for old, places in found.items():
            known = at.known[at.key(next(name for place, name in self.finder.names(old)))]
            for key, word in self.words.names.items():
                other = at.known.get(key)
                if other is None or other is known or other.chains or word.indices or len(places) < 2:
                    continue
                if other.rows is None or len(other.rows) != len(known.rows or ()) or is_adjoint(key):
                    continue
                start, end = places[0].span[0], places[-1].span[1]
                text = self.text((start, end))
                for place in reversed(places):
                    text = text[: place.span[0] - start] + word.piece.latex + text[place.span[1] - start :]
                yield Edit(with_another(self.node, old, word.piece.node), (start, end), text)
