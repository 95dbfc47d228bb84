"""Symbols: a recurrent network as equations, its exact gradients, their LaTeX, and the check of what others derived.

`import derive` is fast: a name is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from derive.chain import adjoints, backward, double_sum
    from derive.check.notes import check_notes
    from derive.check.results import Claim, Notes
    from derive.model import Equation, Model, elman
    from derive.reading.errors import ReadError
    from derive.unroll import Graph

__version__ = "0.1.0"

_HOMES = {
    "Claim": "derive.check.results",
    "Equation": "derive.model",
    "Graph": "derive.unroll",
    "Model": "derive.model",
    "Notes": "derive.check.results",
    "ReadError": "derive.reading.errors",
    "adjoints": "derive.chain",
    "backward": "derive.chain",
    "check_notes": "derive.check.notes",
    "double_sum": "derive.chain",
    "elman": "derive.model",
}

__all__ = [
    "Claim",
    "Equation",
    "Graph",
    "Model",
    "Notes",
    "ReadError",
    "adjoints",
    "backward",
    "check_notes",
    "double_sum",
    "elman",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
