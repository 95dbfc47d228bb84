"""Conventions that a page states in words."""

import pytest

from derive.judge.notes import check_document
from derive.reading import Document
from derive.understand.said import said

LINEAR = r"""
$$z = W x, \quad h = \tanh(z)$$

$$\frac{\partial h}{\partial x} = W^\top \mathrm{diag}(1 - h^2)$$
"""


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("We use the denominator layout throughout.", {"jacobians": "denominator"}),
        ("Jacobians are written in numerator-layout.", {"jacobians": "numerator"}),
        ("Some books use the numerator layout; here it is the denominator layout.", {}),
        ("We do not use the denominator layout.", {}),
        ("All vectors are row vectors.", {"vectors": "rows"}),
        ("Every vector is a column.", {"vectors": "columns"}),
        ("With the row-vector convention:", {"vectors": "rows"}),
        ("The gradient is a row vector.", {}),
        ("Here everything is a scalar.", {"vectors": "numbers"}),
        ("Assume that all variables are scalars.", {"vectors": "numbers"}),
        ("The loss is a scalar.", {}),
        ("If all quantities are not scalars, use matrices.", {}),
        ("The hidden activation is tanh.", {"activation": "tanh"}),
        ("隐藏层的激活函数为tanh函数。", {"activation": "tanh"}),
        ("It is tanh, or else the sigmoid.", {}),
        (r"$$h = \tanh(z)$$ tanh(z) is a number.", {}),
    ],
)
def test_only_a_plain_sentence_counts(words, found):
    assert said(f"# Notes\n\n{words} And $x$ is an input.\n") == found


def verdict(text, claim=-1):
    notes = check_document(Document.read("page.md", text, "md"), None)
    return notes.blocks[claim].verdict, {(c.name, c.value.split(":")[0], c.source) for c in notes.conventions}


def test_a_layout_in_words_is_the_pages():
    decided, conventions = verdict("We use denominator layout." + LINEAR)
    assert decided == "holds" and ("Jacobians", "denominator layout", "stated") in conventions
    assert verdict("We use numerator layout." + LINEAR)[0] in ("fails", "unknown")  # its shapes fit in no way
    turned = LINEAR.replace(r"W^\top \mathrm{diag}(1 - h^2)", r"\mathrm{diag}(1 - h^2) W")
    assert verdict("We use numerator layout." + turned)[0] == "holds"
    assert verdict("We use denominator layout." + turned)[0] in ("fails", "unknown")


UNIT = r"""
$$u_t = W h_{t-1} + \sum_{i=1}^N V_i x_{t,i} + b, \quad h_t = \tanh(u_t)$$

$$\frac{d u_t}{d V_i} = x_{t,i} + W (1 - h_{t-1}^2) \frac{d u_{t-1}}{d V_i}$$
"""


def test_a_page_of_scalars_is_one_of_numbers():
    decided, conventions = verdict("One unit: everything is a scalar." + UNIT)
    assert decided == "holds" and ("vectors", "numbers", "stated") in conventions
    assert verdict("One unit: everything is a scalar." + UNIT.replace("1 - h_{t-1}^2", "1 - h_t^2"))[0] == "fails"


RECURRENT = r"""
$$h_t = \sigma(z_t), \quad z_t = W h_{t-1} + U x_t$$

$$o_t = V h_t, \quad L = \frac{1}{2} \sum_{t=1}^T \|o_t - y_t\|^2, \quad \delta_t = \frac{\partial L}{\partial h_t}$$

$$\frac{\partial L}{\partial W} = \sum_{t=1}^T \mathrm{diag}(1 - h_t^2) \delta_t h_{t-1}^\top$$
"""
SAID = ("the function σ", "tanh", "used")


def test_the_function_sigma_is_tanh_where_words_and_slopes_agree():
    found, conventions = verdict("The activation of the hidden layer is tanh.\n" + RECURRENT)
    assert found == "holds" and SAID in conventions
    for words, more in (
        ("", ""),
        ("It is tanh; others take the sigmoid.\n", ""),
        ("It is tanh.\n", "\n" + r"$$\frac{\partial h_t}{\partial z_t} = \mathrm{diag}(h_t \odot (1 - h_t))$$" + "\n"),
        ("It is tanh.\n", "\n" + r"$$g_t = \tanh(x_t)$$" + "\n"),
    ):
        found, conventions = verdict(words + RECURRENT + more, 2)
        assert found in ("fails", "unknown") and SAID not in conventions
