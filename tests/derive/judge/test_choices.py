"""Derivatives that may be direct or total: what is called wrong is so under every reading, and none is left out."""

import pytest

from derive.judge.choices import Choices
from derive.judge.notes import check_document
from derive.reading import Document

NETWORK = (r"a_t = W h_{t-1} + U x_t", r"h_t = \tanh(a_t)", r"L = \frac{1}{2} \sum_t \|V h_t - y_t\|^2")
BY, PAST = r"\frac{\partial}{\partial W_{jk}}", r"\sum_i W_{mi} \frac{\partial h_{t-1,i}}{\partial W_{jk}}"
TWICE = (
    r"\frac{\partial a_t}{\partial W} = \frac{\partial a_t}{\partial W} + \frac{\partial a_t}{\partial h_{t-1}}"
    r" \frac{\partial h_{t-1}}{\partial W}"
)


def check(claim, *network):
    page = "\n\n".join(f"$${formula}$$" for formula in (*(network or NETWORK), claim))
    return check_document(Document.read("page.md", page, "md"), None).blocks[-1].claims[0]


@pytest.mark.parametrize(("sign", "verdict"), [("+", "holds"), ("-", "fails")])
def test_a_sum_by_its_entries_may_be_direct_and_what_stands_left_is_then_total(sign, verdict):
    claim = check(
        rf"\frac{{\partial a_{{t,m}}}}{{\partial W_{{jk}}}} = {BY} (\sum_i W_{{mi}} h_{{t-1,i}}) {sign} {PAST}"
    )
    assert claim.verdict == verdict


def test_a_reading_that_has_no_value_where_it_is_tried_keeps_from_calling_a_claim_wrong(monkeypatch):
    assert check(TWICE).verdict == "holds"
    monkeypatch.setattr(Choices, "places", lambda *_: iter(()))
    claim = check(TWICE)
    assert (claim.verdict, claim.reason.split(",")[0]) == ("unknown", "it does not hold as it was read")


def test_what_a_penalty_gives_is_no_gradient():
    loss = r"L = \frac{1}{2} \| V h - y \|^2 + \frac{\lambda}{2} \| W \|^2"
    by = r"\frac{\partial L}{\partial W} = (V^\top (V h - y) \odot (1 - h^2)) x^\top + \lambda W"
    for claim, verdict in {
        by: "holds",
        r"\frac{\partial L}{\partial W} = \lambda W": "unknown",
        r"\frac{dL}{dW} = \lambda W": "fails",
    }.items():
        assert check(claim, r"h = \tanh(W x)", loss).verdict == verdict
