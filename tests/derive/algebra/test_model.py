"""Models and their graphs: what is checked when they are made, and in which order the values come."""

import pytest

from derive.algebra.array import Parameter, Value, t, tanh, total
from derive.algebra.model import Equation, Model, elman
from derive.algebra.unroll import unroll

a, w = Value(("H",), "a", t), Parameter(("H", "H"), "w")
loss = Equation("L", total(a * a))


def test_the_network_of_the_notes():
    model = elman()
    assert [equation.name for equation in model.equations] == ["net_a", "a", "net_y", "y", "L"]
    assert {p.name: p.shape for p in model.parameters} == {
        "W_aa": ("H", "H"),
        "W_ax": ("H", "V"),
        "b_a": ("H",),
        "W_ya": ("V", "H"),
        "b_y": ("V",),
    }
    assert [state.name for state in model.states] == ["a"]
    assert model.loss.name == "L" and model.equation("a").value == a and model.parameter("b_y").shape == ("V",)


def test_a_gated_network_is_another_list_of_equations(gru):
    assert [state.name for state in gru.states] == ["h"]
    assert len(gru.parameters) == 11


@pytest.mark.parametrize(
    ("equations", "message"),
    [
        ((Equation("a", tanh(w @ Value(("H",), "c", t - 1))), loss), "c in the equation of a has no equation"),
        ((Equation("a", Parameter(("H", "H"), "u") @ a.at(t - 1)), loss), "u is not among the parameters"),
        ((loss, Equation("a", tanh(w @ a.at(t - 1)))), "scalar loss"),
        ((Equation("w", tanh(w @ a.at(t - 1))), Equation("a", a.at(t - 1)), loss), "two of the name w"),
        (
            (Equation("a", tanh(w @ a.at(t - 1))), Equation("delta_a", a), loss),
            "delta_a begins like a name of the deriv",
        ),
    ],
)
def test_a_model_that_cannot_be_run_is_refused(equations, message):
    with pytest.raises(ValueError, match=message):
        Model("wrong", (), (w,), equations)


def test_the_graph_lists_every_value_after_what_it_reads():
    graph = unroll(elman(), 3)
    seen = set()
    for value in graph.values:
        read = {v for v in graph.parents(value) if isinstance(v, Value) and graph.defines(v)}
        assert read <= seen
        seen.add(value)
    assert len(graph.values) == 15 and [int(v.step) for v in graph.losses] == [1, 2, 3]


def test_the_graph_knows_where_it_ends():
    graph = unroll(elman(), 2)
    assert graph.defines(a.at(2)) and not graph.defines(a.at(0)) and not graph.defines(a.at(3))
    assert not graph.defines(Value(("V",), "x", t).at(1))
    assert a.at(0) in graph.parents(Value(("H",), "net_a", t).at(1))
    with pytest.raises(KeyError, match=r"a\(0\)"):
        graph.definition(a.at(0))
    with pytest.raises(ValueError, match="one step or more"):
        unroll(elman(), 0)
