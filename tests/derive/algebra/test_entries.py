"""Entries by name: order, indices, the initial state, and the expansion to parameters."""

import sympy

from derive.algebra.array import Parameter, Value, t
from derive.algebra.chain import backward
from derive.algebra.entries import adjoint_definitions, definitions, entries, expand, matrix, symbols
from derive.algebra.model import elman
from derive.algebra.unroll import unroll

SIZES = {"H": 2, "V": 3}


def test_entries_are_named_by_row_and_column_from_one():
    names = [str(symbol) for symbol in symbols(elman().parameter("W_ax"), SIZES)]
    assert names == ["W_ax_1_1", "W_ax_1_2", "W_ax_1_3", "W_ax_2_1", "W_ax_2_2", "W_ax_2_3"]
    first = symbols(Value(("H",), "a", sympy.Integer(3)), SIZES)[1]
    assert str(first) == "a_2(3)" and first.index == (2,) and first.of.name == "a" and first.is_real
    assert str(symbols(Value((), "L", t), SIZES)[0]) == "L(t)"


def test_the_state_before_the_first_step_is_zero():
    assert symbols(Value(("H",), "a", sympy.Integer(0)), SIZES) == [0, 0]
    assert backward(unroll(elman(), 1)).gradient("W_aa").shape == ("H", "H")
    assert matrix(backward(unroll(elman(), 1)).gradient("W_aa"), SIZES).is_zero_matrix


def test_matrices_have_the_shape_of_the_array():
    w, a = Parameter(("V", "H"), "w"), Value(("H",), "a", t)
    assert matrix(w, SIZES).shape == (3, 2) and matrix(w.T, SIZES) == matrix(w, SIZES).T
    assert matrix(w @ a, SIZES) == matrix(w, SIZES) * matrix(a, SIZES)
    assert matrix(Value((), "s", t), SIZES).shape == (1, 1)


def test_definitions_come_in_the_order_of_evaluation():
    graph = unroll(elman(), 3)
    derived = backward(graph)
    known = {*sympy.flatten([symbols(p, SIZES) for p in elman().parameters])}
    for value in elman().inputs:
        known |= {entry for step in (1, 2, 3) for entry in symbols(value.at(step), SIZES)}
    for name, definition in [*definitions(graph, SIZES), *adjoint_definitions(derived, SIZES)]:
        assert definition.free_symbols <= known, name
        known.add(name)
    assert all(matrix(derived.gradient(p.name), SIZES).free_symbols <= known for p in elman().parameters)


def test_expansion_leaves_parameters_and_inputs_alone():
    graph = unroll(elman(), 2)
    forward = definitions(graph, SIZES)
    whole = expand(symbols(graph.losses[-1], SIZES)[0], forward)
    assert not whole.free_symbols & {name for name, _ in forward}
    assert {str(s).split("_")[0].split("(")[0] for s in whole.free_symbols} == {"W", "b", "x", "target"}


def test_softmax_is_written_with_exponentials():
    y = entries(elman().equation("y").expression, SIZES)
    assert sympy.simplify(sum(y)) == 1
