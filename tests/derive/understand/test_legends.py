"""A legend beside a page completes what it leaves open and makes no verdict worse, and the draft of a page
is a legend with the same verdicts."""

import pytest

from derive.judge.draft import draft
from derive.judge.page import check
from derive.reading.document import Document
from derive.reading.legend_file import parse_legend

PAGE = [
    r"h_t = f(W h_{t-1} + U x_t)",
    r"y_t = V h_t",
    r"L = \sum_{t=1}^{T} L_t(y_t, \hat{y}_t)",
    r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W",
    r"\frac{\partial L}{\partial V} = \sum_{t=1}^{T} (y_t - \hat{y}_t) h_t^\top",
    r"\frac{\partial L}{\partial V} = \sum_{t=1}^{T} (y_t + \hat{y}_t) h_t^\top",
]
FUNCTION = "[functions]\nf = 'tanh'\n"
LOSS = "[network]\nequations = ['L_t = \\frac{1}{2} \\|y_t - \\hat{y}_t\\|^2']\n"
SYMBOLS = (
    "[network]\nequations = ['s_t = \\tanh(W s_{t-1} + U x_t)', 'L_t = \\frac{1}{2} \\|y_t - \\hat{y}_t\\|^2']\n"
    "[symbols]\n's' = { means = 'state', role = 'value', shape = ['H'], time = true }\n"
    "'h' = { means = 'state', role = 'value', shape = ['H'], time = true }\n"
)


def document(formulas):
    return Document.read("page", "\n\n".join(f"$${text}$$" for text in formulas), "md")


def verdicts(formulas, legend=""):
    known = parse_legend(legend, "page.toml") if legend else None
    return [block.verdict for block in check(document(formulas), known).blocks]


def test_a_page_that_leaves_its_function_and_its_loss_open():
    found = verdicts(PAGE)
    assert found[:3] == ["definition"] * 3 and "holds" not in found[3:]


@pytest.mark.parametrize("legend", [LOSS + FUNCTION, SYMBOLS])
def test_a_legend_says_what_is_open(legend):
    assert verdicts(PAGE, legend) == ["definition"] * 3 + ["holds", "holds", "fails"]


def test_a_function_alone():
    assert verdicts(PAGE, FUNCTION)[3] == "holds"


def test_a_definition_in_words():
    page = [*PAGE, r"\frac{\partial L}{\partial V} = \sum_{t=1}^{T} e_t h_t^\top"]
    assert verdicts(page, LOSS + FUNCTION)[6] == "unreadable"
    assert verdicts(page, LOSS + FUNCTION + "[definitions]\n'e_t' = 'y_t - \\hat{y}_t'\n")[6] == "holds"


def test_where_the_legend_says_otherwise_the_page_makes_a_claim():
    legend = "[network]\nequations = ['h_t = \\tanh(W h_{t-1} + U x_t)', 'y_t = V h_t']\n"
    assert verdicts([r"h_t = \tanh(W h_{t-1} - U x_t)", r"y_t = V h_t"], legend) == ["fails", "definition"]
    swapped = [r"h_t = \tanh(U h_{t-1} + W x_t)", r"y_t = V h_t"]  # shapes that do not fit refute nothing
    assert verdicts(swapped, legend) == ["unreadable", "definition"]


def test_one_part_of_two_networks():
    page = [
        r"h_t = \tanh(W h_{t-1} + U x_t)", r"o_t = V h_t", r"\frac{\partial o_t}{\partial h_t} = V",
        r"h_t = W h_{t-1} + U x_t", r"o_t = Q h_t", r"\frac{\partial h_t}{\partial h_{t-1}} = W",
    ]  # fmt: skip
    legend = "[network]\nequations = ['h_t = W h_{t-1} + U x_t', 'o_t = Q h_t']\n"
    assert verdicts(page, legend) == verdicts(page)
    assert "fails" not in verdicts(page)


@pytest.mark.parametrize(
    "page",
    [
        PAGE,
        [r"h_t = \tanh(h_{t-1} W + x_t U)", r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W^\top"],
        [r"z^l = w^l a^{l-1} + b^l", r"a^l = g(z^l)", r"\delta^l = \frac{\partial C}{\partial z^l}",
         r"\delta^l = ((w^{l+1})^\top \delta^{l+1}) \odot g'(z^l)"],
        [r"h_t = \sigma(W h_{t-1} + U x_t)", r"\hat{y}_t = \mathrm{softmax}(V h_t)",
         r"L_t = -y_t^\top \log \hat{y}_t", r"\frac{\partial L_t}{\partial V} = (\hat{y}_t - y_t) h_t^\top"],
        [r"a^{(1)} = \tanh(W^{(1)} x)", r"a^{(2)} = W^{(2)} a^{(1)}", r"J = \| a^{(2)} - y \|",
         r"\frac{\partial J}{\partial W^{(2)}} = \frac{\partial J}{\partial a^{(2)}} (a^{(1)})^\top"],
        [r"u_{kt} = W_k x_t + w_k h_{t-1}", r"f_t = \sigma(u_{ft})", r"o_t = \tanh(u_{ot})",
         r"h_t = f_t h_{t-1} + o_t", r"\frac{\partial h_t}{\partial o_t} = 1"],
    ],
)  # fmt: skip
def test_the_draft_gives_the_same_verdicts(page):
    drafted = draft(document(page))
    assert verdicts(page, drafted) == verdicts(page) and "top" not in drafted.partition("[symbols]")[2]


def test_every_line_of_a_draft_says_where_it_comes_from():
    lines = [line for line in draft(document(PAGE)).splitlines() if " = " in line and not line.startswith("#")]
    sources = ("stated", "used", "custom")
    assert all(any(f"# {source}" in line for source in sources) for line in lines if line != "equations = [")
