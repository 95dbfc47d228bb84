"""The closed forms: written out they are the unrolled backward pass, exactly."""

import pytest
import sympy

from derive.algebra.array import Outer, Parameter, Value, outer, t
from derive.algebra.chain import adjoints, delta, double_sum
from derive.algebra.model import elman
from derive.algebra.series import LOSS, by_deltas, by_name, i, k, m, partial, put, through_time, total_over, unrolled
from derive.algebra.unroll import unroll

SIZES = {"H": 2, "V": 3}
RECURRENT = ["W_aa", "b_a", "W_ax"]
T = sympy.Symbol("T")
a, x = Value(("H",), "a", t), Value(("V",), "x", t)


@pytest.mark.parametrize("steps", [1, 2, 4])
@pytest.mark.parametrize("parameter", RECURRENT)
@pytest.mark.parametrize("scale", [1, 1 / T])
def test_the_double_sum_is_the_gradient(parameter, steps, scale, backward_point):
    model = elman(scale)
    point, derived = backward_point(unroll(model, steps), SIZES, seed=steps)
    closed = unrolled(through_time(model, parameter).double_sum, steps)
    assert point.evaluate(closed) == point.evaluate(derived.gradient(parameter))


@pytest.mark.parametrize("parameter", ["W_ya", "b_y", *RECURRENT])
def test_the_sum_of_deltas_is_the_gradient(parameter, backward_point):
    point, derived = backward_point(unroll(elman(), 3), SIZES, seed=1)
    for closed in by_deltas(adjoints(elman()), parameter):
        assert point.evaluate(unrolled(closed, 3)) == point.evaluate(derived.gradient(parameter))


@pytest.mark.parametrize("parameter", RECURRENT)
def test_each_term_is_the_term_of_the_paths(parameter, backward_point):
    graph = unroll(elman(), 3)
    point, _ = backward_point(graph, SIZES, seed=2)
    term = through_time(elman(), parameter).term
    for (late, early), path in double_sum(graph, parameter).items():
        closed = unrolled(put(put(term, i, sympy.Integer(late)), k, sympy.Integer(early)), 3)
        assert point.evaluate(closed) == point.evaluate(path)


def test_the_jacobian_through_a_step_is_that_of_the_graph(backward_point):
    point, _ = backward_point(unroll(elman(), 3), SIZES, seed=3)
    matrix = point.evaluate(put(through_time(elman(), "b_a").jacobian, m, sympy.Integer(3)))
    state = elman().equation("a").value
    assert [matrix[:2], matrix[2:]] == point.total(state.at(2))[state.at(3)]


def test_the_output_layer_has_no_path_through_time():
    assert through_time(elman(), "W_ya") is None and through_time(elman(), "b_y") is None


def test_a_gated_network_has_more_than_one_path_a_step(gru):
    with pytest.raises(ValueError, match="several paths"):
        through_time(gru, "U_c")


def test_named_chains_follow_the_graph():
    derived = adjoints(elman())
    w, hidden, net_y = elman().parameter("W_ya"), Value(("H",), "net_a", t), Value(("V",), "net_y", t)
    later = hidden.at(t + 1)
    assert by_name(derived, a) == partial(later, a, True).T @ delta(later) + partial(net_y, a, True).T @ delta(net_y)
    assert by_name(derived, hidden) == partial(a, hidden, True).T @ delta(a)
    assert partial(LOSS, w).shape == w.shape


def test_sums_are_written_out_from_the_first_step_to_the_last():
    assert unrolled(total_over(outer(a.at(t - 1), x)), 1) == Outer(("H", "V"), a.at(0), x.at(1))
    assert unrolled(total_over(x), 3) == x.at(1) + x.at(2) + x.at(3)
    nested = total_over(total_over(Value(("H",), "a", k), k, 1, i), i)
    assert unrolled(nested, 2) == a.at(1) + (a.at(1) + a.at(2))


def test_an_empty_product_is_the_identity_and_disappears():
    path = through_time(elman(), "b_a")
    term = put(put(path.term, i, sympy.Integer(2)), k, sympy.Integer(2))
    w, y, target = Parameter(("V", "H"), "W_ya"), Value(("V",), "y", t), Value(("V",), "target", t, one_hot=True)
    assert unrolled(term, 2).right == w.T @ (y - target).with_args((y.at(2), target.at(2)))
