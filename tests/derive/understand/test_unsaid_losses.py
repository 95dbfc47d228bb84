"""Losses that no formula of the page says: the cross-entropy by its derivative, and any function of the outputs."""

import pytest

NETWORK = (
    r"h_t = \tanh(W x_t + U h_{t-1})",
    r"o_t = V h_t",
    r"\hat y_t = \mathrm{softmax}(o_t)",
)
SAID = r"\frac{\partial L_t}{\partial o_t} = \hat y_t - Y_t"


def test_the_cross_entropy_by_its_derivative(verdicts):
    claims = (
        r"\frac{\partial L_t}{\partial V} = (\hat y_t - Y_t) h_t^\top",
        r"\frac{\partial L_t}{\partial V} = (Y_t - \hat y_t) h_t^\top",
        r"\frac{\partial L_t}{\partial V} = h_t (\hat y_t - Y_t)^\top",
        r"\frac{\partial L_t}{\partial h_t} = V^\top (\hat y_t - Y_t)",
        r"\frac{\partial L_t}{\partial h_t} = V^\top (\hat y_t - Y_{t-1})",
    )
    assert verdicts(*NETWORK, SAID, *claims)[3:] == ["definition", "holds", "fails", "fails", "holds", "fails"]


def test_only_what_a_softmax_with_cross_entropy_has_says_that_it_is_meant(verdicts):
    turned = r"\frac{\partial L_t}{\partial o_t} = Y_t - \hat y_t"
    by_state = r"\frac{\partial L_t}{\partial h_t} = \hat y_t - Y_t"
    no_softmax = (NETWORK[0], NETWORK[1], r"\hat y_t = \tanh(o_t)")
    squares = r"L_t = \frac{1}{2} \|\hat y_t - Y_t\|^2"
    assert verdicts(*NETWORK, turned)[-1] not in ("holds", "definition")
    assert verdicts(*NETWORK, by_state)[-1] not in ("holds", "definition")
    assert verdicts(*no_softmax, SAID)[-1] not in ("holds", "definition")
    assert verdicts(*NETWORK, squares, SAID)[-1] == "fails"


def test_the_path_of_one_step_where_the_loss_is_any_function_of_all_states(check):
    claims = (
        r"\frac{\partial L}{\partial h_{t-1}} = U^\top (\frac{\partial L}{\partial h_t} \odot (1 - h_t^2))",
        r"\frac{\partial L}{\partial h_{t-1}} = U (\frac{\partial L}{\partial h_t} \odot (1 - h_t^2))",
    )
    found = [block.claims[0] for block in check(NETWORK[0], *claims)[1:]]
    assert found[0].verdict == "conditional" and "one-path" in found[0].assumptions
    assert found[1].verdict == "fails"


def test_a_formula_that_leaves_something_out_defines_nothing(verdicts):
    page = (r"h_t = \tanh(\dots U h_{t-1})", *NETWORK)
    assert verdicts(*page)[1:] == ["definition"] * 3


def test_the_parts_of_a_quantity_are_some_function_of_it(verdicts):
    page = (
        r"a_t = x_t W + h_{t-1} U = [a^i_t, a^f_t]",
        r"f_t = \sigma(a^f_t)",
        r"c_t = f_t \odot c_{t-1} + \sigma(a^i_t)",
        r"h_t = \tanh(c_t)",
        r"L = \frac{1}{2} \sum_{t=1}^T \|h_t - y_t\|^2",
    )
    claims = (
        r"\frac{\partial L}{\partial f_t} = \frac{\partial L}{\partial c_t} \odot c_{t-1}",
        r"\frac{\partial L}{\partial c_{t-1}} = \frac{\partial L}{\partial c_t} \odot f_t",
    )
    found = verdicts(*page, *claims)[-2:]
    assert found[0] == "holds" and found[1] != "holds"


def test_a_flow_of_names_claims_nothing(check):
    flow, limit = check(*NETWORK, r"h_0 \rightarrow h_1 \rightarrow \cdots \rightarrow h_T", r"h_T \to 0")[3:]
    assert flow.claims == () and limit.verdict == "unknown"


