"""Where something stands, for the check and for an editor."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.lint.lsp.positions import Text

ENCODINGS = ("utf-8", "utf-16", "utf-32")
LETTERS = st.text(st.sampled_from("aé∂𝛿😋\n\r\u2028\f "), max_size=30)


@pytest.mark.parametrize(("encoding", "character"), [("utf-8", 14), ("utf-16", 9), ("utf-32", 7)])
def test_units(encoding, character):
    text = Text("first\n😋 é 𝛿 $h_t$", encoding)  # 😋 and 𝛿 are two units of UTF-16, four of UTF-8
    assert text.position(text.text.index("$")) == (1, {"utf-8": 13, "utf-16": 8, "utf-32": 6}[encoding])
    assert text.position(text.text.index("h")) == (1, character)
    assert text.offset((1, character)) == text.text.index("h")
    assert text.place(text.text.index("h")) == (2, 8)
    assert text.offset_of(2, 8) == text.text.index("h")


@given(LETTERS, st.sampled_from(ENCODINGS))
def test_there_and_back(letters, encoding):
    text = Text(letters, encoding)
    for offset in range(len(letters) + 1):
        assert text.offset_of(*text.place(offset)) == offset
        if letters[offset - 1 : offset + 1] != "\r\n":  # no editor points between the two
            assert text.offset(text.position(offset)) == offset


@given(LETTERS, LETTERS, st.sampled_from(ENCODINGS), st.data())
def test_an_edit_is_where_it_was_made(letters, put, encoding, data):
    text = Text(letters, encoding)
    start = data.draw(st.integers(0, len(letters)))
    end = data.draw(st.integers(start, len(letters)))
    begin, finish = text.offset(text.position(start)), text.offset(text.position(end))
    edited = text.replaced(text.position(start), text.position(end), put)
    assert edited.text == letters[:begin] + put + letters[finish:]


def test_past_the_end():
    text = Text("ab\r\ncd", "utf-16")
    assert text.offset((0, 99)) == 2 and text.offset((9, 0)) == 6 and text.offset((1, 99)) == 6
    assert Text("😋", "utf-16").offset((0, 1)) == 0  # half a character is its beginning


def test_only_what_ends_a_line_in_an_editor_does():
    text = Text("a\u2028b\fc\rd", "utf-16")
    assert text.position(4) == (0, 4) and text.position(6) == (1, 0) and text.place(6) == (1, 7)
