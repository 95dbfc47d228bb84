"""The text around the formulas: what is said of it in Markdown and in LaTeX, and where a browser finds its places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.errors import InputError
from derive.play.examples import examples
from derive.play.prose import parts
from derive.play.view import Offsets, Player, document_of


def shown(text):
    """The page in short: the kind of each part, and its text with formulas as their keys."""
    return [(part.kind, "".join(span.text for span in part.spans)) for part in parts(document_of(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# A *b*\n\none\ntwo", [("heading", "A b"), ("paragraph", "one two")]),
        ("a $x$ b\n$$y$$\nc", [("paragraph", "a i1 b"), ("formula", "d1"), ("paragraph", "c")]),
        ("- a\n- b $x$\n\nc", [("item", "a"), ("item", "b i1"), ("paragraph", "c")]),
        ("> a\n> $$x$$", [("paragraph", "a"), ("formula", "d1")]),
        ("```math\nx\n```\n```python\n$y$\n```", [("formula", "d1"), ("code", "$y$")]),
        ("a <!-- $x$ --> `$y$` **b** [c](d)", [("paragraph", "a  $y$ b c")]),
        ("a \\\\(x\\\\) b \\\\[y\\\\] c", [("paragraph", "a i1 b"), ("formula", "d1"), ("paragraph", "c")]),
        ("\0i1\0 d1", [("paragraph", "i1 d1")]),
        (
            r"""\documentclass{article}\title{T}\begin{document}\section{A} a~\emph{b} % c
\begin{align*} x &= y \end{align*}
\begin{itemize}\item d $z$\end{itemize}\end{document}""",
            [("heading", "T"), ("heading", "A"), ("paragraph", "a b"), ("formula", "d1"), ("item", "d i1")],
        ),
    ],
)
def test_a_page_is_shown_in_its_parts(text, expected):
    assert [(kind, text.strip()) for kind, text in shown(text)] == expected


@given(st.text("ab*_`$#>-\\[]()\n \0<{}", max_size=80))
def test_any_text_is_shown_and_every_formula_once(text):
    try:
        document = document_of(text)
    except InputError:
        return
    keys = [span.text for part in parts(document) for span in part.spans if span.style == "formula"]
    assert len(keys) == len(set(keys))
    assert sum(key.startswith("d") for key in keys) == len(document.blocks)


@given(st.text("a\n𝒜é", min_size=1, max_size=40), st.data())
def test_places_are_counted_as_a_browser_counts_them(text, data):
    place = data.draw(st.integers(0, len(text)))
    line, column = text[:place].count("\n") + 1, place - (text.rfind("\n", 0, place) + 1) + 1
    offsets = Offsets(text)
    assert offsets.at(line, column) == offsets.offset(place) == len(text[:place].encode("utf-16-le")) // 2


def test_a_quick_check_decides_what_changed_and_says_that_it_was_quick():
    player, equation = Player(), "$$h_t = \\tanh(W h_{t-1} + U x_t)$$\n\n"
    text = equation + "$$\\frac{\\partial h_t}{\\partial h_{t-1}} = \\mathrm{diag}(1 - h_t^2) W^\\top$$"
    mended = text.replace("W^\\top", "W")
    *_, last = player.events(text, "", quick=True)
    assert "is_quick" not in last and last["counts"] == {"fails": 1, "definition": 1}
    *_, last = player.events(mended, "", quick=True)
    assert last["is_quick"] and last["counts"] == {"holds": 1, "definition": 1}
    *_, last = player.events(mended, "")
    assert "is_quick" not in last and last["counts"] == {"holds": 1, "definition": 1}


def test_verdicts_come_one_after_the_other_within_formulas_whose_symbols_are_known():
    [small] = [example for example in examples() if example.name == "small"]
    events = [*Player().events(small.text, "")]
    assert [event["event"] for event in events] == ["page", "formulas", *["verdicts"] * 5, "understood"]
    assert [one["key"] for event in events[2:-1] for one in event["found"]] == [f"d{n}" for n in range(1, 6)]


def test_a_legend_that_cannot_be_used_is_said_and_the_next_one_is_taken():
    player = Player()
    [page, error] = player.events("$$a = 1$$", "[symbols")
    assert page["event"] == "page" and error["event"] == "error" and error["where"] == "legend"
    *_, last = player.events("$$a = 1$$", "")
    assert last["event"] == "understood"
    [_, error] = player.events("$$a = 1$$", "[symbols")
    assert error["where"] == "legend"
