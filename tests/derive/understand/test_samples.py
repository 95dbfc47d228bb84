r"""Samples that a letter counts, z_n = W x_n + b, each with its loss: they are steps of their own."""

import pytest

from derive.judge.notes import check_document
from derive.reading import Document

ENTRIES = r"\ell_n = -\sum_k y_{n,k} \log p_{n,k}"
CLASS = r"\ell_n = -\log p_{n, y_n}"


def network(loss):
    return (
        "z_n = W x_n + b",
        r"p_n = \mathrm{softmax}(z_n)",
        loss,
        r"\mathcal{L} = \frac{1}{N} \sum_{n=1}^N \ell_n",
    )


@pytest.mark.parametrize(("loss", "target"), [(ENTRIES, "y_n"), (CLASS, "e_{y_n}")])
def test_the_losses_of_samples(verdicts, loss, target):
    claims = (
        rf"\frac{{\partial \ell_n}}{{\partial z_n}} = p_n - {target}",
        rf"\frac{{\partial \ell_n}}{{\partial z_n}} = p_n + {target}",
        rf"\frac{{\partial \mathcal{{L}}}}{{\partial W}} = \frac{{1}}{{N}} \sum_n (p_n - {target}) x_n^\top",
        rf"\frac{{\partial \mathcal{{L}}}}{{\partial W}} = \sum_n (p_n - {target}) x_n^\top",
    )
    assert verdicts(*network(loss), *claims)[4:] == ["holds", "fails", "holds", "fails"]


@pytest.mark.parametrize("error", [r"\frac{1}{2} (z(n) - y(n))^2", r"(z(n) - y(n))^2 \cdot \frac{1}{2}"])
def test_samples_in_brackets_are_counted_to_a_letter_too(verdicts, error):
    samples = (r"z(n) = w^\top x(n) + b", f"E(n) = {error}", r"E = \frac{1}{N} \sum_{n=1}^{N} E(n)")
    claims = [
        rf"\frac{{\partial E}}{{\partial w}} = {over}(z(n) - y(n)) x(n)"
        for over in (r"\frac{1}{N} \sum_{n=1}^{N} ", r"\sum_{n=1}^{N} ", r"\frac{1}{N} \sum_{n=1}^{N-1} ")
    ]
    assert verdicts(*samples, *claims)[3:] == ["holds", "fails", "fails"]


@pytest.mark.parametrize(
    "softmax",
    [
        r"P = \mathrm{softmax}(Z)",
        r"P_{ij} = \frac{e^{Z_{ij}}}{\sum_k e^{Z_{kj}}}",
        r"P_{ij} = \frac{e^{Z_{ij}}}{\sum_k e^{Z_{ik}}}",
    ],
)
def test_the_targets_of_a_matrix_sum_to_one_as_its_softmax_does(verdicts, softmax):
    page = ("Z = W X", softmax, r"J = -\sum_i \sum_j Y_{ij} \log P_{ij}")
    claims = [rf"\frac{{\partial J}}{{\partial W}} = (P {sign} Y) X^\top" for sign in "-+"]
    assert verdicts(*page, *claims)[3:] == ["holds", "fails"]


def test_samples_above(verdicts):
    page = [display.replace("_{n,k}", "^{(n)}_k").replace("_n", "^{(n)}") for display in network(ENTRIES)]
    claims = [rf"\frac{{\partial \ell^{{(n)}}}}{{\partial z^{{(n)}}}} = p^{{(n)}} {sign} y^{{(n)}}" for sign in "-+"]
    assert verdicts(*page, *claims)[4:] == ["holds", "fails"]


