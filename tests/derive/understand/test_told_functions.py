"""Functions that a chain, or another formula of the same thing, tells."""

OPEN = r"s_t = f_1(U x_t + W s_{t-1})"
KNOWN = r"\tanh(U x_t + W s_{t-1})"
CLAIMS = (
    r"\frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(1 - s_t^2) W",
    r"\frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(1 - s_t) W",
)


def test_in_a_chain_and_in_two_formulas(verdicts):
    assert verdicts(f"{OPEN} = {KNOWN}", *CLAIMS)[1:] == ["holds", "fails"]
    assert verdicts(OPEN, f"s_t = {KNOWN}", *CLAIMS)[2:] == ["holds", "fails"]


def test_of_another_argument_or_two_functions_nothing_is_told(verdicts):
    assert verdicts(OPEN, r"s_t = \tanh(U x_t)", *CLAIMS)[2] != "holds"
    assert "holds" not in verdicts(OPEN, f"s_t = {KNOWN}", r"s_t = \mathrm{ReLU}(U x_t + W s_{t-1})", *CLAIMS)[3:]
    assert verdicts(f"s_t = {KNOWN}", OPEN.replace("f_1", r"\sigma"))[1] == "fails"
    assert verdicts(OPEN, CLAIMS[0])[1] == "unknown"


def test_an_equation_that_says_its_function_comes_first(verdicts):
    page = (OPEN.replace("f_1", "f"), "o_t = f(V s_t)", r"s_t = \tanh(W s_{t-1} + U x_t)", *CLAIMS)
    assert verdicts(*page)[3:] == ["holds", "fails"]
