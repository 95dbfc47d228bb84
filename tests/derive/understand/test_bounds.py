"""What stands below and above a Σ: all of it is read, or none of the sum is."""

import pytest

NETWORK = (
    r"h_t = \tanh(W h_{t-1} + U x_t + b)",
    r"o_t = V h_t + c",
    r"L_t = \frac{1}{2} \|o_t - y_t\|^2",
    r"L = \sum_{t=1}^T L_t",
)
SUMMED = r"\frac{\partial L_t}{\partial V}"


def of(bounds):
    return rf"\frac{{\partial L}}{{\partial V}} = \sum{bounds} {SUMMED}"


@pytest.mark.parametrize("bounds", ["_t", "_{t=1}^T", r"_{1 \le t \le T}", r"_{t \le T, 1 \le t}", r"_{0 < t \le T}"])
def test_all_steps(verdicts, bounds):
    assert verdicts(*NETWORK, of(bounds))[-1] == "holds"


@pytest.mark.parametrize(
    "bounds", [r"_{t < T}", r"_{t \ge 2}", r"_{t \ne 3}", r"_{t=1, t \ne 2}^T", "_{t=1}^{T-1}", r"_{1 \le t < T}"]
)
def test_some_steps_are_not_all(verdicts, bounds):
    assert verdicts(*NETWORK, of(bounds))[-1] == "fails"


@pytest.mark.parametrize(
    "bounds",
    [
        r"_{t \in S}", r"_{t \in \{1, 3\}}", r"_{t \notin \{2\}}", r"_{t \subset S}", r"_{t \text{ odd}}",
        r"_{\text{odd}}", "_{t=1,3,5}", "_{t=1,3}^T", r"_{t=1, t \in S}", r"_{t \in S, t > 1}", r"_{t=1, t=2}^T",
        r"_{t \to T}", r"_{t \gg 1}", "_{T-1}", "^{T-1}", r"_{1 \le t < T}^{T}", r"_{t=1}^{\text{half}}", "_{S}",
    ],
)  # fmt: skip
def test_what_is_not_understood_is_not_left_out(verdicts, bounds):
    assert verdicts(*NETWORK, of(bounds))[-1] in ("unreadable", "unknown")


def test_an_index_that_is_left_out(verdicts):
    softmax = r"p_{t,i} = \frac{e^{o_{t,i}}}{\sum_k e^{o_{t,k}}}"
    claims = (r"\sum_{k \ne i} p_{t,k} = 1 - p_{t,i}", r"\sum_{k \ne i} p_{t,k} = 1 + p_{t,i}")
    assert verdicts(*NETWORK[:2], softmax, *claims)[2:] == ["definition", "holds", "fails"]


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        ("t = T", "holds"),
        (r"t \in \{T\}", "holds"),
        (r"t \in \{T, T-1\}", "unknown"),
        (r"t \in S", "unknown"),
        ("t = 1, 2", "unknown"),
        ("t < T", "fails"),
        (r"t \in \{1\}", "fails"),
        (r"t \in [1, T]", "fails"),
    ],
)
def test_a_condition_that_is_not_read_refutes_nothing(verdicts, condition, verdict):
    claim = r"\frac{d L}{d h_t} = V^\top (o_t - y_t)"
    assert verdicts(*NETWORK, rf"{claim}, \quad {condition}")[-1] == verdict


@pytest.mark.parametrize("letter", ["r", r"\rho", r"\lambda", r"\nu"])
def test_any_letter_runs_over_steps(verdicts, letter):
    network = (r"h_t = \tanh(W h_{t-1} + U x_t)", r"L_t = \frac{1}{2} \|h_t - y_t\|^2", r"L = \sum_t L_t")
    later = rf"\frac{{\partial L_{{{letter}}}}}{{\partial h_t}}"
    sums = [rf"\sum_{{{letter}={start}}}^T {later}" for start in ("t", "1", "t+2")]
    claims = [rf"\frac{{\partial L}}{{\partial h_t}} = {side}" for side in sums]
    assert verdicts(*network, *claims)[3:] == ["holds", "holds", "fails"]


def test_a_product_reaches_over_the_parameters_after_a_dot(verdicts):
    page = (
        r"h_t = \tanh(W h_{t-1} + U x_t)",
        r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) \cdot W",
    )
    span = r"\frac{\partial h_T}{\partial h_t} = \prod_{k=t+1}^T"
    claims = (rf"{span} \mathrm{{diag}}(1 - h_k^2) \cdot W", rf"{span} W \cdot \mathrm{{diag}}(1 - h_k^2)")
    assert verdicts(*page, *claims)[1:] == ["holds", "holds", "fails"]


