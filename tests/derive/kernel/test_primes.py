"""Primes, against SymPy's."""

import sympy
from hypothesis import given
from hypothesis import strategies as st

from derive.kernel.primes import is_prime, next_prime, primes_below

STRONG = (2047, 1373653, 25326001, 3215031751, 2152302898747, 3474749660383, 341550071728321, 3825123056546413051)


def test_small_numbers():
    assert primes_below(10_000) == tuple(sympy.primerange(10_000))


def test_the_least_strong_pseudoprimes_of_each_number_of_bases():
    assert not any(is_prime(n) for n in STRONG)  # Jaeschke 1993; Jiang and Deng 2014


@given(st.integers(0, 2**64 - 1))
def test_numbers_of_64_bits(n):
    assert is_prime(n) == sympy.isprime(n)


@given(st.integers(2, 2**32), st.integers(2, 2**32))
def test_products(m, n):
    assert not is_prime(m * n)


@given(st.integers(2**60, 2**61))
def test_the_next(n):
    assert next_prime(n) == sympy.nextprime(n)
