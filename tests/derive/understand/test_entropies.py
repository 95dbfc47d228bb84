r"""A cross-entropy written like a product of numbers, `E_t = -y_t \log \hat y_t`, beside a softmax."""

import pytest

NETWORK = (r"s_t = \tanh(W s_{t-1} + U x_t)", "o_t = V s_t", r"\hat{y}_t = \mathrm{softmax}(o_t)")
LOSSES = (
    r"E_t = -y_t \log \hat{y}_t",
    r"E_t = -y_t \cdot \log(\hat{y}_t)",
    r"E_t(y_t, \hat{y}_t) = -y_t \log \hat{y}_t",
)
CLAIMS = (
    r"\frac{\partial E_t}{\partial o_t} = \hat{y}_t - y_t",
    r"\frac{\partial E_t}{\partial o_t} = y_t - \hat{y}_t",
    r"\frac{\partial E_t}{\partial V} = (\hat{y}_t - y_t) s_t^\top",
    r"\frac{\partial E_t}{\partial V} = (\hat{y}_t - y_t) s_{t-1}^\top",
)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_loss_of_a_step(verdicts, loss):
    assert verdicts(*NETWORK, loss, *CLAIMS)[3:] == ["definition", "holds", "fails", "holds", "fails"]


def test_the_loss_of_all_steps(verdicts):
    total = (r"E = \sum_t E_t = -\sum_t y_t \log \hat{y}_t", r"E = \sum_t y_t \log \hat{y}_t")
    assert verdicts(*NETWORK, LOSSES[0], *total)[4:] == ["holds", "fails"]


def test_an_output_by_entries_is_a_number(verdicts):
    page = (r"\hat{y} = \mathrm{softmax}(W x)", r"L = -\sum_i y_i \log \hat{y}_i")
    claims = [rf"\frac{{\partial L}}{{\partial \hat{{y}}_i}} = {sign}\frac{{y_i}}{{\hat{{y}}_i}}" for sign in ("-", "")]
    assert verdicts(*page, *claims) == ["definition", "definition", "holds", "fails"]


def test_rows(verdicts):
    page = (r"h_t = \tanh(x_t W + h_{t-1} U)", "o_t = h_t V", r"p_t = \mathrm{softmax}(o_t)", r"L_t = -y_t \log p_t")
    claims = [rf"\frac{{\partial L_t}}{{\partial V}} = h_t^\top (p_t {sign} y_t)" for sign in "-+"]
    assert verdicts(*page, *claims)[3:] == ["definition", "holds", "fails"]


@pytest.mark.parametrize(
    "loss",
    [
        (r"L = -(y \ln a^{[L]} + (1 - y) \ln(1 - a^{[L]}))",),
        (r"\hat{y} = a^{[L]}", r"L = -y \log \hat{y} - (1 - y) \log(1 - \hat{y})"),
    ],
)
def test_the_last_layer_may_have_more_units_than_one(verdicts, loss):
    network = (r"z^{[l]} = W^{[l]} a^{[l-1]} + b^{[l]}", r"a^{[l]} = g(z^{[l]})")
    claims = (
        r"\frac{\partial L}{\partial a^{[L]}} = -\frac{y}{a^{[L]}} + \frac{1 - y}{1 - a^{[L]}}",
        r"\frac{\partial L}{\partial a^{[l-1]}} = W^{[l]T} \frac{\partial L}{\partial z^{[l]}}",
        r"\frac{\partial L}{\partial a^{[l-1]}} = W^{[l]} \frac{\partial L}{\partial z^{[l]}}",
    )
    assert verdicts(*network, *loss, *claims)[2 + len(loss) :] == ["holds", "holds", "fails"]


def test_what_is_transposed_in_a_layer_is_no_number(verdicts):
    network = (r"z^{[l]} = W^{[l]} a^{[l-1]} + b^{[l]}", r"a^{[l]} = g(z^{[l]})", r"L = (a^{[L]} - y)^2")
    right = r"\frac{\partial L}{\partial a^{[l-1]}} = W^{[l]T} \frac{\partial L}{\partial z^{[l]}}"
    wrong = r"\frac{\partial L}{\partial a^{[l-1]}} = W^{[l]} \frac{\partial L}{\partial z^{[l]}}"
    assert verdicts(*network, right, wrong)[-1] not in ("holds", "conditional")


def test_a_sum_over_a_letter_that_stands_nowhere(verdicts):
    network = (*NETWORK[:2], r"\hat{y}_t = \frac{e^{o_t}}{\sum_i e^{o_{t,i}}}")
    for loss in (r"E_t = -\sum_{i=1}^n y_t \log \hat{y}_t", r"E_t = -\sum_{i=1}^n y_tlog\hat{y}_t"):
        assert verdicts(*network, loss, *CLAIMS)[3:] == ["definition", "holds", "fails", "holds", "fails"]