CLASSES = (
    r"h_t = \tanh(W h_{t-1} + U x_t + b)",
    r"p_t = \sigma(V h_t)",
    r"L = \sum_{t=1}^T L_t",
    r"L_t = \frac{1}{2} \sum_{k=1}^K (p_{t,k} - y_{t,k})^2",
)


@pytest.mark.parametrize(
    ("number", "claim", "verdict"),
    [
        ("K = 1", "L = L_1", "fails"),
        ("K = 4", "h_T = h_4", "fails"),
        ("T = 4", "h_T = h_4", "holds"),
        ("K = 1", r"\sum_{k=1}^K p_{t,k} = p_{t,1}", "unknown"),  # is true there, where it is not tried
    ],
)
def test_the_number_of_classes_is_not_that_of_steps(verdicts, number, claim, verdict):
    assert verdicts(*CLASSES, number, claim)[-1] == verdict


@pytest.mark.parametrize("steps", [r"L = L_1 + L_2 \quad (T = 2)", r"L = L_1 + L_2, \quad T = 2"])
def test_a_number_of_steps_beside_a_claim_is_its_condition(verdicts, steps):
    assert verdicts(*CLASSES, steps)[-1] == "holds"
    assert verdicts(*CLASSES, steps.replace("T = 2", "T = 3"))[-1] == "fails"
    assert verdicts(*CLASSES, steps, "h_T = h_2")[-1] == "fails"  # it is of that claim alone
    assert verdicts(*CLASSES, r"h_0 = 0, \quad T = 2", "h_T = h_2")[-1] == "holds"


@pytest.mark.parametrize(
    ("claim", "verdicts_"),
    [
        ("h_{T-5} = h_2", {"fails", "unknown"}),  # at seven steps
        (r"\sum_{k=1}^{T-5} h_k = h_1 + h_2", {"fails", "unknown"}),
        (r"h_{T-5} = \tanh(W h_{T-6} + U x_{T-5} + b)", {"holds"}),
        (r"\sum_{k=1}^{T-100} h_k = 0", {"unknown"}),  # with fewer than 101 steps
        (r"\sum_{k=1}^{T-100} h_k + h_{T-99} = \sum_{k=1}^{T-99} h_k", {"holds", "unknown"}),
        (r"\frac{\partial L_t}{\partial c} = o_t - y_t + (T-t)(T-t-1)(T-t-2)(T-t-3)(T-t-4)(T-t-5) c", {"fails"}),
        (r"c (\sum_{k=1}^T 1 - 4) (\sum_{k=1}^T 1 - 6) = 0", {"fails", "unknown"}),
        (r"\sum_{t=1}^T \sum_{k=1}^t h_k = \sum_{k=1}^T (T - k + 1) h_k", {"holds"}),
    ],
)
def test_what_is_true_at_the_steps_that_are_tried_alone(verdicts, claim, verdicts_):
    assert verdicts(*NETWORK, claim)[-1] in verdicts_


@pytest.mark.parametrize(("first", "verdict"), [("k+1", "holds"), ("k", "fails"), ("k+2", "fails")])
def test_letters_that_only_bound_a_product_over_steps_are_steps(verdicts, first, verdict):
    claim = rf"\prod_{{j=k+1}}^t \frac{{\partial h_j}}{{\partial h_{{j-1}}}} = \prod_{{j={first}}}^t D_j W"
    diagonal = r"D_t = \mathrm{diag}(1 - h_t^2)"
    assert verdicts(*NETWORK, diagonal, claim)[-1] == verdict


def test_the_trace_of_a_number_is_that_number(verdicts):
    claim = r"\frac{\partial L}{\partial V_{ij}} = \sum_t tr\left(%s \frac{\partial o_t}{\partial V_{ij}}\right)"
    row = r"\left(\frac{\partial L}{\partial o_t}\right)^\top"
    assert verdicts(*NETWORK, claim % row, claim % ("2 " + row))[-2:] == ["holds", "fails"]


def test_the_derivative_of_a_sum_of_losses_is_chained_like_that_of_one(verdicts):
    delta = r"\delta_t = \frac{\partial L}{\partial h_t}"
    claim = r"\delta_t = \frac{\partial L_t}{\partial h_t} + \frac{\sum_{i=%s}^T \partial L_i}{\partial h_{t+1}} %s"
    jacobian = r"\frac{\partial h_{t+1}}{\partial h_t}"
    claims = (claim % ("t+1", jacobian), claim % ("t+2", jacobian), claim % ("t+1", "2 " + jacobian))
    assert verdicts(*NETWORK, delta, *claims)[-3:] == ["holds", "fails", "fails"]
