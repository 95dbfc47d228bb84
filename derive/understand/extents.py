"""Extents of axes while they are being found out: equations between them, solved by substitution.

An unknown extent is a letter that begins with `?`; of a quantity with layers it is a width that does. Everything else
is rigid: two different rigid extents are different sizes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from derive.kernel.index import Index, Letter, Width, letter
from derive.kernel.terms import Axes

HERE = "."  # the layer in the solution of a width


@dataclass
class Extents:
    """The solutions found so far; once `settled`, nothing is bound any more."""

    solutions: dict[str, Index] = field(default_factory=dict)
    settled: bool = False
    count: int = 0
    joints: dict[Index, Index] = field(default_factory=dict)  # where two pieces meet, for the extent of the whole

    def copy(self) -> Extents:
        return Extents(dict(self.solutions), self.settled, self.count, dict(self.joints))

    def joined(self, whole: Index, first: Axes) -> None:
        """Note that an axis is joined of pieces, and how long the first one is."""
        if len(first) == 1:
            self.joints[self.resolved(whole)] = self.resolved(first[0])

    def fresh(self, layer: Index | None = None) -> Index:
        """A new unknown extent, one for each layer where there are layers."""
        self.count += 1
        name = f"?{self.count}"
        return letter(name) if layer is None else Index(0, ((Width(name, layer), 1),))

    def resolved(self, extent: Index) -> Index:
        """The extent with the solutions put in."""
        if not any(_name(part) in self.solutions for part, _ in extent.letters):
            return extent
        total = Index(extent.constant)
        for part, times in extent.letters:
            name = _name(part)
            if name not in self.solutions:
                total = total.plus(Index(0, ((part, 1),)), times)
            elif isinstance(part, Width):
                total = total.plus(self.resolved(self.solutions[name].put({HERE: part.at})), times)
            else:
                total = total.plus(self.resolved(self.solutions[name]), times)
        return total

    def same(self, left: Index, right: Index) -> bool:
        """Whether two extents are one, which is noted where one of them is unknown."""
        a, b = self.resolved(left), self.resolved(right)
        if a == b:
            return True
        return not self.settled and any(bind(*pair) for bind in (self._bind, self._name) for pair in ((a, b), (b, a)))

    def alike(self, left: Axes, right: Axes) -> bool:
        """The same for several axes; nothing is noted where they do not all agree."""
        if len(left) != len(right):
            return False
        before = dict(self.solutions)
        if all(self.same(a, b) for a, b in zip(left, right, strict=True)):
            return True
        self.solutions = before
        return False

    def equal(self, left: Axes, right: Axes) -> bool:
        """Whether several extents are the same by what is known, which does not become more."""
        return [*map(self.resolved, left)] == [*map(self.resolved, right)]

    def _name(self, size: Index, extent: Index) -> bool:
        """A size's name beside a sum of sizes, or the width of the last layer, is a name for it: M for N + H."""
        [(name, times)] = size.letters if len(size.letters) == 1 and not size.constant else [("?", 0)]
        if not isinstance(name, str) or name.startswith("?") or times != 1 or name in extent.names:
            return False
        parts = [part for part, _ in extent.letters]
        is_sum = len(parts) > 1 and all(isinstance(part, str) and not part.startswith("?") for part in parts)
        is_last = len(parts) == 1 and isinstance(parts[0], Width) and _is_fixed(parts[0].at) and not extent.constant
        if is_sum or is_last:
            self.solutions[name] = extent
        return is_sum or is_last

    def _bind(self, unknown: Index, extent: Index) -> bool:
        if unknown.constant or len(unknown.letters) != 1 or unknown.letters[0][1] != 1:
            return False
        part = unknown.letters[0][0]
        name = _name(part)
        if not name.startswith("?"):
            return False
        if name in extent.names:
            if extent.constant or [(_name(other), times) for other, times in extent.letters] != [(name, 1)]:
                return False
            extent = self.fresh()  # it is as long in every layer: a^l = a^{l-1} + …
        if isinstance(part, Width):
            if len(part.at.letters) != 1 or part.at.letters[0][1] != 1:
                return False
            [(layer, _)] = part.at.letters
            if not isinstance(layer, str) or layer[:1].isupper():  # a^L says nothing of the other layers
                return False
            extent = extent.put({layer: letter(HERE, -part.at.constant)})
        elif any(isinstance(other, Width) and not _is_fixed(other.at) for other, _ in extent.letters):
            return False
        self.solutions[name] = extent
        return True


def _is_fixed(place: Index) -> bool:
    return all(isinstance(part, str) and part[:1].isupper() for part, _ in place.letters)


def _name(part: Letter) -> str:
    return part if isinstance(part, str) else part.name
