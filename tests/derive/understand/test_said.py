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
