"""Formulas that say once more what something is, by another function or of what is given."""


def test_another_function_of_the_same_is_another_formula_for_a_value(verdicts):
    neuron = (r"z = w^\top x + b", r"a = \sigma(z)")
    claims = (r"a = \max(0, z)", r"a = \frac{1}{1 + e^{z}}", r"a = \sigma(z) = \frac{1}{1 + e^{z}}")
    assert verdicts(*neuron, *claims)[2:] == ["unknown", "fails", "fails"]


def test_what_is_given_may_have_another_formula_too(verdicts):
    page = (
        r"\hat y = \frac{1}{1 + e^{-(w x + b)}}",
        r"y(x) = \frac{1}{1 + e^{-x}}",
        r"J = -\frac{1}{n} \sum_{i=1}^n [y^{(i)} \log(\hat y^{(i)}) + (1 - y^{(i)}) \log(1 - \hat y^{(i)})]",
    )
    assert verdicts(*page) == ["definition", "unknown", "definition"]


def test_one_name_for_the_arguments_of_two_functions_is_two_values(verdicts):
    page = (
        r"h_t = \phi(W h_{t-1} + U x_t)",
        r"y_t = \psi(V h_t)",
        r"z_t = V h_t",
        r"\frac{\partial h_t}{\partial U} = \phi'(z_t) x_t^\top",
        r"z_t = W h_{t-1} + U x_t",
    )
    assert verdicts(*page)[3:] == ["unknown", "unknown"]
    assert verdicts(*page[:4], r"z_t = V h_{t-1}")[4:] == ["fails"]


def test_what_follows_what_is_no_other_formula(check_text):
    page = r"""
$$s_t = W h_{t-1} + U x_t$$
$$h_t = \tanh(s_t)$$
$$L = \sum_t L_t$$
$$L_t = \frac{1}{2} \|V h_t - y_t\|^2$$

## Backwards

$$s_k \to h_k \to s_{k+1} \to \cdots \to L_t$$
$$\frac{\partial L_t}{\partial s_t} = (1 - h_t^2) \odot V^\top (V h_t - y_t)$$
$$\frac{\partial L_t}{\partial s_t} = (1 - h_t^2) \odot V^\top (y_t - V h_t)$$
"""
    assert check_text(page)[-2:] == ["holds", "fails"]


def test_what_is_defined_twice_decides_no_claim_before_both(check_text):
    page = r"""
$$\frac{\partial a}{\partial z} = \mathrm{diag}(1 - a^2)$$

## One

$$z = W x + b$$
$$a = \tanh(z)$$
$$\frac{\partial a}{\partial z} = \mathrm{diag}(1 - a^2)$$
"""
    assert check_text(page)[0] == "holds"
    assert check_text(page + "\n## Another\n\n$$a = \\sigma(z)$$\n") == [
        "unknown",
        "definition",
        "definition",
        "holds",
        "unknown",
    ]
