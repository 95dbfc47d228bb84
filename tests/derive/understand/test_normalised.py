"""Normalisation over a batch: assignments that define, variances as names, small constants, derivatives by a row."""

BATCH = (
    r"\mu_B \leftarrow \frac{1}{m} \sum_{i=1}^m x_i",
    r"\sigma_B^2 \leftarrow \frac{1}{m} \sum_{i=1}^m (x_i - \mu_B)^2",
    r"\hat{x}_i \leftarrow \frac{x_i - \mu_B}{\sqrt{\sigma_B^2 + \epsilon}}",
    r"y_i \leftarrow \gamma \hat{x}_i + \beta",
)
BY_MEAN = (
    r"\frac{\partial \ell}{\partial \mu_B} = \sum_{i=1}^m \frac{\partial \ell}{\partial \hat{x}_i}"
    r" \odot \frac{-1}{\sqrt{\sigma_B^2 + \epsilon}}"
)


def test_what_is_assigned_once_is_defined(verdicts):
    claims = (
        r"\frac{\partial \ell}{\partial \beta} = \sum_{i=1}^m \frac{\partial \ell}{\partial y_i}",
        r"\frac{\partial \ell}{\partial \beta} = \frac{1}{m} \sum_{i=1}^m \frac{\partial \ell}{\partial y_i}",
        r"\frac{\partial \ell}{\partial \gamma} = \sum_{i=1}^m \frac{\partial \ell}{\partial y_i} \odot \hat{x}_i",
        r"\frac{\partial \ell}{\partial \gamma} = \sum_{i=1}^m \frac{\partial \ell}{\partial y_i} \odot x_i",
    )
    found = verdicts(*BATCH, *claims)
    assert found[:5] + found[6:7] == ["definition"] * 4 + ["holds"] * 2 and "holds" not in (found[5], found[7])


def test_a_derivative_by_a_variance_and_by_a_row_is_read(verdicts):
    rest = r"\frac{\partial \ell}{\partial \sigma_B^2} \odot \sum_{i=1}^m \frac{-2 (x_i - \mu_B)}{m}"
    found = verdicts(*BATCH, f"{BY_MEAN} + {rest}", f"{BY_MEAN} - 3 {rest}", BY_MEAN.replace("-1", "1"))
    assert found[4] == "holds" and "holds" not in found[6:]  # the sum over all x_i - μ is nought


def test_what_is_assigned_again_is_not_defined(verdicts):
    network = (r"z = W x", r"L = \frac{1}{2} \|z - y\|^2")
    again = (r"g \leftarrow z - y", r"g \leftarrow W^\top g")
    found = verdicts(*network, *again, r"\frac{\partial L}{\partial z} = g")
    assert found[4] not in ("holds", "fails")


def test_an_update_is_no_definition(verdicts):
    network = (r"z = W x", r"L = \frac{1}{2} \|z - y\|^2")
    update = r"W \leftarrow W - \eta \frac{\partial L}{\partial W}"
    claims = (r"\frac{\partial L}{\partial W} = (z - y) x^\top", r"\frac{\partial L}{\partial W} = x (z - y)^\top")
    assert verdicts(*network, update, *claims)[3:] == ["holds", "fails"]


def test_a_size_under_a_root_has_no_index(verdicts):
    network = (r"S = \frac{Q K^T}{\sqrt{d_k}}", r"P_{ij} = \frac{e^{S_{ij}}}{\sum_k e^{S_{ik}}}", "O = P V")
    by_query = r"\frac{\partial L}{\partial Q} = \frac{1}{\sqrt{d_k}} \frac{\partial L}{\partial S} K"
    claims = (by_query, by_query.replace(r"\frac{1}{\sqrt{d_k}} ", ""), by_query + "^T")
    found = verdicts(*network, *claims)[3:]
    assert found[0] == "holds" and "holds" not in found[1:]


