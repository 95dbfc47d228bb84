"""What the page leaves unsaid, or what of it was not understood, refutes nothing."""

import pytest

from derive.judge.notes import check_document
from derive.reading import Document

RNN = (r"h_t = \tanh(W h_{t-1} + U x_t)", r"o_t = V h_t")


def test_a_loss_whose_formula_is_not_understood_refutes_nothing(verdicts):
    claim = r"\frac{\partial L_t}{\partial o_t} = o_t"
    assert verdicts(*RNN, claim)[-1] == "unknown"  # no formula says that it is not ‖o_t‖²/2
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


def test_what_is_given_has_no_value_that_could_be_wrong(verdicts):
    page = (*RNN, r"\sum_{k=1}^{n} x_{t,k} = 1")
    assert verdicts(*page)[-1] not in ("fails", "holds")


def test_a_formula_may_say_what_an_open_function_is(verdicts):
    assert verdicts("z = w^T x + b", "a = g(z)", r"a = e^{-z^2}")[-1] != "fails"
    assert verdicts("z = w^T x + b", "a = g(z)", r"a = g(z^2)")[-1] == "fails"


def test_a_quantity_may_be_defined_anew(verdicts):
    page = (r"h_t = \tanh(W h_{t-1} + U x_t)", r"y_t = V h_t", r"p_t = Q h_t", r"p_t = \mathrm{softmax}(y_t)")
    assert verdicts(*page)[-1] == "unknown"
    assert verdicts(*page[:3], "p_t = Q h_t + Q h_t")[-1] == "fails"


def test_an_update_and_a_copy_define_nothing(verdicts):
    network = (r"z^{[l]} = W^{[l]} a^{[l-1]} + b^{[l]}", r"a^{[l]} = \sigma(z^{[l]})")
    claim = r"\frac{\partial a^{[l]}}{\partial z^{[l]}} = \mathrm{diag}(a^{[l]} \odot (1 - a^{[l]}))"
    assert (
        verdicts(*network, r"b^{[l]} = b^{[l]} - \alpha \text{ } \frac{\partial J}{\partial b^{[l]}}", claim)[-1]
        == "holds"
    )
    recurrent = (r"h^{(t)} = \tanh(W h^{(t-1)} + U x^{(t)})", "W^{(t)} = W")
    claim = r"\frac{\partial h^{(t)}}{\partial h^{(t-1)}} = \mathrm{diag}(1 - (h^{(t)})^2) W"
    assert verdicts(*recurrent, claim)[-1] == "holds"


def test_a_matrix_written_out_is_still_given(verdicts):
    entries = r"W = \begin{bmatrix} w_{11} & w_{12} \\ w_{21} & w_{22} \end{bmatrix}"
    claim = r"\frac{\partial a}{\partial z} = \mathrm{diag}(a \odot (1 - a))"
    assert verdicts(entries, "z = W x + b", r"a = \sigma(z)", claim)[1:] == ["definition", "definition", "holds"]


def test_an_index_has_no_derivative(verdicts):
    assert verdicts(r"h_t = \tanh(W h_{t-1})", r"\frac{\partial t}{\partial W} = 1")[-1] == "unreadable"


CELL = (r"c_t = f_t \odot c_{t-1} + i_t \odot g_t",)
BY = r"\frac{\partial %s}{\partial c_{t-1}}"


def test_what_is_differentiated_is_a_function_whatever_it_is(verdicts):
    claim = rf"{BY % 'c_t'} = \mathrm{{diag}}(f_t) + \mathrm{{diag}}(c_{{t-1}}) {BY % 'f_t'}"
    assert verdicts(*CELL, claim)[-1] == "holds"
    assert verdicts(*CELL, claim.replace("+", "-"))[-1] == "unknown"  # it would hold were f_t given
    assert verdicts(*CELL, claim.replace("+", "-"), rf"{BY % 'f_t'} = 0")[1] == "unknown"
    said = r"f_t = \sigma(W c_{t-1} + U x_t)"
    assert verdicts(*CELL, said, claim.replace("+", "-"))[-1] == "fails"


