"""The numbers of a worked example: true or wrong among each other, and no claim about the network."""

import pytest

NETWORK = (r"h_t = \tanh(W h_{t-1} + U x_t)", r"y_t = V h_t")


@pytest.mark.parametrize(
    ("formula", "verdict"),
    [
        (r"\tanh(0.6) = 0.537", "holds"),
        (r"\tanh(0.6) = 0.547", "fails"),
        (r"-\log(0.701) = \mathbf{0.355}", "holds"),
        (r"\frac{1}{1 + e^{-0.3775}} = 0.59327", "holds"),
        (r"\frac{1}{1 + e^{0.3775}} = 0.59327", "fails"),
        (r"\tanh(0.5 \cdot 1 + 0.1) = \tanh(0.6)", "holds"),
        (r"0.5 \cdot 0.8 = 0.45", "fails"),
        (r"(1 - 0.878^2) \cdot 0.8 = 0.1832", "unknown"),  # 0.18329 of a number that may be rounded
    ],
)
def test_arithmetic_holds_to_the_digits_that_are_shown(verdicts, formula, verdict):
    assert verdicts(*NETWORK, formula)[-1] == verdict


@pytest.mark.parametrize(
    "formula",
    [
        "h_2 = 0.91",
        "y_1 = 1",
        r"V h_1 = 1.2 \cdot 0.5",
        r"\frac{\partial y_t}{\partial h_t} = 0.8",
        r"h_2 = \tanh(0.3 h_1 + 0.5)",
    ],
)
def test_a_number_of_an_example_refutes_nothing(verdicts, formula):
    assert verdicts(*NETWORK, "h_1 = 0.537", formula)[-1] in ("unknown", "definition")


def test_the_links_between_numbers_are_decided_where_the_first_is_of_an_example(check):
    claims = check(*NETWORK, r"h_2 = \tanh(0.2 \cdot 1 + 0.4) = \tanh(0.6) = 0.537 = 0.637")[-1].claims
    assert [claim.verdict for claim in claims][1:] == ["holds", "holds", "fails"]
    assert claims[-1].reason == "it is 0.53705"


def test_a_small_whole_number_is_a_claim_all_the_same(verdicts):
    claims = (r"\frac{\partial y_t}{\partial V} = 1", r"\frac{\partial h_0}{\partial W} = 0")
    assert "holds" not in verdicts(*NETWORK, claims[0])[-1]
    assert verdicts(*NETWORK, claims[1])[-1] == "holds"


@pytest.mark.parametrize(
    ("formula", "verdict"),
    [
        (r"[1.0 \times 0.36, 0.5 \times 0.75] = [0.36, 0.375]", "holds"),
        (r"[1.0 \times 0.36, 0.5 \times 0.75] = [0.36, 0.365]", "fails"),
        (r"[1 - 0.64, 1 - 0.25] = [0.36]", "unknown"),
        (r"\begin{bmatrix} 0.3 \\ 0.5 \end{bmatrix} \begin{bmatrix} 1 & 3 \end{bmatrix}"
         r" = \begin{bmatrix} 0.3 & 0.9 \\ 0.5 & 1.5 \end{bmatrix}", "holds"),
        (r"\begin{bmatrix} 0.3 \\ 0.5 \end{bmatrix} \begin{bmatrix} 1 & 3 \end{bmatrix}"
         r" = \begin{bmatrix} 0.3 & 0.5 \\ 0.9 & 1.5 \end{bmatrix}", "fails"),
        (r"\tanh(\begin{bmatrix} 0.5 \\ 0.2 \end{bmatrix}) = \begin{bmatrix} 0.462 \\ 0.197 \end{bmatrix}", "holds"),
        (r"\begin{bmatrix} 0.5 \\ 0.2 \end{bmatrix} = \begin{bmatrix} 0.5 & 0.2 \end{bmatrix}", "unknown"),
    ],
)  # fmt: skip
def test_arrays_of_numbers_hold_entry_by_entry(verdicts, formula, verdict):
    assert verdicts(*NETWORK, formula)[-1] == verdict


def test_the_data_of_an_example_leave_the_network_as_it_is(verdicts):
    data = (
        r"h_t = [0.8, -0.5]",
        r"x_t = [1, 2, 3]",
        r"h_{t-1} = \begin{bmatrix} 0.3 \\ 0.7 \end{bmatrix}",
        r"\frac{\partial L}{\partial W} = \begin{bmatrix} 0.36 & 0.25 \\ 0.375 & 0.5 \end{bmatrix}",
    )
    claims = (
        r"\frac{\partial L}{\partial h_T} = V^\top \frac{\partial L}{\partial y_T}",
        r"\frac{\partial L}{\partial h_T} = V \frac{\partial L}{\partial y_T}",
    )
    found = verdicts(*NETWORK, *data, *claims)[2:]
    assert found == ["unknown", "definition", "unknown", "unknown", "holds", "fails"]


def test_what_is_computed_of_numbers_is_a_derivative_of_some_example(verdicts):
    page = ("z = 3 x + 1", "L = z^2", r"\frac{\partial L}{\partial x} = 14 \times 3")
    assert verdicts(*page, r"\frac{\partial z}{\partial x} = 4")[2:] == ["unknown", "fails"]


@pytest.mark.parametrize(("digits", "verdict"), [("0.967", "holds"), ("0.97", "holds"), ("0.98", "unknown")])
def test_a_number_may_be_about_another_and_is_never_wrong(check, digits, verdict):
    claims = check(*NETWORK, rf"L = 0.3 \cdot 0.627 + 0.5 \cdot 0.758 + 0.4 \approx {digits}")[-1].claims
    assert claims[-1].verdict == verdict
