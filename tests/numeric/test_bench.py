"""The benchmark: right before fast. Nothing here is timed."""

import importlib
import json
import re
import sys

import numpy as np
import pytest

from numeric.bench import fresh, peers
from numeric.bench.__main__ import CASES, duration, main
from numeric.bench.problem import on_a_word, on_random_letters
from numeric.bench.registry import registry
from numeric.bench.timing import Contender, Row, WrongResult, medians, race
from numeric.errors import InputError

HELLO = on_a_word("HELLO", 3)


def contender(name, results):
    return Contender(name, lambda: None, lambda _: results)


def test_the_quick_run_prints_rows_of_positive_times(command, require):
    for module in ("symengine", "numba", "jax"):
        require(module)
    done = command("numeric.bench", "--quick", "--json", *(f"--case={name}" for name in CASES if name != "compile"))
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert all(list(row) == ["case", "ours", "peer", "peer_name", "ratio"] for row in rows)
    assert all(row["ours"] > 0 and row["peer"] > 0 for row in rows)
    assert all(row["ratio"] == pytest.approx(row["ours"] / row["peer"]) for row in rows)
    cases = {row["case"].split(",")[0].split(" ")[0] for row in rows}
    assert cases >= {"derive", "one", "a", "gradients", "LSTM", "GRU", "check", "read", "worst"}
    assert {"NumPy BPTT", "JAX jitted call", "JAX fori_loop", "plain Numba", "JAX grad of scan"} <= {
        row["peer_name"] for row in rows
    }
    picture = (command.folder / "out" / "growth.svg").read_text()
    assert "array (ours)" in picture and all(f"{name}, " in picture or name in picture for name in ("T", "H", "B"))


def test_the_table_is_plain_when_it_is_piped(command):
    done = command("numeric.bench", "--quick", "--case", "gradient")
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    if "llvm is left out" not in done.stderr:
        assert re.search(r"one gradient, H = 8 \(llvm\).*NumPy BPTT.*µs", done.stdout)


def test_every_case_has_a_name(tmp_path):
    assert tuple(registry(tmp_path)) == CASES


@pytest.mark.parametrize("wrong", ["value", "shape", "missing", "nan"])
def test_a_wrong_contender_stops_the_race_before_it_is_timed(wrong, monkeypatch):
    reference = HELLO.reference
    results = {name: gradient.copy() for name, gradient in reference.items()}
    if wrong == "value":
        results["W_aa"] = results["W_aa"].T
    elif wrong == "shape":
        results["b_a"] = results["b_a"][:, None]
    elif wrong == "missing":
        del results["b_y"]
    else:
        results["W_ya"][0, 0] = np.nan
    monkeypatch.setattr("numeric.bench.timing.medians", lambda *_: pytest.fail("it was timed"))
    with pytest.raises(WrongResult, match="a case: the peer"):
        race("a case", contender("ours", reference), [contender("the peer", results)], reference, 1e-12, 0.01)
    with pytest.raises(WrongResult, match="a case: ours"):
        race("a case", contender("ours", results), [], reference, 1e-12, 0.01)


def test_a_wrong_peer_ends_the_command_with_one_line(monkeypatch, capsys, require):
    require("symengine")

    def gradient(problem):
        return [contender("a wrong peer", {n: 1.01 * g for n, g in problem.reference.items()})]

    monkeypatch.setattr(peers, "KINDS", {"gradient": ("bptt",)})
    monkeypatch.setattr(importlib.import_module("numeric.bench.peers.bptt"), "gradient", gradient)
    assert main(["--quick", "--json", "--case", "gradient"]) == 1
    printed = capsys.readouterr()
    assert printed.out == "" and "a wrong peer is wrong: W_aa is off by 1.0e-02" in printed.err


ROW = Row("a case", 1.0, 2.0, "a peer")


