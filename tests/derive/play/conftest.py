"""The playground as it is used: served by the command, and as static files from a folder below another."""

from __future__ import annotations

import http.server
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

ROOT = Path(__file__).parents[3]
PACKAGES = ROOT / "docs" / "playground" / "node_modules"


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `python -m derive.play`, which runs in an empty folder and leaves it empty."""
    folder = tmp_path_factory.mktemp("play")
    command = [sys.executable, "-m", "derive.play", "--no-browser"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()[0]
        process.terminate()
    assert not list(folder.iterdir())


@pytest.fixture(scope="session")
def built(require_program: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the static playground, below another; all processes of a test run share one."""
    if not (PACKAGES / "pyodide").is_dir():
        pytest.skip("needs Pyodide and esbuild: npm install --no-package-lock in docs/playground")
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "site" / "some" / "where"
    environment = os.environ | {"PYTHON": sys.executable, "PYTHONPATH": str(ROOT)}
    build = [require_program("node"), ROOT / "docs" / "playground" / "build.mjs", folder]
    folder.parents[1].mkdir(exist_ok=True)
    with FileLock(folder.parents[1] / "lock"):
        if not (folder / "python.snapshot").exists():
            subprocess.run(build, env=environment, check=True, capture_output=True)
    return folder


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="session")
def static(built: Path) -> Iterator[str]:
    """The address of the static playground, from a server that knows nothing of it."""
    handler = partial(_Quiet, directory=str(built.parents[1]))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/some/where/"
        server.shutdown()


class Playground:
    """A page of the playground in a browser."""

    def __init__(self, browser: Any, url: str) -> None:
        self.browser, self.url = browser, url

    def open(self, fragment: str = "example=small", **size: Any) -> None:
        """Load the page anew, with a fragment, and wait until it is checked."""
        self.browser.open("about:blank")
        self.browser.open(f"{self.url}#{fragment}" if fragment else self.url, **size)
        self.settle()

    def settle(self, mark: str = "settled", seconds: float = 120) -> None:
        """Wait for the end of a check, and begin to wait anew."""
        self.wait(f"performance.getEntriesByName('{mark}').length > 0", seconds)
        self.browser.evaluate("performance.clearMarks()")

    def wait(self, condition: str, seconds: float = 120) -> None:
        end = time.monotonic() + seconds
        while not self.browser.evaluate(condition):
            assert time.monotonic() < end, f"{condition}: {self.problem()} {self.complaints()}"
            time.sleep(0.05)

    def problem(self) -> str:
        return str(self.browser.evaluate("document.getElementById('problem')?.textContent"))

    def verdicts(self) -> list[str]:
        """The verdict of every display, in the order of the page."""
        rows = "[...document.querySelectorAll('.row')]"
        return list(
            self.browser.evaluate(f"{rows}.map(row => row.className.replace(/\\b(row|old|here)\\b/g, '').trim())")
        )

    def text(self) -> str:
        """The text in the editor, which shows only what is on the screen of a long one."""
        return str(
            self.browser.evaluate(
                "[...document.querySelectorAll('#text .cm-line')].map(l => l.textContent).join('\\n')"
            )
        )

    def write(self, text: str) -> None:
        """Replace the text as somebody does who selects all of it and types."""
        self.browser.evaluate("document.querySelector('#text .cm-content').focus()")
        self.key("a", "KeyA", modifiers=2, commands=["selectAll"])
        self.browser.send("Input.insertText", text=text)

    def key(self, key: str, code: str = "", **more: Any) -> None:
        numbers = {"Tab": 9, "Enter": 13, "Escape": 27}
        text = {"text": "\r"} if key == "Enter" else {}
        known = {"key": key, "code": code or key, "windowsVirtualKeyCode": numbers.get(key, 0)} | more
        self.browser.send("Input.dispatchKeyEvent", type="keyDown", **known, **text)
        self.browser.send("Input.dispatchKeyEvent", type="keyUp", **known)

    def complaints(self) -> list[dict[str, Any]]:
        """What the browser complained of."""
        return [e for e in self.browser.events if e["method"] in ("Runtime.exceptionThrown", "Log.entryAdded")]

    def requests(self) -> list[str]:
        """Every address that was asked for."""
        sent = [e["params"] for e in self.browser.events if e["method"] == "Network.requestWillBeSent"]
        return [parameters["request"]["url"] for parameters in sent]


@pytest.fixture(params=["local", "static"])
def playground(request: pytest.FixtureRequest, browser: Any) -> Playground:
    """Both forms of the playground."""
    return Playground(browser, request.getfixturevalue(request.param))


@pytest.fixture
def local_page(local: str, browser: Any) -> Playground:
    return Playground(browser, local)
