"""A page whose vectors are rows, with a network of its own: what holds, and what a transpose makes of it."""

import pytest

from derive.judge.notes import check_document
from derive.reading import Document, load_legend

LEGEND = r"""
notation = "vector"
layout = "row"
[network]
equations = [
    'h_t = \tanh(h_{t-1} W + x_t U + b)',
    'o_t = h_t V',
    'p_t = \mathrm{softmax}(o_t)',
    'L_t = -\log(p_t) y_t^\top',
]
loss = 'L_t'
[symbols]
'x' = { means = "x", role = "input", shape = ["D"], time = true }
'y' = { means = "target", role = "target", shape = ["V"], time = true }
'h' = { means = "h", role = "value", shape = ["H"], time = true }
'o' = { means = "o", role = "value", shape = ["V"], time = true }
'p' = { means = "p", role = "value", shape = ["V"], time = true }
'L' = { means = "loss", role = "total_loss", shape = [], at_time = "L" }
'W' = { means = "W", role = "parameter", shape = ["H", "H"] }
'U' = { means = "U", role = "parameter", shape = ["D", "H"] }
'b' = { means = "b", role = "parameter", shape = ["H"] }
'V' = { means = "V", role = "parameter", shape = ["H", "V"] }
't' = { means = "t", role = "index" }
'T' = { means = "T", role = "size" }
"""

CARRIED = r"(\frac{\partial L}{\partial h_{t+1}} \odot (1-h_{t+1}^2))"
CLAIMS = {
    r"h_t = \tanh(h_{t-1} W + x_t U + b)": "definition",
    r"\frac{\partial L}{\partial o_t} = p_t - y_t": "holds",
    r"\frac{\partial L}{\partial V} = \sum_t h_t^\top (p_t - y_t)": "holds",
    r"\frac{\partial L}{\partial V} = \sum_t (p_t - y_t)^\top h_t": "fails",
    rf"\frac{{\partial L}}{{\partial h_t}} = (p_t - y_t) V^\top + {CARRIED} W^\top": "holds",
    rf"\frac{{\partial L}}{{\partial h_t}} = (p_t - y_t) V^\top + {CARRIED} W": "fails",
    r"e^{o_t} = e^{h_t V}": "holds",
    r"p_t = \frac{e^{o_t}}{e^{o_t} 1^\top}": "definition",
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_rows(tmp_path, claim):
    (tmp_path / "rows.toml").write_text(LEGEND, encoding="utf-8")
    legend = load_legend(tmp_path / "rows.toml")
    (block,) = check_document(Document.read("rows.md", f"$${claim}$$\n", "md"), legend).blocks
    assert block.verdict == CLAIMS[claim]


def test_a_lost_transpose_is_suggested(tmp_path):
    (tmp_path / "rows.toml").write_text(LEGEND, encoding="utf-8")
    legend = load_legend(tmp_path / "rows.toml")
    right = rf"(p_t - y_t) V^\top + {CARRIED} W"
    page = rf"$$\frac{{\partial L}}{{\partial h_t}} = {right}$$"
    (block,) = check_document(Document.read("rows.md", page, "md"), legend).blocks
    assert block.claims[0].suggestion == right + r"^\top"


PARTIAL = r"\frac{{\partial {}}}{{\partial {}}}".format
BUILT_IN = {
    r"a_t = h_{t-1} W^\top + x_t U^\top + b": "definition",
    r"a_t = W h_{t-1} + U x_t + b": "unreadable",  # its shapes do not fit
    r"\frac{\partial L}{\partial h_t} = (\hat{y}_t - y_t) V + \frac{\partial L}{\partial a_{t+1}} W": "holds",
    r"h_t \in \mathbb{R}^{1 \times H}": "holds",
    rf"{PARTIAL('L_t', 'h_{t-1}')} = {PARTIAL('L_t', 'h_t')} {PARTIAL('h_t', 'h_{t-1}')}": "holds",
    rf"{PARTIAL('L_t', 'h_k')} = {PARTIAL('L_t', 'h_t')} \prod_{{j=t}}^{{k+1}} {PARTIAL('h_j', 'h_{j-1}')}": "holds",
    rf"{PARTIAL('L_t', 'o_t')} = {PARTIAL('L_t', 'y')} {PARTIAL('y', 'o_t')}".replace("y", r"\hat{y}_t"): "holds",
}


@pytest.mark.parametrize("claim", BUILT_IN)
def test_rows_with_the_built_in_network(claim, textbook):
    (block,) = textbook(claim, layout="row")
    assert block.verdict == BUILT_IN[claim]


def test_pages_with_rows_and_with_columns_do_not_disturb_each_other(textbook):
    claim = r"a_t = W h_{t-1} + U x_t + b"
    found = [textbook(claim, layout=layout)[0].verdict for layout in ("column", "row", "column")]
    assert found == ["definition", "unreadable", "definition"]