def test_a_difference_of_a_softmax_and_a_target_within_a_claim(verdicts):
    """It is what the cross-entropy leaves; what does not hold so may be meant with another loss."""
    network = (r"h_t = \tanh(W h_{t-1} + U x_t)", "z_t = V h_t", r"p_t = \mathrm{softmax}(z_t)")
    claims = [rf"\frac{{\partial L}}{{\partial V}} = \sum_t (p_t {sign} y_t) h_t^\top" for sign in "-+"]
    assert verdicts(*network, *claims)[3:] == ["holds", "unknown"]
    other = r"\frac{\partial L}{\partial p_t} = p_t - y_t"
    assert verdicts(*network, other, claims[0])[3:] == ["unknown", "holds"]


def test_a_loss_that_the_page_leaves_open_may_be_that_of_the_last_step(check):
    """Nothing is refuted because it was taken for a sum over all steps; but where the page says that it is one."""
    state = r"h_t = \tanh(W h_{t-1} + U x_t)"
    for loss in ("L", r"L(\theta)"):
        claims = [
            rf"\frac{{\partial {loss}}}{{\partial W}} = \frac{{\partial {loss}}}{{\partial h_T}} {rest}"
            for rest in (r"\frac{\partial h_T}{\partial W}", r"\frac{\partial h_T}{\partial U}")
        ]
        right, wrong = (block.claims[0] for block in check(state, *claims)[1:])
        assert right.verdict == "conditional" and "last-step-loss" in right.assumptions and wrong.verdict == "fails"
    whole = r"\frac{\partial L}{\partial W} = \frac{\partial L}{\partial h_T} \frac{\partial h_T}{\partial W}"
    assert check(state, r"L = \sum_t \|h_t - y_t\|^2", whole)[-1].verdict == "fails"


def test_of_layers_the_loss_that_no_formula_names_is_any_function_of_the_last(verdicts):
    layers = (r"Z^{[l]} = W^{[l]} A^{[l-1]} + b^{[l]}", r"A^{[l]} = g^{[l]}(Z^{[l]})")
    claims = (
        r"dZ^{[l]} = dA^{[l]} \odot g^{[l]\prime}(Z^{[l]})",
        r"dA^{[l-1]} = W^{[l]\top} dZ^{[l]}",
        r"dA^{[l-1]} = W^{[l]} dZ^{[l]}",
    )
    assert verdicts(*layers, *claims)[2:] == ["holds", "holds", "fails"]
    assert verdicts(*layers, *claims[:2], r"dA^{[L]} = -\frac{y}{A^{[L]}}")[2:4] == ["holds", "holds"]


def test_what_has_two_axes_is_not_defined_by_one(verdicts):
    page = (
        r"L = -\frac{1}{N} \sum_{i=1}^N \sum_{k=1}^K y_{ik} \log(\hat y_{ik})",
        r"Z^{[l]} = A^{[l-1]} W^{[l]} + b^{[l]}",
        r"A^{[l]} = f^{[l]}(Z^{[l]})",
        r"S = \sum_j e^{z_j}",
        r"\hat y_k = e^{z_k} / S",
        r"\frac{\partial \hat y_k}{\partial z_i} = \hat y_k (\delta_{ik} - \hat y_i)",
    )
    assert "holds" not in verdicts(*page)


def test_the_loss_of_a_state_that_nothing_but_the_next_one_reads(verdicts):
    network = (r"h_t = \phi(W h_{t-1} + U x_t)", r"L = \sum_{t=1}^T \ell_t(h_t)")
    gradient = (
        r"\frac{\partial L}{\partial U} = \sum_{t=1}^T (\frac{\partial L}{\partial h_t} \odot \phi'(%s)) x_t^\top"
    )
    claims = [gradient % argument for argument in ("W h_{t-1} + U x_t", "W h_t + U x_t")]
    assert verdicts(*network, *claims)[2:] == ["holds", "fails"]


def test_a_probability_with_parameters_below_it_explains_nothing(verdicts):
    page = (
        "o_t = V h_t",
        r"\hat y_{t,k} = p_\theta(y_t = k \mid y_{<t}, x) = \frac{e^{o_{t,k}}}{\sum_{j=1}^C e^{o_{t,j}}}",
        r"L_t = -\sum_k y_{t,k} \log \hat y_{t,k}",
        r"\frac{\partial L_t}{\partial o_t} = \hat y_t - y_t",
        r"\frac{\partial L_t}{\partial o_t} = y_t - \hat y_t",
    )
    assert verdicts(*page)[2:] == ["definition", "holds", "fails"]


