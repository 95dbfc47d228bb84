"""Whether a Jacobian has its indices the other way round: only Jacobians tell."""

from derive.judge.notes import check_document
from derive.reading import Document

NETWORK = (r"h_t = \tanh(W h_{t-1} + U x_t)", r"o_t = V h_t", r"L_t = \frac12 \|o_t - y_t\|^2")
OTHERWISE = r"\frac{\partial h_t}{\partial h_{t-1}} = W^\top \mathrm{diag}(1 - h_t^2)"
GRADIENTS = (
    r"\frac{\partial L_t}{\partial o_t} = o_t - y_t",
    r"\frac{\partial L_t}{\partial V} = (o_t - y_t) h_t^\top",
)
USUAL = r"\frac{\partial o_t}{\partial h_t} = V"


def read(*displays: str) -> list[str]:
    text = "\n\n".join(f"$$\n{display}\n$$" for display in displays)
    return [block.verdict for block in check_document(Document.read("page.md", text, "md"), None).blocks]


def test_gradients_of_a_number_leave_it_open():
    assert read(*NETWORK, *GRADIENTS, OTHERWISE)[3:] == ["holds", "holds", "unknown"]


def test_a_jacobian_whose_shape_fits_one_way_settles_it():
    assert read(*NETWORK, USUAL, OTHERWISE)[3:] == ["holds", "fails"]


def test_a_gradient_that_is_turned_on_a_page_where_others_are_not():
    own = (GRADIENTS[0], r"\frac{\partial L_t}{\partial h_t} = V^\top (o_t - y_t)")
    own = (*own, r"\frac{\partial L_t}{\partial h_t} = V^\top \frac{\partial L_t}{\partial o_t}")
    turned = r"\frac{\partial L_t}{\partial h_t} = (o_t - y_t)^\top V"
    assert read(*NETWORK, *own, turned)[3:] == ["holds", "holds", "holds", "unknown"]
    assert read(*NETWORK, turned)[3:] == ["holds"]
