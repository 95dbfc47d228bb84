"""Names and indices in one script, as the whole page tells them apart."""

import pytest

CELL = (
    r"p_{at} = \sum_{i=1}^N W_{ai} x_{ti} + W_{ah} h_{t-1} + b_a",
    r"a_t = \sigma(p_{at})",
    r"h_t = a_t h_{t-1}",
    r"L = \frac{1}{2} \sum_{t=1}^T (h_t - y_t)^2",
)


def test_an_index_beside_words_in_one_slot(verdicts):
    claims = (
        r"\frac{dp_{at}}{dW_{ai}} = x_{ti} + W_{ah} \frac{dh_{t-1}}{dW_{ai}}",
        r"\frac{dp_{a1}}{dW_{ai}} = x_{1i}",
        r"\frac{dp_{a1}}{dW_{ai}} = x_{2i}",
        r"\frac{dp_{at}}{dW_{ah}} = h_{t-1} + W_{ah} \frac{dh_{t-1}}{dW_{ah}}",
        r"\frac{dp_{at}}{dW_{ai}} = x_{ti} + W_{ah} \frac{dh_t}{dW_{ai}}",
    )
    assert verdicts(*CELL, *claims)[4:] == ["holds", "holds", "fails", "holds", "fails"]


def test_a_letter_of_a_quantity_is_a_name_beside_words(verdicts):
    network = (
        r"q_t = W_q x_t + U_q h_{t-1}",
        r"r_t = \sigma(q_t)",
        r"h_t = r_t \odot \tanh(W_h x_t + U_h h_{t-1})",
        r"L = \frac{1}{2} \sum_{t=1}^T \|h_t - y_t\|^2",
    )
    claims = (
        r"\delta_{g_{r,t}} = \frac{\partial L}{\partial q_t}",
        r"\delta_{g_{new,t}} = \frac{\partial L}{\partial h_t}",
        r"\frac{\partial L}{\partial W_q} = \sum_t \delta_{g_{r,t}} x_t^\top",
        r"\frac{\partial L}{\partial W_q} = \sum_t \delta_{g_{new,t}} x_t^\top",
    )
    assert verdicts(*network, *claims)[4:] == ["definition", "definition", "holds", "fails"]


def test_a_derivative_by_what_stands_nowhere_else_explains_nothing(check):
    network = (
        r"h_t = \tanh(W x_t + U h_{t-1})",
        r"L = \frac{1}{2} \sum_{t=1}^T \|h_t - y_t\|^2",
    )
    claims = (
        r"\delta_{n,t} = \frac{\partial L}{\partial n_t} = \frac{\partial L}{\partial h_t} \odot (1 - h_t^2)",
        r"\frac{\partial L}{\partial U} = \sum_t \delta_{n,t} h_{t-1}^\top",
        r"\frac{\partial L}{\partial U} = \sum_t \delta_{n,t} h_t^\top",
    )
    named, right, wrong = check(*network, *claims)[2:]
    assert [claim.verdict for claim in named.claims] == ["unreadable", "definition"]
    assert (right.verdict, wrong.verdict) == ("holds", "fails")


def test_a_sum_over_members_that_are_named_one_by_one(verdicts):
    network = (
        r"h_t = \tanh(W x_t + U h_{t-1})",
        r"o_t = V h_t",
        r"L = \frac{1}{2} \sum_{t=1}^T \|o_t - y_t\|^2",
    )
    claims = (
        r"Q_1 = V^\top (o_t - y_t)",
        r"Q_2 = U^\top ((1 - h_{t+1}^2) \odot \frac{\partial L}{\partial h_{t+1}})",
        r"\frac{\partial L}{\partial h_t} = \sum_{k=1}^2 Q_k",
        r"\frac{\partial L}{\partial h_t} = Q_1 + Q_2",
        r"\frac{\partial L}{\partial h_t} = Q_1",
    )
    found = verdicts(*network, *claims)[3:]
    assert found[2:] == ["holds", "holds", "fails"]


def test_entries_by_number_beside_a_step_above(legended):
    legend = r"""
[network]
equations = [
  'p_t = A x_t + B p_{t-1}',
  'q_t = \tanh(p_t)',
  'o_t = c^\top q_t',
  'E_t = \frac{1}{2} (o_t - y_t)^2',
]
loss = 'E_t'
[symbols]
'x' = { role = "input", shape = [], time = true }
'A' = { role = "parameter", shape = ["H"] }
'B' = { role = "parameter", shape = ["H", "H"] }
'c' = { role = "parameter", shape = ["H"] }
[aliases]
'a' = 'A'
'b' = 'B'
"""
    rows = (rf"a_{n} x_t + b_{{{n} 1}} p_1^{{t-1}} + b_{{{n} 2}} p_2^{{t-1}}" for n in (1, 2))
    written = rf"p_t = \begin{{pmatrix}} {next(rows)} \\ {next(rows)} \end{{pmatrix}}"
    left, ones, right = r"\mathrm{diag}(c)", r"\mathbb{1} \mathbb{1}^T", r"\mathrm{diag}(p_{t-1})"
    slope = r"\mathrm{diag}(1 - q_t^2)"
    swapped = written.replace("b_{1 2} p_2", "b_{2 1} p_2")
    claims = (
        r"o_t = c_1 q_1^t + c_2 q_2^t",
        r"o_t = c_1 q_1^t + c_2 q_1^t",
        r"\frac{\partial o_t}{\partial b_{1 2}} = c_1 (1 - (q_1^t)^2) p_2^{t-1}",
        r"\frac{\partial o_t}{\partial b_{1 2}} = c_1 (1 - (q_1^t)^2) p_1^{t-1}",
        rf"\frac{{\partial o_t}}{{\partial B}} = {left} {slope} {ones} {right}",
        rf"\frac{{\partial o_t}}{{\partial B}} = {left} {ones} {slope} {right}",
    )
    found = legended(legend, written, *claims)[1:]
    assert found == ["definition", "fails", "conditional", "fails", "conditional", "fails"]
    assert legended(legend, written, swapped)[1] == "fails"


