"""Entries of matrices and vectors: what letters pick them, and what is defined by them."""

import pytest

NETWORK = (
    r"z_t = W h_{t-1} + U x_t",
    r"h_t = \tanh(z_t)",
    r"L_t = \frac{1}{2} \|h_t - y_t\|^2",
)


def test_a_matrix_defined_by_its_entries_multiplies_like_any_other(verdicts):
    named = r"D^t_{mk} = \frac{\partial h_{t,m}}{\partial z_{t,k}}"
    claim = r"\frac{\partial h_{t,m}}{\partial h_{t-1,j}} = "
    found = verdicts(
        *NETWORK,
        named,
        claim + "(D^t W)_{mj}",
        claim + "(W D^t)_{mj}",
        r"\frac{\partial h_t}{\partial h_{t-1}} = D^t W",
    )
    assert found[3:] == ["definition", "holds", "fails", "holds"]


def test_an_entry_of_a_bracket_is_picked_by_any_letter(verdicts):
    claim = r"\frac{\partial L_t}{\partial h_{t,l}} = "
    assert verdicts(*NETWORK, claim + "(h_t - y_t)_l", claim + "(h_t + y_t)_l")[3:] == ["holds", "fails"]


def test_an_entry_of_softmax_at_the_head_of_a_chain(verdicts):
    page = (
        r"p_i = \mathrm{softmax}(z)_i := \frac{e^{z_i}}{\sum_{j=1}^K e^{z_j}}",
        r"\frac{\partial p_i}{\partial z_j} = p_i (\delta_{ij} - p_j)",
        r"\frac{\partial p_i}{\partial z_j} = p_i (\delta_{ij} + p_j)",
    )
    assert verdicts(*page) == ["holds", "holds", "fails"]


def test_a_sum_without_a_letter_is_over_the_entries_under_it(verdicts):
    network = (r"z = W x + b", r"a = \sigma(z)", r"C = \sum{(y_i - a_i)^2}")
    claims = (
        r"\frac{\partial C}{\partial a_k} = 2 (a_k - y_k)",
        r"\frac{\partial C}{\partial a_k} = 2 (a_k + y_k)",
        r"\frac{\partial C}{\partial z_k} = \sum \frac{\partial C}{\partial a_i} \frac{\partial a_i}{\partial z_k}",
        r"\frac{\partial C}{\partial z_k} = \sum \frac{\partial C}{\partial a_i} \frac{\partial a_k}{\partial z_i}",
    )
    assert verdicts(*network, *claims)[3:] == ["holds", "fails", "holds", "holds"]


@pytest.mark.parametrize(
    ("right", "verdict"),
    [
        (r"p_j (1_{i = j} - p_i)", "holds"),
        (r"\cancel{p_j} (1_{i = j} - p_i)", "holds"),
        (r"p_j (1_{i = j} + p_i)", "fails"),
        (r"p_j (1_{i \ne j} - p_i)", "fails"),
    ],
)
def test_a_number_one_with_a_condition_below_it_tells_whether_that_holds(verdicts, right, verdict):
    page = (r"L = -\sum_j^C y_j \log p_j", r"p_j = \frac{\exp(a_j)}{\sum_k^C \exp(a_k)}")
    assert verdicts(*page, rf"\frac{{\partial p_j}}{{\partial a_i}} = {right}")[2:] == [verdict]


@pytest.mark.parametrize(("right", "verdict"), [("p_i - y_i", "holds"), ("y_i - p_i", "fails")])
def test_a_sum_with_its_last_index_alone_begins_at_the_first(verdicts, right, verdict):
    page = (r"L = -\sum_j^C y_j \log p_j", r"p_j = \frac{\exp(a_j)}{\sum_k^C \exp(a_k)}")
    assert verdicts(*page, rf"\frac{{\partial L}}{{\partial a_i}} = {right}")[2:] == [verdict]


def test_entries_of_the_vectors_of_an_inner_product(verdicts):
    page = (r"z = w^\top x + b", r"a = \sigma(z)", r"L = -(y \log a + (1 - y) \log(1 - a))")
    claims = [rf"\frac{{\partial L}}{{\partial w_2}} = x_{n} (a - y)" for n in (1, 2)]
    assert verdicts(*page, *claims)[3:] == ["fails", "holds"]
    assert "holds" not in verdicts(*page, "w_2 = W x_2", *claims)[4:]
    assert "holds" not in verdicts(*page, r"u = w_2^\top x", *claims)[4:]


def test_an_equation_of_the_diagonal_says_nothing_of_the_rest(check_text):
    page = r"""
$$b_{ii} = z_i^\top z_i, \quad b_{ij} = z_i^\top z_j$$

$$b_{ii} + b_{jj} - 2 b_{ij} = \|z_i - z_j\|^2$$

$$b_{ii} + b_{jj} - b_{ij} = \|z_i - z_j\|^2$$
"""
    assert check_text(page) == ["holds", "holds", "fails"]


def test_a_small_letter_with_a_number_is_no_entry_of_the_capital_beside_the_letter_itself(verdicts):
    assert verdicts("x_2 = x + h", "z = X W + b") == ["definition", "definition"]
