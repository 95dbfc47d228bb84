"""Nouns agree with their numbers, in the words themselves and where a user meets them."""

from derive.plural import at_lines, counted
from numeric.train import main


def test_counted():
    assert [counted(number, "step") for number in (0, 1, 2)] == ["0 steps", "1 step", "2 steps"]


def test_at_lines():
    assert (at_lines([24]), at_lines([2, 11])) == ("at line 24", "at lines 2, 11")


def test_training_says_how_many_steps(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["--steps", "1", "--hidden", "1"]) == 0
    assert "after 1 step (first" in capsys.readouterr().out
    assert main(["--steps", "0", "--hidden", "1", "--resume", "out/weights.npz"]) == 2
    assert "has taken 1 step already" in capsys.readouterr().err
    assert main(["--hidden", "2", "--resume", "out/weights.npz"]) == 2
    assert "has 1 hidden unit, not 2" in capsys.readouterr().err
