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


SHALLOW = (r"z_1 = W_1 x + b_1", r"a_1 = \sigma(z_1)", r"z_2 = W_2 a_1 + b_2", r"a_2 = \sigma(z_2)")


@pytest.mark.parametrize(
    ("loss", "delta"),
    [
        (r"L = -(y \ln a_2 + (1 - y) \ln(1 - a_2))", r"(a_2 - y)"),
        (r"L = \frac{1}{2} (y - a_2)^2", r"((a_2 - y) \odot \sigma'(z_2))"),
    ],
)
def test_a_network_of_matrices_has_no_single_units_for_the_sake_of_its_loss(verdicts, loss, delta):
    claims = (
        rf"\frac{{\partial L}}{{\partial a_1}} = W_2^\top {delta}",
        rf"\frac{{\partial L}}{{\partial a_1}} = W_2 {delta}",
        rf"\frac{{\partial L}}{{\partial W_2}} = {delta} a_1^\top",
        rf"\frac{{\partial L}}{{\partial W_2}} = a_1 {delta}^\top",
    )
    found = verdicts(*SHALLOW, loss, *claims)[5:]
    assert found[:3] == ["holds", "fails", "holds"]
    assert found[3] not in ("holds", "conditional")


@pytest.mark.parametrize("inner", [r"z = w^\top x + b", "z = w x + b"])
def test_logistic_regression_has_one_output(verdicts, inner):
    page = (inner, r"a = \sigma(z)", r"L = -(y \log a + (1 - y) \log(1 - a))")
    claims = [rf"\frac{{\partial L}}{{\partial w}} = (a {sign} y) x" for sign in "-+"]
    assert verdicts(*page, *claims)[3:] == ["holds", "fails"]


def test_matrices_with_a_greek_capital(verdicts):
    network = (r"z = \Theta a", r"h = \sigma(z)", r"J = -(y \log h + (1 - y) \log(1 - h))")
    claims = [rf"\frac{{\partial J}}{{\partial a}} = {matrix} (h - y)" for matrix in (r"\Theta^\top", r"\Theta")]
    assert verdicts(*network, *claims)[3:] == ["holds", "fails"]


def test_a_sum_over_a_letter_that_stands_nowhere(verdicts):
    network = (*NETWORK[:2], r"\hat{y}_t = \frac{e^{o_t}}{\sum_i e^{o_{t,i}}}")
    for loss in (r"E_t = -\sum_{i=1}^n y_t \log \hat{y}_t", r"E_t = -\sum_{i=1}^n y_tlog\hat{y}_t"):
        assert verdicts(*network, loss, *CLAIMS)[3:] == ["definition", "holds", "fails", "holds", "fails"]


SAMPLES = (
    r"z^{[1](i)} = W^{[1]} x^{(i)} + b^{[1]}",
    r"a^{[1](i)} = \tanh(z^{[1](i)})",
    r"z^{[2](i)} = W^{[2]} a^{[1](i)} + b^{[2]}",
    r"\hat{y}^{(i)} = a^{[2](i)} = \sigma(z^{[2](i)})",
    r"J = -\frac{1}{m} \sum_{i=1}^m \left(y^{(i)} \log a^{[2](i)} + (1 - y^{(i)}) \log(1 - a^{[2](i)})\right)",
)


def test_a_cost_sums_samples_and_units(verdicts):
    claims = [
        r"\frac{\partial J}{\partial z^{[2](i)}} = \frac{1}{m} (a^{[2](i)} - y^{(i)})",
        r"\frac{\partial J}{\partial W^{[2]}} = \frac{1}{m} \sum_{i=1}^m (a^{[2](i)} - y^{(i)}) a^{[1](i)T}",
        r"\frac{\partial J}{\partial z^{[1](i)}} = W^{[2]T} \frac{\partial J}{\partial z^{[2](i)}} * (1 - a^{[1](i)2})",
    ]
    wrong = [
        claims[0].replace(r"\frac{1}{m}", ""),
        claims[1].replace("[1](i)T", "[1](i)"),
        claims[2].replace("]T", "]"),
    ]
    assert verdicts(*SAMPLES, *claims)[5:] == ["holds"] * 3
    assert "holds" not in verdicts(*SAMPLES, *wrong)[5:]


ONE_UNIT = (
    r"h = \sigma(W x)",
    r"\hat{y} = V h",
    r"L = \frac{1}{2} (\hat{y} - y)^2",
    r"\frac{\partial L}{\partial h} = (\hat{y} - y) V",
    r"\frac{\partial L}{\partial h} = (\hat{y} - y) V^\top",
)


def test_a_square_is_that_of_a_number_where_the_page_says_so(verdicts):
    assert verdicts(*ONE_UNIT)[3:] == ["fails", "fails"]
    assert verdicts(r"\hat{y} \in \mathbb{R}", *ONE_UNIT)[4:] == ["holds", "holds"]


@pytest.mark.parametrize("stated", [(), (r"\hat{y} \in \mathbb{R}",)])
def test_that_it_is_summed_is_said(conventions, stated):
    assert any(name == "products" for name, _ in conventions(*stated, *ONE_UNIT)) != bool(stated)
