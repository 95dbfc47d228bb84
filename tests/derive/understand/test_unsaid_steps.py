r"""The step of a loss that the name of its gradient leaves out: \delta_k = \frac{\partial E_t}{\partial s_k}."""

import pytest

NETWORK = (
    r"s_t = U h_{t-1} + W x_t",
    r"h_t = \tanh(s_t)",
    r"z_t = V h_t",
    r"E_t = \frac{1}{2} \|z_t - y_t\|^2",
    r"\delta_k = \frac{\partial E_t}{\partial s_k}",
)


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial E_t}{\partial U} = \sum_{k=1}^t \delta_k h_{k-1}^T", "holds"),
        (r"\frac{\partial E_t}{\partial U_{ij}} = \sum_{k=1}^t \delta_k^{(i)} h_{k-1}^{(j)}", "holds"),
        (r"\frac{\partial E_t}{\partial U} = \sum_{k=1}^t \delta_k h_k^T", "fails"),
        (r"\delta_k = (U^T \delta_{k+1}) \odot (1 - h_k \odot h_k)", "holds"),
        (r"\delta_k = (U \delta_{k+1}) \odot (1 - h_k \odot h_k)", "fails"),
        (r"\delta_t = (V^T (z_t - y_t)) \odot (1 - h_t \odot h_t)", "holds"),
        (r"\delta_t = V^T (z_t - y_t)", "fails"),
    ],
)
def test_the_step_of_the_loss(verdicts, claim, verdict):
    sums = r"\frac{\partial E_t}{\partial W} = \sum_{k=1}^t \delta_k x_k^T"
    *_, found, summed = verdicts(*NETWORK, claim, sums)
    assert (found, summed) == (verdict, "holds")
