r"""The built-in network in the letters of a legend: whatever has no letter, the derivatives are the same."""

import pytest

from derive.judge.notes import check_document
from derive.reading import Document
from derive.reading.legend_file import parse_legend
from derive.understand.builtin import elman

SYMBOLS = {
    "x": "means = 'x', role = 'input', shape = ['D'], time = true",
    "y": "means = 'target', role = 'target', shape = ['K'], time = true",
    "s": "means = 'a', role = 'value', shape = ['H'], time = true",
    "z": "means = 'net_a', role = 'value', shape = ['H'], time = true",
    "o": "means = 'net_y', role = 'value', shape = ['K'], time = true",
    "p": "means = 'y', role = 'value', shape = ['K'], time = true",
    "E": "means = 'loss', role = 'total_loss', shape = [], at_time = 'L'",
    "R": "means = 'W_aa', role = 'parameter', shape = ['H', 'H']",
    "A": "means = 'W_ax', role = 'parameter', shape = ['H', 'D']",
    "C": "means = 'W_ya', role = 'parameter', shape = ['K', 'H']",
    "b": "means = 'b_a', role = 'parameter', shape = ['H']",
    "c": "means = 'b_y', role = 'parameter', shape = ['K']",
    "t": "role = 'index'",
    "T": "role = 'size'",
}
CARRIED = r"R^\top ((1 - s_{t+1}^2) \odot \frac{\partial E}{\partial s_{t+1}})"
RIGHT = (
    r"\frac{\partial E}{\partial c} = \sum_{t=1}^{T} (p_t - y_t)",
    r"\frac{\partial E}{\partial C} = \sum_{t=1}^{T} (p_t - y_t) s_t^\top",
    rf"\frac{{\partial E}}{{\partial s_t}} = C^\top (p_t - y_t) + {CARRIED}",
)


def legend_without(*letters, layout="column"):
    kept = "\n".join(f"'{letter}' = {{ {entry} }}" for letter, entry in SYMBOLS.items() if letter not in letters)
    text = f"notation = 'vector'\nnetwork = 'elman'\nlayout = '{layout}'\n[symbols]\n{kept}"
    return parse_legend(text, "legend")


def verdicts(legend, *formulas):
    page = "\n\n".join(f"$${formula}$$" for formula in formulas)
    return [block.verdict for block in check_document(Document.read("page.md", page, "md"), legend).blocks]


@pytest.mark.parametrize("unnamed", [(), ("z",), ("o",), ("z", "o"), ("x", "A"), ("b", "z"), ("z", "o", "b", "x", "A")])
def test_what_has_no_letter_is_written_out(unnamed):
    legend = legend_without(*unnamed)
    assert verdicts(legend, *RIGHT) == ["holds"] * len(RIGHT)
    wrong = [formula.replace("p_t - y_t", "y_t - p_t") for formula in RIGHT]
    assert verdicts(legend, *wrong) == ["fails"] * len(RIGHT)


def test_its_equations_in_letters():
    assert elman(legend_without("z", "o")) == [
        r"s_{t} = \tanh(R s_{t-1} + A x_{t} + b)",
        r"p_{t} = \mathrm{softmax}(C s_{t} + c)",
        r"E_{t} = -y_{t}^\top \log(p_{t})",
        r"E = \sum_{t=1}^{T} E_{t}",
    ]


def test_its_equations_in_rows():
    first, *_ = elman(legend_without("z", "o", layout="row"))
    assert first == r"s_{t} = \tanh(s_{t-1} R^\top + x_{t} A^\top + b)"


@pytest.mark.parametrize(
    ("factor", "verdict"), [("", "definition"), (r"\frac{1}{T}", "fails"), ("2", "fails"), ("-", "fails")]
)
def test_another_loss_is_no_definition(factor, verdict):
    assert verdicts(legend_without(), rf"E = {factor} \sum_{{t=1}}^{{T}} E_t") == [verdict]
    assert verdicts(legend_without(), rf"E_t = {factor} (-y_t^\top \log p_t)".replace(r"\frac{1}{T}", "3")) == [verdict]


def test_a_page_defines_no_other_network():
    adjoints = [rf"\delta^{v}_t = \frac{{\partial E}}{{\partial {v}_t}}" for v in "osz"]
    cubed = r"\delta^s_t = C^\top \delta^o_t + R^\top \mathrm{diag}(1 - s_{t+1}^3) \delta^s_{t+1}"
    wrong = (cubed, r"\delta^s_t = C^\top o_t + R^\top \delta^z_{t+1}", r"o_t = C \delta^z_t + c")
    assert verdicts(legend_without(), *adjoints, *wrong) == ["definition"] * 3 + ["fails"] * 3


@pytest.mark.parametrize(
    ("membership", "verdict"),
    [
        (r"R \in \mathbb{R}^{H \times H}", "holds"),
        (r"A \in \mathbb{R}^{H \times D}", "holds"),
        (r"A \in \mathbb{R}^{D \times H}", "fails"),
        (r"p_t \in \mathbb{R}^K", "holds"),
        (r"p_t \in \mathbb{R}^H", "fails"),
        (r"p_t \in [0, 1]^K", "fragment"),
        (r"E \in \mathbb{R}", "holds"),
        (r"\frac{\partial E}{\partial C} \in \mathbb{R}^{K \times H}", "holds"),
        (r"q_t \in \mathbb{R}^H", "unreadable"),
    ],
)
def test_a_membership_states_a_shape(membership, verdict):
    assert verdicts(legend_without(), membership) == [verdict]
