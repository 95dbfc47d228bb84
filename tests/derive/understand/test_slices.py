r"""Parts of arrays as programs write them, `W[:, m:]`, and slips in them."""

import pytest

NETWORK = (r"h_t = \tanh(W [h_{t-1}, x_t])",)
STATE = r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W[%s]"
INPUT = r"\frac{\partial h_t}{\partial x_t} = \mathrm{diag}(1 - h_t^2) W[%s]"


@pytest.mark.parametrize("end", ["m", r"\text{hid}"])
def test_a_name_in_a_slice_says_where_the_pieces_meet(verdicts, end):
    assert verdicts(*NETWORK, STATE % f":, :{end}", INPUT % f":, {end}:")[1:] == ["holds", "holds"]


@pytest.mark.parametrize(
    ("claim", "meant"), [(STATE % ":m, :", ":, :m"), (INPUT % "m:, :", ":, m:"), (STATE % ":, m:", ":, :m")]
)
def test_a_slice_of_the_wrong_axis_or_of_the_other_part(check, claim, meant):
    [found] = check(*NETWORK, STATE % ":, :m", claim)[-1].claims
    assert found.verdict == "fails" and found.kind == "slice" and f"W[{meant}]" in found.suggestion


def test_a_transpose_before_a_slice_counts(verdicts):
    claims = [STATE % ":, :m", (STATE % ":, :m").replace("W[", r"W^\top["), (STATE % ":, :m") + r"^\top"]
    assert verdicts(*NETWORK, *claims)[len(NETWORK) :] == ["holds", "fails", "fails"]


def test_every_slice_of_the_wrong_axis_is_one_slip(check):
    network = (
        r"h_t = \tanh(W [h_{t-1}, x_t])",
        r"g_t = \tanh(V [h_{t-1}, x_t])",
        r"L = \sum_t (\|h_t\|^2 + \|g_t\|^2)",
    )
    slopes = [rf"\mathrm{{diag}}(1 - {name}_t^2)" for name in "hg"]
    claim = r"\frac{\partial L}{\partial x_t} = (%s W[m:, :])^\top \frac{\partial L}{\partial h_t} + (%s V[m:, :])^\top"
    claim = (claim + r" \frac{\partial L}{\partial g_t}") % tuple(slopes)
    [found] = check(*network, claim)[-1].claims
    assert found.verdict == "fails" and "W[:, m:]" in found.suggestion and "V[:, m:]" in found.suggestion


def test_a_name_for_a_derivative_by_an_input_that_its_own_formula_cannot_define(check):
    network = (r"a_t = W [h_{t-1}, x_t]", r"h_t = \tanh(a_t)", r"L = \frac12 \sum_t \|h_t - y_t\|^2")
    formula = r"\delta_{x_t} = W[%s]^\top \frac{\partial L}{\partial a_t}"
    [found] = check(*network, formula % "m:, :")[-1].claims
    assert found.verdict == "fails" and found.suggestion == formula.split("= ")[1] % ":, m:"
    assert check(*network, formula % ":, m:")[-1].verdict == "holds"


@pytest.mark.parametrize("size", ["n_h", r"n_{\text{hidden}}", "H"])
def test_a_name_that_is_no_size_says_where_two_pieces_meet(verdicts, size):
    network = (r"a_t = W [h_{t-1}, x_t]", r"h_t = \tanh(a_t)", r"L = \frac12 \sum_t \|h_t - y_t\|^2")
    of_step = r"\frac{\partial a_t}{\partial %s} = W[:, %s]"
    claims = (of_step % ("h_{t-1}", f":{size}"), of_step % ("x_t", f"{size}:"), of_step % ("x_t", f":{size}"))
    assert verdicts(*network, *claims)[3:5] == ["holds", "holds"]
    assert verdicts(*network, *claims)[5] != "holds"
