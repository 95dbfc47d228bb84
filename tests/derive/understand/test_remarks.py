"""Lists, data and updates are no claims; what they say counts."""

import pytest

NETWORK = (r"h_t = \tanh(W h_{t-1} + U x_t)", r"\hat y = V h_T", r"L = \frac{1}{2} \|\hat y - y\|^2")


def test_lists_and_updates_are_definitions(verdicts):
    remarks = (
        r"x = (x_1, x_2, \ldots, x_T)",
        r"\theta = \{W, U, V\}",
        r"W \leftarrow W - \eta \frac{\partial L}{\partial W}",
        r"\theta \leftarrow \theta - \eta \frac{\partial L}{\partial \theta}",
        r"W(t+1) = W(t) - \eta \frac{\partial L}{\partial W}",
        r"W = W - \eta \frac{\partial L}{\partial W}",
    )
    assert verdicts(*NETWORK, *remarks) == ["definition"] * 9
    assert verdicts(*NETWORK, r"W = W - \eta \frac{\partial L}{\partial U}")[-1] == "unreadable"


def test_a_list_of_inputs_does_not_make_a_step_an_entry(verdicts):
    claim = r"\frac{\partial h_t}{\partial x_t} = \mathrm{diag}(1 - h_t^2) U"
    assert verdicts(*NETWORK, r"x = (x_1, \ldots, x_T)", claim)[-1] == "holds"


def test_a_number_of_steps_counts_from_where_it_is_said(verdicts):
    claim = r"\frac{\partial L}{\partial h_3} = W^\top ((1 - h_4^2) \odot V^\top (\hat y - y))"
    assert verdicts(*NETWORK, "T = 4", claim)[-1] == "holds"
    assert verdicts(*NETWORK, "T = 5", claim)[-1] == "fails"
    assert verdicts(*NETWORK, claim)[-1] == "fails"


def test_an_update_defines_nothing(verdicts):
    page = (
        r"h_t = \tanh(W h_{t-1} + U x_t + b)",
        r"L = \frac{1}{2} \sum_{t=1}^T \|h_t - y_t\|^2",
        r"\Delta W = -\eta \frac{\partial L}{\partial W}",
        r"W = W + \Delta W",
        r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W",
        r"W = W + U",
    )
    assert verdicts(*page) == ["definition"] * 4 + ["holds", "fails"]


def test_updates_by_what_no_derivative_stands_in_define_nothing(verdicts):
    page = (
        r"z^{[l]} = W^{[l]} a^{[l-1]} + b^{[l]}",
        r"a^{[l]} = \tanh(z^{[l]})",
        r"v_{dW^{[l]}} = \beta v_{dW^{[l]}} + (1 - \beta) dW^{[l]}",
        r"W^{[l]} = W^{[l]} - \alpha \frac{v_{dW^{[l]}}}{\sqrt{s} + \varepsilon}",
        r"b^{[l]} = b^{[l]} - \alpha db^{[l]}",
        r"dW^{[l]} = dz^{[l]} a^{[l-1] \top}",
        r"b^{[l]} = b^{[l]} - \alpha dW^{[l]}",
    )
    assert verdicts(*page)[:-1] == ["definition"] * 5 + ["holds"]
    assert verdicts(*page)[-1] != "definition"
    assert verdicts(*NETWORK, r"h_t = \beta h_t + U x_t")[-1] != "definition"


def test_a_bracket_with_a_transpose_is_no_path(verdicts):
    jacobian = r"\left(\frac{\partial h_k}{\partial h_t}\right)"
    page = (
        r"h_t = \tanh(W h_{t-1} + U x_t + b)",
        r"L_t = \frac{1}{2} \|h_t - y_t\|^2",
        r"L = \sum_{t=1}^T L_t",
        rf"\frac{{\partial L}}{{\partial h_t}} = \sum_{{k=t}}^T {jacobian}^\top (h_k - y_k)",
        rf"\frac{{\partial L}}{{\partial h_t}} = \sum_{{k=t}}^T {jacobian} (h_k - y_k)",
    )
    assert verdicts(*page)[3:] == ["holds", "fails"]


