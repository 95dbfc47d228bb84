r"""The entry of the true class in brackets, `\log p_t[c_t]`, and what the target is called."""

import pytest

NETWORK = (r"h_t = \tanh(W h_{t-1} + U x_t)", "o_t = V h_t", r"p_t = \mathrm{softmax}(o_t)")


@pytest.mark.parametrize("target", ["c_t", "e_t", r"\text{target}_t"])
@pytest.mark.parametrize("loss", [r"-\log p_t[{}]", r"-\log(p_t[{}])"])
def test_it_is_what_the_page_takes_from_the_softmax(verdicts, loss, target):
    label = "c_t" if target == "e_t" else target
    claims = [rf"\frac{{\partial L_t}}{{\partial V}} = (p_t {sign} {target}) h_t^\top" for sign in "-+"]
    assert verdicts(*NETWORK, f"L_t = {loss.format(label)}", *claims)[3:] == ["definition", "holds", "fails"]


def test_what_the_network_computes_is_no_target(verdicts):
    claims = [rf"\frac{{\partial L_t}}{{\partial o_t}} = p_t - {target}" for target in ("h_t", "o_t", "x_t")]
    assert "holds" not in verdicts(*NETWORK, r"L_t = -\log p_t[c_t]", *claims)[4:]


def test_of_two_names_neither_is_the_target(verdicts):
    claims = [rf"\frac{{\partial L_t}}{{\partial o_t}} = p_t - {target}" for target in ("e_t", "d_t")]
    assert verdicts(*NETWORK, r"L_t = -\log p_t[c_t]", *claims)[4:] == ["unreadable"] * 2
