"""Scalar notation: products along named axes, and what holds for one output unit or a single state alone."""

import pytest

from derive.judge.notes import check_document
from derive.reading import Document, builtin_legend
from derive.reading.legend_file import parse_legend

HELLO = {
    # the network as the legend has it, and otherwise
    r"L(t) = -\hat{y}(t) \log(y(t))": ("definition", ()),
    r"L(t) = \hat{y}(t) \log(y(t))": ("fails", ()),
    r"L = L(1) + L(2) + L(3)": ("fails", ()),
    r"a(t) = \tanh(w_{aa} a(t-1) + w_{ax} x(t) - b_a)": ("fails", ()),
    # Jacobians are chained in any order, and what they lack is no factor
    r"\frac{\partial L(t)}{\partial a(t)} = \frac{\partial net_y(t)}{\partial a(t)} \frac{\partial L(t)}{\partial y(t)}"
    r" \frac{\partial y(t)}{\partial net_y(t)}": ("holds", ()),
    r"\frac{\partial L(t)}{\partial b_y} = y(t) - \hat{y}(t)": ("holds", ()),
    r"\frac{\partial L(t)}{\partial b_y} = \hat{y}(t) - y(t)": ("fails", ()),
    r"\frac{\partial L(t)}{\partial w_{ya}} = (y(t) - \hat{y}(t)) a(t)": ("holds", ()),
    r"\frac{\partial L(t)}{\partial w_{ya}} = (y(t) - \hat{y}(t)) a(t-1)": ("fails", ()),
    r"\frac{\partial L(t)}{\partial net_y(t)} = y(t) - 1": ("conditional", ("target-unit",)),
    r"\frac{\partial L}{\partial b_y} = \sum_t (y(t) - 1)": ("conditional", ("target-unit", "same-target")),
    r"\frac{\partial L(t)}{\partial a(t)} = (y(t) - 1) w_{ya}": ("conditional", ("target-unit", "single-path")),
    r"\frac{\partial a(t)}{\partial w_{aa}} = (1 - a(t)^2) a(t-1)": ("conditional", ("scalar-state",)),
    # units that one factor alone has are summed by nothing, though they may sum to one or to zero
    r"\frac{\partial L(t)}{\partial b_a} = \frac{\partial L(t)}{\partial b_a} y(t)": ("fails", ()),
    r"\frac{\partial L(t)}{\partial w_{aa}} = \frac{\partial L(t)}{\partial w_{aa}}"
    r" + (y(t) - \hat{y}(t)) b_a": ("fails", ()),
    r"a(t) = a(t) y(t)": ("unknown", ()),
    r"\frac{\partial L(t)}{\partial b_a} = \frac{\partial L(t)}{\partial b_a} + \frac{\partial L(t)}{\partial y(t)}"
    r" \left(\frac{\partial y(t)}{\partial net_y(t)}\right)^\top b_a": ("fails", ()),
    r"x(3) = x(4)": ("conditional", ("this-word",)),
    r"x(2) = x(4)": ("fails", ()),
}


@pytest.mark.parametrize("formula", HELLO)
def test_on_the_word(formula):
    (block,) = check_document(Document.read("page.md", f"$${formula}$$", "md"), builtin_legend()).blocks
    (claim,) = block.claims
    assert (claim.verdict, claim.assumptions) == HELLO[formula], claim.reason


def test_a_quantity_of_the_page_has_the_axes_of_what_it_is():
    page = r"""
$$D(t) = \frac{\partial L(t)}{\partial net_y(t)}$$

$$\frac{\partial L(t)}{\partial w_{ya}} = D(t) a(t)$$

$$\frac{\partial L(t)}{\partial b_y} = D(t) a(t)$$
"""
    blocks = check_document(Document.read("page.md", page, "md"), builtin_legend()).blocks
    assert [block.verdict for block in blocks][:2] == ["definition", "holds"]
    assert blocks[2].verdict not in ("holds", "definition", "conditional")


def test_a_formula_in_running_text_is_repaired_by_its_own_number():
    legend = parse_legend(
        'notation = "scalar"\nnetwork = "elman"\n[symbols]\n'
        '\'b\' = { means = "b_y", role = "parameter", shape = ["V"] }\n'
        '\'L\' = { means = "loss", role = "total_loss", shape = [], at_time = "L" }\n'
        '\'\\eta\' = { means = "eta", role = "rate", shape = [] }\n'
        "[[repairs]]\nfind = 'n'\nreplace = '\\eta'\ninline = [2]\nreason = 'an η'\n",
        "legend",
    )
    page = r"First $b = b$, then $\Delta b = -n \frac{\partial L}{\partial b}$."
    formula = check_document(Document.read("page.md", page, "md"), legend).formulas[-1]
    assert formula.verdict == "definition" and formula.claims[0].repairs == (r"n read as \eta: an η",)
