"""Two fields that only the tests have: floats, and fractions."""

from fractions import Fraction
from math import exp, log, log1p, prod, sin, tanh
from math import pi as PI

from reference import wave

from derive.kernel.field import Undecidable


class Floats:
    def number(self, value):
        return float(value)

    def add(self, terms):
        return sum(terms)

    def mul(self, factors):
        return prod(factors)

    def dot(self, left, right):
        return sum(a * b for a, b in zip(left, right, strict=True))

    def power(self, base, exponent):
        if base == 0 and exponent < 0:
            raise Undecidable("a division by zero")
        return base ** int(exponent) if exponent.denominator == 1 else base ** float(exponent)

    def argument(self, function):
        return self

    def single(self, value):
        return value

    def apply(self, function, u):
        match function:
            case "tanh":
                return tanh(u)
            case "sigmoid":
                return 1 / (1 + exp(-u))
            case "exp":
                return exp(u)
            case "log" if u > 0:
                return log(u)
            case "softplus":
                return log1p(exp(u))
            case "relu":
                return max(u, 0.0)
            case "heaviside":
                return float(u > 0)
        raise Undecidable(f"{function} of {u}")

    def unknown(self, name, output, arguments, by=()):
        weights, phases = wave(name, output + 1, len(arguments))
        inner = self.dot(weights[output], arguments) + phases[output]
        return sin(inner + len(by) * PI / 2) * prod(weights[output][k] for k in by)


class Fractions(Floats):
    """Exact, and without functions."""

    def number(self, value):
        return Fraction(value)

    def power(self, base, exponent):
        if exponent.denominator != 1:
            raise Undecidable("a root")
        return super().power(base, exponent)

    def apply(self, function, u):
        raise Undecidable(function)

    def unknown(self, name, output, arguments, by=()):
        raise Undecidable(name)
