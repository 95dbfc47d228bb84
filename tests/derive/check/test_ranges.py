r"""How far sums and products run: a bound that is wrong is not excused by the terms that it makes meaningless.

h_t = tanh(z_t) as the legend of elman_vector.md has it. With D_i = diag(1 - h_i²), ∂L/∂h_k is the sum of
W_hhᵀ D_{k+1} ⋯ W_hhᵀ D_t W_hyᵀ (ŷ_t - y_t) over the steps t ≥ k that read h_k: with the steps before k too it is not.
"""

import pytest

from derive.judge.notes import check_document
from derive.reading import Document, builtin_legend

STEP = r"W_{hh}^\top \mathrm{diag}(1 - h_i^2)"
ERROR = r"W_{hy}^\top (\hat{y}_t - y_t)"
PATH = rf"\left( \prod_{{i=k+1}}^{{t}} {STEP} \right) {ERROR}"
LOCAL = r"\mathrm{diag}(1 - h_k^2)"
JACOBIANS = r"\left( \prod_{i=k+1}^{t} \frac{\partial h_i}{\partial h_{i-1}} \right)^\top"

# Each: the claim with the range left open, the range that is right, and one that is wrong.
RANGES = {
    "an adjoint as a sum over the future": (
        rf"\frac{{\partial L}}{{\partial h_k}} = \sum_{{t=RANGE}}^{{T}} {PATH}",
        "k",
        "1",
    ),
    "one step as a sum over the past": (
        rf"\frac{{\partial L_t}}{{\partial b_h}} = \sum_{{k=1}}^{{RANGE}} {LOCAL} {PATH}",
        "t",
        "T",
    ),
    "the double sum": (
        rf"\frac{{\partial L}}{{\partial b_h}} = \sum_{{t=1}}^{{T}} \sum_{{k=1}}^{{RANGE}} {LOCAL} {PATH}",
        "t",
        "T",
    ),
    "with a product of Jacobians": (
        r"\frac{\partial L_t}{\partial W_{hh}} = "
        rf"\sum_{{k=1}}^{{RANGE}} {LOCAL} {JACOBIANS} {ERROR} h_{{k-1}}^\top",
        "t",
        "T",
    ),
}
# Zero where it should be, and so right over all steps.
EVERYWHERE = (
    r"\frac{\partial L}{\partial h_k} = \sum_{t=1}^{T} (\frac{\partial h_t}{\partial h_k})^\top " + ERROR,
    r"\frac{\partial L}{\partial h_k} = \sum_{t=k}^{T} (\frac{\partial h_t}{\partial h_k})^\top " + ERROR,
    r"\frac{\partial L}{\partial z_k} = \sum_{t=k}^{T} \frac{\partial L_t}{\partial z_k}",
)
# True at k = 1. At k = 2 the sums reach h_{-1} and h_{T+1}, so that they say nothing there: the sums are wrong.
BEYOND = (
    r"h_k + \sum_{t=1}^{T} h_{t-1} = h_k + \sum_{t=1}^{T} h_{t-k} \quad \text{for } k \ge 1",
    r"h_k + \sum_{t=1}^{T} h_{t-k} = h_k + \sum_{t=1}^{T} h_{t-1} \quad \text{for } k \ge 1",
    r"h_k + \sum_{t=1}^{T} h_t = h_k + \sum_{t=1}^{T} h_{t+k-1} \quad \text{for } k \ge 1",
)


