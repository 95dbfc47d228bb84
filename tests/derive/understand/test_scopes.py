"""Several networks on one page: where another one begins, and to which a formula belongs."""

import pytest

from derive.judge.notes import check_document
from derive.reading import Document

STEPS = r"h_t = f(x_t, h_{t-1}; \psi)"
LAST = (STEPS, r"\hat y = g(h_T; \phi)", r"L = \|\hat y - y\|")
EVERY = (STEPS, r"\hat y_t = g(h_t; \phi)", r"L = \sum_{t=1}^T \|\hat y_t - y_t\|")


def test_two_networks_in_turn(verdicts):
    last = (
        r"\frac{\partial L}{\partial \phi} = \frac{\partial L}{\partial \hat y} \frac{\partial \hat y}{\partial \phi}"
    )
    every = (
        r"\frac{\partial L}{\partial \phi} = \sum_{t=1}^T"
        r" \frac{\partial L}{\partial \hat y_t} \frac{\partial \hat y_t}{\partial \phi}"
    )
    of_one_step = (
        r"\frac{\partial L}{\partial \phi} ="
        r" \frac{\partial L}{\partial \hat y_T} \frac{\partial \hat y_T}{\partial \phi}"
    )
    found = verdicts(*LAST, last, *EVERY, every, of_one_step)
    assert found == ["definition"] * 3 + ["holds"] + ["definition"] * 3 + ["holds", "fails"]


def test_a_formula_belongs_to_the_network_whose_symbols_it_writes(verdicts):
    later = (
        r"\frac{\partial L}{\partial \psi} = \frac{\partial L}{\partial \hat y} \frac{\partial \hat y}{\partial \psi}"
    )
    assert verdicts(*LAST, *EVERY, later)[-1] == "holds"


def test_the_same_formula_written_out_is_no_new_network(verdicts):
    page = (
        r"a_t = W h_{t-1} + U x_t",
        r"h_t = \tanh(a_t)",
        r"o_t = V h_t",
        r"L = \frac{1}{2} \sum_{t=1}^T \|o_t - y_t\|^2",
        r"\frac{\partial h_t}{\partial a_t} = \mathrm{diag}(1 - h_t^2)",
        r"h_t = \tanh(W h_{t-1} + U x_t)",
        r"o_t = V \tanh(a_t)",
        r"o_t = V \tanh(W h_t + U x_t)",
    )
    assert verdicts(*page)[4:] == ["holds", "holds", "holds", "fails"]


def test_an_illustration_with_letters_that_carry_steps_elsewhere(verdicts):
    page = (
        r"y = \text{softmax}(x)",
        r"\frac{\partial y_i}{\partial x_j} = y_i (\delta_{ij} - y_j)",
        r"s_t = \tanh(U x_t + W s_{t-1})",
        r"\frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(1 - s_t^2) W",
        r"\frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(1 - s_{t-1}^2) W",
    )
    assert verdicts(*page) == ["definition", "holds", "definition", "holds", "fails"]


CLASSES = r"""
# Classes

$$h_t = \tanh(W h_{t-1} + U x_t + b)$$

$$\hat y_t = \mathrm{softmax}(V h_t + c)$$

$$L = -\sum_{t=1}^T y_t^\top \log \hat y_t$$

$$\frac{\partial L}{\partial V} = \sum_{t=1}^T (\hat y_t - y_t) h_t^\top$$
"""
NUMBERS = r"""
$$\hat y_t = %s$$

$$L = \frac{1}{2} \sum_{t=1}^T \|\hat y_t - y_t\|^2$$

$$\frac{\partial L}{\partial \hat y_t} = \hat y_t - y_t$$

$$\frac{\partial L}{\partial \hat y_t} = -\frac{y_t}{\hat y_t}$$

$$\frac{\partial \hat y_t}{\partial h_{t-1}} = V \mathrm{diag}(1 - h_t^2) W$$
"""


def test_under_another_heading_a_network_may_go_on_from_the_one_before(check_text):
    found = check_text(f"{CLASSES}\n# Numbers\n{NUMBERS % 'V h_t + c'}")
    assert found == [*["definition"] * 3, "holds", "definition", "definition", "holds", "fails", "holds"]


def test_else_what_is_said_anew_and_what_rests_on_it_is_doubted(check_text):
    assert check_text(f"{CLASSES}\n{NUMBERS % 'V h_t + c'}")[5:8] == ["unknown"] * 3


