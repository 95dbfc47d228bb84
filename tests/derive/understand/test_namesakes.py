r"""Functions that have the letter of what they make, `a^l = a(z^l)`."""

import pytest

NETWORK = (
    r"z^l = W^l a^{l-1} + b^l",
    r"a^l = a(z^l)",
    r"C = \frac{1}{2} \|a^L - y\|^2",
    r"\delta^l = \frac{\partial C}{\partial z^l}",
)


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\delta^L = (a^L - y) \odot a'(z^L)", "holds"),
        (r"\delta^l = (W^{l+1})^\top \delta^{l+1} \odot a'(z^l)", "holds"),
        (r"\delta^L = (a^L + y) \odot a'(z^L)", "fails"),
        (r"\delta^L = (a^L - y) \odot a(z^L)", "fails"),
        (r"\delta^L = (a^L - y) \odot a'(a^L)", "fails"),
        (r"\delta^l = W^{l+1} \delta^{l+1} \odot a'(z^l)", "fails"),
    ],
)
def test_a_function_by_the_letter_of_what_it_makes(verdicts, claim, verdict):
    assert verdicts(*NETWORK, claim) == [*["definition"] * 4, verdict]


def test_a_letter_before_a_step_is_no_function(verdicts):
    network = (r"h_t = \tanh(W h_{t-1} + U x_t)", r"h_t = h(t)")
    assert verdicts(*network, r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W")[-1] == "holds"


def test_a_loss_of_a_step_by_the_letter_of_the_loss_is_read_as_one(verdicts):
    network = (r"h_t = \tanh(W h_{t-1} + U x_t)", r"p_t = \mathrm{softmax}(V h_t)", r"L = \sum_{t=1}^T L_t")
    loss = r"L_t = L(y_t, g(h_t)) = -y_t^\top \log p_t"
    claims = [rf"\frac{{\partial L}}{{\partial V}} = \sum_{{t=1}}^T (p_t {sign} y_t) h_t^\top" for sign in "-+"]
    assert verdicts(*network, loss, *claims)[3:] == ["definition", "holds", "fails"]
