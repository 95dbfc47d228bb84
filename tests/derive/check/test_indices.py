r"""Steps and components as textbooks write them: h_i^{(t)}, h_i(t), h[t], h_{t,i}; and what is refused rather than
guessed.
"""

import pytest

CLAIMS = {
    # so is one after the name
    r"h_i(t) = \tanh(a_i(t))": "definition",
    r"h_i(t) = \tanh(a_i(t-1))": "fails",
    r"a_i(t) = b_i + \sum_j W_{ij} h_j(t-1) + \sum_j U_{ij} x_j(t)": "definition",
    r"\frac{\partial L}{\partial b_i} = \sum_{t=1}^T \frac{\partial L}{\partial a_i(t)}": "holds",
    r"\frac{\partial L}{\partial b_i} = \sum_{t=1}^T \frac{\partial L}{\partial h_i(t)}": "fails",
    r"h_i(t)^2 = \tanh^2(a_i(t))": "holds",
    r"h_i^2(t) = h_i(t) h_i(t)": "holds",
    r"h_i^2(t) = h_i(t) h_i(t-1)": "fails",
    r"h^2(t) = h(t) \odot h(t)": "holds",
    r"\frac{\partial h(t)}{\partial a(t)} = \mathrm{diag}(1 - h^2(t))": "holds",
    r"\frac{\partial h(t)}{\partial a(t)} = \mathrm{diag}(1 - h^2(t-1))": "fails",
    r"h[t] = \tanh(a[t])": "definition",
    r"h[t] = \tanh(a[t-1])": "fails",
    r"h_i[t] = \tanh(a_i[t])": "definition",
    r"\frac{\partial L}{\partial c} = \sum_{t=1}^{T} (\hat{y}[t] - y[t])": "holds",
    r"h_t \odot [1 - h_t^2] = h_t - h_t^3": "holds",
    # a bracket above is the step, the subscript the component
    r"\frac{\partial L}{\partial c_i} = \sum_{t=1}^{T} (\hat y_i^{(t)} - y_i^{(t)})": "holds",
    r"\frac{\partial L}{\partial c_i} = \sum_{t=1}^{T} (y_i^{(t)} - \hat y_i^{(t)})": "fails",
    r"a_i^{(t)} = b_i + \sum_j W_{ij} h_j^{(t-1)} + \sum_j U_{ij} x_j^{(t)}": "definition",
    r"a_i^{(t)} = b_i + \sum_j W_{ji} h_j^{(t-1)} + \sum_j U_{ij} x_j^{(t)}": "fails",
    r"h^{(t)}_i = \tanh(a^{(t)}_i)": "definition",
    r"h^{(t)}_i = \tanh(a^{(t-1)}_i)": "fails",
    # an exponent that is an index is a step too
    r"h^{t} = \tanh(W h^{t-1} + U x^{t} + b)": "definition",
    r"h^t = \tanh(a^{t-1})": "fails",
    r"h_i^t = \tanh(a_i^t)": "definition",
    r"h^2 = \tanh(a)^2": "holds",
    r"h^T = \tanh(a)^T": "definition",
    r"h_k^i = \tanh(a_k^i)": "definition",  # whichever is the step
    r"h_k^i = \tanh(a_{k-1}^i)": "fails",
    r"h_t (T-t) = (T-t) h_t": "holds",
    # a product from the last step down
    r"\frac{\partial h_t}{\partial h_k} = \prod_{t \ge i > k} \frac{\partial h_i}{\partial h_{i-1}}": "holds",
    r"\frac{\partial h_t}{\partial h_k} = \prod_{t > i \ge k} \frac{\partial h_i}{\partial h_{i-1}}": "fails",
    r"\frac{\partial L}{\partial W_{ij}} = \sum_t \frac{\partial L}{\partial a_{t,i}} h_{t-1,j}": "holds",
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_steps_and_components(claim, textbook):
    (block,) = textbook(claim)
    assert block.verdict == CLAIMS[claim]


def test_an_order_that_is_not_clear_is_not_decided(textbook):
    (block,) = textbook(r"\frac{\partial L}{\partial c_i} = \sum_{t=1}^{T} (\hat y_{i,t} - y_{i,t})")
    assert block.verdict in ("unreadable", "unknown")


@pytest.mark.parametrize("delta", [r"\delta{}^{{({})}}", r"\delta{}({})", r"\delta{}[{}]", r"\delta{}^{}"])
def test_a_quantity_of_the_page_takes_its_step_from_the_bracket(delta, textbook):
    introduced, used, carried = textbook(
        rf"{delta.format('', 't')} \equiv \frac{{\partial L}}{{\partial o_t}}",
        rf"{delta.format('_i', 't')} = \hat{{y}}_{{t,i}} - y_{{t,i}}",
        rf"\frac{{\partial L}}{{\partial a_t}} = (1 - h_t^2) \odot \left( V^\top {delta.format('', 't')}"
        r" + W^\top \frac{\partial L}{\partial a_{t+1}} \right)",
    )
    assert (introduced.verdict, used.verdict, carried.verdict) == ("definition", "holds", "holds")


# How a page writes the hidden state at a step.
STYLES = ["{}_{}", "{}({})", "{}[{}]", "{}^{{({})}}", "{}^{}", r"{}^{{\langle {} \rangle}}"]


@pytest.mark.parametrize("style", STYLES)
def test_the_mend_writes_steps_as_the_page_does(style, textbook):
    y, predicted, h = (style.format(name, "t") for name in ("y", r"\hat{y}", "h"))
    flipped = (rf"{{{h}}}" if "^" in style else h) + r"^\top"
    (block,) = textbook(rf"\frac{{\partial L}}{{\partial V}} = \sum_{{t=1}}^{{T}} ({y} - {predicted}) {flipped}")
    assert block.claims[0].suggestion == rf"\sum_{{t=1}}^{{T}} ({predicted} - {y}) {flipped}"


def test_a_step_above_is_moved(textbook):
    (block,) = textbook(r"\frac{\partial L}{\partial W} = \sum_t \frac{\partial L}{\partial a^t} {h^t}^\top")
    assert block.claims[0].suggestion == r"\sum_t \frac{\partial L}{\partial a^t} {h^{t-1}}^\top"
