"""`derive` in a browser's Python: WebAssembly, pure Python, and the newest CPython that Pyodide has.

PYODIDE=…/node_modules/pyodide names it: an older pyodide brings an older CPython.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sympy

ROOT = Path(__file__).parents[2]
PAGES = ("docs/examples/gradients.md", "docs/examples/lstm.md", "derive/notes/hello.md", "derive/notes/elman_vector.md")


@pytest.mark.parametrize(
    "command",
    [
        *(("derive.check", "--json", page) for page in PAGES),
        ("derive.check", "--draft-legend", PAGES[0]),
        *(("derive.export", "--to", language) for language in ("numpy", "jax", "c", "torch")),
    ],
    ids=" ".join,
)
def test_it_says_the_same_in_pyodide(command, require_program):
    folder = Path(os.environ.get("PYODIDE", ""))
    if not os.environ.get("PYODIDE"):
        pytest.skip("needs Pyodide: PYODIDE names its folder, such as docs/playground/node_modules/pyodide")
    node, packages = require_program("node"), Path(sympy.__file__).parents[1]
    script = (node, ROOT / "tests" / "derive" / "pyodide.mjs", folder, ROOT, packages)
    there, here = (
        subprocess.run([*start, *command], cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
        for start in (script, (sys.executable, "-m"))
    )
    assert (there.returncode, there.stdout, there.stderr) == (here.returncode, here.stdout, here.stderr)
    assert here.stdout
