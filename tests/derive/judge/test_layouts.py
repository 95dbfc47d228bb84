"""Whether a Jacobian has its indices the other way round: only Jacobians tell."""

import pytest

from derive.judge.notes import check_document
from derive.reading import Document
from derive.reading.legend_file import parse_legend

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


STEP = r"\frac{\partial h_t}{\partial h_{t-1}}"
BEFORE = r"\frac{\partial h_{t-1}}{\partial h_{t-2}}"
TWO = r"\frac{\partial h_t}{\partial h_{t-2}}"
LAID_OUT = r"\frac{\partial o_t}{\partial h_t} = V^\top"
RUN = r"L = \sum_{t=1}^T L_t"
ACROSS = r"\frac{\partial o_t}{\partial h_{t-1}} = W^\top \mathrm{diag}(1 - h_t^2) V^\top"
LATE = r"\quad \text{for } t > 2"
TURNED = r"W^\top \mathrm{diag}(1 - h_{t-1}^2)"
SPAN = r"\frac{\partial h_t}{\partial h_k}"
FACTOR = r"\frac{\partial h_i}{\partial h_{i-1}}"
LATER = r"\frac{\partial h_{t+1}}{\partial h_t}"
REST = r"\frac{\partial L}{\partial h_{t+1}} + V^\top (o_t - y_t) \quad \text{for } t < T"


def paths(jacobian: str) -> str:
    return rf"\frac{{\partial L}}{{\partial h_t}} = \sum_{{k=t}}^T {jacobian} V^\top (o_k - y_k)"


@pytest.mark.parametrize(
    ("true", "false"),
    [
        (
            rf"\frac{{\partial L}}{{\partial h_t}} = {LATER} {REST}",
            rf"\frac{{\partial L}}{{\partial h_t}} = {LATER}^\top {REST}",
        ),
        (paths(r"\frac{\partial h_k}{\partial h_t}"), paths(r"\left(\frac{\partial h_k}{\partial h_t}\right)^\top")),
        (rf"{TWO} = {BEFORE} {STEP} {LATE}", rf"{TWO} = {BEFORE} {STEP}^\top {LATE}"),
        (rf"{TWO} = {TURNED} {STEP} {LATE}", rf"{TWO} = {TURNED} {STEP}^\top {LATE}"),
        (
            r"\frac{\partial h_t}{\partial h_k} = \prod_{i=k+1}^t W^\top \mathrm{diag}(1 - h_i^2)",
            r"\frac{\partial h_t}{\partial h_k} = \prod_{i=k+1}^t \mathrm{diag}(1 - h_i^2) W",
        ),
        (rf"{SPAN} = \prod_{{i=k+1}}^t {FACTOR}", rf"{SPAN} = \prod_{{i=k+1}}^t {FACTOR}^\top"),
        (r"\frac{\partial (V h_t)}{\partial h_t} = V^\top", r"\frac{\partial (V h_t)}{\partial h_t} = V"),
    ],
)
def test_no_transpose_more_or_less_holds_in_denominator_layout(true, false):
    page = (*NETWORK, RUN, OTHERWISE, LAID_OUT, ACROSS)
    assert read(*page, true, false)[5:] == ["holds"] * 3 + ["fails"]


def test_a_slip_does_not_turn_the_layout_of_the_others():
    slip = rf"{TWO} = {BEFORE} {STEP}^\top {LATE}"
    assert read(*NETWORK, OTHERWISE, LAID_OUT, ACROSS, USUAL)[3:] == ["holds"] * 3 + ["unknown"]
    assert read(*NETWORK, slip, OTHERWISE, LAID_OUT, ACROSS)[3:] == ["fails"] + ["holds"] * 3


def test_a_chain_that_holds_in_either_layout_alone():
    turned = paths(r"\left(\frac{\partial h_k}{\partial h_t}\right)^\top")
    straight = paths(r"\frac{\partial h_k}{\partial h_t}")
    assert read(*NETWORK, RUN, turned)[4:] == ["holds"]
    assert read(*NETWORK, RUN, turned, straight)[4:] == ["holds", "fails"]
    assert read(*NETWORK, RUN, straight)[4:] == ["unknown"]


@pytest.mark.parametrize(("layout", "found"), [("denominator", ["holds", "fails"]), ("numerator", ["fails", "holds"])])
def test_what_a_legend_says_of_them_is_so(layout, found):
    usual = r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W"
    text = "\n\n".join(f"$${formula}$$" for formula in (*NETWORK, OTHERWISE, usual))
    legend = parse_legend(f'[conventions]\njacobians = "{layout}"\n', "page.toml")
    notes = check_document(Document.read("page.md", text, "md"), legend)
    assert [block.verdict for block in notes.blocks[3:]] == found
    assert [c.source for c in notes.conventions if c.name == "Jacobians"] == ["legend"] * (layout == "denominator")


def test_a_derivative_by_a_transposed_vector_has_a_row_for_each_of_what_it_is_of():
    jacobian = r"\frac{\partial h_t}{\partial h_{t-1}^\top} = "
    product = r"\frac{\partial o_t}{\partial h_t^\top} \frac{\partial h_t}{\partial h_{t-1}^\top} = "
    claims = (
        rf"{jacobian} \mathrm{{diag}}(1 - h_t^2) W",
        rf"{jacobian} W^\top \mathrm{{diag}}(1 - h_t^2)",
        rf"{product} V \mathrm{{diag}}(1 - h_t^2) W",
        r"\frac{\partial L_t}{\partial h_t^\top} = (o_t - y_t)^\top V",
    )
    assert read(*NETWORK, *claims)[3] == "holds"
    assert read(*NETWORK, *claims)[4] != "holds"
    assert read(*NETWORK, *claims)[5:] == ["holds", "holds"]


def test_a_jacobian_before_a_nabla_is_transposed():
    path = r"\nabla_{h_t} L_t = \left(\frac{\partial o_t}{\partial h_t}\right)%s \nabla_{o_t} L_t"
    assert read(*NETWORK, USUAL, path % r"^\top", path % "")[4:] == ["holds", "fails"]


ROWS = (
    r"h \in \mathbb{R}^{1 \times n}, W \in \mathbb{R}^{n \times m}",
    "o = h W + b",
    r"C = \frac{1}{2} \|o - y\|^2",
)


@pytest.mark.parametrize(
    ("right", "verdict"),
    [
        (r"\frac{\partial C}{\partial o} W^\top", "holds"),
        (r"W (\frac{\partial C}{\partial o})^\top", "unknown"),  # a column made of a row
        (r"W^\top (\frac{\partial C}{\partial o})^\top", "fails"),
    ],
)
def test_the_gradients_of_a_claim_have_one_shape(right, verdict):
    assert read(*ROWS, rf"\frac{{\partial C}}{{\partial h}} = {right}")[-1] == verdict
