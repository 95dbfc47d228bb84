"""Formulas of functions: claims in letters of their own, and meanings for the page's functions."""

import pytest


@pytest.mark.parametrize(
    ("formula", "verdict"),
    [
        (r"\sigma'(x) = \sigma(x)(1 - \sigma(x))", "holds"),
        (r"\sigma'(x) = \sigma(x)(1 + \sigma(x))", "fails"),
        (r"\frac{d\sigma(z)}{dz} = \sigma(z) - \sigma^2(z)", "holds"),
        (r"\tanh'(x) = 1 - \tanh^2(x)", "holds"),
        (r"\tanh'(x) = 1 - \tanh(x)", "fails"),
        (r"\tanh(x) = \frac{e^x - e^{-x}}{e^x + e^{-x}}", "holds"),
        (r"\tanh(x) = \frac{e^x + e^{-x}}{e^x - e^{-x}}", "fails"),
        (r"\tanh(x) = 2\sigma(2x) - 1", "holds"),
    ],
)
def test_claims_of_known_functions(verdicts, formula, verdict):
    assert verdicts(r"\sigma(x) = \frac{1}{1 + e^{-x}}", formula) == ["definition", verdict]


def test_roots(verdicts):
    page = (
        r"h_t = \frac{1}{\sqrt{2}} \tanh(W h_{t-1} + U x_t)",
        r"z_t = \sqrt{h_t^\top h_t}",
        r"z_t = \|h_t\|",
        r"z_t = \sqrt{2 h_t^\top h_t}",
        r"\frac{\partial z_t}{\partial h_t} = \frac{h_t^\top}{z_t}",  # (√u)² = u is not known
    )
    assert verdicts(*page) == ["definition", "definition", "holds", "fails", "unknown"]


def test_a_formula_gives_a_function_its_meaning(verdicts):
    page = (
        r"f(x) = \max(0, x)",
        r"h_t = f(W h_{t-1} + U x_t)",
        r"h_t = \text{ReLU}(W h_{t-1} + U x_t)",
        r"h_t = \tanh(W h_{t-1} + U x_t)",
    )
    assert verdicts(*page) == ["definition", "definition", "holds", "fails"]


def test_a_function_of_the_pages_own(verdicts):
    page = (
        r"g(u) = u^2 + u",
        r"g'(u) = 2 u + 1",
        r"g'(u) = 2 u",
        r"y_t = g(V x_t)",
        r"\frac{\partial y_t}{\partial x_t} = \mathrm{diag}(2 V x_t + 1) V",
        r"\frac{\partial y_t}{\partial x_t} = \mathrm{diag}(2 V x_t) V",
    )
    assert verdicts(*page) == ["definition", "holds", "fails", "definition", "holds", "fails"]


def test_what_could_not_be_read_of_a_function_refutes_nothing(verdicts):
    page = (r"f(x) = \max(1, x)", r"h_t = f(W h_{t-1})", r"\frac{\partial h_t}{\partial h_{t-1}} = W")
    assert verdicts(*page)[-1] != "fails"


def test_a_formula_of_a_function_that_could_not_be_read_may_be_the_one_that_is_meant(verdicts):
    page = (r"f(x) = \frac{1}{1 + e^{-x}}", r"f'(x) = f(x) (1 - f(x))", r"f(x) = \operatorname{tgh} x")
    assert verdicts(*page[:2], r"f'(x) = 1 - f(x)^2")[-1] == "fails"
    assert verdicts(*page, r"f'(x) = 1 - f(x)^2")[-1] == "unknown"


def test_a_function_that_the_network_does_not_have_refutes_nothing(verdicts):
    page = (r"h_t = \tanh(W h_{t-1} + U x_t)", r"h_t = f(W h_{t-1} + U x_t)", r"h_t = \tanh(W h_{t-1} - U x_t)")
    assert verdicts(*page)[0] == "definition"
    assert verdicts(*page)[1] not in ("fails", "holds")
    assert verdicts(*page)[2] == "fails"


