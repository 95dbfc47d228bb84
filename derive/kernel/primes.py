"""Primes of 61 bits, without a library: importing SymPy for them would take longer than most checks."""

from itertools import count

WITNESSES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)


def is_prime(n: int) -> bool:
    """Whether n < 2⁶⁴ is a prime: the strong test of Miller and Rabin, certain there with the first twelve primes as
    bases (Sorenson and Webster 2017)."""
    if n < 2 or any(n % p == 0 for p in WITNESSES):
        return n in WITNESSES
    twos = ((n - 1) & (1 - n)).bit_length() - 1  # n - 1 = 2^twos · odd
    odd = (n - 1) >> twos
    return all(
        pow(base, odd, n) == 1 or any(pow(base, odd << k, n) == n - 1 for k in range(twos)) for base in WITNESSES
    )


def next_prime(n: int) -> int:
    """The least prime above n."""
    return next(m for m in count(n + 1) if is_prime(m))


def primes_below(n: int) -> tuple[int, ...]:
    """All primes below n."""
    return tuple(m for m in range(n) if is_prime(m))
