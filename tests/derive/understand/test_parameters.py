"""A parameter that stands for any: the claim is decided for each of the network's."""

import pytest

NETWORK = (
    r"h_t = \tanh(W h_{t-1} + U x_t + b)",
    r"y_t = V h_t",
    r"L = \sum_{t=1}^T L_t",
    r"L_t = \ell(y_t, \hat y_t)",
)


def test_for_all_for_those_of_the_recurrence_for_none(check):
    blocks = check(
        *NETWORK,
        r"\frac{\partial L}{\partial \theta} = \sum_{t=1}^T \frac{\partial L_t}{\partial \theta}",
        r"\frac{\partial L_t}{\partial \theta} ="
        r" \frac{\partial L_t}{\partial h_t} \frac{\partial h_t}{\partial \theta}",
        r"\frac{\partial L}{\partial \theta} = 2 \sum_{t=1}^T \frac{\partial L_t}{\partial \theta}",
    )
    assert [block.verdict for block in blocks[4:]] == ["holds", "conditional", "fails"]
    assert "W, U, b, V" in blocks[4].claims[0].reason
    assert blocks[5].claims[0].reason.endswith("not V")


def test_a_name_that_stands_elsewhere_is_not_any_parameter(verdicts):
    claim = r"\frac{\partial L}{\partial q} = \sum_{t=1}^T \frac{\partial L_t}{\partial q}"
    assert verdicts(*NETWORK, r"z = q \text{ and more}", claim)[-1] != "fails"


@pytest.mark.parametrize("letter", ["C", "E", "J"])
def test_a_letter_of_losses_that_a_network_is_made_of_is_none(verdicts, letter):
    claims = [
        rf"\frac{{\partial L_t}}{{\partial h_t}} = {letter}^\top (y_t - \hat y_t)",
        rf"\frac{{\partial L_t}}{{\partial h_t}} = {letter}^\top (y_t + \hat y_t)",
        rf"\frac{{\partial y_t}}{{\partial h_t}} = {letter}",
    ]
    network = (NETWORK[0], rf"y_t = {letter} h_t", NETWORK[2], r"L_t = \frac{1}{2} \|y_t - \hat y_t\|^2")
    assert verdicts(*network, *claims)[4:] == ["holds", "fails", "holds"]
