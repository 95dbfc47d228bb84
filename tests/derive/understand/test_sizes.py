r"""Sizes with names of their own: n_x inputs and n_{out} outputs, and the widths n^{[l]} of layers."""

import pytest

TWO = (
    r"h_j = \tanh(\sum_{i=1}^{%s} W_{ji} x_i)",
    r"o_k = \sum_{j=1}^{%s} V_{kj} h_j",
    r"E = \frac{1}{2} \sum_{k=1}^{%s} (o_k - t_k)^2",
)
BY_W = r"\frac{\partial E}{\partial W_{ji}} = \sum_{k=1}^{%s} (o_k - t_k) V_{kj} (1 - h_j^2) x_i"


@pytest.mark.parametrize(
    "sizes",
    [
        ("n_x", "n_h", "n_y"),
        ("n_0", "n_1", "n_2"),
        ("n_{in}", r"n_{\text{hid}}", "n_{out}"),
        (r"n_{\mathrm{in}}", r"n_{\mathrm{h}}", r"n_{\mathrm{out}}"),
    ],
)
def test_a_sum_runs_to_a_size_with_a_name(verdicts, check, sizes):
    network = [formula % size for formula, size in zip(TWO, sizes, strict=True)]
    assert verdicts(*network, *(BY_W % size for size in sizes))[3:] == ["fails", "fails", "holds"]
    (claim,) = check(*network, BY_W % sizes[0])[-1].claims
    assert claim.suggestion == (BY_W % sizes[2]).split("=", 1)[1].strip()  # a size that the page has


@pytest.mark.parametrize("size", ["n_y", "n_{out}", r"N_{\mathrm{out}}"])
def test_a_size_is_a_number_too(verdicts, size):
    loss = rf"E = \frac{{1}}{{2 {size}}} \sum_{{k=1}}^{{{size}}} (o_k - t_k)^2"
    by_v = r"\frac{\partial E}{\partial V_{kj}} = \frac{1}{%s} (o_k - t_k) h_j"
    claims = [by_v % number for number in (size, "n_h", "2", "3", "4", "5")]  # one of them is the size of a point
    assert verdicts(r"o_k = \sum_{j=1}^{n_h} V_{kj} h_j", loss, *claims)[2:] == ["holds", *["fails"] * 5]


LAYERS = (
    r"z_i^{[l]} = \sum_{j=1}^{%s} W_{ij}^{[l]} a_j^{[l-1]} + b_i^{[l]}",
    r"a_i^{[l]} = \sigma(z_i^{[l]})",
    r"C = \frac{1}{2} \sum_{i=1}^{%s} (a_i^{[L]} - y_i)^2",
    r"\delta_i^{[l]} = \frac{\partial C}{\partial z_i^{[l]}}",
)
BACK = r"\delta_i^{[l]} = \sum_{k=1}^{%s} W_{ki}^{[l+1]} \delta_k^{[l+1]} \sigma'(z_i^{[l]})"


@pytest.mark.parametrize("width", [r"n^{[%s]}", r"n_{%s}", r"N^{(%s)}"])
def test_the_width_of_a_layer(verdicts, width):
    before, after, last = width % "l-1", width % "l+1", width % "L"
    network = [LAYERS[0] % before, LAYERS[1], LAYERS[2] % last, LAYERS[3]]
    assert verdicts(*network, BACK % after, BACK % before)[4:] == ["holds", "fails"]


def test_a_membership_with_the_widths_of_layers(verdicts):
    stated = r"W^{[l]} \in \mathbb{R}^{n^{[l]} \times n^{[l-1]}}"
    network = (r"z^{[l]} = W^{[l]} a^{[l-1]} + b^{[l]}", r"a^{[l]} = \sigma(z^{[l]})")
    loss = r"C = \frac{1}{2} \| a^{[L]} - y \|^2"
    by = r"\frac{\partial C}{\partial W^{[l]}} = %s"
    claims = [
        by % r"\frac{\partial C}{\partial z^{[l]}} (a^{[l-1]})^\top",
        by % r"\frac{\partial C}{\partial z^{[l]}} (a^{[l]})^\top",
    ]
    assert verdicts(stated, *network, loss, *claims)[1:] == [*["definition"] * 3, "holds", "fails"]
    swapped = r"W^{[l]} \in \mathbb{R}^{n^{[l-1]} \times n^{[l]}}"
    assert "holds" not in verdicts(swapped, *network, loss, *claims)


