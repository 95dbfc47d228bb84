"""Training: what it learns, what it writes, and what it says when it cannot."""

import json
import os
import signal
import sys
import xml.etree.ElementTree as ET
from contextlib import contextmanager
from itertools import count
from types import SimpleNamespace

import numpy as np
import pytest

from numeric import checkpoint, train, train_text
from numeric.archive import read_arrays
from numeric.engines.numpy import NumpyEngine
from numeric.train import Checkpoint, derived_engine, initial, main, predictions, sample
from numeric.words import Word

KEYS = {
    "word",
    "vocabulary",
    "hidden",
    "rate",
    "seed",
    "engine",
    "steps",
    "first_loss",
    "loss",
    "predictions",
    "sampled",
    "recalled",
    "diverged_at",
    "weights",
    "curve",
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def train_json(capsys, *arguments):
    """Run the command with --json in this process; return its exit status, its object and its standard error."""
    status = main([*arguments, "--json"])
    captured = capsys.readouterr()
    return status, json.loads(captured.out), captured.err


def test_every_seed_learns_hello():
    word = Word("HELLO")
    engine = derived_engine("numpy", word, train.HIDDEN)
    for seed in range(20):
        parameters = initial(word, train.HIDDEN, seed)
        start = Checkpoint(word, parameters, train.RATE, np.array([engine.loss_and_gradients(parameters)[0]]))
        *_, end = train.train(engine, start, train.STEPS)
        assert min(row["target_probability"] for row in predictions(end.parameters, word)) >= 0.99
        assert sample(end.parameters, word) == "HELLO"


@pytest.mark.parametrize(("seconds", "expected"), [(0.0, [0, 1, 3, 7, 9]), (1.0, list(range(10)))])
def test_how_far_it_is_is_said_often(monkeypatch, seconds, expected):
    """More steps at a time where they are fast, one where they are slow."""
    word = Word("HELLO")
    engine, parameters = derived_engine("numpy", word, 2), initial(word, 2, seed=0)
    start = Checkpoint(word, parameters, 0.1, np.array([engine.loss_and_gradients(parameters)[0]]))
    monkeypatch.setattr(train, "time", SimpleNamespace(monotonic=count(step=seconds).__next__))
    assert [reached.step for reached in train.train(engine, start, 9)] == expected


def test_the_default_run(command):
    done = command("numeric.train")
    assert done.returncode == 0 and done.stderr == ""
    assert "said from its first letter: HELLO (the word came back)" in done.stdout
    again = command("numeric.train", "--json", "--out", "again")
    result = json.loads(again.stdout)
    assert result.keys() == KEYS and result["recalled"] and result["steps"] == 500
    folder, other = command.folder / "out", command.folder / "again"
    for name in ("weights.npz", "loss.svg"):  # the same run, byte for byte
        assert (folder / name).read_bytes() == (other / name).read_bytes()
    assert sorted(path.name for path in folder.iterdir()) == ["loss.svg", "weights.npz"]


def test_what_json_says(here, capsys):
    status, result, errors = train_json(capsys, "--steps", "40", "--hidden", "3", "--seed", "7", "--rate", "0.2")
    assert (status, errors, result.keys()) == (0, "", KEYS)
    assert result["word"] == "HELLO" and result["vocabulary"] == "HELO" and result["engine"] == "numpy"
    assert (result["hidden"], result["seed"], result["rate"], result["steps"]) == (3, 7, 0.2, 40)
    assert result["diverged_at"] is None and 0 < result["loss"] < result["first_loss"]
    saved = checkpoint.load(here / result["weights"])
    assert saved.losses[0] == result["first_loss"] and saved.losses[-1] == result["loss"] and saved.step == 40
    assert result["predictions"] == predictions(saved.parameters, saved.word)
    assert [row["input"] + row["target"] for row in result["predictions"]] == ["HE", "EL", "LL", "LO"]
    losses = -sum(np.log(row["target_probability"]) for row in result["predictions"])
    assert losses == pytest.approx(result["loss"])
    ET.parse(here / result["curve"])


@pytest.mark.parametrize("word", ["aa", "ab", "été", "日本語", "🙂🙃🙂", "$[b]$", "<&>\n", "abracadabra"])
def test_any_word(here, capsys, word):
    status, result, errors = train_json(capsys, "--word", word)
    assert (status, errors, result["sampled"]) == (0, "", word)
    ET.parse(here / result["curve"])
    assert main(["--word", word, "--steps", "1", "--out", "again"]) == 0
    assert capsys.readouterr().err == ""


def test_letters_are_normalised(here, capsys):
    _, result, _ = train_json(capsys, "--word", "e\u0301te\u0301", "--steps", "1")
    assert result["word"] == "\xe9t\xe9" and result["vocabulary"] == "\xe9t"


def test_a_word_it_cannot_tell_is_no_error(here, capsys):
    """No step has been taken, so that nothing is learned yet."""
    status, result, _ = train_json(capsys, "--steps", "0")
    assert status == 0 and result["steps"] == 0 and result["loss"] == result["first_loss"]
    assert not result["recalled"] and result["sampled"] != "HELLO"


def test_resume_ends_like_an_uninterrupted_run(here, capsys):
    _, whole, _ = train_json(capsys, "--steps", "30", "--rate", "0.3", "--seed", "3", "--out", "whole")
    train_json(capsys, "--steps", "11", "--rate", "0.3", "--seed", "3", "--out", "part")
    _, rest, _ = train_json(capsys, "--steps", "30", "--resume", "part/weights.npz", "--out", "rest")
    for name in ("weights.npz", "loss.svg"):
        assert (here / "whole" / name).read_bytes() == (here / "rest" / name).read_bytes()
    assert rest["seed"] is None
    same = KEYS - {"seed", "weights", "curve"}
    assert {key: whole[key] for key in same} == {key: rest[key] for key in same}


def test_a_finished_run_only_reports(here, capsys):
    _, first, _ = train_json(capsys, "--steps", "7")
    before = (here / "out" / "weights.npz").read_bytes()
    status, again, errors = train_json(capsys, "--steps", "7", "--resume", "out/weights.npz")
    assert (status, errors, again) == (0, "", {**first, "seed": None})
    assert (here / "out" / "weights.npz").read_bytes() == before


@pytest.mark.parametrize("steps", ["5", "9"])
@pytest.mark.parametrize("damage", ["far too large weights", "a first loss of almost 0", "a negative first loss"])
def test_a_loss_that_is_bad_from_the_start(here, capsys, damage, steps):
    main(["--steps", "5", "--out", "run"])
    saved = checkpoint.load(here / "run" / "weights.npz")
    parameters, losses = saved.parameters, saved.losses
    if damage == "far too large weights":
        parameters = {name: 1e300 * value for name, value in parameters.items()}
    else:
        losses = np.full_like(losses, 1e-9 if "almost" in damage else -3.0)
    checkpoint.save(here / "bad.npz", Checkpoint(saved.word, parameters, saved.rate, losses))
    capsys.readouterr()
    assert main(["--resume", "bad.npz", "--steps", steps]) == 1
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1
    assert "diverged at step 5: the loss is" in captured.err and "nothing was written" in captured.err
    assert list((here / "out").iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
@pytest.mark.parametrize(("sent", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
@pytest.mark.parametrize("kind", [(), ("--text", "text", "--hidden", "6", "--batch", "3", "--window", "8")])
def test_a_signal_keeps_the_weights(here, capsys, monkeypatch, request, sentences, kind, sent, status):
    """The process is told to end while it shows step 5 or a later one. A shell's background jobs ignore SIGINT, and so
    would what they start."""
    ignored = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, ignored))
    (here / "text").write_text(sentences(500))

    @contextmanager
    def watched(*_):
        yield lambda step, loss: os.kill(os.getpid(), sent) if step >= 5 else None

    for module in (train, train_text):
        monkeypatch.setattr(module, "progress", watched)
    before = signal.getsignal(signal.SIGTERM)
    assert main([*kind, "--steps", "1000000"]) == status
    captured = capsys.readouterr()
    step = len(read_arrays(here / "out" / "weights.npz")["losses"]) - 1
    assert step >= 5 and captured.err == (
        f"python -m numeric.train: interrupted at step {step}; go on with --resume out/weights.npz\n"
    )
    assert signal.getsignal(signal.SIGTERM) == before


def test_interrupted_before_the_first_step(here, capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(NumpyEngine, "train", interrupted)
    assert main([]) == 130
    captured = capsys.readouterr()
    assert captured.err == "python -m numeric.train: interrupted before the first step; nothing was written\n"
    assert captured.out == "" and list((here / "out").iterdir()) == []


def test_interrupted_weights_are_kept(here, capsys, monkeypatch):
    calls = iter(range(3))

    def interrupted(self, parameters, rate, steps, run=NumpyEngine.train):
        if next(calls) == 2:
            raise KeyboardInterrupt
        return run(self, parameters, rate, steps)

    train_json(capsys, "--steps", "30", "--out", "whole")
    with monkeypatch.context() as patched:
        patched.setattr(NumpyEngine, "train", interrupted)
        assert main(["--steps", "30", "--out", "part"]) == 130
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1 and "go on with --resume part/weights.npz" in captured.err
    assert 0 < checkpoint.load(here / "part" / "weights.npz").step < 30
    train_json(capsys, "--steps", "30", "--resume", "part/weights.npz", "--out", "part")
    assert (here / "part" / "weights.npz").read_bytes() == (here / "whole" / "weights.npz").read_bytes()


@pytest.mark.parametrize("rate", ["3", "50", "1e308"])
def test_divergence(here, capsys, rate):
    status, result, errors = train_json(capsys, "--rate", rate)
    assert status == 1 and errors.count("\n") == 1
    assert f"diverged at step {result['diverged_at']}: the loss is" in errors
    assert f"the weights of step {result['steps']} are in out/weights.npz" in errors
    assert result["steps"] == result["diverged_at"] - 1
    assert ("not a finite number" in errors) == (rate == "1e308")
    kept = checkpoint.load(here / "out" / "weights.npz")
    _, good, _ = train_json(capsys, "--rate", rate, "--steps", str(result["steps"]), "--out", "good")
    assert good["diverged_at"] is None
    assert (here / "good" / "weights.npz").read_bytes() == (here / "out" / "weights.npz").read_bytes()
    assert kept.losses.max() <= 10 * kept.losses[0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--word", "a"], "two letters or more"),
        (["--word", ""], "two letters or more"),
        (["--hidden", "-3"], "--hidden: -3 is too small"),
        (["--hidden", "0"], "--hidden: 0 is too small"),
        (["--hidden", "1e3"], "--hidden: '1e3' is not a whole number"),
        (["--hidden", "100000"], "fewer hidden units"),
        (["--hidden", "1000000000", "--engine", "array"], "no memory for this: take fewer hidden units"),
        (["--hidden", "1" + 23 * "0", "--engine", "array"], "is too large: the most is 1000000000"),
        (["--steps", "-1"], "--steps: -1 is too small"),
        (["--rate", "0"], "--rate: 0 is not a positive number"),
        (["--rate", "nan"], "--rate: nan is not a positive number"),
        (["--rate", "fast"], "--rate: 'fast' is not a number"),
        (["--seed", "-1"], "--seed: -1 is too small"),
        (["--engine", "steam"], "no engine 'steam'"),
        (["--colour"], "unrecognized arguments: --colour"),
        (["--resume", "absent.npz"], "cannot read absent.npz: No such file"),
        (["--resume", "notes.txt"], "notes.txt is damaged"),
        (["--out", "notes.txt"], "cannot write into the folder notes.txt"),
        (["--out", "notes.txt/folder"], "cannot write into the folder notes.txt/folder"),
    ],
)
def test_bad_input(here, capsys, arguments, said):
    (here / "notes.txt").write_text("HELLO")
    try:
        status = main(arguments)
    except SystemExit as left:  # argparse's own way out
        status = left.code
    captured = capsys.readouterr()
    assert status == 2 and captured.out == ""
    assert said in captured.err and captured.err.count("\n") == 1
    assert [path for path in here.rglob("*") if path.is_file()] == [here / "notes.txt"]


@pytest.mark.parametrize("name", ["weights.npz", "loss.svg"])
@pytest.mark.parametrize("kind", [(), ("--text", "text", "--window", "8", "--hidden", "6")])
def test_a_folder_in_the_way_is_found_before_training(here, capsys, monkeypatch, sentences, kind, name):
    (here / "text").write_text(sentences(500))
    (here / "out" / name).mkdir(parents=True)
    for module in (train, train_text):
        monkeypatch.setattr(module, "progress", lambda *_: pytest.fail("it trained"))
    assert main([*kind]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1
    assert f"cannot write out/{name}: it is there, and no file" in captured.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--word", "HALLO"], "was trained on 'HELLO', not on 'HALLO'"),
        (["--hidden", "8"], "has 3 hidden units, not 8"),
        (["--seed", "0"], "leave one out"),
        (["--steps", "4"], "has taken 5 steps already"),
    ],
)
def test_bad_resume(here, capsys, arguments, said):
    assert main(["--hidden", "3", "--steps", "5"]) == 0
    before = (here / "out" / "weights.npz").read_bytes()
    capsys.readouterr()
    assert main(["--resume", "out/weights.npz", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and said in captured.err and captured.err.count("\n") == 1
    assert (here / "out" / "weights.npz").read_bytes() == before


def test_errors_of_the_command_itself(command):
    done = command("numeric.train", "--word", "a")
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr.startswith("python -m numeric.train: error: a word needs two letters")
        and "Traceback" not in done.stderr
    )


def test_a_terminal_that_cannot_print_the_letters(command):
    done = command("numeric.train", "--word", "日本", "--steps", "1", more={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0 and done.stderr == "" and "\\u65e5" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_progress_on_a_terminal(command):
    ours, theirs = os.openpty()
    done = command("numeric.train", "--steps", "50", "--json", stderr=theirs)
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert done.returncode == 0 and "50/50" in shown and "loss" in shown
    assert json.loads(done.stdout)["steps"] == 50


def test_starting_is_light(command):
    heavy = "{'sympy', 'matplotlib', 'rich', 'jax'}"
    code = f"import sys, numeric.train, numeric.crosscheck; print({heavy} & set(sys.modules))"
    done = command("-c", code)
    assert done.stdout.strip() == "set()"
    assert command("-c", "import sys, numeric; print('numpy' in sys.modules)").stdout.strip() == "False"
