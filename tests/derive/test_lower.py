"""The array program: what is a loop, what runs at all steps at once, and that it computes what the graph computes."""

import pytest
import sympy

from derive.algebra.array import (
    Map,
    MatMul,
    Parameter,
    Softmax,
    Value,
    elementwise,
    log,
    matmul,
    sigmoid,
    softmax,
    t,
    tanh,
    total,
    walk,
)
from derive.algebra.model import Equation, Model, elman
from derive.lower import lower
from derive.program import LogSoftmax, reads


def model(*equations, parameters, inputs=("x", "target")):
    """A model with a softmax and a cross-entropy over `net_y`."""
    values = tuple(Value(("V",), name, t, one_hot=True) for name in inputs)
    y, target = Value(("V",), "y", t), Value(("V",), "target", t, one_hot=True)
    tail = (Equation("y", softmax(Value(("V",), "net_y", t))), Equation("L", -total(target * log(y))))
    return Model("test", values, parameters, (*equations, *tail))


W, U, S = Parameter(("H", "V"), "W"), Parameter(("H", "H"), "U"), Parameter(("H", "H"), "S")
R, Q = Parameter(("H", "H"), "R"), Parameter(("V", "H"), "Q")
b = Parameter(("H",), "b")
x = Value(("V",), "x", t, one_hot=True)
h, g = Value(("H",), "h", t), Value(("H",), "g", t)


def names(program):
    return [(block.direction, [equation.name for equation in block.equations]) for block in program.blocks]


def test_an_elman_network_is_two_loops():
    assert names(lower(elman())) == [
        (0, ["free_net_a"]),
        (1, ["net_a", "a"]),
        (0, ["net_y", "log_y", "y", "L", "delta_net_y", "free_delta_a"]),
        (-1, ["delta_a", "delta_net_a", "carried_a"]),
    ]


def test_no_product_in_a_loop_that_could_stand_outside(gru):
    for program in (lower(elman()), lower(gru)):
        for block in program.blocks:
            own = {equation.name for equation in block.equations}
            for equation in block.equations:
                for part in walk(equation.expression):
                    if block.direction and isinstance(part, MatMul):
                        assert {leaf.name for leaf in reads(part)} <= own, equation.name


def test_everything_is_computed_before_it_is_read(gru):
    for program in (lower(elman()), lower(gru)):
        known = {value.name for value in program.model.inputs}
        for block in program.blocks:
            own = {equation.name for equation in block.equations}
            for equation in block.equations:
                for leaf in reads(equation.expression):
                    if leaf.step == t:
                        assert leaf.name in known, (equation.name, leaf.name)
                    else:  # another step's result: of this loop, or of all steps before
                        assert leaf.name in own | known
                        assert block.direction == 0 or leaf.name not in own or leaf.step == t - block.direction
                known.add(equation.name)
        assert program.kept <= known


def test_two_layers_are_four_loops():
    two = model(
        Equation("h", tanh(W @ x + U @ h.at(t - 1))),
        Equation("g", tanh(S @ h + R @ g.at(t - 1))),
        Equation("net_y", Q @ g),
        parameters=(W, U, S, R, Q),
    )
    assert [block.direction for block in lower(two).blocks] == [0, 1, 0, 1, 0, -1, 0, -1]


def test_without_a_recurrence_there_is_no_loop():
    flat = model(Equation("h", tanh(W @ x)), Equation("net_y", Q @ h), parameters=(W, Q))
    program = lower(flat)
    assert [block.direction for block in program.blocks] == [0]
    assert program.states == ()


def test_a_delay_is_no_loop():
    """h(t-1) is read, but not by h: every step can be computed at once, both ways."""
    delayed = model(Equation("h", tanh(W @ x)), Equation("net_y", Q @ h.at(t - 1)), parameters=(W, Q))
    program = lower(delayed)
    assert [block.direction for block in program.blocks] == [0]
    assert [(state.given, state.carried) for state in program.states] == [("h_0", "carried_h")]


def test_the_logarithm_of_a_softmax_is_taken_before_the_softmax(gru):
    for program in (lower(elman()), lower(gru)):
        parts = [part for block in program.blocks for e in block.equations for part in walk(e.expression)]
        assert sum(isinstance(part, LogSoftmax) for part in parts) == 1
        assert not any(isinstance(part, Softmax) for part in parts)
        assert not any(isinstance(part, Map) and part.rule.has(sympy.log) for part in parts)


def test_a_softmax_that_is_no_loss_stays():
    attention = model(
        Equation("h", softmax(W @ x + U @ h.at(t - 1)) * tanh(W @ x)), Equation("net_y", Q @ h), parameters=(W, U, Q)
    )
    program = lower(attention)
    assert sum(isinstance(e.expression, Softmax) for block in program.blocks for e in block.equations) == 1


def test_a_parameter_that_is_used_twice_and_transposed():
    """Tied weights: the input's matrix, transposed, makes the output."""
    tied = model(Equation("h", tanh(W @ x + U @ h.at(t - 1))), Equation("net_y", matmul(W.T, h)), parameters=(W, U))
    terms = lower(tied).gradients["W"]
    assert [tuple(leaf.name for leaf in reads(term)) for term in terms] in (
        [("h", "delta_net_y"), ("delta_h_inner", "x")],
        [("h", "delta_net_y"), ("inner_delta_h", "x")],
        [("inner_delta_h", "x"), ("h", "delta_net_y")],
    )
    assert all(term.shape == ("H", "V") for term in terms)


def test_the_program_is_the_same_for_every_size():
    assert not {"H", "V"} & {symbol.name for symbol in _symbols(lower(elman()))}
    assert {symbol.name for symbol in _symbols(lower(elman(1 / sympy.Symbol("T"))))} >= {"T"}


def _symbols(program):
    parts = (part for block in program.blocks for e in block.equations for part in walk(e.expression))
    return {symbol for part in parts if isinstance(part, Map) for symbol in part.rule.free_symbols}


@pytest.mark.parametrize(
    ("equations", "parameters", "problem"),
    [
        (
            (Equation("h", elementwise(sympy.Function("phi"), W @ x)), Equation("net_y", Q @ h)),
            (W, Q),
            "equation of h applies the function phi, and nothing says which",
        ),
        (
            (Equation("h", sigmoid(W @ x + U @ b)), Equation("net_y", Q @ h)),
            (W, U, b, Q),
            "product of parameters alone",
        ),
        ((Equation("h", sigmoid((U * U) @ h.at(t - 1))), Equation("net_y", Q @ h)), (U, Q), "no parameter"),
    ],
)
def test_what_has_no_array_form_is_refused(equations, parameters, problem):
    with pytest.raises(ValueError, match=problem):
        lower(model(*equations, parameters=parameters))
