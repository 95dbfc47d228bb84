"""What all tests share: optional tools, required in CI and skipped elsewhere, and repeatable property tests."""

import gc
import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]

# The same examples on every run: a red build is a change of ours, never the luck of the draw.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

# Most of JAX's time here is XLA's, which optimizes what then runs once: here and in the commands that tests run.
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "true")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what takes long on a user's machine; CI runs everything."""
    if not os.environ.get("CI"):
        for item in items:
            if item.get_closest_marker("long"):
                item.add_marker(pytest.mark.skip(reason="takes long: CI=true runs it"))


def pytest_collection_finish() -> None:
    """Look for cycles seldom, and not among what stays: half a suite's heap is modules and tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _missing(reason: str) -> None:
    """Fail in CI, where nothing may be skipped; skip with the reason on a user's machine."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason} (CI installs everything, so this is a failure there)", pytrace=False)
    pytest.skip(reason)


def require(module: str) -> ModuleType:
    """Import and return an optional `module`, such as jax."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        _missing(f"needs the Python package {module}: {error}")
        raise


def require_program(*names: str) -> str:
    """Return the path of the first of the programs `names` that is installed, such as cc or chromium."""
    for name in names:
        if path := shutil.which(name):
            return path
    _missing(f"needs the program {' or '.join(names)}")
    raise FileNotFoundError(names)


@pytest.fixture(name="require", scope="session")
def require_fixture() -> Callable[[str], ModuleType]:
    """The function `require`, for tests (a conftest cannot be imported under --import-mode=importlib)."""
    return require


@pytest.fixture(name="require_program", scope="session")
def require_program_fixture() -> Callable[..., str]:
    """The function `require_program`, for tests."""
    return require_program


class Command:
    """Runs `python -m MODULE ARGUMENTS…` (or `python -c CODE`) in an empty folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(
        self,
        module: str,
        *arguments: str,
        text: str | None = None,
        more: Mapping[str, str] | None = None,
        stderr: int = subprocess.PIPE,
    ) -> "subprocess.CompletedProcess[str]":
        """Return the finished process, its output as text; `text` is its standard input, `more` what its environment
        has besides, and `stderr` may be a file descriptor, a terminal's say."""
        merged = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"} | (more or {})
        run = [sys.executable, *(() if module == "-c" else ("-m",)), module, *arguments]
        return subprocess.run(
            run, cwd=self.folder, env=merged, input=text,
            stdout=subprocess.PIPE, stderr=stderr, encoding="utf-8", check=False,
        )  # fmt: skip


def on_a_terminal(run: list[str], folder: Path, environment: Mapping[str, str], errors: bool) -> tuple[int, bytes]:
    """The status of a program and what it writes on a terminal, with `errors` what it writes on standard error too."""
    terminal, inner = os.openpty()
    kept = {name: value for name, value in environment.items() if name != "NO_COLOR"}
    stderr = inner if errors else subprocess.DEVNULL
    process = subprocess.Popen(run, stdout=inner, stderr=stderr, env=kept, cwd=folder)
    os.close(inner)
    seen = everything(terminal)
    return process.wait(), seen


def everything(terminal: int) -> bytes:
    """What is written on a terminal until its other end is closed; it is closed then."""
    seen = b""
    try:
        while piece := os.read(terminal, 65536):
            seen += piece
    except OSError:  # Linux says so when the other end is closed
        pass
    os.close(terminal)
    return seen


@pytest.fixture(name="on_a_terminal", scope="session")
def on_a_terminal_fixture() -> Callable[..., tuple[int, bytes]]:
    """The function `on_a_terminal`, for tests."""
    return on_a_terminal


@pytest.fixture(name="everything", scope="session")
def everything_fixture() -> Callable[[int], bytes]:
    """The function `everything`, for tests."""
    return everything


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """A function that runs a command of ours in an empty folder; see `Command`."""
    return Command(tmp_path)
