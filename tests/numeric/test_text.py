"""A text as numbers: read, refused, and cut into streams of windows."""

import os
import tracemalloc
import unicodedata
from collections import Counter
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numeric.errors import InputError
from numeric.text import Streams, encode, read


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=2))
def test_the_numbers_spell_the_text(text):
    text = unicodedata.normalize("NFC", text)
    if len(set(text)) < 2:
        with pytest.raises(InputError, match="one distinct character"):
            encode(text)
        return
    encoded = encode(text)
    assert "".join(encoded.vocabulary[i] for i in encoded.indices) == text
    assert encoded.vocabulary == "".join(sorted(set(text)))
    frequencies = [n / len(text) for n in Counter(text).values()]
    assert encoded.unigram_entropy == pytest.approx(-sum(p * log(p) for p in frequencies), abs=1e-12)


def test_a_file_is_normalised(tmp_path):
    path = tmp_path / "text"
    path.write_bytes(b"\xef\xbb\xbf" + "e\u0301te\u0301 日本\r\n🙂".encode())
    text = read(path)
    assert "".join(text.vocabulary[i] for i in text.indices) == "été 日本\r\n🙂"
    assert text.digest == encode("été 日本\r\n🙂").digest != encode("été 日本\n🙂").digest


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the text is empty"),
        (b"\xef\xbb\xbf", "the text is empty"),
        (b"aaaa", "one distinct character, 'a'"),
        ("e\u0301é".encode(), "one distinct character, 'é'"),
        (b"one\ntwo \xff", r"not UTF-8 text \(byte 8, line 2\)"),
        ("HELLO".encode("utf-16"), "not UTF-8 text"),
    ],
)
def test_what_cannot_be_learned(tmp_path, content, said):
    path = tmp_path / "text"
    path.write_bytes(content)
    with pytest.raises(InputError, match=said) as caught:
        read(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_what_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match=r"cannot read .*: Is a directory"):
        read(tmp_path)
    with pytest.raises(InputError, match=r"cannot read .*: No such file"):
        read(tmp_path / "absent")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="not a file"):
        read(tmp_path / "pipe")


def test_reading_takes_memory_in_proportion(tmp_path, sentences):
    path = tmp_path / "text"
    path.write_text(sentences(1_000_000))
    tracemalloc.start()
    text = read(path)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert text.indices.nbytes == 1_000_000  # a byte a character
    assert kept < 2e6 and peak < 40e6  # 40e6: about 20 bytes a character, and tables over all code points


@given(st.integers(2, 200), st.integers(1, 5), st.integers(1, 20))
def test_windows_read_each_stream_once(length, batch, window):
    text = encode("".join(chr(48 + i) for i in range(length)))
    if batch * window + 1 > length:
        with pytest.raises(InputError, match=rf"{length} characters is too short: .* needs {batch * window + 1} "):
            Streams(text, batch, window)
        return
    streams = Streams(text, batch, window)
    assert 0 <= streams.spare < batch * window
    seen = set()
    for offset in range(streams.spare + 1):
        windows = [streams.at(offset, i) for i in range(streams.windows)]
        assert all(X.shape == Y.shape == (window, batch) and (Y == X + 1).all() for X, Y in windows)
        whole = np.concatenate(
            [X for X, _ in windows]
        )  # a stream goes on from window to window, a stream after another
        assert (whole.T.ravel() == np.arange(offset, offset + whole.size)).all()
        seen |= set(whole.ravel().tolist())
    assert seen == set(range(length - 1))  # in time, every character is an input
