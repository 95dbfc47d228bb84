"""The output of a training run: one run at a time writes it, and what is better is not replaced by what is worse."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from numeric import checkpoint
from numeric.archive import read_arrays
from numeric.output import Output
from numeric.train import main

ROOT = Path(__file__).parents[2]
RUNS = {"word": (), "text": ("--text", "text", "--hidden", "6", "--batch", "3", "--window", "8")}
kinds = pytest.mark.parametrize("kind", RUNS.values(), ids=RUNS)


@pytest.fixture
def here(tmp_path, monkeypatch, sentences):
    """A current folder with a text and nothing else."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text").write_text(sentences(500))
    return tmp_path


@pytest.fixture
def contents(here):
    """A function that returns the files in the folder out by their names."""
    return lambda: {path.name: path.read_bytes() for path in (here / "out").iterdir()}


def started(here, *arguments):
    """A run in a process of its own that does not end by itself, once it has saved its weights."""
    command = [sys.executable, "-m", "numeric.train", *arguments]
    run = subprocess.Popen(command, cwd=here, env=os.environ | {"PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE)
    until = time.monotonic() + 120
    while not (here / "out" / "weights.npz").exists():
        assert run.poll() is None and time.monotonic() < until
        time.sleep(0.02)
    return run


@kinds
def test_what_one_run_writes_no_other_run_can_write(here, capsys, kind):
    """Of whatever kind; a run that was killed is in nobody's way, and goes on from its last checkpoint."""
    run = started(here, *kind, "--steps", "100000000", *(("--every", "10") if kind else ()))
    try:
        for other in RUNS.values():
            for more in ((), ("--overwrite",)):
                assert main([*other, "--steps", "1", *more]) == 2
                captured = capsys.readouterr()
                assert captured.out == "" and captured.err.count("\n") == 1
                assert "another run writes into the folder out: wait, or take another by --out" in captured.err
        assert run.poll() is None
    finally:
        run.kill()
        run.wait()
    steps = len(read_arrays(here / "out" / "weights.npz")["losses"]) - 1
    assert steps > 0
    assert main([*kind, "--resume", "out/weights.npz", "--steps", str(steps + 1)]) == 0
    assert not (here / "out" / ".lock").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_a_run_that_ends_leaves_no_lock(here):
    run = started(here, "--steps", "100000000")
    run.send_signal(signal.SIGTERM)
    assert run.wait() == 143 and b"interrupted at step" in run.stderr.read()
    assert {path.name for path in (here / "out").iterdir()} == {"weights.npz", "loss.svg"}


@kinds
@pytest.mark.parametrize("how", ["afresh", "afresh, with --overwrite", "from the good weights"])
def test_a_diverging_run_leaves_better_weights_alone(here, capsys, contents, kind, how):
    assert main([*kind, "--steps", "30"]) == 0
    good = contents()
    capsys.readouterr()
    more = {"afresh": (), "afresh, with --overwrite": ("--overwrite",)}.get(how, ("--resume", "out/weights.npz"))
    sgd = ("--optimizer", "sgd") if kind and "good" not in how else ()
    assert main([*kind, *sgd, "--rate", "1e6", "--steps", "60", *more]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "diverged at step" in said
    after = contents()
    assert after.items() >= good.items()
    assert "are in out/last.npz, as those in out/weights.npz are no worse: try a --rate below" in said
    assert after.keys() - good.keys() == {"last.npz", "last.svg"}


@kinds
def test_worse_weights_replace_better_ones_only_where_that_is_asked_for(here, capsys, contents, kind):
    assert main([*kind, "--steps", "200"]) == 0
    good = contents()
    capsys.readouterr()
    worse = [*kind, "--steps", "3", "--seed", "1"]
    assert main(worse) == 0
    captured = capsys.readouterr()
    assert "weights in out/last.npz, loss curve in out/last.svg" in captured.out
    assert captured.err == (
        "python -m numeric.train: the weights of step 3 are in out/last.npz, as those in out/weights.npz are no worse "
        "(--overwrite replaces them)\n"
    )
    after = contents()
    assert after.items() > good.items() and len(read_arrays(here / "out" / "last.npz")["losses"]) == 4
    assert main([*worse, "--overwrite"]) == 0
    replaced = contents()
    assert replaced == {"weights.npz": after["last.npz"], "loss.svg": after["last.svg"]}
    assert main([*kind, "--resume", "out/weights.npz", "--steps", "400"]) == 0  # better, and so no question
    assert contents().keys() == replaced.keys() and contents() != replaced
    assert "no worse" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("word", ("--word", "HALLO"), "holds a run on 'HELLO', which this one on 'HALLO' would replace"),
        ("word", RUNS["text"], "holds a run on a word, which this one on a text would replace"),
        ("text", RUNS["word"], "holds a run on a text, which this one on a word would replace"),
        ("text", ("--text", "other", *RUNS["text"][2:]), "was trained on another text"),
        (None, RUNS["word"], "is damaged, or no .npz file of weights"),
        (None, RUNS["text"], "is damaged, or no .npz file of weights"),
    ],
)
def test_what_cannot_be_compared_is_replaced_only_where_that_is_asked_for(
    here, capsys, sentences, contents, first, second, said
):
    (here / "other").write_text(sentences(600))
    if first is None:
        (here / "out").mkdir()
        (here / "out" / "weights.npz").write_text("a year's work")
    else:
        assert main([*RUNS[first], "--steps", "30"]) == 0
    before = contents()
    capsys.readouterr()
    assert main([*second, "--steps", "2"]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err == (
        f"python -m numeric.train: error: out/weights.npz {said}: take another folder by --out, "
        "or replace it by --overwrite\n"
    )
    assert contents() == before
    assert main([*second, "--steps", "2", "--overwrite"]) == 0
    assert contents().keys() == {"weights.npz", "loss.svg"}
    assert contents()["weights.npz"] != before["weights.npz"]


def test_the_weights_of_a_word_are_saved_on_the_way(here):
    """Long before the end, and good for going on."""
    run = started(here, "--steps", "100000000", "--seed", "4")
    run.kill()
    run.wait()
    saved = checkpoint.load(here / "out" / "weights.npz")
    assert saved.step > 0
    assert main(["--steps", str(saved.step), "--seed", "4", "--out", "again"]) == 0
    again = checkpoint.load(here / "again" / "weights.npz")
    assert saved.losses.tolist() == again.losses.tolist()


def test_a_run_replaces_its_own_weights_while_its_loss_only_fluctuates(tmp_path):
    out = Output(tmp_path, best=2.0, overwrite=False, own=False)
    kept = [
        out.save(loss, 0.5, lambda path, loss=loss: path.write_text(str(loss))).name
        for loss in (2.1, 1.9, 1.5, 1.9, 2.1, 1.9)
    ]
    assert kept == [f"{name}.npz" for name in ("last", "weights", "weights", "weights", "last", "weights")]
    assert (tmp_path / "weights.npz").read_text() == "1.9" and not (tmp_path / "last.npz").exists()
