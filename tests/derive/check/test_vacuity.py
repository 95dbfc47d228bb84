"""Two sides that are zero agree about nothing: such a claim is `unknown`, with the reason, and never holds.

Who writes a zero says something, though: that is decided like any other claim."""

import pytest

from derive.judge.notes import check_document
from derive.reading import Document, builtin_legend

DELTA = r"\delta_t = \frac{\partial L}{\partial z_t}"
VACUOUS = {
    "elman_vector": (
        r"h_t - h_t = z_t - z_t",
        r"0 \cdot h_t = 0 \cdot z_t",
        r"\frac{\partial L_1}{\partial h_3} = 2 \frac{\partial L_1}{\partial h_2}",  # the future
        r"\frac{\partial L_2}{\partial h_3} = \frac{\partial L_1}{\partial h_2}",
        r"\frac{\partial L_t}{\partial h_{t+1}} = W_{hy}^\top \frac{\partial L_t}{\partial o_{t+1}}",
        r"\frac{\partial o_t}{\partial h_{t+1}} = W_{hy} \frac{\partial h_t}{\partial h_{t+1}}",
        r"\frac{\partial L_1}{\partial h_3} = \frac{\partial L_1}{\partial o_3} \frac{\partial o_3}{\partial h_3}",
        r"\delta_{T+1} = W_{hh}^\top \delta_{T+1}",  # adjoints past the last step
        r"\frac{\partial L}{\partial h_{T+1}} = W_{hh}^\top \frac{\partial L}{\partial z_{T+1}}",
        r"\sum_k (\hat{y}_t)_k - 1 = \sum_k (y_t)_k - 1",  # softmax sums to one, and so does a one-hot target
        r"\sum_k ((\hat{y}_t)_k - (y_t)_k) = 5 \sum_k ((y_t)_k - (\hat{y}_t)_k)",
    ),
    "hello": (
        r"\sum (y(t) - \hat{y}(t)) = 7 \sum (\hat{y}(t) - y(t))",
        r"\hat{y}(t) (1 - \hat{y}(t)) = 5 \hat{y}(t) (\hat{y}(t) - 1)",
        r"\frac{\partial L(1)}{\partial a(3)} = -w_{ya} \frac{\partial L(1)}{\partial net_y(3)}",
        r"\frac{\partial a(2)}{\partial a(3)} = w_{aa} \frac{\partial a(1)}{\partial a(3)}",
    ),
}

# Wrong by a factor where the state begins anywhere; with a start of zero both sides are zero, which mends nothing.
ZERO_START = {
    "elman_vector": (
        r"\frac{\partial L_1}{\partial W_{hh}} = 2 \frac{\partial L_1}{\partial z_1} h_0^\top",
        r"\frac{\partial h_1}{\partial W_{hh}} = "
        r"3 \frac{\partial h_1}{\partial z_1} \frac{\partial z_1}{\partial W_{hh}}",
    ),
    "hello": (
        r"\frac{\partial L(1)}{\partial W_{aa}} = "
        r"2 \frac{\partial L(1)}{\partial a(1)} \frac{\partial a(1)}{\partial W_{aa}}",
    ),
}

# At t = T the adjoint in it is zero; at no other t does its other factor exist.
NEVER_THERE = (
    r"\delta_t = (1 - h_t^2) \odot (W_{hy}^\top (\hat{y}_t - y_t)) + \mathrm{diag}(h_{t+5}) \delta_{t+1}",
    r"\frac{\partial L}{\partial h_t} = W_{hy}^\top (\hat{y}_t - y_t) + W_{hh}^\top (h_{T+1} \odot \delta_{t+1})",
    r"\frac{\partial L}{\partial h_t} = W_{hy}^\top (\hat{y}_t - y_t) + h_{t+7}^\top h_{t+9} \delta_{t+1}",
)
SAYS_ZERO = {
    r"\frac{\partial L_1}{\partial h_3} = 0": "holds",
    r"\frac{\partial h_t}{\partial h_k} = 0 \qquad \text{for } k > t": "holds",
    r"\sum_k ((\hat{y}_t)_k - (y_t)_k) = 0": "holds",
    r"\frac{\partial L_1}{\partial W_{hh}} = 0": "conditional",
    r"\frac{\partial L_3}{\partial h_1} = 0": "fails",
    r"\sum_k (\hat{y}_t)_k = 0": "fails",
    r"\frac{\partial h_t}{\partial h_k} = 0": "fails",
}


def claims(legend, formulas):
    """The claim of each formula; in vector notation the page defines δ_t first."""
    before = [DELTA] if legend == "elman_vector" else []
    text = "\n\n".join(f"$${formula}$$" for formula in (*before, *formulas))
    blocks = check_document(Document.read("page.md", text, "md"), builtin_legend(legend)).blocks
    return [claim for block in blocks[len(before) :] for claim in block.claims]


@pytest.mark.parametrize(("legend", "formula"), [(legend, f) for legend, all_ in VACUOUS.items() for f in all_])
def test_two_zeros_are_not_agreement(legend, formula):
    (claim,) = claims(legend, [formula])
    assert (claim.verdict, claim.assumptions) == ("unknown", ())
    assert "zero" in claim.reason


@pytest.mark.parametrize(("legend", "formula"), [(legend, f) for legend, all_ in ZERO_START.items() for f in all_])
def test_an_assumption_that_makes_both_sides_zero_mends_nothing(legend, formula):
    (claim,) = claims(legend, [formula])
    assert claim.verdict in ("fails", "unknown") and claim.assumptions == ()
    right = formula.replace("= 2 ", "= ").replace("= 3 ", "= ")
    assert claims(legend, [right])[0].verdict in ("holds", "conditional")


@pytest.mark.parametrize("formula", NEVER_THERE)
def test_a_term_that_never_exists_is_not_rescued_by_a_zero_at_the_end(formula):
    (claim,) = claims("elman_vector", [formula])
    assert claim.verdict == "fails"


@pytest.mark.parametrize("formula", SAYS_ZERO)
def test_who_says_zero_says_something(formula):
    (claim,) = claims("elman_vector", [formula])
    assert claim.verdict == SAYS_ZERO[formula]


def test_every_statement_times_zero_is_vacuous(opinion, pages):
    """Both sides of each statement times L - L: true, and empty."""
    for page in pages.values():
        nothing = opinion.Plus((opinion.Leaf("L"), opinion.Leaf("L")), (1, -1))
        texts = [
            page.written(opinion.Statement(*(opinion.Times((nothing, side)) for side in (s.left, s.right)), s.when))
            for s in page.statements
        ]
        found = [(text, claim.verdict) for text, claim in zip(texts, page.check(texts), strict=True)]
        assert [pair for pair in found if pair[1] != "unknown"] == []
