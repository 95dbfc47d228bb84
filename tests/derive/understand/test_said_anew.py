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
