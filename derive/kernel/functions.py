"""Functions of one number: their values and derivatives over any field, entry by entry."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache

from derive.kernel.field import Entries, Scalar, Scalars

Polynomial = tuple[int, ...]  # coefficients, the constant first
SLOPES: dict[str, Polynomial] = {"tanh": (1, 0, -1), "sigmoid": (0, 1, -1), "exp": (0, 1)}  # f' as a polynomial of f
KNOWN = frozenset((*SLOPES, "log", "relu", "softplus"))


def applied(function: str, order: int, argument: Callable[[Scalars], Entries], field: Scalars) -> Entries:
    """The values of a function's derivative of some order; `argument` gives the argument over the field that is asked
    for. A name outside `KNOWN` is a function of which nothing is known: each of its derivatives is another."""
    if function in SLOPES:
        values = [field.apply(function, u) for u in argument(field.argument(function))]
        return values if order == 0 else [evaluated(slope(function, order), value, field) for value in values]
    if function == "softplus":
        if order:
            return applied("sigmoid", order - 1, argument, field)
        one = field.argument("log").number(1)
        over = field.argument("log")
        powers = [over.apply("exp", u) for u in argument(over.argument("exp"))]
        return [field.apply("log", over.add([one, power])) for power in powers]
    if function == "log":
        if order == 0:
            return [field.apply("log", u) for u in argument(field.argument("log"))]
        factor = field.number(_factorial(order - 1) * (-1) ** (order - 1))
        return [field.mul((factor, field.power(u, Fraction(-order)))) for u in argument(field)]
    if function == "relu":
        if order > 1:
            return [field.number(0)] * len(argument(field))
        name = "heaviside" if order else "relu"
        return [field.apply(name, u) for u in argument(field.argument(name))]
    return [field.unknown(function, 0, [u], (0,) * order) for u in argument(field)]


@cache
def slope(function: str, order: int) -> Polynomial:
    """f^(n) as a polynomial of f, by P_{n+1} = P_n' · P_1 (the chain rule)."""
    if order == 1:
        return SLOPES[function]
    inner = slope(function, order - 1)
    derivative = tuple(i * c for i, c in enumerate(inner))[1:]
    product = [0] * (len(derivative) + len(SLOPES[function]))
    for i, a in enumerate(derivative):
        for j, b in enumerate(SLOPES[function]):
            product[i + j] += a * b
    return tuple(product)


def evaluated(polynomial: Polynomial, at: Scalar, field: Scalars) -> Scalar:
    """A polynomial at a scalar."""
    terms = [field.mul((field.number(c), field.power(at, i))) for i, c in enumerate(polynomial) if c]
    return field.add(terms)


def _factorial(n: int) -> int:
    return 1 if n <= 1 else n * _factorial(n - 1)
