r"""Products of two small letters that are numbers: w^\top x, \sum_i w_i x_i."""

import pytest


@pytest.mark.parametrize("z", [r"w^\top x + b", r"\sum_i w_i x_i + b"])
def test_one_neuron(verdicts, z):
    claims = (
        r"\frac{\partial a}{\partial w_i} = a (1 - a) x_i",
        r"\frac{\partial a}{\partial w_i} = a (1 + a) x_i",
        r"\frac{\partial a}{\partial b} = a (1 - a)",
        r"\frac{\partial a}{\partial x} = a (1 - a) w",
    )
    assert verdicts(f"z = {z}", r"a = \sigma(z)", *claims)[2:] == ["holds", "fails", "holds", "holds"]


def test_a_regression_of_samples(verdicts):
    page = (
        r"z^{(i)} = w^\top x^{(i)} + b",
        r"\hat y^{(i)} = \sigma(z^{(i)})",
        r"J = -\frac{1}{m} \sum_{i=1}^m [y^{(i)} \log \hat y^{(i)} + (1 - y^{(i)}) \log(1 - \hat y^{(i)})]",
    )
    gradient = r"\frac{\partial J}{\partial w} = %s \sum_{i=1}^m (\hat y^{(i)} - y^{(i)}) x^{(i)}"
    assert verdicts(*page, gradient % r"\frac{1}{m}", gradient % "")[3:] == ["holds", "fails"]


def test_capitals_are_matrices(verdicts):
    page = (r"z = W^\top x + b", r"\frac{\partial z}{\partial x} = W^\top", r"\frac{\partial z}{\partial x} = W")
    assert verdicts(*page)[1:] == ["holds", "unknown"]  # in the other layout


def test_what_a_matrix_stands_before_is_no_inner_product(check_text):
    page = r"""
$$c = \sum_{j=1}^n \alpha_j h_j$$

$$L = \frac12 \|V c - y\|^2$$

$$\frac{\partial L}{\partial V} = (V c - y) c^\top$$

$$\frac{\partial L}{\partial V} = (V c - y) c$$
"""
    assert check_text(page) == ["definition", "definition", "holds", "fails"]


def test_vectors_of_a_step_are_no_entries(verdicts):
    network = (r"n_t = \tanh(U (r_t \odot n_{t-1}))", r"L = \sum_{t=1}^{T} n_t^\top y_t")
    share = r"\frac{\partial L}{\partial U} = \sum_{t=1}^{T} (\frac{\partial L}{\partial n_t} \odot (1 - n_t^2))"
    claims = (rf"{share} (r_t \odot n_{{t-1}})^\top", rf"{share} n_{{t-1}}^\top r_t")
    assert verdicts(*network, *claims)[2] == "holds"
    assert verdicts(*network, *claims)[3] != "holds"