def test_a_letter_above_a_matrix_is_an_exponent_where_no_other_carries_one(verdicts):
    page = (
        r"h_t = W h_{t-1} + U x_t",
        r"L = \frac{1}{2} \sum_{t=1}^T \|h_t - y_t\|^2",
        r"\frac{\partial h_t}{\partial h_0} = W^t",
        r"\frac{\partial h_t}{\partial h_1} = W^{t-1}",
        r"\frac{\partial h_t}{\partial h_1} = W^t",
        r"\frac{\partial h_t}{\partial h_k} = W^{t-k} \quad \text{for } k \le t",
    )
    assert verdicts(*page)[2:] == ["holds", "holds", "fails", "holds"]


@pytest.mark.parametrize(
    ("right", "verdict"), [(r"\frac{y}{p} p (1 - p) - (1 - y) p", "holds"), ("y - p", "holds"), ("p - y", "fails")]
)
def test_what_stands_in_the_exponent_of_e_alone_is_no_index(verdicts, right, verdict):
    page = (r"L = y \log p + (1 - y) \log(1 - p)", r"p = \frac{1}{1 + e^{-z}}")
    assert verdicts(*page, rf"\frac{{\partial L}}{{\partial z}} = {right}")[2:] == [verdict]


def test_what_stands_above_a_letter_that_differentiates_it_is_an_exponent(verdicts):
    page = (r"\frac{d}{dx}(x^n) = n x^{n-1}", "u = x^3", "y = u^2", r"\frac{dy}{dx} = 6x^5")
    assert verdicts(*page) == ["unreadable", "definition", "definition", "conditional"]


def test_a_letter_below_a_matrix_that_counts_nothing_is_a_name(verdicts):
    page = ("h_t = f(W h_{t-1} + U x_t)", r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(f'(z)) W_s")
    assert verdicts(*page)[1:] == ["unreadable"]
    rows = ("z_i = W_i x", r"\frac{\partial z_i}{\partial x} = W_i")
    assert verdicts("z = W x", *rows)[1:] == ["holds", "holds"]


def test_the_unit_vector_e_j_is_beside_the_exponential(verdicts):
    page = (
        "y_t = V h_t",
        r"p_t = \frac{e^{y_t}}{\sum_{i=1}^{n_y} e^{y_{t,i}}}",
        r"l_t = -\sum_{i=1}^{n_y} z_{t,i} \log p_{t,i}",
        r"L = \sum_{t=1}^T l_t",
        r"\frac{\partial L}{\partial y_t} = p_t - e_j",
        r"\frac{\partial L}{\partial y_t} = p_t - z_t",
    )
    assert verdicts(*page)[1:] == ["definition"] * 3 + ["unreadable", "holds"]


def test_the_number_of_steps_may_be_named_in_letters(verdicts):
    page = (
        "h_t = f(W h_{t-1} + x_t)",
        r"l_t = \frac{1}{2} \|h_t - y_t\|^2",
        r"L = \sum_{t=1}^{n_{seq}} l_t",
        r"\frac{\partial L}{\partial W} = \sum_{t=1}^{n_{seq}} \frac{\partial l_t}{\partial W}",
        r"\frac{\partial L}{\partial W} = 2 \sum_{t=1}^{n_{seq}} \frac{\partial l_t}{\partial W}",
    )
    assert verdicts(*page)[3:] == ["holds", "fails"]


WRITTEN_OUT = ("o_1 = f(x_1 W)", "o_2 = f(x_2 W + o_1 W_h)", r"\hat y = \sigma(o_2 W_y)", r"L = (\hat y - y)^2")


def test_a_last_step_beside_steps_by_number_is_none_of_them(verdicts):
    chain = r"\frac{\partial L}{\partial W_h} = \frac{\partial L}{\partial o_2} \frac{\partial o_2}{\partial W_h}"
    last = r"\frac{\partial L}{\partial W} = \frac{\partial L}{\partial o_T} \frac{\partial o_T}{\partial W}"
    assert verdicts(*WRITTEN_OUT, last, chain)[4:] == ["unreadable", "holds"]
