"""What the tests of the report share: a small document with everything in it, and a browser driven from here."""

from __future__ import annotations

import base64
import json
import os
import select
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from derive.report.document import (
    Checked,
    Code,
    Details,
    Document,
    Figure,
    Formula,
    Fragments,
    Ledger,
    Link,
    Math,
    Paragraph,
    Quoted,
    Section,
    Slip,
    Symbol,
    Table,
    Tally,
    Term,
)
from derive.report.formula import Mark

HOSTILE = (
    r"\href{javascript:alert(1)}{x}",
    r"\input{/etc/passwd}",
    r"\immediate\write18{touch owned}",
    r"\catcode`\@=0 @input{x}",
    r"^^5cinput{x}",
    r"\csname input\endcsname{x}",
    r"\text{<script>alert(1)</script>}",
    r"\text{$\input{x}$}",
    r"<img src=x onerror=alert(1)>",
    r"<script>alert(1)</script>",
    r"&lt;script&gt;alert(1)&lt;/script&gt;",
    r"\style{position:fixed}{x}",
    r"\class{skip}{x}",
    r"\def\x{\x\x}\x",
    r"\newcommand{\a}{\a\a}\a",
    r"\end{document}",
    r"}\end{minipage}\input{x}",
    r"x$ \input{x} $",
    "x\n\n\\par\\input{x}",
    "x % \\end",
    "```\n<script>alert(1)</script>",
    "`$ <script>alert(1)</script> $`",
    "\x00\x07",
    "{" * 5000,
    "\ud800",
)


@pytest.fixture
def document() -> Document:
    """A small report with one of everything in it."""
    wide = r"\frac{\partial L(3)}{\partial W_{aa}} = " + " + ".join([r"\frac{\partial L(3)}{\partial y(3)} a(2)"] * 12)
    figure = Figure(
        "box",
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>',
        ("A box.",),
        "A box",
    )
    return Document(
        "A <report> & its 100% \\title_1",
        (
            Tally("2 formulas", (("fails", 1, "wrong", "block-1"), ("fragment", 1, "without an equality", "block-2"))),
            Slip(
                Link("block 1, line 7", "block-1"),
                Quoted("a = b", (Mark(4, 5, "bad"),)),
                Quoted("a = c", (Mark(4, 5, "good"),)),
                ("write ", Quoted("c"), " for ", Quoted("b")),
            ),
            Paragraph(("In short, ", Math("L = 0"), " 1. $5 #1 *x* and ", Link("the network", "network"), ".")),
            Table(
                (("assumption",), ("what",)),
                ((("all",), ("all | of it ", Math("|a|"))), (("none",), ("none",))),
                ("assumption-all", "assumption-none"),
            ),
        ),
        (
            Section(
                "The network",
                "network",
                (
                    Formula((r"y(t) = \operatorname{softmax}(z)", "= 1"), "eq-1", "1"),
                    Formula((wide,)),
                    figure,
                    Code("python", "print('<b>')\n  \\end{document}"),
                    Details(("Every step ", Math("t")), (Paragraph(("inside",)),)),
                ),
                (Section("A part", "part", (Paragraph(("- no list",)),)),),
            ),
            Section(
                "The notes",
                "notes",
                (
                    Ledger(
                        (
                            Checked(
                                1,
                                7,
                                Quoted(r"\boxed{a = b}", (Mark(11, 12, "bad"),)),
                                "fails",
                                (Quoted("a = c", (Mark(4, 5, "good"),)),),
                                ("a = c", "= d"),
                                (("because ", Math("1"), " and ", Term("all", "all of it", "assumption-all")),),
                                "block-1",
                                after="block-1",
                            ),
                        )
                    ),
                    Fragments((Checked(2, 9, Quoted(r"\alpha"), "fragment", anchor="block-2"),)),
                ),
                failing=1,
            ),
        ),
        (Symbol("a", "a <letter>", "H", "line 7"), Symbol("t", "a step", index=True)),
        (("made", "today"), ("command", "python -m derive.report")),
    )


@pytest.fixture
def hostile() -> Document:
    """A report on notes that mean harm, everywhere where notes are shown."""
    rows = tuple(
        Checked(
            n, n, Quoted(source), "unreadable", remarks=(("it says ", Quoted(source), " ", source),), anchor=f"b-{n}"
        )
        for n, source in enumerate(HOSTILE, start=1)
    )
    others = tuple(replace(row, anchor=f"o-{row.block}") for row in rows)
    slips = tuple(Slip(Link(source, "b-1"), Quoted(source), Quoted(source), (source,)) for source in HOSTILE)
    table = Table((("source",),), tuple(((Quoted(source), source),) for source in HOSTILE))
    details = Details((Quoted(HOSTILE[0]), HOSTILE[9]), (Code("x", "\n".join(HOSTILE)),))
    return Document(
        HOSTILE[9],
        (Paragraph(tuple(f"{source} " for source in HOSTILE)), *slips),
        (Section(HOSTILE[8], "notes", (Ledger(rows), Fragments(others), table, details)),),
        tuple(Symbol(source, source, source, source, (source,)) for source in HOSTILE),
        tuple((source, source) for source in HOSTILE),
    )


_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --remote-debugging-pipe"
)


class Browser:
    """Headless Chromium over the DevTools protocol, through a pipe: no port and no further package."""

    def __init__(self, program: str, profile: Path) -> None:
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()

        def wire() -> None:  # the protocol speaks on descriptors 3 and 4
            first, second = os.dup(to_browser), os.dup(from_browser)
            os.dup2(first, 3)
            os.dup2(second, 4)

        self._process = subprocess.Popen(
            [program, *_FLAGS.split(), f"--user-data-dir={profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            close_fds=False,
            preexec_fn=wire,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._buffer, self._last = b"", 0
        self.events: list[dict[str, Any]] = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.send(f"{domain}.enable")

    _session: str | None = None

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The result of one protocol call; events that arrive meanwhile are kept."""
        self._last += 1
        message: dict[str, Any] = {"id": self._last, "method": method, "params": parameters}
        if self._session and not method.startswith("Browser."):
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive(60)
            if answer.get("id") == self._last:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]
            self.events.append(answer)

    def _receive(self, seconds: float) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], max(0, deadline - time.monotonic()))
            assert ready, "the browser does not answer"
            chunk = os.read(self._read, 1 << 20)
            assert chunk, "the browser has gone"
            self._buffer += chunk
        message, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(message)

    def open(self, page: Path, width: int = 1280, height: int = 900, theme: str = "light") -> None:
        """Load a file at a size and in a theme, with a fresh record of events."""
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500
        )
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])
        self.events = []
        self.send("Page.navigate", url=page.resolve().as_uri())
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self._receive(60))

    def evaluate(self, script: str) -> Any:
        """The value of a JavaScript expression in the page."""
        result = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def screenshot(self, path: Path, whole: bool = True) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        image = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(image["data"]))

    def close(self) -> None:
        self.send("Browser.close")
        self._process.wait(20)
        os.close(self._write)
        os.close(self._read)


@pytest.fixture
def browser(require_program: Any, tmp_path: Path) -> Iterator[Browser]:
    program = require_program("chromium", "chromium-browser", "google-chrome")
    started = Browser(program, tmp_path / "profile")
    yield started
    started.close()
