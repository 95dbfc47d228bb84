"""Shares of a gradient: what one step uses, and paths that the page has a word for."""

import pytest

NETWORK = (
    r"h_t = \tanh(W h_{t-1} + U x_t + b)",
    r"\hat y_t = V h_t + c",
    r"L = \frac{1}{2} \sum_{t=1}^T \|\hat y_t - y_t\|^2",
)
ACTIVATED = r"(\frac{\partial L}{\partial h_t} \odot (1 - h_t^2))"


def test_what_is_added_up_is_the_share_of_one_step(verdicts):
    claims = (
        rf"\frac{{\partial L}}{{\partial W}} += {ACTIVATED} h_{{t-1}}^\top",
        rf"\frac{{\partial L}}{{\partial W}} += {ACTIVATED} h_t^\top",
        r"\frac{\partial L}{\partial W} += \frac{\partial L}{\partial h_t} h_{t-1}^\top",
        rf"\frac{{\partial L}}{{\partial b}} += {ACTIVATED}",
        r"\frac{\partial L}{\partial V} += (\hat y_t - y_t) h_t^\top",
        r"\frac{\partial L}{\partial V} += (\hat y_t - y_t) h_{t-1}^\top",
    )
    assert verdicts(*NETWORK, *claims)[3:] == ["holds", "fails", "fails", "holds", "holds", "fails"]


def test_the_copy_of_a_parameter_in_every_notation(verdicts):
    claims = (
        rf"\left(\frac{{\partial L}}{{\partial b}}\right)^{{(t)}} = {ACTIVATED}",
        rf"\left.\frac{{\partial L}}{{\partial b}}\right|_{{(t)}} = {ACTIVATED}",
        rf"\nabla_{{b^{{(t)}}}} L = {ACTIVATED}",
        r"\frac{\partial L}{\partial b} = \sum_t \left(\frac{\partial L}{\partial b}\right)^{(t)}",
        rf"\frac{{\partial L}}{{\partial b}} = {ACTIVATED}",
        r"\left(\frac{\partial L}{\partial b}\right)^{(t)} = \frac{\partial L}{\partial h_t}",
    )
    assert verdicts(*NETWORK, *claims)[3:] == ["holds", "holds", "holds", "holds", "fails", "fails"]


def test_a_word_is_the_one_path_that_fits_and_keeps_its_meaning(check):
    now = r"\left.\frac{\partial L}{\partial h_t}\right|_{\text{now}} = V^\top (\hat y_t - y_t)"
    later = (
        r"\left.\frac{\partial L}{\partial h_t}\right|_{\text{future}} ="
        r" W^\top (\frac{\partial L}{\partial h_{t+1}} \odot (1 - h_{t+1}^2))"
    )
    neither = r"\left.\frac{\partial L}{\partial h_t}\right|_{\text{other}} = V^\top \hat y_t"
    twisted = r"\left.\frac{\partial L}{\partial h_t}\right|_{\text{future}} = V^\top (\hat y_t - y_t)"
    found = [block.verdict for block in check(*NETWORK, now, later, neither, twisted)][3:]
    assert found[0] == "holds" and found[1] == "holds"
    assert found[2] == "unknown" and found[3] == "fails"


def test_a_bracketed_step_is_never_a_power(verdicts):
    claim = r"\left(\frac{\partial L}{\partial h_t}\right)_{\text{now}} = V^\top (\hat y_t - y_t)"
    assert verdicts(*NETWORK, claim)[3:] == ["holds"]


def test_what_no_step_uses_has_no_shares(verdicts):
    network = (r"h_t = \tanh(W h_{t-1} + U x_t)", r"\hat y = V h_T", r"L = \frac{1}{2} \|\hat y - y\|^2")
    claim = r"\frac{\partial L}{\partial V} += (\hat y - y) h_t^\top"
    assert verdicts(*network, claim)[3:] == ["unknown"]


@pytest.mark.parametrize("transposed", ["V^T", r"V^{\mathsf{T}}", r"V^{\rm T}", r"V^\top"])
def test_beside_the_shares_of_a_step_it_is_transposed_and_not_that_of_the_last(verdicts, transposed):
    network = (
        r"h^{(t)} = \tanh(W h^{(t-1)} + U x^{(t)})",
        r"o^{(t)} = V h^{(t)}",
        r"L = \frac{1}{2} \sum_t \|o^{(t)} - y^{(t)}\|^2",
        r"\nabla_V L = \sum_t \sum_i \frac{\partial L}{\partial o_i^{(t)}} \nabla_{V^{(t)}} o_i^{(t)}",
    )
    right, wrong = (rf"\nabla_{{h^{{(T)}}}} L = {factor} \nabla_{{o^{{(T)}}}} L" for factor in (transposed, "V"))
    assert verdicts(*network, right, wrong)[3:] == ["holds", "holds", "fails"]


CELL = (
    r"o_t = \sigma(W x_t + U h_{t-1})",
    r"c_t = o_t \odot c_{t-1} + x_t",
    r"h_t = o_t \odot \tanh(c_t)",
)
LATER = r"\frac{\partial L}{\partial c_{t+1}} \odot o_{t+1}"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (r"o_t \odot (1 - \tanh^2(c_t))", LATER, ["holds", "holds"]),
        (r"o_t \odot \tanh(c_t)", LATER, ["fails", "holds"]),
        (r"o_t \odot (1 - \tanh^2(c_t))", LATER.replace("o_{t+1}", "o_t"), ["holds", "fails"]),
    ],
)
def test_what_a_later_formula_adds_to_is_a_share(verdicts, first, second, expected):
    whole = r"\frac{\partial L}{\partial c_t}"
    begun = rf"{whole} = \frac{{\partial L}}{{\partial h_t}} \odot {first}"
    assert verdicts(*CELL, begun, rf"{whole} += {second}")[3:] == expected


def test_a_path_by_the_value_that_it_goes_through(verdicts):
    through = r"\left.\frac{\partial L}{\partial c_t}\right|_{\text{via } h_t} = \frac{\partial L}{\partial h_t} \odot"
    right, wrong = rf"{through} o_t \odot (1 - \tanh^2(c_t))", rf"{through} o_t"
    assert verdicts(*CELL, right)[3:] == ["holds"]
    assert verdicts(*CELL, wrong)[3:] == ["unknown"]