def test_the_entry_of_the_true_class(verdicts):
    claims = [rf"\frac{{\partial \ell_n}}{{\partial z_{{n,k}}}} = p_{{n,k}} {sign} 1[k = y_n]" for sign in "-+"]
    assert verdicts(*network(CLASS), *claims)[4:] == ["holds", "fails"]
    recurrent = (
        r"h_t = \tanh(W h_{t-1} + U x_t)",
        r"p_t = \mathrm{softmax}(V h_t)",
        r"L_t = -\log p_{t, c_t}",
        r"\frac{\partial L_t}{\partial V} = (p_t - e_{c_t}) h_t^\top",
        r"\frac{\partial L_t}{\partial V} = (p_t + e_{c_t}) h_t^\top",
    )
    assert verdicts(*recurrent)[3:] == ["holds", "fails"]


def test_steps_up_to_a_letter(verdicts):
    page = (
        r"h^{(t)} = \tanh(U x^{(t)} + W h^{(t-1)} + b)",
        r"o^{(t)} = V h^{(t)} + c",
        r"L^{(t)} = \frac{1}{2} \|o^{(t)} - y^{(t)}\|^2",
        r"L = \sum_{t=1}^{\tau} L^{(t)}",
        r"\delta^{(t)} := \frac{\partial L}{\partial h^{(t)}}",
    )
    claims = [
        r"\delta^{(\tau)} = V^\top (o^{(\tau)} - y^{(\tau)})",
        r"\delta^{(\tau)} = V^\top (o^{(\tau)} + y^{(\tau)})",
        r"\frac{\partial L}{\partial c} = \sum_{t=1}^{\tau} (o^{(t)} - y^{(t)})",
        r"\frac{\partial L}{\partial c} = \sum_{t=1}^{\tau-1} (o^{(t)} - y^{(t)})",
    ]
    assert verdicts(*page, *claims)[5:] == ["holds", "fails", "holds", "fails"]
    assert verdicts(*page, r"\tau = 0.1", *claims)[6:] == ["unknown"] * 4  # τ is something else
    at_the_end = (
        r"\delta^{(t)} = V^\top (o^{(t)} - y^{(t)}) \quad \text{for } t = \tau",
        r"\delta^{(t)} = V^\top (o^{(t)} - y^{(t)}) \quad \text{for } t < \tau",
    )
    assert verdicts(*page, "t = \\tau", *at_the_end)[-2:] == ["holds", "fails"]
    without_loss = (
        page[0],
        page[1],
        r"\frac{\partial L}{\partial V} = \sum_{t=1}^{\tau} \frac{\partial L}{\partial o^{(t)}}",
    )
    assert verdicts(*without_loss, r"\frac{\partial o^{(\tau)}}{\partial h^{(\tau)}} = V")[-1] == "holds"


LOGISTIC = (
    "z = w^T x + b",
    r"a = \sigma(z)",
    r"L(a, y) = -(y \log a + (1 - y) \log (1 - a))",
    r"J(w, b) = \frac{1}{m} \sum_{i=1}^m L(a^{(i)}, y^{(i)})",
)


def test_a_sample_that_formulas_leave_out(verdicts):
    claims = (
        r"\frac{\partial L}{\partial a} = -\frac{y}{a} + \frac{1-y}{1-a}",
        r"\frac{\partial L}{\partial z} = a - y",
        r"\frac{\partial L}{\partial z} = a + y",
        r"\frac{\partial L}{\partial w_j} = (a - y) x_j",
        r"\frac{\partial L}{\partial w_j} = a x_j",
        r"\frac{\partial a}{\partial z} = a (1 - a)",
        r"\frac{\partial a}{\partial z} = a (1 + a)",
    )
    assert verdicts(*LOGISTIC, *claims)[4:] == ["holds", "holds", "fails", "holds", "fails", "holds", "fails"]


def test_that_a_sample_is_left_out_is_a_convention():
    page = "\n\n".join(f"$$\n{display}\n$$" for display in LOGISTIC)
    said = {c.name for c in check_document(Document.read("page.md", page, "md"), None).conventions}
    page = page.replace("a^{(i)}", "a").replace("y^{(i)}", "y")
    unsaid = {c.name for c in check_document(Document.read("page.md", page, "md"), None).conventions}
    assert "samples" in said and "samples" not in unsaid