def test_that_it_is_taken_for_a_function_is_said():
    page = "\n\n".join(f"$${formula}$$" for formula in (*CELL, f"{BY % 'c_t'} = {BY % 'f_t'}"))
    found = check_document(Document.read("page.md", page, "md"), None).conventions
    assert ("f", "any function of c at t-1") in [(convention.name, convention.value) for convention in found]


def test_what_does_not_depend_on_something_as_it_was_understood_refutes_nothing(verdicts):
    page = (*RNN, r"\frac{\partial L}{\partial h_t} = \frac{\partial L}{\partial o_t} \frac{\partial h_t}{\partial V}")
    assert verdicts(*page)[-1] in ("unknown", "unreadable")
    foreign = (
        r"z = W x",
        r"L = \frac{1}{2} \|z - y\|^2",
        r"Q \in \mathbb{R}^{k}",
        r"\frac{\partial L}{\partial z} = Q \odot z",
    )
    assert verdicts(*foreign)[-1] not in ("holds", "fails")


def test_a_formula_that_goes_on_in_the_next_one_is_not_decided(verdicts):
    page = (*RNN, r"\frac{\partial o_t}{\partial h_t} = V")
    assert verdicts(*page)[-1] == "holds"
    assert verdicts(*page, r"+ W \frac{\partial h_t}{\partial x_t}")[-2] == "unknown"


def test_a_loss_up_to_a_number_says_how_many_steps_there_are(verdicts):
    page = (*RNN, r"L = \frac{1}{2} \sum_{t=1}^3 \|o_t - y_t\|^2")
    claims = [rf"\frac{{\partial L}}{{\partial o_t}} = o_t {sign} y_t" for sign in "-+"]
    assert verdicts(*page, *claims)[-2:] == ["holds", "fails"]
    ends = [rf"\frac{{\partial L}}{{\partial V}} = \sum_{{t=1}}^{n} (o_t - y_t) h_t^\top" for n in (3, 2)]
    assert verdicts(*page, *ends)[-2:] == ["holds", "fails"]


def test_a_case_of_what_is_given_refutes_nothing(verdicts):
    claim = r"\frac{\partial c_T}{\partial c_1} = \prod_{t=2}^T f_t = 1"
    assert verdicts(*CELL, "f_t = 1", claim)[-1] == "unknown"
    assert verdicts(*CELL, claim)[-1] == "fails"


def test_what_another_formula_may_say_of_a_quantity_is_waited_for(verdicts):
    claims = [
        rf"\frac{{\partial L}}{{\partial X}} = \frac{{\partial L}}{{\partial Z}} {factor}" for factor in ("Y^T", "")
    ]
    assert verdicts("Z = X Y", *claims)[1:] == ["holds", "fails"]
    assert verdicts("Z = X Y", r"Z = X \circ Y", *claims)[2:] == ["unknown", "unknown"]
    assert verdicts("Z = X Y", claims[0], r"Z = X \circ Y")[1] == "holds"


def test_the_loss_of_a_step_is_no_other_than_the_one_that_the_page_says(verdicts):
    page = (*RNN, r"E = -\sum_k y_k \log p_k", r"\frac{\partial E_4}{\partial o_4} = p_4 - y_4")
    assert verdicts(*page)[-1] not in ("holds", "fails")


def test_a_page_whose_words_speak_of_tanh_may_mean_it_by_sigma(check_text):
    network = r"$$h = \sigma(W x + b)$$" + "\n\n"
    slope = r"$$\frac{\partial h}{\partial b} = \mathrm{diag}(%s)$$"
    words = r"The activation $\sigma$ is usually tanh." + "\n\n"
    assert check_text(network + slope % "1 - h^2")[-1] == "fails"
    assert check_text(network + words + slope % "1 - h^2")[-1] == "holds"
    assert check_text(network + words + slope % "1 - h^2 + h - h")[-1] == "unknown"
    assert check_text(network + words + slope % "1 + h^2")[-1] == "fails"
    assert check_text(network + words + slope % "h (1 - h)")[-1] != "fails"
    assert check_text(network + words + "It was the sigmoid.\n\n" + slope % "1 - h^2")[-1] == "fails"