def test_the_cross_entropy_as_an_inner_product_gives_the_target_its_size(verdicts):
    network = (r"h_t = \tanh(W h_{t-1} + U x_t)", r"\hat{y}_t = \mathrm{softmax}(V h_t)")
    loss = r"L = -\sum_{t=1}^{T} y_t^\top \log \hat{y}_t"
    claims = (
        r"\frac{\partial L}{\partial V} = \sum_{t=1}^{T} (\hat{y}_t - y_t) h_t^\top",
        r"\frac{\partial L}{\partial V} = \sum_{t=1}^{T} (y_t - \hat{y}_t) h_t^\top",
    )
    assert verdicts(*network, loss, *claims) == ["definition"] * 3 + ["holds", "fails"]


@pytest.mark.parametrize(
    "formula",
    [
        r"h_t = \tanh_2(a_t)",
        r"a_t = \tanh^{-1}(h_t)",
        r"L = -\sum_{t=1}^T y_t^\top \log_2 p_t",
        r"L = -\sum_{t=1}^T y_t^\top \log_{10} p_t",
        r"p_t = \mathrm{softmax}_2(V h_t + c)",
        r"p_t = \mathrm{softmax}'(V h_t + c)",
        r"\frac{\partial h_t}{\partial a_t} = \mathrm{diag}^{-1}(1 - h_t^2)",
        r"\frac{\partial h_t}{\partial a_t} = \mathrm{diag}_2(1 - h_t^2)",
    ],
)
def test_a_script_of_a_function_is_not_left_out(verdicts, formula):
    page = (
        r"a_t = W h_{t-1} + U x_t + b",
        r"h_t = \tanh(a_t)",
        r"p_t = \mathrm{softmax}(V h_t + c)",
        r"L = -\sum_{t=1}^T y_t^\top \log p_t",
    )
    assert verdicts(*page, formula)[-1] == "unreadable"


@pytest.mark.parametrize(
    ("formula", "verdict"),
    [
        (r"\sigma'(x) = \sigma(x)(1 - \sigma(x))", "holds"),
        (r"\sigma'(x) = \sigma(x)(1 + \sigma(x))", "fails"),
        (r"\sigma'(x) = 1 - \sigma(x)^2", "unknown"),  # where σ is tanh
        (r"g'(z) = g(z)(1 - g(z))", "unknown"),
        (r"\tanh'(x) = 1 - \tanh(x)^2", "holds"),
        (r"\tanh'(x) = 1 - \tanh(x)^3", "fails"),
        (r"\tanh'(x) = 1 - \tanh(x^2)", "fails"),
    ],
)
def test_functions_of_which_no_formula_says_what_they_are(verdicts, formula, verdict):
    assert verdicts(formula) == [verdict]


def test_several_functions_have_one_name(check):
    page = (
        r"f(x) = \frac{1}{1 + e^{-x}}",
        "f'(x) = f(x)(1 - f(x))",
        r"f(x) = \tanh(x) = \frac{e^x - e^{-x}}{e^x + e^{-x}}",
        "f'(x) = 1 - f(x)^2",
        "f'(x) = f(x)(1 - f(x))",
    )
    found = [claim.verdict for block in check(*page) for claim in block.claims]
    assert found == ["definition", "holds", "unknown", "holds", "holds", "fails"]


def test_a_prime_behind_a_bracket_is_one_of_the_function(verdicts):
    network = (r"z^{[1]} = W^{[1]} x + b^{[1]}", r"a^{[1]} = g^{[1]}(z^{[1]})")
    claim = r"\frac{\partial a^{[1]}}{\partial z^{[1]}} = \mathrm{diag}(g^{[1]%s}(z^{[1]}))"
    assert verdicts(*network, claim % "'")[-1] == "holds"
    assert verdicts(*network, claim % "")[-1] == "fails"


SOFTMAX = (
    r"z = W x + b",
    r"p_k = \sigma(z)_k = \frac{e^{z_k}}{\sum_{j=1}^K e^{z_j}}",
    r"L = -\sum_{k=1}^K y_k \log p_k",
)


