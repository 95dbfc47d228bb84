"""What the page leaves unsaid, or what of it was not understood, refutes nothing."""

RNN = (r"h_t = \tanh(W h_{t-1} + U x_t)", r"o_t = V h_t")


def test_a_loss_whose_formula_is_not_understood_refutes_nothing(verdicts):
    claim = r"\frac{\partial L_t}{\partial o_t} = o_t"
    assert verdicts(*RNN, claim)[-1] == "fails"  # for any function of the output
    assert verdicts(*RNN, r"L_t = \frac{1}{2} \langle o_t - y_t \rangle_{\text{soft}}", claim)[-1] == "unknown"


def test_a_slope_says_which_function_is_meant(verdicts):
    network = (r"z = W x + b", "a = g(z)")
    slope = r"\frac{\partial a}{\partial z} = \mathrm{diag}(%s)"
    assert verdicts(*network, slope % "1 - a^2")[-1] == "unknown"
    assert verdicts(*network, slope % "1 - z^2")[-1] == "fails"
    assert verdicts(*network, slope % "g'(z)")[-1] == "holds"


def test_a_loss_reads_no_network_that_its_derivatives_do_not_speak_of(verdicts):
    page = (
        "q_t = f(W p_t)",  # another one, said first
        r"h_t = \phi(W h_{t-1} + U x_t)",
        "o_t = V h_t",
        r"\frac{\partial L_t}{\partial W} = \sum_{k=1}^t \frac{\partial L_t}{\partial o_t}"
        r" \frac{\partial o_t}{\partial h_t} \frac{\partial h_t}{\partial h_k} \frac{\partial h_k}{\partial W}",
    )
    assert verdicts(*page)[-1] == "holds"


def test_a_derivative_of_a_sum_may_be_the_identity(check):
    network = ("z = W x + b",)
    claims = [check(*network, rf"\frac{{\partial z}}{{\partial b}} = {n}")[-1].claims[0] for n in (1, 2)]
    assert [(c.verdict, c.assumptions) for c in claims] == [("conditional", ("vector-for-diagonal",)), ("fails", ())]
