"""The cross-check: its table, its object, its file, and that it can fail."""

import json
from pathlib import Path

import numpy as np
import pytest

from numeric import bptt, crosscheck, engines
from numeric.agreement import errors, within
from numeric.crosscheck import METHODS, main
from numeric.engines.array import ArrayEngine
from numeric.engines.numpy import NumpyEngine
from numeric.theorems import Theorem, _gradients, theorems
from numeric.words import Word

NAMES = ["W_aa", "W_ax", "b_a", "W_ya", "b_y"]
ALONE, EVERY = {"numpy": None}, engines.EXTRAS
without_jax = {"complex_step": METHODS["complex_step"]}


@pytest.fixture(autouse=True)
def one_engine(monkeypatch):
    """No engine but the default one, as some take seconds to compile."""
    monkeypatch.setattr(engines, "EXTRAS", ALONE)


def check(capsys, *arguments):
    status = main([*arguments, "--json"])
    return status, json.loads(capsys.readouterr().out)


def test_hello(command, require):
    require("jax")
    require("numba")
    require("symengine")
    done = command("numeric.crosscheck")
    assert done.returncode == 0 and done.stderr == "", done.stderr
    for name in NAMES:
        assert f"∂L/∂{name}" in done.stdout
    for said in (
        *("derived" if name == "numpy" else f"derived_{name}" for name in EVERY),
        "complex_step",
        "jax",
        "all gradients agree",
        "for O, which is never an input, is 0: exactly",
    ):
        assert said in done.stdout


def test_json(capsys, require):
    require("jax")
    status, result = check(capsys, "--seed", "5")
    assert status == 0 and result["ok"] is True
    assert result.keys() == {
        "word",
        "vocabulary",
        "hidden",
        "seed",
        "tolerance",
        "methods",
        "missing",
        "gradients",
        "theorems",
        "ok",
        "saved",
    }
    assert (result["word"], result["vocabulary"], result["hidden"], result["seed"]) == ("HELLO", "HELO", 8, 5)
    assert result["methods"] == ["derived", "complex_step", "jax"] and result["missing"] == {}
    assert result["tolerance"] == 1e-12 and result["saved"] is None
    assert list(result["gradients"]) == NAMES
    for row in result["gradients"].values():
        assert row.keys() == {"shape", "largest", "zero", "errors"} and not row["zero"]
        for error in row["errors"].values():
            assert error["relative"] == error["absolute"] / row["largest"] <= 1e-12
    assert all(theorem["holds"] for theorem in result["theorems"]) and len(result["theorems"]) == 3


def test_the_file_stands_on_its_own(tmp_path, capsys):
    path = tmp_path / "gradients.npz"
    status, result = check(capsys, "--word", "ABBA", "--hidden", "3", "--save", str(path))
    assert (status, result["saved"]) == (0, str(path))
    with np.load(path, allow_pickle=False) as file:
        arrays = dict(file)
    both = [f"{method}_{name}" for method in ("derived", "bptt") for name in NAMES]
    assert sorted(arrays) == sorted([*NAMES, "X", "Y", *both])
    assert all(arrays[name].shape == shape for name, shape in bptt.shapes(3, 2).items())
    assert arrays["X"].tolist() == [[1, 0], [0, 1], [0, 1]] and arrays["Y"].tolist() == [[0, 1], [0, 1], [1, 0]]
    assert all(np.abs(arrays[name]).max() > 0.5 for name in NAMES if name[0] == "W")  # of order one
    _, gradients = bptt.loss_and_gradients({name: arrays[name] for name in NAMES}, arrays["X"], arrays["Y"])
    for name in NAMES:
        assert (arrays[f"bptt_{name}"] == gradients[name]).all()
        assert arrays[f"derived_{name}"] == pytest.approx(gradients[name], rel=1e-11, abs=1e-13)


@pytest.mark.parametrize("word", ["ab", "aa", "日本", "mississippi"])
def test_other_words(capsys, monkeypatch, word):
    monkeypatch.setattr(crosscheck, "METHODS", without_jax)
    status, result = check(capsys, "--word", word, "--hidden", "4")
    assert status == 0
    zero = {name for name, row in result["gradients"].items() if row["zero"]}
    assert zero == {"ab": {"W_aa"}, "日本": {"W_aa"}, "aa": set(NAMES), "mississippi": set()}[word]
    for name in zero:
        assert all(error == {"absolute": 0, "relative": None} for error in result["gradients"][name]["errors"].values())
    assert main(["--word", word, "--hidden", "4"]) == 0
    assert "nan" not in capsys.readouterr().out


@pytest.mark.parametrize("wrong", [1e-11, 0.5, np.nan, np.inf])
@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_gradient_fails(capsys, monkeypatch, name, wrong):
    def derived(self, parameters, run=NumpyEngine.loss_and_gradients):
        loss, gradients = run(self, parameters)
        gradients[name].flat[-1] += wrong * np.abs(gradients[name]).max()
        return loss, gradients

    monkeypatch.setattr(crosscheck, "METHODS", {})
    monkeypatch.setattr(NumpyEngine, "loss_and_gradients", derived)
    assert main(["--hidden", "2"]) == 1
    assert "THE GRADIENTS DIFFER" in capsys.readouterr().out
    status, result = check(capsys, "--hidden", "2")
    assert status == 1 and result["ok"] is False