@pytest.mark.parametrize(
    ("trouble", "status"), [(WrongResult("wrong"), 1), (InputError("unusable"), 2), (KeyboardInterrupt(), 130)]
)
def test_a_run_that_ends_early_prints_the_rows_that_it_has(monkeypatch, capsys, trouble, status):
    def case(_):
        yield ROW
        raise trouble

    monkeypatch.setattr("numeric.bench.registry.registry", lambda _: dict.fromkeys(CASES, case))
    assert main(["--json", "--case", "gradient", "--case", "scale"]) == status
    printed = capsys.readouterr()
    assert json.loads(printed.out) == [ROW.as_json()]
    said = printed.err.splitlines()
    assert said[1] == "measuring: gradient (1 of 2)" and len(said) == 3
    assert said[0].startswith(f"python -m numeric.bench: NumPy {np.__version__} on ") and ", kernel " in said[0]
    assert main(["--case", "gradient"]) == status
    assert "a peer" in capsys.readouterr().out


@pytest.mark.parametrize("cases", [["--case", "gradient", "--case", "growth"], []])
def test_where_no_picture_can_be_put_nothing_is_measured(monkeypatch, tmp_path, capsys, cases):
    (tmp_path / "file").touch()
    (tmp_path / "growth.svg").mkdir()
    monkeypatch.setattr("numeric.bench.registry.registry", lambda _: {})
    for out in (tmp_path, tmp_path / "file"):
        assert main([*cases, "--out", str(out)]) == 2
        printed = capsys.readouterr()
        assert printed.out == "" and "cannot write" in printed.err and printed.err.count("\n") == 1


def test_work_that_fails_in_a_process_of_its_own_is_one_line(capfd):
    with pytest.raises(WrongResult, match=r"compile steam 4 fails with status 1: ModuleNotFoundError: .*steam'$"):
        fresh.finished("compile", "steam", 4)
    assert capfd.readouterr() == ("", "")


def test_a_missing_peer_is_left_out_with_a_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "numeric.bench.peers.torch", raising=False)
    monkeypatch.setattr(peers, "KINDS", {"gradient": ("bptt", "torch")})
    said = []
    assert [found.name for found in peers.peers("gradient", said.append, HELLO)] == ["NumPy BPTT"]
    assert said == ["torch is left out: torch is not installed"]


def test_without_a_compiler_c_is_left_out(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr(peers, "KINDS", {"training": ("c",)})
    said = []
    assert peers.peers("training", said.append, HELLO, 0.01, 1) == []
    assert said == ["c is left out: there is no C compiler (cc, gcc or clang)"]


@pytest.mark.parametrize("peer", peers.KINDS["training"])
def test_every_peer_trains_as_the_reference_does(peer, require, require_program, monkeypatch):
    require_program("cc", "gcc", "clang") if peer == "c" else require(peer)
    monkeypatch.setattr(peers, "KINDS", {"training": (peer,)})
    expected, contenders = HELLO.descended(0.1, 20), peers.peers("training", pytest.fail, HELLO, 0.1, 20)
    assert contenders
    for found in contenders:
        for name, value in found.results(found.run()).items():
            assert value == pytest.approx(expected[name], abs=1e-12)


def test_the_reference_sums_over_the_batch():
    problem = on_random_letters(3, 4, 5, B=2)
    alone = [type(problem)(problem.parameters, problem.x[:, [b]], problem.target[:, [b]]).reference for b in (0, 1)]
    for name, gradient in problem.reference.items():
        assert gradient == pytest.approx(alone[0][name] + alone[1][name])


def test_times_are_those_of_one_step():
    class Clock:
        seconds = 6.0

    assert medians([Contender("x", Clock, None, steps=3, clocked=True)], seconds=1) == [2.0]
    assert Row("a case", 1.0, 4.0, "a peer").as_json()["ratio"] == 0.25


@pytest.mark.parametrize(("seconds", "text"), [(2.5, "2.5 s"), (0.038, "38 ms"), (1.9e-6, "1.9 µs"), (5e-8, "50 ns")])
def test_durations_are_in_the_unit_that_fits(seconds, text):
    assert duration(seconds) == text
