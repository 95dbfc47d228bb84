"""How far gradients are from a reference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from numeric.engines import Array, Parameters

TOLERANCE = 1e-12


def errors(gradient: Array, reference: Array) -> dict[str, float | None]:
    """Return the largest "absolute" error, and "relative" to the largest entry of the reference (None if that is 0)."""
    absolute, largest = float(np.abs(gradient - reference).max()), float(np.abs(reference).max())
    return {"absolute": absolute, "relative": absolute / largest if largest else None}


def within(error: dict[str, float | None]) -> bool:
    """Whether an error from `errors` is within the tolerance; a NaN never is."""
    size = error["absolute"] if error["relative"] is None else error["relative"]
    return size is not None and size <= TOLERANCE


def agreement(computed: Mapping[str, Parameters], reference: Parameters) -> dict[str, dict[str, Any]]:
    """Return for each gradient its "shape", its "largest" entry, "zero" if the reference is exactly zero, and "errors":
    method -> what `errors` returns."""
    return {
        name: {
            "shape": list(exact.shape),
            "largest": float(np.abs(exact).max()),
            "zero": not exact.any(),
            "errors": {method: errors(gradient[name], exact) for method, gradient in computed.items()},
        }
        for name, exact in reference.items()
    }


def agree(gradients: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether all errors of an `agreement` are within the tolerance."""
    return all(within(error) for row in gradients.values() for error in row["errors"].values())
