"""Exact arithmetic modulo a prime, with the transcendental functions: the field on which `holds` rests.

An exponential is a random value fixed by its exponent, term by term: e^{Σ c_i m_i} = Π r(m_i)^{c_i}. tanh, σ and
softmax are built on it, so that tanh(u) = tanh(v) exactly when u = v; a logarithm is random, and additive over the
factors of its argument. The derivative of relu is any number: two points of 0 and 1 would prove too much. A function of
which nothing is known is a random value fixed by its name and arguments. Two expressions that differ agree at a random
point with a chance of about their degree divided by the prime (Schwartz 1980, Zippel 1979). Terms and factors are kept
apart only inside exponents and logarithms; all else is plain residues.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from hashlib import blake2b
from math import prod
from numbers import Rational
from operator import mul

from derive.kernel.field import Exact, Scalars, Undecidable
from derive.kernel.primes import next_prime, primes_below

PRIME = 2**61 - 1
ROOTS = 5040  # exponents are multiples of 1/5040: e^{u/2}, e^{u/3}, … are powers of one root
LIMIT = 100  # terms of a product in an exponent
ROOM = 50_000  # powers of e that are kept
DEGREE = 100_000  # of a power: x^{p-1} = 1 modulo p, so degrees stay far below the primes
SMALL = primes_below(1000)  # what a number in a logarithm is taken apart into


def primes(key: bytes, count: int = 2) -> list[int]:
    """Primes between 2⁶⁰ and 2⁶¹ drawn by a hash of `key`: whoever writes a page cannot know the primes of its text."""
    found: list[int] = []
    n = 0
    while len(found) < count:
        digest = blake2b(key, digest_size=8, salt=n.to_bytes(8, "big")).digest()
        n += 1
        candidate = 2**60 + int.from_bytes(digest, "big") % 2**60
        prime = next_prime(candidate)
        if prime not in found:
            found.append(prime)
    return found


class Residues:
    """The integers modulo a prime; `seed` fixes the random values of the functions.

    `splits` tells whether the logarithm of a product was taken apart so far: what rests on it holds where every
    logarithm has a positive argument."""

    def __init__(self, seed: int, prime: int = PRIME) -> None:
        self.prime = prime
        self.splits = False
        self._key = seed.to_bytes(8, "big")
        self._rectified: dict[int, int] = {}  # relu(u): relu'(u)
        self._bases: dict[int, int] = {}  # log b: b
        self._exp: dict[int, int] = {}  # m: e^m
        self.terms = Terms(self)
        self.factors = Factors(self)

    def random(self, name: str, value: int = 0) -> int:
        """A residue fixed by a name and a value."""
        digest = blake2b(f"{name}:{value}".encode(), key=self._key, digest_size=16).digest()
        return int.from_bytes(digest, "big") % (self.prime - 2) + 2

    def number(self, value: Exact) -> int:
        if not isinstance(value, Rational):
            raise Undecidable(f"{value} is not a rational number")
        if value.denominator == 1:
            return int(value.numerator) % self.prime
        if value.denominator % self.prime == 0:
            raise Undecidable("a division by zero")
        return int(value.numerator) * pow(int(value.denominator), -1, self.prime) % self.prime

    def add(self, terms: Sequence[int]) -> int:
        return sum(terms) % self.prime

    def mul(self, factors: Sequence[int]) -> int:
        return prod(factors) % self.prime

    def dot(self, left: Sequence[int], right: Sequence[int]) -> int:
        return sum(map(mul, left, right)) % self.prime

    def power(self, base: int, exponent: Exact) -> int:
        if exponent.denominator != 1:
            raise Undecidable(f"the power {exponent} has no exact value here")
        if base == 0 and exponent < 0:
            raise Undecidable("a division by zero")
        return pow(base, int(bounded(exponent)), self.prime)

    def argument(self, function: str) -> Scalars:
        return self.factors if function == "log" else self.terms

    def single(self, value: int) -> int:
        return value

    def apply(self, function: str, argument: Term | Factored) -> int:
        if isinstance(argument, Factored):
            return self.terms.value(self.terms.log(argument))
        if function == "exp":
            return self.exp(argument)
        if function == "sigmoid":
            power = self.exp(argument)
            return power * self.power(power + 1, -1) % self.prime
        if function == "tanh":
            power = self.exp({m: 2 * c for m, c in argument.items()})
            return (power - 1) * self.power(power + 1, -1) % self.prime
        if function == "relu":
            return self.relu(self.terms.value(argument))
        if function == "heaviside":
            return self.heaviside(self.terms.value(argument))
        raise Undecidable(f"no exact arithmetic for {function}")

    def exp(self, exponent: Term) -> int:
        over = under = 1
        for monomial, coefficient in exponent.items():
            times = bounded(coefficient)
            if coefficient.denominator == 1:  # e^{n log b} = b^n
                base = self._bases[monomial] if monomial in self._bases else self.exp_of(monomial)
            else:
                base, times = self.random("exp", monomial), times * ROOTS
                if times.denominator != 1:
                    raise Undecidable(f"an exponent with the coefficient {coefficient}")
            power = base if abs(times) == 1 else pow(base, abs(int(times)), self.prime)
            if times > 0:
                over = over * power % self.prime
            else:
                under = under * power % self.prime
        return over * self.power(under, -1) % self.prime if under != 1 else over

    def exp_of(self, monomial: int) -> int:
        """e to one monomial: the power of a random root, so that e^{u/2} has a value, too."""
        if monomial not in self._exp:
            if len(self._exp) > ROOM:
                self._exp.clear()
            self._exp[monomial] = pow(self.random("exp", monomial), ROOTS, self.prime)
        return self._exp[monomial]

    def log(self, base: int) -> int:
        value = self.random("log", base)
        [(monomial, sign)] = self.terms.single(value).items()
        self._bases[monomial] = self.power(base, sign)
        return value

    def relu(self, u: int) -> int:
        if u == 0 or u in self._rectified:
            return u
        value = u * self.heaviside(u) % self.prime
        self._rectified[value] = self.heaviside(u)
        return value

    def heaviside(self, u: int) -> int:
        """The derivative of relu: zero at zero, the same for u and relu(u), and one less that of -u."""
        if u == 0 or u in self._rectified:
            return self._rectified.get(u, 0)
        if u > self.prime // 2:
            return (1 - self.random("relu'", self.prime - u)) % self.prime
        return self.random("relu'", u)

    def unknown(self, name: str, output: int, arguments: Sequence[int], by: tuple[int, ...] = ()) -> int:
        return self.random(f"function {name}{sorted(by)}{list(arguments)}", output)


def bounded(exponent: Exact) -> Exact:
    """The exponent. Raises Undecidable for one past the degrees that random points tell apart."""
    if abs(exponent.numerator) > DEGREE * exponent.denominator:
        raise Undecidable("a power of so high a degree")
    return exponent


def plain(value: Exact) -> Exact:
    """The number as an int where it is one: sums of these are quicker."""
    return int(value.numerator) if value.denominator == 1 else Fraction(int(value.numerator), int(value.denominator))


Term = dict[int, Exact]
"""A sum Σ c m as {m: c}: distinct monomials m (their residues, the smaller of m and -m), rational coefficients c."""


class Terms:
    """Sums kept term by term, for exponents."""

    def __init__(self, residues: Residues) -> None:
        self.residues = residues
        self.prime = residues.prime

    def single(self, value: int, coefficient: Exact = 1) -> Term:
        if value == 0 or coefficient == 0:
            return {}
        return {value: coefficient} if value <= self.prime // 2 else {self.prime - value: -coefficient}

    def value(self, term: Term) -> int:
        return sum(m * self.residues.number(c) for m, c in term.items()) % self.prime

    def number(self, value: Exact) -> Term:
        self.residues.number(value)
        return self.single(1, plain(value))

    def add(self, terms: Sequence[Term]) -> Term:
        result: Term = {}
        for term in terms:
            for monomial, coefficient in term.items():
                result[monomial] = result[monomial] + coefficient if monomial in result else coefficient
        return {monomial: coefficient for monomial, coefficient in result.items() if coefficient}

    def mul(self, factors: Sequence[Term]) -> Term:
        result: Term = {1: 1}
        for factor in factors:
            if len(result) * len(factor) > LIMIT:
                return self.single(self.residues.mul([self.value(f) for f in factors]))
            new: Term = {}
            for m, c in result.items():
                for n, d in factor.items():
                    [(monomial, coefficient)] = self.single(m * n % self.prime, c * d).items()
                    new[monomial] = new[monomial] + coefficient if monomial in new else coefficient
            result = {monomial: coefficient for monomial, coefficient in new.items() if coefficient}
        return result

    def dot(self, left: Sequence[Term], right: Sequence[Term]) -> Term:
        return self.add([self.mul(pair) for pair in zip(left, right, strict=True)])

    def power(self, base: Term, exponent: Exact) -> Term:
        if exponent.denominator == 1 and 0 <= exponent <= 8:
            return self.mul([base] * int(exponent))
        if exponent.denominator == 1 and len(base) == 1:
            [(monomial, coefficient)] = base.items()
            power = plain(Fraction(coefficient) ** int(bounded(exponent)))
            return self.single(self.residues.power(monomial, exponent), power)
        return self.single(self.residues.power(self.value(base), exponent))

    def argument(self, function: str) -> Scalars:
        return self.residues.argument(function)

    def apply(self, function: str, argument: Term | Factored) -> Term:
        if isinstance(argument, Factored):
            return self.log(argument)
        return self.single(self.residues.apply(function, argument))

    def unknown(self, name: str, output: int, arguments: Sequence[Term], by: tuple[int, ...] = ()) -> Term:
        return self.single(self.residues.unknown(name, output, [self.value(a) for a in arguments], by))

    def log(self, argument: Factored) -> Term:
        """log(Π b^n · e^u) = Σ n log b + u. Raises Undecidable for the logarithm of zero or of a minus sign."""
        if 0 in argument.powers or self.prime - 1 in argument.powers:
            raise Undecidable("the logarithm of what is not positive")
        if argument.splits:
            self.residues.splits = True
        logs = [self.single(self.residues.log(b), plain(n)) for b, n in argument.powers.items()]
        return self.add([*logs, argument.exponent])


class Factored:
    """A product Π b^n · e^u: distinct bases b (residues) with their rational powers n, and the terms of u; `positive`
    are the bases that are positive for all real inputs."""

    def __init__(self, powers: dict[int, Fraction], exponent: Term, positive: frozenset[int] = frozenset()) -> None:
        self.powers, self.exponent, self.positive = powers, exponent, positive

    @property
    def splits(self) -> bool:
        """Whether Σ n log b says more about the signs of the bases than the logarithm of the product does."""
        unsure = [n for b, n in self.powers.items() if b not in self.positive]
        return len(unsure) > 1 or any(n.numerator % 2 == 0 or n.denominator % 2 == 0 for n in unsure)


class Factors:
    """Products kept factor by factor, for logarithms."""

    def __init__(self, residues: Residues) -> None:
        self.residues = residues

    def single(self, value: int) -> Factored:
        return Factored({} if value == 1 else {value: Fraction(1)}, {})

    def value(self, product: Factored) -> int:
        bases = [self.residues.power(b, n) for b, n in product.powers.items()]
        return self.residues.mul([*bases, self.residues.exp(product.exponent)])

    def number(self, value: Exact) -> Factored:
        self.residues.number(value)
        if value == 0:
            return self.single(0)
        powers: dict[int, Fraction] = {}
        for part, sign in ((abs(int(value.numerator)), 1), (int(value.denominator), -1)):
            for prime in SMALL if part > 1 else ():
                while part % prime == 0:
                    powers[prime] = powers.get(prime, Fraction(0)) + sign
                    part //= prime
            if part != 1:
                powers[part % self.residues.prime] = Fraction(sign)
        positive = frozenset(powers)
        return Factored(powers | ({self.residues.prime - 1: Fraction(1)} if value < 0 else {}), {}, positive)

    def add(self, terms: Sequence[Factored]) -> Factored:
        present = [term for term in terms if 0 not in term.powers]
        if len(present) == 1:
            return present[0]
        total = self.single(self.residues.add([self.value(term) for term in terms]))
        if present and all(set(term.powers) <= term.positive for term in present):
            total.positive = frozenset(total.powers)
        return total

    def mul(self, factors: Sequence[Factored]) -> Factored:
        powers: dict[int, Fraction] = {}
        for factor in factors:
            for base, n in factor.powers.items():
                powers[base] = powers.get(base, Fraction(0)) + n
        if 0 in powers:
            return self.single(0)
        minus_one = self.residues.prime - 1
        if minus_one in powers:
            powers[minus_one] %= 2
        exponent = self.residues.terms.add([factor.exponent for factor in factors])
        positive = frozenset[int]().union(*(factor.positive for factor in factors))
        return Factored({base: n for base, n in powers.items() if n}, exponent, positive)

    def dot(self, left: Sequence[Factored], right: Sequence[Factored]) -> Factored:
        return self.add([self.mul(pair) for pair in zip(left, right, strict=True)])

    def power(self, base: Factored, exponent: Exact) -> Factored:
        n = Fraction(int(exponent.numerator), int(exponent.denominator))
        if n == 0:
            return self.single(1)
        if n < 0 and 0 in base.powers:
            raise Undecidable("a division by zero")
        scaled: Term = {m: plain(c * n) for m, c in base.exponent.items()}
        return Factored({b: k * n for b, k in base.powers.items()}, scaled, base.positive)

    def argument(self, function: str) -> Scalars:
        return self.residues.argument(function)

    def apply(self, function: str, argument: Term | Factored) -> Factored:
        if function == "exp" and not isinstance(argument, Factored):
            return Factored({}, argument)
        value = self.residues.apply(function, argument)
        return Factored({value: Fraction(1)}, {}, frozenset({value} if function == "sigmoid" else ()))

    def unknown(self, name: str, output: int, arguments: Sequence[Factored], by: tuple[int, ...] = ()) -> Factored:
        return self.single(self.residues.unknown(name, output, [self.value(a) for a in arguments], by))