def test_the_entry_of_a_function_of_a_vector_may_be_softmax(verdicts):
    jacobian = r"\frac{\partial p_k}{\partial z_j} = p_k (\delta_{kj} %s p_j)"
    gradient = r"\frac{\partial L}{\partial z_j} = p_j %s y_j"
    claims = [claim % sign for claim in (jacobian, gradient) for sign in "-+"]
    assert verdicts(*SOFTMAX, *claims)[3:] == ["holds", "fails", "holds", "fails"]
    logistic = (r"z = W x + b", r"p_k = \sigma(z)_k", r"\frac{\partial p_k}{\partial z_k} = p_k (1 - p_k)")
    assert verdicts(*logistic)[1:] == ["definition", "holds"]


def test_the_entry_of_a_function_in_brackets_of_another_vector_may_be_softmax(verdicts):
    page = (r"\sigma(z)_i = \frac{e^{z_i}}{\sum_j e^{z_j}}", "a = W x + b")
    quotient = (
        r"\frac{\partial [\sigma(a)]_i}{\partial a_j} = %s \frac{\partial}{\partial a_j} \frac{e^{a_i}}{\sum_k e^{a_k}}"
    )
    jacobian = r"\frac{\partial [\sigma(a)]_i}{\partial a_j} = [\sigma(a)]_i (1_{i = j} %s [\sigma(a)]_j)"
    claims = (quotient % "", quotient % "-", jacobian % "-", jacobian % "+")
    assert verdicts(*page, *claims)[2:] == ["holds", "fails", "holds", "fails"]


def test_the_target_of_the_entries_of_a_softmax_sums_to_one(verdicts):
    page = (r"\sigma(z)_i = \frac{e^{z_i}}{\sum_j e^{z_j}}", r"L = -\sum_i y_i \log \sigma(z)_i")
    claims = [rf"\frac{{\partial L}}{{\partial z}} = \sigma(z) {sign} y" for sign in "-+"]
    assert verdicts(*page, *claims)[2:] == ["holds", "fails"]


def test_the_argument_of_a_function_is_what_it_is_where_the_function_is_applied_again(verdicts):
    page = (r"h_t = \sigma(z_t) = \sigma(W h_{t-1} + U x_t)",)
    jacobian = r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(\sigma'(z_t)) W"
    assert verdicts(*page, jacobian, jacobian + r"^\top") == ["definition", "holds", "fails"]
    assert verdicts(*page, "z_t = W h_{t-1} + U x_t") == ["holds", "definition"]
    assert verdicts(*page, "z_t = W h_{t-1} - U x_t") == ["fails", "definition"]


def test_a_name_between_two_equal_signs_is_what_follows(verdicts):
    page = (r"c_t = f_t \odot c_{t-1} + x_t", r"h_t = y_t = \tanh(c_t)")
    claims = [rf"\frac{{\partial {n}_t}}{{\partial c_t}} = \mathrm{{diag}}(1 {s} {n}_t^2)" for n in "hy" for s in "-+"]
    assert verdicts(*page, *claims)[1:] == ["definition", "holds", "fails", "holds", "fails"]


def test_a_function_that_is_several_ones_may_be_one_that_is_named_only_by_custom(check):
    listed = [r"g(z) = \max(0, z)", r"g(z) = \sigma(z) = \frac{1}{1 + e^{-z}}"]
    right = check(*listed, r"g'(z) = \sigma(z) (1 - \sigma(z))")
    assert [claim.verdict for block in right[1:] for claim in block.claims] == ["unknown", "holds", "holds"]
    wrong = check(listed[0], r"g(z) = \sigma(z) = \frac{1}{1 + e^{z}}", r"g'(z) = \sigma(z) (1 + \sigma(z))")
    assert [claim.verdict for block in wrong[1:] for claim in block.claims] == ["unknown", "fails", "fails"]


@pytest.mark.parametrize("function", [r"\text{Softmax}", "Softmax", r"\operatorname{SoftMax}", "softMax"])
def test_softmax_in_any_case(verdicts, function):
    network = (r"z = W x + b", rf"p = {function}(z)", r"L = -\sum_i y_i \log p_i")
    claims = [rf"\frac{{\partial L}}{{\partial z}} = p {sign} y" for sign in "-+"]
    assert verdicts(*network, *claims)[3:] == ["holds", "fails"]


@pytest.mark.parametrize("function", [r"\text{Sigmoid}", "Sigmoid", r"\mathrm{Tanh}", "Relu", "RELU"])
def test_activations_in_any_case(verdicts, function):
    network = (r"z = W x + b", rf"a = {function}(z)", r"L = \frac{1}{2} \|a - y\|^2")
    claims = [rf"\frac{{\partial L}}{{\partial z}} = (a - y) \odot {function}{prime}(z)" for prime in ("'", "")]
    assert verdicts(*network, *claims)[3:] == ["holds", "fails"]


def test_a_word_of_the_legend_keeps_its_case(legended):
    legend = r"""
[network]
equations = ['h = \tanh(\text{Relu} x)']

[symbols]
'\text{Relu}' = { role = "parameter", shape = ["m", "n"] }
"""
    assert legended(legend, r"\frac{\partial h}{\partial x} = \mathrm{diag}(1 - h^2) \text{Relu}") == ["holds"]


def test_another_letter_is_a_function_where_it_stands_with_a_prime_and_never_alone(verdicts):
    page = ("a_t = W h_{t-1} + U x_t", r"h_t = \theta(a_t)", r"L = \frac{1}{2} \sum_t \|h_t - y_t\|^2")
    claims = [
        rf"\frac{{\partial L}}{{\partial a_t}} = {slope}(a_t) \odot \frac{{\partial L}}{{\partial h_t}}"
        for slope in (r"\theta'", r"\theta")
    ]
    assert verdicts(*page, *claims)[3:] == ["holds", "fails"]
    assert verdicts(*page, claims[0], r"\frac{\partial L}{\partial \theta} = 0")[3] == "unreadable"


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        (r"\log(b^2) = 2 \log b", "for positive arguments of its logarithms"),
        (r"\log(b \odot h_1) = \log b + \log h_1", "for positive arguments of its logarithms"),
        (r"\log \hat y_t = o_t - \log \sum_k e^{o_{t,k}}", ""),  # exponentials are positive
    ],
)
def test_a_logarithm_that_is_taken_apart_says_its_domain(check, claim, reason):
    network = (r"h_t = \tanh(W h_{t-1} + b)", "o_t = V h_t", r"\hat y_t = \mathrm{softmax}(o_t)")
    (found,) = check(*network, r"L = -\sum_t y_t^\top \log \hat y_t", claim)[-1].claims
    assert (found.verdict, found.reason) == ("holds", reason)


