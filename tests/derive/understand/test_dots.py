r"""Dots with both ends given: sums and products that `\dots` and `\cdots` abbreviate."""

import pytest

NETWORK = (
    r"h_t = \tanh(W h_{t-1} + U x_t + b)",
    r"o_t = V h_t + c",
    r"L_t = \frac{1}{2} \|o_t - y_t\|^2",
    r"L = \sum_{t=1}^T L_t",
)
ACROSS = r"\frac{\partial h_t}{\partial h_k} ="
GIVEN = r"\quad \text{for } k < t"
SLOPE = r"\mathrm{diag}(1 - h_{%s}^2) W"
FIRST = r"\frac{\partial h_t}{\partial h_{t-1}} \frac{\partial h_{t-1}}{\partial h_{t-2}} \cdots"
OUTER = r"\frac{\partial L}{\partial V} = (o_1 - y_1) h_1^\top + (o_2 - y_2) h_2^\top + \cdots +"
BEFORE = r"\frac{\partial L}{\partial V} = (o_1 - y_1) h_0^\top + (o_2 - y_2) h_1^\top + \cdots +"


@pytest.mark.parametrize(
    ("formula", "verdict"),
    [
        (r"L = L_1 + L_2 + \dots + L_T", "holds"),
        (r"L = L_1 + \dots + L_T", "holds"),
        (r"L = L_T + \dots + L_1", "holds"),
        (r"L = L_1 + L_2 + \dots + L_{T-1}", "fails"),
        (r"L = L_1 + L_3 + \dots + L_T", "unreadable"),
        (r"L = L_1 - L_2 + \dots + L_T", "unreadable"),
        (r"L = L_1 + L_2 + \dots", "unreadable"),
        (r"L = L_1 + (\dots + L_T)", "unreadable"),
        (rf"{OUTER} (o_T - y_T) h_T^\top", "holds"),
        (rf"{OUTER} (o_T - y_T) h_{{T-1}}^\top", "unreadable"),
        (rf"{BEFORE} (o_T - y_T) h_{{T-1}}^\top", "fails"),
        (rf"{ACROSS} {FIRST} \frac{{\partial h_{{k+1}}}}{{\partial h_k}} {GIVEN}", "holds"),
        (rf"{ACROSS} {FIRST} \frac{{\partial h_{{k+2}}}}{{\partial h_{{k+1}}}} {GIVEN}", "fails"),
        (rf"{ACROSS} {SLOPE % 't'} {SLOPE % 't-1'} \cdots {SLOPE % 'k+1'} {GIVEN}", "holds"),
        (rf"{ACROSS} {SLOPE % 'k+1'} {SLOPE % 'k+2'} \cdots {SLOPE % 't'} {GIVEN}", "fails"),
        (rf"{ACROSS} {SLOPE % 't'} \cdots {SLOPE % 'k+1'} {GIVEN}", "unreadable"),
    ],
)
def test_dots(verdicts, formula, verdict):
    assert verdicts(*NETWORK, formula)[-1] == verdict


def test_a_product_of_named_jacobians_is_that_of_their_chain(verdicts):
    named = (*NETWORK, r"c_t = \frac{\partial h_t}{\partial h_{t-1}}")
    assert verdicts(*named, rf"{ACROSS} \prod_{{j=k+1}}^t c_j")[-1] == "holds"
    assert verdicts(*named, rf"{ACROSS} \prod_{{j=k}}^t c_j")[-1] == "fails"
    assert verdicts(*named, rf"{ACROSS} c_{{k+1}} c_{{k+2}} \cdots c_t")[-1] == "fails"  # an order that is written


def test_a_chain_down_to_a_step_speaks_of_earlier_steps_alone(verdicts):
    steps = [
        rf"\frac{{\partial h_{{{a}}}}}{{\partial h_{{{b}}}}}" for a, b in (("t", "t-1"), ("t-1", "t-2"), ("k+1", "k"))
    ]
    claim = rf"\frac{{\partial h_t}}{{\partial h_k}} = {steps[0]} {steps[1]} \cdots {steps[2]}"
    assert verdicts(*NETWORK, claim)[-1] == "holds"


def test_dots_over_direct_derivatives(verdicts):
    terms = [
        rf"\frac{{\partial h_t}}{{\partial h_{{{k}}}}} \frac{{\partial h_{{{k}}}}}{{\partial W}}"
        for k in ("t", "t-1", "1")
    ]
    claim = rf"\frac{{\partial h_t}}{{\partial W}} = {terms[0]} + {terms[1]} + \dots + {terms[2]}"
    assert verdicts(*NETWORK, claim)[-1] == "holds"


def test_dots_within_a_chain_whose_last_factors_are_not_all_written(verdicts):
    a, b = r"\frac{\partial h_{%s}}{\partial z_{%s}}", r"\frac{\partial z_{%s}}{\partial h_{%s}}"
    network = (r"z_t = W h_{t-1} + U x_t + b", r"h_t = \tanh(z_t)", *NETWORK[1:])
    before = rf"{ACROSS} {a % ('t', 't')} {b % ('t', 't-1')} {a % ('t-1', 't-1')} \cdots"
    end = b % ("k+1", "k")
    assert verdicts(*network, rf"{before} {a % ('k+1', 'k+1')} {end} {GIVEN}")[-1] == "holds"
    assert verdicts(*network, rf"{before} {a % ('k+2', 'k+2')} {end} {GIVEN}")[-1] not in ("holds", "conditional")
    assert verdicts(*network, rf"{before} {a % ('k', 'k')} {end} {GIVEN}")[-1] not in ("holds", "conditional")


def test_a_product_of_jacobians_of_batches(verdicts):
    network = (
        r"X_t \in \mathbb{R}^{n \times d}, \quad S_t \in \mathbb{R}^{n \times m}",
        r"S_t = \tanh(X_t U + S_{t-1} W)",
        r"L_t = \frac{1}{2} \|S_t - Y_t\|^2",
    )
    share = r"\frac{\partial L_t}{\partial S_t} %s \frac{\partial S_k}{\partial W}"
    across = r"\prod_{j=%s}^{t} \frac{\partial S_j}{\partial S_{j-1}}"
    claim = r"\frac{\partial L_t}{\partial W} = \sum_{k=1}^{t} " + share
    assert verdicts(*network, claim % f"({across % 'k+1'})")[-1] == "holds"
    assert verdicts(*network, claim % f"({across % 'k'})")[-1] not in ("holds", "conditional")


@pytest.mark.parametrize("dots", [r"w_1 x_1 + w_2 x_2 + \dots + w_n x_n + b", "b + w_1 x_1 + ... + w_n x_n"])
def test_dots_in_a_sum_with_other_terms(verdicts, dots):
    neuron = (rf"z = {dots}", r"a = \sigma(z)")
    claims = (
        r"z = \sum_{i=1}^n w_i x_i + b",
        r"z = \sum_{i=2}^n w_i x_i + b",
        r"\frac{\partial z}{\partial w_j} = x_j",
        r"\frac{\partial z}{\partial w_j} = w_j",
        r"\frac{\partial z}{\partial b} = 1",
    )
    assert verdicts(*neuron, *claims)[2:] == ["holds", "fails", "holds", "fails", "holds"]
    assert verdicts(r"z = w_1 x_1 + w_3 x_3 + \dots + w_n x_n + b", claims[2])[0] == "unreadable"
    assert verdicts(r"z = b + \dots + w_n x_n", claims[2])[0] == "unreadable"
