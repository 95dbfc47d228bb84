r"""Conditions within formulas: the entry of the true class, `i = c_t`, and what is not understood."""

import pytest

NETWORK = (
    r"h_t = \tanh(W h_{t-1} + U x_t)",
    r"o_t = V h_t",
    r"p_t = \mathrm{softmax}(o_t)",
    r"L_t = -\sum_i y_{t,i} \log p_{t,i}",
)
ENTRY = r"\frac{\partial L_t}{\partial o_{t,i}} = "
WHOLE = r"\frac{\partial L_t}{\partial o_t} = "


def cases(first: str, where: str, second: str, other: str) -> str:
    return rf"{ENTRY} \begin{{cases}} {first} & {where} \\ {second} & {other} \end{{cases}}"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (cases("p_{t,i} - 1", "i = c_t", "p_{t,i}", r"\text{otherwise}"), "holds"),
        (cases("p_{t,i}", r"i \ne c_t", "p_{t,i} - 1", "i = c_t"), "holds"),
        (cases("p_{t,i} - 1", "i = c_t", "2 p_{t,i}", r"\text{otherwise}"), "fails"),
        (cases("p_{t,i} - y_{t,i}", "i = c_t", "17", r"\text{otherwise}"), "fails"),
        (cases("p_{t,i} - 1", r"i \ne c_t", "p_{t,i}", "i = c_t"), "fails"),
        (ENTRY + r"p_{t,i} - \mathbf{1}(i = y_t)", "holds"),
        (ENTRY + r"p_{t,i} - \mathbf{1}(i = \text{target})", "holds"),
        (ENTRY + r"p_{t,i} + \mathbf{1}(i = y_t)", "fails"),
        (ENTRY + r"p_{t,i} - \mathbf{1}(i = h_t)", "unreadable"),
        (cases("p_{t,i} - y_{t,i}", r"h_t > 0", "0", r"\text{otherwise}"), "unreadable"),
        (WHOLE + r"p_{t,i} - 1 \text{ if } i = c_t, \text{ else } p_{t,i}", "holds"),
        (WHOLE + r"p_{t,i} - y_{t,i}", "holds"),
        (WHOLE + r"p_{t,i} + y_{t,i}", "unknown"),
    ],
)
def test_the_entry_of_the_true_class(verdicts, claim, verdict):
    assert verdicts(*NETWORK, claim)[-1] == verdict


def test_a_plain_one_before_a_condition_is_an_indicator(verdicts):
    claims = (ENTRY + "p_{t,i} - 1[i = c_t]", ENTRY + "p_{t,i} + 1[i = c_t]")
    assert verdicts(*NETWORK, *claims)[-2:] == ["holds", "fails"]


def test_the_entry_of_one_class_defines_no_loss(verdicts):
    network = (r"z = W x", r"p = \mathrm{softmax}(z)", r"L = -\log p_c = -\sum_{k=1}^K y_k \log p_k")
    claims = [rf"\frac{{\partial L}}{{\partial z}} = p {sign} y" for sign in "-+"]
    assert verdicts(*network, *claims)[-2:] == ["holds", "fails"]


def test_a_sum_over_the_entry_that_is_one_is_no_sum_over_all(verdicts):
    network = (r"z = W x", r"p = \mathrm{softmax}(z)", r"L = -\sum_i \log p_i \text{ where } y_i = 1")
    loss = r"L = -\sum_i y_i \log p_i"
    claims = (
        r"\frac{\partial L}{\partial p_i} = -\frac{y_i}{p_i}",
        r"\frac{\partial L}{\partial p_i} = -\frac{1}{p_i}",
    )
    assert verdicts(*network, loss, *claims)[2:] == ["unknown", "definition", "holds", "conditional"]


RECTIFIED = ("z = W x", r"a = \text{ReLU}(z)", "o = V a", r"L = \frac{1}{2} \|o - y\|^2")
MASKS = (r"({} > 0)", r"\mathbb{{1}}[{} > 0]", r"\mathbb{{1}}_{{{} > 0}}", r"\mathbb{{I}}({} > 0)")


@pytest.mark.parametrize("mask", MASKS)
def test_a_mask_is_the_slope_of_relu(verdicts, mask):
    claim = rf"\frac{{\partial L}}{{\partial z}} = (V^T (o - y)) \odot {mask.format('z')}"
    assert verdicts(*RECTIFIED, claim)[4:] == ["holds"]
    smooth = (RECTIFIED[0], r"a = \tanh(z)", *RECTIFIED[2:])
    assert verdicts(*smooth, claim)[4:] == ["fails"]


def test_a_mask_of_another_quantity_is_wrong(verdicts):
    network = ("z = W x", r"a = \text{ReLU}(z)", "o = V a", r"b = \text{ReLU}(o)", r"L = \frac{1}{2} \|b - y\|^2")
    claims = [rf"\frac{{\partial L}}{{\partial o}} = (b - y) \odot ({of} > 0)" for of in ("o", "b", "y")]
    assert verdicts(*network, *claims)[5:] == ["holds", "holds", "fails"]


def test_where_two_indices_agree_names_no_quantity(check_text):
    page = r"""
$$p_c = \frac{e^{z_c}}{\sum_j e^{z_j}}$$

$$\frac{\partial p_c}{\partial z_k} = p_c (\delta_{ck} - p_k)$$

For $c = k$ this is $p_c (1 - p_c)$.

$$L = -\sum_c y_c \log p_c$$

$$\frac{\partial L}{\partial z_k} = -\sum_c y_c (\delta_{ck} - p_k)$$

$$\frac{\partial L}{\partial z_k} = -\sum_c y_c (\delta_{ck} + p_k)$$
"""
    assert check_text(page) == ["definition", "holds", "definition", "holds", "fails"]
