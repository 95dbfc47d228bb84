"""The documentation says what is there: its links resolve, its commands exist, and its examples give what it shows."""

import re
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import derive
from derive.__main__ import COMMANDS
from derive.check.__main__ import main as check
from derive.check.brief import change

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
COMMAND = re.compile(r"(?:python -m|(?:^|(?<=`))(unrolled)(?= [a-z])) ([\w.-]+)([^`\n]*)", re.M)
SET_UP = [
    "python3 -m venv .venv && .venv/bin/pip install -q -e . && .venv/bin/python -m derive.report",
    "python3 -m venv .venv && .venv/bin/pip install -q -e '.[test]' && .venv/bin/python -m pytest",
]


def fences(page: Path, language: str) -> list[str]:
    """The contents of a page's code blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)


def prose(page: Path) -> str:
    """A page without its code blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    titles = re.findall(r"^#+ (.*)$", prose(page), re.M)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def commands() -> list[tuple[str, str, str]]:
    """Page, module and the rest of the line of every command of ours that a page shows."""
    found = []
    for page in PAGES:
        for text in ("\n".join(fences(page, "sh")), prose(page)):
            for front, module, rest in COMMAND.findall(text):
                found.append((page.name, COMMANDS[module][0].removesuffix(".__main__") if front else module, rest))
    return sorted(set(found))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_relative_links_resolve(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", prose(page))
    assert links
    for link in links:
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.is_relative_to(ROOT), link
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_files_that_a_page_names_are_there(page: Path) -> None:
    for name in re.findall(r"`((?:derive|numeric|tests|docs|\.ci)/[\w./]*)`", prose(page)):
        assert (ROOT / name).exists(), name


def test_every_line_of_a_shell_block_is_a_command_of_ours() -> None:
    for page in PAGES:
        for block in fences(page, "sh"):
            for line in block.splitlines():
                assert line in SET_UP or re.match(r"(unrolled|python -m (derive|numeric|pytest))\b", line), line


@cache
def help_of(command: Callable[..., Any], module: str) -> str:
    """What a module's --help prints."""
    finished = command(module, "--help")
    assert finished.returncode == 0, finished.stderr
    return str(finished.stdout)


def test_the_options_of_every_command_exist(command: Callable[..., Any]) -> None:
    found = commands()
    assert {module for _, module, _ in found} >= {"derive.report", "derive.check", "numeric.train", "derive.export"}
    for page, module, rest in found:
        if module == "pytest":
            assert all((ROOT / path).exists() for path in rest.split()), (page, rest)
            continue
        unknown = set(OPTION.findall(rest)) - set(OPTION.findall(help_of(command, module)))
        assert not unknown, (page, module, unknown)


def test_the_table_of_options_is_what_help_says(command: Callable[..., Any]) -> None:
    rows = re.findall(r"^\| `((?:derive|numeric)\.\w+)` \| (.*--.*) \|$", prose(ROOT / "README.md"), re.M)
    assert rows
    for module, options in rows:
        assert set(OPTION.findall(options)) <= set(OPTION.findall(help_of(command, module))), module


@pytest.mark.parametrize("line", SET_UP)
def test_the_set_up_lines_stand_once(line: str) -> None:
    assert (ROOT / "README.md").read_text(encoding="utf-8").splitlines().count(line) == 1


def test_the_set_up_lines_are_all_that_the_continuous_integration_finds() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("python3 -m venv ")] == SET_UP


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_toml_blocks_can_be_read(page: Path) -> None:
    for block in fences(page, "toml"):
        tomllib.loads(block)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_blocks_compile(page: Path) -> None:
    for block in fences(page, "python"):
        compile(block, page.name, "exec")


def test_the_example_page_has_the_slip_that_the_tour_shows() -> None:
    notes = derive.check_notes(ROOT / "docs/examples/gradients.md")
    assert [block.verdict for block in notes.blocks] == ["definition"] * 3 + ["fails", "holds"]
    (claim,) = [claim for claim in notes.blocks[3].claims if claim.verdict == "fails"]
    assert claim.counterexample is not None
    shown = "\n".join(fences(ROOT / "docs/tour.md", "text"))
    assert claim.suggestion is not None
    mend = change(claim.right, claim.suggestion)
    for text in (claim.right, mend, claim.counterexample.left, claim.counterexample.right):
        assert text in shown


def test_the_lstm_page_gives_the_verdicts_that_the_guide_shows() -> None:
    notes = derive.check_notes(ROOT / "docs/examples/lstm.md")
    assert [block.verdict for block in notes.blocks] == ["definition", "holds", "holds", "holds", "fails"]
    (claim,) = notes.blocks[4].claims
    assert claim.suggestion is not None
    assert change(claim.right, claim.suggestion) in "\n".join(fences(ROOT / "docs/legend.md", "text"))


@pytest.mark.parametrize("page", ["README.md", "docs/tour.md", "docs/legend.md"])
def test_the_findings_that_are_shown_are_printed(page: str, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.chdir(ROOT)
    text = (ROOT / page).read_text(encoding="utf-8")
    shown = re.findall(r"^python -m derive\.check (docs/\S+)\n```\n\n```text\n(error.*?)^```$", text, re.M | re.S)
    assert shown
    for name, lines in shown:
        check([name])
        printed = capsys.readouterr().out
        for line in lines.splitlines():
            assert line.removesuffix("…").rstrip() in printed


def test_the_guide_quotes_the_lstm_legend() -> None:
    legend = tomllib.loads((ROOT / "docs/examples/lstm.toml").read_text(encoding="utf-8"))
    quoted = [block for block in fences(ROOT / "docs/legend.md", "toml") if "[network]" in block]
    assert [tomllib.loads(block)["network"] for block in quoted] == [legend["network"]]


def test_the_blocks_that_the_verdicts_guide_names() -> None:
    notes = derive.check_notes(ROOT / "derive/notes/hello.md")
    guide = prose(ROOT / "docs/verdicts.md")
    rows = re.findall(r"^\| `([\w-]+)` \|.*\| block (\d+):.*\|$", guide, re.M)
    assert len(rows) == 10
    for name, number in rows:
        block = notes.blocks[int(number) - 1]
        assumptions = {assumed for claim in block.claims for assumed in claim.assumptions}
        assert name == block.verdict or name in assumptions, (name, number)
