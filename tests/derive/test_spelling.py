"""How the quantities of a page are spelled where something is written of them."""

import pytest

from derive.judge.page import understood
from derive.letters import Spelling
from derive.reading import Document

CELL = r"$$a_t = U h_{t-1} + W x_t$$" "\n\n" r"$$h_t = \tanh(a_t)$$"


@pytest.mark.parametrize(
    ("key", "latex"),
    [
        ("adjoint h", r"\bar{h}"),
        ("d W_x", "d{W}_{x}"),
        ("Delta W", r"\Delta{W}"),
        ("hat y", r"\hat{y}"),
        ("h_2", "h_{2}"),
    ],
)
def test_a_name_is_spelled_with_what_stands_on_it(key, latex):
    page = understood(Document.read("page.md", CELL, "md"), None)
    assert Spelling(page.networks[0]).latex(key) == latex
