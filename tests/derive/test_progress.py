"""What is being done is shown on a terminal's standard error, after a second, and nowhere else."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")

ROOT = Path(__file__).parents[2]
AT_ONCE = "import sys; from derive import __main__, progress; progress.AFTER = 0; sys.exit(__main__.main(sys.argv[1:]))"
PAGE = str(ROOT / "docs" / "examples" / "gradients.md")


@pytest.fixture
def seen(command, everything):
    """Runs Python code with arguments, its standard error a terminal: the status, standard output, and what is seen."""

    def run(code, *arguments):
        terminal, inner = os.openpty()
        environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "TERM": "xterm"}
        with subprocess.Popen(
            [sys.executable, "-c", code, *arguments], cwd=command.folder, env=environment,
            stdout=subprocess.PIPE, stderr=inner, encoding="utf-8",
        ) as process:  # fmt: skip
            os.close(inner)
            shown = everything(terminal).decode()
            return process.wait(), process.stdout.read(), shown

    return run


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("check", PAGE, PAGE.replace("gradients", "perceptron")), ("checking .*perceptron.md \\(2 of 2\\)",)),
        (("check", PAGE, "--draft-legend"), ("reading .*gradients.md",)),
        (("check", PAGE, "--corrected", "mended.md"), ("checking .*gradients.md",)),
        (("check", PAGE, "--witness", "4"), ("checking .*gradients.md",)),
        (("export", "--notes", PAGE, "--to", "jax"), ("reading .*gradients.md", "deriving the gradients")),
        (("crosscheck", "--notes", PAGE, "--json"), ("reading .*gradients.md", "computing: complex_step")),
        (("crosscheck", "--word", "ab", "--hidden", "2", "--json"), ("deriving the gradients", "computing: ")),
        (("train", "--notes", PAGE, "--steps", "2", "--json"), ("reading .*gradients.md", "deriving", "drawing")),
        (("report", "--notes", PAGE, "--format", "md"), ("reading .*gradients.md", "checking .*gradients.md")),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_commands_say_what_they_do(seen, arguments, said):
    status, output, shown = seen(AT_ONCE, *arguments)
    assert status in (0, 1) and output and "\x1b" not in output
    for words in said:
        assert re.search(words, shown), (words, shown)
    assert shown.endswith("\x1b[2K") or "\x1b[?25h" in shown  # the line is taken away, the cursor is there again


def test_nothing_is_said_within_a_second(seen):
    code = "from derive.progress import doing\nwith doing('quick') as say: say('still')\nprint(1)"
    status, output, shown = seen(code)
    assert (status, output, shown) == (0, "1\n", "")


def test_it_is_said_after_a_second(seen):
    code = "import time\nfrom derive.progress import doing\nwith doing('slow \\x1b[31m\\n'): time.sleep(1.5)"
    status, _, shown = seen(code)
    assert status == 0 and "slow \N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}" in shown


def test_nothing_is_said_where_no_terminal_is(command):
    done = command("-c", "import time\nfrom derive.progress import doing\nwith doing('slow'): time.sleep(1.2)")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