def test_the_cross_entropy_by_what_it_gives_where_the_loss_is_a_sum_of_steps(verdicts):
    whole = r"L = \sum_{t=1}^T L_t"
    claims = (
        r"\frac{\partial L}{\partial V} = \sum_t (\hat y_t - Y_t) h_t^\top",
        r"\frac{\partial L}{\partial V} = \sum_t (Y_t - \hat y_t) h_t^\top",
        r"\frac{\partial L}{\partial V} = \sum_t (\hat y_t - Y_t) h_{t-1}^\top",
    )
    assert verdicts(*NETWORK, whole, *claims)[4:] == ["holds", "unknown", "unknown"]
    halves = r"L = \frac{1}{2} \sum_{t=1}^T L_t"
    assert verdicts(*NETWORK, halves, *claims)[4] != "holds"


def test_the_word_for_a_loss_between_it_and_its_formula_names_it(verdicts):
    said = (r"L_t = \rm{loss}(\hat y_t, Y_t) = -Y_t^\top \log \hat y_t", r"L_t = \rm{loss} = -Y_t^\top \log \hat y_t")
    assert verdicts(*NETWORK, *said, SAID)[3:] == ["definition", "definition", "holds"]
    assert verdicts(*NETWORK, *said, r"\frac{\partial L_t}{\partial o_t} = Y_t - \hat y_t")[-1] == "fails"


JACOBIANS = (
    "h_t = f(W h_{t-1} + U x_t + b)",
    r"\frac{\partial L}{\partial h_t} = \frac{\partial L}{\partial h_T}"
    r" \prod_{k=t+1}^{T} \frac{\partial h_k}{\partial h_{k-1}}",
    r"J_k = \mathrm{diag}(f'(a_k)) W",
    "a_k = W h_{k-1} + U x_k + b",
    r"\frac{\partial h_t}{\partial h_{t-1}} = J_t",
    r"\frac{\partial h_t}{\partial h_{t-1}} = J_{t-1}",
)


def test_a_jacobian_is_no_loss_and_none_is_made_of_it(verdicts):
    assert verdicts(*JACOBIANS) == ["definition", "conditional", "definition", "definition", "holds", "fails"]


def test_two_open_losses_are_not_known_to_belong_together(verdicts):
    page = (
        "s_t = W h_{t-1} + U x_t",
        r"h_t = \sigma(s_t)",
        r"\frac{\partial L_{tot}}{\partial W} = \sum_{t=1}^T \frac{\partial L_t}{\partial W}",
        r"\frac{\partial L_t}{\partial W} = \frac{\partial L_t}{\partial s_t} \frac{\partial s_t}{\partial W}",
    )
    assert verdicts(*page)[2] == "unknown"


OPEN = ("n_t = U x_t + W s_{t-1}", "s_t = f(n_t)", r"\delta_k = \frac{\partial E}{\partial n_k}")


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (
            r"\frac{\partial E}{\partial n_k} = \frac{\partial E}{\partial n_t} \frac{\partial n_t}{\partial n_k}",
            "conditional",
        ),
        (r"\nabla_W E = \frac{\partial E}{\partial n_t} \frac{\partial n_t}{\partial W}", "conditional"),
        (r"\nabla_W E = \frac{\partial E}{\partial n_t} \frac{\partial n_{t-1}}{\partial W}", "fails"),
    ],
)
def test_an_open_loss_may_be_that_of_the_step_that_a_claim_speaks_of(check, claim, verdict):
    found = check(*OPEN, claim)[3]
    assert found.verdict == verdict
    assert verdict == "fails" or found.claims[0].assumptions == ("last-step-loss",)
    said = r"E = \sum_{t=1}^T \frac{1}{2} \|s_t - y_t\|^2"
    assert check(*OPEN, said, claim)[4].verdict != "holds"


def test_what_a_claim_says_of_an_open_loss_alone_is_not_wrong(verdicts):
    page = (
        r"h = X \Theta",
        r"\xi = Y - h",
        r"\frac{\partial L}{\partial h} = h - Y",
        r"\frac{\partial \|Y - X \Theta\|^2}{\partial \Theta} = 0",
        r"\frac{\partial L}{\partial \Theta} = X^\top \frac{\partial L}{\partial h}",
        r"\frac{\partial L}{\partial \Theta} = X \frac{\partial L}{\partial h}",
    )
    assert verdicts(*page)[2:] == ["unknown", "unknown", "holds", "fails"]
