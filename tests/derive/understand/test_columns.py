r"""Samples that are the columns of a matrix, beside the same samples one by one."""

import pytest

BATCH = (
    r"Z^{[1]} = W^{[1]} X + b^{[1]}",
    r"A^{[1]} = \tanh(Z^{[1]})",
    r"Z^{[2]} = W^{[2]} A^{[1]} + b^{[2]}",
    r"A^{[2]} = \sigma(Z^{[2]})",
)
ONE = (
    r"z^{[1](i)} = W^{[1]} x^{(i)} + b^{[1]}",
    r"a^{[1](i)} = \tanh(z^{[1](i)})",
    r"z^{[2](i)} = W^{[2]} a^{[1](i)} + b^{[2]}",
    r"a^{[2](i)} = \sigma(z^{[2](i)})",
)
COST = r"J = -\frac{1}{m} \sum_{i=1}^m (y^{(i)} \log a^{[2](i)} + (1 - y^{(i)}) \log(1 - a^{[2](i)}))"
RIGHT = (
    r"dZ^{[2]} = A^{[2]} - Y",
    r"dW^{[2]} = \frac{1}{m} dZ^{[2]} A^{[1]T}",
    r"db^{[2]} = \frac{1}{m} np.sum(dZ^{[2]}, axis=1, keepdims=True)",
    r"dA^{[1]} = (W^{[2]})^T dZ^{[2]}",
    r"dZ^{[1]} = dA^{[1]} * (1 - (A^{[1]})^2)",
    r"dW^{[1]} = \frac{1}{m} dZ^{[1]} X^T",
    r"db^{[1]} = \frac{1}{m} \sum_{i=1}^m dZ^{[1](i)}",
)


@pytest.mark.parametrize("network", [BATCH, ONE])
def test_gradients_of_a_batch(verdicts, network):
    assert verdicts(*network, COST, *RIGHT)[5:] == ["holds"] * len(RIGHT)


def test_both_notations_on_one_page(verdicts):
    assert verdicts(*BATCH, COST, ONE[0], r"a^{[1](i)} = \sigma(z^{[1](i)})")[5:] == ["holds", "fails"]


@pytest.mark.parametrize("network", [BATCH, ONE])
@pytest.mark.parametrize(
    "changed",
    [
        {0: ("-", "+")},
        {1: ("]T", "]")},
        {1: (r"\frac{1}{m} ", "")},
        {2: ("axis=1", "axis=0")},
        {2: (r"\frac{1}{m} ", "")},
        {3: ("^T", "")},
        {4: ("^2", "")},
        {5: ("X^T", "X")},
        {6: (r"\frac{1}{m} ", "")},
    ],
)
def test_what_is_wrong_is_not_held(verdicts, network, changed):
    [(at, change)] = changed.items()
    assert (
        verdicts(*network, COST, *(f.replace(*change) if n == at else f for n, f in enumerate(RIGHT)))[5 + at]
        != "holds"
    )


def test_samples_that_are_rows_are_left_alone(verdicts):
    page = (
        "Z = X W",
        r"A = \sigma(Z)",
        r"J = \frac{1}{m} \sum_{i=1}^m \|a^{(i)} - y^{(i)}\|^2",
        r"h^{(i)} = W x^{(i)}",
    )
    assert "holds" not in verdicts(*page, r"dZ = A - Y", r"dW = \frac{1}{m} dZ X^T")


def test_where_steps_stand_in_brackets_nothing_is_a_sample(check_text):
    page = r"""
$$N^{(t)} = W H^{(t-1)} + U X^{(t)}$$

$$H^{(t)} = \tanh(N^{(t)})$$

$$O^{(t)} = V H^{(t)}$$

$$J^{(t)} = \frac12 \|O^{(t)} - Y^{(t)}\|^2$$

$$J = \sum_{t=1}^{T} J^{(t)}$$

$$\frac{\partial J}{\partial H^{(T)}} = V^\top \frac{\partial J}{\partial O^{(T)}}$$

$$\frac{\partial J}{\partial H^{(t)}} = \sum_{i=t}^{T} \frac{\partial J^{(i)}}{\partial H^{(t)}}$$
"""
    assert check_text(page)[-2:] == ["holds", "holds"]


def test_what_stands_behind_parameters_has_the_samples_of_what_it_makes(verdicts):
    """Only dZ is written sample by sample, and what A, X and Z are is said of all samples at once."""
    page = (
        r"Z^{[l]} = W^{[l]} A^{[l-1]} + b^{[l]}",
        r"A^{[0]} = X",
        r"A^{[l]} = g(Z^{[l]})",
        r"db^{[l]} = \sum_{i=1}^{m} dZ^{[l](i)}",
        r"dW^{[l]} = dZ^{[l]} A^{[l-1]T}",
        r"dA^{[l-1]} = W^{[l]T} dZ^{[l]}",
    )
    assert verdicts(*page)[3:] == ["holds"] * 3
    assert "holds" not in verdicts(*page[:5], r"dA^{[l-1]} = dZ^{[l]} W^{[l]}")[5:]