def test_a_lone_bracket_in_braces_is_a_bracket(verdicts):
    loss = r"J = - \large{(} \small y \log a + (1 - y) \log(1 - a) \large{)} \small"
    slope = r"\frac{\partial J}{\partial z} = a - y"
    assert verdicts("z = w x + b", r"a = \sigma(z)", loss, slope, slope.replace("-", "+"))[3:] == ["holds", "fails"]


def test_a_gradient_without_a_letter_is_by_the_argument(verdicts):
    network = (r"\hat{y}_i = w^T x_i", r"L(w) = \frac{1}{2} \sum_{i=1}^n (\hat{y}_i - y_i)^2")
    claims = (r"\nabla L(w) = \sum_{i=1}^n (\hat{y}_i - y_i) x_i", r"\nabla L(w) = \sum_{i=1}^n (y_i - \hat{y}_i) x_i")
    assert verdicts(*network, *claims)[2:] == ["holds", "fails"]


def test_parameters_of_layers_on_the_right_have_rows_of_samples(verdicts):
    network = (
        r"Z^{[1]} = X W^{[1]} + b^{[1]}",
        r"A^{[1]} = \tanh(Z^{[1]})",
        r"Z^{[2]} = A^{[1]} W^{[2]} + b^{[2]}",
        r"A^{[2]} = \text{softmax}(Z^{[2]})",
        r"L = - \frac{1}{m} \sum_{i=1}^m \sum_{k=1}^K Y_{i,k} \log(A^{[2]}_{i,k})",
    )
    claims = (
        r"dZ^{[2]} = A^{[2]} - Y",
        r"dW^{[2]} = \frac{1}{m} (A^{[1]})^T dZ^{[2]}",
        r"dW^{[2]} = \frac{1}{m} (A^{[1]})^T dZ^{[1]}",
        r"db^{[2]} = \frac{1}{m} \sum dZ^{[2]}",
    )
    found = verdicts(*network, *claims)[5:]
    assert found[:2] + found[3:] == ["holds"] * 3 and found[2] != "holds"


def test_a_formula_for_a_square_says_what_its_root_is(verdicts):
    network = (
        r"\mu = \frac{1}{m} \sum_{i=1}^m x_i",
        r"\sigma^2 = \frac{1}{m} \sum_{i=1}^m (x_i - \mu)^2",
        r"\hat{x}_i = (x_i - \mu) / \sigma",
    )
    mean = r"\frac{1}{m} \sum_{j=1}^m \frac{\partial L}{\partial \hat{x}_j}"
    by_input = (
        r"\frac{\partial L}{\partial x_i} = \frac{1}{\sigma} \odot (\frac{\partial L}{\partial \hat{x}_i}"
        rf" - {mean} - \hat{{x}}_i \odot {mean} \odot \hat{{x}}_j)"
    )
    claims = (by_input, by_input.replace(r" - \hat", r" + \hat"), by_input.replace(f" - {mean} -", " -"))
    found = verdicts(*network, *claims)
    assert found[:3] == ["definition"] * 3 and found[3] != "fails" and "holds" not in found[4:]


def test_a_square_of_itself_defines_nothing(verdicts):
    network = (r"p = \text{softmax}(z)", r"L = -\sum_k y_k \log p_k")
    assert verdicts(*network, "y_k^2 = y_k", r"\frac{\partial L}{\partial z} = p - y")[3] == "holds"


def test_sums_whose_letters_are_those_of_other_formulas(verdicts):
    page = (
        r"y_{nd} = \gamma_d \hat{x}_{nd} + \beta_d",
        r"\hat{x}_{nd} = \frac{x_{nd} - \mu_d}{\sqrt{\sigma_d^2 + \epsilon}}",
        r"\mu_d = \frac{1}{N} \sum_{n=1}^N x_{nd}",
        r"\sigma_d^2 = \frac{1}{N} \sum_{n=1}^N (x_{nd} - \mu_d)^2",
        r"\frac{\partial L}{\partial x_{ij}} = \sum_{n,d} \frac{\partial L}{\partial y_{nd}} \gamma_d"
        r" \frac{\partial \hat{x}_{nd}}{\partial x_{ij}}",
    )
    assert verdicts(*page) == [*["definition"] * 4, "holds"]
