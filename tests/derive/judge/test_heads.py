"""The head of a chain is read in one way for all its links, and so is a name for a derivative: A = B = C says B = C."""

import pytest

from derive.judge.notes import check_document
from derive.reading import Document

NETWORK = (r"z_t = W h_{t-1} + U x_t + b", r"h_t = \tanh(z_t)", r"o_t = V h_t", r"L = \sum_t \|o_t - y_t\|^2")
HEAD = r"\frac{\partial h_t}{\partial b}"
LOCAL = r"\mathrm{diag}(1 - h_t^2)"
SAME = r"\mathrm{diag}(1 - \tanh(z_t)^2)"
TOTAL = rf"{LOCAL} + {LOCAL} W \frac{{\partial h_{{t-1}}}}{{\partial b}}"
NAMED = rf"{LOCAL} + {LOCAL} W K_{{t-1}}"
WRONG = r"\mathrm{diag}(1 - h_t)"


def verdicts(*formulas):
    text = "\n\n".join(f"$${formula}$$" for formula in (*NETWORK, *formulas))
    blocks = check_document(Document.read("page.md", text, "md"), None).blocks[len(NETWORK) :]
    return [claim.verdict for block in blocks for claim in block.claims]


@pytest.mark.parametrize(
    ("sides", "expected"),
    [
        ((LOCAL,), ["holds"]),
        ((TOTAL,), ["holds"]),
        ((LOCAL, TOTAL), ["holds", "fails"]),
        ((TOTAL, LOCAL), ["holds", "fails"]),
        ((TOTAL, LOCAL, SAME), ["fails", "holds", "holds"]),
        ((WRONG, TOTAL, LOCAL), ["fails", "holds", "fails"]),
    ],
)
def test_links_share_the_reading_of_their_head(sides, expected):
    assert verdicts(" = ".join((HEAD, *sides))) == expected


def test_a_chain_that_goes_on_in_the_next_block_keeps_it():
    assert verdicts(f"{HEAD} = {LOCAL}", f"= {TOTAL}", f"= {SAME}") == ["holds", "fails", "holds"]
    assert verdicts(f"{HEAD} = {LOCAL}", f"{HEAD} = {TOTAL}") == ["holds", "holds"]


@pytest.mark.parametrize(
    ("formulas", "expected"),
    [
        ((f"K_t = {HEAD}", f"K_t = {WRONG}", f"K_t = {LOCAL}"), ["definition", "fails", "holds"]),
        ((f"K_t = {HEAD} = {LOCAL}", f"K_t = {NAMED}"), ["definition", "holds", "fails"]),
        ((f"K_t = {HEAD} = {TOTAL}", f"K_t = {LOCAL}"), ["definition", "holds", "fails"]),
    ],
)
def test_a_name_keeps_the_reading_of_its_first_claim(formulas, expected):
    assert verdicts(*formulas) == expected


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (r"h_t^2 = \tanh(z_t)^2", "holds"),
        (r"\tanh(z_t)^{-1} = \frac{1}{h_t}", "holds"),
        (r"\tanh(z_t)^2 = \tanh(z_t^2)", "fails"),
        (r"\frac{\partial L}{\partial V} = \sum_{t=T}^{1} 2 (o_t - y_t) h_t^\top", "holds"),
        (r"\frac{\partial h_t}{\partial h_k} = \prod_{i=t}^{k+1} \frac{\partial h_i}{\partial h_{i-1}}", "holds"),
        (r"0 h_t = 0 z_t", "unknown"),
    ],
)
def test_what_other_readings_got_wrong(formula, expected):
    assert verdicts(formula) == [expected]
