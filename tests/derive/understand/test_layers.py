"""Layers above: which letters there are indices, and what is claimed of the last layer."""

import pytest

PERCEPTRON = (
    r"z^l = W^l a^{l-1} + b^l",
    r"a^l = \sigma(z^l)",
    r"C = \frac{1}{2} \|a^L - y\|^2",
)


@pytest.mark.parametrize("name", [r"\delta", r"\text{err}_{\text{net}}"])
@pytest.mark.parametrize("relation", [":=", r"\equiv", "="])
def test_the_last_layer_of_a_named_quantity_is_claimed_not_named_anew(verdicts, name, relation):
    named = rf"{name}^l {relation} \frac{{\partial C}}{{\partial z^l}}"
    true = rf"{name}^L = (a^L - y) \odot a^L \odot (1 - a^L)"
    false = rf"{name}^L = (a^L - y) \odot a^L \odot (1 + a^L)"
    back = rf"{name}^l = ((W^{{l+1}})^\top {name}^{{l+1}}) \odot a^l \odot (1 - a^l)"
    assert verdicts(*PERCEPTRON, named, true)[3:] == ["definition", "holds"]
    assert verdicts(*PERCEPTRON, named, false)[3:] == ["definition", "fails"]
    assert verdicts(*PERCEPTRON, named, false, back)[3:] == ["definition", "fails", "holds"]
