"""Lists, data and updates are no claims; what they say counts."""

NETWORK = (r"h_t = \tanh(W h_{t-1} + U x_t)", r"\hat y = V h_T", r"L = \frac{1}{2} \|\hat y - y\|^2")


def test_lists_and_updates_are_definitions(verdicts):
    remarks = (
        r"x = (x_1, x_2, \ldots, x_T)",
        r"\theta = \{W, U, V\}",
        r"W \leftarrow W - \eta \frac{\partial L}{\partial W}",
        r"\theta \leftarrow \theta - \eta \frac{\partial L}{\partial \theta}",
        r"W(t+1) = W(t) - \eta \frac{\partial L}{\partial W}",
    )
    assert verdicts(*NETWORK, *remarks) == ["definition"] * 8


def test_a_list_of_inputs_does_not_make_a_step_an_entry(verdicts):
    claim = r"\frac{\partial h_t}{\partial x_t} = \mathrm{diag}(1 - h_t^2) U"
    assert verdicts(*NETWORK, r"x = (x_1, \ldots, x_T)", claim)[-1] == "holds"


def test_a_number_of_steps_counts_from_where_it_is_said(verdicts):
    claim = r"\frac{\partial L}{\partial h_3} = W^\top ((1 - h_4^2) \odot V^\top (\hat y - y))"
    assert verdicts(*NETWORK, "T = 4", claim)[-1] == "holds"
    assert verdicts(*NETWORK, "T = 5", claim)[-1] == "fails"
    assert verdicts(*NETWORK, claim)[-1] == "fails"


def test_an_update_defines_nothing(verdicts):
    page = (
        r"h_t = \tanh(W h_{t-1} + U x_t + b)",
        r"L = \frac{1}{2} \sum_{t=1}^T \|h_t - y_t\|^2",
        r"\Delta W = -\eta \frac{\partial L}{\partial W}",
        r"W = W + \Delta W",
        r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W",
        r"W = W + U",
    )
    assert verdicts(*page) == ["definition"] * 4 + ["holds", "fails"]


def test_a_bracket_with_a_transpose_is_no_path(verdicts):
    jacobian = r"\left(\frac{\partial h_k}{\partial h_t}\right)"
    page = (
        r"h_t = \tanh(W h_{t-1} + U x_t + b)",
        r"L_t = \frac{1}{2} \|h_t - y_t\|^2",
        r"L = \sum_{t=1}^T L_t",
        rf"\frac{{\partial L}}{{\partial h_t}} = \sum_{{k=t}}^T {jacobian}^\top (h_k - y_k)",
        rf"\frac{{\partial L}}{{\partial h_t}} = \sum_{{k=t}}^T {jacobian} (h_k - y_k)",
    )
    assert verdicts(*page)[3:] == ["holds", "fails"]
