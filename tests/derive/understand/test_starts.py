"""What a quantity is at one place: the start of its recursion, or a claim about its equation."""

import pytest

ELMAN = (
    r"h_t = \tanh(W h_{t-1} + U x_t)",
    r"o_t = V h_t",
    r"p_t = \mathrm{softmax}(o_t)",
    r"L = \sum_{t=1}^T \frac{1}{2} \|o_t - y_t\|^2",
)
PERCEPTRON = (
    r"z^l = W^l a^{l-1} + b^l",
    r"a^l = \tanh(z^l)",
    r"a^0 = x",
    r"C = \frac{1}{2} \|a^L - y\|^2",
)
ADJOINT = r"\delta_t := \frac{\partial L}{\partial h_t}"
OF_LAYERS = r"\delta^l := \frac{\partial C}{\partial z^l}"


@pytest.mark.parametrize(
    "false",
    [
        (*ELMAN, "h_T = 0"),
        (*ELMAN, "h_3 = 0"),
        (*ELMAN, "h_t = 0"),
        (*ELMAN, "h_T = h_{T-1}"),
        (*ELMAN, "o_1 = 0"),
        (*ELMAN, "h_0 = h_1"),
        (*ELMAN, r"h_2 = \tanh(W h_0 + U x_2)"),  # reads two steps back, which makes its recursion no longer
        (*ELMAN, r"h_3 = \tanh(W h_1 + U x_3)"),
        (*ELMAN, r"h_{t-1} = \tanh(W h_{t-1} + U x_t)"),  # the side of the equation at another step
        (*ELMAN, r"h_{t+1} = \tanh(W h_{t-1} + U x_t)"),
        (*ELMAN, "o_{t-1} = V h_t"),
        (*ELMAN, r"p_{t+1} = \mathrm{softmax}(o_t)"),
        (*ELMAN, "h_0 = 0", "h_0 = 1"),
        (*ELMAN, "h_0 = 0", "h_1 = 0"),
        (*ELMAN, ADJOINT, r"\delta_T = 0"),
        (*ELMAN, ADJOINT, r"\delta_{T+1} = 1"),
        (*ELMAN, ADJOINT, r"\delta_1 = 0"),
        (*ELMAN, ADJOINT, r"\delta = 0"),
        (*PERCEPTRON, "a^L = 0"),
        (*PERCEPTRON, OF_LAYERS, r"\delta^L = 0"),
        (*PERCEPTRON, OF_LAYERS, r"\delta^L = a^L - y"),
        (*PERCEPTRON, OF_LAYERS, r"\delta^{l} = 0"),
        (*PERCEPTRON, "z^1 = W^1 x"),
    ],
)
def test_a_number_or_another_formula_inside_is_a_claim(verdicts, false):
    assert verdicts(*false)[-1] == "fails"


@pytest.mark.parametrize(
    "page",
    [
        (*ELMAN, "h_0 = 0"),
        (*ELMAN, "h_1 = 0"),
        (*ELMAN, r"h_1 = \tanh(U x_1)"),
        (*ELMAN, "o_t = V h_t", r"\mathbf{h}_t = \tanh(W \mathbf{h}_{t-1} + U x_t)"),
        (*PERCEPTRON, r"a^L = \mathrm{softmax}(z^L)"),
        (r"h_t = \tanh(W h_{t-2} + U x_t)", "h_0 = 0", "h_1 = 0"),
        (r"g_t = \tanh(W g_{t+1} + U x_t)", "g_T = 0"),
    ],
)
def test_a_start_is_a_definition(verdicts, page):
    assert set(verdicts(*page)) == {"definition"}


@pytest.mark.parametrize("start", ["h_{T+1} = 0", "h_{T+1} = b", r"\ell_0 = 0", "o_0 = 0"])
def test_where_nothing_reads_it_a_start_says_nothing(verdicts, start):
    page = (*ELMAN[:3], r"\ell_t = \frac{1}{2} \|o_t - y_t\|^2", r"L = \sum_{t=1}^T \ell_t")
    assert verdicts(*page, start)[-1] == "unknown"


def test_a_number_beside_another_one_is_no_definition(verdicts):
    assert verdicts(*ELMAN, "U = 0", "U = 1")[-2:] == ["definition", "unknown"]


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"h_1 = \tanh(U x_1)", "holds"),
        (r"\frac{\partial h_1}{\partial W} = 0", "holds"),
        (r"\frac{\partial h_2}{\partial W} = 0", "fails"),
        (
            r"\frac{\partial L}{\partial W} ="
            r" \sum_{t=2}^T \mathrm{diag}(1 - h_t^2) \frac{\partial L}{\partial h_t} h_{t-1}^\top",
            "holds",
        ),
    ],
)
def test_a_start_counts(verdicts, claim, verdict):
    assert verdicts(*ELMAN, "h_0 = 0", claim)[-1] == verdict


def test_the_first_layer_reads_the_input(verdicts):
    claims = ("z^1 = W^1 x + b^1", r"\frac{\partial C}{\partial W^1} = \frac{\partial C}{\partial z^1} x^\top")
    assert verdicts(*PERCEPTRON, *claims)[-2:] == ["holds", "holds"]


@pytest.mark.parametrize(
    ("itself", "verdict"), [("L = 2 L", "fails"), ("W = 2 W", "unreadable"), ("h_t = 2 h_t", "unreadable")]
)
def test_what_is_defined_by_itself_is_no_definition(verdicts, itself, verdict):
    assert verdicts(itself) == [verdict]


