"""Symbols: a recurrent network as equations, its exact gradients, their LaTeX, and the check of what others derived.

`import derive` is fast: a name is imported when it is first used.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from derive.algebra.chain import adjoints, backward, double_sum
    from derive.algebra.model import Equation, Model, elman
    from derive.algebra.unroll import Graph
    from derive.check.results import Claim, Notes
    from derive.judge.notes import check_notes
    from derive.page import Page, read_page
    from derive.reading.errors import ReadError

__version__ = "0.1.0"

_HOMES = {
    "Claim": "derive.check.results",
    "Equation": "derive.algebra.model",
    "Graph": "derive.algebra.unroll",
    "Model": "derive.algebra.model",
    "Notes": "derive.check.results",
    "Page": "derive.page",
    "ReadError": "derive.reading.errors",
    "adjoints": "derive.algebra.chain",
    "backward": "derive.algebra.chain",
    "check_notes": "derive.judge.notes",
    "double_sum": "derive.algebra.chain",
    "elman": "derive.algebra.model",
    "read_page": "derive.page",
}

__all__ = [
    "Claim",
    "Equation",
    "Graph",
    "Model",
    "Notes",
    "Page",
    "ReadError",
    "adjoints",
    "backward",
    "check_notes",
    "double_sum",
    "elman",
    "read_page",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _show_formulas() -> None:
    """In a notebook, formulas are shown as such; elsewhere nothing is loaded."""
    ipython = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if ipython is not None:
        from derive.algebra.display import register

        register(ipython.display_formatter.formatters["text/latex"])


_show_formulas()