def test_a_theorem_that_does_not_hold_fails(capsys, monkeypatch):
    monkeypatch.setattr(crosscheck, "METHODS", without_jax)
    monkeypatch.setattr("numeric.theorems.theorems", lambda word, hidden: [Theorem("0 is 1", False)])
    status, result = check(capsys, "--hidden", "2")
    assert status == 1 and result["theorems"] == [{"statement": "0 is 1", "holds": False}]


def test_without_jax(capsys, monkeypatch):
    def absent(parameters, word):
        raise ImportError

    monkeypatch.setattr(crosscheck, "METHODS", without_jax | {"jax": absent})
    status, result = check(capsys, "--hidden", "2")
    assert status == 0 and result["methods"] == ["derived", "complex_step"]
    assert result["missing"] == {"jax": "pip install -e '.[jax]'"}
    assert main(["--hidden", "2"]) == 0
    assert "not compared with jax" in capsys.readouterr().out


def test_every_engine_is_compared(capsys, monkeypatch):
    monkeypatch.setattr(crosscheck, "METHODS", {})
    monkeypatch.setattr(engines, "EXTRAS", {"numpy": None, "array": None, "absent": "fast"})
    status, result = check(capsys, "--hidden", "3")
    assert status == 0 and result["methods"] == ["derived", "derived_array"]
    assert result["missing"] == {"derived_absent": "pip install -e '.[fast]'"}

    def wrong(self, parameters, run=ArrayEngine.loss_and_gradients):
        loss, gradients = run(self, parameters)
        return loss, {name: gradient * (1 + 1e-11) for name, gradient in gradients.items()}

    monkeypatch.setattr(ArrayEngine, "loss_and_gradients", wrong)
    status, result = check(capsys, "--hidden", "3")
    assert status == 1 and result["ok"] is False


def test_an_engine_that_refuses_the_size_is_left_out(capsys, monkeypatch, require):
    require("symengine")
    monkeypatch.setattr(crosscheck, "METHODS", {})
    monkeypatch.setattr(engines, "EXTRAS", {"numpy": None, "array": None, "llvm": "fast"})
    monkeypatch.setattr("numeric.engines.llvm.LARGEST", 100)
    status, result = check(capsys, "--hidden", "8")
    assert status == 0 and result["methods"] == ["derived", "derived_array"]
    assert "the most is 100" in result["missing"]["derived_llvm"]


def test_a_closed_pipe_is_quiet(command):
    """What `… | head` sees: the reader goes before the object is printed."""
    code = (
        "import os, sys; from numeric import engines; engines.EXTRAS = {'numpy': None}; "
        "from numeric import crosscheck; crosscheck.METHODS = {}; ours, theirs = os.pipe(); os.dup2(theirs, 1); "
        "os.close(ours); sys.exit(crosscheck.main(['--hidden', '2', *sys.argv[1:]]))"
    )
    for arguments in ((), ("--json",), ("--help",)):
        assert command("-c", code, *arguments).stderr == ""


def test_errors_are_never_relative_to_zero():
    zero = np.zeros(3)
    assert errors(zero, zero) == {"absolute": 0.0, "relative": None} and within(errors(zero, zero))
    assert not within(errors(np.full(3, 1e-9), zero))
    assert not within(errors(np.full(3, np.nan), zero)) and not within(errors(np.full(3, np.nan), zero + 1))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--word", "a"], "two letters or more"),
        (["--hidden", "-1"], "--hidden: -1 is too small"),
        (["--hidden", "1000000"], "too many"),
        (["--save", "absent/file.npz"], "cannot write absent/file.npz: No such file"),
    ],
)
def test_bad_input(tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(crosscheck, "METHODS", without_jax)
    try:
        status = main(arguments)
    except SystemExit as left:
        status = left.code
    captured = capsys.readouterr()
    assert status == 2 and captured.out == "" and said in captured.err and captured.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", ".", "/", "absent/file"])
def test_where_nothing_can_be_saved_nothing_is_compared(tmp_path, monkeypatch, capsys, name):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(crosscheck, "compare", lambda *_: pytest.fail("it compared"))
    assert main(["--save", name]) == 2
    captured = capsys.readouterr()
    assert (
        captured.out == "" and f"error: cannot write {Path(name)}: " in captured.err and captured.err.count("\n") == 1
    )


def test_theorems_name_every_unused_letter():
    statements = [theorem.statement for theorem in theorems(Word("AB\nC"), 2)]
    assert statements == [
        "the column of ∂L/∂W_ax for C, which is never an input, is 0",
        "every column of ∂L/∂W_ya sums to 0",
        "∂L/∂b_y sums to 0",
    ]
    assert all(theorem.holds for word in ("aa", "ab", "HELLO", "ABBA") for theorem in theorems(Word(word), 3))


def test_exact_gradients_are_zero_nowhere_else():
    """What the theorems leave out is not zero modulo the prime either: they are not true of everything."""
    gradients = _gradients(Word("HELLO"), 3, seed=0)
    used = [entry for i, entry in enumerate(gradients["W_ax"]) if i % 4 != 3]
    assert all(used) and all(gradients["W_aa"]) and all(gradients["W_ya"]) and all(gradients["b_y"])
