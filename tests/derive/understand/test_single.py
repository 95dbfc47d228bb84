"""What no reading of its products fits, and what is wrong where arrays have a single entry."""

NETWORK = (
    r"h_t = \tanh(W h_{t-1} + U x_t + b)",
    r"\hat y_t = \mathrm{softmax}(V h_t + c)",
    r"L_t = -y_t^\top \log \hat y_t",
    r"L = \sum_{t=1}^T L_t",
)


def last(verdicts, claim):
    return verdicts(*NETWORK, claim)[-1]


def test_what_is_wrong_with_single_entries_fails(verdicts):
    # no product of these shapes fits; tanh' is missing, and for numbers the claim says 1 - h² = 1
    assert last(verdicts, r"\frac{\partial h_t}{\partial U} = x_t") == "fails"
    assert last(verdicts, r"\frac{\partial L}{\partial V} = \sum_t \frac{\partial L}{\partial \hat y_t} h_t") == "fails"


def test_what_is_right_with_single_entries_is_not_refuted(verdicts):
    shorthand = r"\frac{\partial (U x_t)}{\partial U} = x_t"
    assert last(verdicts, shorthand) not in ("fails", "holds")
    swapped = r"\frac{\partial L}{\partial h_T} = (\hat y_T - y_T) V^\top"
    assert last(verdicts, swapped) == "fails"  # an edit mends it
    spread = r"\frac{\partial L_t}{\partial V} = h_t (\hat y_t - y_t)"
    assert last(verdicts, spread) != "holds"


def test_classes_keep_their_axis(verdicts):
    # of a single class a softmax is 1, and everything about its loss would be 0 = 0 or refuted
    claim = r"\frac{\partial L_t}{\partial V} = \hat y_t h_t"
    assert last(verdicts, claim) == "fails"


def test_a_formula_on_derivatives_that_was_not_understood_excuses_only_what_speaks_of_it(verdicts):
    network = (r"h_t = \tanh(W h_{t-1} + U x_t)", r"o_t = V h_t", r"L = \frac12 \sum_t \|o_t - y_t\|^2")
    unread = r"z_t = \xi_t \frac{\partial h_t}{\partial h_{t-1}}"
    wrong = r"\frac{\partial L}{\partial V} = \sum_t h_{t-1} \frac{\partial L}{\partial o_t} o_t"
    about = r"\frac{\partial L}{\partial h_T} = z_T V (o_T - y_T) y_T"
    assert verdicts(*network, unread, wrong, about)[3:] == ["unreadable", "fails", "unreadable"]
