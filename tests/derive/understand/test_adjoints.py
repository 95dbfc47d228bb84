r"""Names of gradients that a page uses without saying what they are: δ^a_t, \delta_{h, future}, \Delta W, dW."""

import pytest

NETWORK = (
    r"a_t = W h_{t-1} + U x_t + b",
    r"h_t = \tanh(a_t)",
    r"o_t = V h_t + c",
    r"L = \frac{1}{2} \sum_{t=1}^T \|o_t - y_t\|^2",
)
CELL = (
    r"g_t = \sigma(W_g x_t + U_g h_{t-1} + b_g)",
    r"h_t = g_t \odot h_{t-1}",
    r"L = \frac{1}{2} \sum_{t=1}^T \|h_t - y_t\|^2",
)


def test_the_quantity_in_the_scripts_is_what_the_gradient_is_by(verdicts):
    claims = (
        r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \delta^a_t h_{t-1}^\top",
        r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \delta_{a,t} h_t^\top",
        r"\delta^a_t = (1 - h_t^2) \odot \delta_{h_t}",
        r"\delta_{h_t} = V^\top (o_t - y_t) + W^\top \delta^a_{t+1}",
        r"\delta_{h_t} = V^\top (o_t - y_t) + W^\top \delta^a_t",
    )
    found = verdicts(*NETWORK, *claims)[4:]
    assert [v == "holds" for v in found] == [True, False, True, True, False]


def test_a_word_beside_it_is_a_path(verdicts):
    whole = r"\delta^h_t = V^\top (o_t - y_t) + \delta^{h, \text{later}}_t"
    twice = r"\delta^h_t = V^\top (o_t - y_t) + 2 \delta^{h, \text{later}}_t"
    part = r"\delta^{h, \text{later}}_t = W^\top \delta^a_{t+1}"
    wrong = r"\delta^{h, \text{later}}_t = W^\top \delta^a_t"
    assert verdicts(*NETWORK, whole)[4:] == ["holds"]
    assert verdicts(*NETWORK, part, whole, wrong)[4:6] == ["definition", "holds"]
    assert verdicts(*NETWORK, part, whole, wrong)[6] != "holds"
    assert verdicts(*NETWORK, twice)[4] != "holds"
    assert verdicts(*NETWORK, wrong, whole)[5] != "holds"


def test_the_argument_of_an_activation_where_the_formulas_say_so(verdicts):
    claims = (
        r"\delta_{g_t} = \delta_{h_t} \odot h_{t-1} \odot g_t \odot (1 - g_t)",
        r"\Delta W_g = \delta_{g_t} x_t^\top, \quad \Delta b_g = \sum \delta_{g_t}",
        r"\Delta U_g = \delta_{g_t} h_{t-1}^\top",
        r"\Delta U_g = \delta_{g_t} h_t^\top",
        r"\Delta b_g = \delta_{h_t}",
    )
    found = verdicts(*CELL, *claims)[3:]
    assert [v == "holds" for v in found] == [True, True, True, False, False]


def test_the_derivative_of_an_activation_by_its_value_is_a_condition(check):
    claims = (
        r"\delta_{g_t} = \delta_{h_t} \odot h_{t-1} \odot \sigma'(g_t)",
        r"dU_g += \delta_{g_t} h_{t-1}^\top",
        r"dU_g += \delta_{h_t} h_{t-1}^\top",
    )
    found = check(*CELL, *claims)[3:]
    assert [block.verdict for block in found[:2]] == ["conditional", "holds"]
    assert found[0].claims[0].assumptions == ("value-form",)
    assert found[2].verdict != "holds"


@pytest.mark.parametrize("step", ["t", "k", "n"])
def test_the_entries_of_a_delta_of_the_page_beside_kroneckers(verdicts, step):
    page = (
        rf"a_{step} = W h_{{{step}-1}} + U x_{step} + b",
        rf"h_{step} = \tanh(a_{step})",
        rf"L = \frac{{1}}{{2}} \sum_{{{step}=1}}^{{T}} \|h_{step} - y_{step}\|^2",
        rf"\delta_{step} = \frac{{\partial L}}{{\partial a_{step}}}",
        rf"\frac{{\partial L}}{{\partial U_{{ij}}}} = \sum_{{{step}=1}}^{{T}} \delta_{{{step},i}} x_{{{step},j}}",
        rf"\frac{{\partial L}}{{\partial U_{{ij}}}} = \sum_{{{step}=1}}^{{T}} \delta_{{{step},i}} x_{{{step},i}}",
        rf"\frac{{\partial h_{{{step},i}}}}{{\partial a_{{{step},j}}}} = (1 - h_{{{step},i}}^2) \delta_{{ij}}",
        rf"\frac{{\partial h_{{{step},i}}}}{{\partial a_{{{step},j}}}} = 1 - h_{{{step},i}}^2",
    )
    assert verdicts(*page)[4:] == ["holds", "fails", "holds", "fails"]


def test_a_delta_of_the_last_layer_is_no_kroneckers(verdicts):
    page = (
        "a_{0,j} = x_j",
        r"z_{l,j} = \sum_k w_{l,jk} a_{l-1,k} + b_{l,j}",
        r"a_{l,j} = \sigma(z_{l,j})",
        r"C = \frac{1}{2} \sum_j (a_{L,j} - y_j)^2",
        r"\delta_{l,j} = \frac{\partial C}{\partial z_{l,j}}",
        r"\delta_{L,j} = (a_{L,j} - y_j) a_{L,j} (1 - a_{L,j})",
        r"\delta_{L,j} = (a_{L,j} - y_j) a_{L,j}",
    )
    assert verdicts(*page)[-2:] == ["holds", "fails"]