ONE = (
    r"h_t = \tanh(W h_{t-1} + U x_t)",
    r"\hat y_t = V h_t",
    r"L = \frac{1}{2} \sum_{t=1}^T \|\hat y_t - y_t\|^2",
    r"\frac{\partial L}{\partial V} = \sum_{t=1}^T (\hat y_t - y_t) h_t^\top",
)


@pytest.mark.parametrize(
    "anew",
    [
        r"L = \frac{1}{2T} \sum_{t=1}^T \|\hat y_t - y_t\|^2",
        r"L = \frac{1}{2} \|\hat y_T - y_T\|^2",
        r"h_t = \sigma(W h_{t-1} + U x_t)",
        r"h_t = h_{t-1} + \tanh(W h_{t-1} + U x_t)",
    ],
)
def test_what_one_formula_says_anew_under_another_heading_is_in_doubt_from_there_on(check_text, anew):
    pages = ["\n".join(f"$$\n{line}\n$$\n" for line in lines) for lines in (ONE, (anew, ONE[-1]))]
    found = check_text(f"# One\n\n{pages[0]}\n# Two\n\n{pages[1]}")
    assert found == [*["definition"] * 3, "holds", "unknown", "unknown"]


def test_until_a_fuller_equation_comes_the_first_one_may_be_meant(verdicts):
    fuller = (ONE[2] + r" + \frac{\lambda}{2} \|V\|^2", ONE[3] + r" + \lambda V")
    assert verdicts(*ONE, *fuller)[2:] == ["unknown", "unknown", "definition", "holds"]


def test_of_another_network_one_formula_may_be_the_same():
    """Beside the state and the gate, of which the first network says something else, the prediction is written out."""
    page = r"""
## A simple network

$$h^{(t)} = \tanh(U x^{(t)} + W h^{(t-1)}), \quad o^{(t)} = V h^{(t)}, \quad \hat y^{(t)} = \sigma(o^{(t)})$$

$$L = \sum_t \|\hat y^{(t)} - y^{(t)}\|^2$$

## One with a gate

$$f^{(t)} = \sigma(W_f h^{(t-1)} + U_f x^{(t)}), \quad c^{(t)} = f^{(t)} \odot c^{(t-1)} + U_c x^{(t)}$$

$$o^{(t)} = \sigma(W_o h^{(t-1)} + U_o x^{(t)}), \quad h^{(t)} = o^{(t)} \odot \tanh(c^{(t)})$$

$$\hat y^{(t)} = \sigma(V h^{(t)})$$

$$L(t) = \begin{cases} l(t) + L(t+1) & \text{if } t < T \\ l(t) & \text{if } t = T \end{cases}$$

$$\frac{\partial h^{(t)}}{\partial c^{(t)}} = \mathrm{diag}(o^{(t)} \odot (1 - \tanh^2(c^{(t)})))$$

$$\frac{\partial h^{(t)}}{\partial c^{(t)}} = \mathrm{diag}(o^{(t)} \odot (1 - \tanh(c^{(t)})))$$
"""
    notes = check_document(Document.read("page.md", page, "md"), None)
    assert [block.verdict for block in notes.blocks] == ["definition"] * 6 + ["holds", "fails"]


CELLS = r"""
## RNN

$$h_t = \tanh(W_h h_{t-1} + W_x x_t)$$

## LSTM

$$f_t = \sigma(W_f [h_{t-1}, x_t])$$

$$c_t = f_t \odot c_{t-1} + x_t$$

$$h_t = f_t \odot \tanh(c_t)$$

## Gradients
"""


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W_h", "holds"),
        (r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_{t-1}^2) W_h", "fails"),
        (r"\frac{\partial h_t}{\partial c_t} = \mathrm{diag}(f_t \odot (1 - \tanh^2(c_t)))", "holds"),
        (r"\frac{\partial h_t}{\partial c_t} = \mathrm{diag}(1 - \tanh^2(c_t))", "fails"),
        (
            r"\frac{\partial h_T}{\partial h_k} = \prod_{t=k+1}^T \frac{\partial h_t}{\partial h_{t-1}}",
            "holds",
        ),  # of the first
    ],
)
def test_another_cell_by_the_same_letters_has_parameters_of_its_own(check_text, claim, verdict):
    assert check_text(f"{CELLS}\n$$ {claim} $$\n")[-1] == verdict
