r"""Formulas of softmax, whose letters are not those of the network."""

NETWORK = (
    r"h_t = \tanh(W h_{t-1} + U x_t)",
    r"o_t = V h_t",
    r"\hat y_t = \mathrm{softmax}(o_t)",
    r"L_t = -\sum_i y_{t,i} \log \hat y_{t,i}",
)
CLAIM = r"\frac{\partial L_t}{\partial o_t} = \hat y_t - y_t"


def test_the_letter_of_a_formula_of_softmax_is_its_own(verdicts):
    formulas = (
        r"\mathrm{softmax}(x)_i = \frac{e^{x_i}}{\sum_{j=1}^n e^{x_j}}",
        r"\mathrm{softmax}(x_i) = \frac{e^{x_i}}{\sum_j e^{x_j}}",
        r"\mathrm{softmax}(x)_i = \frac{e^{x_i}}{\sum_j e^{-x_j}}",
        r"\frac{\partial \mathrm{softmax}(x)_i}{\partial x_j} ="
        r" \mathrm{softmax}(x)_i (\delta_{ij} - \mathrm{softmax}(x)_j)",
    )
    assert verdicts(*formulas, *NETWORK, CLAIM) == ["holds", "holds", "fails", "holds", *["definition"] * 4, "holds"]


def test_a_softmax_that_has_names_of_its_own(check):
    formulas = (
        r"y = \mathrm{softmax}(x)",
        r"y_i = \frac{e^{x_i}}{\sum_j e^{x_j}}",
        r"\frac{\partial y_i}{\partial x_j} = y_i (\delta_{ij} - y_j)",
        r"\frac{\partial y_i}{\partial x_j} = y_i (\delta_{ij} - y_i)",
    )
    blocks = check(*formulas, *NETWORK, CLAIM)
    assert [block.verdict for block in blocks] == [
        "definition",
        "holds",
        "holds",
        "fails",
        *["definition"] * 4,
        "holds",
    ]


def test_a_softmax_of_the_network_with_its_steps_left_out(verdicts):
    formulas = (
        r"\hat y = \mathrm{softmax}(o)",
        r"\frac{\partial \hat y}{\partial o} = \mathrm{diag}(\hat y) - \hat y \hat y^\top",
    )
    assert verdicts(*NETWORK, *formulas, CLAIM)[4:] == ["definition", "holds", "holds"]


def test_the_arrays_of_an_example_are_no_layers(verdicts):
    layers = (r"Z^{[l]} = W^{[l]} A^{[l-1]} + b^{[l]}", r"A^{[l]} = g(Z^{[l]})")
    claim = (
        r"\frac{\partial L}{\partial A^{[l-1]}} = W^{[l]T} \frac{\partial L}{\partial Z^{[l]}}",
        r"\frac{\partial L}{\partial A^{[l-1]}} = W^{[l]} \frac{\partial L}{\partial Z^{[l]}}",
    )
    example = (
        r"W = \begin{bmatrix} j & k \\ m & n \end{bmatrix} \;\;\; X = \begin{bmatrix} a & c \\ d & f \end{bmatrix}"
    )
    product = r"W X = \begin{bmatrix} j a + k d & j c + k f \\ m a + n d & m c + n f \end{bmatrix}"
    assert verdicts(*layers, example, product, *claim)[4:] == ["holds", "fails"]