def test_a_row_of_ones_sums(verdicts):
    found = verdicts(*ELMAN, r"\mathbf{1}^\top p_t = 1", r"\mathbf{1}^\top p_t = 2", r"\mathbf{1} - p_t = 1 - p_t")
    assert found[-3:] == ["holds", "fails", "holds"]


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\mathrm{diag}(1 - h_t^2) W \frac{\partial h_{t-1}}{\partial h_{t-4}}", "holds"),
        (r"\prod_{i=t-3}^{t} \frac{\partial h_i}{\partial h_{i-1}}", "holds"),
        (r"\prod_{i=t}^{t-3} \frac{\partial h_i}{\partial h_{i-1}}", "holds"),
        (r"\prod_{i=t}^{t-3} \left( \mathrm{diag}(1 - h_i^2) W \right)", "holds"),
        (r"\prod_{i=t-3}^{t} \left( \mathrm{diag}(1 - h_i^2) W \right)", "fails"),
        (r"\prod_{i=t}^{t-2} \frac{\partial h_i}{\partial h_{i-1}}", "fails"),
    ],
)
def test_far_steps_and_products_that_run_down(verdicts, claim, verdict):
    assert verdicts(*ELMAN, rf"\frac{{\partial h_t}}{{\partial h_{{t-4}}}} = {claim}")[-1] == verdict


def test_a_derivative_that_is_read_in_two_ways_is_named_first(check):
    claim = (
        r"\frac{\partial h_t}{\partial W} = \frac{\partial h_t}{\partial W}"
        r" + \frac{\partial h_t}{\partial h_{t-1}} \frac{\partial h_{t-1}}{\partial W}"
    )
    (found,) = check(*ELMAN, claim)[-1].claims
    assert found.verdict == "holds"
    assert [(r.partial, r.taken) for r in found.readings[:2]] == [("∂h(t)/∂W", "total"), ("∂h(t)/∂W", "direct")]
    (turned,) = check(*ELMAN, claim.replace("+", "-"))[-1].claims  # the direct one, if the left is not the whole
    assert turned.verdict == "fails"


def test_a_product_of_what_the_jacobians_are_has_the_order_of_theirs(verdicts):
    chain = r"\frac{\partial h_t}{\partial h_k} = \prod_{i=k+1}^t \frac{\partial h_i}{\partial h_{i-1}} = "
    body = r"\prod_{i=%s}^t (\mathrm{diag}(1 - h_i^2) W)"
    assert verdicts(*ELMAN, chain + body % "k+1")[-1] == "holds"
    assert verdicts(*ELMAN, chain + body % "k")[-1] == "fails"
    assert verdicts(*ELMAN, chain + body.replace("W", r"W^\top") % "k+1")[-1] in ("fails", "unknown")


def test_a_network_with_an_equation_at_step_zero_runs_there(verdicts):
    page = (
        "a^t = w x^t + v h^{t-1} + b",
        "a^0 = w x^0 + b",
        r"h^t = \sigma(a^t)",
        r"\hat{y}^t = u h^t + d",
        r"L = \sum_{t=0}^T L^t",
        r"L^t = \frac{1}{2} (y^t - \hat{y}^t)^2",
    )
    claims = (
        r"\frac{\partial h^0}{\partial b} = \sigma'(a^0)",
        r"\frac{\partial h^0}{\partial b} = 0",
        r"\frac{\partial h^0}{\partial v} = 0",
        r"\frac{\partial h^0}{\partial v} = \sigma'(a^0)",
        r"\frac{\partial L}{\partial d} = -\sum_{t=0}^T (y^t - \hat{y}^t)",
        r"\frac{\partial L}{\partial d} = -\sum_{t=1}^T (y^t - \hat{y}^t)",
    )
    assert verdicts(*page, *claims)[6:] == ["holds", "fails"] * 3
    given = ("a^t = w x^t + v h^{t-1} + b", r"h^t = \sigma(a^t)", "h^0 = 0")
    assert verdicts(*given, claims[0])[-1] != "holds"


def test_a_name_for_one_derivative_is_none_for_another_at_the_end(verdicts):
    """However many formulas for it follow, which say nothing of the last step."""
    named = r"\delta_t = \frac{\partial L}{\partial h_t}"
    before = r"\delta_t = V^\top \frac{\partial L}{\partial o_t} \quad \text{for } t < T"
    ends = [rf"\delta_T = {factor} V^\top \frac{{\partial L}}{{\partial o_T}}" for factor in ("", "2")]
    assert verdicts(*ELMAN, named, *ends, before)[4:] == ["definition", "holds", "fails", "fails"]
    assert verdicts(*ELMAN, before, *ends, named)[4:] == ["fails", "holds", "fails", "definition"]


def test_an_equation_without_what_the_page_differentiates_by_comes_before_another(verdicts):
    short, whole = r"h_t = \tanh(U x_t + b)", r"h_t = \tanh(U x_t + W h_{t-1} + b)"
    loss = r"L = \frac{1}{2} \sum_t \|h_t - y_t\|^2"
    claims = [
        rf"\frac{{\partial L}}{{\partial W}} = \sum_t ((1 - h_t^2) \odot \frac{{\partial L}}{{\partial h_t}}) {h}^\top"
        for h in ("h_{t-1}", "h_t")
    ]
    assert verdicts(short, whole, loss, *claims) == ["unknown", "definition", "definition", "holds", "fails"]
    assert verdicts(whole, short, loss)[:2] == ["definition", "fails"]
