"""The hook of pre-commit and the action of GitHub: what they run, run here with an `unrolled` of this checkout."""

import os
import re
import shlex
import subprocess
import sys
import sysconfig
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def installed(unrolled):
    """A folder like that in which the action installs, with an `unrolled` that runs this checkout."""
    program = unrolled.folder / "temp" / "unrolled" / "bin" / "unrolled"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m derive "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return program


def test_the_hook(unrolled, installed):
    text = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    hook = dict(re.findall(r"^[- ] (\w+): (.+)$", text, re.M))
    assert hook["types_or"] == "[markdown, tex, jupyter]" and hook["language"] == "python"
    unrolled.write("page.md")
    unrolled.write("README.md", "# No mathematics\n")
    run = [*shlex.split(hook["entry"]), "README.md", "page.md"]
    path = f"{installed.parent}{os.pathsep}{os.environ['PATH']}"
    environment = unrolled.environment(PATH=path)
    done = subprocess.run(run, cwd=unrolled.folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "page.md:9:" in done.stdout
    run.append("--fix")
    done = subprocess.run(run, cwd=unrolled.folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stderr == "unrolled check: page.md: 2 mends written (at lines 7, 9)\n"


@pytest.mark.long
def test_the_action_installs(unrolled, require):
    """Offline, so what it needs is that of the tests; the rest is as on GitHub: an environment of its own, by pip."""
    require("hatchling")
    script, inputs = step("Install")
    assert inputs == {"PYTHON": "python"}
    alone = {
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    temp = unrolled.folder / "temp"
    environment = unrolled.environment(
        PYTHON=sys.executable,
        GITHUB_ACTION_PATH=str(ROOT),
        RUNNER_TEMP=str(temp),
        PYTHONPATH=sysconfig.get_path("purelib"),
        **alone,
    )
    temp.mkdir()
    run = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    done = subprocess.run(run, cwd=unrolled.folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    program = temp / "unrolled" / "bin" / "unrolled"
    unrolled.write("page.md")
    run = [str(program), "check", "page.md"]
    done = subprocess.run(run, cwd=unrolled.folder, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "") and "error[sign]" in done.stdout
    assert list((temp / "unrolled" / "lib").glob("python*/site-packages/derive/lint/command.py"))


def step(name: str) -> tuple[str, dict[str, str]]:
    """The script of a step of the action, and the inputs that it takes by its environment."""
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    found = re.search(rf"    - name: {name}\n(.*?)(?=\n    - name|\Z)", text, re.S)
    assert found
    script = textwrap.dedent(found[1].split("run: |\n", 1)[1])
    assert "${{" not in script  # an input would be run as a script
    return script, dict(re.findall(r"(\w+): \$\{\{ inputs\.(\w+) \}\}", found[1]))


@pytest.mark.parametrize(
    ("pages", "arguments", "status"),
    [
        ("a page.md", "", 1),
        ("a page.md\ngood.md", "--accept=\n--legend=key.toml", 1),
        ("good.md", "", 0),
        ("$(touch hacked).md", "", 2),
    ],
)
def test_the_action(unrolled, installed, formulas, page_of, pages, arguments, status):
    unrolled.write("a page.md")
    unrolled.write("good.md", page_of(*formulas[:3]))
    unrolled.write("key.toml", '[conventions]\nvectors = "columns"\n')
    script, inputs = step("Check")
    assert inputs == {"PAGES": "pages", "ARGUMENTS": "arguments", "SARIF": "sarif"}
    output = unrolled.folder / "output"
    environment = unrolled.environment(
        PAGES=pages,
        ARGUMENTS=arguments,
        SARIF="found.sarif",
        RUNNER_TEMP=str(unrolled.folder / "temp"),
        GITHUB_OUTPUT=str(output),
    )
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=unrolled.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status and output.read_text() == f"status={status}\n"
    assert done.stdout.count("::error file=a page.md,line=") == (2 if status == 1 else 0)
    found = unrolled.folder / "found.sarif"
    assert "2.1.0" in found.read_text() if status != 2 else not found.exists()
    assert done.stderr.count("no such file or directory") == (1 if status == 2 else 0)
    assert not (unrolled.folder / "hacked").exists()