def test_the_number_of_words_of_a_vocabulary(verdicts):
    network = (r"z_t = V h_t", r"p_t = \mathrm{softmax}(z_t)", r"J_t = -\sum_{j=1}^{|V|} y_{t,j} \log p_{t,j}")
    claims = [rf"\frac{{\partial J_t}}{{\partial z_{{t,i}}}} = p_{{t,i}} {sign} y_{{t,i}}" for sign in "-+"]
    bounded = r"\sum_{j=1}^{%s} p_{t,j} = 1"
    assert verdicts(*network, *claims, bounded % "|V|")[3:] == ["holds", "fails", "holds"]


SAMPLES = (r"\hat y^{(i)} = w^\top x^{(i)} + b", r"J = \frac{1}{2m} \sum_{i=1}^m (\hat y^{(i)} - y^{(i)})^2")


def test_a_letter_that_only_says_how_far_a_sum_runs_is_a_number_of_entries(verdicts):
    by_b = r"\frac{\partial J}{\partial b} = b + \frac{1}{m} \sum_{i=1}^m (w^\top x^{(i)} - y^{(i)})"
    found = verdicts(*SAMPLES, by_b, r"\sum_{i=1}^m b = m b", r"\sum_{i=1}^m b = (m + 1) b")[2:]
    assert "fails" not in found[:2] and found[2] == "fails"


def test_a_claim_about_one_entry_may_be_right_where_the_page_has_no_more(check_text):
    claim = r"\frac{\partial J}{\partial \hat y^{(1)}} = \hat y^{(1)} - y^{(1)}"
    page = "\n\n".join(f"$$\n{display}\n$$" for display in (*SAMPLES, claim))
    assert check_text(page)[-1] == "fails"
    assert check_text(f"Let $m = 1$.\n\n{page}")[-1] == "unknown"


@pytest.mark.parametrize(("size", "verdict"), [("N^2", "holds"), ("N", "fails"), ("N^3", "fails")])
def test_a_raised_number_makes_a_power_of_a_size(verdicts, size, verdict):
    page = (r"z_j = \sum_{k=1}^N w_{jk} x_k + b_j", r"E = \frac{1}{2N} \sum_{j=1}^N (z_j - y_j)^2")
    assert verdicts(*page, f"{size} b_j = N \\cdot N b_j")[-1] == verdict


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial J}{\partial b} = b + \frac{1}{m} \sum_{i=1}^m (w^\top x^{(i)} - y^{(i)})", "holds"),
        (r"\frac{\partial J}{\partial b} = m b + \frac{1}{m} \sum_{i=1}^m (w^\top x^{(i)} - y^{(i)})", "fails"),
        (r"\sum_{i=1}^m (b + m) = m b + m^2", "holds"),
        (r"(\sum_{i=1}^m 1 - 2) (\sum_{i=1}^m 1 - 3) b = 0", "unknown"),
        (r"(\sum_{i=1}^m \delta_{ii} - 2) (\sum_{i=1}^m \delta_{ii} - 3) b = 0 b", "unknown"),
        (r"(m - 2) (m - 3) b + b = b", "fails"),
        (r"\sum_{i=1}^m (\hat y^{(i)} - \frac{1}{m} \sum_{k=1}^m \hat y^{(k)}) = 0", "holds"),
    ],
)
def test_numbers_of_entries_are_tried_at_more_sizes_than_they_have_roots(verdicts, claim, verdict):
    assert verdicts(*SAMPLES, claim)[-1] == verdict


