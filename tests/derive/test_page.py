"""A page as a value: which formula is named where its network cannot be had."""

import pytest

from derive.page import read_page
from derive.reading import ReadError

FORMULAS = {
    "state": r"h_t = \tanh(W h_{t-1} + U x_t + b)",
    "answer": r"\hat y_t = \mathrm{softmax}(V h_t + c)",
    "loss": r"L = -\sum_{t=1}^T y_t^\top \log \hat y_t",
    "claim": r"\frac{\partial L}{\partial V} = \sum_{t=1}^T (\hat y_t - y_t) h_t^\top",
}
LINES = {name: 1 + 2 * number for number, name in enumerate(FORMULAS)}


def page(**others):
    return read_page("\n\n".join(f"$${formula}$$" for formula in (FORMULAS | others).values()))


@pytest.mark.parametrize(
    ("name", "wrong", "said"),
    [
        ("state", r"h_t = \tanh(W h_{t-1} + U x_t + b", "is never closed"),  # or h would be an input
        ("answer", r"\hat y_t = \mathrm{softmax}(V h_t + c \oint z)", r"`\oint` is not read"),
        ("loss", r"L = -\sum_{t=1}^T y_t^\top \log( \hat y_t", "is never closed"),
    ],
)
def test_an_equation_that_cannot_be_read_is_named(name, wrong, said):
    with pytest.raises(ReadError) as error:
        page(**{name: wrong}).model  # noqa: B018
    assert str(error.value).startswith(f"page:{LINES[name]}: ") and said in str(error.value)


def test_a_claim_that_cannot_be_read_costs_no_network():
    model = page(claim=FORMULAS["claim"].replace("(", r"(\oint ")).model
    assert [parameter.name for parameter in model.parameters] == ["W", "U", "b", "V", "c"]


def test_inputs_may_be_given_by_what_cannot_be_read():
    assert page(claim=r"x_t = [1, 0").model == page().model