def test_all_samples_beside_one_that_is_left_out(verdicts):
    claims = (
        r"\frac{\partial J}{\partial w_j} = \frac{1}{m} \sum_{i=1}^m \frac{\partial L(a^{(i)}, y^{(i)})}{\partial w_j}",
        r"\frac{\partial J}{\partial w_j} = \frac{1}{m} \sum_{i=1}^m (a^{(i)} - y^{(i)}) x_j^{(i)}",
        r"\frac{\partial J}{\partial w_j} = \sum_{i=1}^m (a^{(i)} - y^{(i)}) x_j^{(i)}",
        r"\frac{\partial J}{\partial w_j} = \frac{1}{m} \sum_{i=1}^m (a^{(i)} + y^{(i)}) x_j^{(i)}",
        r"\frac{\partial L}{\partial b} = a - y",
    )
    assert verdicts(*LOGISTIC, *claims)[4:] == ["holds", "holds", "fails", "fails", "holds"]
    forgotten = (
        r"\frac{\partial J}{\partial b} = \frac{1}{m} \sum_{i=1}^m (a - y)",
        r"\frac{\partial J}{\partial b} = a - y",
        r"\frac{\partial L}{\partial b} = \sum_{i=1}^m (a - y)",
        r"\frac{\partial L}{\partial b} = a^{(i)} - y",
    )
    assert not {"holds", "definition"} & {*verdicts(*LOGISTIC, claims[1], *forgotten)[5:]}


def test_the_losses_of_samples_that_are_not_said_are_no_one_number(verdicts):
    page = (r"a = \sigma(w^T x + b)", r"L^{(i)} = \hat{q} \star a", r"J = \sum_{i=1}^m L^{(i)}")
    claim = r"\frac{\partial J}{\partial b} = \sum_{i=1}^m \frac{\partial L^{(i)}}{\partial b}"
    assert verdicts(*page, claim)[-1] in ("unreadable", "unknown", "holds")


def test_a_loss_that_nothing_says_is_not_taken_apart(verdicts):
    page = (r"z^{[l]} = W^{[l]} a^{[l-1]}", r"a^{[l]} = g(z^{[l]})", r"J = \frac{1}{m} \sum_{i=1}^m L^{(i)}")
    claim = r"\frac{dL}{dz^{[l]}} = \frac{dL}{da^{[l]}} \frac{da^{[l]}}{dz^{[l]}}"
    assert verdicts(*page, claim)[-1] == "holds"


@pytest.mark.parametrize(
    ("linear", "along", "across"),
    [
        ("Z = X W", r"\sum_j P_{ij} = 1", r"\sum_i P_{ij} = 1"),
        ("Z = X W + b", r"\sum_j P_{ij} = 1", r"\sum_i P_{ij} = 1"),
        ("Z = W X", r"\sum_i P_{ij} = 1", r"\sum_j P_{ij} = 1"),
        (r"Z = \tanh(X W)", r"\sum_j P_{ij} = 1", r"\sum_i P_{ij} = 1"),
    ],
)
def test_a_softmax_of_samples_is_along_what_the_parameters_make(verdicts, linear, along, across):
    assert verdicts(linear, r"P = \mathrm{softmax}(Z)", along, across)[2:] == ["holds", "fails"]


@pytest.mark.parametrize("made", [(), (r"Z = Q K^\top",)])
def test_where_nothing_says_along_what_it_is_nothing_is_decided(verdicts, made):
    claims = (r"\sum_i P_{ij} = 1", r"\sum_j P_{ij} = 1")
    assert verdicts(*made, r"P = \mathrm{softmax}(Z)", *claims)[-2:] == ["unreadable", "unreadable"]


def test_a_mean_over_samples_beside_a_loss_of_what_has_layers(verdicts):
    network = (r"z^l = W^l a^{l-1} + b^l", r"a^l = \sigma(z^l)", r"L = \frac{1}{2} \|a^L - y\|^2")
    mean = r"J = \frac{1}{m} \sum_{i=1}^m L^{(i)}"
    claims = [rf"\frac{{\partial L}}{{\partial z^L}} = (a^L {sign} y) \odot \sigma'(z^L)" for sign in "-+"]
    assert verdicts(*network, mean, *claims)[4:] == ["holds", "fails"]


