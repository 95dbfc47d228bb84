"""Arguments of activations that a page names below a ∂ alone."""

NETWORK = (
    r"h_t = \tanh(W h_{t-1} + U x_t)",
    r"p_t = \mathrm{softmax}(V h_t + c)",
    r"L_t = -\sum_k y_{t,k} \log p_{t,k}",
)
CHAIN = r"\frac{\partial L_t}{\partial V} = \frac{\partial L_t}{\partial p_t} \frac{\partial p_t}{\partial z_t}"
USED = rf"{CHAIN} \frac{{\partial z_t}}{{\partial V}}"


def test_the_only_activation_that_is_differentiated_by_it(verdicts):
    claims = (
        r"\frac{\partial L_t}{\partial z_t} = p_t - y_t",
        r"\frac{\partial L_t}{\partial z_t} = y_t - p_t",
        r"\frac{\partial z_t}{\partial h_t} = V",
        r"\frac{\partial z_t}{\partial h_t} = V W",
    )
    assert verdicts(*NETWORK, USED, *claims)[3:] == ["holds", "holds", "fails", "holds", "fails"]


def test_what_it_is_stands_among_the_conventions(conventions):
    assert ("the name z", "the argument of softmax in p") in conventions(*NETWORK, USED)


def test_nothing_is_guessed(verdicts):
    """Where two activations are differentiated by it, where its argument reads something else, and where it stands
    outside of derivatives."""
    other = r"\frac{\partial h_t}{\partial z_t} = 1 - h_t^2"
    assert verdicts(*NETWORK, USED, other)[3:] == ["unreadable"] * 2
    assert verdicts(*NETWORK, USED.replace(r"\partial V", r"\partial U"))[3:] == ["unreadable"]
    assert verdicts(*NETWORK, USED, r"\delta_t = z_t - y_t")[3] == "unreadable"


def test_any_parameter_is_no_argument(conventions):
    page = (*NETWORK, r"\frac{\partial L}{\partial \theta} = \sum_t \frac{\partial L_t}{\partial \theta}")
    found = conventions(*page, r"\frac{\partial p_t}{\partial \theta} = 0")
    assert all(name != "the name theta" for name, _ in found)
