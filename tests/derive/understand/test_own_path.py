"""∂c_t/∂c_k as the product of the forget gates: the path of a state through itself alone."""

import pytest

CELL = (
    r"f_t = \sigma(W_f x_t + U_f h_{t-1})",
    r"c_t = f_t \odot c_{t-1} + (1 - f_t) \odot \tanh(W x_t + U h_{t-1})",
    r"h_t = \tanh(c_t)",
)
LONG, FAR = r"\frac{\partial c_T}{\partial c_t}", r"\frac{\partial c_t}{\partial c_k}"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (rf"{LONG} = \prod_{{s=t+1}}^T \mathrm{{diag}}(f_s)", "conditional"),
        (rf"{FAR} = \prod_{{s=k+1}}^t f_s", "conditional"),
        (rf"{FAR} = \prod_{{s=k}}^t f_s", "fails"),
        (rf"{FAR} = \prod_{{s=k+1}}^t (1 - f_s)", "fails"),
        (rf"{FAR} = -\prod_{{s=k+1}}^t f_s", "fails"),
        (r"\frac{\partial h_t}{\partial h_k} = \prod_{s=k+1}^t f_s", "fails"),
        (r"\frac{d c_t}{d c_k} = \prod_{s=k+1}^t f_s", "fails"),  # d is all of it
    ],
)
def test_the_product_of_the_forget_gates(check, claim, verdict):
    [found] = check(*CELL, claim)[-1].claims
    assert found.verdict == verdict
    assert ("own-path" in found.assumptions) == (verdict == "conditional")


def test_what_the_page_has_said_in_full_is_the_whole(verdicts):
    full = rf"{FAR} = \prod_{{s=k+1}}^t \frac{{\partial c_s}}{{\partial c_{{s-1}}}}"
    assert verdicts(*CELL, full, rf"{FAR} = \prod_{{s=k+1}}^t \mathrm{{diag}}(f_s)")[-2:] == ["holds", "fails"]


def test_a_direct_derivative_never_stands_for_more(verdicts):
    elman = r"h_t = \tanh(W h_{t-1} + U x_t)"
    far = r"\frac{\partial^+ h_t}{\partial h_{t-2}}"
    both = r"\mathrm{diag}(1 - h_t^2) W \mathrm{diag}(1 - h_{t-1}^2) W"
    claims = (f"{far} = {both}", rf"{far} = \frac{{d h_t}}{{d h_{{t-2}}}}", f"{far} = 0")
    assert verdicts(elman, *claims)[1:] == ["fails", "fails", "holds"]
