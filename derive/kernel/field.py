"""What the kernel asks of scalars: residues modulo a prime, enclosures of real numbers, or floats."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Protocol

Scalar = Any
Entries = list[Scalar]
Exact = Fraction | int


class Undecidable(ValueError):
    """What exact arithmetic does not cover: an irrational power, a division by zero at this point, an operation without
    a rule. It never decides anything."""


class Field(Protocol):
    """Scalar arithmetic. Arguments of functions are evaluated over `argument(function)`, which for exact residues is a
    form that keeps the terms of a sum apart (e^{u+v} = e^u e^v) and elsewhere is the field itself."""

    def number(self, value: Exact) -> Scalar: ...
    def add(self, terms: Sequence[Scalar]) -> Scalar: ...
    def mul(self, factors: Sequence[Scalar]) -> Scalar: ...
    def dot(self, left: Sequence[Scalar], right: Sequence[Scalar]) -> Scalar: ...
    def power(self, base: Scalar, exponent: Exact) -> Scalar: ...
    def argument(self, function: str) -> Field: ...
    def apply(self, function: str, argument: Scalar) -> Scalar: ...


class Scalars(Field, Protocol):
    """A field that the kernel's terms are evaluated over."""

    def argument(self, function: str) -> Scalars: ...
    def single(self, value: Scalar) -> Scalar:
        """A scalar of the field to which this one belongs, as one of its own."""
        ...

    def unknown(self, name: str, output: int, arguments: Sequence[Scalar], by: tuple[int, ...] = ()) -> Scalar:
        """The value of one output of a function of which nothing is known, differentiated by the arguments numbered
        `by`: fixed by these and the arguments."""
        ...