SOFTMAX = (
    r"h_t = \tanh(W h_{t-1} + U x_t)",
    r"o_t = V h_t",
    r"\hat y_t = \mathrm{softmax}(o_t)",
)
ENTROPY = r"H(y_t, \hat y_t) = -\sum_i y_{t,i} \log \hat y_{t,i}"


def test_the_arguments_of_a_name_that_has_no_others_are_a_remark(verdicts):
    gradient = r"\frac{\partial L}{\partial V} = \sum_t (\hat y_t - y_t)"
    claims = (r"\frac{\partial H(y_t, \hat y_t)}{\partial o_t} = \hat y_t - y_t", rf"{gradient} h_t^\top")
    found = verdicts(*SOFTMAX, ENTROPY, r"L = \sum_{t=1}^T H(y_t, \hat y_t)", *claims, rf"{gradient} h_{{t-1}}^\top")
    assert found[3:] == ["definition", "definition", "holds", "holds", "fails"]


def test_what_has_other_arguments_elsewhere_is_a_function(verdicts):
    found = verdicts(*SOFTMAX, ENTROPY, r"L = \sum_{t=1}^T H(y_t, \hat y_{t-1})")
    assert "unreadable" in found[3:]


def test_what_is_told_in_words_is_no_claim(verdicts):
    told = r"K_t = \frac{\partial h_t}{\partial W} = \text{what a nudge to the weights does}"
    assert verdicts(*SOFTMAX, told)[3:] == ["definition"]


LEGEND = r"""
title = "An Elman network"
notation = "vector"

[network]
equations = ['h_t = \tanh(W h_{t-1} + U x_t)', '\hat y_t = \mathrm{softmax}(V h_t)', 'l_t = -y_t^\top \log \hat y_t',
  'L = \sum_{t=1}^T l_t']
loss = 'l_t'

[symbols]
'x' = { means = "x", role = "input", shape = ["V"], time = true }
'y' = { means = "target", role = "target", shape = ["V"], time = true }
'h' = { means = "h", role = "value", shape = ["H"], time = true }
'\hat y' = { means = "p", role = "value", shape = ["V"], time = true }
'l' = { means = "l", role = "loss", shape = [], time = true }
'L' = { means = "loss", role = "total_loss", shape = [] }
'U' = { means = "U", role = "parameter", shape = ["H", "V"] }
'W' = { means = "W", role = "parameter", shape = ["H", "H"] }
'V' = { means = "V", role = "parameter", shape = ["V", "H"] }
'T' = { role = "size" }
't' = { role = "index" }
'i' = { role = "index" }
"""


def test_a_name_with_arguments_is_the_loss_of_their_step(legended):
    """Which the legend calls otherwise: the sum over the steps is the legend's, and no other sum is."""
    total = r"L = \sum_{t=1}^T H(y_t, \hat y_t)"
    assert legended(LEGEND, ENTROPY, total) == ["definition", "definition"]
    assert legended(LEGEND, ENTROPY, total.replace("{t=1}", "{t=2}"))[1] == "fails"
    assert legended(LEGEND, ENTROPY.replace(r"\log ", ""), total)[1] not in ("definition", "holds")


def test_a_letter_that_nothing_binds_is_no_argument_beside_steps_in_brackets(verdicts):
    network = (r"h(t) = \tanh(W h(t-1) + U x(t))", r"C(t) = \frac{1}{2} \|h(t) - y(t)\|^2", r"C = \sum_{t=1}^T C(t)")
    later = r"\frac{\partial C(i)}{\partial h(t)}"
    claims = [rf"\frac{{\partial C}}{{\partial h(t)}} = {side}" for side in (later, rf"\sum_{{i=t}}^T {later}")]
    assert verdicts(*network, claims[0])[3:] == ["fails"]
    assert verdicts(*network, claims[1])[3:] == ["holds"]


def test_nothing_beside_what_a_derivative_is_taken_by_is_left_out(verdicts):
    network = (r"h(t) = \tanh(W h(t-1) + U x(t))", r"C(t) = \frac{1}{2} \|h(t) - y(t)\|^2", r"C = \sum_{t=1}^T C(t)")
    claims = [rf"\frac{{\partial C(t)}}{{\partial {by}}} = h(t) - y(t)" for by in ("h(t)", "h(s)", "h(x)", "h(t)'")]
    assert verdicts(*network, *claims)[3:] == ["holds", "unreadable", "unreadable", "unreadable"]


