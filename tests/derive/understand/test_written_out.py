"""Networks of a few units whose entries a page writes out, without a legend."""

CELL = (
    r"g_t = \sigma(A_g x_t + B_g h_{t-1})",
    r"n_t = f(A_h x_t + B_h h_{t-1})",
    r"h_t = \begin{pmatrix}"
    r" g_1^t h_1^{t-1} + f(a^h_1 x_t + b^h_{1 1} h_1^{t-1} + b^h_{1 2} h_2^{t-1}) \\"
    r" g_2^t h_2^{t-1} + f(a^h_2 x_t + b^h_{2 1} h_1^{t-1} + b^h_{2 2} h_2^{t-1}) \end{pmatrix}",
    r"o_t = V^\top h_t = v_1 h_1^t + v_2 h_2^t",
    r"E_t = \frac{1}{2} (y_t - o_t)^2",
)
INNER = r"f'(a^h_1 x_t + b^h_{1 1} h_1^{t-1} + b^h_{1 2} h_2^{t-1})"
GATE = r"\sigma'(a^g_1 x_t + b^g_{1 1} h_1^{t-1} + b^g_{1 2} h_2^{t-1})"


def test_entries_in_small_letters_of_arrays_in_capitals(verdicts):
    claims = (
        rf"\frac{{\partial o_t}}{{\partial a^g_1}} = v_1 h_1^{{t-1}} {GATE} x_t",
        rf"\frac{{\partial o_t}}{{\partial a^g_1}} = v_2 h_1^{{t-1}} {GATE} x_t",
        rf"\frac{{\partial o_t}}{{\partial b^h_{{1 2}}}} = v_1 {INNER} h_2^{{t-1}}",
        rf"\frac{{\partial o_t}}{{\partial b^h_{{1 2}}}} = v_1 {INNER} h_1^{{t-1}}",
    )
    assert verdicts(*CELL, *claims) == [
        *("definition", "definition", "definition", "holds", "definition"),
        *("conditional", "fails", "conditional", "fails"),
    ]


def test_a_loss_that_is_not_said_is_any_function_of_the_outputs(verdicts):
    network = (r"g_t = \sigma(W_g x_t + U_g h_{t-1})", r"h_t = g_t \odot h_{t-1}")
    claims = (
        r"\delta_{g_t} = \delta_{h_t} \odot h_{t-1} \odot g_t \odot (1 - g_t)",
        r"dW_g += \delta_{g_t} x_t^\top",
        r"dW_g += \delta_{h_t} x_t^\top",
    )
    assert [v == "holds" for v in verdicts(*network, *claims)[2:]] == [True, True, False]


RECURRENT = (r"h_t = \tanh(W h_{t-1} + U x_t)", r"L = \frac{1}{2} \sum_{t=1}^T \|h_t - y_t\|^2")


def test_a_product_that_runs_down_and_reaches_over_the_parameter_after_it(verdicts):
    head, body = r"\frac{\partial h_t}{\partial h_k}", r"\mathrm{diag}(1 - h_i^2) W \qquad (k < t)"
    claims = [
        rf"{head} = \prod_{{i={low}}}^{{{high}}} {body}" for low, high in (("t", "k+1"), ("t", "k"), ("k+1", "t"))
    ]
    assert verdicts(*RECURRENT, *claims)[2:] == ["holds", "fails", "fails"]


def test_one_transposed_jacobian_is_wrong_only_where_another_has_the_usual_layout(verdicts):
    turned = r"\frac{\partial h_t}{\partial h_{t-1}} = W^\top \mathrm{diag}(1 - h_t^2)"
    usual = r"\frac{\partial h_t}{\partial x_t} = \mathrm{diag}(1 - h_t^2) U"
    assert verdicts(*RECURRENT, turned)[2:] == ["unknown"]
    assert verdicts(*RECURRENT, turned, usual)[2:] == ["fails", "holds"]


def test_rows_with_dots_between_them_are_no_size(check):
    network = (r"z = W x", r"p = \mathrm{softmax}(z)", r"L = -\sum_i y_i \log p_i")
    rows = (
        r"\frac{\partial L}{\partial z} = \begin{pmatrix} p_1 - y_1 \\ p_2 - y_2 \\ \vdots \\ p_n - y_n \end{pmatrix}"
    )
    claim = check(*network, rows, r"\frac{\partial L}{\partial z} = p - y")[-1].claims[0]
    assert claim.verdict == "holds"
    assert claim.range is not None
    assert claim.range.sizes == "all"
