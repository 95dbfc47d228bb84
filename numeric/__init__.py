"""Numbers: the reference, the engines that run the derived program, training and its checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from derive import __version__ as __version__

if TYPE_CHECKING:
    from numeric.check import check_gradients as check_gradients

__all__ = ["check_gradients"]


def __getattr__(name: str) -> Any:
    """Import what is asked for only then, so that `import numeric` loads nothing."""
    if name == "check_gradients":
        from numeric.check import check_gradients

        return check_gradients
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
