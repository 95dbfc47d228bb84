"""Weights on disk: what was saved comes back, and nothing else gets in."""

import io
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numeric.checkpoint import Checkpoint, load, save
from numeric.crosscheck import random_parameters
from numeric.errors import InputError
from numeric.words import Word

WORD = Word("héé日")
SAVED = Checkpoint(WORD, random_parameters(WORD, 3, seed=0), 0.1, np.array([5.0, 4.0]))


def content(**changes):
    """The bytes of a weights file with some of its arrays changed; None leaves one out."""
    arrays = {**SAVED.parameters, "word": np.array(WORD.text), "rate": np.array(0.1), "losses": SAVED.losses, **changes}
    buffer = io.BytesIO()
    np.savez(buffer, **{name: array for name, array in arrays.items() if array is not None})
    return buffer.getvalue()


def test_round_trip(tmp_path):
    path = tmp_path / "weights.npz"
    save(path, SAVED)
    loaded = load(path)
    assert (loaded.word, loaded.rate, loaded.step, loaded.hidden) == (WORD, 0.1, 1, 3)
    assert (loaded.losses == SAVED.losses).all()
    assert loaded.parameters.keys() == SAVED.parameters.keys()
    assert all((loaded.parameters[name] == value).all() for name, value in SAVED.parameters.items())
    assert [path.name for path in tmp_path.iterdir()] == ["weights.npz"]


def npy():
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(3))
    return buffer.getvalue()


def raw_member():
    buffer = io.BytesIO(content(b_a=None))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("b_a", b"no array")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "cannot read"),
        (b"", "damaged"),
        (b"HELLO", "damaged"),
        (pickle.dumps({"W_aa": 1}), "damaged"),
        (npy(), "no .npz file"),
        (raw_member(), "no .npz file"),
        (content()[:-100], "damaged"),
        (content(W_aa=np.array([[print]])), "damaged"),
        (content(U=np.zeros(3)), "unknown parameter 'U'"),
        (content(b_a=None), "'b_a' is missing"),
        (content(losses=None), "'losses' is missing"),
        (content(W_ax=np.zeros((4, 3))), r"'W_ax' has shape \(4, 3\), not \(3, 3\)"),
        (content(b_a=np.zeros((3, 1))), r"'b_a' has shape \(3, 1\)"),
        (content(b_y=np.zeros(3, np.float32)), "'b_y' does not consist of finite float64"),
        (content(b_y=np.array([0, np.nan, 0])), "'b_y' does not consist of finite float64"),
        (content(losses=np.zeros(0)), "'losses' has shape"),
        (content(rate=np.zeros(2)), "'rate' has shape"),
        (content(rate=np.array(-1.0)), "'rate' is not positive"),
        (content(word=np.array("h")), "two letters or more"),
        (content(word=np.array(5)), "'word' is not a text"),
        (content(word=np.array("HELLO")), "'W_ax' has shape"),
    ],
)
def test_unusable_files(tmp_path, data, said):
    path = tmp_path / "weights.npz"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(InputError, match=said) as error:
        load(path)
    assert str(path) in str(error.value) and "\n" not in str(error.value)


def test_a_folder_is_no_weights_file(tmp_path):
    with pytest.raises(InputError, match="cannot read"):
        load(tmp_path)


def test_what_may_never_end_is_no_weights_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(InputError, match=f"cannot read {path}: not a file"):
            load(path)


@given(st.data())
def test_a_damaged_file_is_refused_or_read_whole(tmp_path_factory, data):
    """Bytes changed or cut off anywhere: an InputError or a usable checkpoint, never another exception."""
    whole = bytearray(content())
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "damaged.npz"
    path.write_bytes(whole[: data.draw(st.one_of(st.just(len(whole)), st.integers(0, len(whole))))])
    try:
        loaded = load(path)
    except InputError:
        return
    assert loaded.parameters["W_aa"].shape == (3, 3) and loaded.step == 1


def test_compression_bomb_is_refused(tmp_path):
    path = tmp_path / "weights.npz"
    np.savez_compressed(path, b_a=np.zeros(10**6))
    assert path.stat().st_size < 10**4
    with pytest.raises(InputError, match="damaged, or no"):
        load(path)


def test_a_size_that_the_file_does_not_hold_is_refused(tmp_path):
    path = tmp_path / "weights.npz"
    with zipfile.ZipFile(path, "w") as archive:
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**13,)})
        archive.writestr("b_a.npy", header.getvalue())
    with pytest.raises(InputError, match="damaged, or no"):
        load(path)
