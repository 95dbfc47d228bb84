r"""Repeated indices that are summed: those of the head of an equation are not, f_j c_j in h_j = f_j c_j."""

import pytest

PAGE = (
    r"a_j^{(t)} = W_{jm} x_m^{(t)} + U_{jm} h_m^{(t-1)} + b_j",
    r"f_j^{(t)} = \sigma(a_j^{(t)})",
    r"h_j^{(t)} = f_j^{(t)} \tanh(a_j^{(t)})",
    r"q_k^{(t)} = V_{kj} h_j^{(t)}",
    r"C = \sum_{t=1}^{T} \frac{1}{2} (q_k^{(t)} - y_k^{(t)})^2",
)


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial C}{\partial f_j^{(t)}} = \frac{\partial C}{\partial h_j^{(t)}} \tanh(a_j^{(t)})", "holds"),
        (r"\frac{\partial C}{\partial f_j^{(t)}} = \frac{\partial C}{\partial h_j^{(t)}} a_j^{(t)}", "fails"),
        (r"\frac{\partial C}{\partial h_j^{(T)}} = V_{kj} (q_k^{(T)} - y_k^{(T)})", "holds"),
        (r"\frac{\partial C}{\partial U_{jm}} = \sum_t \frac{\partial C}{\partial a_j^{(t)}} h_m^{(t-1)}", "holds"),
        (r"\frac{\partial C}{\partial U_{jm}} = \sum_t \frac{\partial C}{\partial a_m^{(t)}} h_j^{(t-1)}", "fails"),
    ],
)
def test_products_entry_by_entry(verdicts, claim, verdict):
    assert verdicts(*PAGE, claim) == ["definition"] * len(PAGE) + [verdict]


def test_a_letter_that_is_free_in_one_term_is_summed_in_none(verdicts):
    page = (
        r"\hat{y}_t = \mathrm{softmax}(q_t)",
        r"E_t = -y_{t_i} \log \hat{y}_{t_i}",
    )
    left = r"-\frac{y_{t_l}}{\hat{y}_{t_l}} \hat{y}_{t_l} (1 - \hat{y}_{t_l})"
    right = r"-y_{t_l} + y_{t_l} \hat{y}_{t_l}"
    assert verdicts(*page, f"{left} = {right}")[-1] == "holds"
    assert verdicts(*page, f"{left} = {right.replace('+', '-')}")[-1] == "fails"


def test_the_letter_of_a_stated_size_may_be_an_index_too(check_text):
    """The m of x_m beside m_y, which is stated."""
    sizes = (
        r"$x^{(t)} \in \mathbb{R}^{m_x}$, $W \in \mathbb{R}^{m_h \times m_x}$, $U \in \mathbb{R}^{m_h \times m_h}$, "
    )
    sizes += r"$V \in \mathbb{R}^{m_y \times m_h}$. Repeated indices are summed."
    claims = (
        r"\frac{\partial C}{\partial q_k^{(t)}} = \frac{m_y}{m_y} (q_k^{(t)} - y_k^{(t)})",
        r"\frac{\partial C}{\partial U_{jm}} = \sum_t \frac{\partial C}{\partial a_j^{(t)}} h_m^{(t-1)}",
    )
    page = "\n\n".join([sizes, *(f"$${formula}$$" for formula in (*PAGE, *claims))])
    assert check_text(page)[-2:] == ["holds"] * 2
