"""Nouns agree with their numbers, in the words themselves and where a user meets them."""

import pytest

from derive.plural import at_lines, counted
from numeric.train import main


def test_counted():
    assert [counted(number, "step") for number in (0, 1, 2)] == ["0 steps", "1 step", "2 steps"]


def test_at_lines():
    assert (at_lines([24]), at_lines([2, 11])) == ("at line 24", "at lines 2, 11")


@pytest.mark.parametrize(
    ("equalities", "said"), [("$c = d$", "1 (at line 3)"), ("$c = d$\n$e = f$", "2 (at lines 3, 4)")]
)
def test_the_check_says_where_equalities_stand(command, equalities, said):
    (command.folder / "page.md").write_text(f"$$a = b$$\n\n{equalities}\n")
    (command.folder / "page.toml").write_text('[symbols]\na = { role = "rate" }\n')
    assert f"not checked: {said}" in command("derive.check", "page.md").stdout


def test_training_says_how_many_steps(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["--steps", "1", "--hidden", "1"]) == 0
    assert "after 1 step (first" in capsys.readouterr().out
    assert main(["--steps", "0", "--hidden", "1", "--resume", "out/weights.npz"]) == 2
    assert "has taken 1 step already" in capsys.readouterr().err
    assert main(["--hidden", "2", "--resume", "out/weights.npz"]) == 2
    assert "has 1 hidden unit, not 2" in capsys.readouterr().err
