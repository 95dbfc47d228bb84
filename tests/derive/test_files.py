"""Files that are whole or absent."""

import os
from pathlib import Path

import pytest

from derive.errors import InputError
from derive.files import writable_file, writable_folder, write_atomically


def test_an_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def full(self, content):
        self.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(path), "write_bytes", full)
    with pytest.raises(InputError, match=r"cannot write .*: No space left on device"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old" and [path.name for path in tmp_path.iterdir()] == ["file"]


def test_writable_folder(tmp_path):
    writable_folder(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "folder"):
        with pytest.raises(InputError, match="cannot write into the folder"):
            writable_folder(path)


def test_what_is_no_file_is_never_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    write_atomically(tmp_path / "pipe", b"new")
    assert os.read(reader, 10) == b"new" and (tmp_path / "pipe").is_fifo()
    os.close(reader)
    for folder in (tmp_path, Path(".")):
        with pytest.raises(InputError, match=r"cannot write .*: Is a directory"):
            write_atomically(folder, b"new")


def test_writable_file(tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    for path in (tmp_path / "new", tmp_path / "file"):
        writable_file(path)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("file", b"old")]
    for path in (tmp_path, Path(), Path("/"), Path(os.devnull)):
        with pytest.raises(InputError, match=f"cannot write {path}: it is there, and no file"):
            writable_file(path)
    for path, said in ((tmp_path / "absent" / "new", "No such"), (tmp_path / "file" / "new", "Not a dir")):
        with pytest.raises(InputError, match=f"cannot write {path}: {said}"):
            writable_file(path)
