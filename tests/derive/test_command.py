"""What all commands share, met through one of them: one line for what cannot be done, and never a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import derive.lower
from derive.export.__main__ import main

ROOT = Path(__file__).parents[2]
EXPORT = f"exec {sys.executable} -m derive.export"


def shell(line):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(["sh", "-c", line], capture_output=True, env=environment, encoding="utf-8")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--to c >&-", "the standard output is closed"),
        ("--to fortran", "argument --to: invalid choice: 'fortran'"),
        ("--t c", "the following arguments are required: --to"),
        ("--to c --out no/folder.c", "cannot write no/folder.c: No such file or directory"),
        ("--to c --out .", "cannot write .: Is a directory"),
    ],
)
def test_what_cannot_be_done_is_one_line(line, said):
    done = shell(f"{EXPORT} {line}")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith(f"python -m derive.export: error: {said}")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("line", ["derive.export --to c", f"derive.check {ROOT}/docs/examples/gradients.md --json"])
def test_a_full_disk_is_one_line(line):
    done = shell(f"exec {sys.executable} -m {line} >/dev/full")
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "error: cannot write the output: No space left on device" in done.stderr


def test_a_reader_that_leaves_early():
    ours, theirs = os.pipe()
    os.close(ours)
    run = [sys.executable, "-m", "derive.export", "--to", "c"]
    done = subprocess.run(run, stdout=theirs, stderr=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(ROOT)})
    os.close(theirs)
    assert done.stderr == b"" and done.returncode == 1


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch, capsys):
    path = tmp_path / "network.c"
    path.write_text("old")

    def full(self, content):
        self.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(path), "write_bytes", full)
    assert main(["--to", "c", "--out", str(path)]) == 2
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]
    assert capsys.readouterr().err.count("\n") == 1


def test_an_interruption_is_one_line(monkeypatch, capsys):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(derive.lower, "lower", interrupted)
    assert main(["--to", "c"]) == 130
    assert capsys.readouterr() == ("", "python -m derive.export: interrupted\n")
