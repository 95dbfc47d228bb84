"""A slip planted in a true formula is mended: with what was true, or with what is proved instead, at its place."""

import pytest

from derive.check.results import Claim
from derive.judge.notes import check_document
from derive.reading import Document

NETWORK = (
    r"h_t = \tanh(W h_{t-1} + U x_t + b)",
    r"\hat{y}_t = \mathrm{softmax}(V h_t + c)",
    r"L = -\sum_{t=1}^{T} y_t^\top \log \hat{y}_t",
)
OUTPUT = r"\frac{\partial L}{\partial V} = \sum_{t=1}^{T} (\hat{y}_t - y_t) h_t^\top"
STATE = (
    r"\frac{\partial L}{\partial h_t} = V^\top (\hat{y}_t - y_t)"
    r" + W^\top \mathrm{diag}(1 - h_{t+1}^2) \frac{\partial L}{\partial h_{t+1}}"
)
RECURRENT = (
    r"\frac{\partial L}{\partial W}"
    r" = \sum_{t=1}^{T} \mathrm{diag}(1 - h_t^2) \frac{\partial L}{\partial h_t} h_{t-1}^\top"
)
SLIPS = {
    "a sign": (OUTPUT, r"(\hat{y}_t - y_t)", r"(y_t - \hat{y}_t)"),
    "a transpose": (STATE, r"W^\top", "W"),
    "a step": (RECURRENT, r"h_{t-1}^\top", r"h_t^\top"),
    "a first step": (RECURRENT, "t=1", "t=2"),
    "a matrix": (STATE, r"V^\top", r"U^\top"),
    "a slope": (RECURRENT, "1 - h_t^2", "1 - h_t"),
    "a lost sum": (OUTPUT, r"\sum_{t=1}^{T} ", ""),
}


def decided(*formulas: str) -> list[Claim]:
    page = "\n\n".join(f"$${formula}$$" for formula in formulas)
    return [block.claims[-1] for block in check_document(Document.read("page.md", page, "md"), None).blocks]


@pytest.mark.parametrize("formula", [OUTPUT, STATE, RECURRENT])
def test_what_the_slips_are_made_from_holds(formula):
    assert decided(*NETWORK, formula)[-1].verdict == "holds"


@pytest.mark.parametrize("kind", SLIPS)
def test_a_slip_is_mended_and_the_mend_is_proved(kind):
    formula, right, wrong = SLIPS[kind]
    slipped = formula.replace(right, wrong, 1)
    assert slipped != formula
    claim = decided(*NETWORK, slipped)[-1]
    assert claim.verdict == "fails" and claim.suggestion is not None and claim.edit is not None
    left = slipped.split(" = ", 1)[0]
    assert decided(*NETWORK, f"{left} = {claim.suggestion}")[-1].verdict == "holds"


def test_the_edit_says_where_in_the_file():
    claim = decided(*NETWORK, SLIPS["a transpose"][0].replace(r"W^\top", "W"))[-1]
    page = "\n\n".join(f"$${formula}$$" for formula in (*NETWORK, SLIPS["a transpose"][0].replace(r"W^\top", "W")))
    edit = claim.edit
    assert edit is not None and edit.line == edit.end_line == 7
    line = page.splitlines()[6]
    mended = line[: edit.column - 1] + edit.replacement + line[edit.end_column - 1 :]
    assert mended == f"$${STATE}$$"


def test_a_true_formula_gets_no_mend():
    assert all(claim.edit is None and claim.suggestion is None for claim in decided(*NETWORK, OUTPUT, STATE, RECURRENT))
