"""Array expressions: shapes, normal forms, and what each operation refuses."""

import pytest
import sympy

from derive.algebra.array import (
    Map,
    Outer,
    Parameter,
    ShapeError,
    Total,
    Value,
    at_step,
    constant,
    diag,
    exp,
    log,
    outer,
    rebuild,
    sigmoid,
    softmax,
    t,
    tanh,
    total,
    transpose,
    walk,
)
from derive.algebra.functions import Sigmoid

a, b = Value(("H",), "a", t), Value(("H",), "b", t - 1)
x = Value(("V",), "x", t, one_hot=True)
y, s = Value(("V",), "y", t), Value((), "s", t)
W, U = Parameter(("H", "H"), "W"), Parameter(("H", "V"), "U")


def test_nested_maps_fuse_and_sympy_does_the_algebra():
    assert tanh(a) * 2 - tanh(a) == tanh(a)
    assert x / y * y == x
    fused = 1 - tanh(a + b) ** 2
    assert isinstance(fused, Map) and fused.operands == (a, b)
    assert all(not isinstance(operand, Map) for operand in fused.operands)


def test_equal_arguments_share_a_slot_and_unused_ones_are_dropped():
    assert (a + a).operands == (a,)
    assert (a * 0).operands == () and (a * 0).shape == ("H",) and (a - a).is_zero
    assert a + 0 == a and 1 * a == a and -1 * -a == a and a**1 == a


def test_scalars_are_broadcast_and_the_shape_stays():
    assert (s * a).shape == (a * s).shape == ("H",)
    assert (s * 0 + a) == a
    assert constant(2, ("H",)).shape == ("H",)


def test_shapes():
    assert (W @ a).shape == ("H",) and (W @ U).shape == ("H", "V") and U.T.shape == ("V", "H")
    assert outer(a, y).shape == ("H", "V") and diag(y).shape == ("V", "V") and softmax(y).shape == ("V",)
    assert total(a).shape == () and exp(a).shape == log(a).shape == sigmoid(a).shape == ("H",)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: a + y, "do not fit"),
        (lambda: W @ y, "inner dimensions"),
        (lambda: a @ W, "inner dimensions"),
        (lambda: outer(W, a), "two vectors"),
        (lambda: transpose(a), "needs a matrix"),
        (lambda: diag(W), "needs a vector"),
        (lambda: softmax(W), "needs a vector"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(wrong, message):
    with pytest.raises(ShapeError, match=message):
        wrong()


def test_zeros_vanish_from_products():
    zero = constant(0, ("H",))
    assert (W @ zero).is_zero and outer(zero, y).is_zero and outer(a, zero).shape == ("H", "H")
    assert not W.is_zero and not a.is_zero


def test_transposes_undo_themselves():
    assert transpose(W.T) == W and transpose(diag(a)) == diag(a)


def test_a_total_keeps_what_varies_inside_and_knows_one_hot_vectors():
    assert total(x) == constant(1)
    assert total(s * x) == s
    assert total(s * a) == s * total(a) and total(3 * a) == 3 * total(a) and total(s * x + y) == total(y) + s
    assert isinstance(total(a), Total) and total(s) == s
    assert total(y * x) == Total((), y * x)


def test_moving_to_another_step_reaches_every_leaf_and_no_parameter():
    moved = at_step(W @ b + a, 3)
    assert {leaf.step for leaf in walk(moved) if isinstance(leaf, Value)} == {sympy.Integer(2), sympy.Integer(3)}
    assert at_step(outer(a, x), t + 1) == Outer(("H", "V"), a.at(t + 1), x.at(t + 1))
    assert at_step(W, 3) == W


def test_rebuilding_over_the_same_leaves_changes_nothing():
    for expression in (W @ tanh(a) + b, total(x * log(y)), outer(softmax(y), y), diag(a) @ W.T):
        assert rebuild(expression, lambda leaf: leaf) == expression


def test_the_logistic_function_is_its_definition_with_a_name():
    z = sympy.Symbol("z", real=True)
    slope = Sigmoid(z).diff(z)
    assert slope.has(Sigmoid) and not slope.has(sympy.exp)
    assert sympy.simplify(slope.replace(Sigmoid, Sigmoid.definition) - Sigmoid.definition(z).diff(z)) == 0
