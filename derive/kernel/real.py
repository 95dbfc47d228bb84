"""Real numbers as enclosures (mpmath's intervals): what refutes rigorously, and gives counterexamples their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from mpmath import iv

from derive.kernel.field import Exact, Scalars, Undecidable


class Enclosures:
    """Interval arithmetic. A function of which nothing is known is sin(Σ c_k x_k + d), with c and d fixed by its name:
    one instance is enough to refute a claim about all."""

    def __init__(self) -> None:
        self._last: tuple[Any, ...] = (None, "", 0, None)

    def number(self, value: Exact) -> Any:
        return iv.mpf(int(value.numerator)) / int(value.denominator)

    def add(self, terms: Sequence[Any]) -> Any:
        total = iv.mpf(0)
        for term in terms:
            total += term
        return total

    def mul(self, factors: Sequence[Any]) -> Any:
        result = iv.mpf(1)
        for factor in factors:
            result *= factor
        return result

    def dot(self, left: Sequence[Any], right: Sequence[Any]) -> Any:
        return self.add([a * b for a, b in zip(left, right, strict=True)])

    def power(self, base: Any, exponent: Exact) -> Any:
        if exponent.denominator == 1:
            if exponent < 0 and 0 in iv.mpf(base):
                raise Undecidable("a division by zero")
            return iv.mpf(base) ** int(exponent)
        return iv.exp(self.apply("log", base) * self.number(exponent))

    def argument(self, function: str) -> Scalars:
        return self

    def single(self, value: Any) -> Any:
        return value

    def apply(self, function: str, argument: Any) -> Any:
        u = iv.mpf(argument)
        match function:
            case "tanh":
                return 1 - 2 / (iv.exp(2 * u) + 1)
            case "sigmoid":
                return 1 / (1 + iv.exp(-u))
            case "exp":
                return iv.exp(u)
            case "log" if u.a > 0:
                return iv.log(u)
            case "relu":
                return iv.mpf([max(u.a, 0), max(u.b, 0)])
            case "heaviside" if u.a > 0 or u.b <= 0:
                return iv.mpf(int(u.a > 0))
        raise Undecidable(f"{function} of what may be zero or less where it was tried")

    def unknown(self, name: str, output: int, arguments: Sequence[Any], by: tuple[int, ...] = ()) -> Any:
        if name == "sqrt":
            return self._root(arguments[0], len(by))
        inner = self._inner(name, output, arguments)
        slopes = (_slope(f"{name}[{output}]", k) for k in by)
        return self.mul([iv.sin(inner + len(by) * iv.pi / 2), *slopes])

    def _inner(self, name: str, output: int, arguments: Sequence[Any]) -> Any:
        """Σ c_k x_k + d, kept for the derivatives by the entries that come one after the other."""
        if self._last[0] is not arguments or self._last[1:3] != (name, output):
            slopes = [_slope(f"{name}[{output}]", k) for k in range(len(arguments))]
            inner = self.dot(slopes, arguments) + _slope(f"{name}[{output}] at 0", 0)
            self._last = arguments, name, output, inner
        return self._last[3]

    def _root(self, u: Any, order: int) -> Any:
        """The square root, which residues know as any function, and its derivatives (1/2)(1/2-1)… u^{1/2-n}."""
        factor = Fraction(1)
        for n in range(order):
            factor *= Fraction(1, 2) - n
        return self.number(factor) * self.power(u, Fraction(1, 2) - order)


def middle(enclosure: Any) -> float:
    """The middle of an enclosure, to be shown."""
    return float(iv.mpf(enclosure).mid)


def apart(left: Any, right: Any) -> bool:
    """Whether two enclosures have no number in common."""
    return 0 not in iv.mpf(left) - iv.mpf(right)


def weight(name: str, i: int) -> Any:
    """A number between -1 and 1 in hundredths, not zero, fixed by a name."""
    digest = blake2b(f"{name}:{i}".encode(), digest_size=4).digest()
    hundredths = int.from_bytes(digest, "big") % 199 - 99
    return Fraction(hundredths or 50, 100)


@lru_cache(maxsize=1 << 14)
def _slope(name: str, i: int) -> Any:
    """Such a number as an enclosure."""
    value = weight(name, i)
    return iv.mpf(value.numerator) / value.denominator