@pytest.mark.parametrize(
    ("linear", "right", "wrong"),
    [
        ("Z = X W + b", r"\mathbf{1}^\top (Z - Y)", r"(Z - Y) \mathbf{1}"),
        ("Z = X W + b", r"\sum_i (Z_i - Y_i)", r"(Z - Y) \mathbf{1}"),
        (r"Z = X W + \mathbf{1} b^\top", r"(Z - Y)^\top \mathbf{1}", r"(Z - Y) \mathbf{1}"),
        ("Z = W X + b", r"(Z - Y) \mathbf{1}", r"\mathbf{1}^\top (Z - Y)"),
    ],
)
def test_a_bias_has_an_entry_for_each_output_and_none_for_a_sample(verdicts, linear, right, wrong):
    loss = r"L = \frac{1}{2m} \sum_i \sum_j (Z_{ij} - Y_{ij})^2"
    claims = [rf"\frac{{\partial L}}{{\partial b}} = \frac{{1}}{{m}} {side}" for side in (right, wrong)]
    assert verdicts(linear, loss, *claims)[2:] == ["holds", "fails"]


@pytest.mark.parametrize(("norm", "read"), [(r"\|Z - Y\|_F^2", True), (r"\|Z - Y\|_2^2", False)])
def test_the_norm_of_frobenius_is_over_all_entries(verdicts, norm, read):
    claims = [rf"\frac{{\partial L}}{{\partial W}} = {side}" for side in (r"X^\top (Z - Y)", r"(Z - Y)^\top X")]
    found = verdicts("Z = X W + b", rf"L = \frac{{1}}{{2}} {norm}", *claims)
    assert found[1:] == ["definition", "holds", "fails"] if read else "holds" not in found[1:]


def test_the_biases_of_two_layers_of_samples(verdicts):
    network = (
        r"A = \tanh(X W_1 + b_1)",
        r"P = \mathrm{softmax}(A W_2 + b_2)",
        r"L = -\frac{1}{m}\sum_i \sum_j Y_{ij} \log P_{ij}",
    )
    back = r"((P - Y) W_2^\top \odot (1 - A^2))"
    claims = [
        rf"\frac{{\partial L}}{{\partial b_1}} = \frac{{1}}{{m}} \mathbf{{1}}^\top {back}",
        rf"\frac{{\partial L}}{{\partial b_1}} = \frac{{1}}{{m}} {back} \mathbf{{1}}",
        r"\frac{\partial L}{\partial b_2} = \frac{1}{m} \mathbf{1}^\top (P - Y)",
    ]
    assert verdicts(*network, *claims)[3:] == ["holds", "fails", "holds"]


@pytest.mark.parametrize(
    "loss", [r"\sum Y \odot \log A + \sum (1 - Y) \odot \log(1 - A)", r"\sum (A - Y)^2", r"\sum (Y \odot A)"]
)
def test_a_sum_over_a_stack_of_samples_makes_it_no_square(verdicts, loss):
    page = (r"Z = W X + b", r"A = \sigma(Z)", rf"J = {loss}")
    assert verdicts(*page, "A + A Y - A Y = A")[-1] != "holds"


STACK = (
    r"Z = W X + b",
    r"A = \sigma(Z)",
    r"J = -\frac{1}{m} \sum (Y \odot \log A + (1 - Y) \odot \log(1 - A))",
)


