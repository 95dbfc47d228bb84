"""Which symbol stands where on a page, and where it is defined."""

import json

import pytest

from derive.check.results import Notes
from derive.judge.notes import check_document
from derive.reading import Document
from derive.reading.legend_file import parse_legend

PAGE = r"""
The state is $h_t = \tanh(W h_{t-1} + U x_t + b)$ with $W \in \mathbb{R}^{H \times H}$; here $h_t$ remembers.

$$
\hat y_t = V h_t, \qquad L = \frac{1}{2} \sum_{t=1}^T \|\hat y_t - y_t\|^2
$$
$$
\frac{\partial L}{\partial V}
  = \sum_{t=1}^T (\hat y_t - y_t) h_t^\top
$$
"""


def checked(text: str, kind: str = "md") -> Notes:
    return check_document(Document.read(f"page.{kind}", text, kind), None)


def written(notes: Notes, spelling: str) -> list[tuple[str, str]]:
    """The source of every use of a symbol, with what is said there."""
    lines = notes.document.text.split("\n")
    (symbol,) = [symbol for symbol in notes.symbols if symbol.spelling == spelling]
    places = [(use.place, use.says) for use in notes.uses_of(symbol)]
    return [(lines[place.line - 1][place.column - 1 : place.end_column - 1], says) for place, says in places]


def test_every_use_is_where_its_characters_are():
    notes = checked(PAGE)
    assert written(notes, "h_t") == [
        ("h_t", "defined"),
        ("h_{t-1}", "used"),
        ("h_t", "used"),  # alone in running text
        ("h_t", "used"),
        (r"h_t^\top", "used"),
    ]
    assert written(notes, "W") == [("W", "used"), ("W", "stated")]
    assert written(notes, "L") == [("L", "defined"), ("L", "used")]


def test_the_symbol_at_a_place():
    notes = checked(PAGE)
    column = PAGE.split("\n")[1].index("h_{t-1}") + 1
    for shift in range(len("h_{t-1}") + 1):  # an editor asks for the end of a word too
        use = notes.use_at(2, column + shift)
        assert use is not None and use.symbol.spelling == "h_t"
    assert notes.use_at(2, 1) is None and notes.use_at(99, 1) is None


def test_of_two_symbols_side_by_side_the_second_begins():
    notes = checked(PAGE.replace("W h_{t-1}", "Wh_{t-1}"))
    column = PAGE.split("\n")[1].index("W h") + 2
    use = notes.use_at(2, column)
    assert use is not None and use.symbol.spelling == "h_t"


def test_what_is_no_claim_has_symbols_too():
    notes = checked(PAGE + "\n$$\nV \\leftarrow V - \\eta \\frac{\\partial L}{\\partial V}\n$$\n")
    assert [source for source, _ in written(notes, "V")][-3:] == ["V", "V", "V"]


def test_what_nothing_explains_has_its_uses_too():
    notes = checked(PAGE + "\n$$\n\\frac{\\partial L}{\\partial U} = q_t \\tanh(q_{t+1})\n$$\n")
    found = [(use.symbol.spelling, use.symbol.meaning) for use in notes.uses if use.place.line == 13]
    assert found == [("L", "loss"), ("U", "parameter"), ("q_t", "unknown"), ("q_t", "unknown")]


def test_a_legend_explains_and_the_page_still_defines():
    legend = parse_legend("[network]\nequations = ['h_t = \\tanh(W h_{t-1} + U x_t + b)']\n", "page.toml")
    notes = check_document(Document.read("page.md", PAGE, "md"), legend)
    (symbol,) = [symbol for symbol in notes.symbols if symbol.spelling == "h_t"]
    assert symbol.source == "legend" and symbol.line == 2
    assert [use.says for use in notes.uses_of(symbol)][:2] == ["defined", "used"]


def test_in_a_notebook_uses_have_their_cells():
    cells = [{"cell_type": "markdown", "metadata": {}, "source": part} for part in PAGE.split("\n\n")]
    notes = checked(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), "ipynb")
    (symbol,) = [symbol for symbol in notes.symbols if symbol.spelling == "h_t"]
    assert [use.place.cell for use in notes.uses_of(symbol)] == [0, 0, 0, 1, 1]
    assert notes.use_at(2, 15, 0) != notes.use_at(2, 15, 1)


@pytest.mark.parametrize(
    ("page", "spelling", "uses"),
    [
        ("hello", "a(t)", [("a(t-1)", "used"), ("a(t)", "used"), ("a", "used")]),  # its equation is wrong there
        ("hello", "net_y", [("net_y", "defined"), (r"\text{net}y(t)", "used")]),
        ("hello", "w_{aa}", [("w_{aa}", "used")]),
        ("elman_vector", r"\delta_t^o", [(r"\delta_t^o", "defined"), (r"\delta_t^o", "used")]),
    ],
)
def test_pages_of_the_built_in_network(notes_on, page, spelling, uses):
    assert set(written(notes_on(page), spelling)) >= set(uses)
