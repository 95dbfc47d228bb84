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
