"""Values and Jacobians over residues: direct ones, total ones, and what an edit leaves alone."""

import pytest

from derive.algebra.array import Value, at_step, constant, t
from derive.algebra.entries import definitions, expand, symbols
from derive.algebra.model import elman
from derive.algebra.pullback import jacobian
from derive.algebra.unroll import unroll
from derive.algebra.values import random_point
from derive.kernel.exact import PRIME

SIZES = {"H": 2, "V": 3}


def rows(flat, columns):
    return [flat[start : start + columns] for start in range(0, len(flat), columns)]


def value(name, step):
    """A value of the Elman network at a step."""
    equation = next((e.value for e in elman().equations if e.name == name), None)
    found = equation or next(v for v in elman().inputs if v.name == name)
    return found.at(step)


@pytest.fixture
def point():
    return random_point(unroll(elman(), 3), SIZES, seed=4)


@pytest.mark.parametrize(
    ("u", "v", "back"), [("a", "net_a", 0), ("net_a", "a", 1), ("y", "net_y", 0), ("net_y", "a", 0)]
)
def test_direct_jacobians_are_the_derived_matrices(point, u, v, back):
    generic = jacobian(elman().equation(u), value(v, t - back))
    entries = point.evaluate(at_step(generic, 2))
    assert point.direct(value(u, 2))[value(v, 2 - back)] == rows(entries, SIZES[generic.shape[1]])


def test_total_jacobians_against_sympy(residue):
    """da(2)/dW_aa, dy(2)/da(1) … are SymPy's derivatives of the substituted values."""
    graph, sizes = unroll(elman(), 2), {"H": 1, "V": 2}
    network = random_point(graph, sizes, seed=1, zero_start=True)
    forward = definitions(graph, sizes)
    leaves = (*elman().parameters, *(v.at(step) for v in elman().inputs for step in (1, 2)))
    values = {
        entry: number
        for leaf in leaves
        for entry, number in zip(symbols(leaf, sizes), network.value(leaf), strict=True)
    }
    for wrt in (*elman().parameters, value("x", 1)):
        for late in (value("y", 2), value("a", 2), value("L", 2)):
            whole = [expand(entry, forward) for entry in symbols(late, sizes)]
            slopes = [[entry.diff(other) for other in symbols(wrt, sizes)] for entry in whole]
            expected = [[residue(slope, network.field, values) for slope in row] for row in slopes]
            found = network.total(wrt)
            assert found[late] == expected if late in found else not any(map(any, expected))


def test_uses_of_a_parameter_add_up(point):
    for parameter in elman().parameters:
        whole = point.total(parameter)
        uses = [point.total(parameter, use=k) for k in (1, 2, 3)]
        for u, found in whole.items():
            parts = [use[u] for use in uses if u in use]
            added = [
                [sum(entries) % PRIME for entries in zip(*matching, strict=True)]
                for matching in zip(*parts, strict=True)
            ]
            assert found == added


def test_nothing_depends_on_what_comes_later(point):
    assert set(point.total(value("a", 2))) == {value(n, s) for n, s in (("net_y", 2), ("y", 2), ("L", 2))} | {
        value(n, 3) for n in ("net_a", "a", "net_y", "y", "L")
    }


def test_an_edit_changes_derivatives_and_no_value(point):
    def cut(equation, leaf, adjoint):
        return constant(0, adjoint.shape) if isinstance(leaf, Value) and leaf.step != t else adjoint

    edited = point.edited(cut)
    theta = elman().parameter("b_a")
    assert edited.total(theta)[value("a", 1)] == point.total(theta)[value("a", 1)]
    assert edited.total(theta)[value("a", 2)] != point.total(theta)[value("a", 2)]
    assert all(edited.value(v) == point.value(v) for v in point.graph.values)


def test_predictions_sum_to_one_and_targets_differ(point):
    assert sum(point.value(value("y", 3))) % PRIME == 1
    targets = [point.value(value("target", step)) for step in (1, 2, 3)]
    assert sorted(targets) == [[0, 0, 1], [0, 1, 0], [1, 0, 0]]


def test_the_state_before_the_first_step_is_generic_unless_said_otherwise():
    graph = unroll(elman(), 1)
    assert all(random_point(graph, SIZES, seed=0).value(value("a", 0)))
    assert random_point(graph, SIZES, seed=0, zero_start=True).value(value("a", 0)) == [0, 0]
    chosen = {value("a", 0): [5, 6]}
    assert random_point(graph, SIZES, seed=0, values=chosen).value(value("a", 0)) == [5, 6]