@pytest.mark.parametrize(("entry", "verdict"), [("i, j", "holds"), ("j, i", "fails")])
def test_an_entry_in_brackets_is_that_entry(verdicts, entry, verdict):
    network = (
        r"h_t = \tanh(W h_{t-1} + U x_t)",
        "o_t = V h_t",
        r"E_t = \frac{1}{2} \|o_t - y_t\|^2",
        "r_t = o_t - y_t",
    )
    claim = rf"\frac{{\partial E_t}}{{\partial V({entry})}} = r_t^{{(i)}} h_t^{{(j)}}"
    assert verdicts(*network, claim)[-1] == verdict


def test_a_condition_without_a_name_is_not_understood(verdicts):
    assert verdicts(r"h_t = \tanh(W x_t)", "p_{t,k} = 1[ = y_t]")[1] == "unreadable"


@pytest.mark.parametrize(
    ("loss", "holds"),
    [
        ("L(p_t, y_t)", True),
        ("L_t(p_t, y_t)", True),
        ("L(p_{t-1}, y_{t-1})", False),
        ("L_t(p_{t-1}, y_{t-1})", False),
        ("L_t(o_{t-1})", False),
        ("L(2)", False),
    ],
)
def test_what_a_loss_depends_on_stands_at_its_step(verdicts, loss, holds):
    network = (
        r"h_t = \tanh(W h_{t-1} + U x_t)",
        r"o_t = V h_t",
        r"p_t = \mathrm{softmax}(o_t)",
        r"L_t = -\sum_i y_{t,i} \log p_{t,i}",
        r"L = \sum_{t=1}^T L_t",
    )
    found = verdicts(*network, rf"\frac{{\partial {loss}}}{{\partial o_t}} = p_t - y_t")[-1]
    assert (found == "holds") == holds


def test_the_step_of_which_the_text_speaks_is_a_remark(verdicts):
    assert verdicts(*NETWORK, "t = T", "t = T - 1", "k = t")[3:] == ["definition"] * 3
    assert verdicts(*NETWORK, "h_t = T")[3:] != ["definition"]


def test_that_the_copies_of_a_parameter_are_equal_is_no_definition_of_it(verdicts):
    network = (r"h_t = \tanh(W h_{t-1} + U x_t)", r"L = \sum_t \|h_t - y_t\|^2")
    tied = r"W^{(1)} = \cdots = W^{(T)} = W"
    claims = (
        r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \frac{\partial L}{\partial W^{(t)}}",
        r"\frac{\partial L}{\partial W} = 2 \sum_{t=1}^T \frac{\partial L}{\partial W^{(t)}}",
    )
    assert verdicts(*network, tied, *claims) == ["definition"] * 3 + ["holds", "fails"]


@pytest.mark.parametrize("head", ["L", r"L(\theta)"])
def test_a_loss_that_is_a_sum_of_its_own_letter_sums_those_of_steps(verdicts, head):
    network = (r"h_t = \tanh(W h_{t-1} + U x_t)", "o_t = V h_t", rf"{head} = \sum_{{t=1}}^T L(o_t, y_t)")
    claims = (
        r"\frac{\partial L}{\partial V} = \sum_t \frac{\partial L}{\partial o_t} h_t^\top",
        r"\frac{\partial L}{\partial V} = \sum_t \frac{\partial L(o_t, y_t)}{\partial o_t} h_t^\top",
        r"\frac{\partial L}{\partial V} = \frac{\partial L}{\partial o_t} h_t^\top",
        r"\frac{\partial L}{\partial h_t} = \frac{\partial L(o_t, y_t)}{\partial h_t}",
    )
    assert verdicts(*network) == ["definition"] * 3
    assert verdicts(*network, *claims)[3:5] == ["holds", "holds"]
    assert not {"holds", "definition"} & {*verdicts(*network, *claims)[5:]}
