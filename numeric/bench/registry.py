"""The cases by the names of the command line."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from numeric.bench import cases
from numeric.bench.cases import Case
from numeric.bench.checking import checking
from numeric.bench.growth import growing


def registry(out: Path) -> dict[str, Case]:
    """Every case; that of growth draws into the folder `out`."""
    return {
        "derive": cases.deriving,
        "compile": cases.compiling,
        "gradient": cases.gradient,
        "training": cases.training,
        "scale": cases.scale,
        "lstm": partial(cases.cell, "lstm"),
        "gru": partial(cases.cell, "gru"),
        "check": checking,
        "growth": partial(growing, out),
    }
