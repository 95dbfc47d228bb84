"""The front door `unrolled`: what it says alone, its commands, and completion."""

import re
import subprocess

import pytest

import derive
from derive.__main__ import COMMANDS, command_of
from derive.command import parser_of


def test_alone_it_says_what_to_type_first(unrolled):
    done = unrolled()
    assert done.returncode == 0 and done.stderr == "" and "unrolled check notes.md" in done.stdout
    assert done.stdout.count("\n") < 10


def test_help_and_version(unrolled):
    done = unrolled("--help")
    assert done.returncode == 0 and "examples:" in done.stdout
    for name in COMMANDS:
        assert re.search(rf"^  {name} +\S", done.stdout, re.M)
    for line in re.findall(r"^  (unrolled .*?)   ", done.stdout, re.M):
        assert line.split()[1] in COMMANDS or line.split()[1].startswith("--")
    assert unrolled("--version").stdout == f"unrolled {derive.__version__}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_is_called_by_its_name(unrolled, name):
    done = unrolled(name, "--help")
    assert done.returncode == 0 and done.stdout.startswith(f"usage: unrolled {name} ")
    done = unrolled(name, "--nonsense")
    assert done.returncode == 2 and done.stderr.startswith(f"unrolled {name}: error: ") and done.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [("nonsense",), ("--nonsense",), ("--completion", "fish")])
def test_what_it_does_not_know_is_one_clear_line(unrolled, arguments):
    done = unrolled(*arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("unrolled: error: ")


def test_a_command_that_is_not_there_says_so(unrolled, monkeypatch, capsys):
    import derive.__main__ as front

    monkeypatch.setitem(front.COMMANDS, "play", ("derive.nowhere.__main__", ""))
    assert front.main(["play"]) == 2
    assert capsys.readouterr().err == (
        "unrolled: error: this copy has no play: its module derive.nowhere.__main__ is not installed\n"
    )


def test_completion(unrolled, require, require_program):
    require("shtab")
    done = unrolled("--completion", "bash")
    assert done.returncode == 0
    script = unrolled.write("completion", done.stdout)
    typed = "COMP_WORDS=(unrolled check --out); COMP_CWORD=2"
    ask = f"source {script.name}; {typed}; _shtab_unrolled; echo ${{COMPREPLY[@]}}"
    found = subprocess.run(
        [require_program("bash"), "-c", ask], cwd=unrolled.folder, capture_output=True, text=True, check=False
    )
    assert "--output-format" in found.stdout
    for shell in ("zsh", "tcsh"):
        assert "--output-format" in unrolled("--completion", shell).stdout


def test_every_parser_can_be_asked_for_without_a_run(monkeypatch):
    for name in COMMANDS:
        parser = parser_of(command_of(name), f"unrolled {name}")
        assert parser.prog == f"unrolled {name}"
