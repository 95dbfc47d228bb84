"""The assumptions as edits: what they cut, and that they cut nothing else."""

import pytest

from derive.algebra.array import Value, log, softmax, t, total
from derive.algebra.chain import backward, double_sum, exact
from derive.algebra.edits import logits_of, single_path, target_of, truncated
from derive.algebra.model import Equation, Model, elman
from derive.algebra.unroll import unroll
from derive.algebra.values import random_point

SIZES = {"H": 2, "V": 4}


def gradients(edit, parameter, steps=3):
    """dL/dθ over residues, entry by entry: from the forward accumulation of edited Jacobians."""
    graph = unroll(elman(), steps)
    network = random_point(graph, SIZES, seed=1).edited(edit)
    totals = network.total(elman().parameter(parameter))
    return [sum(column) % (2**61 - 1) for column in zip(*(totals[loss][0] for loss in graph.losses), strict=True)]


def derived(edit, parameter, steps=3):
    """The same from the derived backward pass, evaluated at the same point."""
    graph = unroll(elman(), steps)
    network = random_point(graph, SIZES, seed=1)
    program = backward(graph, edit=edit)
    for adjoint, expression in program.adjoints.items():
        network._values[adjoint] = network.evaluate(expression)
    return network.evaluate(program.gradient(parameter))


@pytest.mark.parametrize("name", ["W_aa", "W_ax", "b_a", "W_ya", "b_y"])
@pytest.mark.parametrize("edit", [truncated, single_path(elman()), exact], ids=["truncated", "single", "exact"])
def test_forward_and_backward_accumulation_agree_under_an_edit(edit, name):
    assert derived(edit, name) == gradients(edit, name)


def test_truncation_leaves_the_terms_of_the_same_step_alone():
    graph = unroll(elman(), 3)
    whole, cut = double_sum(graph, "W_aa"), double_sum(graph, "W_aa", truncated)
    for (i, k), term in cut.items():
        assert term == whole[i, k] if i == k else term.is_zero


@pytest.mark.parametrize("edit", [truncated, single_path(elman())])
def test_the_output_layer_is_untouched_and_the_hidden_layer_is_not(edit):
    for name in ("W_ya", "b_y"):
        assert gradients(edit, name) == gradients(exact, name)
    for name in ("W_aa", "W_ax", "b_a"):
        assert gradients(edit, name) != gradients(exact, name)


def test_nothing_is_truncated_in_a_single_step():
    assert gradients(truncated, "b_a", steps=1) == gradients(exact, "b_a", steps=1)


def test_the_logits_and_the_target_are_found_by_what_they_do():
    assert logits_of(elman()).name == "net_y"
    assert target_of(elman()).name == "target"


def test_logits_without_a_name_are_refused():
    *hidden, net_y, _, loss = elman().equations
    fused = Equation("y", softmax(net_y.expression))
    model = Model("fused", elman().inputs, elman().parameters, (*hidden, fused, loss))
    with pytest.raises(ValueError, match="names no logits"):
        single_path(model)


def test_a_loss_without_a_target_is_refused():
    *rest, _ = elman().equations
    loss = Equation("L", -total(log(Value(("V",), "y", t))))
    with pytest.raises(ValueError, match="no one-hot target"):
        single_path(Model("blind", elman().inputs, elman().parameters, (*rest, loss)))