@pytest.mark.parametrize(
    "factor", ["(1 + (L-3))", "(1 + (L-1)(L-3)(L-7)(L-8))", "(1 + (L-2)(L-3)(L-4)(L-5)(L-6)(L-7))"]
)
def test_a_factor_that_is_one_at_some_numbers_of_layers_is_refuted_at_others(verdicts, factor):
    page = (
        "a^0 = x",
        r"z^l = W^l a^{l-1} + b^l",
        r"a^l = \sigma(z^l)",
        r"C = \frac{1}{2} \| a^L - y \|^2",
        r"\delta^l = \frac{\partial C}{\partial z^l}",
        r"\frac{\partial C}{\partial a^l} = (W^{l+1})^\top \delta^{l+1} \quad (l < L)",
    )
    claims = [rf"\frac{{\partial C}}{{\partial W^l}} = {by} \delta^l (a^{{l-1}})^\top" for by in ("", factor)]
    assert verdicts(*page, *claims)[-2:] == ["holds", "fails"]


STACK = (
    "a^{(0)} = x",
    r"z^{(l)} = W^{(l)} a^{(l-1)} + b^{(l)}",
    r"a^{(l)} = \tanh(z^{(l)})",
    r"C = \frac{1}{2} \| a^{(L)} - y \|^2",
)
RECURSION = (
    r"\frac{\partial C}{\partial z^{(l)}} = "
    r"(W^{(l+1)})^\top \frac{\partial C}{\partial z^{(l+1)}} \odot (1 - (a^{(l)})^2)"
)


@pytest.mark.parametrize("claim", [r"\|b^{(L)}\|^2 = \|b^{(3)}\|^2", r"\sum_{l=1}^L C = 3 C", "a^{(L)} = a^{(3)}"])
@pytest.mark.parametrize(("said", "verdict"), [("", "fails"), ("L = 2", "fails"), ("L = 3", "holds")])
def test_claims_are_of_as_many_layers_as_the_page_says_and_else_of_any_number(verdicts, claim, said, verdict):
    square = (r"W^{(l)} \in \mathbb{R}^{n \times n}", r"x, y \in \mathbb{R}^n")
    assert verdicts(*STACK, *square, *filter(None, [said]), claim)[-1] == verdict


@pytest.mark.parametrize("layers", [2, 3, 5])
def test_the_layer_that_the_loss_reads_is_the_last(verdicts, layers):
    page = [formula.replace("(L)", f"({layers})") for formula in STACK]
    assert verdicts(*page, RECURSION)[-1] == "holds"
    assert verdicts(*page, RECURSION.replace("(l+1)})^\\top", "(l)})^\\top"))[-1] != "holds"


def test_a_loss_is_no_number_of_layers(verdicts):
    page = [formula.replace("C =", "L =").replace("(L)", "(3)") for formula in STACK]
    assert verdicts(*page, "L = 2")[-1] != "definition"


@pytest.mark.parametrize(
    "claim",
    [
        r"(\sum_{i=1}^m b - 2 b) (\sum_{i=1}^m b - 3 b) = 0",
        r"\sum_{i=1}^m \sum_{j=1}^m w - 5 \sum_{i=1}^m w + 6 w = 0",
        r"\| \sum_{i=1}^m w \|^2 - 5 w^\top \sum_{i=1}^m w + 6 w^\top w = 0",
    ],
)
def test_sums_of_one_thing_count_it(verdicts, claim):
    assert verdicts(*SAMPLES, claim)[-1] != "holds"


def test_an_even_number_of_signs_is_no_proof(verdicts):
    page = (r"h_t = \tanh(W h_{t-1} + x_t)", r"L = \sum_{t=1}^T \| h_t - y_t \|^2")
    claim = r"\frac{\partial h_T}{\partial h_0} = \prod_{t=T}^{1} (SIGN\mathrm{diag}(1 - h_t^2) W)"
    assert verdicts(*page, claim.replace("SIGN", ""))[-1] == "holds"
    assert verdicts(*page, claim.replace("SIGN", "-"))[-1] == "fails"