HEAD = r"\frac{\partial h_t}{\partial h_k}"
STEPS = r"(\prod_{i=k+1}^{t} \mathrm{diag}(1 - h_i^2) W_{hh})"
DOWN = r"(\prod_{i=t}^{k+1} \mathrm{diag}(1 - h_i^2) W_{hh})"
# Written from the last step to the first. ∂h_t/∂h_k is D_t W_hh D_{t-1} W_hh ⋯ D_{k+1} W_hh, in this order.
DESCENDING = {
    rf"{HEAD} = \prod_{{i=t}}^{{k+1}} \frac{{\partial h_i}}{{\partial h_{{i-1}}}}": "holds",
    rf"{HEAD} = \prod_{{i=t-1}}^{{k}} \frac{{\partial h_{{i+1}}}}{{\partial h_i}}": "holds",
    rf"{HEAD} = {DOWN}": "holds",
    rf"{HEAD} = {DOWN} \quad \text{{for }} k < t": "holds",
    rf"{HEAD} = \prod_{{i=t}}^{{k}} \frac{{\partial h_i}}{{\partial h_{{i-1}}}}": "fails",
    rf"{HEAD} = \prod_{{i=t}}^{{k+2}} \frac{{\partial h_i}}{{\partial h_{{i-1}}}}": "fails",
    # the transposed factors in this order are not the transpose of the product
    rf"({HEAD})^\top = \prod_{{i=t}}^{{k+1}} (W_{{hh}}^\top \mathrm{{diag}}(1 - h_i^2))": "fails",
    rf"({HEAD})^\top = \prod_{{i=k+1}}^{{t}} (W_{{hh}}^\top \mathrm{{diag}}(1 - h_i^2))": "holds",
    rf"\frac{{\partial L}}{{\partial h_k}} = \sum_{{t=k}}^{{T}} {DOWN}^\top {ERROR}": "holds",
    rf"\frac{{\partial L}}{{\partial h_k}} = \sum_{{t=T}}^{{k}} {DOWN}^\top {ERROR}": "holds",
    # from the first step to the last
    rf"\frac{{\partial L}}{{\partial h_k}} = \sum_{{t=k}}^{{T}} {STEPS}^\top {ERROR}": "fails",
    rf"\frac{{\partial L}}{{\partial h_k}} = \sum_{{t=1}}^{{T}} {DOWN}^\top {ERROR}": "fails",
    rf"\frac{{\partial L_t}}{{\partial b_h}} = \sum_{{k=t}}^{{1}} {LOCAL} {DOWN}^\top {ERROR}": "holds",
    rf"\frac{{\partial L_t}}{{\partial b_h}} = \sum_{{k=t}}^{{2}} {LOCAL} {DOWN}^\top {ERROR}": "fails",
    r"\frac{\partial L}{\partial b_y} = \sum_{t=T}^{1} (\hat{y}_t - y_t)": "holds",
    r"\frac{\partial L}{\partial b_y} = \sum_{t=T}^{2} (\hat{y}_t - y_t)": "fails",
    r"\frac{\partial L_3}{\partial h_0} = (\prod_{i=3}^{1} \frac{\partial h_i}{\partial h_{i-1}})^\top "
    r"\frac{\partial L_3}{\partial h_3}": "holds",
}
# Empty, or two terms the other way round.
EITHER = (
    r"h_t = h_t + \sum_{k=2}^{1} h_k",
    r"h_t = h_t + \sum_{k=t+1}^{t} h_k",
    r"h_t = (\prod_{k=2}^{1} \frac{\partial h_k}{\partial h_k}) h_t",
)


def check(*formulas):
    text = "\n\n".join(f"$${formula}$$" for formula in formulas)
    *_, block = check_document(Document.read("page.md", text, "md"), builtin_legend("elman_vector")).blocks
    (claim,) = block.claims
    return claim


@pytest.mark.parametrize("name", RANGES)
def test_a_range_that_is_wrong_fails(name):
    claim, right, wrong = RANGES[name]
    assert check(claim.replace("RANGE", right)).verdict == "holds"
    found = check(claim.replace("RANGE", wrong))
    assert found.verdict == "fails" and found.counterexample is not None


@pytest.mark.parametrize("formula", EVERYWHERE)
def test_a_start_or_a_future_that_is_zero_is_no_fault(formula):
    assert check(formula).verdict == "holds"


@pytest.mark.parametrize("formula", BEYOND)
def test_a_sum_over_what_does_not_exist_is_not_passed_over(formula):
    found = check(formula)
    assert found.verdict == "fails" and found.counterexample is not None


def test_where_the_free_index_itself_does_not_exist_nothing_is_claimed():
    """At t = T neither side exists."""
    assert check(r"h_t + \sum_{k=0}^{t} h_{k+1} = \sum_{k=0}^{t} h_{k+1} + h_t").verdict == "holds"


@pytest.mark.parametrize("formula", DESCENDING)
def test_bounds_that_run_down(formula):
    assert check(formula).verdict == DESCENDING[formula]


@pytest.mark.parametrize("formula", EITHER)
def test_bounds_that_say_two_things_are_refused(formula):
    found = check(formula)
    assert found.verdict == "unreadable" and "runs down" in found.reason


@pytest.mark.parametrize(("name", "verdict"), [(DOWN, "holds"), (STEPS, "fails")])
def test_a_name_for_a_product_keeps_its_order(name, verdict):
    product = name.replace(r"\mathrm", r"(\mathrm") + ")"
    assert check(f"P_{{t,k}} = {product}", f"{HEAD} = P_{{t,k}}").verdict == verdict