def test_a_letter_is_a_function_where_the_page_says_what_it_makes_of_one_thing_and_applies_it_to_another(verdicts):
    page = (r"S(x) = \frac{1}{1 + e^{-x}}", r"z = \theta^T x", r"\hat y = S(z)")
    assert verdicts(*page, r"\frac{\partial \hat y}{\partial z} = \hat y (1 - \hat y)")[3] == "unknown"


def test_a_function_of_several_meanings_may_be_another_than_the_last(verdicts):
    meanings = ("g(z) = z", r"g(z) = \max(0, z)")
    slopes = (r"\frac{d}{dz} g(z) = g(z) (1 - g(z))", r"\frac{d}{dz} g(z) = g(z)^2 + 7")
    assert verdicts(*meanings, *slopes)[2:] == ["unknown", "fails"]
    assert verdicts(meanings[0], *slopes)[1:] == ["fails", "fails"]


def test_an_expectation_is_no_function_of_a_number(verdicts):
    page = (r"E(x) = \sum_i x_i p_i", "E(y) = E(x)", "E(x) = 2 E(x)")
    assert "fails" not in verdicts(*page)[:2]


def test_a_chain_says_what_a_function_is_behind_a_name_for_its_value(verdicts):
    page = (r"y = f(u) = u^2", r"u = g(x) = x^3", r"\frac{dy}{dx} = 6 x^2 u", r"\frac{dy}{dx} = 5 x^5")
    assert verdicts(*page) == ["definition", "definition", "conditional", "fails"]
    assert verdicts("y = f(x) = x^2", "f'(x) = 2x", "f'(x) = x") == ["definition", "holds", "fails"]
    assert verdicts("y = f(x) = x^2", "z = f(x) = x^3", r"\frac{dz}{dx} = 3x^2")[-1] == "unknown"