@pytest.mark.parametrize(
    ("error", "weights", "bias", "found"),
    [
        ("A - Y", r"\frac{1}{m} dZ X^\top", r"\frac{1}{m} dZ \mathbf{1}", ["holds", "holds", "holds"]),
        (r"\frac{1}{m} (A - Y)", r"dZ X^\top", r"dZ \mathbf{1}", ["holds", "holds", "holds"]),
        ("A - Y", r"dZ X^\top", r"dZ \mathbf{1}", ["holds", "unknown", "unknown"]),
        (r"\frac{1}{m} (A - Y)", r"\frac{1}{m} dZ X^\top", r"dZ \mathbf{1}", ["holds", "unknown", "holds"]),
        ("Y - A", r"\frac{1}{m} dZ X^\top", r"\frac{1}{m} dZ \mathbf{1}", ["unknown", "unknown", "unknown"]),
    ],
)
def test_a_name_may_be_of_the_sum_where_the_loss_is_the_mean(verdicts, error, weights, bias, found):
    assert verdicts(*STACK, f"dZ = {error}", f"dW = {weights}", f"db = {bias}")[3:] == found


COLUMNS = (
    r"X \in \mathbb{R}^{D \times N}, \quad W \in \mathbb{R}^{K \times D}, \quad Y \in \mathbb{R}^{K \times N}",
    r"Z = W X + b \mathbf{1}^\top",
    r"L = \frac{1}{2N} \|Z - Y\|^2",
)


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial L}{\partial b} = \frac{1}{N} (Z - Y) \mathbf{1}", "holds"),
        (r"\frac{\partial L}{\partial b_k} = \frac{1}{N} \sum_{n=1}^N (Z_{kn} - Y_{kn})", "holds"),
        (r"\frac{\partial L}{\partial b_k} = \frac{1}{N} \sum_{n=1}^N \sum_{j=1}^K (Z_{jn} - Y_{jn})", "fails"),
        (r"\frac{\partial L}{\partial b} = b + \frac{1}{N} (W X - Y) \mathbf{1}", "holds"),  # N is the stated size
        (r"\frac{\partial L}{\partial b} = N b + \frac{1}{N} (W X - Y) \mathbf{1}", "fails"),
        (r"Z - b \mathbf{1}^\top = W X", "holds"),
        (r"Z + b \mathbf{1}^\top = W X", "fails"),
    ],
)
def test_a_column_before_a_row_of_ones_is_the_same_for_every_sample(verdicts, claim, verdict):
    assert verdicts(*COLUMNS, claim)[1:] == ["definition", "definition", verdict]


def test_samples_as_rows_of_a_matrix(verdicts):
    network = ("z_i = W x_i + b", r"h_i = \tanh(z_i)", r"J = \frac{1}{2m} \sum_{i=1}^m \| h_i - y_i \|^2")
    gradient = r"\frac{\partial J}{\partial b} = \frac{1}{%s} \sum_{i=1}^m (h_i - y_i) \odot (1 - h_i^2)"
    assert verdicts(*network, gradient % "m", gradient % "2m") == ["definition"] * 3 + ["holds", "fails"]


def test_an_index_of_stated_vectors_counts_samples(check_text):
    page = r"""
$x_i \in \mathbb{R}^d$, $V \in \mathbb{R}^{k \times d}$

$$L = \sum_{i=1}^n \frac12 \|V x_i - y_i\|^2$$

$$\frac{\partial L}{\partial V} = \sum_{i=1}^n (V x_i - y_i) x_i^\top$$

$$\frac{\partial L}{\partial V} = \sum_{i=1}^n (V x_i - y_i) x_i$$
"""
    found = check_text(page)
    assert found[:2] == ["definition", "holds"]
    assert "holds" not in found[2:]


def test_a_weighted_sum_of_stated_vectors_is_a_vector(check_text):
    page = r"""
$h_j \in \mathbb{R}^d$, $V \in \mathbb{R}^{k \times d}$

$$c = \sum_{j=1}^n \alpha_j h_j$$

$$L = \frac12 \|V c - y\|^2$$

$$\frac{\partial L}{\partial V} = (V c - y) c^\top$$

$$\frac{\partial L}{\partial c} = V^\top (V c - y)$$

$$\frac{\partial L}{\partial V} = (V c - y) c$$
"""
    assert check_text(page) == ["definition", "definition", "holds", "holds", "fails"]