def test_letters_that_run_to_different_ends_may_tell_quantities_apart(verdicts):
    """In the notation of Graves a_h and a_k are units of two layers."""
    page = (
        r"a_h^t = \sum_{i=1}^I w_{ih} x_i^t + \sum_{g=1}^H w_{gh} b_g^{t-1}",
        r"b_h^t = \tanh(a_h^t)",
        r"L = \frac{1}{2} \sum_t \sum_{k=1}^K (a_k^t - z_k^t)^2",
    )
    again = r"a_{%s}^t = \sum_{h=1}^H w_{h%s} b_h^t"
    assert verdicts(*page, again % ("k", "k"))[-1] == "unknown"
    assert verdicts(*page, again % ("h", "h"))[-1] == "fails"


def test_a_gradient_that_is_set_to_zero_is_no_claim(verdicts):
    """A start of what is added up, or a condition for a minimum."""
    loss = r"L = \sum_{t=1}^T \|o_t - y_t\|^2"
    zero = [
        rf"\frac{{\partial {of}}}{{\partial {by}}} = 0" for of, by in (("L", "W"), ("h_t", "W"), ("h_t", "h_{t+1}"))
    ]
    assert verdicts(*RNN, loss, *zero)[-3:] == ["unknown", "fails", "holds"]


def test_a_number_of_an_example_is_no_function_of_the_step_before(verdicts):
    page = (
        r"\mathbf{c}_t = \mathbf{f}_t \odot \mathbf{c}_{t-1} + \mathbf{i}_t",
        r"f_t = \frac{1}{1 + e^{-2}} = 0.8808",
        r"c_t = 0.8808 \cdot 1.0 + 0.5 \cdot 0.7616 = 1.2616",
        r"\frac{\partial c_t}{\partial c_{t-1}} = f_t",
    )
    assert verdicts(*page)[-1] not in ("fails", "holds")


def test_brackets_behind_E_are_an_expectation_where_nothing_says_what_E_is(verdicts):
    page = (r"s = \sum_i w_i x_i", "E[x_i] = E[w_i] = 0")
    assert verdicts(*page)[-1] == "unreadable"
    assert verdicts(r"E = \frac{1}{2} (s - y)^2", *page, r"2 E[s - y] = (s - y)^3")[-1] == "holds"


def test_an_entry_that_words_choose_is_not_any_entry(verdicts):
    """k may be the true class of y."""
    page = (r"\hat{y} = W x", r"L = -\sum_c y_c \log \hat{y}_c = -\log \hat{y}_k")
    assert verdicts(*page)[-1] == "unknown"


@pytest.mark.parametrize(
    "page",
    [
        (r"x_{n+1} = x_n - \frac{f(x_n)}{f'(x_n)}", r"x_{n+1} = \frac{x_n}{2} (3 - x_n^2)"),  # of one f
        ("P = A^T A", "P = P^2"),  # how A is
        ("L = (X w - y)^T (X w - y)", "X^T X w = X^T y"),  # where L is least
        ("L = (X w - y)^T (X w - y)", "L = 0"),
        ("n = (c k^2 + 1) d", "n = (3 \\cdot 9 + 1) 8"),  # for such c, k and d
        ("h = W x", "a = h", r"a = \tanh(h)"),  # without an activation function, and with one
        ("h = W x + b", "y = V h", r"h = \sigma(W x + b)"),
        (r"\mu = \frac{1}{N} \sum_{i=1}^N x_i", r"R = X - \mu", r"R = X - \frac{1}{N} \mathbf{1} X"),  # of rows x_i
    ],
)
def test_what_is_said_anew_of_a_quantity_is_not_wrong(verdicts, page):
    assert verdicts(*page)[-1] == "unknown"


def test_a_loss_left_open_may_depend_on_the_outputs_alone_of_which_a_claim_speaks(verdicts):
    page = ("a = W x", "y = V a", "z = U a", r"\frac{\partial L}{\partial a} = V^T \frac{\partial L}{\partial y}")
    both = r"\frac{\partial L}{\partial a} = V^T \frac{\partial L}{\partial y} + U^T \frac{\partial L}{\partial z}"
    wrong = r"\frac{\partial L}{\partial a} = U^T \frac{\partial L}{\partial y}"
    assert verdicts(*page)[-1] == "unknown"
    assert verdicts(*page, both)[3:] == ["fails", "holds"]
    assert verdicts(*page[:3], wrong)[-1] == "fails"
