r"""Functions that a page leaves open: f(x_t, h_{t-1}, w), \ell(y_t, o_t), and the product of a chain rule."""

import pytest

NETWORK = (r"h_t = f(x_t, h_{t-1}, w)", r"o_t = g(h_t, v)", r"L = \sum_{t=1}^T \ell(y_t, o_t)")


def test_the_derivative_by_an_argument_is_by_it_alone(check):
    claims = (
        r"\frac{\partial h_t}{\partial w} = \partial_w f(x_t, h_{t-1}, w)"
        r" + \partial_h f(x_t, h_{t-1}, w) \frac{\partial h_{t-1}}{\partial w}",
        r"\frac{\partial h_t}{\partial w} = \partial_w f(x_t, h_{t-1}, w)",
        r"\frac{\partial h_t}{\partial h_{t-1}} = \frac{\partial f(x_t, h_{t-1}, w)}{\partial h_{t-1}}",
    )
    total, direct, jacobian = check(*NETWORK, *claims)[3:]
    assert [block.verdict for block in (total, direct, jacobian)] == ["holds"] * 3
    assert not total.claims[0].readings
    assert [reading.taken for reading in direct.claims[0].readings] == ["direct"]


def test_a_loss_that_is_open_is_a_number(verdicts):
    claims = (
        r"\frac{\partial L}{\partial o_t} = \frac{\partial \ell(y_t, o_t)}{\partial o_t}",
        r"\frac{\partial L}{\partial o_t} = 2 \frac{\partial \ell(y_t, o_t)}{\partial o_t}",
        r"\frac{\partial L}{\partial w} = \sum_{t=1}^T \frac{\partial \ell(y_t, o_t)}{\partial w}",
    )
    assert verdicts(*NETWORK, *claims)[3:] == ["holds", "fails", "holds"]


def test_a_mean_of_open_losses(verdicts):
    network = (r"h_t = W h_{t-1} + U x_t", r"o_t = V h_t", r"L = \frac{1}{T} \sum_{t=1}^T \ell(o_t, y_t)")
    claims = (
        r"\frac{\partial L}{\partial o_t} = \frac{\partial \ell(o_t, y_t)}{T \cdot \partial o_t}",
        r"\frac{\partial L}{\partial o_t} = \frac{\partial \ell(o_t, y_t)}{\partial o_t}",
        r"\frac{\partial L}{\partial V} = \sum_{t=1}^T \frac{\partial L}{\partial o_t} h_t^\top",
        r"\frac{\partial L}{\partial V} = \sum_{t=1}^T \frac{\partial L}{\partial o_t} h_{t-1}^\top",
    )
    assert verdicts(*network, *claims)[3:] == ["holds", "fails", "holds", "fails"]


def test_prod_is_the_product_of_a_chain_rule_with_its_transposes(verdicts):
    network = (r"h_t = W h_{t-1} + U x_t", r"o_t = V h_t", r"L = \sum_{t=1}^T \ell(o_t, y_t)")
    claims = (
        r"\frac{\partial L}{\partial V} = \sum_{t=1}^T \text{prod}\left(\frac{\partial L}{\partial o_t},"
        r" \frac{\partial o_t}{\partial V}\right)",
        r"\frac{\partial L}{\partial h_T} = \text{prod}\left(\frac{\partial L}{\partial o_T},"
        r" \frac{\partial o_T}{\partial h_T}\right) = V^\top \frac{\partial L}{\partial o_T}",
        r"\frac{\partial L}{\partial h_T} = \text{prod}\left(\frac{\partial L}{\partial o_{T-1}},"
        r" \frac{\partial o_{T-1}}{\partial h_{T-1}}\right)",
    )
    assert verdicts(*network, *claims)[3:] == ["holds", "holds", "fails"]


def test_the_arguments_of_a_loss_are_a_remark(verdicts):
    page = (
        r"h_t = \tanh(W h_{t-1} + U x_t)",
        r"\hat y_t = V h_t",
        r"\mathcal{L}(\theta) = \sum_{t=1}^T \mathcal{L}_t(y_t, \hat y_t)",
        r"\frac{\partial \mathcal{L}(\theta)}{\partial V} = \sum_{t=1}^T"
        r" \frac{\partial \mathcal{L}_t}{\partial \hat y_t} h_t^\top",
        r"\frac{\partial \mathcal{L}(\theta)}{\partial V} = \frac{\partial \mathcal{L}_T}{\partial \hat y_T} h_T^\top",
    )
    assert verdicts(*page)[3:] == ["holds", "fails"]


def test_a_summand_that_the_next_sum_defines(verdicts):
    page = (
        r"s_t = \tanh(W s_{t-1} + U x_t)",
        r"E = \sum_{t=1}^T E_t = \sum_{t=1}^T \ell(s_t)",
        r"\frac{\partial E_t}{\partial s_t} = \frac{\partial \ell(s_t)}{\partial s_t}",
        r"\frac{\partial E_t}{\partial s_t} = \frac{\partial E}{\partial s_t}",
    )
    assert verdicts(*page)[1:] == ["definition", "holds", "fails"]


@pytest.mark.parametrize(
    ("below", "verdict"),
    [
        (r"\sum_j e^{z_j - \max(\mathbf{z})}", "holds"),
        (r"\sum_j e^{z_j + \max(\mathbf{z})}", "unknown"),
        (r"\sum_j e^{z_j}", "unknown"),
    ],
)
def test_the_largest_entry_of_an_array_is_a_number(verdicts, below, verdict):
    network = (r"\mathbf{z} = W x", r"\mathbf{y} = \text{softmax}(\mathbf{z})")
    assert verdicts(*network, rf"y_i = \frac{{e^{{z_i - \max(\mathbf{{z}})}}}}{{{below}}}")[-1] == verdict
    assert verdicts(*network, r"\max(\mathbf{z}) = \sum_i z_i")[-1] == "unknown"


def test_a_word_before_a_bracket_may_be_a_function(verdicts):
    page = (r"\text{RBF} = \phi(z)", r"h = \text{RBF}(x \cdot w) = e^{-(x \cdot w)^2}", r"\text{out} = \sigma(z)")
    assert "fails" not in verdicts(*page)
    slope = r"\frac{\partial \text{out}}{\partial z} = \text{out} (1 - \text{out})"
    assert verdicts(r"\text{out} = \sigma(z)", slope)[1] in ("holds", "conditional")  # but read
