"""The floors of the house, read from the imports of every file: those inside functions and for types alone too."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in ("derive", "numeric")
    for path in sorted((ROOT / package).rglob("*.py"))
}
# floor: the floors below that it may import. A file belongs to the longest of these names that it begins with.
FLOORS: dict[str, set[str]] = {
    "derive.errors": set(),
    "derive.plural": set(),
    "derive.progress": set(),
    "derive.files": {"derive.errors"},
    "derive.command": {"derive.errors", "derive.files"},
    "derive.once": set(),
    "derive.kernel": {"derive.once"},
    "derive.algebra": {"derive.kernel"},
    "derive.reading": {"derive.errors", "derive.files", "derive.once", "derive.plural"},
    "derive.check": {
        "derive.algebra",
        "derive.command",
        "derive.errors",
        "derive.files",
        "derive.kernel",
        "derive.notes",
        "derive.plural",
        "derive.reading",
    },
    "derive.understand": {"derive.kernel", "derive.reading"},
    "derive.judge": {
        "derive.check",
        "derive.errors",
        "derive.files",
        "derive.kernel",
        "derive.plural",
        "derive.reading",
        "derive.understand",
    },
    "derive.typeset": {"derive.check"},
    "derive.lint": {
        "derive.check",
        "derive.command",
        "derive.errors",
        "derive.files",
        "derive.judge",
        "derive.kernel",
        "derive.plural",
        "derive.progress",
        "derive.reading",
        "derive.understand",
    },
    "derive.play": {
        "derive.algebra",
        "derive.check",
        "derive.errors",
        "derive.judge",
        "derive.lint",
        "derive.progress",
        "derive.reading",
        "derive.typeset",
    },
    "derive.notes": set(),
    "derive.program": {"derive.algebra"},
    "derive.schedule": {"derive.algebra", "derive.program"},
    "derive.normal": {"derive.algebra"},
    "derive.lower": {"derive.algebra", "derive.normal", "derive.program", "derive.schedule"},
}
FORBIDDEN = ("numpy", "numeric", "matplotlib", "jax", "numba", "symengine")


def imports(name: str) -> Iterator[str]:
    """Every module that a file imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(FILES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in FILES else node.module


def floor(name: str) -> str | None:
    if name.endswith(".__main__"):  # a command stands on the roof
        return None
    fitting = [f for f in FLOORS if name == f or name.startswith(f + ".")]
    return max(fitting, key=len) if fitting else None


def test_no_file_imports_in_a_circle() -> None:
    # The package's own front door imports lazily what stands above it.
    graph = {name: {i for i in imports(name) if i in FILES} for name in FILES if name != "derive"}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("name", [name for name in FILES if floor(name)])
def test_no_arrow_runs_back_up(name: str) -> None:
    own = floor(name)
    assert own
    for module in imports(name):
        other = floor(module)
        if other is None:
            assert not module.startswith(("derive.", "numeric")), f"{name} imports {module}, which stands above it"
        else:
            assert other == own or other in FLOORS[own], f"{name} imports {module}"


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("derive") and ".report" not in name])
def test_symbols_need_no_numbers_and_nothing_needs_the_roof(name: str) -> None:
    for module in imports(name):
        assert module.split(".")[0] not in FORBIDDEN, f"{name} imports {module}"
        assert not module.startswith("derive.report"), f"{name} imports {module}"


def test_the_reference_shares_nothing_with_what_it_checks() -> None:
    assert not [m for m in imports("numeric.bptt") if m.split(".")[0] in ("derive", "numeric")]


def test_a_page_is_checked_without_sympy(tmp_path: Path) -> None:
    # Importing it would take longer than most checks, and a browser would have to load it.
    page = tmp_path / "page.md"
    page.write_text(
        r"$$h_t = \tanh(W h_{t-1})$$ $$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W^\top$$"
    )
    script = (
        "import sys; sys.modules['sympy'] = None; from derive.check.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run([sys.executable, "-c", script, page, "--json"], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (1, b"")
