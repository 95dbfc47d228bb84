"""Indices, extents and conditions: integers that depend on letters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from derive.once import once


class Width(NamedTuple):
    """A size that differs from place to place: the width n of layer `at`."""

    name: str
    at: Index


Letter = str | Width  # an index letter, or the name of a size such as T
Bound = Mapping[Letter | tuple[str, int], int]  # what letters, sizes and widths (name, place) are


class Unbound(KeyError):
    """A letter of which nothing says what it is."""


@dataclass(frozen=True)
class Index:
    """`constant` + Σ coefficient·letter: an index, or the extent of an axis."""

    constant: int = 0
    letters: tuple[tuple[Letter, int], ...] = ()

    def at(self, bound: Bound) -> int:
        """Its value. Raises Unbound."""
        total = self.constant
        for letter, coefficient in self.letters:
            key = letter if isinstance(letter, str) else (letter.name, letter.at.at(bound))
            if key not in bound:
                raise Unbound(letter if isinstance(letter, str) else letter.name)
            total += coefficient * bound[key]
        return total

    def plus(self, other: Index | int, times: int = 1) -> Index:
        """The sum with `times` the other."""
        if isinstance(other, int):
            return Index(self.constant + times * other, self.letters)
        found = dict(self.letters)
        for letter, coefficient in other.letters:
            found[letter] = found.get(letter, 0) + times * coefficient
        kept = tuple(sorted(((letter, c) for letter, c in found.items() if c), key=repr))  # one form for equal sums
        return Index(self.constant + times * other.constant, kept)

    def put(self, letters: Mapping[str, Index]) -> Index:
        """With indices put for letters."""
        result = Index(self.constant)
        for letter, coefficient in self.letters:
            if isinstance(letter, Width):
                letter = Width(letter.name, letter.at.put(letters))
            elif letter in letters:
                result = result.plus(letters[letter], coefficient)
                continue
            result = result.plus(Index(0, ((letter, coefficient),)))
        return result

    @once
    def names(self) -> frozenset[str]:
        """The letters and names of sizes in it."""
        return frozenset(_names(self))

    def __str__(self) -> str:
        return self._written

    @once
    def _written(self) -> str:
        parts = []
        for letter, c in self.letters:
            name = letter if isinstance(letter, str) else f"{letter.name}[{letter.at}]"
            parts.append(("-" if c < 0 else "+") + ("" if abs(c) == 1 else str(abs(c))) + name)
        if self.constant or not parts:
            parts.append(f"{self.constant:+d}")
        return "".join(parts).removeprefix("+")


def _names(index: Index) -> Iterator[str]:
    for letter, _ in index.letters:
        if isinstance(letter, Width):
            yield letter.name
            yield from _names(letter.at)
        else:
            yield letter


@lru_cache(maxsize=4096)
def letter(name: str, offset: int = 0) -> Index:
    """The index name + offset."""
    return Index(offset, ((name, 1),))


@dataclass(frozen=True)
class Comparison:
    """left op right, `op` one of =, ne, lt, le, gt, ge."""

    left: Index
    op: str
    right: Index

    def met(self, bound: Bound) -> bool:
        """Whether it is true. Raises Unbound."""
        left, right = self.left.at(bound), self.right.at(bound)
        match self.op:
            case "=":
                return left == right
            case "ne":
                return left != right
            case "lt":
                return left < right
            case "le":
                return left <= right
            case "gt":
                return left > right
            case "ge":
                return left >= right
        raise ValueError(self.op)

    def put(self, letters: Mapping[str, Index]) -> Comparison:
        """With indices put for letters."""
        return Comparison(self.left.put(letters), self.op, self.right.put(letters))


Condition = tuple[Comparison, ...]  # all of them


def met(condition: Condition, bound: Bound) -> bool:
    """Whether every comparison is true."""
    return all(comparison.met(bound) for comparison in condition)
