"""What the tests of `derive` share: a second model, exact points, a second reader of our LaTeX, and a browser."""

from __future__ import annotations

import base64
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sympy
from sympy.core.function import AppliedUndef

from derive.algebra.array import Map, Parameter, Value, log, sigmoid, slot, softmax, t, tanh, total
from derive.algebra.chain import backward
from derive.algebra.evaluate import evaluate
from derive.algebra.model import Equation, Model
from derive.algebra.values import random_point
from derive.algebra.written import Partial, Plus, Times
from derive.judge.notes import check_notes

SECOND_READER = Path(__file__).parents[1] / "second_reader.py"
NOTES = Path(__file__).parents[2] / "derive" / "notes"


@pytest.fixture(scope="session")
def notes_on():
    """What the check says of a shipped page, by its name: each is checked once."""
    return cache(lambda name: check_notes(NOTES / f"{name}.md"))


def gru_model() -> Model:
    """A gated recurrent unit: several paths from one step to the next, products of values, a logistic function."""
    x, target = Value(("V",), "x", t, one_hot=True), Value(("V",), "target", t, one_hot=True)
    z, r, c, h = (Value(("H",), name, t) for name in "zrch")
    net_y, y = Value(("V",), "net_y", t), Value(("V",), "y", t)
    gates = {
        f"{kind}_{gate}": shape
        for gate in "zrc"
        for kind, shape in (("W", ("H", "V")), ("U", ("H", "H")), ("b", ("H",)))
    }
    shapes = {**gates, "W_yh": ("V", "H"), "b_y": ("V",)}
    p = {name: Parameter(shape, name) for name, shape in shapes.items()}
    before = h.at(t - 1)
    return Model(
        "gru",
        (x, target),
        tuple(p.values()),
        (
            Equation("z", sigmoid(p["W_z"] @ x + p["U_z"] @ before + p["b_z"])),
            Equation("r", sigmoid(p["W_r"] @ x + p["U_r"] @ before + p["b_r"])),
            Equation("c", tanh(p["W_c"] @ x + p["U_c"] @ (r * before) + p["b_c"])),
            Equation("h", (1 - z) * before + z * c),
            Equation("net_y", p["W_yh"] @ h + p["b_y"]),
            Equation("y", softmax(net_y)),
            Equation("L", -total(target * log(y))),
        ),
    )


@pytest.fixture(scope="session", name="gru")
def gru_fixture():
    """The second model."""
    return gru_model()


def residue(expression, field, values=None):
    """A SymPy expression over residues, each free symbol a residue fixed by its name, or given in `values`."""
    known = {str(symbol): value for symbol, value in (values or {}).items()}
    names = sorted(expression.free_symbols, key=str)
    rule = expression.xreplace({symbol: slot(i) for i, symbol in enumerate(names)})

    def leaf(node, over):
        value = known[node.name] if node.name in known else field.random(node.name)
        return [value if over is field else over.single(value)]

    return evaluate(Map((), rule, tuple(Parameter((), str(symbol)) for symbol in names)), {}, leaf, field)[0]


@pytest.fixture(scope="session", name="residue")
def residue_fixture():
    """The function `residue`."""
    return residue


def backward_point(graph, sizes, seed, values=None, **options):
    """A random point of the graph and its backward pass, with the adjoints among the point's values."""
    known = dict(values or {})
    point, derived = random_point(graph, sizes, seed, values=known), backward(graph, **options)
    for value, expression in derived.adjoints.items():
        known[value] = point.evaluate(expression)
    return point, derived


@pytest.fixture(scope="session", name="backward_point")
def backward_point_fixture():
    """The function `backward_point`."""
    return backward_point


LETTERS = "abcfghlnopqrsuvwxyzABCDFGHJKLMNPQRSUVWXYZ"  # neither an index nor d, e, E, I, T, which mean something


def renamed(expression):
    """The expression with plain letters for compound atoms: a(3) and ∂L/∂w become b and c, and a(m-1) inside a sum over
    m a function f(m). Equal atoms get equal letters."""
    big = expression.atoms(sympy.Sum, sympy.Product)
    bound = {limit[0] for part in big for limit in part.limits}
    letters, names = iter(LETTERS), {}

    def visit(part):
        if part in names or part in bound:
            return
        if isinstance(part, Partial | AppliedUndef) or part.is_Symbol:
            inside = sorted(part.free_symbols & bound, key=str)
            plain = [sympy.Symbol(index.name) for index in inside]
            letter = next(letters)
            names[part] = sympy.Function(letter)(*plain) if plain else sympy.Symbol(letter)
            return
        for arg in part.args:
            visit(arg)

    visit(expression)
    names.update({index: sympy.Symbol(index.name) for index in bound})
    return expression.xreplace(names)


@pytest.fixture(scope="session", name="renamed")
def renamed_fixture():
    """The function `renamed`."""
    return renamed


def evaluated(expression):
    """What `doit()` gives, except that sums and products over an index stay as they are (SymPy searches long there)."""
    if not expression.args:
        return expression
    kind = {Times: sympy.Mul, Plus: sympy.Add}.get(expression.func, expression.func)
    return kind(*map(evaluated, expression.args))


@pytest.fixture(scope="session", name="evaluated")
def evaluated_fixture():
    """The function `evaluated`."""
    return evaluated


def rebuilt(tree):
    """The expression of a tree that the second reader answered with."""
    kind, *args = tree
    if kind in ("Symbol", "Integer", "Rational"):
        return getattr(sympy, kind)(*args)
    if kind == "Function":
        return sympy.Function(args[0])(*map(rebuilt, args[1:]))
    return sympy.S.Exp1 if kind == "Exp1" else getattr(sympy, kind)(*map(rebuilt, args))


@pytest.fixture(scope="session")
def second_reader():
    """A function from LaTeX to the expression that latex2sympy2 reads, in one process for the whole session."""
    command = [sys.executable, str(SECOND_READER)]
    worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def read(latex):
        worker.stdin.write(json.dumps(latex) + "\n")
        worker.stdin.flush()
        answer = json.loads(worker.stdout.readline())
        if isinstance(answer, dict):
            raise ValueError(f"{latex}: {answer['error']}")
        return rebuilt(answer)

    yield read
    worker.stdin.close()
    worker.wait(timeout=10)


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

    def open(self, page: Path | str, width: int = 1280, height: int = 900, theme: str = "light") -> None:
        """Load a file, or an address, at a size and in a theme, with a fresh record of events."""
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500
        )
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])
        self.events = []
        self.send("Page.navigate", url=page if isinstance(page, str) else page.resolve().as_uri())
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


@pytest.fixture(scope="session")
def start_browser(require_program: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Browser]]:
    """A function that starts a browser; they are closed at the end."""
    started: list[Browser] = []

    def start() -> Browser:
        program = require_program("chromium", "chromium-browser", "google-chrome")
        started.append(Browser(program, tmp_path_factory.mktemp("profile")))
        return started[-1]

    yield start
    for browser in started:
        browser.close()


@pytest.fixture(scope="module")
def browser(start_browser: Callable[[], Browser]) -> Browser:
    return start_browser()
