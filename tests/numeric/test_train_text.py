"""`python -m numeric.train --text`: what it learns, writes and says, how it goes on, and how it fails."""

import io
import json
import os
import sys
import tracemalloc
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

import numeric.train
from numeric import train_text
from numeric.archive import read_arrays
from numeric.train import main

KEYS = {
    "text",
    "characters",
    "vocabulary",
    "hidden",
    "batch",
    "window",
    "optimizer",
    "rate",
    "clip",
    "dtype",
    "seed",
    "engine",
    "steps",
    "passes",
    "first_loss",
    "loss",
    "unigram_entropy",
    "seconds",
    "temperature",
    "sample",
    "diverged_at",
    "weights",
    "curve",
}
SMALL = ("--text", "text", "--hidden", "6", "--batch", "3", "--window", "8")


@pytest.fixture
def here(tmp_path, monkeypatch, sentences):
    """The current folder, with a text in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text").write_text(sentences(500))
    return tmp_path


def train(capsys, *arguments):
    """Run the command with --json; return its exit status, its object and its standard error."""
    status = main([*arguments, "--json"])
    captured = capsys.readouterr()
    return status, json.loads(captured.out), captured.err


def refused(capsys, *arguments):
    """Run a command that cannot be run, and return the one line that it says."""
    try:
        status = main(arguments)
    except SystemExit as left:
        status = left.code
    captured = capsys.readouterr()
    assert status == 2 and captured.out == "" and captured.err.count("\n") == 1
    return captured.err


def test_it_learns_far_more_than_frequencies(here, capsys, sentences):
    (here / "text").write_text(sentences(100_000))
    chosen = ("--text", "text", "--hidden", "64", "--steps", "300", "--sample", "300", "--temperature", "0.5")
    status, result, errors = train(capsys, *chosen)
    assert (status, errors, result.keys()) == (0, "", KEYS)
    assert result["loss"] < 0.3 * result["unigram_entropy"] < result["first_loss"]
    words = set(sentences(100_000).split())
    said = result["sample"].split()[1:-1]
    assert len(result["sample"]) == 300 and sum(word in words for word in said) > 0.8 * len(said)
    assert sorted(path.name for path in (here / "out").iterdir()) == ["loss.svg", "weights.npz"]


def test_what_json_says(here, capsys):
    chosen = {"steps": 40, "seed": 7, "optimizer": "momentum", "dtype": "float64", "rate": 0.05}
    options = (word for name, value in chosen.items() for word in (f"--{name}", str(value)))
    _, result, _ = train(capsys, *SMALL, *options)
    assert {**chosen, "hidden": 6, "batch": 3, "window": 8}.items() <= result.items()
    assert (result["text"], result["characters"], result["engine"], result["clip"]) == ("text", 500, "array", 1.0)
    assert result["vocabulary"] == "".join(sorted(set((here / "text").read_text())))
    assert result["passes"] == 40 / (499 // 24) and result["diverged_at"] is None
    saved = read_arrays(here / result["weights"])
    assert len(saved["losses"]) == 41 and result["first_loss"] == saved["losses"][0]
    assert result["loss"] == pytest.approx(saved["losses"].mean()) and saved["W_aa"].dtype == np.float64
    svg = (here / result["curve"]).read_text()
    ET.fromstring(svg)
    assert "unigram entropy" in svg and "nats per character" in svg


def test_the_report(here, capsys):
    assert main([*SMALL, "--steps", "5", "--temperature", "0.5"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    for said in (
        "500 characters",
        "bits) per character after 5 steps",
        "unigram entropy",
        "temperature 0.5:",
    ):
        assert said in captured.out


def test_a_sample_cannot_control_the_terminal(here, capsys):
    (here / "text").write_text("\x1b[2Ja\n" * 100)
    assert main([*SMALL, "--steps", "5"]) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_lines_of_a_sample_end_as_those_of_the_text(here, capsys):
    """A carriage return before a newline is not shown as its code."""
    (here / "text").write_bytes(b"ab\r\n" * 200)
    arguments = (*SMALL, "--steps", "200", "--rate", "0.03", "--temperature", "0.01", "--sample", "12")
    assert main(arguments) == 0
    assert "\nb\nab\nab\na\n" in capsys.readouterr().out


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_resume_ends_like_an_uninterrupted_run(here, capsys, optimizer, dtype):
    """Stopped inside a pass, and resumed past the start of the next one: byte for byte the same."""
    chosen = (*SMALL, "--optimizer", optimizer, "--dtype", dtype, "--rate", "0.02", "--clip", "0.5")
    _, whole, _ = train(capsys, *chosen, "--seed", "3", "--steps", "50", "--out", "whole")
    train(capsys, *chosen, "--seed", "3", "--steps", "27", "--out", "part")
    resume = ("--text", "text", "--resume", "part/weights.npz", "--steps", "50")
    _, rest, _ = train(capsys, *resume, "--out", "rest")
    for name in ("weights.npz", "loss.svg"):
        assert (here / "whole" / name).read_bytes() == (here / "rest" / name).read_bytes()
    same = KEYS - {"seed", "seconds", "weights", "curve"}
    assert {key: whole[key] for key in same} == {key: rest[key] for key in same} and rest["seed"] is None


def test_a_finished_run_only_samples(here, capsys):
    _, first, _ = train(capsys, *SMALL, "--steps", "20")
    before = (here / "out" / "weights.npz").read_bytes()
    resume = ("--text", "text", "--resume", "out/weights.npz", "--steps", "20")
    _, again, _ = train(capsys, *resume, "--sample", "37", "--temperature", "0.01")
    assert len(again["sample"]) == 37 and again["loss"] == first["loss"]
    assert (here / "out" / "weights.npz").read_bytes() == before


def test_it_is_saved_on_the_way(here, capsys, monkeypatch):
    """Whatever stops a run leaves the last checkpoint, from which it ends as if nothing had happened."""
    steps = []

    def recorded(losses, recent=train_text._recent):
        steps.append(len(losses))
        if len(steps) == 28:
            raise RuntimeError("power failure")
        return recent(losses)

    train(capsys, *SMALL, "--steps", "40", "--out", "whole")
    with monkeypatch.context() as patched, pytest.raises(RuntimeError):
        patched.setattr(train_text, "_recent", recorded)
        main([*SMALL, "--steps", "40", "--every", "10", "--out", "part"])
    assert [path.name for path in (here / "part").iterdir()] == ["weights.npz"]
    assert len(read_arrays(here / "part" / "weights.npz")["losses"]) == 21
    train(capsys, "--text", "text", "--resume", "part/weights.npz", "--steps", "40", "--out", "part")
    assert (here / "part" / "weights.npz").read_bytes() == (here / "whole" / "weights.npz").read_bytes()


def test_interrupted_weights_are_kept(here, capsys, monkeypatch):
    calls = iter(range(1000))

    def interrupted(losses, recent=train_text._recent):
        if next(calls) == 17:
            raise KeyboardInterrupt
        return recent(losses)

    train(capsys, *SMALL, "--steps", "40", "--out", "whole")
    with monkeypatch.context() as patched:
        patched.setattr(train_text, "_recent", interrupted)
        assert main([*SMALL, "--steps", "40", "--out", "part"]) == 130
    captured = capsys.readouterr()
    assert "interrupted at step 17; go on with --resume part/weights.npz" in captured.err
    train(capsys, "--text", "text", "--resume", "part/weights.npz", "--steps", "40", "--out", "part")
    assert (here / "part" / "weights.npz").read_bytes() == (here / "whole" / "weights.npz").read_bytes()


@pytest.mark.parametrize("rate", ["1e4", "1e38"])
def test_divergence(here, capsys, rate):
    """In float32, whose largest number is 3e38."""
    status, result, errors = train(capsys, *SMALL, "--optimizer", "sgd", "--rate", rate)
    assert status == 1 and errors.count("\n") == 1
    assert f"diverged at step {result['diverged_at']}: the loss is" in errors
    assert "are in out/weights.npz: try a --rate below" in errors
    saved = read_arrays(here / "out" / "weights.npz")
    assert all(np.isfinite(value).all() for name, value in saved.items() if name != "run")
    assert len(saved["losses"]) == result["diverged_at"] == result["steps"] + 1
    mend = ("--text", "text", "--resume", "out/weights.npz", "--rate", "0.01", "--steps", str(result["steps"] + 3))
    assert train(capsys, *mend)[0] == 0


def test_memory_does_not_grow_with_the_steps(here, capsys):
    peaks = []
    for steps in ("50", "400"):
        tracemalloc.start()
        train(capsys, *SMALL, "--steps", steps)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 1e6


def test_short_texts_make_small_batches(here, capsys):
    (here / "text").write_text("HELLO")
    _, result, _ = train(capsys, "--text", "text", "--window", "4", "--hidden", "8", "--steps", "200", "--rate", "0.03")
    assert result["batch"] == 1 and result["loss"] < 0.5


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "text: the text is empty"),
        (b"aaaaaaaaaaaa", "text: the text has one distinct character, 'a'"),
        (b"HELLO", "text: a text of 5 characters is too short: a batch of 3 with windows of 8 steps needs 25"),
        (b"HELLO", "take a smaller --window or --batch\n"),
        (b"HELLO \xff\xfe", "text is not UTF-8 text (byte 6, line 1)"),
    ],
)
def test_bad_texts(here, capsys, content, said):
    (here / "text").write_bytes(content)
    assert said in refused(capsys, *SMALL)
    assert [path.name for path in here.iterdir()] == ["text"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--text", "absent"], "cannot read absent: No such file"),
        (["--text", "."], "cannot read .: Is a directory"),
        (["--text", "text", "--word", "HELLO"], "not allowed with argument"),
        (["--text", "text", "--window", "0"], "--window: 0 is too small"),
        (["--text", "text", "--window", "500"], "too short: a batch of 1 with windows of 500 steps needs 501"),
        (["--text", "text", "--window", "500"], "take a smaller --window\n"),
        (["--text", "text", "--batch", "500"], "too short: a batch of 500"),
        (["--text", "text", "--optimizer", "newton"], "invalid choice: 'newton'"),
        (["--text", "text", "--dtype", "float16"], "invalid choice: 'float16'"),
        (["--text", "text", "--temperature", "0"], "--temperature: 0 is not a positive number"),
        (["--text", "text", "--clip", "-1"], "--clip: -1 is not a positive number"),
        (["--text", "text", "--engine", "steam"], "no engine 'steam'"),
        (["--text", "text", "--engine", "numpy"], "the engine 'numpy' trains on a word only"),
        (["--text", "text", "--hidden", "1000000000"], "there is no memory for 1000000000 hidden units"),
        (["--text", "text", "--hidden", "1000000001"], "1000000001 is too large: the most is 1000000000"),
        (["--text", "text", "--resume", "text"], "text is damaged"),
        (["--text", "text", "--out", "text"], "cannot write into the folder text"),
        (["--window", "8"], "--window is for a text"),
        (["--word", "HELLO", "--sample", "8"], "--sample is for a text"),
    ],
)
def test_bad_input(here, capsys, arguments, said):
    assert said in refused(capsys, *arguments)
    assert [path.name for path in here.iterdir()] == ["text"]


def test_an_unreadable_file(here, capsys, monkeypatch):
    def forbidden(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", forbidden)  # root may read every file
    assert "cannot read text: Permission denied" in refused(capsys, *SMALL)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--hidden", "8"], "was trained with --hidden 6, not 8"),
        (["--batch", "4"], "was trained with --batch 3, not 4"),
        (["--optimizer", "sgd"], "was trained with --optimizer adam, not sgd"),
        (["--dtype", "float64"], "was trained with --dtype float32, not float64"),
        (["--seed", "0"], "leave one out"),
        (["--steps", "4"], "has taken 5 steps already"),
        (["--text", "other"], "was trained on another text"),
    ],
)
def test_bad_resume(here, capsys, sentences, arguments, said):
    (here / "other").write_text(sentences(501))
    assert main([*SMALL, "--steps", "5"]) == 0
    before = (here / "out" / "weights.npz").read_bytes()
    capsys.readouterr()
    assert said in refused(capsys, "--text", "text", "--resume", "out/weights.npz", *arguments)
    assert (here / "out" / "weights.npz").read_bytes() == before


def test_words_and_texts_are_not_mixed_up(here, capsys):
    main(["--steps", "1", "--out", "word"])
    main([*SMALL, "--steps", "1", "--out", "text_run"])
    capsys.readouterr()
    assert "was not saved by a run on a text" in refused(capsys, "--text", "text", "--resume", "word/weights.npz")
    assert "saved by a run on a text: give the text, too, by --text" in refused(
        capsys, "--resume", "text_run/weights.npz"
    )


@pytest.mark.parametrize(("saved", "asked"), [("word", "text"), ("text", "word")])
def test_a_run_does_not_replace_one_of_the_other_kind(here, capsys, monkeypatch, saved, asked):
    arguments = {"word": ("--steps", "1"), "text": (*SMALL, "--steps", "1")}
    assert main(arguments[saved]) == main(arguments[saved]) == 0  # its own kind may be replaced
    before = (here / "out" / "weights.npz").read_bytes()
    for module in (numeric.train, train_text):
        monkeypatch.setattr(module, "progress", lambda *_: pytest.fail("it trained"))
    capsys.readouterr()
    said = f"out/weights.npz holds a run on a {saved}, which this one on a {asked} would replace: take another folder"
    assert said in refused(capsys, *arguments[asked])
    assert (here / "out" / "weights.npz").read_bytes() == before


def damaged(**changes):
    """A function that changes what `run` holds, by paths with dots."""

    def change(arrays):
        run = json.loads(str(arrays["run"]))
        for path, value in changes.items():
            *folders, name = path.split("__")
            place = run
            for folder in folders:
                place = place[folder]
            place[name] = value
        arrays["run"] = np.array(json.dumps(run))

    return change


@pytest.mark.parametrize(
    "change",
    [
        damaged(settings=3),
        damaged(settings__hidden=7),
        damaged(settings__hidden="6"),
        damaged(settings__batch=0),
        damaged(settings__rate=float("nan")),
        damaged(settings__optimizer="sgd"),
        damaged(settings__optimizer="newton"),
        damaged(settings__dtype="float64"),
        damaged(settings__colour="blue"),
        damaged(place__step=6),
        damaged(place__step=True),
        damaged(place__window=1000),
        damaged(place__window=0.5),
        damaged(place__offset=-1),
        damaged(place__offset=1000),
        damaged(place__random={"bit_generator": "PCG64"}),
        damaged(place__random="print('HELLO')"),
        lambda arrays: arrays.update(run=np.array("[" * 100_000)),
        lambda arrays: arrays.update(run=np.array(3.0)),
        lambda arrays: arrays.pop("W_aa"),
        lambda arrays: arrays.pop("losses"),
        lambda arrays: arrays.pop("mean.b_y"),
        lambda arrays: arrays.pop("carried.a"),
        lambda arrays: arrays.update(extra=np.zeros(3)),
        lambda arrays: arrays.update(W_aa=arrays["W_aa"].T[:-1]),
        lambda arrays: arrays.update(b_a=arrays["b_a"].astype(complex)),
        lambda arrays: arrays["W_ya"].fill(np.nan),
    ],
)
def test_damaged_checkpoints(here, capsys, change):
    assert main([*SMALL, "--steps", "5"]) == 0
    capsys.readouterr()
    arrays = read_arrays(here / "out" / "weights.npz")
    change(arrays)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    (here / "bad.npz").write_bytes(buffer.getvalue())
    assert "bad.npz is damaged" in refused(capsys, "--text", "text", "--resume", "bad.npz")


def test_every_engine_with_batches_reaches_the_same_losses(here, capsys, require):
    require("jax")
    losses = [
        train(capsys, *SMALL, "--steps", "30", "--dtype", "float64", "--engine", engine, "--out", engine)[1]["loss"]
        for engine in ("array", "jax")
    ]
    assert losses[1] == pytest.approx(losses[0], rel=1e-9)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_progress_on_a_terminal(here, command):
    ours, theirs = os.openpty()
    done = command("numeric.train", *SMALL, "--steps", "50", "--json", stderr=theirs)
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert done.returncode == 0 and "50/50" in shown and "loss" in shown and "characters/s" in shown
    assert json.loads(done.stdout)["steps"] == 50


def test_the_command_itself(here, command):
    done = command("numeric.train", *SMALL, "--steps", "3")
    assert done.returncode == 0 and done.stderr == "" and "unigram entropy" in done.stdout
    done = command("numeric.train", "--text", "absent")
    assert done.returncode == 2 and done.stderr.startswith("python -m numeric.train: error: cannot read absent")
