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
    assert verdicts(*BATCH, COST, ONE[0], r"a^{[1](i)} = \sigma(z^{[1](i)})")[5:] == ["definition", "fails"]


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


NEURON = {
    "matrices": (r"Z = w^T X + b", r"A = \sigma(Z)"),
    "samples": (r"z^{(i)} = w^T x^{(i)} + b", r"\hat{y}^{(i)} = a^{(i)} = \sigma(z^{(i)})"),
    "both": (r"z^{(i)} = w^T x^{(i)} + b", r"A = \sigma(w^T X + b) = (a^{(1)}, a^{(2)}, \ldots, a^{(m-1)}, a^{(m)})"),
    "any one": (r"z = w^T x + b", r"\hat{y} = a = \sigma(z)"),
}
COSTS = {
    "matrices": (r"J = -\frac{1}{m} \sum_{i=1}^m (y^{(i)} \log a^{(i)} + (1 - y^{(i)}) \log(1 - a^{(i)}))",),
    "both": (
        r"\mathcal{L}(a^{(i)}, y^{(i)}) = -y^{(i)} \log(a^{(i)}) - (1 - y^{(i)}) \log(1 - a^{(i)})",
        r"J = \frac{1}{m} \sum_{i=1}^m \mathcal{L}(a^{(i)}, y^{(i)})",
    ),
    "any one": (
        r"\mathcal{L}(a, y) = -(y \log(a) + (1 - y) \log(1 - a))",
        r"J(w, b) = \frac{1}{m} \sum_{i=1}^m \mathcal{L}(a^{(i)}, y^{(i)})",
    ),
}


@pytest.mark.parametrize(
    ("network", "cost"), [("matrices", "matrices"), ("samples", "both"), ("both", "both"), ("any one", "any one")]
)
@pytest.mark.parametrize(
    ("claim", "changed"),
    [
        (r"\frac{\partial J}{\partial w} = \frac{1}{m} X (A - Y)^T", ("(A - Y)^T", "(Y - A)^T")),
        (r"\frac{\partial J}{\partial w} = \frac{1}{m} X (A - Y)^T", (r"\frac{1}{m} ", "")),
        (r"\frac{\partial J}{\partial b} = \frac{1}{m} \sum_{i=1}^m (a^{(i)} - y^{(i)})", (r"\frac{1}{m} ", "2")),
    ],
)
def test_the_neuron_of_a_logistic_regression(verdicts, network, cost, claim, changed):
    page = (*NEURON[network], *COSTS[cost])
    assert verdicts(*page, claim)[-1] == "holds"
    assert verdicts(*page, claim.replace(*changed))[-1] == "fails"


def test_layers_that_add_to_what_they_read_are_all_as_wide(verdicts):
    page = (r"a^l = W^l h^{l-1} + b^l", r"h^l = h^{l-1} + \tanh(a^l)", r"C = \frac{1}{2} \|h^L - y\|^2")
    right = r"(1 - \tanh^2(a^l)) \odot \frac{\partial C}{\partial h^l}"
    claim = rf"\frac{{\partial C}}{{\partial h^{{l-1}}}} = \frac{{\partial C}}{{\partial h^l}} + (W^l)^T ({right})"
    assert verdicts(*page, claim)[-1] == "holds"
    assert verdicts(*page, claim.replace("(W^l)^T", "W^l"))[-1] == "fails"


def test_the_letters_of_an_example_are_no_marks(verdicts):
    """A d in an example says nothing of dW."""
    page = (
        r"P = \begin{bmatrix} d & e \\ f & h \end{bmatrix}",
        r"Z^{[1]} = W^{[1]} X + b^{[1]}",
        r"A^{[1]} = \tanh(Z^{[1]})",
        r"Z^{[2]} = W^{[2]} A^{[1]} + b^{[2]}",
        r"A^{[2]} = \sigma(Z^{[2]})",
        r"J = -\frac{1}{m} \sum_{i=1}^m (y^{(i)} \log a^{[2](i)} + (1 - y^{(i)}) \log(1 - a^{[2](i)}))",
    )
    claims = (r"dZ^{[2]} = A^{[2]} - Y", r"dW^{[2]} = \frac{1}{m} dZ^{[2]} A^{[1]T}")
    assert verdicts(*page, *claims)[-2:] == ["holds"] * 2
    assert verdicts(*page, claims[0], claims[1].replace("]T", "]"))[-1] != "holds"
