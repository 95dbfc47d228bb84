r"""The losses of later steps, L_{>t}, and that of the last, L_T, beside names with words, L_{seq}."""

import pytest

NETWORK = (
    r"h_t = \tanh(W x_t + U h_{t-1})",
    r"o_t = V h_t",
    r"L_{seq} = \sum_{t=1}^T L_t",
    r"\delta_t = \frac{\partial L_t}{\partial o_t}",
)


WHOLE, LAST = r"\frac{\partial L}{\partial h_t}", r"\frac{\partial L_T}{\partial h_T}"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (rf"{WHOLE} = \frac{{\partial L_t}}{{\partial h_t}} + \frac{{\partial L_{{>t}}}}{{\partial h_t}}", "holds"),
        (rf"{WHOLE} = \frac{{\partial L_t}}{{\partial h_t}} - \frac{{\partial L_{{>t}}}}{{\partial h_t}}", "fails"),
        (rf"{WHOLE} = \frac{{\partial L_{{\ge t}}}}{{\partial h_t}}", "holds"),
        (rf"{WHOLE} = \frac{{\partial L_{{>t}}}}{{\partial h_t}}", "conditional"),  # on one path
        (rf"{WHOLE} = \frac{{\partial L_{{\le t}}}}{{\partial h_t}}", "conditional"),
        (r"\frac{\partial L_{<t}}{\partial h_t} = 0", "holds"),
        (rf"{LAST} = V^\top \delta_T", "holds"),
        (rf"{LAST} = V \delta_T", "fails"),
        (rf"{LAST} = V^\top \delta_{{T-1}}", "fails"),
    ],
)
def test_the_losses_of_other_steps(verdicts, claim, verdict):
    assert verdicts(*NETWORK, claim)[-1] == verdict


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        (r"\mathrm{diag}(1 - h_j^2) U", "holds"),
        (r"(\mathrm{diag}(1 - h_j^2) U)", "holds"),
        (r"(\mathrm{diag}(1 - h_j^2) U^\top)", "fails"),
        (r"(U \mathrm{diag}(1 - h_j^2))", "fails"),
        (r"(\mathrm{diag}(1 + h_j^2) U)", "fails"),
    ],
)
def test_a_product_of_what_the_page_says_that_jacobians_are(verdicts, body, verdict):
    page = (*NETWORK, r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) U")
    across = rf"\frac{{\partial h_t}}{{\partial h_k}} = \prod_{{j=k+1}}^t {body}"
    assert verdicts(*page, across)[-1] == verdict


def test_what_is_differentiated_by_stands_in_a_formula_without_its_name(verdicts):
    page = (r"a_t = U x_t + V h_{t-1} + b", r"h_t = \tanh(a_t)")
    claims = (
        r"\frac{\partial h_i}{\partial a_i} = \frac{\partial \tanh(U x_i + V h_{i-1} + b)}{\partial a_i}",
        r"\frac{\partial h_i}{\partial a_i} = \frac{\partial \tanh(U x_i + V h_{i-1})}{\partial a_i}",
        r"\frac{\partial h_i}{\partial a_i} = -\frac{\partial \tanh(U x_i + V h_{i-1} + b)}{\partial a_i}",
    )
    assert verdicts(*page, *claims)[2:] == ["holds", "fails", "fails"]