REGRESSION = ("z = W x + b", r"p = \mathrm{softmax}(z)", r"L = -\sum_i y_i \log p_i")


def test_a_formula_for_dz_that_is_none_is_no_definition(verdicts):
    """Where the gradient needs that the target sums to one, as custom has it for a softmax."""
    assert verdicts(*REGRESSION, "dz = p - y", r"dW = dz\, x^\top")[3:] == ["holds", "holds"]
    assert verdicts(*REGRESSION, "dz = y - p", r"dW = dz\, x^\top")[3:] == ["unknown", "unknown"]


def test_a_gradient_by_what_leaves_its_step_out_is_no_share(verdicts):
    page = ("A = W x_t + U h_{t-1}", r"z_t = \sigma(A)", r"h_t = z_t \odot h_{t-1}")
    claims = [rf"\delta A = \delta z_t \odot z_t \odot (1 - z_t){power}" for power in ("", "^2")]
    found = verdicts(*page, r"\delta z_t = \delta h_t \odot h_{t-1}", *claims)
    assert found[-2] == "holds" and found[-1] != "holds"


LAYERS = (
    r"Z^{[1]} = W^{[1]} X + b^{[1]}",
    r"A^{[1]} = g_{\text{ReLU}}(Z^{[1]})",
    r"Z^{[2]} = W^{[2]} A^{[1]} + b^{[2]}",
    r"A^{[2]} = \mathrm{softmax}(Z^{[2]})",
)


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        (
            (
                r"dW^{[2]} = \frac{1}{m} dZ^{[2]} A^{[1]T}",
                r"db^{[2]} = \frac{1}{m} \sum dZ^{[2]}",
                r"dZ^{[1]} = W^{[2]T} dZ^{[2]} * g^{[1]\prime}(Z^{[1]})",
                r"dW^{[1]} = \frac{1}{m} dZ^{[1]} X^T",
            ),
            ["holds"] * 4,
        ),
        (
            (
                r"dW^{[2]} = dZ^{[2]} A^{[1]T}",
                r"dZ^{[1]} = W^{[2]T} dZ^{[2]} * g^{[1]\prime}(Z^{[1]})",
                r"dW^{[1]} = dZ^{[1]} X^T",
            ),
            ["holds"] * 3,
        ),
        ((r"dW^{[2]} = \frac{1}{m} dZ^{[2]} A^{[1]T}", r"dW^{[1]} = dZ^{[1]} X^T"), ["holds", "unknown"]),
        (
            (
                r"dW^{[2]} = \frac{1}{m} dZ^{[2]} A^{[1]T}",
                r"dZ^{[1]} = W^{[2]T} dZ^{[2]} * g^{[1]\prime}(Z^{[2]})",
                r"dZ^{[1]} = W^{[2]T} dZ^{[2]} * g^{[1]\prime}(A^{[1]})",
            ),
            ["holds", "unknown", "unknown"],
        ),
    ],
)
def test_a_mean_over_samples_of_which_the_page_says_no_more(verdicts, claims, expected):
    """dZ is m ∂L/∂Z where dW has its 1/m, whatever the loss; g' is the slope of what is applied to the same."""
    assert verdicts(*LAYERS, *claims)[len(LAYERS) :] == expected


def test_a_formula_whose_shape_fits_no_custom_settles_nothing(verdicts):
    page = (r"z^{(i)} = w^\top x^{(i)} + b", r"a^{(i)} = \sigma(z^{(i)})")
    cost = r"J = \frac{1}{m} \sum_{i=1}^m (a^{(i)} - y^{(i)})^2"
    assert "holds" not in verdicts(*page, cost, r"dz^\top = a^\top - y^\top", r"da^\top = a")


def test_kronecker_after_a_jacobian_is_no_name_of_it(check_text):
    page = r"""
$$a_i[t] = \sum_{j} W_{ij} h_j[t-1] + \sum_{j} U_{ij} x_j[t]$$

$$h_i[t] = \tanh(a_i[t])$$

$$\frac{\partial h_i[t]}{\partial a_j[t]} = \delta_{ij}$$

$$\frac{\partial h_i[t]}{\partial a_j[t]} = (1 - h_i[t]^2) \delta_{ij}$$
"""
    assert check_text(page) == ["definition", "definition", "fails", "holds"]


BARS = (
    "a_t = U h_{t-1} + W x_t",
    r"h_t = \tanh(a_t)",
    "o_t = V h_t",
    r"L = \sum_{t=1}^T \ell_t(o_t, y_t)",
    r"q_t = \nabla_{o_t} \ell_t",
    r"\bar h_t = V^\top q_t + U^\top \bar a_{t+1}",
    r"\bar a_t = \bar h_t \odot (1 - h_t \odot h_t)",
)


def test_bars_of_automatic_differentiation(verdicts, conventions):
    claims = (
        r"\nabla_U L = \sum_{t=1}^T \bar a_t h_{t-1}^\top",
        r"\nabla_U L = \sum_{t=1}^T \bar h_t h_{t-1}^\top",
        r"\nabla_{x_t} L = W^\top \bar a_t",
        r"\nabla_{x_t} L = W \bar a_t",
    )
    found = verdicts(*BARS, *claims)
    assert found[5:7] == ["holds", "holds"]
    assert [v == "holds" for v in found[7:]] == [True, False, True, False]
    assert ("the name adjoint h", "∂L/∂h") in conventions(*BARS)


def test_a_bar_over_a_mean_is_none_of_them(verdicts):
    page = (r"\bar x = \frac{1}{m} \sum_{i=1}^m x_i", r"z_i = x_i - \bar x", r"\sum_{i=1}^m z_i = 0")
    assert verdicts(*page) == ["definition", "definition", "holds"]
