r"""Notation of textbooks that is easily misread: each is read as it is meant, or refused with what to write."""

import pytest

CLAIMS = {
    # an exponent on what stands in braces
    r"\frac{\partial L}{\partial W} = \sum_t \frac{\partial L}{\partial a^{(t)}} {h^{(t-1)}}^\top": "holds",
    r"\frac{\partial L}{\partial W} = \sum_t \frac{\partial L}{\partial a^{(t)}} {h^{(t)}}^\top": "fails",
    r"\frac{\partial L}{\partial a^{(t)}} = (1 - {h^{(t)}}^2) \odot \frac{\partial L}{\partial h^{(t)}}": "holds",
    r"\frac{\partial L}{\partial a^{(t)}} = (1 - {a^{(t)}}^2) \odot \frac{\partial L}{\partial h^{(t)}}": "fails",
    r"{h_t}_i = \tanh(a_{t,i})": "definition",
}

REFUSED = {
    r"a_t = \tanh^{-1}(h_t)": "an inverse of tanh, or a power of it? write it as a fraction",
    r"a_t = f^{-1}(h_t)": "an inverse of f, or a power of it? write it as a fraction",
    r"\delta_t = V^\top (\hat{y}_t - y_t) + W^\top \mathrm{diag}(1 - h_{t+1}^2) \delta_{t+1}": (
        "nothing on the page says what delta is"
    ),
    r"\delta_t = \epsilon_t + h_t": "nothing on the page says what epsilon is",
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_read(claim, textbook):
    (block,) = textbook(claim)
    assert block.verdict == CLAIMS[claim]


@pytest.mark.parametrize("claim", REFUSED)
def test_refused(claim, textbook):
    (block,) = textbook(claim)
    assert block.verdict == "unreadable"
    assert REFUSED[claim] in block.claims[0].reason


def test_an_exponent_of_a_quantity_without_steps_is_no_step(textbook):
    _, power = textbook(r"\gamma = \frac{1}{2}", r"\gamma^{t} h_t = h_t \gamma^{t}")
    assert power.verdict == "unreadable"


def test_the_reciprocal_of_a_function_is_no_inverse(textbook):
    (block,) = textbook(r"\tanh(a_t)^{-1} = \frac{1}{h_t}")
    assert block.verdict == "holds"


SIZES = r"""
'\tau' = { means = "T", role = "size" }
'q' = { means = "V", role = "size" }
'H' = { role = "size" }
'n' = { role = "size" }
"""
SIZED = {
    r"L_t = -\sum_{i=1}^{q} y_{t,i} \log \hat y_{t,i}": "definition",
    r"L_t = -\sum_{i=1}^{q-1} y_{t,i} \log \hat y_{t,i}": "fails",
    r"L_t = -\sum_{i=1}^{H} y_{t,i} \log \hat y_{t,i}": "fails",
    r"\frac{1}{q} L_t = \frac{1}{q} \sum_{i=1}^{q} (-y_{t,i} \log \hat y_{t,i})": "holds",
    r"\frac{1}{H} L_t = \frac{1}{q} \sum_{i=1}^{q} (-y_{t,i} \log \hat y_{t,i})": "fails",
    r"a_{t,i} = b_i + \sum_{j=1}^{H} W_{ij} h_{t-1,j} + \sum_{j=1}^q U_{ij} x_{t,j}": "definition",
    r"L = \sum_{t=1}^{\tau} L_t": "definition",
    r"L = \sum_{t=1}^{\tau-1} L_t": "fails",
    r"\nabla_{h^{(\tau)}} L = V^\top \nabla_{o^{(\tau)}} L": "holds",
    r"\nabla_{h^{(\tau-1)}} L = V^\top \nabla_{o^{(\tau-1)}} L": "conditional",
    r"L_t = -\sum_{i=1}^{n} y_{t,i} \log \hat y_{t,i}": "definition",  # what the legend leaves open is as many
}


@pytest.mark.parametrize("claim", SIZED)
def test_sizes_of_the_legend(claim, textbook):
    (block,) = textbook(claim, more=SIZES)
    assert block.verdict == SIZED[claim]


MEMBERS = {
    r"\frac{\partial L}{\partial o_t} = \hat{y}_t - y_t \in \mathbb{R}^V": ["holds", "holds"],
    r"\frac{\partial L}{\partial o_t} = \hat{y}_t - y_t \in \mathbb{R}^{V \times 1}": ["holds", "holds"],
    r"\frac{\partial L}{\partial o_t} = \hat{y}_t - y_t \in \mathbb{R}^{1 \times V}": ["holds", "fails"],
    r"\frac{\partial L}{\partial o_t} = y_t - \hat{y}_t \in \mathbb{R}^H": ["fails", "fails"],
    r"U \in \mathbb{R}^{H \times q}": ["holds"],
    r"U \in \mathbb{R}^{q \times H}": ["fails"],
    r"L_t \in \mathbb{R}": ["holds"],
    r"h_t^\top \in \mathbb{R}^{1 \times H}": ["holds"],
    r"h_t \in \mathbb{R}^{n_h}": ["fragment"],
    r"h_t \in (-1, 1)^H": ["fragment"],
}


@pytest.mark.parametrize("claim", MEMBERS)
def test_memberships(claim, textbook):
    (block,) = textbook(claim, more=SIZES)
    assert [found.verdict for found in block.claims] == MEMBERS[claim]


def test_a_greek_index_is_spelled_as_a_command(textbook):
    (block,) = textbook(
        r"\frac{\partial L}{\partial W} = \sum_{\tau=1}^{T} \frac{\partial L}{\partial a_\tau} h_\tau^\top",
        more=r"'\tau' = { role = 'index' }",
    )
    shifted = r"\sum_{\tau=1}^{T} \frac{\partial L}{\partial a_\tau} h_{\tau-1}^\top"
    assert block.claims[0].suggestion == shifted


PD = r"\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}"


def test_commands_that_the_page_defines_are_mended_in_place(textbook):
    _, right, wrong = textbook(
        PD, r"\pd{L}{c} = \sum_t \pd{L}{o_t}", r"\pd{L}{W} = \sum_{t=1}^{T} \pd{L}{a_t} h_t^\top"
    )
    assert (right.verdict, wrong.verdict) == ("holds", "fails")
    assert wrong.claims[0].suggestion == r"\sum_{t=1}^{T} \pd{L}{a_t} h_{t-1}^\top"


def test_a_derivative_means_the_same_throughout_a_side(textbook):
    lost = r"\frac{\partial h_t}{\partial b} - \frac{\partial h_t}{\partial b}"  # never du/db - ∂⁺u/∂b
    claim = r"\mathrm{{diag}}(1 - h_t^2) W \frac{{\partial h_{{t-1}}}}{{\partial b}} = {}"
    written, _, folded = textbook(claim.format(lost), rf"\newcommand{{\lost}}{{{lost}}}", claim.format(r"\lost"))
    assert (written.verdict, folded.verdict) == ("fails", "fails")
