"""A word as one-hot data."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numeric.errors import InputError
from numeric.words import Word, printable


def test_hello():
    word = Word("HELLO")
    assert word.vocabulary == "HELO"
    assert word.X.tolist() == [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 1, 0]]
    assert word.Y.tolist() == [[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    assert word.X.dtype == np.float64


def test_one_letter_twice_is_a_word():
    word = Word("aa")
    assert (word.vocabulary, word.X.tolist(), word.Y.tolist()) == ("a", [[1]], [[1]])


def test_letters_are_code_points_after_nfc():
    assert Word("e\u0301te\u0301").text == "été"
    assert Word("e\u0301te\u0301") == Word("\xe9t\xe9")


@pytest.mark.parametrize("text", ["", "a", "e\u0301", "\U0001f600"])
def test_too_short(text):
    with pytest.raises(InputError, match="two letters or more"):
        Word(text)


def test_undecodable_argument():
    with pytest.raises(InputError, match="not valid Unicode"):
        Word("a\udcff")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=4))
def test_one_hot_rows_spell_the_word(text):
    word = Word(text)
    spell = [word.vocabulary[int(row.argmax())] for row in word.X]
    assert "".join(spell) + word.vocabulary[int(word.Y[-1].argmax())] == word.text
    assert (word.X[1:] == word.Y[:-1]).all()
    assert (word.X.sum(axis=1) == 1).all() and set(np.unique(word.X)) <= {0, 1}


def test_printable():
    assert printable("né\n\x1b[日") == "né\\n\\x1b[日"


def test_many_letters_take_no_square_of_their_number():
    word = Word("".join(map(chr, range(0x4E00, 0x4E00 + 5000))) + "ab" * 2)
    tracemalloc.start()
    assert word.X.shape == (5003, 5002)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.1 * word.X.nbytes
