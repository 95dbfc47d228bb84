"""The axes of a term and how long they are, told from its form alone, before anything is evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from derive.check import terms
from derive.check.page import Page
from derive.check.tensor import chained
from derive.check.terms import Term


@dataclass(frozen=True)
class Shapes:
    """The axes of a page's terms at given sizes. With `target_unit` there is no output axis."""

    page: Page
    sizes: Mapping[str, int]
    target_unit: bool

    _labels: dict[int, tuple[Term, frozenset[str]]] = field(default_factory=dict, repr=False, compare=False)

    def labels(self, term: Term) -> frozenset[str]:
        """The axes that a term may have, whatever is summed inside it, and the variables of its Jacobians."""
        if id(term) not in self._labels:
            self._labels[id(term)] = term, self._find_labels(term)
        return self._labels[id(term)][1]

    def _find_labels(self, term: Term) -> frozenset[str]:
        if isinstance(term, terms.Ref) and term.name in self.page.axes:
            own = frozenset(self.page.axes[term.name])
            return own - {self.page.output} if self.target_unit and self.page.output else own
        if isinstance(term, terms.Own):
            return self.labels(self.page.own[term.key][1])
        if isinstance(term, terms.Change):
            return frozenset(self.page.axes[term.parameter])
        if isinstance(term, terms.SquaredNorm) or (isinstance(term, terms.Fold) and term.letter is None):
            return frozenset()
        inside = frozenset[str]().union(*(self.labels(child) for child in term.children))
        if isinstance(term, terms.Deriv):
            variables = {chained(part.name) for part in terms.walk(term) if isinstance(part, terms.Ref)}
            return inside | {label + "'" for label in inside} | variables
        return inside

    def extent(self, term: Term, letter: str) -> int | None:
        """How many entries the axis has that a letter runs over, where it indexes components."""
        for part in terms.walk(term):
            if isinstance(part, terms.Component):
                for position, index in enumerate(part.indices):
                    if letter in index.names:
                        return self.axis_extent(part.of, position)
            if isinstance(part, terms.Own):
                letters, body = self.page.own[part.key]
                for own, index in zip(letters, part.indices, strict=True):
                    if letter in index.names and (found := self.extent(body, own)) is not None:
                        return found
        return None

    def axis_extent(self, of: Term, position: int) -> int | None:
        if isinstance(of, terms.Own):
            return self.axis_extent(self.page.own[of.key][1], position)
        if isinstance(of, terms.Flip):
            return self.axis_extent(of.of, 1 - position)
        if isinstance(of, terms.Deriv):
            first = self.shape(of.of)
            return first[position] if position < len(first) else self.axis_extent(of.wrt, position - len(first))
        shape = self.shape(of)
        return shape[position] if position < len(shape) else None

    def shape(self, term: Term) -> list[int]:
        if isinstance(term, terms.Ref) and term.is_array:
            leaf = self.page.leaf(term, None if term.step is None else 1)
            return [self.sizes[dimension] for dimension in leaf.shape]
        for child in term.children:
            if found := self.shape(child):
                return found
        return []
