r"""Small constants that only keep a logarithm finite, `\log(\hat y_i + \epsilon)`."""

import pytest

from derive.judge.notes import check_document
from derive.reading import Document

NETWORK = (r"z = W x + b", r"\hat y = \mathrm{softmax}(z)")
GRADIENT = r"\frac{\partial L}{\partial z} = \hat y - y"


@pytest.mark.parametrize("letter", [r"\epsilon", r"\varepsilon"])
@pytest.mark.parametrize(
    ("claim", "verdict"),
    [(GRADIENT, "holds"), (r"\frac{\partial L}{\partial z} = \hat y + y", "fails")],
)
def test_a_constant_that_stands_in_logarithms_alone_is_nought(verdicts, letter, claim, verdict):
    loss = rf"L = -\sum_i y_i \log(\hat y_i + {letter})"
    assert verdicts(*NETWORK, loss, claim)[-2:] == ["definition", verdict]


@pytest.mark.parametrize(
    "other",
    [
        r"\frac{\partial L}{\partial \hat y_i} = -\frac{y_i}{\hat y_i + \epsilon}",  # it is carried on
        r"s = \epsilon b",
        r"L = -\sum_i y_i \log(\hat y_i - \epsilon)",
    ],
)
def test_a_constant_that_stands_elsewhere_is_what_it_is(verdicts, other):
    assert verdicts(*NETWORK, r"L = -\sum_i y_i \log(\hat y_i + \epsilon)", other, GRADIENT)[-1] != "holds"


def test_what_is_left_out_is_said():
    page = "\n".join(f"$$ {formula} $$" for formula in (*NETWORK, r"L = -\sum_i y_i \log(\hat y_i + \epsilon)"))
    notes = check_document(Document.read("page.md", rf"{page} where $\epsilon = 10^{{-8}}$", "md"), None)
    assert ("epsilon", "used") in {(convention.name, convention.source) for convention in notes.conventions}
