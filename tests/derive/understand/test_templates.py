r"""One equation for several: u_{kt} of a page that goes on with u_{ft}, u_{it} and u_{ot}."""

import pytest

from derive.judge.notes import check_document
from derive.reading import Document

GATES = (
    r"u_{kt} = W_{kx} x_t + W_{kh} h_{t-1} + b_k",
    r"f_t = \sigma(u_{ft})",
    r"o_t = \sigma(u_{ot})",
    r"s_t = \tanh(u_{st})",
    r"c_t = f_t \odot c_{t-1} + (1 - f_t) \odot s_t",
    r"h_t = o_t \odot \tanh(c_t)",
)


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial u_{ot}}{\partial h_{t-1}} = W_{oh}", "holds"),
        (r"\frac{\partial u_{ot}}{\partial h_{t-1}} = W_{fh}", "fails"),
        (r"\frac{\partial h_t}{\partial u_{ot}} = \mathrm{diag}(o_t \odot (1 - o_t) \odot \tanh(c_t))", "holds"),
    ],
)
def test_the_letter_stands_for_each_name(verdicts, claim, verdict):
    assert verdicts(*GATES, claim)[-1] == verdict


def checked(*displays):
    page = "\n\n".join(f"$${display}$$" for display in displays)
    return check_document(Document.read("page.md", page, "md"), None)


def test_the_page_is_told():
    notes = checked(*GATES)
    assert ("the letter k", "each of f, o, s") in [(c.name, c.value) for c in notes.conventions]
    assert [block.verdict for block in notes.blocks] == ["definition"] * len(GATES)


@pytest.mark.parametrize(
    "other",
    [
        r"u_{ft} = x_t",  # one of them is said otherwise
        r"z_t = \sum_k V_k f_t",  # the letter counts
        r"\frac{\partial L}{\partial b_k} = 0",  # a claim about any of them
    ],
)
def test_a_letter_with_another_use_is_none(other):
    notes = checked(*GATES, other)
    assert not [c for c in notes.conventions if c.name == "the letter k"]
    assert notes.blocks[-1].verdict not in ("holds", "conditional")
