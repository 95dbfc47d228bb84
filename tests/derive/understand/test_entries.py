"""Entries of matrices and vectors: what letters pick them, and what is defined by them."""

NETWORK = (
    r"z_t = W h_{t-1} + U x_t",
    r"h_t = \tanh(z_t)",
    r"L_t = \frac{1}{2} \|h_t - y_t\|^2",
)


def test_a_matrix_defined_by_its_entries_multiplies_like_any_other(verdicts):
    named = r"D^t_{mk} = \frac{\partial h_{t,m}}{\partial z_{t,k}}"
    claim = r"\frac{\partial h_{t,m}}{\partial h_{t-1,j}} = "
    found = verdicts(
        *NETWORK,
        named,
        claim + "(D^t W)_{mj}",
        claim + "(W D^t)_{mj}",
        r"\frac{\partial h_t}{\partial h_{t-1}} = D^t W",
    )
    assert found[3:] == ["definition", "holds", "fails", "holds"]


def test_an_entry_of_a_bracket_is_picked_by_any_letter(verdicts):
    claim = r"\frac{\partial L_t}{\partial h_{t,l}} = "
    assert verdicts(*NETWORK, claim + "(h_t - y_t)_l", claim + "(h_t + y_t)_l")[3:] == ["holds", "fails"]
