"""The mean squared error as it is written, ½‖ŷ - y‖²: the square of the Euclidean norm is read, that of
Frobenius too, no other norm is."""

import pytest

from derive.judge.notes import check_document
from derive.reading import Document
from derive.reading.legend_file import parse_legend

LEGEND = r"""
notation = "vector"
layout = "column"
[network]
equations = [
    'h_t = \tanh(W h_{t-1} + U x_t + b)',
    '\hat{y}_t = V h_t + c',
    'E_t = LOSS',
    'E = \sum_{t=1}^{T} E_t',
]
loss = 'E_t'
[symbols]
'x' = { means = "x", role = "input", shape = ["D"], time = true }
'y' = { means = "y", role = "target", shape = ["K"], time = true }
'h' = { means = "h", role = "value", shape = ["H"], time = true }
'\hat{y}' = { means = "p", role = "value", shape = ["K"], time = true }
'E' = { means = "loss", role = "total_loss", shape = [], at_time = "E" }
'W' = { means = "W", role = "parameter", shape = ["H", "H"] }
'U' = { means = "U", role = "parameter", shape = ["H", "D"] }
'V' = { means = "V", role = "parameter", shape = ["K", "H"] }
'b' = { means = "b", role = "parameter", shape = ["H"] }
'c' = { means = "c", role = "parameter", shape = ["K"] }
't' = { role = "index" }
'T' = { role = "size" }
"""
ERROR = r"\hat{y}_t - y_t"
PRODUCT = rf"\frac{{1}}{{2}} ({ERROR})^\top ({ERROR})"
SQUARES = [
    rf"\| {ERROR} \|^2",
    rf"\| {ERROR} \|_2^2",
    rf"\lVert {ERROR} \rVert^2",
    rf"\lVert {ERROR} \rVert_2^{{2}}",
    rf"\left\| {ERROR} \right\|_2^2",
    rf"\left\lVert {ERROR} \right\rVert^2",
    rf"\left\| {ERROR} \right\|_F^2",
    rf"\Vert {ERROR} \Vert^2",
    f"‖{ERROR}‖²",
]
REFUSED = [
    rf"\| {ERROR} \|_1^2",
    rf"\| {ERROR} \|_2^4",
    rf"\| {ERROR} \|^3",
    rf"\left\| {ERROR} \right\|_\infty^2",
    rf"\frac{{1}}{{2}} | {ERROR} |^2",
    rf"\log | {ERROR} |",
    rf"\langle {ERROR} \rangle",
]


NUMBERS = [
    rf"\| {ERROR} \|",
    rf"\| {ERROR} \|_2",
    rf"\tanh \| {ERROR} \|",
    rf"\tanh \| {ERROR} \|^2",
]


def check(formula, loss=PRODUCT, notation="vector"):
    legend = parse_legend(LEGEND.replace("LOSS", loss).replace('"vector"', f'"{notation}"'), "legend")
    (block,) = check_document(Document.read("page.md", f"$${formula}$$", "md"), legend).blocks
    (claim,) = block.claims
    return claim


@pytest.mark.parametrize("square", SQUARES)
def test_half_the_squared_norm_is_the_loss(square):
    assert check(rf"E_t = \frac{{1}}{{2}} {square}").verdict == "definition"
    assert check(f"E_t = {square}").verdict == "fails"


@pytest.mark.parametrize("notation", ["vector", "scalar"])
def test_a_network_is_written_with_it(notation):
    loss = r"\frac12 \|\hat y_t - y_t\|_2^2"
    assert check(r"\frac{\partial E_t}{\partial \hat{y}_t} = \hat{y}_t - y_t", loss, notation).verdict == "holds"
    assert check(r"\frac{\partial E_t}{\partial \hat{y}_t} = 2 (\hat{y}_t - y_t)", loss, notation).verdict == "fails"


@pytest.mark.parametrize("norm", REFUSED)
def test_any_other_norm_is_refused_and_never_taken_for_a_bracket(norm):
    claim = check(rf"\frac{{\partial E_t}}{{\partial \hat{{y}}_t}} = {norm}")
    assert claim.verdict == "unreadable"
    assert claim.reason


@pytest.mark.parametrize("norm", NUMBERS)
def test_a_norm_is_no_bracket(norm):
    assert check(rf"\frac{{\partial E_t}}{{\partial \hat{{y}}_t}} = {norm}").verdict == "fails"


def test_the_norm_of_a_matrix_is_not_that_of_a_vector():
    assert check(r"E_t = \frac{1}{2} \| W \|_2^2").verdict == "unreadable"
