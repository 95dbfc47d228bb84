"""Claims of two steps: δ_k^{(t)} of the loss at step t, whose last k is t."""

import pytest

from derive.judge.notes import check_document
from derive.reading import Document

NETWORK = (
    r"s_t = W h_{t-1} + U x_t",
    r"h_t = \tanh(s_t)",
    r"E_t = \frac{1}{2} \|V h_t - y_t\|^2",
    r"\delta^{(t)}_k = \frac{\partial E_t}{\partial s_k}",
)


@pytest.mark.parametrize(
    ("claim", "verdict", "when"),
    [
        (r"\delta^{(t)}_k = (W^\top \delta^{(t)}_{k+1}) \odot (1 - h_k \odot h_k)", "holds", "k < t"),
        (r"\delta^{(t)}_k = (W \delta^{(t)}_{k+1}) \odot (1 - h_k \odot h_k)", "fails", None),
        (r"\delta^{(t)}_k = (W^\top \delta^{(t)}_{k+1}) \odot (1 - h_t \odot h_t)", "fails", None),
        (r"\delta^{(t)}_k = (W^\top \delta^{(t)}_{k-1}) \odot (1 - h_k \odot h_k)", "fails", None),
        (r"\delta^{(t)}_{k-1} = (W^\top \delta^{(t)}_k) \odot (1 - h_{k-1} \odot h_{k-1})", "holds", "k ≤ t, k ≥ 2"),
        (r"\delta^{(t)}_k = 0", "fails", None),
        (r"\delta^{(t)}_t = (V^\top (V h_t - y_t)) \odot (1 - h_t^2)", "holds", ""),
        (r"\frac{\partial E_t}{\partial W} = \sum_{k=1}^t \delta^{(t)}_k h_{k-1}^\top", "holds", ""),
        (r"\frac{\partial E_t}{\partial W} = \sum_{k=1}^t \delta^{(t)}_k h_k^\top", "fails", None),
    ],
)
def test_the_edge_where_one_step_is_the_other(claim, verdict, when):
    page = "\n\n".join(f"$$\n{display}\n$$" for display in (*NETWORK, claim))
    [found] = check_document(Document.read("page.md", page, "md"), None).blocks[-1].claims
    assert (found.verdict, found.range and found.range.when) == (verdict, when)
