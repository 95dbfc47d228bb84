"""Legibility repairs: on tokens, in the blocks they name, and traced to the source."""

import pytest

from derive.reading.repairs import Repair, apply_repairs
from derive.reading.tokens import tokenize


def repaired(latex, find, replace, block=1):
    repair = Repair(find, replace, (1, 2), "a reason")
    tokens, applied = apply_repairs(tokenize(latex), block, [repair], frozenset())
    assert all(entry is repair for entry in applied)
    return tokens, bool(applied)


@pytest.mark.parametrize(
    ("latex", "find", "replace", "same_as"),
    [
        ("(1 - a^N) b^N", "^N", "^2", "(1 - a^2) b^2"),
        (r"[a]^{\sim} + c", r"^{\sim}", "^2", "[a]^2 + c"),
        (r"\frac{1}{\pi} a", r"\frac{1}{\pi}", r"\prod_{m=k+1}^{i}", r"\prod_{m=k+1}^{i} a"),
        ("a = [b] c = d", "] c", r"] \quad c", r"a = [b] \quad c = d"),
        ("n n", "n", r"\eta", r"\eta \eta"),
        ("a  b", "a b", "b a", "b a"),
        ("a a a", "a a", "b", "b a"),
    ],
)
def test_reads_as_if_written_right(latex, find, replace, same_as):
    tokens, applied = repaired(latex, find, replace)
    assert applied
    assert [(t.type, str(t)) for t in tokens] == [(t.type, str(t)) for t in tokenize(same_as)]


@pytest.mark.parametrize(
    ("latex", "find", "block"), [("a^N", "^N", 3), ("a^2", "^N", 1), ("aN", "^N", 1), ("a", "", 1)]
)
def test_finds_nothing_to_mend(latex, find, block):
    tokens, applied = repaired(latex, find, "^2", block)
    assert not applied and tokens == tokenize(latex)


def test_a_letter_is_not_mended_inside_a_word():
    tokens, applied = repaired(r"\text{net} n", "n", "m")
    assert applied and [str(token) for token in tokens] == ["net", "m"]


def test_what_is_put_in_stands_where_the_glyph_stood():
    latex = r"a \frac{1}{\pi} b"
    tokens, _ = repaired(latex, r"\frac{1}{\pi}", r"\prod_k")
    assert [latex[t.start_pos : t.end_pos] for t in tokens] == [
        "a",
        r"\frac{1}{\pi}",
        r"\frac{1}{\pi}",
        r"\frac{1}{\pi}",
        "b",
    ]


def test_a_separator_put_in_moves_nothing():
    latex = "[b] c = d"
    tokens, _ = repaired(latex, "] c", r"] \quad c")
    assert [(t.type, latex[t.start_pos : t.end_pos]) for t in tokens[2:5]] == [
        ("CLOSE", "]"),
        ("SEP", ""),
        ("NAME", "c"),
    ]
