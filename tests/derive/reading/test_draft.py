"""The draft of a legend: it finds every symbol, guesses with care, and loads once it is filled in."""

import re
from itertools import count

import pytest

from derive.reading import ReadError, draft_legend
from derive.reading.document import Document
from derive.reading.legend_file import parse_legend


def draft(latex):
    return draft_legend(Document.read("page", "\n\n".join(f"$${text}$$" for text in latex), "md"))


def filled(text):
    names = (f'means = "quantity_{number}"' for number in count())
    return parse_legend(re.sub(r'means = ""', lambda _: next(names), text), "draft.toml")


def test_what_use_suggests():
    legend = filled(draft([
        r"h_t = \tanh(W_{hh} h_{t-1} + W_{xh} x_t + b)",
        r"\hat{y}(t) = \mathrm{softmax}(\text{net}y(t))",
        r"\frac{\partial L}{\partial W_{hh}} = \sum_{k=1}^{T} \frac{\partial L_k}{\partial W_{hh}}",
        r"\Delta W_{hh} = -\eta \frac{\partial L}{\partial W_{hh}}",
    ]))  # fmt: skip
    found = {entry.spelling: entry for entry in legend.entries}
    assert set(found) == {"h", "W_{hh}", "W_{xh}", "x", "b", r"\hat{y}", "net_y", "L", r"\eta", "T", "t", "k"}
    roles = {spelling: entry.role for spelling, entry in found.items()}
    assert roles["W_{hh}"] == "parameter" and roles[r"\eta"] == "rate" and roles["T"] == "size"
    assert roles["t"] == roles["k"] == "index" and roles["x"] == "input"
    assert roles["L"] == "total_loss" and found["L"].at_time == "L"
    assert [found[s].time for s in ("h", r"\hat{y}", "net_y", "x")] == [True] * 4
    assert not found["W_{hh}"].time and not found["b"].time


def test_a_draft_must_be_filled_in():
    with pytest.raises(ReadError, match="is no name"):
        parse_legend(draft(["a = b"]), "draft.toml")


def test_it_says_where_a_symbol_is_first_seen():
    text = draft(["a = b", "a = c"])
    assert re.search(r"^'a' = .*# first in line 1, 2 times", text, re.M)
    assert re.search(r"^'c' = .*# first in line 3, 1 time$", text, re.M)


def test_the_notation_is_guessed():
    assert 'notation = "vector"' in draft([r"a = W^\top b"])
    assert 'notation = "scalar"' in draft([r"a = \sum_{t=1}^T b"])


@pytest.mark.parametrize("transpose", [r"W^T * b", "(W b)^T", r"{W_{hh}}^\intercal b", "Wᵀ b", r"\frac{dL}{db}^T"])
def test_a_transpose_means_vectors(transpose):
    assert 'notation = "vector"' in draft([f"a = {transpose}"])


def test_a_word_in_a_subscript_takes_no_letter_after_it():
    legend = filled(draft([r"\mathbf{h}_t = \mathbf{W}_\textrm{hx} \mathbf{x}_t + \mathbf{W}_{\text{hh} k} h_{t-1}"]))
    assert {"h", r"W_{\text{hx}}", "x", r"W_{\text{hh}k}"} <= {entry.spelling for entry in legend.entries}


def test_what_cannot_be_read_is_passed_over():
    assert [entry.spelling for entry in filled(draft([r"a = b, c = \foo", "(d", "e f"])).entries] == ["a", "b"]


def test_an_empty_page_has_an_empty_draft():
    with pytest.raises(ReadError, match="symbols is empty"):
        parse_legend(draft([]), "draft.toml")
