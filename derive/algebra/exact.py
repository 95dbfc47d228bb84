"""Exact arithmetic modulo a prime, with the transcendental functions: what decides every equality.

An exponential is a random value fixed by its exponent, term by term: e^{Σ c_i m_i} = Π r(m_i)^{c_i}. tanh, σ and
softmax are built on it, so that tanh(u) = tanh(v) exactly when u = v; a logarithm is random, and additive over the
factors of its argument. Two expressions that agree at several random points are equal but for a chance below 2⁻⁶⁰
(Schwartz 1980, Zippel 1979). Terms and factors are kept apart only inside exponents and logarithms; all else is plain
residues."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from hashlib import blake2b
from operator import mul

import sympy

from derive.algebra.evaluate import Field

PRIME = 2**61 - 1
ROOTS = 5040  # exponents are multiples of 1/5040: e^{u/2}, e^{u/3}, … are powers of one root
MINUS_ONE = PRIME - 1
LIMIT = 2000  # terms in an exponent


class Undecidable(ValueError):
    """An expression outside what exact arithmetic covers (an irrational power, a division by zero at this point)."""


class Residues:
    """The integers modulo `PRIME`; `seed` fixes the random values of the transcendental functions."""

    def __init__(self, seed: int) -> None:
        self._key = seed.to_bytes(8, "big")
        self._random: dict[tuple[str, int], int] = {}
        self.terms = Terms(self)
        self.factors = Factors(self)

    def random(self, name: str, value: int = 0) -> int:
        """A residue drawn once for each name and value."""
        key = (name, value)
        if key not in self._random:
            digest = blake2b(f"{name}:{value}".encode(), key=self._key, digest_size=16).digest()
            self._random[key] = int.from_bytes(digest, "big") % (PRIME - 2) + 2
        return self._random[key]

    def number(self, value: sympy.Number) -> int:
        if not value.is_Rational:
            raise Undecidable(f"{value} is not a rational number")
        return int(value.p) * pow(int(value.q), -1, PRIME) % PRIME

    def add(self, terms: Sequence[int]) -> int:
        return sum(terms) % PRIME

    def mul(self, factors: Sequence[int]) -> int:
        result = 1
        for factor in factors:
            result = result * factor % PRIME
        return result

    def dot(self, left: Sequence[int], right: Sequence[int]) -> int:
        return sum(map(mul, left, right)) % PRIME

    def power(self, base: int, exponent: sympy.Rational) -> int:
        if exponent.q != 1:
            raise Undecidable(f"the power {exponent} has no exact value here")
        if base == 0 and exponent < 0:
            raise Undecidable("a division by zero")
        return pow(base, int(exponent), PRIME)

    def argument(self, function: str) -> Field:
        return self.factors if function == "log" else self.terms

    def apply(self, function: str, argument: Term | Factored) -> int:
        if isinstance(argument, Factored):
            return self.terms.value(self.terms.log(argument))
        if function == "exp":
            return self.exp(argument)
        if function == "sigmoid":
            power = self.exp(argument)
            return power * self.power(power + 1, sympy.S.NegativeOne) % PRIME
        if function == "tanh":
            power = self.exp({m: 2 * c for m, c in argument.items()})
            return (power - 1) * self.power(power + 1, sympy.S.NegativeOne) % PRIME
        raise Undecidable(f"no exact arithmetic for {function}")

    def exp(self, exponent: Term) -> int:
        result = 1
        for monomial, coefficient in exponent.items():
            scaled = coefficient * ROOTS
            if scaled.denominator != 1:
                raise Undecidable(f"an exponent with the coefficient {coefficient}")
            result = result * pow(self.random("exp", monomial), int(scaled), PRIME) % PRIME
        return result


Coefficient = int | Fraction
Term = dict[int, Coefficient]
"""A sum Σ c m as {m: c}: distinct monomials m (their residues, the smaller of m and -m), rational coefficients c."""


class Terms:
    """Sums kept term by term, for exponents."""

    def __init__(self, residues: Residues) -> None:
        self.residues = residues

    def single(self, value: int, coefficient: Coefficient = 1) -> Term:
        """A residue as one term."""
        if value == 0 or coefficient == 0:
            return {}
        return {value: coefficient} if value <= PRIME // 2 else {PRIME - value: -coefficient}

    def value(self, term: Term) -> int:
        return sum(m * c.numerator * pow(c.denominator, -1, PRIME) for m, c in term.items()) % PRIME

    def number(self, value: sympy.Number) -> Term:
        self.residues.number(value)
        return self.single(1, int(value.p) if value.q == 1 else Fraction(int(value.p), int(value.q)))

    def add(self, terms: Sequence[Term]) -> Term:
        result: Term = {}
        for term in terms:
            for monomial, coefficient in term.items():
                result[monomial] = result.get(monomial, 0) + coefficient
        return {monomial: coefficient for monomial, coefficient in result.items() if coefficient}

    def mul(self, factors: Sequence[Term]) -> Term:
        result: Term = {1: 1}
        for factor in factors:
            if len(result) * len(factor) > LIMIT:
                return self.single(self.residues.mul([self.value(f) for f in factors]))
            result = self.add([self.single(m * n % PRIME, c * d) for m, c in result.items() for n, d in factor.items()])
        return result

    def dot(self, left: Sequence[Term], right: Sequence[Term]) -> Term:
        return self.add([self.mul(pair) for pair in zip(left, right, strict=True)])

    def power(self, base: Term, exponent: sympy.Rational) -> Term:
        if exponent.is_Integer and 0 <= exponent <= 8:
            return self.mul([base] * int(exponent))
        if exponent.is_Integer and len(base) == 1:
            [(monomial, coefficient)] = base.items()
            return self.single(self.residues.power(monomial, exponent), Fraction(coefficient) ** int(exponent))
        return self.single(self.residues.power(self.value(base), exponent))

    def argument(self, function: str) -> Field:
        return self.residues.argument(function)

    def apply(self, function: str, argument: Term | Factored) -> Term:
        if isinstance(argument, Factored):
            return self.log(argument)
        return self.single(self.residues.apply(function, argument))

    def log(self, argument: Factored) -> Term:
        """log(Π b^n · e^u) = Σ n log b + u. Raises Undecidable for the logarithm of zero or of a minus sign."""
        if 0 in argument.powers or MINUS_ONE in argument.powers:
            raise Undecidable("the logarithm of what is not positive")
        logs = [self.single(self.residues.random("log", b), n) for b, n in argument.powers.items()]
        return self.add([*logs, argument.exponent])


class Factored:
    """A product Π b^n · e^u: distinct bases b (residues) with their rational powers n, and the terms of u."""

    def __init__(self, powers: dict[int, Fraction], exponent: Term) -> None:
        self.powers, self.exponent = powers, exponent


class Factors:
    """Products kept factor by factor, for logarithms."""

    def __init__(self, residues: Residues) -> None:
        self.residues = residues

    def single(self, value: int) -> Factored:
        """A residue as one factor."""
        return Factored({} if value == 1 else {value: Fraction(1)}, {})

    def value(self, product: Factored) -> int:
        bases = [self.residues.power(b, sympy.Rational(n.numerator, n.denominator)) for b, n in product.powers.items()]
        return self.residues.mul([*bases, self.residues.exp(product.exponent)])

    def number(self, value: sympy.Number) -> Factored:
        self.residues.number(value)
        if value == 0:
            return self.single(0)
        primes = {int(p): Fraction(int(n)) for p, n in sympy.factorrat(abs(value)).items() if p != 1}
        return Factored(primes | ({MINUS_ONE: Fraction(1)} if value < 0 else {}), {})

    def add(self, terms: Sequence[Factored]) -> Factored:
        present = [term for term in terms if 0 not in term.powers]
        if len(present) == 1:
            return present[0]
        return self.single(self.residues.add([self.value(term) for term in terms]))

    def mul(self, factors: Sequence[Factored]) -> Factored:
        powers: dict[int, Fraction] = {}
        for factor in factors:
            for base, n in factor.powers.items():
                powers[base] = powers.get(base, Fraction(0)) + n
        if 0 in powers:
            return self.single(0)
        if MINUS_ONE in powers:
            powers[MINUS_ONE] %= 2
        exponent = self.residues.terms.add([factor.exponent for factor in factors])
        return Factored({base: n for base, n in powers.items() if n}, exponent)

    def dot(self, left: Sequence[Factored], right: Sequence[Factored]) -> Factored:
        return self.add([self.mul(pair) for pair in zip(left, right, strict=True)])

    def power(self, base: Factored, exponent: sympy.Rational) -> Factored:
        n = Fraction(int(exponent.p), int(exponent.q))
        return Factored({b: k * n for b, k in base.powers.items()}, {m: c * n for m, c in base.exponent.items()})

    def argument(self, function: str) -> Field:
        return self.residues.argument(function)

    def apply(self, function: str, argument: Term | Factored) -> Factored:
        if function == "exp" and not isinstance(argument, Factored):
            return Factored({}, argument)
        return self.single(self.residues.apply(function, argument))
