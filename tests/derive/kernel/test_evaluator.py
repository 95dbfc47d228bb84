"""The kernel against a second evaluator, on random networks and terms: values, and derivatives of every kind."""

from fractions import Fraction
from math import prod
from random import Random

import numpy as np
from fields import Floats
from hypothesis import assume, given, settings
from reference import Reference
from worlds import cases, derivatives

from derive.kernel.field import Undecidable
from derive.kernel.gradients import Evaluator
from derive.kernel.values import Point

PRIME = 2**60 + 33


def numbers(quantity, at, shape, denominator=50):
    """Given values of order one, in small fractions."""
    random = Random(f"{quantity.name}{at}")
    return [Fraction(random.randrange(-denominator, denominator + 1) or 1, denominator) for _ in range(prod(shape))]


def kernel(world, field):
    def given(quantity, at, shape):
        return [field.number(value) for value in numbers(quantity, at, shape)]

    return Evaluator(Point(world.system, world.sizes, field, given))


def reference(world):
    def given(quantity, at, shape):
        return np.array([float(value) for value in numbers(quantity, at, shape)]).reshape(shape)

    return Reference(world.system, world.sizes, given)


def agree(world, term):
    for t in range(1, world.sizes["T"] + 1):
        evaluator = kernel(world, Floats())
        try:
            ours = evaluator.value(term, evaluator.bound({"t": t}))
        except (Undecidable, OverflowError):
            assume(False)
        with np.errstate(all="ignore"):
            theirs = reference(world).value(term, {"t": t})
        assume(np.all(np.isfinite(theirs)) and np.all(np.abs(theirs) < 1e8))
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(np.array(ours.data, float), theirs.ravel(), rtol=1e-6, atol=1e-6)


@settings(max_examples=40)
@given(cases())
def test_values(case):
    agree(*case)


@settings(max_examples=40)
@given(derivatives())
def test_derivatives(case):
    agree(*case)
