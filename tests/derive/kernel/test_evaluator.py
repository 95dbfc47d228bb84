"""The kernel against a second evaluator, on random networks and terms: values, and derivatives of every kind."""

from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from math import prod
from random import Random

import numpy as np
import pytest
from fields import Floats, Fractions
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from reference import Reference
from worlds import cases, derivatives, edited, elman

from derive.kernel import values
from derive.kernel.compare import Claim, Free, compare
from derive.kernel.exact import Residues, primes
from derive.kernel.field import Undecidable
from derive.kernel.functions import KNOWN, applied
from derive.kernel.gradients import Evaluator
from derive.kernel.index import Index
from derive.kernel.points import random_point
from derive.kernel.terms import Derivative, Ref
from derive.kernel.values import Point

PRIME = primes(b"a page")[0]


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


@settings(max_examples=60)
@given(cases(algebra=True))
def test_residues_are_fractions_modulo_the_prime(case):
    world, term = case
    system = {name: replace(q, cases=()) for name, q in world.system.items()}  # all given: no functions anywhere
    exact, modular = (kernel(replace(world, system=system), field) for field in (Fractions(), Residues(1, PRIME)))
    for t in range(1, world.sizes["T"] + 1):
        try:
            fractions = exact.value(term, exact.bound({"t": t}))
        except Undecidable:
            with pytest.raises(Undecidable):
                modular.value(term, modular.bound({"t": t}))
            return
        residues = modular.value(term, modular.bound({"t": t}))
        assert residues.shape == fractions.shape
        expected = [f.numerator * pow(f.denominator, -1, PRIME) % PRIME for f in map(Fraction, fractions.data)]
        assert residues.data == expected


@settings(max_examples=60)
@given(cases(), st.data())
def test_what_holds_is_equal_in_floats(case, data):
    """A term beside an edit of it, true or false: what the residues call equal, the second evaluator does too."""
    world, term = case
    other = edited(term, data.draw)
    assume(other != term and other.axes == term.axes)
    for t in range(1, world.sizes["T"] + 1):
        exact = Evaluator(random_point(world.system, world.sizes, PRIME, 1, shifted=False))
        free = (Free("t", Index(t), Index(t)),)
        try:
            if not compare(Claim(term, other, free), exact).equal:
                continue
        except Undecidable:
            continue
        with np.errstate(all="ignore"):
            left, right = (reference(world).value(side, {"t": t}) for side in (term, other))
        if np.all(np.isfinite(left)) and np.all(np.abs(left) < 1e8):
            np.testing.assert_allclose(left, right, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("function", sorted(KNOWN))
def test_functions_have_the_slopes_of_jax(function, require):
    jax = require("jax")
    jax.config.update("jax_enable_x64", True)
    same = {"exp": jax.numpy.exp, "tanh": jax.numpy.tanh, "log": jax.numpy.log}
    slope = same.get(function) or getattr(jax.nn, function)
    places = [0.0] if function == "relu" else []
    for order in range(3):
        for u in (0.25, 1.5, *([] if function == "log" else [-1.5]), *places):
            [ours] = applied(function, order, lambda _, u=u: [u], Floats())
            assert abs(ours - float(slope(u))) < 1e-9
        slope = jax.grad(slope)


def test_a_network_with_corners_has_the_gradients_of_jax(require):
    jax = require("jax")
    jax.config.update("jax_enable_x64", True)
    world = elman("relu")
    data = reference(world)
    x, y = ([data.read((name, (t,)), None) for t in range(1, 4)] for name in "xy")
    parameters = {name: data.read((name, ()), None) for name in ("W", "U", "b", "V")}

    def loss(parameters):
        h, total = data.read(("h", (0,)), None), 0
        for xt, yt in zip(x, y, strict=True):
            h = jax.nn.relu(parameters["W"] @ h + parameters["U"] @ xt + parameters["b"])
            total -= yt @ jax.nn.log_softmax(parameters["V"] @ h)
        return total

    evaluator = kernel(world, Floats())
    for name, gradient in jax.grad(loss)(parameters).items():
        ours = evaluator.value(Derivative(Ref("L"), world.ref(name)), evaluator.bound({}))
        np.testing.assert_allclose(np.array(ours.data), np.asarray(gradient).ravel(), rtol=1e-9)


def derivative_by_states(evaluator, steps):
    def state(t):
        return Ref("h", (Index(t),), evaluator.point.system["h"].axes)

    return [evaluator.value(Derivative(state(6), state(t)), evaluator.bound({})).data for t in steps]


@given(st.lists(st.integers(0, 6), min_size=1, max_size=8), st.integers(0, 30))
def test_derivatives_in_any_order_and_after_a_bound_was_reached(steps, allowed):
    world = replace(elman(), sizes={**elman().sizes, "T": 6})
    alone = [derivative_by_states(kernel(world, Residues(0, PRIME)), [t])[0] for t in steps]
    together = kernel(world, Residues(0, PRIME))
    together.work = values.WORK - allowed
    with suppress(Undecidable):
        derivative_by_states(together, steps)
    together.work = 0
    assert derivative_by_states(together, steps) == alone
